"""What fits to what is typed stands above the field: commands after a slash, people of the conversation after an @."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from typing_extensions import override

from babilu.api.commands import MENTIONED_ROLES
from babilu.presentation.strings import Strings
from babilu.terminal.app.cells import label, safe
from babilu.terminal.app.message_renderer import NAME_CELLS
from babilu.terminal.app.spans import Line, Span, fitting, justified, width_of
from babilu.terminal.app.themes import Ink, ink_of
from babilu.terminal.app.top_bar import Bar, Ends
from babilu.terminal.command_forms import FORMS
from babilu.terminal.command_spec import CommandSpec

MOST: Final = 8
"""Commands that are shown at once."""

SENDS_FILES: Final = frozenset({"/send", "/send_as_file"})

SEVERAL: Final = 2
"""So many people there are at least where one must know who can be mentioned."""

SEVERAL_AT_ONCE: Final = dict(zip(MENTIONED_ROLES, ("app.mention_all", "app.mention_admins"), strict=True))
"""Names that mean several people of a group, and what is said about them."""

ADDRESS: Final = re.compile(r"@([^\s@]+)")
"""A text that goes to somebody alone."""

MENTION: Final = re.compile(r"(?:(?<=\s)@|\A@@)([^\s@]*)\Z")
"""A mention at the end of a text: an @ after a blank, or two of them at its beginning."""

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

    def follow(self, text: str, people: Sequence[str], *, edits: bool) -> None:
        """Show what fits to the text in the field.

        Args:
            text: The text.
            people: Who can be mentioned there.
            edits: Whether it is another wording, which can mention people but is no command.
        """
        most = max(1, min(MOST, self.screen.size.height // PART_OF_SCREEN))
        lines = self._people(text, people, most) if len(people) >= SEVERAL else []
        lines = lines or ([] if edits else self._commands(text, most))
        self.display = bool(lines)
        self.show(*lines)

    def _people(self, text: str, people: Sequence[str], most: int) -> list[Ends]:
        """Give the people who fit to a mention at the end; of a text to one of them, that it goes to nobody else."""
        addressed = ADDRESS.match(text)
        if addressed is not None and addressed[1] not in MENTIONED_ROLES:
            return [((Span(self._say("app.to_one", name=label(addressed[1], NAME_CELLS)), Ink.WARNING),), ())]
        found = MENTION.search(text)
        if found is None:
            return []
        beginning = found[1].casefold()
        fitting = [name for name in people if name.casefold().startswith(beginning)]
        lines = [self._mentionable(name) for name in fitting[:most]]
        if len(fitting) > most:
            lines[-1] = ((Span(self._say("app.more_people", count=len(fitting) - most + 1), Ink.FAINT),), ())
        return lines

    def _mentionable(self, name: str) -> Ends:
        """Draw somebody who can be mentioned; of a name that means several it is said whom."""
        whom = (Span(f"  {self._say(SEVERAL_AT_ONCE[name])}", Ink.FAINT),) if name in SEVERAL_AT_ONCE else ()
        return (Span(f"@{label(name, NAME_CELLS)}", Ink.KEY if whom else ink_of(name)),), whom

    def _commands(self, text: str, most: int) -> list[Ends]:
        """Give the commands that fit to what is typed after a slash."""
        fitting = [(form.usage(), self._say(f"help.{form.do}")) for form in _fitting(text)]
        lines: list[Ends] = [
            ((Span(usage, Ink.KEY),), (Span(f"  {safe(what)}", Ink.FAINT),)) for usage, what in fitting[:most]
        ]
        if text.partition(" ")[0].casefold() in SENDS_FILES and lines and self._file_rule():
            lines.append(((Span(safe(self._file_rule()), Ink.FAINT),), ()))
        if len(fitting) > most:
            lines[-1] = ((Span(self._say("app.more_commands", count=len(fitting) - most + 1), Ink.FAINT),), ())
        return lines

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
