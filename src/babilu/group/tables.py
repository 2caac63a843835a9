"""Tables of a group's log: entries by number, what each has in its past as a bit set, and the grants that they give.

An entry's number is its place in the order of arrival here, in which parents always come first. Numbers never leave
this machine: whatever is told or compared names entries by their hashes.
"""

from bisect import insort
from collections.abc import Iterator
from enum import IntEnum, unique
from operator import attrgetter
from typing import NamedTuple

from babilu.group.changes import (
    AddMember,
    AppointAdmin,
    CreateGroup,
    DemoteAdmin,
    GrantName,
    HideMessages,
    LeaveGroup,
    MoveOn,
    NameDevices,
    NamedPerson,
    RemoveMember,
    UnknownChange,
)
from babilu.group.entries import LogEntry
from babilu.kernel.ids import DeviceId, EntryHash, IdentityKey
from babilu.kernel.limits import GROUP_MEMBERS

ADMIN_PLACES = 2 * GROUP_MEMBERS
"""Place in a `create` of the first admin's grant; the author has places 0 and 1, the members those from 2 on."""


@unique
class GrantClass(IntEnum):
    """What a grant is good for; lower is senior."""

    CREATOR = 0
    ADMIN = 1
    MEMBER = 2


class Rank(NamedTuple):
    """Rank of a grant: it never changes, and lower is senior."""

    grant_class: GrantClass
    depth: int
    entry: EntryHash
    place: int


class Grant(NamedTuple):
    """A place that an entry gives to somebody.

    Attributes:
        rank: Its rank, which names it too: entry and place are in it.
        number: Its number here.
        giver: Number of the entry that gives it.
        person: Whose it is.
        named: Where they are to be found, as the giver says.
    """

    rank: Rank
    number: int
    giver: int
    person: IdentityKey
    named: NamedPerson | None

    @property
    def name(self) -> GrantName:
        """Its name in entries."""
        return GrantName(self.rank.entry, self.rank.place)


def gives(entry: LogEntry) -> Iterator[tuple[int, IdentityKey, GrantClass, NamedPerson | None]]:
    """Give the places that an entry gives: place, person, class, and where they are to be found."""
    match entry.change:
        case CreateGroup(members=members, admins=admins, account=account, address=address):
            author = NamedPerson(entry.author, account, address)
            yield 0, entry.author, GrantClass.CREATOR, author
            for place, person in enumerate((author, *members), 1):
                yield place, IdentityKey(person.identity), GrantClass.MEMBER, person
            for place, person in enumerate(members[:admins], ADMIN_PLACES):
                yield place, IdentityKey(person.identity), GrantClass.ADMIN, person
        case AddMember(person=person):
            yield 0, IdentityKey(person.identity), GrantClass.MEMBER, person
        case AppointAdmin(identity=identity):
            yield 0, IdentityKey(identity), GrantClass.ADMIN, None
        case _:
            pass


def ended_by(entry: LogEntry) -> IdentityKey | None:
    """Return whose grants an entry ends if it counts; None where it ends none."""
    match entry.change:
        case RemoveMember(identity=identity) | DemoteAdmin(identity=identity):
            return IdentityKey(identity)
        case LeaveGroup():
            return entry.author
        case _:
            return None


