"""What counts in a group's log: one pass over its grants in the order of their rank.

Ends come from seniors or from oneself, and a grant is junior to the one by which it was given. So whatever decides
about a grant stands before it in that order, and nothing is ever looked at twice. The outcome depends on the set of
entries alone. An entry that has everything known in its past, as those of honest members mostly do, cannot take
anything back: `append` decides it alone, by what is known of its own grant.
"""

from collections.abc import Hashable

from babilu.group.changes import (
    DemoteAdmin,
    HideMessages,
    LeaveGroup,
    MessageName,
    NameDevices,
    PolicyField,
    RemoveMember,
    SetPin,
    SetPolicy,
)
from babilu.group.entries import LogEntry
from babilu.group.reasons import NotCounted, WhyNot
from babilu.group.registers import field_for, registers_of
from babilu.group.tables import Grant, GrantClass, LogTables, Rank, gives, numbers_of
from babilu.kernel.ids import IdentityKey
from babilu.kernel.limits import GROUP_MEMBERS

EVERYTHING = -1
"""All entries, as bits."""

Void = tuple[NotCounted, int]
"""Why an entry does not count, and the entries that may be the cause, as bits; which it is, is found when asked for."""


class LogFold:
    """Decisions about a log, or about the part of it that some heads know.

    Args:
        tables: The log.
        within: The entries to look at, as bits; whatever is in their past must be among them.

    Attributes:
        counts: The entries that count, as bits.
        void: Why each of the others does not count, by number.
        live: The grants of each person that count and have not ended, the most senior first.
        values: Numbers of the entries whose values are in force, by register.
        hidden: Messages that are not shown.
        pinned: Messages that are pinned.
        stepped_down: People who ended a grant of the creator's or admins' classes by their own hand.
    """

    def __init__(self, tables: LogTables, within: int = EVERYTHING) -> None:
        self._tables = tables
        self._within = within
        self.counts = 0
        self.void: dict[int, Void] = {}
        self.live: dict[IdentityKey, list[Grant]] = {}
        self.values: dict[Hashable, int] = {}
        self.hidden: set[MessageName] = set()
        self.pinned: set[MessageName] = set()
        self.stepped_down: set[IdentityKey] = set()
        self._rank_of: dict[int, Rank] = {}
        self._acts_on: dict[IdentityKey, int] = {}
        self._demotes = 0
        self._ends: dict[int, int] = {}
        self._own_ends: dict[int, int] = {}
        self._policies: dict[PolicyField, int] = {}
        self._closings: dict[int, int] = {}
        self._writes: dict[Hashable, int] = {}
        self._seen: dict[IdentityKey, tuple[int, int]] = {}
        self._in_force: dict[IdentityKey, tuple[int, int]] = {}
        self._effective: dict[IdentityKey, tuple[int, int]] = {}
        self._run()

    # The whole of it.

    def _run(self) -> None:
        tables = self._tables
        if not tables.entries or not self._within & 1:
            return
        self._count(0, tables.grants[0].rank, None)
        for grant in tables.by_rank:
            if self._within >> grant.giver & 1:
                self._judge_grant(grant)
        for person in tables.lists:
            self._judge_lists(person)
        for number in numbers_of(tables.unclear & self._within):
            self.void[number] = NotCounted.NOT_UNDERSTOOD, 0
        for register, writes in self._writes.items():
            self._set(register, self._in_force_of(writes))

    def _judge_grant(self, grant: Grant) -> None:
        tables = self._tables
        seen = self._within & ~tables.unclear
        made = [each for each in tables.under.get(grant.number, ()) if seen >> each & 1]
        if not self.counts >> grant.giver & 1:
            self.void.update(dict.fromkeys(made, (NotCounted.GRANT_VOID, 0)))
            return
        person = grant.person
        ends = self._acts_on.get(person, 0) & ~tables.past[grant.giver]
        if grant.rank.grant_class is GrantClass.MEMBER:
            ends &= ~self._demotes
        self._ends[grant.number] = ends
        needed = sum(1 << each for each in made) | tables.lists.get(person, 0)
        reach = self._all_see(person, ends, needed)
        rest, own = [], 0
        for number in made:
            if not self._is_own_end(number, person):
                rest.append(number)
            elif reach >> number & 1:
                own |= 1 << number
                self._count(number, grant.rank, person)
            else:
                self.void[number] = NotCounted.ENDED, ends
        self._own_ends[grant.number] = own
        reach &= tables.seen_by_all(own)
        self._judge_rest(rest, grant, reach)
        if not ends and not own:
            self.live.setdefault(person, []).append(grant)

    def _judge_rest(self, rest: list[int], grant: Grant, reach: int) -> None:
        lists = self._lists_in_force(grant.person, reach)
        for number in rest:
            why = self._why_not(number, grant, reach, lists)
            if why is None:
                self._count(number, grant.rank, grant.person)
            else:
                self.void[number] = why

    def _why_not(self, number: int, grant: Grant, reach: int, lists: int) -> Void | None:
        """Judge an entry that is no end of its author's own grants; ``reach`` is what all ends of the grant know."""
        if not reach >> number & 1:
            return NotCounted.ENDED, self.ends_of(grant)
        off = self._lists_without(number, lists)
        if off:
            return NotCounted.DEVICE_OFF, off
        if grant.rank.grant_class is GrantClass.MEMBER:
            return self._why_not_by_policy(number)
        return None

    def _why_not_by_policy(self, number: int) -> Void | None:
        tables = self._tables
        entry = tables.entries[number]
        field = field_for(entry)
        if field is None or entry.body.policy is None:
            return None
        opening = tables.numbers[entry.body.policy]
        if not self.counts >> opening & 1:
            return NotCounted.POLICY_VOID, 1 << opening
        closings = self._policies.get(field, 0) & ~tables.past[opening] & ~(1 << opening)
        if closings not in self._closings:
            self._closings[closings] = tables.seen_by_all(closings)
        return None if self._closings[closings] >> number & 1 else (NotCounted.POLICY_CLOSED, closings)

    # Devices.

    def _lists_in_force(self, person: IdentityKey, reach: int) -> int:
        """Return the lists that bind acts under a grant: known to all its ends, and not passed over by a newer one."""
        tables = self._tables
        mine = tables.lists.get(person, 0) & self._within
        if not mine:
            return 0
        given = mine & reach
        known = self._in_force.get(person)
        if known is not None and known[0] == given:
            in_force = known[1]
        else:
            in_force = _not_superseded(tables, given)
            self._in_force[person] = given, in_force
        reached, effective = self._effective.get(person, (0, 0))
        self._effective[person] = reached | given, effective | in_force
        return in_force

    def _lists_without(self, number: int, lists: int) -> int:
        """Return the lists that void an act: they do not name its device, and do not have the act in their past.

        A device that was linked later is on a newer list; that one lets it act from there on.
        """
        if not lists:
            return 0
        tables = self._tables
        entry = tables.entries[number]
        naming = tables.naming.get((entry.author, entry.device), 0)
        # A list in force is in the past of every newer one, so that versions are all there is to compare.
        linked = max((_version(tables, each) for each in numbers_of(naming & lists & tables.past[number])), default=0)
        return sum(
            1 << each
            for each in numbers_of(lists & ~naming)
            if _version(tables, each) >= linked and not tables.sees(each, number)
        )

    def _judge_lists(self, person: IdentityKey) -> None:
        """Count the lists of somebody that bind acts under any of their grants."""
        lists = self._tables.lists.get(person, 0) & self._within
        reached, effective = self._effective.get(person, (0, 0))
        self.counts |= effective
        for number in numbers_of(lists):
            if effective >> number & 1:
                self.void.pop(number, None)
            elif person not in self._effective:
                self.void[number] = NotCounted.NO_PLACE, 0
            else:
                reason = NotCounted.SUPERSEDED if reached >> number & 1 else NotCounted.ENDED
                self.void[number] = reason, 0

    # What an entry does that counts.

    def _is_own_end(self, number: int, person: IdentityKey) -> bool:
        match self._tables.entries[number].change:
            case LeaveGroup():
                return True
            case DemoteAdmin(identity=identity):
                return identity == person
            case _:
                return False

    def _count(self, number: int, rank: Rank, person: IdentityKey | None) -> None:
        bit = 1 << number
        self.counts |= bit
        self._rank_of[number] = rank
        change = self._tables.entries[number].change
        match change:
            case RemoveMember(identity=identity) | DemoteAdmin(identity=identity):
                self._end(number, IdentityKey(identity), rank, person)
            case LeaveGroup() if person is not None:
                self._end(number, person, rank, person)
            case HideMessages(messages=messages):
                self.hidden.update(messages)
            case SetPolicy(field=field, everybody=everybody) if not everybody:
                self._policies[field] = self._policies.get(field, 0) | bit
            case _:
                pass
        for register in registers_of(self._tables.entries[number]):
            self._writes[register] = self._writes.get(register, 0) | bit

    def _end(self, number: int, whom: IdentityKey, rank: Rank, person: IdentityKey | None) -> None:
        self._acts_on[whom] = self._acts_on.get(whom, 0) | 1 << number
        if isinstance(self._tables.entries[number].change, DemoteAdmin):
            self._demotes |= 1 << number
        if whom == person and rank.grant_class is not GrantClass.MEMBER:
            self.stepped_down.add(whom)

    def _set(self, register: Hashable, number: int) -> None:
        self.values[register] = number
        match self._tables.entries[number].change:
            case SetPin(message=message, on=True):
                self.pinned.add(message)
            case SetPin(message=message):
                self.pinned.discard(message)
            case _:
                pass

    def _in_force_of(self, writes: int) -> int:
        """Choose among the writes of a register: under the most senior grant, then the smaller hash."""
        tables = self._tables
        overwritten = 0
        for number in numbers_of(writes):
            overwritten |= tables.past[number]
        return min(numbers_of(writes & ~overwritten), key=lambda each: (self._rank_of[each], tables.entries[each].hash))

    def _all_see(self, person: IdentityKey, ends: int, needed: int) -> int:
        """Return which of the needed entries all of these ends know.

        Mostly the ends of one person's grants grow from grant to grant, and what all of them know is kept. Where they
        do not, the search stops as soon as none of the needed ones is left.
        """
        if not needed or not ends:
            return needed
        known, seen = self._seen.get(person, (0, EVERYTHING))
        if not known & ~ends:
            seen &= self._tables.seen_by_all(ends & ~known)
            self._seen[person] = ends, seen
            return needed & seen
        for number in numbers_of(ends):
            needed &= self._tables.past[number]
            if not needed:
                break
        return needed

    # One more entry, which has everything in its past.

    def append(self, number: int) -> None:
        """Decide an entry that has all others in its past; whatever was decided stands."""
        entry = self._tables.entries[number]
        why = self.why_not_next(number)
        if why is not None:
            self.void[number] = why
            return
        grant = self._tables.grant_of(entry)
        if grant is None:
            self.counts |= 1 << number
            return
        self._count(number, grant.rank, entry.author)
        for register in registers_of(entry):
            self._writes[register] = 1 << number
            self._set(register, number)
        self._end_appended(number, entry, grant)
        for place, person, _, _ in gives(entry):
            given = self._tables.grants[self._tables.by_name[entry.hash, place]]
            self._ends[given.number] = self._own_ends[given.number] = 0
            live = self.live.setdefault(person, [])
            live.append(given)
            live.sort()
            # Nothing has ended this grant, so its holder's lists bind acts under it, also those of an earlier
            # membership.
            if self._lists_in_force(person, EVERYTHING):
                self._judge_lists(person)

    def why_not_next(self, number: int) -> Void | None:
        """Return why an entry that has exactly what was folded in its past does not count; None where it does."""
        entry = self._tables.entries[number]
        if self._tables.unclear >> number & 1:
            return NotCounted.NOT_UNDERSTOOD, 0
        if isinstance(entry.change, NameDevices):
            return self._why_no_list(number, entry)
        grant = self._tables.grant_of(entry)
        if grant is None or not self.counts >> grant.giver & 1:
            return NotCounted.GRANT_VOID, 0
        # No end has a later entry in its past, so a single end is enough.
        ends, own = self._ends[grant.number], self._own_ends[grant.number]
        if self._is_own_end(number, entry.author):
            return (NotCounted.ENDED, ends) if ends else None
        reach = 0 if ends or own else EVERYTHING
        lists = self._lists_in_force(entry.author, EVERYTHING) if reach else 0
        return self._why_not(number, grant, reach, lists)

    def _why_no_list(self, number: int, entry: LogEntry) -> Void | None:
        tables = self._tables
        grants = [tables.grants[each] for each in tables.of_person.get(entry.author, ())]
        if not any(self.counts >> each.giver & 1 for each in grants):
            return NotCounted.NO_PLACE, 0
        if entry.author not in self.live:
            return NotCounted.ENDED, 0
        older = tables.lists[entry.author] & self._within & ~(1 << number)
        if any(_version(tables, each) > _version(tables, number) for each in numbers_of(older)):
            return NotCounted.SUPERSEDED, 0
        return None

    def _end_appended(self, number: int, entry: LogEntry, own: Grant) -> None:
        match entry.change:
            case RemoveMember(identity=identity) | DemoteAdmin(identity=identity):
                whom = IdentityKey(identity)
            case LeaveGroup():
                whom = entry.author
            case _:
                return
        demotes = isinstance(entry.change, DemoteAdmin)
        for each in self._tables.of_person.get(whom, ()):
            grant = self._tables.grants[each]
            if demotes and grant.rank.grant_class is GrantClass.MEMBER:
                continue
            if grant.number == own.number:
                self._own_ends[each] = self._own_ends.get(each, 0) | 1 << number
            elif own.rank < grant.rank:
                self._ends[each] = self._ends.get(each, 0) | 1 << number
        live = [each for each in self.live.pop(whom, ()) if not self._ends[each.number] | self._own_ends[each.number]]
        if live:
            self.live[whom] = live

    # Answers.

    def why_not(self, number: int) -> WhyNot | None:
        """Return why an entry does not count; None where it does.

        Where several are the cause, it names one by somebody else before one by the author, then the one of the smaller
        hash: the answer is the same in any order of arrival.
        """
        if number not in self.void:
            return None
        tables = self._tables
        reason, those = self.void[number]
        causes = [tables.entries[each] for each in numbers_of(those) if not tables.sees(each, number)]
        if reason is NotCounted.ENDED and causes:
            author = tables.entries[number].author
            others = [each for each in causes if each.author != author]
            reason, causes = (NotCounted.ENDED, others) if others else (NotCounted.LEFT, causes)
        return WhyNot(reason, min((each.hash for each in causes), default=None))

    def members(self) -> list[tuple[Rank, IdentityKey]]:
        """Return who is in, each with the most senior of their ranks, in that order."""
        ranked = sorted((grants[0].rank, person) for person, grants in self.live.items())
        return ranked[:GROUP_MEMBERS]

    def ends_of(self, grant: Grant) -> int:
        """Return the entries that have ended a grant, as bits."""
        return self._ends.get(grant.number, 0) | self._own_ends.get(grant.number, 0)

    def is_removed(self, grant: Grant) -> bool:
        """Tell whether somebody senior has removed the holder of a grant from it."""
        entries = self._tables.entries
        return any(
            isinstance(entries[each].change, RemoveMember) for each in numbers_of(self._ends.get(grant.number, 0))
        )


def _version(tables: LogTables, number: int) -> int:
    listed = tables.entries[number].listed
    return 0 if listed is None else listed.version


def _not_superseded(tables: LogTables, lists: int) -> int:
    """Return the lists that every list of a higher version has in its past."""
    by_version: dict[int, int] = {}
    for number in numbers_of(lists):
        version = _version(tables, number)
        by_version[version] = by_version.get(version, 0) | 1 << number
    seen, in_force = EVERYTHING, 0
    for version in sorted(by_version, reverse=True):
        in_force |= by_version[version] & seen
        seen &= tables.seen_by_all(by_version[version])
    return in_force
