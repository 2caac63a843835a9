"""A message becomes lines of cells: above it what begins with it, then its text, at its edge how far it has come."""

from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len

from babilu.api.views import MessageView
from babilu.kernel.states import MessageKind, Route
from babilu.presentation.message_window import Facts
from babilu.presentation.strings import Strings
from babilu.terminal.app.cells import label, padded, safe, wrap
from babilu.terminal.app.spans import Line, Span
from babilu.terminal.app.symbols import Symbols
from babilu.terminal.app.themes import Ink
from babilu.terminal.app.time_format import TimeFormat

TEXT_CHARACTERS: Final = 6_000
LINES: Final = 40
"""Lines of one message; a longer one is read as a whole by a key."""

NAME_CELLS: Final = 32
EDGE: Final = 4
"""Cells at the right for route and state, with a blank before them."""

INDENT: Final = 2
LEAST: Final = 8


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """A message as it is drawn.

    Attributes:
        message: The message.
        lead: Lines above it that are no part of it: a blank one, a day, the unread divider, who writes and when.
        body: Its lines.
    """

    message: MessageView
    lead: tuple[Line, ...]
    body: tuple[Line, ...]


class MessageRenderer:
    """Draws messages.

    Args:
        say: The language.
        symbols: Signs that the terminal has.
        time_format: Times.
    """

    def __init__(self, say: Strings, symbols: Symbols, time_format: TimeFormat) -> None:
        self._say = say
        self._symbols = symbols
        self._time_format = time_format

    def block(self, message: MessageView, facts: Facts, width: int, *, airy: bool) -> RenderedMessage:
        """Draw one message.

        Args:
            message: The message.
            facts: What its neighbours make of it.
            width: Cells of a line.
            airy: Whether there is room for blank lines between groups.
        """
        if message.kind is not MessageKind.TEXT:
            return RenderedMessage(
                message, self._lead(message, facts, width, airy=False)[:-1], self._line(message, width)
            )
        return RenderedMessage(message, self._lead(message, facts, width, airy=airy), self._body(message, width))

    def rule(self, text: str, width: int, ink: Ink) -> Line:
        """Draw a line across with a text in its middle."""
        room = max(0, width - cell_len(text) - 2)
        left = room // 2
        rule = self._symbols.rule
        return (
            Span(rule * left, Ink.RULE),
            Span(f" {text} ", ink),
            Span(rule * (room - left), Ink.RULE),
        )

    def _line(self, message: MessageView, width: int) -> tuple[Line, ...]:
        """Draw a line about the conversation across, as no message can look."""
        name = label(message.conversation, NAME_CELLS)
        text = self._say(f"line.{message.kind.value}", name=name, day=self._time_format.day(message.at))
        return tuple(self.rule(part, width, Ink.WARNING) for part in wrap(text, max(LEAST, width - INDENT - EDGE)))

    def _lead(self, message: MessageView, facts: Facts, width: int, *, airy: bool) -> tuple[Line, ...]:
        lines: list[Line] = []
        if facts.begins and airy:
            lines.append(())
        if facts.new_day:
            lines.append(self.rule(self._time_format.day(message.at), width, Ink.FAINT))
        if facts.unread:
            lines.append(self.rule(self._say("app.new"), width, Ink.UNREAD))
        if facts.begins:
            ink = Ink.OWN if message.outgoing else Ink.OTHER
            name = self._say("app.you") if message.outgoing else label(message.sender, NAME_CELLS)
            hour = Span(f"  {self._time_format.hour(message.at)}", Ink.FAINT)
            lines.append((Span(f"{self._symbols.bar} ", ink), Span(name, ink), hour))
        return tuple(lines)

    def _body(self, message: MessageView, width: int) -> tuple[Line, ...]:
        room = max(LEAST, width - INDENT - EDGE)
        texts, whole = shown_lines(message.text, room, LINES)
        bar = Span(f"{self._symbols.bar} ", Ink.OWN if message.outgoing else Ink.OTHER)
        route = Span(self._symbols.direct if message.route is Route.DIRECT else " ", Ink.FAINT)
        state = self._symbols.state(message.state)
        edge = (route, state, Span(" " * (2 - cell_len(state.text))))
        lines: list[Line] = [(bar, Span(padded(texts[0], room)), Span(" "), *edge)]
        lines.extend((bar, Span(text)) for text in texts[1:])
        if message.late:
            lines.extend((bar, Span(text, Ink.WARNING)) for text in wrap(self._say("app.late"), room))
        if not whole:
            lines.append((bar, Span(self._say("app.more_text"), Ink.FAINT)))
        if message.departed:
            lines.extend((bar, Span(text, Ink.WARNING)) for text in wrap(self._say("departed"), room))
        if message.needs_newer:
            lines.extend((bar, Span(text, Ink.WARNING)) for text in wrap(self._say("needs_newer"), room))
        if message.error is not None:
            reason = self._say("app.not_sent", reason=self._say.problem(message.error, ""))
            lines.extend((bar, Span(text, Ink.BAD)) for text in wrap(safe(reason), room))
        return tuple(lines)


def shown_lines(text: str, width: int, most: int, characters: int = TEXT_CHARACTERS) -> tuple[list[str], bool]:
    """Break the beginning of a text from others into safe lines, and tell whether these are all of it."""
    beginning = text[:characters]
    lines: list[str] = []
    for part in beginning.replace("\r\n", "\n").expandtabs(4).split("\n"):
        if len(lines) > most:
            break
        lines.extend(wrap(safe(part), width))
    return lines[:most], len(lines) <= most and len(beginning) == len(text)
