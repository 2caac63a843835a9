"""Brings all translations up to date and compiles them: the catalogues of gettext, and the files of Qt Linguist.

The catalogues (`tools/catalogues.py`) hold the sentences of terminal, line mode, commands and help. The desktop's
sentences stand in its code, and from there they are brought into the files of Qt Linguist.

Run it as `python3 main.py translations`. Every sentence stands in a call `translate("Context", "sentence")`, with the
number as fourth argument where the sentence depends on one. What is new is marked unfinished, what is gone is dropped,
and translations are kept. English holds the sentences with numbers alone: the others are their own translation.
"""

import ast
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from babilu.presentation.strings import LANGUAGES  # noqa: E402 -- the path comes first
from tools import catalogues  # noqa: E402

SOURCES = ROOT / "src/babilu/desktop"
DATA = SOURCES / "data"


class Sentence(NamedTuple):
    """A sentence in the code: its context, its text, and whether it depends on a number."""

    context: str
    text: str
    counted: bool


class Translation(NamedTuple):
    """A sentence's forms in one language, and whether a person has finished them."""

    forms: tuple[str, ...]
    finished: bool


def sentences() -> list[Sentence]:
    """Find every sentence, sorted by context, in the order of the code within each."""
    found: dict[Sentence, None] = {}
    for path in sorted(SOURCES.rglob("*.py")):
        for sentence in _in_module(ast.parse(path.read_text(encoding="utf-8"))):
            found[sentence] = None
    return sorted(found, key=lambda sentence: sentence.context)


def _in_module(tree: ast.Module) -> Iterator[Sentence]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "translate"):
            continue
        context, text = (argument.value for argument in node.args[:2] if isinstance(argument, ast.Constant))
        yield Sentence(str(context), str(text), counted=len(node.args) > 2)


def file_of(language: str) -> Path:
    """Give the Linguist file of a language."""
    return DATA / f"babilu_{language}.ts"


def read(language: str) -> dict[Sentence, Translation]:
    """Read what is translated."""
    if not file_of(language).exists():
        return {}
    read_ones = {}
    for context in ET.parse(file_of(language)).getroot().iter("context"):  # noqa: S314 -- our own file
        name = context.findtext("name") or ""
        for message in context.iter("message"):
            counted = message.get("numerus") == "yes"
            element = message.find("translation")
            if element is None:
                continue
            texts = [form.text or "" for form in element.iter("numerusform")] if counted else [element.text or ""]
            sentence = Sentence(name, message.findtext("source") or "", counted)
            read_ones[sentence] = Translation(tuple(texts), element.get("type") is None)
    return read_ones


def write(language: str, wanted: list[Sentence], known: dict[Sentence, Translation]) -> None:
    """Write the Linguist file of a language."""
    root = ET.Element("TS", version="2.1", language=language, sourcelanguage="en")
    context: ET.Element | None = None
    for sentence in wanted:
        if context is None or context.findtext("name") != sentence.context:
            context = ET.SubElement(root, "context")
            ET.SubElement(context, "name").text = sentence.context
        message = ET.SubElement(context, "message", {"numerus": "yes"} if sentence.counted else {})
        ET.SubElement(message, "source").text = sentence.text
        translation = known.get(sentence, Translation(("",) * catalogues.parse(language).num_plurals, finished=False))
        element = ET.SubElement(message, "translation", {} if translation.finished else {"type": "unfinished"})
        if sentence.counted:
            for form in translation.forms:
                ET.SubElement(element, "numerusform").text = form
        else:
            element.text = translation.forms[0]
    ET.indent(root, " ")
    text = ET.tostring(root, encoding="unicode")
    file_of(language).write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{text}\n', encoding="utf-8")


def wanted_in(language: str) -> list[Sentence]:
    """Give the sentences that a language's file holds."""
    every = sentences()
    return [sentence for sentence in every if sentence.counted] if language == "en" else every


def compiler() -> str:
    """Find the compiler that comes with Qt for Python."""
    import PySide6

    return str(Path(PySide6.__file__).with_name("lrelease"))


def compile_to(language: str, target: Path) -> None:
    """Compile the file of a language."""
    subprocess.run([compiler(), "-silent", str(file_of(language)), "-qm", str(target)], check=True)


def main() -> int:
    """Update and compile every language; say what is not translated yet, and fail where something is not."""
    untranslated = catalogues.refresh()
    print(*untranslated, sep="\n", end="\n" * bool(untranslated))
    missing = len(untranslated)
    for language in LANGUAGES:
        known = read(language)
        wanted = wanted_in(language)
        write(language, wanted, known)
        compile_to(language, DATA / f"babilu_{language}.qm")
        for sentence in wanted:
            if sentence not in known or not known[sentence].finished:
                missing += 1
                print(f"{language}: not translated: {sentence.context}: {sentence.text}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
