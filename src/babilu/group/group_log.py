"""Group log: entries that come in any order, from anybody, and one state that follows from the set of them.

There is no choice between branches, and nothing is undone for having come second. Every member refuses an entry that
can never count, and whatever builds on it: an entry and its past alone decide that. This module does no input or
output, and reads no clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum, unique

from babilu.group.changes import CreateGroup, GrantName, JoinHeads, LeaveGroup, MoveOn, NameDevices, PolicyField
from babilu.group.entries import LogEntry
from babilu.group.fold import LogFold
from babilu.group.reasons import WhyNot
from babilu.group.registers import field_for, opens
from babilu.group.snapshot import snapshot
from babilu.group.state import GroupState
from babilu.group.tables import Grant, GrantClass, LogTables, numbers_of
from babilu.kernel.bounded import BoundedDict
from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.ids import ConversationId, DeviceId, EntryHash, IdentityKey
from babilu.kernel.limits import (
    ENTRIES_OF_GRANT,
    ENTRIES_OF_GROUP,
    ENTRY_PARENTS,
    LAST_WORDS,
    LAST_WORDS_OF_ONE,
    LISTS_OF_MEMBER,
)

REFUSED_REMEMBERED = 1_000
"""Refused entries that are known by their hash, so that what builds on them is refused too and does not wait."""

STATES_REMEMBERED = 32
"""States at earlier heads that are not computed again: many contents name the same ones."""


@unique
class Refusal(StrEnum):
    """Stable names of the reasons for which an entry is no part of a log: they are added, never renamed."""

    ANOTHER_GROUP = "another_group"
    """It belongs to another group, or would begin this one anew."""

    BUILDS_ON_REFUSED = "builds_on_refused"
    """An entry before it was refused."""

    NO_GRANT = "no_grant"
    """The grant that it names is not in its past."""

    ANOTHERS_GRANT = "anothers_grant"
    """The grant that it names is somebody else's."""

    ADMINS_ONLY = "admins_only"
    """It takes an admin's grant, or a policy that lets everybody do it."""

    CREATORS_MOVE = "creators_move"
    """Whoever has the creator's grant has not gone, and so goes on nowhere else."""

    NO_POLICY = "no_policy"
    """The policy that it names is not in its past, or does not let everybody do it."""

    COMPANION = "companion"
    """A companion may not sign this."""

    NEVER_IN = "never_in"
    """Its author was never in."""


@unique
class LogLimit(StrEnum):
    """Stable names of the limits of a log: they are added, never renamed."""

    GRANT = "grant"
    """Entries under one grant: further ones are taken once a senior has removed its holder."""

    LISTS = "lists"
    """Entries of one person that need no grant."""

    GROUP = "group"
    """Entries of the group: nobody but who leaves or goes on elsewhere has more to say."""


@dataclass(frozen=True, slots=True)
class EntryTaken:
    """The entry is part of the log now.

    Attributes:
        fork: An entry by the same device, where neither has the other in its past: the device shows two logs, and an
            alarm names its owner. None for none.
    """

    fork: EntryHash | None = None


@dataclass(frozen=True, slots=True)
class EntryKnown:
    """The entry was part of the log already."""


@dataclass(frozen=True, slots=True)
class EntryEarly:
    """Entries before it are not known: it may come again once they are."""

    missing: tuple[EntryHash, ...]


@dataclass(frozen=True, slots=True)
class EntryRefused:
    """The entry can never be part of this log, for anybody."""

    reason: Refusal


@dataclass(frozen=True, slots=True)
class EntryBeyondLimit:
    """The log has no room for it; ``author`` has filled the log, and an alarm names them."""

    limit: LogLimit
    author: IdentityKey


Admission = EntryTaken | EntryKnown | EntryEarly | EntryRefused | EntryBeyondLimit
"""What became of an entry at the door."""

_BY_ANYBODY = (LeaveGroup, JoinHeads, MoveOn)
"""What takes no more than a grant of one's own."""

