"""Random logs: honest members, evil ones, those who are out; each writes on whatever part of the log they like.

The same seed tells the same story.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from babilu.group import changes as c
from babilu.group.entries import LogEntry
from babilu.group.group_log import EntryTaken, GroupLog
from babilu.group.registers import field_for, opens
from babilu.group.state import GroupState
from babilu.group.succession import Succession, create_for
from babilu.group.tables import gives
from babilu.kernel.errors import ProtocolError
from tests.unit.group.logs import build
from tests.unit.group.people import create, device_list, identity, named, octets, unsigned

PEOPLE = ("O", "A", "B", "C", "D")
SYBILS = ("S1", "S2")
EVERYBODY = (*PEOPLE, *SYBILS, "S3", "S8", "S9")
NAMES = {identity(each): each for each in EVERYBODY}

HONEST = ("title", "add", "add", "remove", "remove", "appoint", "appoint", "demote", "leave", "policy", "devices",
          "hide", "pin", "pin")  # fmt: skip
EVIL = ("title", "add", "add", "remove", "remove", "appoint", "demote", "leave", "policy", "devices", "hide", "pin")
WORDS = ("title", "add", "add", "remove", "remove", "appoint", "demote", "policy", "devices")


def message(name: str) -> c.MessageName:
    return c.MessageName(octets(f"message {name}", 16))


@dataclass
class Story:
    """A log that grows by chance.

    Attributes:
        r: What chance says.
        log: The log.
    """

    r: random.Random
    log: GroupLog

    @classmethod
    def begin(cls, seed: int, members: Sequence[str] = PEOPLE[1:]) -> "Story":
        r = random.Random(seed)
        policy = c.InitialPolicy(adds=r.random() < 0.5, posts=r.random() < 0.8, pins=r.random() < 0.2)
        return cls(r, GroupLog(unsigned("O", create(*members, policy=policy), salt=seed)))

    def copy(self) -> "Story":
        """Go on from here in another way."""
        return Story(self.r, build(self.log.entries))

    @property
    def state(self) -> GroupState:
        return self.log.state

    def some_parents(self) -> tuple[bytes, ...]:
        if self.r.random() < 0.5:
            return self.log.heads[:8]
        order = [each.hash for each in self.log.entries]
        few = range(self.r.randint(1, 3))
        return tuple({self.r.choice(order[-12:] if self.r.random() < 0.7 else order) for _ in few})

    def grants_in(self, parents: Sequence[bytes], person: str) -> list[c.GrantName]:
        """Return every grant that somebody was ever given before these parents."""
        tables = self.log.tables
        past = tables.past_of(tuple(parents))
        found = [tables.grants[each] for each in tables.of_person.get(identity(person), ())]
        return [each.name for each in found if past >> each.giver & 1]

    def act(
        self,
        author: str,
        targets: Sequence[str],
        kinds: Sequence[str],
        *,
        honest: bool = False,
        device: str | None = None,
    ) -> LogEntry | None:
        """Write one entry; give it where the log takes it."""
        r = self.r
        parents = self.some_parents()
        state = self.log.state_at(parents) if honest else None  # type: ignore[arg-type]  # hashes
        kind, target = r.choice(kinds), r.choice(targets)
        grants = self._grants(author, parents, state)
        if not grants and kind != "devices":
            return None
        if state is not None and not _is_decent(state, kind, author, target):
            return None
        change = self._change(kind, author, target)
        grant = None if kind == "devices" else (grants[0] if state is not None else r.choice(grants))
        policy = self._policy(change, grant, parents, state)
        return self.put(author, change, parents, grant, policy, device or r.choice("12c" if kind == "pin" else "12"))

    def put(
        self,
        author: str,
        change: c.Change,
        parents: Sequence[bytes] | None = None,
        grant: c.GrantName | None = None,
        policy: bytes | None = None,
        device: str = "1",
    ) -> LogEntry | None:
        """Write an entry, under the author's most senior grant unless said otherwise; give it where it is taken."""
        if grant is None and not isinstance(change, c.NameDevices):
            own = self.state.member(identity(author))
            if own is None:
                return None
            grant = own.grants[0]
        try:
            entry = unsigned(
                author,
                change,
                parents=self.log.heads[:8] if parents is None else parents,
                group=self.log.group,
                grant=grant,
                policy=policy,
                device=device,
                salt=self.r.randrange(1 << 60),
            )
        except ProtocolError:
            # Whoever names themselves is refused before any log sees it.
            return None
        return entry if isinstance(self.log.add(entry), EntryTaken) else None

    def _grants(self, author: str, parents: Sequence[bytes], state: GroupState | None) -> list[c.GrantName]:
        if state is not None:
            own = state.member(identity(author))
            return [] if own is None else list(own.grants)
        grants = self.grants_in(parents, author)
        return grants if self.r.random() > 0.1 else self.grants_in(parents, self.r.choice(PEOPLE)) or grants

    def _change(self, kind: str, author: str, target: str) -> c.Change:
        r = self.r
        match kind:
            case "title":
                return c.SetTitle(r.choice("xy"))
            case "add":
                return c.AddMember(named(target))
            case "remove":
                return c.RemoveMember(identity(target))
            case "appoint":
                return c.AppointAdmin(identity(target))
            case "demote":
                return c.DemoteAdmin(identity(target))
            case "leave":
                return c.LeaveGroup()
            case "policy":
                return c.SetPolicy(r.choice(list(c.PolicyField)), r.random() < 0.5)
            case "hide":
                return c.HideMessages(tuple(map(message, r.sample("1234", r.randint(1, 2)))))
            case "pin":
                return c.SetPin(message(r.choice("12")), r.random() < 0.6)
            case _:
                return device_list(author, r.randint(1, 5), r.choice(["1", "2", "12", "12c", "1c"]))

    def _policy(
        self, change: c.Change, grant: c.GrantName | None, parents: Sequence[bytes], state: GroupState | None
    ) -> bytes | None:
        tables = self.log.tables
        known = None if grant is None else tables.by_name.get((grant.entry, grant.place))
        if not isinstance(change, c.AddMember | c.SetPin) or known is None or tables.grants[known].rank[0] < 2:
            return None
        field = c.PolicyField.ADDS if isinstance(change, c.AddMember) else c.PolicyField.PINS
        if state is not None:
            return state.openings.get(field)
        past = tables.past_of(tuple(parents))
        found = [each.hash for n, each in enumerate(tables.entries) if past >> n & 1 and opens(each, field)]
        return self.r.choice(found) if found else None

    # Going on elsewhere.

    def move(self, author: str, device: str = "1", create_change: c.CreateGroup | None = None) -> LogEntry | None:
        """Make the `moved` that an honest client of whoever is next writes on all that is known; it is not taken."""
        return self.move_on(author, self.log.heads, self.state, device, create_change)

    def move_on(
        self,
        author: str,
        parents: Sequence[bytes],
        state: GroupState,
        device: str = "1",
        create_change: c.CreateGroup | None = None,
        grant: c.GrantName | None = None,
    ) -> LogEntry | None:
        own = state.member(identity(author))
        if len(parents) > 8 or (own is None and grant is None):
            return None
        change = create_change or create_for(state, identity(author))
        new = unsigned(author, change, device=device, salt=self.r.randrange(1 << 60))
        under = grant or (None if own is None else own.grants[0])
        return unsigned(
            author,
            c.MoveOn(new.encoded),
            parents=parents,
            group=self.log.group,
            grant=under,
            device=device,
            salt=self.r.randrange(1 << 60),
        )

    def evil_move(self, author: str) -> LogEntry | None:
        """Go on from any heads, under any grant, with the right people for those heads or with wrong ones."""
        r, log = self.r, self.log
        parents: Sequence[bytes] = self.some_parents()
        ends = [each.hash for each in log.entries if is_own_end(each)]
        if ends and r.random() < 0.6:
            # Just after somebody's own end, and with as little else as may be.
            parents = tuple({r.choice(ends) for _ in range(r.choice([1, 1, 2]))})
        mine = self.grants_in(parents, author)
        if not mine:
            return None
        state = log.state_at(tuple(parents))  # type: ignore[arg-type]  # hashes
        change = create_for(state, identity(author))
        chance = r.random()
        if chance < 0.15:
            change = msgspec.structs.replace(change, members=(*change.members, named("S9"))[:127])
        elif chance < 0.3 and len(change.members) > change.admins:
            change = msgspec.structs.replace(change, members=change.members[:-1])
        own = state.member(identity(author))
        grant = own.grants[0] if own is not None and r.random() < 0.8 else r.choice(mine)
        if any(each.identity == identity(author) for each in change.members):
            return None
        entry = self.move_on(author, state.heads, state, r.choice("12"), change, grant)
        return entry if entry is not None and isinstance(log.add(entry), EntryTaken) else None


