"""Signs that stand for states and marks: pictures where the terminal has them, ASCII where it has not."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, assert_never

from babilu.api.views import ContactView, ConversationView, LinkState, PresenceState
from babilu.kernel.states import ConversationKind, MessageState, Trust
from babilu.presentation.voice_notes import BLOCKS, PLAIN_BLOCKS
from babilu.terminal.app.spans import Span
from babilu.terminal.app.themes import Ink


@dataclass(frozen=True, slots=True)
class Symbols:
    """One set of signs, each of one cell but those for two ticks.

    Attributes:
        queued: An own message that waits here.
        held: One that the relay holds.
        delivered: One that has arrived; in another colour one that was read.
        failed: One that could not be sent.
        verified: A contact whose safety number was compared.
        changed: A contact whose key has changed.
        blocked: A contact whose messages are dropped.
        new: A contact that was not answered yet.
        direct: A direct connection.
        online: A contact that is connected to the relay.
        request: A stranger who asks for a conversation.
        pinned: A conversation at the top.
        muted: A silent conversation.
        notes: Notes to oneself.
        group: A group.
        bar: Left edge of a message.
        rule: Line across.
        down: There is more below.
        dot: Between parts of a line.
        link: The link to the relay.
        quote: Left edge of what is quoted.
        hidden: Stands for what is hidden until one asks for it.
        back: In front of what a message replies to.
        file: In front of a file.
        full: Of a bar, what is done.
        empty: Of a bar, what is still to do.
        play: In front of a voice note.
        pause: In front of one that sounds.
        bars: In which voice notes are drawn, from silence to the loudest.
        half: Upper half of a cell, of which small pictures are made; empty where there is none.
    """

    queued: str = "◷"
    held: str = "✓"
    delivered: str = "✓✓"
    failed: str = "✗"
    verified: str = "✓"
    changed: str = "!"
    blocked: str = "⊘"
    new: str = "+"
    direct: str = "⇄"
    online: str = "•"
    request: str = "?"
    pinned: str = "↑"
    muted: str = "∅"
    notes: str = "✎"
    group: str = "#"
    bar: str = "▎"
    rule: str = "─"
    down: str = "↓"
    dot: str = "·"
    link: str = "●"
    quote: str = "│"
    hidden: str = "▒"
    back: str = "↩"
    file: str = "▤"
    full: str = "█"
    empty: str = "░"
    play: str = "▶"
    pause: str = "‖"
    bars: str = BLOCKS
    half: str = "▀"

    def state(self, state: MessageState | None) -> Span:
        """Give the sign of an own message's state."""
        match state:
            case None:
                return Span("")
            case MessageState.QUEUED:
                return Span(self.queued, Ink.FAINT)
            case MessageState.HELD:
                return Span(self.held, Ink.FAINT)
            case MessageState.DELIVERED:
                return Span(self.delivered, Ink.FAINT)
            case MessageState.READ:
                return Span(self.delivered, Ink.READ)
            case MessageState.FAILED:
                return Span(self.failed, Ink.BAD)
            case _:
                assert_never(state)

    def contact(self, contact: ContactView | None) -> Span:
        """Give the mark in front of a name: what must be known about it before all else."""
        if contact is None:
            return Span(self.notes, Ink.FAINT)
        if contact.trust is Trust.CHANGED:
            return Span(self.changed, Ink.BAD)
        if contact.blocked:
            return Span(self.blocked, Ink.FAINT)
        if contact.trust is Trust.VERIFIED:
            return Span(self.verified, Ink.GOOD)
        return Span(self.new, Ink.WARNING) if not contact.accepted else Span(" ")

    def conversation(self, view: ConversationView) -> Span:
        """Give the mark in front of a conversation in a list."""
        if view.kind is not ConversationKind.GROUP:
            return self.contact(view.contact)
        # Whoever is out sees at once that this is only what was.
        return Span(self.group, Ink.FAINT if view.role is None else Ink.OTHER)

    def route(self, contact: ContactView | None) -> Span:
        """Give the mark of the way to a contact that stands now."""
        if contact is not None and contact.connected:
            return Span(self.direct, Ink.GOOD)
        presence = None if contact is None else contact.presence
        return Span(self.online, Ink.GOOD) if presence is PresenceState.ONLINE else Span(" ")

    def connection_status(self, link: LinkState, *, reachable: bool) -> Span:
        """Give the mark of one's own standing."""
        match link:
            case LinkState.ONLINE:
                return Span(self.link, Ink.GOOD)
            case LinkState.CONNECTING:
                return Span(self.link, Ink.WARNING)
            case LinkState.OFFLINE:
                return Span(self.link, Ink.BAD)
            case LinkState.NONE:
                return Span(self.link, Ink.GOOD if reachable else Ink.WARNING)
            case _:
                assert_never(link)


PICTURES = Symbols()
PLAIN = Symbols(
    queued=".",
    held="+",
    delivered="++",
    failed="x",
    verified="v",
    blocked="-",
    direct="=",
    online="*",
    pinned="^",
    muted="z",
    notes="~",
    bar="|",
    rule="-",
    down="v",
    dot="-",
    link="*",
    quote="|",
    hidden="#",
    back="<",
    file="[]",
    full="#",
    empty=".",
    play=">",
    pause="=",
    bars=PLAIN_BLOCKS,
    half="",
)


MANY_COLOURS: Final = ("256color", "kitty")
"""How the name of a terminal ends that has more than 16 colours; others say so in ``COLORTERM``."""


def signs_for(environment: Mapping[str, str]) -> Symbols:
    """Choose signs: the console of Linux has fonts of few hundred characters, and few colours make no picture."""
    terminal = environment.get("TERM", "")
    signs = PLAIN if terminal in {"linux", "vt100", "vt220"} else PICTURES
    many = environment.get("COLORTERM", "").lower() in {"truecolor", "24bit"} or terminal.endswith(MANY_COLOURS)
    return signs if many and not environment.get("NO_COLOR") else replace(signs, half="")
