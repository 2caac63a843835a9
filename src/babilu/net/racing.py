"""Happy Eyeballs (RFC 8305): connects to all addresses of a name in a race, so that a dead one costs 250 ms.

The families take turns, in the resolver's order; of one family the addresses come in an order of chance, so that those
who share a name share its machines. Each attempt begins when the one before has failed, or after a delay.
The first connection that stands wins. uvloop has no racing of its own. By the same race a client finds the node of a
relay that answers.
"""

import asyncio
import errno
import secrets
import socket
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, zip_longest
from typing import Any, Final, Generic, TypeVar

from babilu.kernel.errors import ErrorCode, LinkError, Reason

ATTEMPT_DELAY_S: Final = 0.25
"""RFC 8305, section 5: "Connection Attempt Delay"."""

LOOK_S: Final = 1.0
"""How long a look at a machine waits for it."""

ADDRESSES_TRIED: Final = 8
"""Addresses of one name that are tried: whoever answers for the name decides how many there are."""

_CHANCE: Final = secrets.SystemRandom()

T = TypeVar("T")
E = TypeVar("E", bound=Exception)

Attempt = Callable[[], Coroutine[Any, Any, T]]
"""Tries one place."""

Address = tuple[Any, ...]
Target = tuple[int, Address]
"""A family, and an address of it as `socket.connect` takes it."""


@dataclass(frozen=True, slots=True)
class RaceRules(Generic[T, E]):
    """Rules of a race.

    Attributes:
        failure: What an attempt fails with; anything else ends the race.
        delay_s: Tells how long nothing more begins while ``n`` attempts have begun (seconds), unless one fails.
        how_vague: Ranks failures: the lowest one says most.
        close: Ends what another attempt has won while the winner was found.
    """

    failure: type[E]
    delay_s: Callable[[int], float]
    how_vague: Callable[[E], int]
    close: Callable[[T], Awaitable[None]]


async def open_socket(host: str, port: int) -> socket.socket:
    """Connect to the address of a name that answers first.

    Returns:
        The connected socket, not blocking.

    Raises:
        OSError: The name cannot be found, or no address of it answers; the error is the most telling one.
    """
    targets = in_turns(await resolve(host, port), shuffle)[:ADDRESSES_TRIED]
    if not targets:
        raise OSError(errno.EADDRNOTAVAIL, "the name has no address")
    rules = RaceRules(OSError, lambda _: ATTEMPT_DELAY_S, _how_vague, _close)
    return await race([partial(_attempt, *target) for target in targets], rules)


async def resolve(host: str, port: int) -> list[Target]:
    """Ask the resolver for the addresses of a name."""
    infos = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in infos]


def shuffle(targets: list[Target]) -> None:
    """Put targets into an order of chance: resolvers sort them, for everybody alike (RFC 6724, rule 9)."""
    _CHANCE.shuffle(targets)


def in_turns(targets: list[Target], order: Callable[[list[Target]], None]) -> list[Target]:
    """Order targets so that families take turns, the first one first (RFC 8305, section 4).

    Args:
        targets: In the resolver's order.
        order: Puts those of one family into theirs.
    """
    families = dict.fromkeys(family for family, _ in targets)
    of_each = [[target for target in targets if target[0] == family] for family in families]
    for family in of_each:
        order(family)
    return [target for target in chain.from_iterable(zip_longest(*of_each)) if target is not None]


async def is_gone(target: Target) -> bool:
    """Tell whether a machine, or what was listening there, is gone: it refuses, or says nothing for a while.

    What is wrong with the own network says nothing about it.
    """
    try:
        async with asyncio.timeout(LOOK_S):
            made = await _attempt(*target)
    except OSError as error:
        return isinstance(error, (ConnectionRefusedError, TimeoutError)) or error.errno == errno.EHOSTUNREACH
    made.close()
    return False


async def race(attempts: Sequence[Attempt[T]], rules: RaceRules[T, E]) -> T:
    """Try places one after the other and beside each other; the first attempt that succeeds wins.

    The next one begins when one before has failed, or has not ended after a delay. Each ends by itself: none is cut
    off before another one has won.

    Args:
        attempts: What tries each place, in their order.
        rules: How long each has before the next one begins, what a failure is, and what becomes of a late winner.

    Raises:
        E: None succeeded; the failure is the most telling one.
    """
    under_way: set[asyncio.Task[T]] = set()
    failures: list[E] = []
    waiting = list(attempts)
    begun = 0
    try:
        while waiting or under_way:
            if waiting:
                under_way.add(asyncio.get_running_loop().create_task(waiting.pop(0)()))
                begun += 1
            delay = rules.delay_s(begun) if waiting else None
            done, _ = await asyncio.wait(under_way, timeout=delay, return_when=asyncio.FIRST_COMPLETED)
            for attempt in done:
                error = attempt.exception()
                if error is None:
                    others, under_way = under_way - {attempt}, set()
                    return await _won(attempt.result(), others, rules.close)
                if not isinstance(error, rules.failure):
                    raise error
                under_way.discard(attempt)
                failures.append(error)
    finally:
        await _give_up(under_way, rules.close)
    raise min(failures, key=rules.how_vague)


async def _won(winner: T, others: set["asyncio.Task[T]"], close: Callable[[T], Awaitable[None]]) -> T:
    try:
        await _give_up(others, close)
    except BaseException:
        await close(winner)
        raise
    return winner


async def _give_up(attempts: set["asyncio.Task[T]"], close: Callable[[T], Awaitable[None]]) -> None:
    """End what is under way, and what has won too late.

    Who gives up may be cancelled while this waits, since a loop that winds up cancels each task once more: what an
    attempt has won by then would stay open for good.
    """
    again: asyncio.CancelledError | None = None
    for attempt in attempts:
        attempt.cancel()
    while under_way := [attempt for attempt in attempts if not attempt.done()]:
        try:
            await asyncio.wait(under_way)
        except asyncio.CancelledError as error:
            again = error
    for attempt in attempts:
        if not attempt.cancelled() and attempt.exception() is None:
            await close(attempt.result())
    if again is not None:
        raise again


async def _attempt(family: int, address: Address) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, address)
    except BaseException:
        made.close()
        raise
    return made


async def _close(late: socket.socket) -> None:
    late.close()


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
