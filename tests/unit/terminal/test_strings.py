import re
import string
from pathlib import Path

import pytest

import babilu.terminal
from babilu.api.views import MessageState, Route, Trust
from babilu.kernel.errors import DeliveryError, ErrorCode
from babilu.terminal.app.keys import KEYS
from babilu.terminal.app.themes import OFFERED
from babilu.terminal.orders import FORMS
from babilu.terminal.strings import LANGUAGES, MisuseError, Strings, language_of

SOURCES = [
    *Path(babilu.terminal.__file__).parent.rglob("*.py"),
    *(Path(babilu.terminal.__file__).parent.parent / "cli").glob("*.py"),
]


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_has_every_sentence_with_the_same_blanks(language: str) -> None:
    english, table = LANGUAGES["en"], LANGUAGES[language]
    assert english.keys() == table.keys()
    assert {key: blanks(text) for key, text in english.items()} == {key: blanks(text) for key, text in table.items()}


def test_no_sentence_is_left_in_english() -> None:
    # Words that are the same in both languages, or hold nothing but blanks.
    same = {"nothing_but_blanks", "ask.user"}
    english, spanish = LANGUAGES["en"], LANGUAGES["es"]
    left = {key for key in english if english[key] == spanish[key]} - same
    assert left == set()


def test_every_sentence_that_the_sources_name_exists() -> None:
    named = set()
    for source in SOURCES:
        text = source.read_text(encoding="utf-8")
        named |= set(re.findall(r"""(?:_say|say|_note|strings|_strings)\(\s*"([a-z_.]+)"[,)]""", text))
        named |= {f"misuse.{key}" for key in re.findall(r"""MisuseError\(\s*"([a-z_]+)"[,)]""", text)}
        named |= {f"unavailable.{key}" for key in re.findall(r"""NobodyAnswersError\(\s*"([a-z_]+)"[,)]""", text)}
    assert len(named) > 50
    assert named <= LANGUAGES["en"].keys()


def test_every_sentence_of_the_full_screen_client_is_used_and_every_used_one_exists() -> None:
    text = "".join(each.read_text(encoding="utf-8") for each in SOURCES if not each.name.startswith("app_"))
    named = {f"{key}" for key in re.findall(r"""["'](app\.[a-z_.]+)["']""", text)}
    named |= {f"{key.text}.hint" for key in KEYS if key.hinted} | {key.text for key in KEYS}
    named |= {f"app.state.{state.value}" for state in MessageState} | {f"app.route.{route.value}" for route in Route}
    named |= {f"app.trust.{trust.value}" for trust in Trust} | {f"app.look.{look.value}" for look in OFFERED}
    actions = {"app.leave"}
    spoken = {key for key in LANGUAGES["en"] if key.startswith("app.")}
    assert named - actions == spoken


def test_every_command_has_help_and_every_error_code_a_sentence() -> None:
    assert {f"help.{form.do}" for form in FORMS} <= LANGUAGES["en"].keys()
    assert {f"error.{code.value}" for code in ErrorCode} <= LANGUAGES["en"].keys()


def test_english_keeps_the_errors_own_sentence_and_spanish_says_what_the_code_means() -> None:
    error = DeliveryError(ErrorCode.NOT_FOUND, "The relay knows no account of that name.")
    assert Strings("en").error(error) == "The relay knows no account of that name."
    assert Strings("es").error(error) == "No hay nada con ese nombre."
    assert Strings("es").problem("a_code_of_tomorrow", "A sentence.") == "A sentence."


def test_a_misuse_is_said_in_the_language_of_the_person_and_reads_as_english_otherwise() -> None:
    error = MisuseError("not_a_number", name="port", low=0, high=65_535)
    assert error.text == "'port' must be a whole number from 0 to 65535."
    assert Strings("es").error(error) == "'port' debe ser un número entero de 0 a 65535."


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "es_ES.UTF-8"}, "es"),
        ({"LANG": "es_ES.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "es", "LANG": "en_GB.UTF-8"}, "es"),
        ({"LANG": "eo.UTF-8"}, "en"),
        ({"LC_ALL": "", "LANG": "es"}, "es"),
    ],
)
def test_the_language_follows_the_locale(environment: dict[str, str], language: str) -> None:
    assert Strings(language_of(environment)).language == language