def _is_decent(state: GroupState, kind: str, author: str, target: str) -> bool:
    own, other = state.member(identity(author)), state.member(identity(target))
    if kind in {"remove", "demote"} and target != author:
        return own is not None and other is not None and own.rank < other.rank
    return not (kind == "add" and other is not None)


def is_own_end(entry: LogEntry) -> bool:
    match entry.change:
        case c.LeaveGroup():
            return True
        case c.DemoteAdmin(identity=whom):
            return whom == entry.author
        case _:
            return False


def a_log(seed: int) -> Story:
    """A group with admins and some history, seven of ten acts honest ones."""
    story = Story.begin(seed)
    r = story.r
    for each in r.sample(PEOPLE[1:], r.randint(1, 3)):
        story.put("O", c.AppointAdmin(identity(each)))
    for _ in range(r.randint(2, 14)):
        story.act(r.choice(PEOPLE), (*PEOPLE, *SYBILS), HONEST, honest=r.random() < 0.7)
    return story


def next_in_rank(log: GroupLog) -> str | None:
    found = Succession(log).next_in_rank()
    return None if found is None else NAMES[found]


def own_ends(log: GroupLog) -> set[str]:
    return {NAMES[each.author] for each in log.entries if is_own_end(each)}


def named_in(create_entry: LogEntry) -> set[str]:
    return {NAMES[person] for _, person, _, _ in gives(create_entry)}


def by_policy(entry: LogEntry) -> bool:
    return field_for(entry) is not None and entry.body.policy is not None
