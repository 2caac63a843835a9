"""Owner and moderators make, list and revoke invitations in a client: the orders to the relay, and what it answers."""

import json
from dataclasses import dataclass
from typing import Final

from babilu.api.commands import Administer
from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.limits import INTEGER_MAX
from babilu.presentation.json_line import json_line

SCHEME: Final = "babilu://"
TEXT_CHARACTERS: Final = 1024
"""Longest invitation that is shown: nobody could paste a longer one."""

USES_MAX: Final = 100_000
"""Most accounts that a relay lets be made with one."""


@dataclass(frozen=True, slots=True)
class MadeInvitation:
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


@dataclass(frozen=True, slots=True)
class ListedInvitation:
    """An invitation that can still be used, as the relay lists it.

    Attributes:
        number: By which it is revoked.
        created_at: When it was made, in Unix milliseconds.
        expires_at: When it ends, in Unix milliseconds.
        uses: How many accounts may still be made with it.
    """

    number: int
    created_at: int
    expires_at: int
    uses: int


def invite(uses: int | None = None, lifetime_ms: int | None = None) -> Administer:
    """Make the order for an invitation; without a time it is good as long as the relay's usually are."""
    lifetime = {} if lifetime_ms is None else {"lifetime_ms": lifetime_ms}
    return Administer(json_line({"do": "invite", "uses": uses or 1, **lifetime}))


def list_invitations() -> Administer:
    """Make the order for the list of those that can still be used."""
    return Administer(json_line({"do": "listinvitations"}))


def revoke(number: int) -> Administer:
    """Make the order after which an invitation cannot be used any more."""
    return Administer(json_line({"do": "revoke", "invitation": number}))


def read_invitation(answer: str) -> MadeInvitation:
    """Read the relay's answer to `invite`.

    Raises:
        ProtocolError: ``malformed``, also where the text is none that anybody could use.
    """
    told = _parsed(answer)
    number, until, uses = _numbers(told, "invitation", "expires_at", "uses")
    text = told.get("text") if isinstance(told, dict) else None
    if not isinstance(text, str) or not text.startswith(SCHEME) or not text.isprintable():
        raise _malformed()
    if len(text) > TEXT_CHARACTERS:
        raise _malformed()
    return MadeInvitation(number, text, until, uses)


def read_invitations(answer: str) -> tuple[ListedInvitation, ...]:
    """Read the relay's answer to `list_invitations`; a frame bounds how many there are.

    Raises:
        ProtocolError: ``malformed``.
    """
    told = _parsed(answer)
    if not isinstance(told, list):
        raise _malformed()
    members = ("invitation", "created_at", "expires_at", "uses")
    return tuple(ListedInvitation(*_numbers(each, *members)) for each in told)


def _parsed(answer: str) -> object:
    try:
        return json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise _malformed() from error


def _numbers(told: object, *names: str) -> tuple[int, ...]:
    """Read members that are numbers; the last one counts accounts."""
    found = [told.get(name) for name in names] if isinstance(told, dict) else [None]
    numbers = tuple(each for each in found if type(each) is int and 0 <= each <= INTEGER_MAX)
    if len(numbers) != len(names) or numbers[-1] > USES_MAX:
        raise _malformed()
    return numbers


def _malformed() -> ProtocolError:
    return ProtocolError(ErrorCode.MALFORMED, "The relay's answer is not an invitation.")
