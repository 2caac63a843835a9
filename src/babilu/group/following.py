"""Following a group into the one that continues it: once by itself, and for a week into another where that has fallen.

Later, nothing leads a client away. Continuations by different authors prove that somebody ended their own grant twice:
a client that has followed none of them asks its user.
"""

from dataclasses import dataclass

from babilu.group.entries import LogEntry
from babilu.group.succession import Succession
from babilu.kernel.ids import EntryHash
from babilu.kernel.limits import FOLLOWING_OPEN_MS


@dataclass(frozen=True, slots=True)
class Followed:
    """What a client has followed.

    Attributes:
        moved: Hash of the `moved` entry.
        since: Unix milliseconds of its own clock when it first followed any.
    """

    moved: EntryHash
    since: int


@dataclass(frozen=True, slots=True)
class StayHere:
    """The client does nothing."""


@dataclass(frozen=True, slots=True)
class FollowTo:
    """The conversation goes on in the group that this entry names; ``instead`` of one that the client had followed."""

    moved: LogEntry
    followed: Followed
    instead: bool


@dataclass(frozen=True, slots=True)
class AskWhomToFollow:
    """The user chooses one of these, of which the first is offered; an alarm names all of their authors."""

    moves: tuple[LogEntry, ...]


@dataclass(frozen=True, slots=True)
class ComeBack:
    """The conversation returns to the group itself: its continuation was taken back, and there is no other."""


FollowStep = StayHere | FollowTo | AskWhomToFollow | ComeBack
"""What a client does when its log has changed."""


def next_step(succession: Succession, followed: Followed | None, now: int) -> FollowStep:
    """Decide what a client does, from what it has followed and from its own clock.

    Args:
        succession: The log's `moved` entries.
        followed: What it has followed; None for nothing.
        now: Unix milliseconds.
    """
    standing = succession.standing()
    if not standing:
        return ComeBack() if followed is not None and _has_fallen(succession, followed, now) else StayHere()
    if followed is not None and standing[0].hash == followed.moved:
        return StayHere()
    if followed is None:
        if len({each.author for each in standing}) > 1:
            return AskWhomToFollow(standing)
        return FollowTo(standing[0], Followed(standing[0].hash, now), instead=False)
    if now - followed.since > FOLLOWING_OPEN_MS or not _may_change(succession, followed, standing[0]):
        return StayHere()
    return FollowTo(standing[0], Followed(standing[0].hash, followed.since), instead=True)


def _has_fallen(succession: Succession, followed: Followed, now: int) -> bool:
    return now - followed.since <= FOLLOWING_OPEN_MS and not succession.stands(followed.moved)


def _may_change(succession: Succession, followed: Followed, better: LogEntry) -> bool:
    """Tell whether a client may leave what it has followed: its author took it back, or made both."""
    author = succession.author_of(followed.moved)
    return better.author == author or not succession.stands(followed.moved)
