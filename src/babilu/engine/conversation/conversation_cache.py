"""Cache of a conversation: what is remembered of a person between turns, beside the database."""

from dataclasses import dataclass, field
from typing import Any

from babilu.engine.conversation.wakeups import Hint
from babilu.identity.shapes import Bundle
from babilu.kernel.bounded import BoundedDict
from babilu.kernel.ids import DeviceId

DEVICES_REMEMBERED = 24
"""Devices of one contact of which a conversation remembers something between turns: they may show ever new ones."""


def _by_device() -> BoundedDict[DeviceId, Any]:
    return BoundedDict(DEVICES_REMEMBERED)


@dataclass(slots=True)
class ConversationCache:
    """What is remembered of a person between turns without the database; losing it loses nothing.

    Attributes:
        bundles: Bundles at hand for new sessions, the oldest first.
        asked: Devices whose bundle was asked for, and the Unix milliseconds before which it is not asked for again.
        pauses: The last pause between two such questions, in milliseconds.
        renewed_at: When a renewal of a device's session was last begun, Unix milliseconds.
        repair_at: When what a device sent may be asked for again.
        repair_next: When quarantine is to be looked at (Unix milliseconds): nothing changes there before.
        resent_at: When a device was last sent again, for its answer to a repair, what it has given no receipt for.
        receipts_at: When the receipts leave that wait for somebody who is not accepted; None where none wait.
        undone: Hints of a turn that was undone, to be heard again.
        newer_list: Version of a device list that a message named and that nobody has shown yet, and since when.
        newer_own_list: The same of an own list that the contact has named.
        synced_at: When the own other devices were last told what is set and read (Unix milliseconds).
        receipts_told_at: When they were last told of receipts.
        older_list: Whether the relay named an older device list than the known one, and sent mail back for it.
        list_asked_at: When it was last asked for the list because of that (Unix milliseconds).
        shown_again_at: When newer lists last made the contact be shown the own picture (Unix milliseconds).
        listed: Whether they stand in all groups that have them.
        judged: Whether nothing is left that an earlier version did not understand and this one has not looked at.
    """

    bundles: BoundedDict[DeviceId, list[Bundle]] = field(default_factory=_by_device)
    asked: BoundedDict[DeviceId, int] = field(default_factory=_by_device)
    pauses: BoundedDict[DeviceId, int] = field(default_factory=_by_device)
    renewed_at: BoundedDict[DeviceId, int] = field(default_factory=_by_device)
    repair_at: BoundedDict[DeviceId, int] = field(default_factory=_by_device)
    repair_next: int = 0
    resent_at: BoundedDict[DeviceId, int] = field(default_factory=_by_device)
    receipts_at: int | None = None
    undone: list[Hint] = field(default_factory=list)
    newer_list: tuple[int, int] | None = None
    newer_own_list: tuple[int, int] | None = None
    synced_at: int = 0
    receipts_told_at: int = 0
    older_list: bool = False
    list_asked_at: int = 0
    shown_again_at: int = 0
    listed: bool = False
    judged: bool = False
