"""Going on without the owner: which `moved` entries hold, which have fallen, and which one a client follows.

The past of a `moved` alone decides whether it holds, so that never changes. Only its author can make it fall: nobody
else's end reaches it, and a former owner leads nobody away.
"""

from dataclasses import dataclass

from babilu.group.changes import (
    AddMember,
    Change,
    Continues,
    CreateGroup,
    DemoteAdmin,
    LeaveGroup,
    NameDevices,
    NamedPerson,
    RemoveMember,
    encode_change,
)
from babilu.group.entries import LogEntry
from babilu.group.fold import LogFold
from babilu.group.group_log import GroupLog
from babilu.group.snapshot import snapshot
from babilu.group.state import GroupState
from babilu.group.tables import Grant, GrantClass, gives, numbers_of
from babilu.identity.device_list import find_device
from babilu.kernel.ids import EntryHash, IdentityKey
from babilu.kernel.limits import ENTRY_PARENTS

CARRIED = (AddMember, RemoveMember, LeaveGroup, NameDevices)
"""What its author writes anew in the group that goes on."""


def create_for(state: GroupState, author: IdentityKey) -> CreateGroup:
    """Return the first change of the group that continues a state, with exactly those who are in: all compute the same.

    Args:
        state: The group as the author of the `moved` has it.
        author: Who goes on, and is in.
    """
    others = [each for each in state.members if each.identity != author]
    own = state.member(author)
    named = NamedPerson(author) if own is None else own.named
    return CreateGroup(
        title=state.raw_title,
        members=tuple(each.named for each in others),
        admins=sum(each.is_admin for each in others),
        policy=state.policy,
        account=named.account,
        address=named.address,
        topic=state.raw_topic,
        picture=state.picture,
        lifetime=state.lifetime,
        continues=Continues(state.group, state.heads),
    )


@dataclass(frozen=True, slots=True)
class Beside:
    """People whom a log removes or adds beside a `moved`, which does not know of that."""

    out: frozenset[IdentityKey]
    come: frozenset[IdentityKey]


