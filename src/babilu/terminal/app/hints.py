"""The commands that fit to what is typed after a slash stand above the field, from the first letter on."""

from collections.abc import Callable
from typing import Final

from typing_extensions import override

from babilu.presentation.strings import Strings
from babilu.terminal.app.cells import safe
from babilu.terminal.app.spans import Line, Span, fitting, justified, width_of
from babilu.terminal.app.themes import Ink
from babilu.terminal.app.top_bar import Bar, Ends
from babilu.terminal.command_forms import FORMS
from babilu.terminal.command_spec import CommandSpec

MOST: Final = 8
"""Commands that are shown at once."""

SENDS_FILES: Final = frozenset({"/send", "/send_as_file"})

PART_OF_SCREEN: Final = 3
"""They take one part in so many of its height."""


class Hints(Bar):
    """Shows them, and takes no line where nothing that fits is typed.

    Args:
        say: The language.
        file_rule: Says which files can be sent; it stands below the command that sends them.
    """

    def __init__(self, say: Strings, file_rule: Callable[[], str]) -> None:
        super().__init__(id="hints")
        self._say = say
        self._file_rule = file_rule

    def follow(self, text: str) -> None:
        """Show what fits to the text in the field."""
        most = max(1, min(MOST, self.screen.size.height // PART_OF_SCREEN))
        fitting = [(form.usage(), self._say(f"help.{form.do}")) for form in _fitting(text)]
        lines: list[Ends] = [
            ((Span(usage, Ink.KEY),), (Span(f"  {safe(what)}", Ink.FAINT),)) for usage, what in fitting[:most]
        ]
        if text.partition(" ")[0].casefold() in SENDS_FILES and lines and self._file_rule():
            lines.append(((Span(safe(self._file_rule()), Ink.FAINT),), ()))
        if len(fitting) > most:
            lines[-1] = ((Span(self._say("app.more_commands", count=len(fitting) - most + 1), Ink.FAINT),), ())
        self.display = bool(lines)
        self.show(*lines)

    @override
    def arranged(self, left: Line, right: Line, width: int) -> Line:
        """Let what a command does give way to how it is written."""
        return justified(left, fitting(right, max(0, width - width_of(left) - 1)), width)


def _fitting(text: str) -> list[CommandSpec]:
    word, space, _ = text.partition(" ")
    if not word.startswith("/") or word.startswith("//") or "\n" in text:
        return []
    forms = [form for form in FORMS if form.on_line]
    wanted = word[1:].casefold()
    if space:
        return [form for form in forms if form.do == wanted]
    return sorted((form for form in forms if form.do.startswith(wanted)), key=lambda form: form.do)
