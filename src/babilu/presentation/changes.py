"""What the user has just changed of a conversation is shown at once, though the client's list of them follows later.

A list that was asked for before a change was answered may still show the old value, whenever it comes. So a change lies
over every list until one comes that was asked for after the client had answered.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

from babilu.api.views import ConversationView
from babilu.kernel.ids import ConversationId

Part = Literal["draft", "pinned", "muted", "direct"]

PARTS: Final[tuple[Part, ...]] = ("draft", "pinned", "muted", "direct")


@dataclass(slots=True)
class _Change:
    value: str | bool
    since: int | None = None
    """Number of the first list that shows it; None until the client has answered."""


class Changes:
    """The changes that the client's list does not show yet; at most four of a conversation."""

    def __init__(self) -> None:
        self._open: dict[tuple[ConversationId, Part], _Change] = {}
        self._asked = 0

    def ask(self) -> int:
        """Number a list that is asked for now."""
        self._asked += 1
        return self._asked

    @property
    def asked(self) -> int:
        """Number of the list that was asked for last."""
        return self._asked

    def make(self, conversation: ConversationId, part: Part, value: str | bool) -> "object":
        """Note a change that the client is asked for; gives what names it to `answered` and `refused`."""
        change = self._open[conversation, part] = _Change(value)
        return change

    def answered(self, change: object) -> None:
        """Note that the client has made a change."""
        if isinstance(change, _Change):
            change.since = self._asked + 1

    def refused(self, change: object) -> None:
        """Forget a change that the client has not made, unless a later one took its place."""
        self._open = {key: each for key, each in self._open.items() if each is not change}

    def came(self, number: int) -> None:
        """Note that a list came; it shows what was answered before it was asked for."""
        self._open = {key: each for key, each in self._open.items() if each.since is None or each.since > number}

    def move(self, former: ConversationId, now: ConversationId) -> None:
        """Follow a conversation that goes on under another id."""
        self._open = {(now if each == former else each, part): kept for (each, part), kept in self._open.items()}

    def over(self, view: ConversationView) -> ConversationView:
        """Lay the changes over a conversation of a list."""
        draft, pinned, muted, direct = (self._open.get((view.id, part)) for part in PARTS)
        contact = view.contact
        if direct is not None and contact is not None:
            contact = replace(contact, direct_allowed=bool(direct.value))
        return replace(
            view,
            contact=contact,
            draft=view.draft if draft is None else str(draft.value),
            pinned=view.pinned if pinned is None else bool(pinned.value),
            muted=view.muted if muted is None else bool(muted.value),
        )