class LogTables:
    """Everything about a log that follows from each entry and its past alone.

    Attributes:
        entries: The entries by number.
        numbers: Their numbers by hash.
        past: The past of each entry, as bits.
        depth: The depth of each entry: 1 + the greatest depth of its parents.
        grants: All grants by number.
        by_name: Their numbers by entry and place.
        by_rank: All grants, the most senior first.
        of_person: Numbers of the grants of each person.
        under: Numbers of the entries made under each grant.
        lists: The `devices` entries of each person, as bits.
        naming: For each person and device, the `devices` entries that name the device, as bits.
        by_author: The entries of each person, as bits.
        by_device: The entries of each device of a person, as bits.
        against: For each person, the entries that would end a grant of theirs if they counted, as bits.
        moves: Numbers of the `moved` entries.
        hiding: For each message, the numbers of the `hide` entries that name it.
        unclear: The entries that this version does not understand, or whose right rests on such an entry.
        heads: The entries that no other has in its past, as bits.
    """

    def __init__(self) -> None:
        self.entries: list[LogEntry] = []
        self.numbers: dict[bytes, int] = {}
        self.past: list[int] = []
        self.depth: list[int] = []
        self.grants: list[Grant] = []
        self.by_name: dict[tuple[bytes, int], int] = {}
        self.by_rank: list[Grant] = []
        self.of_person: dict[IdentityKey, list[int]] = {}
        self.under: dict[int, list[int]] = {}
        self.lists: dict[IdentityKey, int] = {}
        self.naming: dict[tuple[IdentityKey, bytes], int] = {}
        self.by_author: dict[IdentityKey, int] = {}
        self.by_device: dict[tuple[IdentityKey, DeviceId], int] = {}
        self.against: dict[IdentityKey, int] = {}
        self.moves: list[int] = []
        self.hiding: dict[bytes, list[int]] = {}
        self.unclear = 0
        self.heads = 0

    def __len__(self) -> int:
        return len(self.entries)

    def past_of(self, parents: tuple[bytes, ...]) -> int:
        """Return these entries and all before them, as bits."""
        bits = 0
        for parent in parents:
            number = self.numbers[parent]
            bits |= self.past[number] | 1 << number
        return bits

    def grant_of(self, entry: LogEntry) -> Grant | None:
        """Return the grant that an entry names; None for none, or for one that is not known."""
        name = entry.body.grant
        number = None if name is None else self.by_name.get((name.entry, name.place))
        return None if number is None else self.grants[number]

    def is_unclear(self, entry: LogEntry, past: int) -> bool:
        """Tell whether a later version may see more in an entry: it, or what gives it its right, is not understood."""
        name, policy = entry.body.grant, entry.body.policy
        rests_on = [None if name is None else name.entry, policy]
        numbers = [self.numbers.get(each) for each in rests_on if each is not None]
        before = [self.entries[each].change for each in numbers if each is not None and past >> each & 1]
        return any(isinstance(each, UnknownChange) for each in (entry.change, *before))

    def append(self, entry: LogEntry) -> int:
        """Take an entry whose parents are here; return its number."""
        number = len(self.entries)
        bit = 1 << number
        past = self.past_of(entry.body.parents)
        depth = max((self.depth[self.numbers[each]] + 1 for each in entry.body.parents), default=0)
        self.entries.append(entry)
        self.numbers[entry.hash] = number
        self.past.append(past)
        self.depth.append(depth)
        self.heads = self.heads & ~past | bit
        author = entry.author
        self.by_author[author] = self.by_author.get(author, 0) | bit
        self.by_device[author, entry.device] = self.by_device.get((author, entry.device), 0) | bit
        if isinstance(entry.change, NameDevices) and entry.listed is not None:
            self.lists[author] = self.lists.get(author, 0) | bit
            for each in entry.listed.devices:
                self.naming[author, each.device] = self.naming.get((author, each.device), 0) | bit
        elif isinstance(entry.change, MoveOn):
            self.moves.append(number)
        elif isinstance(entry.change, HideMessages):
            for message in entry.change.messages:
                self.hiding.setdefault(message.message, []).append(number)
        whom = ended_by(entry)
        if whom is not None:
            self.against[whom] = self.against.get(whom, 0) | bit
        grant = self.grant_of(entry)
        if self.is_unclear(entry, past):
            self.unclear |= bit
        elif grant is not None:
            self.under.setdefault(grant.number, []).append(number)
        for place, person, grant_class, named in gives(entry):
            self._give(Rank(grant_class, depth, entry.hash, place), number, person, named)
        return number

    def _give(self, rank: Rank, giver: int, person: IdentityKey, named: NamedPerson | None) -> None:
        grant = Grant(rank, len(self.grants), giver, person, named)
        self.grants.append(grant)
        self.by_name[rank.entry, rank.place] = grant.number
        self.of_person.setdefault(person, []).append(grant.number)
        insort(self.by_rank, grant, key=attrgetter("rank"))

    def sees(self, later: int, earlier: int) -> bool:
        """Tell whether an entry has another one in its past."""
        return bool(self.past[later] >> earlier & 1)

    def seen_by_all(self, those: int) -> int:
        """Return what all of these entries have in their past; everything for no entries."""
        both = -1
        for number in numbers_of(those):
            both &= self.past[number]
        return both

    def ends_of(self, bits: int) -> tuple[EntryHash, ...]:
        """Return those of these entries that no other of them has in its past, in order."""
        inner = 0
        for number in numbers_of(bits):
            inner |= self.past[number]
        return self.hashes(bits & ~inner)

    def hashes(self, bits: int) -> tuple[EntryHash, ...]:
        """Return the names of these entries, in order."""
        return tuple(sorted(self.entries[number].hash for number in numbers_of(bits)))


def numbers_of(bits: int) -> Iterator[int]:
    """Give the numbers of the bits that are set, the lowest first."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
