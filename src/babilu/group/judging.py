"""Judging a content of a group: by the heads that it names, and, once its author is out, by when it was stored.

Somebody may not know yet that they are out. What they wrote until then is shown; what they write long afterwards is
not, whatever heads they name and whatever a relay says of its times.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from babilu.group.changes import PolicyField
from babilu.group.group_log import GroupLog
from babilu.kernel.ids import EntryHash, IdentityKey
from babilu.kernel.limits import LATE_RECEIVED_MS, LATE_STORED_MS, STORED_AHEAD_MS


@dataclass(frozen=True, slots=True)
class EarliestCopy:
    """When the reader got an entry.

    Attributes:
        stored_at: The least time at which a relay says it has stored a copy of it, Unix milliseconds.
        received_at: When the first copy came, by the reader's own clock.
    """

    stored_at: int
    received_at: int


@unique
class ContentVerdict(StrEnum):
    """Stable names of what becomes of a content of a group: they are added, never renamed."""

    TAKEN = "taken"

    HEADS_UNKNOWN = "heads_unknown"
    """It waits, and its sending device is asked for what is missing."""

    HEADS_BACK = "heads_back"
    """Its device has named heads before that it does not know of any more: an alarm."""

    NOT_IN = "not_in"
    """Its author is not in at the heads that it names."""

    NOT_MEANT = "not_meant"
    """Its reader is not in at the heads that it names: nobody whose log has these encrypts for them."""

    MAY_NOT_POST = "may_not_post"
    """Only admins post at the heads that it names."""

    TOO_LATE = "too_late"
    """Its author was out, or might not post, or the group had gone on, for too long when they wrote it."""


@dataclass(frozen=True, slots=True)
class ContentClaim:
    """What is known of a content before it is judged.

    Attributes:
        author: Who wrote it.
        heads: The ends of the log that its device knew.
        heads_before: The heads that the same device named last, in the order of its counters; empty where it named
            none.
        stored_at: When the relay says it has stored its envelope; None where it came directly.
        received_at: When it came, by the reader's own clock.
        reader: Who judges it.
        is_post: Whether it needs the right to post; every member may take back what they wrote.
    """

    author: IdentityKey
    heads: tuple[EntryHash, ...]
    heads_before: tuple[EntryHash, ...]
    stored_at: int | None
    received_at: int
    reader: IdentityKey
    is_post: bool = True


def earliest_copy(known: EarliestCopy | None, stored_at: int | None, now: int) -> EarliestCopy:
    """Return when an entry came first, after one more copy of it.

    Args:
        known: What was known; None for nothing.
        stored_at: When the relay says it has stored the copy; None where it came directly or was made here.
        now: Unix milliseconds by the own clock.
    """
    believed = now if stored_at is None else min(stored_at, now + STORED_AHEAD_MS)
    if known is None:
        return EarliestCopy(believed, now)
    return EarliestCopy(min(known.stored_at, believed), known.received_at)


def is_in_time(end: EarliestCopy, stored_at: int | None, received_at: int) -> bool:
    """Tell whether a content still counts after the entry that has put its author out."""
    stored = received_at if stored_at is None else stored_at
    return stored <= end.stored_at + LATE_STORED_MS and received_at <= end.received_at + LATE_RECEIVED_MS


_LONG_AGO: Final = EarliestCopy(-LATE_STORED_MS - 1, 0)
"""A copy after which nothing is in time."""


class _CopiesOfReader:
    """When a reader got entries; those from before they were let in count as got long ago, whenever they came."""

    def __init__(self, log: GroupLog, reader: IdentityKey, copies: Mapping[EntryHash, EarliestCopy]) -> None:
        member = log.state.member(reader)
        self._log = log
        self._let_in = () if member is None else tuple((EntryHash(each.entry),) for each in member.grants)
        self._copies = copies

    def of(self, entry: EntryHash) -> EarliestCopy:
        is_before = bool(self._let_in) and all(self._log.knows(each, (entry,)) for each in self._let_in)
        return _LONG_AGO if is_before else self._copies[entry]


def closed_by(log: GroupLog, claim: ContentClaim, copies: Mapping[EntryHash, EarliestCopy]) -> EarliestCopy | None:
    """Return the copy of the entry that has put an author out, or closed posting to them; None where nothing has.

    Of several grants, the one that ended last decides; of several ends of one grant, the one that came first.

    Args:
        log: The whole log of the reader.
        claim: What is known of what the author has written.
        copies: When the reader got each entry.
    """
    own = _CopiesOfReader(log, claim.reader, copies)
    if log.state.member(claim.author) is None:
        ended = [min((own.of(each) for each in ends), key=_time) for ends in log.ends_of(claim.author) if ends]
        # The hour is only for somebody who was in, within the size of the group.
        return max(ended, key=_time, default=_LONG_AGO)
    if claim.is_post and not log.state.may_post(claim.author):
        closing = log.written_by(PolicyField.POSTS)
        return None if closing is None else own.of(closing)
    return None


def judge_content(
    log: GroupLog, claim: ContentClaim, copies: Mapping[EntryHash, EarliestCopy], followed: EntryHash | None = None
) -> ContentVerdict:
    """Judge a content.

    Args:
        log: The whole log of the reader.
        claim: What is known of the content.
        copies: When the reader got each entry.
        followed: The `moved` that the reader has followed; None for none.
    """
    if log.missing(claim.heads):
        return ContentVerdict.HEADS_UNKNOWN
    if not log.knows(claim.heads, claim.heads_before):
        return ContentVerdict.HEADS_BACK
    then = log.state_at(claim.heads)
    if then.member(claim.author) is None:
        return ContentVerdict.NOT_IN
    if claim.is_post and not then.may_post(claim.author):
        return ContentVerdict.MAY_NOT_POST
    if then.member(claim.reader) is None:
        return ContentVerdict.NOT_MEANT
    closed = closed_by(log, claim, copies)
    ends = [each for each in (closed, None if followed is None else copies[followed]) if each is not None]
    if all(is_in_time(each, claim.stored_at, claim.received_at) for each in ends):
        return ContentVerdict.TAKEN
    return ContentVerdict.TOO_LATE


def _time(copy: EarliestCopy) -> tuple[int, int]:
    return copy.stored_at, copy.received_at
