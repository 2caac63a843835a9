"""What a load asks of a client, whatever it speaks: sign in, submit, and tell what was accepted and what came."""

import ssl
from collections.abc import Callable
from functools import cache
from typing import Protocol, Self, TypeVar

A = TypeVar("A")

STAMP_BYTES = 8
"""The time of submission travels in the message, in nanoseconds of the load's own clock."""


class LoadClient(Protocol[A]):
    """A connection of one account.

    Attributes:
        account: Whose it is.
        accepted: Called with how many submissions were just accepted.
        delivered: Called with the stamp of each message that came.
    """

    account: A
    accepted: Callable[[int], None]
    delivered: Callable[[int], None]

    @classmethod
    def make_account(cls, name: str) -> A:
        """Make what an account needs; nothing is sent."""

    @classmethod
    async def connect(cls, account: A, address: tuple[str, int], size: int) -> Self:
        """Open a TLS connection, to send messages of so many bytes."""

    async def register(self) -> None:
        """Make the account and sign in to it."""

    async def log_in(self) -> None:
        """Sign in to an account that is there."""

    async def go_live(self) -> None:
        """Let mail flow."""

    def submit(self, recipient: A, stamp: int) -> None:
        """Submit a message at the end of this turn of the loop."""

    def close(self) -> None:
        """Leave."""


@cache
def client_context() -> ssl.SSLContext:
    """Return the TLS context of all clients of a load: 1.3 only, and any certificate, which is no part of the cost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