_BY_COMPANIONS = (LeaveGroup, JoinHeads, NameDevices)
_LAST_WORDS = (LeaveGroup, MoveOn)


class GroupLog:
    """The log of one group.

    Args:
        first: Its first entry, a `create`.

    Raises:
        ProtocolError: ``malformed``: nothing begins with this entry.
    """

    def __init__(self, first: LogEntry) -> None:
        if not isinstance(first.change, CreateGroup):
            raise ProtocolError(ErrorCode.MALFORMED, "A group does not begin with this entry.")
        self._tables = LogTables()
        self._tables.append(first)
        self._group = first.begins
        self._fold: LogFold | None = None
        self._state: GroupState | None = None
        self._refused: BoundedDict[EntryHash, Refusal] = BoundedDict(REFUSED_REMEMBERED)
        self._states: BoundedDict[int, GroupState] = BoundedDict(STATES_REMEMBERED)
        self._without_grant: dict[IdentityKey, int] = {}
        self._last_words: dict[IdentityKey, int] = {}

    # What is known.

    @property
    def group(self) -> ConversationId:
        """Id of the group."""
        return self._group

    @property
    def tables(self) -> LogTables:
        """The entries by number, for the modules that judge a log; they must not change them."""
        return self._tables

    @property
    def heads(self) -> tuple[EntryHash, ...]:
        """All ends of the log, in order; an entry names at most `ENTRY_PARENTS` of them."""
        return self._tables.hashes(self._tables.heads)

    def next_parents(self, author: IdentityKey, device: DeviceId) -> tuple[EntryHash, ...]:
        """Return what the next entry of a device names: all ends of the log, or as many as an entry holds.

        Where there are more, ends with the device's own entries in their past come first, so that it never seems to
        show two logs. The author of a message ties the ends together by `join` entries before it.
        """
        tables = self._tables
        own = tables.by_device.get((author, device), 0)
        last = 1 << (own.bit_length() - 1) if own else 0
        ends = [(each, tables.past[each] | 1 << each) for each in numbers_of(tables.heads)]
        ends.sort(key=lambda end: (not end[1] & last, tables.entries[end[0]].hash))
        return tuple(sorted(tables.entries[each].hash for each, _ in ends[:ENTRY_PARENTS]))

    def hidden_by(self, message: bytes) -> LogEntry | None:
        """Return the first entry that counts and hides a message; None for none."""
        entries = (self._tables.entries[each] for each in self._tables.hiding.get(message, ()))
        return next((each for each in entries if self.counts(each.hash)), None)

    def newest_list(self, person: IdentityKey) -> int:
        """Return the highest version of the device lists that somebody has written into the log; 0 for none."""
        tables = self._tables
        listed = (tables.entries[each].listed for each in numbers_of(tables.lists.get(person, 0)))
        return max((each.version for each in listed if each is not None), default=0)

    @property
    def entries(self) -> tuple[LogEntry, ...]:
        """All entries, each after those that it builds on."""
        return tuple(self._tables.entries)

    def __len__(self) -> int:
        return len(self._tables)

    def __contains__(self, name: object) -> bool:
        return name in self._tables.numbers

    def entry(self, name: EntryHash) -> LogEntry | None:
        """Return an entry by its hash; None where it is no part of the log."""
        number = self._tables.numbers.get(name)
        return None if number is None else self._tables.entries[number]

    def missing(self, heads: Iterable[EntryHash]) -> tuple[EntryHash, ...]:
        """Return which of these entries are not known."""
        return tuple(each for each in heads if each not in self._tables.numbers)

    def knows(self, heads: tuple[EntryHash, ...], earlier: tuple[EntryHash, ...]) -> bool:
        """Tell whether some heads of the log have other ones in their past, or are them."""
        known = self._tables.past_of(heads)
        return all(known >> self._tables.numbers[each] & 1 for each in earlier)

    def after(self, heads: Iterable[EntryHash]) -> tuple[LogEntry, ...]:
        """Return what somebody lacks who knows these heads, each entry after those that it builds on."""
        known = self._tables.past_of(tuple(each for each in heads if each in self._tables.numbers))
        return tuple(entry for number, entry in enumerate(self._tables.entries) if not known >> number & 1)

    # Which entries are taken.

    def add(self, entry: LogEntry) -> Admission:
        """Take an entry whose signatures were verified, if it has a place here."""
        tables = self._tables
        if entry.hash in tables.numbers:
            return EntryKnown()
        if isinstance(entry.change, CreateGroup) or entry.body.group != self._group:
            return EntryRefused(Refusal.ANOTHER_GROUP)
        if entry.hash in self._refused or any(parent in self._refused for parent in entry.body.parents):
            return self._refuse(entry, Refusal.BUILDS_ON_REFUSED)
        missing = self.missing(EntryHash(each) for each in entry.body.parents)
        if missing:
            return EntryEarly(missing)
        past = tables.past_of(entry.body.parents)
        refusal = self._refusal(entry, past)
        if refusal is not None:
            return self._refuse(entry, refusal)
        limit = self._limit(entry, past)
        if limit is not None:
            return EntryBeyondLimit(limit, entry.author)
        mine = tables.by_device.get((entry.author, entry.device), 0)
        self._append(entry, past)
        beside = tables.hashes(mine & ~past)
        return EntryTaken(beside[0] if beside else None)

    def _refuse(self, entry: LogEntry, reason: Refusal) -> EntryRefused:
        reason = self._refused.get(entry.hash, reason)
        self._refused[entry.hash] = reason
        return EntryRefused(reason)

    def _append(self, entry: LogEntry, past: int) -> None:
        tables = self._tables
        ties_all = past == (1 << len(tables)) - 1
        number = tables.append(entry)
        self._state = None
        if self._fold is None:
            return
        if ties_all:
            self._fold.append(number)
        else:
            self._fold = None

    def _refusal(self, entry: LogEntry, past: int) -> Refusal | None:
        """Judge an entry by what is in its past, and by nothing else."""
        change = entry.change
        if self._tables.is_unclear(entry, past):
            # Only a later version can judge it, so it is kept if its author was ever in.
            return None if self._was_in(entry.author, past) else Refusal.NEVER_IN
        if entry.is_companions and entry.body.policy is None and not isinstance(change, _BY_COMPANIONS):
            return Refusal.COMPANION
        if entry.body.grant is None:
            return None if self._was_in(entry.author, past) else Refusal.NEVER_IN
        grant = self._grant_in(past, entry.body.grant)
        if grant is None:
            return Refusal.NO_GRANT
        if grant.person != entry.author:
            return Refusal.ANOTHERS_GRANT
        if isinstance(change, MoveOn) and grant.rank.grant_class is GrantClass.CREATOR:
            return Refusal.CREATORS_MOVE
        if isinstance(change, _BY_ANYBODY):
            return None
        if entry.body.policy is None:
            return Refusal.ADMINS_ONLY if grant.rank.grant_class is GrantClass.MEMBER else None
        return self._refusal_by_policy(entry, grant, past)

    def _refusal_by_policy(self, entry: LogEntry, grant: Grant, past: int) -> Refusal | None:
        # An admin acts as a member where they name a policy: an act has one right, and so one way to lose it.
        if grant.rank.grant_class is not GrantClass.MEMBER:
            return Refusal.NO_POLICY
        field, number = field_for(entry), self._number_in(past, entry.body.policy)
        if field is None or number is None or not opens(self._tables.entries[number], field):
            return Refusal.NO_POLICY
        return None

    def _number_in(self, past: int, name: bytes | None) -> int | None:
        number = None if name is None else self._tables.numbers.get(name)
        return number if number is not None and past >> number & 1 else None

    def _grant_in(self, past: int, name: GrantName) -> Grant | None:
        number = self._tables.by_name.get((name.entry, name.place))
        grant = None if number is None else self._tables.grants[number]
        return grant if grant is not None and past >> grant.giver & 1 else None

    def _was_in(self, person: IdentityKey, past: int) -> bool:
        tables = self._tables
        return any(past >> tables.grants[each].giver & 1 for each in tables.of_person.get(person, ()))

    # Limits.

    def _limit(self, entry: LogEntry, past: int) -> LogLimit | None:
        """Count an entry in, or return the limit that has no room for it."""
        alone = entry.body.grant is None or self._tables.is_unclear(entry, past)
        limit = self._reached(entry, alone=alone)
        if limit is not None:
            if not isinstance(entry.change, _LAST_WORDS):
                return limit
            said = self._last_words.get(entry.author, 0)
            if said >= LAST_WORDS_OF_ONE or sum(self._last_words.values()) >= LAST_WORDS:
                return limit
            self._last_words[entry.author] = said + 1
        if alone:
            self._without_grant[entry.author] = self._without_grant.get(entry.author, 0) + 1
        return None

    def _reached(self, entry: LogEntry, *, alone: bool) -> LogLimit | None:
        tables = self._tables
        if len(tables) >= ENTRIES_OF_GROUP:
            return LogLimit.GROUP
        if alone:
            return LogLimit.LISTS if self._without_grant.get(entry.author, 0) >= LISTS_OF_MEMBER else None
        grant = tables.grant_of(entry)
        if grant is None or len(tables.under.get(grant.number, ())) < ENTRIES_OF_GRANT:
            return None
        return None if self._decided().is_removed(grant) else LogLimit.GRANT

    # The state.

    def _decided(self) -> LogFold:
        if self._fold is None:
            self._fold = LogFold(self._tables)
        return self._fold

    @property
    def state(self) -> GroupState:
        """The group as the whole log has it."""
        if self._state is None:
            self._state = snapshot(self._group, self._tables, self._decided(), self.heads)
        return self._state

    def state_at(self, heads: tuple[EntryHash, ...]) -> GroupState:
        """Return the group as somebody has it who knows these heads and what is before them.

        Raises:
            ProtocolError: ``malformed``: one of them is not known.
        """
        if self.missing(heads):
            raise ProtocolError(ErrorCode.MALFORMED, "Ends of a group's log are named that are not known.")
        within = self._tables.past_of(heads)
        if within == (1 << len(self._tables)) - 1:
            return self.state
        known = self._states.get(within)
        if known is None:
            ends = self._tables.ends_of(within)
            known = snapshot(self._group, self._tables, LogFold(self._tables, within), ends)
            self._states[within] = known
        return known

    def counts(self, name: EntryHash) -> bool:
        """Tell whether an entry of the log counts."""
        return bool(self._decided().counts >> self._tables.numbers[name] & 1)

    def why_not(self, name: EntryHash) -> WhyNot | None:
        """Return why an entry of the log does not count; None where it does."""
        return self._decided().why_not(self._tables.numbers[name])

    def ends_of(self, person: IdentityKey) -> tuple[tuple[EntryHash, ...], ...]:
        """Return, for each grant of a person that counts, the entries that have ended it."""
        fold, tables = self._decided(), self._tables
        grants = (tables.grants[each] for each in tables.of_person.get(person, ()))
        return tuple(tables.hashes(fold.ends_of(each)) for each in grants if fold.counts >> each.giver & 1)

    def written_by(self, field: PolicyField) -> EntryHash | None:
        """Return the entry that set a field of the policy to the value in force."""
        number = self._decided().values.get(field)
        return None if number is None else self._tables.entries[number].hash

    def forks(self) -> dict[tuple[IdentityKey, DeviceId], tuple[EntryHash, EntryHash]]:
        """Return the devices that show two logs, each with two entries, neither of which has the other in its past."""
        tables = self._tables
        found = {}
        for device, mine in tables.by_device.items():
            ends = tables.ends_of(mine)
            if len(ends) > 1:
                found[device] = ends[0], ends[1]
        return found
