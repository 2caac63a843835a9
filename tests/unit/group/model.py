"""Reference model of a group's log: the rules as definitions, with sets, and nothing of how the product computes them.

Each rule is a question about one entry or one grant, answered by asking others; answers are remembered. It is slow,
keeps no order, and knows neither bit sets nor passes.
"""

from collections.abc import Iterable
from typing import NamedTuple

from babilu.group import changes as c
from babilu.group.entries import LogEntry

FIELDS = tuple(c.PolicyField)
ADMINS = (
    c.RemoveMember, c.AppointAdmin, c.DemoteAdmin, c.SetTitle, c.SetTopic, c.SetPicture, c.SetLifetime, c.SetPolicy,
    c.HideMessages,
)  # fmt: skip


class ModelGrant(NamedTuple):
    klass: int
    depth: int
    entry: bytes
    place: int
    person: bytes

    @property
    def rank(self) -> tuple[int, int, bytes, int]:
        return self[:4]


def places(entry: LogEntry) -> list[tuple[int, bytes, int]]:
    """Return the places that an entry gives: place, person, class."""
    match entry.change:
        case c.CreateGroup(members=members, admins=admins):
            people = [entry.body.author, *(each.identity for each in members)]
            return [
                (0, entry.body.author, 0),
                *((place, person, 2) for place, person in enumerate(people, 1)),
                *((256 + place, each.identity, 1) for place, each in enumerate(members[:admins])),
            ]
        case c.AddMember(person=person):
            return [(0, person.identity, 2)]
        case c.AppointAdmin(identity=identity):
            return [(0, identity, 1)]
    return []


def allows(entry: LogEntry, field: c.PolicyField) -> bool:
    match entry.change:
        case c.CreateGroup(policy=policy):
            return (policy.adds, policy.posts, policy.pins)[field - 1]
        case c.SetPolicy(field=about, everybody=everybody):
            return about == field and everybody
    return False


