import re
import string
from pathlib import Path

import pytest

import babilu.terminal
from babilu.kernel.errors import AccountError, BabiluError, DeliveryError, ErrorCode, LinkError, Reason
from babilu.kernel.states import FileState, MediaKind, MessageState, Route, Trust
from babilu.presentation.strings import LANGUAGES, MisuseError, Strings, catalogue, language_of
from babilu.terminal.app.keys import KEY_NAME, KEYS
from babilu.terminal.app.themes import OFFERED
from babilu.terminal.command_forms import FORMS
from tools import catalogues

SOURCES = [
    *Path(babilu.terminal.__file__).parent.rglob("*.py"),
    *(Path(babilu.terminal.__file__).parent.parent / "cli").glob("*.py"),
    *(Path(babilu.terminal.__file__).parent.parent / "presentation").glob("*.py"),
]


def texts(language: str) -> dict[str, tuple[str, ...]]:
    """Give the forms of every sentence of a language by its id, as the compiled catalogue has them."""
    found: dict[str, dict[int, str]] = {}
    for key, text in vars(catalogue(language))["_catalog"].items():
        name, form = key if isinstance(key, tuple) else (key, 0)
        if name:
            found.setdefault(name, {})[form] = text
    return {name: tuple(form for _, form in sorted(forms.items())) for name, forms in found.items()}


ENGLISH_KEYS = texts("en").keys()


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_has_every_sentence_with_the_same_blanks(language: str) -> None:
    english, own = texts("en"), texts(language)
    assert english.keys() == own.keys()
    for key, forms in own.items():
        # The form for one may do without the number.
        allowed = [blanks(english[key][-1]), blanks(english[key][-1]) - {"count"}]
        assert blanks(forms[-1]) == allowed[0], key
        assert all(blanks(form) in allowed for form in forms), key
        assert (len(forms) > 1) == (len(english[key]) > 1), key


@pytest.mark.parametrize("language", sorted(LANGUAGES.keys() - {"en"}))
def test_no_sentence_is_left_in_english(language: str) -> None:
    # Words that are the same in both languages, or hold nothing but blanks.
    same = {"doctor.mark.fault", "app.keyname.ctrl", "app.keyname.alt", "app.keyname.tab", "app.keyname.esc"}
    same |= {"app.left.day", "app.left.hour", "app.left.minute"}
    english, own = texts("en"), texts(language)
    assert {key for key in english if english[key] == own[key]} - same == set()


def test_other_languages_say_what_the_code_of_an_error_leaves_open() -> None:
    say = Strings("es")
    refused = LinkError(ErrorCode.UNAVAILABLE, "No relay answers at 127.0.0.1:1: nothing listens there.")
    vague = say.error(refused)
    assert say.error(refused.because(Reason.REFUSED)).startswith("Nadie escucha en esa dirección")
    profile = AccountError(ErrorCode.WRONG_CREDENTIALS, "The password does not open this profile.")
    assert say.error(profile.because(Reason.PROFILE)) == "La contraseña no abre este perfil."
    assert vague not in {say.error(refused), say.error(profile)}


def test_a_file_that_is_too_large_is_named_with_both_sizes_in_each_language() -> None:
    text = "a.bin has 4,000,001 bytes, and the relay takes at most 3,500,000."
    error = BabiluError(ErrorCode.TOO_LARGE, text).because(Reason.FILE)
    vague = Strings("es").error(error)
    error.about({"file": "{a}.bin", "size": 4_000_001, "largest": 3_500_000})
    assert Strings("es").error(error) == "{a}.bin mide 4 MB; el servidor acepta como máximo 3,5 MB."
    assert Strings("en").error(error) == text
    # What another version names differently is said as far as it is understood.
    assert Strings("es").error(error.about({"path": "a.bin"})) == vague


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_reason_why_nobody_answers_has_a_sentence_and_a_few_words_of_its_own(language: str) -> None:
    say, code = Strings(language), ErrorCode.UNAVAILABLE.value
    of_others = {Reason.PROFILE, Reason.ACCOUNT, Reason.OTHER_DEVICE, Reason.FILE}
    reasons = [None, *(reason for reason in Reason if reason not in of_others)]
    assert len({say.problem(code, "", reason) for reason in reasons}) == len(reasons)
    brief = {say.briefly(code, reason) for reason in reasons}
    assert len(brief) == len(reasons)
    assert all(len(words) <= 25 and not words.endswith(".") for words in brief)


def test_a_few_words_without_a_reason_of_their_own_are_those_of_the_code() -> None:
    say = Strings("en")
    assert say.briefly(ErrorCode.REPLACED.value, Reason.SILENT) == say.briefly(ErrorCode.REPLACED.value)


def test_a_number_chooses_the_form_of_a_sentence() -> None:
    english, spanish = Strings("en"), Strings("es")
    assert english("gap", count=1, name="ann") == "1 message of ann is missing for the time being."
    assert english("gap", count=2, name="ann") == "2 messages of ann are missing for the time being."
    assert english("gap", count=0, name="ann") == "0 messages of ann are missing for the time being."
    assert spanish("gap", count=1, name="ann") == "Por ahora falta 1 mensaje de ann."
    assert spanish("gap", count=2, name="ann") == "Por ahora faltan 2 mensajes de ann."
    assert english("more_before", count=1, name="ann") == "The last message with ann; /history ann N shows more."


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_sentence_with_a_count_has_a_form_for_one_and_a_form_for_many(language: str) -> None:
    with_count = {key for key, forms in texts(language).items() if "count" in blanks(forms[-1])}
    assert with_count == {key for key, forms in texts(language).items() if len(forms) > 1}
    assert len(with_count) > 20


