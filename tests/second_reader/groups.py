"""Groups: the log of signed entries, read and folded as groups.md says, with sets in place of everything clever."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.second_reader.people import Device, DeviceList, read_certificate, read_list
from tests.second_reader.primitives import check, check_signature, read, sha256, tag

MOST = 128
FIELDS = {"add": 1, "pin": 3}
"""Fields of the policy by which everybody may do something: adds, posts, pins are 1, 2, 3."""

Rank = tuple[int, int, bytes, int]


@dataclass(frozen=True)
class Entry:
    """An entry whose signatures hold."""

    hash: bytes
    begins: bytes
    group: bytes | None
    parents: tuple[bytes, ...]
    grant: tuple[bytes, int] | None
    policy: bytes | None
    author: bytes
    device: Device
    at: int
    change: list[Any]

    @property
    def kind(self) -> str:
        return str(self.change[0])

    @property
    def listed(self) -> DeviceList:
        """The list of a `devices` entry."""
        return read_list(self.change[1])


def read_entry(signed: list[Any]) -> Entry:
    """Verify an entry: body and signature."""
    body, signature = signed[:2]
    group, parents, grant, policy, author, certificate, at, change = read(body)
    device = read_certificate(author, certificate)
    check_signature(device.signing, signature, tag("group-entry-signature"), body)
    check(parents == sorted(set(parents)) and len(parents) <= 8, "parents stand in order")
    check((change[0] == "create") == (not parents) == (group is None), "the first entry alone has nothing before it")
    name, begins = sha256(tag("group-entry"), signature, body), sha256(tag("group"), signature, body)
    named = None if grant is None else (grant[0], grant[1])
    return Entry(name, begins, group, tuple(parents), named, policy, author, device, at, change)


@dataclass(frozen=True)
class Grant:
    """A place that an entry gives to somebody."""

    rank: Rank
    name: tuple[bytes, int]
    person: bytes


class Log:
    """Entries that are known, each with its past.

    Args:
        entries: Each after those that it builds on.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries: dict[bytes, Entry] = {}
        self.past: dict[bytes, set[bytes]] = {}
        self.grants: dict[tuple[bytes, int], Grant] = {}
        self._depth: dict[bytes, int] = {}
        for entry in entries:
            self._take(entry)

    def _take(self, entry: Entry) -> None:
        past = set(entry.parents).union(*(self.past[each] for each in entry.parents))
        first = next(iter(self.entries.values()), entry)
        check(entry.group == (None if first is entry else first.begins), "another group's")
        self._depth[entry.hash] = 1 + max((self._depth[each] for each in entry.parents), default=-1)
        if entry.kind != "create":
            self._admit(entry, past)
        self.entries[entry.hash], self.past[entry.hash] = entry, past
        for place, person, grant_class in _gives(entry):
            rank = (grant_class, self._depth[entry.hash], entry.hash, place)
            self.grants[entry.hash, place] = Grant(rank, (entry.hash, place), person)

    def _admit(self, entry: Entry, past: set[bytes]) -> None:
        """Check what everybody refuses alike."""
        if entry.kind == "devices":
            check(entry.listed.identity == entry.author, "somebody else's devices")
            check(
                any(each.person == entry.author and each.name[0] in past for each in self.grants.values()), "never in"
            )
            return
        check(entry.grant is not None and entry.grant[0] in past, "the grant is in the past")
        grant = self.grants[entry.grant or (b"", 0)]
        check(grant.person == entry.author, "one's own grant")
        if entry.policy is not None:
            check(entry.policy in past and grant.rank[0] == 2, "a policy is for members")
            check(_opens(self.entries[entry.policy], FIELDS[entry.kind]), "the policy lets everybody do this")
        elif entry.kind not in {"leave", "join", "moved"}:
            check(grant.rank[0] < 2, "admins only")
        check(entry.kind != "moved" or grant.rank[0] > 0, "the creator goes on nowhere else")
        companion = entry.device.kind == 2
        check(not companion or entry.policy is not None or entry.kind in {"leave", "join"}, "a companion may not")

    @property
    def heads(self) -> list[bytes]:
        inner = {parent for entry in self.entries.values() for parent in entry.parents}
        return sorted(set(self.entries) - inner)

    def before(self, name: bytes) -> "Log":
        """Give the log as an entry knows it."""
        return Log(each for each in self.entries.values() if each.hash in self.past[name])


def _gives(entry: Entry) -> list[tuple[int, bytes, int]]:
    """Return places, people and classes of the grants that an entry gives."""
    match entry.change:
        case ["create", _, people, admins, *_]:
            named = [person[0] for person in people]
            members = [(place, person, 2) for place, person in enumerate(named, start=2)]
            return [(0, entry.author, 0), (1, entry.author, 2), *members] + [
                (256 + place, person, 1) for place, person in enumerate(named[:admins])
            ]
        case ["appoint", person]:
            return [(0, person, 1)]
        case ["add", person]:
            return [(0, person[0], 2)]
        case _:
            return []