class Succession:
    """The `moved` entries of one log, which may go on growing."""

    def __init__(self, log: GroupLog) -> None:
        self._log = log
        self._holds: dict[int, bool] = {}

    def author_of(self, name: EntryHash) -> IdentityKey:
        """Return who wrote a `moved` of the log."""
        tables = self._log.tables
        return tables.entries[tables.numbers[name]].author

    def next_in_rank(self) -> IdentityKey | None:
        """Return who is to go on: the most senior of those who have neither left nor stepped down; None for nobody."""
        state = self._log.state
        rest = (each.identity for each in state.members if each.identity not in state.stepped_down)
        return next(rest, None)

    def holds(self, name: EntryHash) -> bool:
        """Tell whether a `moved` of the log holds; this never changes."""
        tables = self._log.tables
        number = tables.numbers[name]
        for each in tables.moves:
            # Earlier ones are judged first, so that a long row of them needs no deep recursion.
            if each <= number and each not in self._holds:
                self._holds[each] = self._judge(each)
        return self._holds[number]

    def _judge(self, number: int) -> bool:
        tables = self._log.tables
        entry = tables.entries[number]
        grant, parents = tables.grant_of(entry), entry.body.parents
        if grant is None or entry.create is None or not self._could_be_next(grant, tables.past[number]):
            return False
        if any(self._holds[each] for each in tables.moves if tables.sees(number, each)):
            return False
        if len(tables.ends_of(tables.past[number])) != len(parents):
            return False
        fold = LogFold(tables, tables.past[number])
        if not _is_next(fold, grant) or fold.why_not_next(number) is not None:
            return False
        state = snapshot(self._log.group, tables, fold, tuple(EntryHash(each) for each in parents))
        return bytes(entry.create.body.change) == encode_change(create_for(state, entry.author))

    def _could_be_next(self, grant: Grant, past: int) -> bool:
        """Tell whether somebody may be next in rank, without a fold: a false claim must not cost everybody one.

        They may be where each senior person with whom the group began has an end against them, whether it counts or
        not. A plain member can sign no such end.
        """
        tables = self._log.tables
        for each in tables.by_rank:
            if each.rank >= grant.rank:
                return True
            if each.giver == 0 and each.person != grant.person and not tables.against.get(each.person, 0) & past:
                return False
        return True

    def stands(self, name: EntryHash) -> bool:
        """Tell whether a `moved` has not fallen: by an own end or an own device list beside it."""
        tables = self._log.tables
        number = tables.numbers[name]
        entry, grant = tables.entries[number], tables.grant_of(tables.entries[number])
        if grant is None:
            return False
        mine = tables.by_author[entry.author] & ~tables.past[number]
        beside = [tables.entries[each] for each in numbers_of(mine) if each != number and not tables.sees(each, number)]
        if any(self._takes_back(each, grant) for each in beside):
            return False
        lists = [each.listed for each in beside if each.listed is not None]
        newest = max((each.version for each in lists), default=0)
        in_force = [each for each in lists if each.version == newest]
        return all(find_device(each, entry.device) is not None for each in in_force)

    def _takes_back(self, entry: LogEntry, grant: Grant) -> bool:
        match entry.change:
            case LeaveGroup():
                own = self._log.tables.grant_of(entry)
                return own is not None and own.rank <= grant.rank
            case DemoteAdmin(identity=identity):
                return identity == entry.author and grant.rank.grant_class is not GrantClass.MEMBER
            case _:
                return False

    def standing(self) -> tuple[LogEntry, ...]:
        """Return every `moved` that holds and has not fallen, the one to follow first.

        There are several authors only where somebody ended their own grant twice: that is an alarm.
        """
        tables = self._log.tables
        found = []
        for number in tables.moves:
            entry, grant = tables.entries[number], tables.grant_of(tables.entries[number])
            if grant is not None and self.holds(entry.hash) and self.stands(entry.hash):
                found.append((grant.rank, entry.hash, entry))
        return tuple(entry for _, _, entry in sorted(found, key=lambda each: each[:2]))

    def holding(self) -> tuple[LogEntry, ...]:
        """Return every `moved` that holds, fallen or not, in the order in which they came."""
        entries = (self._log.tables.entries[number] for number in self._log.tables.moves)
        return tuple(entry for entry in entries if self.holds(entry.hash))

    def successor(self) -> LogEntry | None:
        """Return the `moved` to follow; None while there is none."""
        standing = self.standing()
        return standing[0] if standing else None

    def may_go_on(self, person: IdentityKey) -> bool:
        """Tell whether somebody's `moved` on the whole log would hold, as far as it depends on who is in.

        It would not behind another one that holds, even if that has fallen: a client that tried would try for ever.
        """
        state = self._log.state
        own = state.member(person)
        if own is None or own.rank.grant_class is GrantClass.CREATOR or self.next_in_rank() != person:
            return False
        return len(state.heads) <= ENTRY_PARENTS and not self.holding()

    def beside(self, moved: LogEntry) -> Beside:
        """Return whom the log puts out or in beside a `moved`."""
        named = set() if moved.create is None else {person for _, person, _, _ in gives(moved.create)}
        now = {each.identity for each in self._log.state.members}
        return Beside(frozenset(named - now), frozenset(now - named))

    def to_carry_over(self, moved: LogEntry, author: IdentityKey) -> tuple[Change, ...]:
        """Return what somebody did beside a `moved` that counted: their own client writes it anew in the new group."""
        return carried_changes(self._log, author, besides=self._log.tables.past[self._log.tables.numbers[moved.hash]])


def carried_changes(log: GroupLog, author: IdentityKey, *, besides: int = 0) -> tuple[Change, ...]:
    """Return what somebody did in a group that counts and is written anew where it goes on.

    Args:
        log: Its log.
        author: Who did it.
        besides: Which entries are passed over, by the bits of their numbers.
    """
    mine = log.tables.by_author.get(author, 0) & ~besides
    return tuple(
        entry.change
        for entry in (log.tables.entries[each] for each in numbers_of(mine))
        if isinstance(entry.change, CARRIED) and log.counts(entry.hash)
    )


def _is_next(fold: LogFold, grant: Grant) -> bool:
    """Tell whether a grant is the most senior one of its holder, and everybody senior to it has stepped down."""
    ranks = {person: rank for rank, person in fold.members()}
    own = ranks.get(grant.person)
    if own != grant.rank or grant.person in fold.stepped_down:
        return False
    return all(rank >= own or person in fold.stepped_down for person, rank in ranks.items())
