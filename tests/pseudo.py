"""A language that does not exist: English in other letters and a third longer; what is from no catalogue shows.

Whoever speaks it shows no plain letter but those of names, commands and values.
"""

import pkgutil
import re
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from babilu.presentation import strings
from tools import catalogues

LANGUAGE = "qps"
PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
OTHER = "áƀćđéƒǵĥíĵķłḿńóþɋŕšţúṽŵẋýžÁƁĆĐÉƑǴĤÍĴĶŁḾŃÓÞɊŔŠŢÚṼŴẊÝŽ"
LETTERS = str.maketrans(PLAIN, OTHER)
BLANK = re.compile(r"(\{+[a-z_0-9]*\}+|%n|%\w)")
WORD = re.compile(r"[A-Za-z]{2,}")


def pseudo(text: str) -> str:
    """Say a sentence in the language; its blanks stay, and so does white space at its ends."""
    parts = BLANK.split(text)
    said = "".join(part if number % 2 else part.translate(LETTERS) for number, part in enumerate(parts))
    words = len(text.split())
    # Sentences grow by a third in other languages; lists of words, such as the days of the week, stay lists.
    return said if words < 2 or text.istitle() else f"{said} {'öö ' * (len(text) // 9)}".rstrip()


def speak(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add the language as a third one is added: a catalogue, compiled by the tool, and a line in `LANGUAGES`.

    Args:
        monkeypatch: Takes it back at the end of the test.
    """
    compiled, read = _compiled(), pkgutil.get_data
    monkeypatch.setattr(pkgutil, "get_data", lambda place, name: compiled if LANGUAGE in name else read(place, name))
    monkeypatch.setitem(strings.LANGUAGES, LANGUAGE, pseudo("Pseudo"))
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", f"{LANGUAGE}.UTF-8")


@cache
def _compiled() -> bytes:
    """Compile its catalogue, once in a process: English takes longer to read than most screens to draw."""
    sentences = [f'msgid "{each.key}"\n{_forms(each)}' for each in catalogues.sentences(catalogues.ENGLISH).values()]
    head = f'msgid ""\nmsgstr ""\n"Language: {LANGUAGE}\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    plural = '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
    english = (catalogues.DATA / f"{catalogues.ENGLISH}.po").read_bytes()
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        Path(folder, f"{LANGUAGE}.po").write_text("\n".join([head + plural, *sentences]), encoding="utf-8")
        Path(folder, f"{catalogues.ENGLISH}.po").write_bytes(english)
        monkeypatch.setattr(catalogues, "DATA", Path(folder))
        catalogues.parse.cache_clear()
        compiled = catalogues.compiled(LANGUAGE)
        catalogues.parse.cache_clear()
    return compiled


def _forms(sentence: catalogues.Sentence) -> str:
    if not sentence.counted:
        return f"msgstr {_quoted(pseudo(sentence.forms[0]))}\n"
    forms = "".join(f"msgstr[{number}] {_quoted(pseudo(form))}\n" for number, form in enumerate(sentence.forms))
    return f'msgid_plural "{sentence.key}"\n{forms}'


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def untranslated(text: str, known: Iterable[str]) -> set[str]:
    """Find the words in plain letters that are no names, commands or values."""
    words = {word for each in known for word in WORD.findall(each)}
    return set(WORD.findall(text)) - words
