"""Following a group into the one that goes on: by itself, once, and for a week elsewhere where the first has fallen.

Whoever has followed is not led away later. Several groups that go on, by different authors, prove that somebody ended
their own grant twice: whoever has not followed yet is asked then.
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
    """Nothing is to be done."""


@dataclass(frozen=True, slots=True)
class FollowTo:
    """The conversation goes on in the group that this entry names; ``instead`` where it has followed another one."""

    moved: LogEntry
    followed: Followed
    instead: bool


@dataclass(frozen=True, slots=True)
class AskWhomToFollow:
    """Its user decides among these, the first of which is offered; all of their authors belong into an alarm."""

    moves: tuple[LogEntry, ...]


@dataclass(frozen=True, slots=True)
class ComeBack:
    """The conversation is in the group itself again: what it has followed was taken back, and nothing else goes on."""


FollowStep = StayHere | FollowTo | AskWhomToFollow | ComeBack
"""What a client does when its log has changed."""


def next_step(succession: Succession, followed: Followed | None, now: int) -> FollowStep:
    """Return what a client does, by what it has followed and by its own clock.

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
