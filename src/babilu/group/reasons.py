"""Reasons why an entry of a group's log does not count, as people and programs are told them."""

from enum import StrEnum, unique
from typing import NamedTuple

from babilu.kernel.ids import EntryHash


@unique
class NotCounted(StrEnum):
    """Stable names of the reasons why an entry does not count: they are added, never renamed."""

    GRANT_VOID = "grant_void"
    """The entry that gives its author the grant does not count."""

    ENDED = "ended"
    """The author's grant was ended by somebody who did not know of this entry."""

    LEFT = "left"
    """The author left or stepped down and did not name this entry then."""

    DEVICE_OFF = "device_off"
    """A list of the author's devices does not name the device."""

    POLICY_CLOSED = "policy_closed"
    """Somebody who did not know of this entry took back that everybody may do this."""

    POLICY_VOID = "policy_void"
    """The entry by which everybody may do this does not count."""

    SUPERSEDED = "superseded"
    """A newer list of the author's devices does not know of this one."""

    NO_PLACE = "no_place"
    """The author of this list of devices has no grant that counts."""

    NOT_UNDERSTOOD = "not_understood"
    """Only a newer version knows what it says."""


class WhyNot(NamedTuple):
    """Why an entry does not count.

    Attributes:
        reason: The reason.
        by: The entry that is the cause; None where there is no single one.
    """

    reason: NotCounted
    by: EntryHash | None = None
