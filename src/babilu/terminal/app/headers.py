"""The lines around the messages: who one is, with whom one talks, what must be dealt with, what the keys do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from babilu.api.views import NOTES_LABEL, ConversationView
from babilu.kernel.states import ConversationKind, Trust
from babilu.presentation.banners import BannerKind, Matter, Step
from babilu.presentation.connections import connection_mark
from babilu.presentation.group_model import is_group_label
from babilu.presentation.group_words import member_count
from babilu.presentation.link_troubles import LinkTrouble, WayOut
from babilu.presentation.strings import Strings
from babilu.terminal.app.cells import label, safe, wrap
from babilu.terminal.app.conversation_names import (
    shown_conversation,
    shown_name,
    typing_words,
)
from babilu.terminal.app.keys import KeyBinding, Where, briefly, hinted, shown
from babilu.terminal.app.message_renderer import NAME_CELLS
from babilu.terminal.app.spans import Line, Span, width_of
from babilu.terminal.app.symbols import Symbols
from babilu.terminal.app.themes import Ink
from babilu.terminal.app.top_bar import Ends

MATTER_KEYS: Final = ("F4", "F5", "F6")
MATTERS: Final = {
    BannerKind.CHANGED: "app.matter.changed",
    BannerKind.CHANGED_VERIFIED: "app.matter.changed_verified",
    BannerKind.BLOCKED: "app.matter.blocked",
    BannerKind.NEW: "app.matter.new",
    BannerKind.GAP: "gap",
}
STEPS: Final = {
    Step.COMPARE: "app.do.verify",
    Step.TRUST: "app.do.trust",
    Step.REJECT: "app.do.reject",
    Step.UNBLOCK: "app.do.unblock",
    Step.ACCEPT: "app.do.accept",
    Step.BLOCK: "app.do.block",
}
TOPIC_CELLS: Final = 120

WAYS_OUT: Final = {WayOut.FINGERPRINT: "app.do.fingerprint", WayOut.RETURN: "app.do.return"}
"""What a key does about a link that is refused; the other ways are to wait, or outside of the program."""

WELCOME: Final = (("Ctrl+T", "app.key.begin"), ("Ctrl+K", "app.key.switch"), ("Ctrl+P", "app.key.palette"))


@dataclass(frozen=True, slots=True)
class HeaderState:
    """What the header says beside what is known of a contact.

    Attributes:
        typing: Who is typing.
        scheduled: How many texts are sent later.
        muted: Whether the conversation is silent.
        archived: Whether it was put away.
        topic: What a group is about.
    """

    typing: frozenset[str] = frozenset()
    scheduled: int = 0
    muted: bool = False
    archived: bool = False
    topic: str = ""


ALWAYS_HINTED: Final = frozenset({"help", "want('back')"})
"""Keys that are named however narrow the screen is."""


class Headers:
    """Writes them.

    Args:
        say: The language.
        symbols: Signs that the terminal has.
    """

    def __init__(self, say: Strings, symbols: Symbols) -> None:
        self._say = say
        self._symbols = symbols

    def own(self, name: str, unread: int) -> Ends:
        """Say who one is, and how much is unread."""
        badge = (Span(f" {unread} ", Ink.BADGE),) if unread else ()
        return (Span("Babilu", Ink.OWN), Span(f"  {label(name, NAME_CELLS)}", Ink.STRONG)), badge

    def header(self, name: str, view: ConversationView | None, state: "HeaderState", width: int) -> Ends:
        """Say with whom one talks, what is known about them, and what they do, in so many cells."""
        contact = None if view is None else view.contact
        named = (
            shown_name(self._say, name)
            if view is None
            else shown_conversation(self._say, view, max(NAME_CELLS, width // 2))
        )
        spans = [Span(named, Ink.STRONG)]
        right: list[Span] = []
        if state.scheduled:
            text = f"{self._symbols.queued} {self._say('app.scheduled_count', count=state.scheduled)}  "
            right.append(Span(text, Ink.KEY, "screen.scheduled"))
        dot = f"  {self._symbols.dot}  "
        if name == NOTES_LABEL:
            spans.append(Span(f"{dot}{self._say('app.notes_are')}", Ink.FAINT))
        marks = (("mark.muted", state.muted), ("app.archived_mark", state.archived))
        right[:0] = [Span(f"{self._say(key)}  ", Ink.FAINT) for key, holds in marks if holds]
        if view is not None and view.kind is ConversationKind.GROUP:
            spans.extend(Span(f"{dot}{text}", ink) for text, ink in self._about_group(view, state))
            return tuple(spans), (*right, Span("F2", Ink.KEY, "screen.details"))
        if view is not None and view.imported is not None:
            spans.append(Span(f"{dot}{self._say(f'shown.imported.{view.imported}')}", Ink.FAINT))
        if contact is None:
            return tuple(spans), tuple(right)
        if contact.trust is Trust.VERIFIED:
            spans.append(Span(f"  {self._symbols.verified} {self._say('mark.verified')}", Ink.GOOD))
        elif contact.trust is Trust.CHANGED:
            spans.append(Span(f"  {self._say('mark.changed')}", Ink.BAD))
        if contact.blocked:
            spans.append(Span(f"{dot}{self._say('mark.blocked')}", Ink.FAINT))
        if state.typing:
            spans.append(Span(f"{dot}{typing_words(self._say, view, state.typing)}", Ink.GOOD))
        elif contact.connected:
            text = connection_mark(self._say, contact)
            spans.append(Span(f"{dot}{self._symbols.direct} {safe(text)}", Ink.GOOD))
        elif contact.presence is not None:
            spans.append(Span(f"{dot}{self._say(f'mark.{contact.presence.value}')}", Ink.FAINT))
        return tuple(spans), (*right, Span("F2", Ink.KEY, "screen.details"))

    def _about_group(self, view: ConversationView, state: "HeaderState") -> Iterator[tuple[str, Ink]]:
        """Say who types in a group, or else how many are in and what it is about."""
        if view.role is None:
            yield self._say("app.group.out"), Ink.WARNING
        elif state.typing:
            yield typing_words(self._say, view, state.typing), Ink.GOOD
        else:
            yield member_count(view.members, self._say), Ink.FAINT
            if state.topic:
                yield label(state.topic, TOPIC_CELLS), Ink.FAINT

    def banner(self, matter: Matter, width: int) -> list[Ends]:
        """Say what must be dealt with, and by which keys."""
        text = self._say(MATTERS[matter.kind], name=label(matter.name, NAME_CELLS), count=matter.missing)
        lines: list[Ends] = [((Span(line),), ()) for line in wrap(text, width)]
        steps: list[Span] = []
        for place, (key, step) in enumerate(zip(MATTER_KEYS, matter.steps, strict=False)):
            action = f"screen.matter({place})"
            steps.extend((Span(f"{key} ", Ink.STRONG, action), Span(f"{self._say(STEPS[step])}   ", Ink.TEXT, action)))
        if steps:
            lines.append((tuple(steps), ()))
        return lines

    def trouble(self, trouble: LinkTrouble, width: int) -> list[Ends]:
        """Say what is wrong with the link, and by which keys it is dealt with."""
        # What the relay says of an older copy is no way out, and to try again is none either.
        reopens = trouble.way_out is WayOut.REOPEN
        text = self._say.problem(trouble.code, "" if reopens else trouble.text)
        if trouble.way_out is WayOut.START_OVER:
            text = f"{text} {self._say('way_out.start_over')}"
        lines: list[Ends] = [((Span(line),), ()) for line in wrap(safe(text), width)]
        if reopens:
            return lines
        offers = [("F8", "app.do.try_now", "screen.try_now")]
        if trouble.way_out in WAYS_OUT:
            offers.insert(0, ("F7", WAYS_OUT[trouble.way_out], "screen.trouble"))
        spans: list[Span] = []
        for key, text_id, action in offers:
            spans.extend((Span(f"{key} ", Ink.STRONG, action), Span(f"{self._say(text_id)}   ", Ink.TEXT, action)))
        lines.append((tuple(spans), ()))
        return lines

    def keys(self, where: Where, width: int, makes_sense: Callable[[KeyBinding], bool]) -> Ends:
        """Say what the most useful keys do now: as many as fit whole, the way back and help among them."""
        keys = [key for key in hinted(where) if makes_sense(key)]
        hints = [self._hint(key) for key in keys]
        always = [hint for hint, key in zip(hints, keys, strict=True) if key.action in ALWAYS_HINTED]
        room = width - sum(map(width_of, always))
        kept: list[Line] = []
        for hint in hints:
            if hint in always:
                kept.append(hint)
            elif width_of(hint) <= room:
                room -= width_of(hint)
                kept.append(hint)
        return tuple(span for hint in kept for span in hint), ()

    def _hint(self, key: KeyBinding) -> Line:
        hint = self._say(f"{key.text}.hint")
        return Span(briefly(key.written, self._say), Ink.KEY), Span(f" {hint}   ", Ink.FAINT)

    def nothing_yet(self, name: str) -> tuple[Line, ...]:
        """Say what stands where there is no message: nothing with somebody yet, or how to begin."""
        if name == NOTES_LABEL:
            return ((Span(self._say("app.no_notes"), Ink.FAINT),),)
        if is_group_label(name):
            return ((Span(self._say("app.group.nothing_yet"), Ink.FAINT),),)
        if name:
            return ((Span(self._say("app.say_hello", name=label(name, NAME_CELLS)), Ink.FAINT),),)
        column = max(len(self._say(text)) for _, text in WELCOME)
        rows = [
            (Span(f"{shown(key, self._say)}  ", Ink.KEY), Span(self._say(text).ljust(column), Ink.FAINT))
            for key, text in WELCOME
        ]
        return ((Span("Babilu", Ink.OWN),), (), (Span(self._say("app.first_steps"), Ink.FAINT),), (), *rows)

    def newer(self, count: int) -> str:
        """Count messages further down."""
        return f"{self._symbols.down} {self._say('app.newer', count=count)}"
