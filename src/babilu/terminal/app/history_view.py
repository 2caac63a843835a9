"""The open conversation: lines are made once a message and drawn only where they are seen."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import ClassVar, Final

from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from typing_extensions import override

from babilu.api.views import MessageView
from babilu.kernel.ids import MessageId
from babilu.presentation.message_window import Window
from babilu.terminal.app.cells import wrap
from babilu.terminal.app.keys import Where, bindings
from babilu.terminal.app.message_renderer import MessageRenderer, RenderedMessage
from babilu.terminal.app.spans import Brush, Line, Span, width_of
from babilu.terminal.app.themes import Ink

AIRY_HEIGHT: Final = 18
"""Lines of the view from which on groups are parted by blank lines."""


@unique
class Want(StrEnum):
    """What can be done with a message, or with the conversation."""

    INSPECT = "inspect"
    COPY = "copy"
    DELETE = "delete"
    ENTER = "enter"
    REVEAL = "reveal"
    REPLY = "reply"
    EDIT = "edit"
    REACT = "react"
    PIN = "pin"
    FORWARD = "forward"
    WORDINGS = "wordings"
    VIEW = "view"
    PLAY = "play"
    EARLIER = "earlier"
    AHEAD = "ahead"
    SPEED = "speed"
    SAVE = "save"
    HOLD = "hold"
    CANCEL = "cancel"
    OLDEST = "oldest"
    NEWEST = "newest"
    BACK = "back"


OF_FILES: Final = frozenset({Want.SAVE, Want.HOLD, Want.CANCEL})
"""What needs a message with files."""

OF_VOICE: Final = frozenset({Want.PLAY, Want.EARLIER, Want.AHEAD, Want.SPEED})
"""What needs a message with a voice note."""

OF_CONVERSATION: Final = frozenset({Want.OLDEST, Want.NEWEST, Want.BACK})
"""What needs no message that is selected."""


@dataclass(frozen=True, slots=True)
class ScrollAnchor:
    """A line of a message, by which the view is found again when lines come and go."""

    message: MessageId
    line: int


class HistoryView(ScrollView, can_focus=True):
    """Shows a room.

    Args:
        room: What is loaded of the conversation.
        renderer: Draws messages.
        newer_text: Writes how many messages came that are not seen.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(Where.READING)

    class Reached(Message):
        """The view came near an end of what is loaded, or to the newest message.

        Args:
            upper: Whether near the oldest message that is loaded.
        """

        def __init__(self, *, upper: bool) -> None:
            super().__init__()
            self.upper = upper

    class Wanted(Message):
        """Something is to be done with the message that is selected, or with the conversation.

        Args:
            what: What.
        """

        def __init__(self, what: "Want") -> None:
            super().__init__()
            self.what = what

    class Pointed(Message):
        """Another message is selected, or none."""

    def __init__(self, room: Window, renderer: MessageRenderer, newer_text: Callable[[int], str]) -> None:
        super().__init__(id="history")
        self._room = room
        self._renderer = renderer
        self._newer_text = newer_text
        self._brush = Brush(self)
        self._drawn: dict[MessageId, tuple[object, RenderedMessage]] = {}
        self._blocks: list[RenderedMessage] = []
        self._lines: list[tuple[int, Line, bool]] = []
        self._starts: dict[MessageId, int] = {}
        self._selected: MessageId | None = None
        self._unseen = 0
        self._revealed: set[MessageId] = set()
        self._empty: tuple[Line, ...] = ()

    # What is shown.

    @property
    def selected(self) -> MessageView | None:
        """The message that keys are about, or None."""
        row = self._room.row_of(self._selected)
        return None if row is None else self._room.messages[row]

    @property
    def is_at_end(self) -> bool:
        """Whether the newest message is in sight."""
        return not self._room.more_after and self.scroll_offset.y >= self.max_scroll_y

    def say_when_empty(self, lines: tuple[Line, ...]) -> None:
        """Set what is shown where there is no message."""
        self._empty = lines
        self.refresh()

    def arrived(self, count: int) -> None:
        """Count messages that came while the view is elsewhere."""
        self._unseen = 0 if self.is_at_end else self._unseen + count
        self.refresh()

    def renew(self) -> None:
        """Show the room as it is now; what is in sight stays there, and so does the newest message."""
        # Where the view was before it became lower: a banner, an error or another size is no reason to leave the end.
        at_end = self._room.follows and not self._room.more_after
        place = self._top()
        self._arrange()
        if at_end:
            self._go(self.max_scroll_y)
        elif place is not None and place.message in self._starts:
            self._go(self._starts[place.message] + place.line)
        self.refresh()

    def reveal(self, message: MessageId) -> None:
        """Show the spoilers of a message, or hide them again."""
        self._revealed ^= {message}
        self.renew()

    def reset(self) -> None:
        """Show a room that was opened anew, where its unread messages begin or at its end."""
        self._selected = None
        self._revealed.clear()
        self._unseen = 0
        self._arrange()
        unread = self._room.unread_row()
        if unread is None:
            self._go(self.max_scroll_y)
        else:
            start = self._starts[self._room.messages[unread].id] - len(self._blocks[unread].lead)
            self._go(min(start, self.max_scroll_y))
        self.refresh()

    def retheme(self) -> None:
        """Forget what was drawn in other words or colours."""
        self._drawn.clear()
        self.renew()

    # Moving.

    def end(self) -> None:
        """Go to the newest message that is loaded."""
        self._go(self.max_scroll_y)

    def page(self, pages: int) -> None:
        """Scroll by screens; negative ones are upwards."""
        self._go(self.scroll_offset.y + pages * max(1, self.size.height - 2))

    def select(self, message: MessageId | None, *, centred: bool = False) -> None:
        """Select a message and bring it into sight, in the middle where that is wanted, or select none."""
        self._point(message)
        row = self._room.row_of(message)
        if message is not None and row is not None and message in self._starts:
            block = self._blocks[row]
            top = self._starts[message] - (len(block.lead) if row == 0 else min(1, len(block.lead)))
            bottom = self._starts[message] + len(block.body)
            height = self.size.height
            if centred:
                self._go(max(0, min(top, top - (height - (bottom - top)) // 2)))
            elif top < self.scroll_offset.y:
                self._go(top)
            elif bottom > self.scroll_offset.y + height:
                self._go(min(top, bottom - height))
        self.refresh()

    def move(self, steps: int) -> None:
        """Select a message further down or, with negative steps, further up."""
        messages = self._room.messages
        if not messages:
            return
        row = self._room.row_of(self._selected)
        if row is None:
            row = self._lowest_in_sight() + (1 if steps < 0 else -1)
        target = row + steps
        if target < 0:
            self.post_message(self.Reached(upper=True))
        elif target >= len(messages):
            self.post_message(self.Reached(upper=False))
        self.select(messages[min(max(target, 0), len(messages) - 1)].id)

    # Textual.

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let letters be keys only where they are about a message that is selected."""
        about_message = action == "want" and parameters and Want(str(parameters[0])) not in OF_CONVERSATION
        return self.selected is not None if about_message else True

    def action_move(self, steps: int) -> None:
        """Select another message."""
        self.move(steps)

    def action_page(self, pages: int) -> None:
        """Scroll by a screen."""
        self.page(pages)

    def action_want(self, what: str) -> None:
        """Tell what is to be done."""
        self.post_message(self.Wanted(Want(what)))

    @override
    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._look_around()

    @override
    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        height = self.size.height
        if not self._lines:
            said = [part for line in self._empty for part in _broken(line, width)]
            first = max(0, (height - len(said)) // 2)
            line = said[y - first] if first <= y < first + len(said) else ()
            return self._brush.strip(_centred(line, width), width)
        if y == height - 1 and self._unseen:
            text = f" {self._newer_text(self._unseen)} "
            return self._brush.strip(_centred((Span(text, Ink.BADGE, "screen.newest"),), width), width)
        number = y + self.scroll_offset.y - max(0, height - len(self._lines))
        if not 0 <= number < len(self._lines):
            return self._brush.strip((), width)
        row, line, is_body = self._lines[number]
        chosen = is_body and self._blocks[row].message.id == self._selected
        return self._brush.strip((Span(" "), *line), width, chosen=chosen)

    def on_resize(self, _event: events.Resize) -> None:
        """Break lines anew where the width is another."""
        self.renew()

    def on_click(self, event: events.Click) -> None:
        """Select the message under the pointer."""
        number = event.y + self.scroll_offset.y - max(0, self.size.height - len(self._lines))
        if 0 <= number < len(self._lines):
            self._point(self._blocks[self._lines[number][0]].message.id)
            self.refresh()

    def _point(self, message: MessageId | None) -> None:
        if message != self._selected:
            self._selected = message
            self.post_message(self.Pointed())

    # Lines.

    def _arrange(self) -> None:
        width = self.scrollable_content_region.width - 1
        airy = self.size.height >= AIRY_HEIGHT
        drawn: dict[MessageId, tuple[object, RenderedMessage]] = {}
        self._blocks, self._lines, self._starts = [], [], {}
        # How many people have one's newest message is what one wants to know; of the others a key says it.
        own = next((each.id for each in reversed(self._room.messages) if each.outgoing), None)
        for row, message in enumerate(self._room.messages):
            facts = self._room.facts(row)
            revealed = message.id in self._revealed
            beside = (self._renderer.moment(message), self._renderer.about_files(message))
            counted = message.id == own
            key = (message, facts, width, airy, revealed, counted, beside)
            before, block = self._drawn.get(message.id, (None, None))
            if block is None or before != key:
                block = self._renderer.block(message, facts, width, airy=airy, revealed=revealed, counted=counted)
            drawn[message.id] = (key, block)
            self._blocks.append(block)
            lead = block.lead[1:] if row == 0 and block.lead[:1] == ((),) else block.lead
            self._lines.extend((row, line, False) for line in lead)
            self._starts[message.id] = len(self._lines)
            self._lines.extend((row, line, True) for line in block.body)
        self._drawn = drawn
        self.virtual_size = Size(width, len(self._lines))
        self.call_after_refresh(self._place_thumb)

    def _top(self) -> ScrollAnchor | None:
        """Tell which line of which message is the first in sight."""
        number = self.scroll_offset.y
        if not 0 <= number < len(self._lines):
            return None
        message = self._blocks[self._lines[number][0]].message.id
        return ScrollAnchor(message, number - self._starts[message])

    def _lowest_in_sight(self) -> int:
        number = min(self.scroll_offset.y + self.size.height, len(self._lines)) - 1
        return self._lines[number][0] if number >= 0 else 0

    def _go(self, y: int) -> None:
        before = self.scroll_offset.y
        self.scroll_to(y=y, animate=False, force=True)
        if self.scroll_offset.y == before:
            self._look_around()

    def _place_thumb(self) -> None:
        """Bring the scroll bar up to date, which was not there yet when the view moved."""
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = self.scroll_y

    def _look_around(self) -> None:
        """Tell when an end of what is loaded comes near."""
        height = self.size.height
        self._room.follows = self.is_at_end
        if self._room.more_before and self.scroll_offset.y < height:
            self.post_message(self.Reached(upper=True))
        if self.scroll_offset.y >= self.max_scroll_y - 1:
            if self.is_at_end:
                self._unseen = 0
            self.post_message(self.Reached(upper=False))


def _broken(line: Line, width: int) -> list[Line]:
    """Break a sentence that is longer than the screen is wide; what has several parts is a row of a table."""
    if len(line) != 1 or width_of(line) <= width:
        return [line]
    return [(Span(part, line[0].ink),) for part in wrap(line[0].text, width)]


def _centred(line: Line, width: int) -> Line:
    return (Span(" " * max(0, (width - width_of(line)) // 2)), *line)