class Model:
    """What a set of entries means. Entries come with their parents before them."""

    def __init__(self, entries: Iterable[LogEntry], most: int = 128) -> None:
        self.most = most
        self.entries: dict[bytes, LogEntry] = {}
        self.past: dict[bytes, frozenset[bytes]] = {}
        self.depth: dict[bytes, int] = {}
        self._counts: dict[bytes, bool] = {}
        self._ends: dict[ModelGrant, set[bytes]] = {}
        self._grants: dict[tuple[bytes, int], ModelGrant] = {}
        for each in entries:
            self.take(each)

    # What is part of the log at all.

    def take(self, entry: LogEntry) -> bool:
        """Take an entry, unless its parents are not there or it can never count."""
        if not self.admits(entry):
            return False
        parents = entry.body.parents
        self.entries[entry.hash] = entry
        self.past[entry.hash] = frozenset(parents).union(*(self.past[each] for each in parents))
        self.depth[entry.hash] = max((1 + self.depth[each] for each in parents), default=0)
        for place, person, klass in places(entry):
            self._grants[entry.hash, place] = ModelGrant(klass, self.depth[entry.hash], entry.hash, place, person)
        self._counts.clear()
        self._ends.clear()
        return True

    def admits(self, entry: LogEntry) -> bool:
        body, change = entry.body, entry.change
        if isinstance(change, c.CreateGroup):
            return not self.entries
        if any(each not in self.entries for each in body.parents):
            return False
        past = frozenset(body.parents).union(*(self.past[each] for each in body.parents))
        if isinstance(change, c.NameDevices):
            return any(each.person == body.author and each.entry in past for each in self._grants.values())
        grant = self.grant_of(entry)
        if grant is None or grant.entry not in past or grant.person != body.author:
            return False
        if isinstance(change, c.MoveOn):
            return grant.klass != 0 and not entry.is_companions
        if isinstance(change, c.LeaveGroup | c.JoinHeads):
            return True
        if body.policy is not None:
            field = c.PolicyField.ADDS if isinstance(change, c.AddMember) else c.PolicyField.PINS
            return grant.klass == 2 and body.policy in past and allows(self.entries[body.policy], field)
        return grant.klass < 2 and not entry.is_companions

    def grant_of(self, entry: LogEntry) -> ModelGrant | None:
        name = entry.body.grant
        return None if name is None else self._grants.get((name.entry, name.place))

    # What counts.

    def counts(self, name: bytes) -> bool:
        if name not in self._counts:
            self._counts[name] = self._does_count(self.entries[name])
        return self._counts[name]

    def _does_count(self, entry: LogEntry) -> bool:
        if isinstance(entry.change, c.CreateGroup):
            return True
        if isinstance(entry.change, c.NameDevices):
            return self._list_counts(entry)
        grant = self.grant_of(entry)
        assert grant is not None
        if not self.counts(grant.entry):
            return False
        own = self.is_own_end(entry)
        for end in self.ends(grant):
            measured = not (own and self.is_own_end(self.entries[end]) and self.grant_of(self.entries[end]) == grant)
            if measured and end != entry.hash and entry.hash not in self.past[end]:
                return False
        if own:
            return True
        return self._device_may(entry, grant) and self._policy_lets(entry)

    def is_own_end(self, entry: LogEntry) -> bool:
        match entry.change:
            case c.LeaveGroup():
                return True
            case c.DemoteAdmin(identity=identity):
                return identity == entry.body.author
        return False

    def could_reach(self, end: LogEntry, grant: ModelGrant) -> bool:
        """Tell whether an end, if it counts, ends a grant."""
        under = self.grant_of(end)
        if under is None or end.hash in self.past[grant.entry]:
            return False
        match end.change:
            case c.RemoveMember(identity=whom):
                fits = whom == grant.person
            case c.DemoteAdmin(identity=whom):
                fits = whom == grant.person and grant.klass < 2
            case c.LeaveGroup():
                fits = end.body.author == grant.person
            case _:
                return False
        return fits and (under.rank < grant.rank or (under == grant and self.is_own_end(end)))

    def ends(self, grant: ModelGrant) -> set[bytes]:
        """Return the counting ends that reach a grant."""
        if grant not in self._ends:
            # Own ends of this grant are not measured by each other, and so look at those of seniors alone.
            senior: set[bytes] = {
                each.hash
                for each in self.entries.values()
                if self.could_reach(each, grant) and self.grant_of(each) != grant and self.counts(each.hash)
            }
            self._ends[grant] = senior
            own = {
                each.hash
                for each in self.entries.values()
                if self.could_reach(each, grant) and self.grant_of(each) == grant and self.counts(each.hash)
            }
            self._ends[grant] = senior | own
        return self._ends[grant]

    # Devices and policies.

    def _lists_for(self, person: bytes, grant: ModelGrant) -> list[LogEntry]:
        """Return the lists that bind acts under a grant."""
        ends = self.ends(grant)
        lists = [
            each
            for each in self.entries.values()
            if each.listed is not None and each.body.author == person and all(each.hash in self.past[x] for x in ends)
        ]
        return [each for each in lists if not any(self._passes_over(other, each) for other in lists)]

    def _passes_over(self, newer: LogEntry, older: LogEntry) -> bool:
        assert newer.listed is not None
        assert older.listed is not None
        return newer.listed.version > older.listed.version and older.hash not in self.past[newer.hash]

    def _device_may(self, entry: LogEntry, grant: ModelGrant) -> bool:
        lists = self._lists_for(entry.body.author, grant)
        for each in lists:
            assert each.listed is not None
            if self._names(each, entry) or entry.hash in self.past[each.hash]:
                continue
            later = [
                other
                for other in lists
                if other.listed is not None
                and other.listed.version > each.listed.version
                and each.hash in self.past[other.hash]
                and other.hash in self.past[entry.hash]
            ]
            if not any(self._names(other, entry) for other in later):
                return False
        return True

    def _names(self, devices: LogEntry, entry: LogEntry) -> bool:
        assert devices.listed is not None
        return any(each.device == entry.device for each in devices.listed.devices)

    def _list_counts(self, entry: LogEntry) -> bool:
        mine = [each for each in self._grants.values() if each.person == entry.body.author and self.counts(each.entry)]
        return any(entry in self._lists_for(entry.body.author, each) for each in mine)

    def _policy_lets(self, entry: LogEntry) -> bool:
        opening = entry.body.policy
        if opening is None:
            return True
        field = c.PolicyField.ADDS if isinstance(entry.change, c.AddMember) else c.PolicyField.PINS
        if not self.counts(opening):
            return False
        return not any(
            isinstance(each.change, c.SetPolicy)
            and each.change.field == field
            and not each.change.everybody
            and each.hash not in self.past[opening]
            and entry.hash not in self.past[each.hash]
            and self.counts(each.hash)
            for each in self.entries.values()
        )

    # What follows.

    def members(self) -> dict[bytes, tuple[int, int, bytes, int]]:
        live: dict[bytes, tuple[int, int, bytes, int]] = {}
        for grant in self._grants.values():
            if self.counts(grant.entry) and not self.ends(grant):
                live[grant.person] = min(live.get(grant.person, grant.rank), grant.rank)
        return dict(sorted(live.items(), key=lambda each: each[1])[: self.most])

    def register(self, kinds: tuple[type, ...], key: object = None) -> LogEntry:
        """Return the write in force of a register: of `SetPolicy` by field, of `SetPin` by message."""
        writes = [
            each
            for each in self.entries.values()
            if isinstance(each.change, kinds) and self._key(each.change) in {key, None} and self.counts(each.hash)
        ]
        latest = [each for each in writes if not any(each.hash in self.past[other.hash] for other in writes)]
        return min(latest, key=lambda each: (self._rank_under(each), each.hash))

    def _key(self, change: object) -> object:
        match change:
            case c.SetPolicy(field=field):
                return field
            case c.SetPin(message=message):
                return message
        return None

    def _rank_under(self, entry: LogEntry) -> tuple[int, int, bytes, int]:
        grant = self.grant_of(entry)
        return (0, 0, entry.hash, 0) if grant is None else grant.rank

    def policy(self) -> dict[c.PolicyField, bytes]:
        """Return by field the entry that lets everybody do it."""
        found = {field: self.register((c.CreateGroup, c.SetPolicy), field) for field in FIELDS}
        return {field: entry.hash for field, entry in found.items() if allows(entry, field)}

    def title(self) -> str:
        change = self.register((c.CreateGroup, c.SetTitle)).change
        assert isinstance(change, c.CreateGroup | c.SetTitle)
        return change.title

    def hidden(self) -> set[c.MessageName]:
        return {
            message
            for each in self.entries.values()
            if isinstance(each.change, c.HideMessages) and self.counts(each.hash)
            for message in each.change.messages
        }

    def pinned(self) -> set[c.MessageName]:
        pins = [each for each in self.entries.values() if isinstance(each.change, c.SetPin) and self.counts(each.hash)]
        found = {each.change.message: self.register((c.SetPin,), each.change.message).change for each in pins}  # type: ignore[union-attr]  # pins
        return {message for message, change in found.items() if isinstance(change, c.SetPin) and change.on}

    def stepped_down(self) -> set[bytes]:
        found = set()
        for each in self.entries.values():
            grant = self.grant_of(each)
            if grant is not None and grant.klass < 2 and self.is_own_end(each) and self.counts(each.hash):
                found.add(each.body.author)
        return found

    def picture(self) -> tuple[object, ...]:
        """Return everything that can be seen of the group."""
        return (
            self.members(),
            {name for name in self.entries if self.counts(name)},
            self.title(),
            self.policy(),
            self.hidden(),
            self.pinned(),
            self.stepped_down(),
        )

    # Going on.

    def part(self, names: Iterable[bytes]) -> "Model":
        wanted = set(names)
        return Model([each for each in self.entries.values() if each.hash in wanted], self.most)

    def ends_of_log(self) -> tuple[bytes, ...]:
        inner = frozenset().union(*self.past.values())
        return tuple(sorted(set(self.entries) - inner))

    def holds(self, entry: LogEntry) -> bool:
        """Tell whether a `moved` holds by what is in its past."""
        before = self.part(self.past[entry.hash])
        grant = self.grant_of(entry)
        assert grant is not None
        members, gone = before.members(), before.stepped_down()
        if before.ends_of_log() != entry.body.parents or members.get(entry.body.author) != grant.rank:
            return False
        if any(rank <= grant.rank and person in gone for person, rank in members.items() if rank == grant.rank):
            return False
        if any(rank < grant.rank and person not in gone for person, rank in members.items()):
            return False
        if any(isinstance(each.change, c.MoveOn) and before.holds(each) for each in before.entries.values()):
            return False
        if not self.part({*self.past[entry.hash], entry.hash}).counts(entry.hash):
            return False
        return self._says_what_is(entry, before, members)

    def _says_what_is(
        self, entry: LogEntry, before: "Model", members: dict[bytes, tuple[int, int, bytes, int]]
    ) -> bool:
        assert entry.create is not None
        new = entry.create.change
        assert isinstance(new, c.CreateGroup)
        assert new.continues is not None
        others = [person for person in members if person != entry.body.author]
        policy = before.policy()
        return (
            [each.identity for each in new.members] == others
            and new.admins == sum(members[each][0] < 2 for each in others)
            and new.title == before.title()
            and (new.policy.adds, new.policy.posts, new.policy.pins) == tuple(field in policy for field in FIELDS)
            and new.continues.heads == before.ends_of_log()
            and new.continues.group == entry.body.group
        )

    def stands(self, entry: LogEntry) -> bool:
        """Tell whether the author of a `moved` has not taken it back by their own hand."""
        grant = self.grant_of(entry)
        assert grant is not None
        beside = [
            each
            for each in self.entries.values()
            if each.body.author == entry.body.author
            and each != entry
            and each.hash not in self.past[entry.hash]
            and entry.hash not in self.past[each.hash]
        ]
        for each in beside:
            under = self.grant_of(each)
            if isinstance(each.change, c.LeaveGroup) and under is not None and under.rank <= grant.rank:
                return False
            if isinstance(each.change, c.DemoteAdmin) and self.is_own_end(each) and grant.klass < 2:
                return False
        versions = [each.listed.version for each in beside if each.listed is not None]
        return all(
            self._names(each, entry)
            for each in beside
            if each.listed is not None and each.listed.version == max(versions)
        )

    def successor(self) -> LogEntry | None:
        moves = [each for each in self.entries.values() if isinstance(each.change, c.MoveOn)]
        standing = [each for each in moves if self.holds(each) and self.stands(each)]
        return min(standing, key=lambda each: (self._rank_under(each), each.hash), default=None)
