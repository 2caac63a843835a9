"""What is wrong with the link to the relay and does not mend itself stands above everything, with its way out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

from babilu.api.views import LinkState
from babilu.kernel.errors import ErrorCode


@unique
class WayOut(Enum):
    """What the user can do about it, beside trying again."""

    FINGERPRINT = "fingerprint"
    """Know the relay by another certificate, whose fingerprint its operator has told them."""

    RETURN = "return"
    """Use the account here again, where another program took its place."""

    START_OVER = "start_over"
    """Open the profile anew with the wish to register it again."""

    REOPEN = "reopen"
    """Open the profile anew: it goes on as a new device. To try again on the same one leads nowhere."""

    WAIT = "wait"
    """Nothing but to ask the operator, or to wait."""


WAYS_OUT: Final[Mapping[str, WayOut]] = {
    ErrorCode.CERTIFICATE_CHANGED.value: WayOut.FINGERPRINT,
    ErrorCode.REPLACED.value: WayOut.RETURN,
    ErrorCode.DEVICE_UNKNOWN.value: WayOut.START_OVER,
    ErrorCode.ROLLED_BACK.value: WayOut.REOPEN,
    ErrorCode.SERVER_FULL.value: WayOut.WAIT,
    ErrorCode.ACCOUNT_DISABLED.value: WayOut.WAIT,
    ErrorCode.WRONG_CREDENTIALS.value: WayOut.WAIT,
    ErrorCode.UNSUPPORTED.value: WayOut.WAIT,
}
"""By the code of why the link is down; a line that is merely down mends itself, and needs no banner."""


@dataclass(frozen=True, slots=True)
class LinkTrouble:
    """A banner about the link.

    Attributes:
        code: Why the relay cannot be used.
        text: The client's own sentence about it, or empty.
        way_out: What can be done.
        urgent: Whether somebody may be in between.
    """

    code: str
    text: str
    way_out: WayOut
    urgent: bool


def link_trouble(state: LinkState, code: str | None, text: str) -> LinkTrouble | None:
    """Tell what must be said about the link, if anything; while it is tried again, the reason still stands."""
    way_out = None if code is None or state is LinkState.ONLINE else WAYS_OUT.get(code)
    if code is None or way_out is None:
        return None
    return LinkTrouble(code, text, way_out, urgent=way_out is WayOut.FINGERPRINT)