def test_the_compiled_catalogues_are_those_of_the_files_for_people() -> None:
    for language in LANGUAGES:
        assert catalogues.written(language) == (catalogues.DATA / f"{language}.po").read_text(encoding="utf-8")
        assert catalogues.compiled(language) == (catalogues.DATA / f"{language}.mo").read_bytes()
    assert catalogues.languages() == sorted(LANGUAGES)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_catalogue_passes_the_checks_of_translators_tools(language: str) -> None:
    assert [
        error for message in catalogues.parse(language) for error in message.check(catalogues.parse(language))
    ] == []


def test_a_sentence_without_a_translation_is_said_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    spanish = catalogue("es")
    monkeypatch.delitem(vars(spanish)["_catalog"], "app.today")
    assert Strings("es")("app.today") == "today"
    with pytest.raises(KeyError):
        Strings("es")("app.a_sentence_of_tomorrow")


def test_every_sentence_that_the_sources_name_exists() -> None:
    named = set()
    for source in SOURCES:
        text = source.read_text(encoding="utf-8")
        named |= set(re.findall(r"""(?:_say|say|_note|strings|_strings)\(\s*"([a-z_.]+)"[,)]""", text))
        named |= {f"misuse.{key}" for key in re.findall(r"""MisuseError\(\s*"([a-z_]+)"[,)]""", text)}
        named |= {f"unavailable.{key}" for key in re.findall(r"""NobodyAnswersError\(\s*"([a-z_]+)"[,)]""", text)}
    assert len(named) > 50
    assert named <= ENGLISH_KEYS


def test_every_sentence_of_the_full_screen_client_is_used_and_every_used_one_exists() -> None:
    text = "".join(each.read_text(encoding="utf-8") for each in SOURCES)
    named = {f"{key}" for key in re.findall(r"""["'](app\.[a-z_.]+)["']""", text)}
    named |= {f"{key.text}.hint" for key in KEYS if key.hinted} | {key.text for key in KEYS}
    named |= {f"app.state.{state.value}" for state in MessageState} | {f"app.route.{route.value}" for route in Route}
    named |= {f"app.file.{state.value}" for state in FileState}
    named |= {f"app.media.{kind.value}" for kind in MediaKind} | {f"app.media.none.{kind.value}" for kind in MediaKind}
    named |= {f"app.trust.{trust.value}" for trust in Trust} | {f"app.look.{look.value}" for look in OFFERED}
    named |= {f"app.keyname.{found.lower()}" for key in KEYS for found in KEY_NAME.findall(key.written)}
    actions = {"app.leave"}
    spoken = {key for key in ENGLISH_KEYS if key.startswith("app.")}
    assert named - actions == spoken


def test_every_command_has_help_and_every_error_code_a_sentence() -> None:
    assert {f"help.{form.do}" for form in FORMS} <= ENGLISH_KEYS
    assert {f"error.{code.value}" for code in ErrorCode} <= ENGLISH_KEYS


def test_english_keeps_the_errors_own_sentence_and_spanish_says_what_the_code_means() -> None:
    error = DeliveryError(ErrorCode.NOT_FOUND, "The relay knows no account of that name.")
    assert Strings("en").error(error) == "The relay knows no account of that name."
    assert Strings("es").error(error) == "No hay nada con ese nombre."
    assert Strings("es").problem("a_code_of_tomorrow", "A sentence.") == "A sentence."


def test_a_misuse_is_said_in_the_language_of_the_person_and_reads_as_english_otherwise() -> None:
    error = MisuseError("not_a_number", name="port", low=0, high=65_535, value="zed")
    assert error.text == "'port' must be a whole number from 0 to 65535, and not 'zed'."
    assert Strings("es").error(error) == "'port' debe ser un número entero de 0 a 65535, y no 'zed'."


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "es_ES.UTF-8"}, "es"),
        ({"LANG": "es_ES.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "es", "LANG": "en_GB.UTF-8"}, "es"),
        ({"LANG": "eo.UTF-8"}, "en"),
        ({"LC_ALL": "", "LANG": "es"}, "es"),
        ({"LANGUAGE": "es", "LANG": "en_US.UTF-8"}, "es"),
        ({"LANGUAGE": "fr:es:en", "LANG": "en_US.UTF-8"}, "es"),
        ({"LANGUAGE": "en_GB:es", "LANG": "es_ES.UTF-8"}, "en"),
        ({"LANGUAGE": "fr", "LANG": "es_ES.UTF-8"}, "en"),
        ({"LANGUAGE": "es", "LC_ALL": "C"}, "en"),
        ({"LANGUAGE": "es", "LANG": "POSIX"}, "en"),
        ({"LANGUAGE": "es"}, "es"),
        ({"LANGUAGE": "", "LANG": "es"}, "es"),
    ],
)
def test_the_language_follows_the_locale(environment: dict[str, str], language: str) -> None:
    assert Strings(language_of(environment)).language == language
