"""An owner or moderator makes invitations in the client: the order that goes to the relay, and what it answers."""

import json
from dataclasses import dataclass

from babilu.api.commands import Administer
from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.presentation.json_line import json_line


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that was made; nobody can be told its text again.

    Attributes:
        number: By which the relay lists and revokes it.
        text: What is passed on.
        expires_at: When it ends, in Unix milliseconds.
        uses: How many accounts may be made with it.
    """

    number: int
    text: str
    expires_at: int
    uses: int


def invite(uses: int | None) -> Administer:
    """Make the order."""
    return Administer(json_line({"do": "invite", "uses": uses or 1}))


def read_invitation(answer: str) -> Invitation:
    """Read the relay's answer.

    Raises:
        ProtocolError: ``malformed``.
    """
    try:
        told = json.loads(answer)
        number, text, until, uses = (told[name] for name in ("invitation", "text", "expires_at", "uses"))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _malformed() from error
    numbers = (number, until, uses)
    if not isinstance(text, str) or not all(type(each) is int for each in numbers):
        raise _malformed()
    return Invitation(number, text, until, uses)


def _malformed() -> ProtocolError:
    return ProtocolError(ErrorCode.MALFORMED, "The relay's answer is no invitation.")
