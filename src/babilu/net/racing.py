"""Happy Eyeballs (RFC 8305): connects to all addresses of a name in a race, so that a dead one costs 250 ms.

The families take turns, in the resolver's order. Each attempt begins when the one before has failed, or after a delay.
The first connection that stands wins. uvloop has no racing of its own.
"""

import asyncio
import errno
import socket
import ssl
from itertools import chain, zip_longest
from typing import Any, Final

from babilu.kernel.errors import ErrorCode, LinkError, Reason

ATTEMPT_DELAY_S: Final = 0.25
"""RFC 8305, section 5: "Connection Attempt Delay"."""

ADDRESSES_TRIED: Final = 8
"""Addresses of one name that are tried: whoever answers for the name decides how many there are."""

Address = tuple[Any, ...]
Target = tuple[int, Address]
"""A family, and an address of it as `socket.connect` takes it."""


async def open_socket(host: str, port: int) -> socket.socket:
    """Connect to the address of a name that answers first.

    Returns:
        The connected socket, not blocking.

    Raises:
        OSError: The name cannot be found, or no address of it answers; the error is the most telling one.
    """
    return await _race(in_turns(await resolve(host, port))[:ADDRESSES_TRIED])


async def resolve(host: str, port: int) -> list[Target]:
    """Ask the resolver for the addresses of a name."""
    infos = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in infos]


def in_turns(targets: list[Target]) -> list[Target]:
    """Order targets so that families take turns, the first one first (RFC 8305, section 4)."""
    families = dict.fromkeys(family for family, _ in targets)
    of_each = [[target for target in targets if target[0] == family] for family in families]
    return [target for target in chain.from_iterable(zip_longest(*of_each)) if target is not None]


async def _race(targets: list[Target]) -> socket.socket:
    attempts: set[asyncio.Task[socket.socket]] = set()
    failures: list[OSError] = []
    waiting = list(targets)
    try:
        while waiting or attempts:
            if waiting:
                attempts.add(asyncio.get_running_loop().create_task(_attempt(*waiting.pop(0))))
            delay = ATTEMPT_DELAY_S if waiting else None
            done, _ = await asyncio.wait(attempts, timeout=delay, return_when=asyncio.FIRST_COMPLETED)
            for attempt in done:
                error = attempt.exception()
                if error is None:
                    attempts.discard(attempt)
                    return attempt.result()
                if not isinstance(error, OSError):
                    raise error
                attempts.discard(attempt)
                failures.append(error)
    finally:
        await _give_up(attempts)
    raise min(failures, key=_how_vague, default=OSError(errno.EADDRNOTAVAIL, "the name has no address"))


async def _attempt(family: int, address: Address) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, address)
    except BaseException:
        made.close()
        raise
    return made


async def _give_up(attempts: set["asyncio.Task[socket.socket]"]) -> None:
    for attempt in attempts:
        attempt.cancel()
    for result in await asyncio.gather(*attempts, return_exceptions=True):
        if isinstance(result, socket.socket):
            result.close()


def _how_vague(error: OSError) -> int:
    """Rank an error: that somebody refuses says more than that a machine has no way to an address."""
    return 0 if isinstance(error, ConnectionRefusedError) else 1


def nobody_answers(text: str, error: BaseException) -> LinkError:
    """Make the error for a connection that could not be established, with the reason at its end."""
    reason = _reason(error)
    half = "the connection failed" if reason is None else _HALF_SENTENCES[reason]
    return LinkError(ErrorCode.UNAVAILABLE, f"{text}: {half}.").because(reason)


def _reason(error: BaseException) -> Reason | None:
    match error:
        case socket.gaierror():
            return Reason.NAME_UNKNOWN
        case ConnectionRefusedError():
            return Reason.REFUSED
        case TimeoutError():
            return Reason.SILENT
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError() | ConnectionError():
            return Reason.ENDED
        case ssl.SSLError():
            return Reason.FOREIGN
        case OSError(errno=errno.ENETUNREACH | errno.EHOSTUNREACH | errno.EADDRNOTAVAIL):
            return Reason.NO_WAY
        case _:
            return None


_HALF_SENTENCES: Final = {
    Reason.NAME_UNKNOWN: "this name cannot be found",
    Reason.REFUSED: "nothing listens there",
    Reason.SILENT: "it does not answer in time",
    Reason.NO_WAY: "this machine has no way there",
    Reason.FOREIGN: "what answers there is not Babilu",
    Reason.ENDED: "the connection was closed there",
}
