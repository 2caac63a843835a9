"""Chain of contents of a device pair in a conversation: a counter from 1 and the hash of the previous content.

Nothing can be left out, doubled or put in another place without a hole or an alarm. Each device keeps the end of its
chain for good, and only the borders of each hole.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Annotated, Final

import msgspec

from babilu.identity.codec import decode_shape, encode_shape
from babilu.identity.shapes import Hash32, Natural, Shape

NO_CONTENT: Final = bytes(32)
"""What the first content names as the hash of the one before."""

HOLES_KEPT: Final = 256
"""Holes that are remembered; what comes late into an older one cannot be told from a repetition."""


def content_hash(content: bytes) -> bytes:
    """Return the SHA-256 of a content's exact bytes."""
    return hashlib.sha256(content).digest()


class Hole(Shape, frozen=True):
    """Contents ``first`` to ``last`` that have not come.

    Attributes:
        first: Lowest missing counter.
        last: Highest missing counter.
        before: Hash of the content before ``first``, None where that was not known.
        after: Hash of the content ``last`` as its successor names it.
    """

    first: Natural
    last: Natural
    before: Hash32 | None
    after: Hash32


class Chain(Shape, frozen=True):
    """Known part of a chain: its last content, and the holes, the oldest first."""

    counter: Natural = 0
    last_hash: Hash32 = NO_CONTENT
    holes: Annotated[tuple[Hole, ...], msgspec.Meta(max_length=HOLES_KEPT)] = ()

    def encode(self) -> bytes:
        """Return the bytes to keep."""
        return encode_shape(self)

    @classmethod
    def decode(cls, kept: bytes) -> "Chain":
        """Restore what `encode` returned.

        Raises:
            ProtocolError: ``malformed``.
        """
        return decode_shape(kept, cls)


@unique
class AlarmReason(StrEnum):
    """Why a content cannot have its place."""

    WRONG_HASH = "wrong_hash"
    OLD_COUNTER = "old_counter"


@dataclass(frozen=True, slots=True)
class InOrder:
    """The content follows the last one."""


@dataclass(frozen=True, slots=True)
class AfterHole:
    """The content is ahead: contents ``first`` to ``last`` are missing before it."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Late:
    """The content takes its place in a hole."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """The content contradicts what is known; the user is to be told."""

    reason: AlarmReason


Verdict = InOrder | AfterHole | Late | Alarm
"""What a content's place in the chain says about it."""


def extend(chain: Chain, content: bytes) -> Chain:
    """Return the sender's chain after ``content``, which carried ``chain.counter + 1`` and ``chain.last_hash``."""
    return Chain(chain.counter + 1, content_hash(content), chain.holes)


def receive(chain: Chain, counter: int, previous: bytes, content: bytes) -> tuple[Chain, Verdict]:
    """Judge a content whose message id was never seen.

    Args:
        chain: What is known so far.
        counter: The content's counter, from 1.
        previous: Hash it names for the content before it.
        content: Its exact bytes.

    Returns:
        The chain to keep, and the verdict. After ``wrong_hash`` the chain goes on from this content, so that one
        contradiction raises one alarm; after ``old_counter`` it is unchanged.
    """
    own_hash = content_hash(content)
    if counter <= chain.counter:
        return _fill(chain, counter, previous, own_hash)
    if counter == chain.counter + 1:
        extended = Chain(counter, own_hash, chain.holes)
        return extended, InOrder() if previous == chain.last_hash else Alarm(AlarmReason.WRONG_HASH)
    hole = Hole(chain.counter + 1, counter - 1, chain.last_hash, previous)
    holes = (*chain.holes, hole)[-HOLES_KEPT:]
    return Chain(counter, own_hash, holes), AfterHole(hole.first, hole.last)


def pass_over(chain: Chain, counter: int, content: bytes) -> Chain:
    """Return the chain after a content that was received and dropped: its place stays open until it is repeated.

    Args:
        chain: What is known so far.
        counter: The content's counter, from 1. The hash that it names is checked when it is repeated.
        content: Its exact bytes.
    """
    if counter <= chain.counter:
        return chain
    own_hash = content_hash(content)
    newest = chain.holes[-1] if chain.holes else None
    if newest is not None and newest.last == chain.counter:
        # The ones before it were dropped as well: all of them make one hole.
        holes = (*chain.holes[:-1], Hole(newest.first, counter, newest.before, own_hash))
    else:
        holes = (*chain.holes, Hole(chain.counter + 1, counter, chain.last_hash, own_hash))
    return Chain(counter, own_hash, holes[-HOLES_KEPT:])


def pass_gone(chain: Chain, counter: int, gone_hash: bytes) -> Chain:
    """Return the chain after its sender has said that a content is gone for good.

    Args:
        chain: What is known so far.
        counter: The place that the content had. It must follow the last one or begin a hole; else the chain stays as it
            is, because what stood before it is not known.
        gone_hash: The hash of its bytes.
    """
    if counter == chain.counter + 1:
        return Chain(counter, gone_hash, chain.holes)
    holes: list[Hole] = []
    for hole in chain.holes:
        if hole.first != counter:
            holes.append(hole)
        elif hole.last > counter:
            holes.append(Hole(counter + 1, hole.last, gone_hash, hole.after))
    return Chain(chain.counter, chain.last_hash, tuple(holes))


def _fill(chain: Chain, counter: int, previous: bytes, own_hash: bytes) -> tuple[Chain, Verdict]:
    place = next((at for at, hole in enumerate(chain.holes) if hole.first <= counter <= hole.last), None)
    if place is None:
        return chain, Alarm(AlarmReason.OLD_COUNTER)
    hole = chain.holes[place]
    wrong_before = counter == hole.first and hole.before is not None and previous != hole.before
    wrong_after = counter == hole.last and own_hash != hole.after
    rest = []
    if counter > hole.first:
        rest.append(Hole(hole.first, counter - 1, hole.before, previous))
    if counter < hole.last:
        rest.append(Hole(counter + 1, hole.last, own_hash, hole.after))
    holes = (*chain.holes[:place], *rest, *chain.holes[place + 1 :])[-HOLES_KEPT:]
    verdict = Alarm(AlarmReason.WRONG_HASH) if wrong_before or wrong_after else Late()
    return Chain(chain.counter, chain.last_hash, holes), verdict
