"""A name after @ or a command after / is completed as far as there is one way on."""

import re
from collections.abc import Iterable
from typing import Final

from babilu.terminal.arguments import ArgumentKind
from babilu.terminal.command_forms import FORMS
from babilu.terminal.paths import completed_paths, path_kind, word_at_end

_LAST_WORD: Final = re.compile(r"\S+\Z")


def complete(text: str, names: Iterable[str], people: Iterable[str]) -> str:
    """Give a text with its last word completed; the text as it is where nothing fits.

    Args:
        text: The text.
        names: Whom one can write to.
        people: Who can be mentioned.
    """
    line = _with_path(text)
    if line is not None:
        return line
    word = _LAST_WORD.search(text)
    if word is None:
        return text
    before, word_text = text[: word.start()], word.group()
    candidates = _candidates(before, word_text, list(names), list(people))
    fitting = sorted(each for each in candidates if each.casefold().startswith(word_text.casefold()))
    if not fitting:
        return text
    whole = fitting[0] + " " if len(fitting) == 1 else _shared(fitting)
    return before + (whole if len(whole) >= len(word_text) else word_text)


def _with_path(text: str) -> str | None:
    """Give a command with the path at its end completed; None where none belongs there."""
    words = text.split(" ")
    form = next((form for form in FORMS if form.on_line and f"/{form.do}" == words[0]), None)
    kind = path_kind(form, len(words) - 2)
    word = word_at_end(text)
    if kind is None or "\n" in text or word.startswith("@"):
        return None
    fitting = sorted(completed_paths(word, folders_only=kind is ArgumentKind.FOLDER))
    if not fitting:
        return text
    whole = fitting[0] if len(fitting) == 1 else _shared(fitting)
    return text[: len(text) - len(word)] + (whole if len(whole) >= len(word) else word)


def _candidates(before: str, word: str, names: list[str], people: list[str]) -> list[str]:
    if not before:
        if word.startswith("@@"):
            return [f"@@{name}" for name in people]
        if word.startswith("#"):
            return [name for name in names if name.startswith("#")]
        forms = [f"/{form.do}" for form in FORMS if form.on_line]
        return forms if word.startswith("/") else [f"@{name}" for name in names]
    if word.startswith("@"):
        return [f"@{name}" for name in people]
    if "\n" in before or not before.startswith("/"):
        return []
    command = before.split()
    form = next((form for form in FORMS if form.on_line and f"/{form.do}" == command[0]), None)
    takes_name = form is not None and len(command) == 1 and form.fields[:1] and form.fields[0].kind is ArgumentKind.NAME
    return names if takes_name else []


def _shared(words: list[str]) -> str:
    """Give the beginning that words have in common."""
    alike = zip(words[0], words[-1], strict=False)  # of sorted words the first and the last differ most
    return words[0][: next((place for place, (one, other) in enumerate(alike) if one != other), len(words[0]))]
