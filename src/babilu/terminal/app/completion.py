"""A name after @ or a command after / is completed as far as there is one way on."""

from collections.abc import Iterable

from babilu.terminal.arguments import ArgumentKind
from babilu.terminal.command_line import FORMS


def complete(text: str, names: Iterable[str]) -> str:
    """Give a line with its last word completed; the line as it is where nothing fits."""
    before, space, word = text.rpartition(" ")
    if "\n" in text or not word:
        return text
    candidates = _candidates(before, word, bool(space), list(names))
    fitting = sorted(each for each in candidates if each.casefold().startswith(word.casefold()))
    if not fitting:
        return text
    whole = fitting[0] + " " if len(fitting) == 1 else _shared(fitting)
    return before + space + (whole if len(whole) >= len(word) else word)


def _candidates(before: str, word: str, later: bool, names: list[str]) -> list[str]:
    if not later:
        forms = [f"/{form.do}" for form in FORMS if form.on_line]
        return forms if word.startswith("/") else [f"@{name}" for name in names]
    command = before.split(" ")
    form = next((form for form in FORMS if form.on_line and f"/{form.do}" == command[0]), None)
    takes_name = form is not None and len(command) == 1 and form.fields[:1] and form.fields[0].kind is ArgumentKind.NAME
    return names if takes_name else []


def _shared(words: list[str]) -> str:
    """Give the beginning that words have in common."""
    alike = zip(words[0], words[-1], strict=False)  # of sorted words the first and the last differ most
    return words[0][: next((place for place, (one, other) in enumerate(alike) if one != other), len(words[0]))]