def _opens(entry: Entry, which: int) -> bool:
    match entry.change:
        case ["create", _, _, _, policy, *_]:
            return bool(policy[which - 1])
        case ["policy", about, everybody]:
            return about == which and bool(everybody)
        case _:
            return False


@dataclass
class State:
    """What a log means.

    Attributes:
        why_not: Of entries that do not count, why.
        members: Everybody who is in, the most senior first, with their rank and all their grants that count.
        values: The entries whose values are in force, by register.
    """

    counts: set[bytes] = field(default_factory=set)
    why_not: dict[bytes, str] = field(default_factory=dict)
    members: list[tuple[Rank, bytes]] = field(default_factory=list)
    values: dict[Any, Entry] = field(default_factory=dict)
    hidden: set[bytes] = field(default_factory=set)
    stepped_down: set[bytes] = field(default_factory=set)


class Fold:
    """One pass through all grants, the most senior first."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.state = State()
        self._ends: dict[bytes, list[Entry]] = {}
        self._rank: dict[bytes, Rank] = {}
        self._binding: dict[bytes, set[bytes]] = {}
        self._known: dict[bytes, set[bytes]] = {}
        live: dict[bytes, Rank] = {}
        first = next(iter(log.entries.values()))
        self._count(first, (0, 0, first.hash, 0))
        for grant in sorted(log.grants.values(), key=lambda each: each.rank):
            if self._judge(grant):
                live.setdefault(grant.person, grant.rank)
        self._judge_lists()
        self.state.members = sorted((rank, person) for person, rank in live.items())[:MOST]
        self._fill_registers()

    def _sees(self, ends: Iterable[Entry], name: bytes) -> bool:
        """Tell whether all ends have an entry in their past."""
        return all(name in self.log.past[end.hash] for end in ends)

    def _judge(self, grant: Grant) -> bool:
        """Judge what was done under a grant; tells whether its holder is in by it."""
        log, state = self.log, self.state
        made = [each for each in log.entries.values() if each.grant == grant.name]
        if grant.name[0] not in state.counts:
            state.why_not.update((each.hash, "grant_void") for each in made)
            return False
        ends = [end for end in self._ends.get(grant.person, []) if end.hash not in log.past[grant.name[0]]]
        if grant.rank[0] == 2:
            ends = [end for end in ends if end.kind != "demote"]
        own = [each for each in made if _ends_oneself(each)]
        for each in own:
            if self._sees(ends, each.hash):
                self._count(each, grant.rank)
            else:
                state.why_not[each.hash] = self._ended(each, ends)
        all_ends = [*ends, *(each for each in own if each.hash in state.counts)]
        lists = self._lists(grant.person, all_ends)
        for each in (each for each in made if each not in own):
            why = self._why_not(each, grant, all_ends, lists)
            if why is None:
                self._count(each, grant.rank)
            else:
                state.why_not[each.hash] = why
        return not all_ends

    def _ended(self, entry: Entry, ends: list[Entry]) -> str:
        causes = [end for end in ends if entry.hash not in self.log.past[end.hash]]
        return "ended" if any(end.author != entry.author for end in causes) else "left"

    def _why_not(self, entry: Entry, grant: Grant, ends: list[Entry], lists: list[Entry]) -> str | None:
        if not self._sees(ends, entry.hash):
            return self._ended(entry, ends)
        if any(not self._allows(each, entry, lists) for each in lists):
            return "device_off"
        if entry.policy is None or grant.rank[0] < 2:
            return None
        if entry.policy not in self.state.counts:
            return "policy_void"
        which, past = FIELDS[entry.kind], self.log.past
        closings = [
            each
            for each in self.log.entries.values()
            if each.change[:3] == ["policy", which, False] and each.hash in self.state.counts
        ]
        open_still = all(
            entry.hash in past[each.hash] or each.hash in past[entry.policy] for each in closings
        )  # fmt: skip
        return None if open_still else "policy_closed"

    def _lists(self, person: bytes, ends: list[Entry]) -> list[Entry]:
        """Return the lists of devices that bind acts under a grant with these ends."""
        mine = [each for each in self.log.entries.values() if each.kind == "devices" and each.author == person]
        known = [each for each in mine if self._sees(ends, each.hash)]
        binding = [
            each
            for each in known
            if all(
                each.hash in self.log.past[other.hash]
                for other in known
                if other.listed.version > each.listed.version
            )
        ]  # fmt: skip
        self._known.setdefault(person, set()).update(each.hash for each in known)
        self._binding.setdefault(person, set()).update(each.hash for each in binding)
        return binding

    def _allows(self, which: Entry, act: Entry, lists: list[Entry]) -> bool:
        """Tell whether a list that binds an act lets it count."""
        if act.device.id in which.listed.devices or act.hash in self.log.past[which.hash]:
            return True
        return any(
            act.device.id in each.listed.devices
            and each.listed.version > which.listed.version
            and each.hash in self.log.past[act.hash]
            for each in lists
        )

    def _judge_lists(self) -> None:
        for entry in self.log.entries.values():
            if entry.kind != "devices":
                continue
            if entry.hash in self._binding.get(entry.author, ()):
                self.state.counts.add(entry.hash)
            elif entry.author not in self._binding:
                self.state.why_not[entry.hash] = "no_place"
            else:
                known = entry.hash in self._known[entry.author]
                self.state.why_not[entry.hash] = "superseded" if known else "ended"

    def _count(self, entry: Entry, rank: Rank) -> None:
        state = self.state
        state.counts.add(entry.hash)
        self._rank[entry.hash] = rank
        match entry.change:
            case ["remove" | "demote", whom]:
                self._ends.setdefault(whom, []).append(entry)
            case ["leave"]:
                self._ends.setdefault(entry.author, []).append(entry)
            case ["hide", messages]:
                state.hidden.update(each[0] for each in messages)
        if _ends_oneself(entry) and rank[0] < 2:
            state.stepped_down.add(entry.author)

    def _fill_registers(self) -> None:
        past = self.log.past
        writes: dict[Any, list[Entry]] = {}
        for entry in self.log.entries.values():
            for register in _writes(entry) if entry.hash in self.state.counts else ():
                writes.setdefault(register, []).append(entry)
        for register, those in writes.items():
            last = [each for each in those if not any(each.hash in past[other.hash] for other in those)]
            self.state.values[register] = min(last, key=lambda each: (self._rank[each.hash], each.hash))


def _ends_oneself(entry: Entry) -> bool:
    return entry.kind == "leave" or entry.change == ["demote", entry.author]


def _writes(entry: Entry) -> list[Any]:
    match entry.change:
        case ["create", *_]:
            return ["title", "topic", "picture", "timer", 1, 2, 3]
        case ["title" | "topic" | "picture" | "timer" as register, _]:
            return [register]
        case ["policy", which, _]:
            return [which]
        case ["pin", message, _]:
            return [("pin", message[0], message[1])]
        case _:
            return []


def value(state: State, register: Any) -> Any:
    """Return what a register holds."""
    match register, state.values[register].change:
        case int(), ["create", _, _, _, policy, *_]:
            return policy[register - 1]
        case int(), ["policy", _, everybody]:
            return everybody
        case _, ["create", title, _, _, _, _, _, topic, picture, timer, *_]:
            return {"title": title, "topic": topic, "picture": picture, "timer": timer}[register]
        case _, [_, held]:
            return held
    raise KeyError(register)


def pinned(state: State) -> set[bytes]:
    """Return the messages that are pinned."""
    return {name[1] for name, entry in state.values.items() if isinstance(name, tuple) and entry.change[2]}


def goes_on_as(log: Log) -> bytes | None:
    """Return the one `moved` that holds, where there is one; nobody has taken it back by their own hand."""
    holding = [entry for entry in log.entries.values() if entry.kind == "moved" and _holds(log, entry)]
    return holding[0].hash if len(holding) == 1 else None


def _holds(log: Log, moved: Entry) -> bool:
    before = log.before(moved.hash)
    state = Fold(before).state
    known = Fold(Log([*before.entries.values(), moved])).state
    new = read_entry(moved.change[1])
    people = [person for _, person in state.members]
    if moved.author not in people or moved.hash not in known.counts or list(moved.parents) != before.heads:
        return False
    senior = people[: people.index(moved.author)]
    rank = next(rank for rank, person in state.members if person == moved.author)
    others = [person for person in people if person != moved.author]
    admins = sum(1 for rank, person in state.members if person != moved.author and rank[0] < 2)
    _, title, named, said_admins, policy, _, _, topic, picture, timer, continues = new.change
    return (
        set(senior) <= state.stepped_down
        and moved.author not in state.stepped_down
        and moved.grant == (rank[2], rank[3])
        and new.author == moved.author
        and [person[0] for person in named] == others
        and said_admins == admins
        and list(policy) == [value(state, which) for which in (1, 2, 3)]
        and [title, topic, picture, timer] == [value(state, each) for each in ("title", "topic", "picture", "timer")]
        and continues == [moved.group, before.heads]
    )
