"""Brings the catalogues of sentences into one form, and compiles them for gettext.

English is the measure: the other languages hold the same ids in the same order, and what one lacks stands there empty,
so that translators find it. Run it through `python3 main.py translations`.
"""

import re
import struct
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "src/babilu/presentation/catalogues"
ENGLISH = "en"
WIDTH = 110

MAGIC = 0x950412DE
"""How a file of compiled sentences begins."""


class Sentence(NamedTuple):
    """A sentence of a catalogue.

    Attributes:
        key: Its id.
        forms: Its texts: one, or one for each plural form.
        counted: Whether it has plural forms.
        notes: What translators should know.
    """

    key: str
    forms: tuple[str, ...]
    counted: bool
    notes: tuple[str, ...]


def languages() -> list[str]:
    """Name the languages that have a catalogue, English first."""
    return sorted((path.stem for path in DATA.glob("*.po")), key=lambda name: (name != ENGLISH, name))


@cache
def parse(language: str) -> Catalog:
    """Read a catalogue with Babel, which refuses what is no catalogue; how it forms plurals is what its head says."""
    with (DATA / f"{language}.po").open("rb") as file:
        return read_po(file, abort_invalid=True)


def sentences(language: str) -> dict[str, Sentence]:
    """Read the sentences of a catalogue."""
    found = {}
    for message in parse(language):
        if not message.id:
            continue
        # Babel gives a tuple of both ids and a tuple of all forms where there are plural forms, else a text.
        counted = not isinstance(message.id, str)
        key = message.id if isinstance(message.id, str) else message.id[0]
        texts = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        found[key] = Sentence(key, tuple(map(str, texts)), counted, tuple(message.auto_comments))
    return found


def in_form(language: str) -> list[Sentence]:
    """Give the sentences of a language in the order of the English ones; what it lacks is empty."""
    own = sentences(language)
    count = parse(language).num_plurals
    return [
        Sentence(each.key, own[each.key].forms if each.key in own else empty, each.counted, each.notes)
        for each in sentences(ENGLISH).values()
        for empty in [("",) * (count if each.counted else 1)]
    ]


def header(language: str) -> str:
    """Write what a catalogue says of itself."""
    plural = parse(language)
    return (
        f"Language: {language}\n"
        "MIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=UTF-8\n"
        "Content-Transfer-Encoding: 8bit\n"
        f"Plural-Forms: nplurals={plural.num_plurals}; plural={plural.plural_expr};\n"
    )


def written(language: str) -> str:
    """Write the catalogue of a language as the file should be."""
    blocks = ["".join(_lines("msgid", "")) + 'msgstr ""\n' + "".join(map(_quoted, header(language).splitlines(True)))]
    blocks += ["".join(_entry(sentence)) for sentence in in_form(language)]
    return "\n".join(blocks)


def _entry(sentence: Sentence) -> Iterator[str]:
    yield from (f"#. {note}\n" for note in sentence.notes)
    yield from _lines("msgid", sentence.key)
    if not sentence.counted:
        yield from _lines("msgstr", sentence.forms[0])
        return
    yield from _lines("msgid_plural", sentence.key)
    for number, form in enumerate(sentence.forms):
        yield from _lines(f"msgstr[{number}]", form)


def _lines(word: str, text: str) -> Iterator[str]:
    whole = f"{word} {_quoted(text)}"
    if len(whole) <= WIDTH and "\n" not in text:
        yield whole
        return
    yield f'{word} ""\n'
    for line in text.splitlines(keepends=True):
        part = ""
        for piece in re.findall(r"\S+\s*|\s+", line):
            if part and len(_quoted(part + piece)) > WIDTH:
                yield _quoted(part)
                part = ""
            part += piece
        yield _quoted(part)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"\n'


def compiled(language: str) -> bytes:
    """Compile the catalogue of a language, as GNU msgfmt does; what is empty is left out."""
    texts = {"": header(language)}
    for sentence in in_form(language):
        if all(sentence.forms):
            key = f"{sentence.key}\0{sentence.key}" if sentence.counted else sentence.key
            texts[key] = "\0".join(sentence.forms)
    pairs = sorted((key.encode(), text.encode()) for key, text in texts.items())
    keys_at = 7 * 4
    texts_at = keys_at + 8 * len(pairs)
    data_at = texts_at + 8 * len(pairs)
    keys, data = _table([key for key, _ in pairs], data_at)
    values, more = _table([text for _, text in pairs], data_at + len(data))
    return struct.pack("<7I", MAGIC, 0, len(pairs), keys_at, texts_at, 0, data_at) + keys + values + data + more


def _table(entries: Iterable[bytes], at: int) -> tuple[bytes, bytes]:
    """Lay entries out behind each other, each ended by a NUL; give the table of lengths and places, and the entries."""
    table, data = b"", b""
    for entry in entries:
        table += struct.pack("<2I", len(entry), at + len(data))
        data += entry + b"\0"
    return table, data


def refresh() -> list[str]:
    """Write and compile every catalogue; name what is not translated."""
    missing = []
    for language in languages():
        text = written(language)
        (DATA / f"{language}.po").write_text(text, encoding="utf-8")
        (DATA / f"{language}.mo").write_bytes(compiled(language))
        missing += [f"{language}: not translated: {each.key}" for each in in_form(language) if not all(each.forms)]
    return missing
