"""Two groups over lanes between devices: what is sent is late, lost and repaired, doubled, in any order; devices crash.

Ten devices of six people hold a log of each group. Between any two of them there are two lanes, as by relay and by a
direct connection, and what is sent by one is overtaken by what is sent by the other. Honest devices write entries and
messages on all that they know, ask for what they miss, and keep what they have taken; evil ones write on any part of a
log, show it to some, and answer nobody. One device of an honest person is taken off their list, and goes on as an evil
one. Every content names the ends of its writer's log. In the end whoever is in sees the same groups, and what the
others say; nothing counts that the device has done since it was taken off.

What a client has to do around the log is done here, and can be left out to see what comes of that.
"""

import random
from collections import Counter, deque
from dataclasses import dataclass, field

from babilu.group import changes as c
from babilu.group.entries import LogEntry
from babilu.group.group_log import EntryTaken, GroupLog
from babilu.group.intake import LogIntake
from babilu.kernel.ids import DeviceId, EntryHash, IdentityKey
from babilu.kernel.limits import ENTRY_PARENTS
from tests.unit.group.people import certificate, create, device_list, identity, named, octets, unsigned

HONEST = ("O", "A", "B", "C")
EVIL = ("X", "Y")
DEVICES = {"O": "12", "A": "12", "B": "12", "C": "12", "X": "1", "Y": "1"}
ROUTES = ("relay", "direct")
TAKEN_OFF = "B2"
"""Device that its person takes off their list; from then on it does as evil people do."""

GROUPS = (("O", ("A", "B", "C", "X", "Y")), ("A", ("O", "B", "C", "X")))
"""Who begins each group, and with whom."""
WAITING_OF_ONE = 100
ANSWER = 256
ROUNDS = 3_000
LAST_ROUNDS = 12


@dataclass(frozen=True)
class Duties:
    """What clients do around a log; each can be left out."""

    joins: bool = True
    tells_the_removed: bool = True
    asks: bool = True
    keeps_entries: bool = True
    names_devices: bool = True


@dataclass(frozen=True)
class Said:
    """What one device sends to another in a group."""

    kind: str
    group: int
    heads: tuple[EntryHash, ...]
    entries: tuple[LogEntry, ...] = ()
    name: str = ""


@dataclass
class Device:
    """What one device has of one group: its log, what waits, what it has shown, and what would survive a crash."""

    person: str
    name: str
    group: int
    first: LogEntry
    intake: LogIntake = field(init=False)
    kept: list[LogEntry] = field(default_factory=list)
    shown: Counter[str] = field(default_factory=Counter)
    waiting: dict[str, deque[Said]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin anew with what was kept."""
        self.intake = LogIntake(GroupLog(self.first))
        for each in self.kept:
            self.intake.log.add(each)

    @property
    def log(self) -> GroupLog:
        return self.intake.log

    @property
    def key(self) -> str:
        return self.person + self.name

    @property
    def is_in(self) -> bool:
        return self.log.state.member(identity(self.person)) is not None


class Network:
    """The devices, the lanes between them, and chance."""

    def __init__(self, seed: int, duties: Duties | None = None) -> None:
        self.r = random.Random(seed)
        self.duties = duties or Duties()
        self.lossy = True
        self.steps = 0
        self.said: set[str] = set()
        self.seen: Counter[str] = Counter()
        self.keys = tuple(person + name for person, names in DEVICES.items() for name in names)
        firsts = [unsigned(owner, create(*others), salt=seed) for owner, others in GROUPS]
        self.devices = {
            (group, key): Device(key[0], key[1], group, first)
            for group, first in enumerate(firsts)
            for key in self.keys
        }
        self.lanes: dict[tuple[str, str, str], deque[Said]] = {
            (one, other, route): deque() for one in self.keys for other in self.keys if one != other for route in ROUTES
        }
        self._lanes = sorted(self.lanes)
        self.cut: set[str] = set()
        self.off: set[str] = set()
        # Groups in which it was said that the device is taken off, and what it has written there since.
        self.said_off: set[int] = set()
        self.stolen: set[EntryHash] = set()

    def is_honest(self, device: Device) -> bool:
        """Tell whether a device keeps to the rules still."""
        return device.person in HONEST and device.key not in self.off

    def lane(self, one: str, other: str) -> deque[Said]:
        """Choose by which route something goes."""
        return self.lanes[one, other, self.r.choice(ROUTES)]

    def waits_by(self, one: str, other: str) -> list[Said]:
        """Return what is on its way between two devices."""
        return [said for route in ROUTES for said in self.lanes[one, other, route]]

    # Writing.

    def tell(self, sender: Device, people: set[str], said: Said) -> None:
        """Send something to all listed devices of people, and to one's own others."""
        for key in self.keys:
            if key != sender.key and (key[0] in people or key[0] == sender.person) and self._is_listed(sender, key):
                self.lane(sender.key, key).append(said)

    @staticmethod
    def _is_listed(sender: Device, key: str) -> bool:
        return key != TAKEN_OFF or not sender.log.newest_list(identity(TAKEN_OFF[0]))

    def take_off(self) -> None:
        """Have somebody take a device off, and say so in each group by one commit; it goes on as a thief's."""
        if self.off:
            return
        self.seen["taken off"] += 1
        self.off.add(TAKEN_OFF)
        person = TAKEN_OFF[0]
        for group in range(len(GROUPS)):
            device = self.devices[group, person + "1"]
            before = self.names_in(device)
            if not device.is_in:
                continue
            self.said_off.add(group)
            if not self.duties.names_devices:
                continue
            own = DeviceId(certificate(person, "1").device)
            entry = unsigned(
                person,
                device_list(person, 2, "1"),
                parents=device.log.next_parents(identity(person), own),
                group=device.log.group,
                salt=self.r.randrange(1 << 60),
            )
            assert isinstance(device.log.add(entry), EntryTaken)
            self.keep(device, (entry,))
            said = Said("entries", group, device.log.heads[:ENTRY_PARENTS], (entry,))
            self.tell(device, before, said)

    def names_in(self, device: Device) -> set[str]:
        members = {each.identity for each in device.log.state.members}
        return {person for person in DEVICES if identity(person) in members}

    def write_entry(self, device: Device, change: c.Change) -> bool:
        """Write an entry on all that a device knows, and send it to who is in before or after it."""
        state = device.log.state
        own = state.member(identity(device.person))
        if own is None or not self._is_decent(device, change):
            return False
        before = self.names_in(device)
        entry = unsigned(
            device.person,
            change,
            parents=device.log.next_parents(own.identity, DeviceId(certificate(device.person, device.name).device)),
            group=device.log.group,
            grant=own.grants[0],
            device=device.name,
            salt=self.r.randrange(1 << 60),
        )
        if not isinstance(device.log.add(entry), EntryTaken):
            return False
        self.keep(device, (entry,))
        heads = device.log.heads[:ENTRY_PARENTS]
        self.tell(device, before | self.names_in(device), Said("entries", device.group, heads, (entry,)))
        return True

    def _is_decent(self, device: Device, change: c.Change) -> bool:
        state = device.log.state
        own = state.member(identity(device.person))
        match change:
            case c.RemoveMember(identity=whom) | c.DemoteAdmin(identity=whom):
                other = state.member(IdentityKey(whom))
                return own is not None and other is not None and own.rank < other.rank
            case c.AddMember(person=person):
                return state.member(IdentityKey(person.identity)) is None
            case c.AppointAdmin(identity=whom):
                return whom != identity(device.person)
            case _:
                return True

    def join_heads(self, device: Device) -> None:
        """Tie more ends than a content can name together, by entries that change nothing."""
        while self.duties.joins and len(device.log.heads) > ENTRY_PARENTS:
            if not self.write_entry(device, c.JoinHeads()):
                return

    def write_message(self, device: Device) -> None:
        self.join_heads(device)
        if not device.is_in:
            return
        name = f"{device.group} {device.key} {len(self.said)}"
        self.said.add(name)
        device.shown[name] += 1
        self.tell(
            device, self.names_in(device), Said("message", device.group, device.log.heads[:ENTRY_PARENTS], name=name)
        )

    def act_honestly(self) -> None:
        device = self.r.choice([each for each in self.devices.values() if self.is_honest(each)])
        if self.r.random() < 0.5:
            self.write_message(device)
            return
        others = [each for each in DEVICES if each != device.person]
        changes: list[c.Change] = [
            c.AddMember(named(self.r.choice(others))),
            c.RemoveMember(identity(self.r.choice(EVIL))),
            c.SetTitle(self.r.choice("pq")),
            c.AppointAdmin(identity(self.r.choice([each for each in HONEST if each != device.person]))),
            c.SetPolicy(self.r.choice(list(c.PolicyField)[::2]), self.r.random() < 0.5),
        ]
        self.write_entry(device, self.r.choice(changes))

    def act_evilly(self) -> None:
        """Write anything on any part of the log, and show it to some; or flood somebody."""
        r = self.r
        device = self.devices[
            r.randrange(len(GROUPS)), r.choice([*(each + "1" for each in EVIL), *self.off, *self.off])
        ]
        parents = tuple({r.choice(device.log.entries).hash for _ in range(r.randint(1, 3))})
        tables = device.log.tables
        mine = [tables.grants[each] for each in tables.of_person.get(identity(device.person), ())]
        mine = [each for each in mine if tables.past_of(parents) >> each.giver & 1]
        others = [each for each in (*HONEST, *EVIL) if each != device.person]
        whom = identity(r.choice(others))
        changes: list[c.Change] = [
            c.AddMember(named("S1")), c.AddMember(c.NamedPerson(whom)), c.RemoveMember(whom), c.SetTitle("evil"),
            c.AppointAdmin(whom), c.DemoteAdmin(whom), c.JoinHeads(),
        ]  # fmt: skip
        if device.key not in self.off:
            # Who is in can take back what they did by leaving; a thief's leave is looked at by itself.
            changes.append(c.LeaveGroup())
        change = r.choice(changes)
        for _ in range(30 if isinstance(change, c.JoinHeads) else 1):
            # Many entries beside each other, each shown to one device only.
            if mine:
                self._show_some(device, change, parents, r.choice(mine).name)
        if r.random() < 0.1:
            victim = r.choice([key for key in self.keys if key[0] in HONEST and key != device.key])
            for number in range(150):
                head = EntryHash(octets(f"no head {r.random()}"))
                self.lane(device.key, victim).append(Said("message", device.group, (head,), name=f"flood {number}"))

    def _show_some(self, device: Device, change: c.Change, parents: tuple[bytes, ...], grant: c.GrantName) -> None:
        entry = unsigned(
            device.person,
            change,
            parents=parents,
            group=device.log.group,
            grant=grant,
            device=device.name,
            salt=self.r.randrange(1 << 60),
        )
        if isinstance(device.log.add(entry), EntryTaken):
            self.note_stolen(device, entry)
            few = 1 if isinstance(change, c.JoinHeads) else self.r.randint(1, 3)
            for key in self.r.sample([each for each in self.keys if each != device.key], few):
                self.lane(device.key, key).append(Said("entries", device.group, (entry.hash,), (entry,)))

    def note_stolen(self, device: Device, entry: LogEntry) -> None:
        """Take note of what a device has written after it was taken off, and what therefore counts for nobody."""
        if device.key in self.off and device.group in self.said_off and not isinstance(entry.change, c.JoinHeads):
            self.stolen.add(entry.hash)

    # On the way.

    def deliver(self, one: str, other: str, route: str) -> bool:
        """Let one content arrive, or be late, doubled, repaired later, or handed over again by the other route."""
        lane = self.lanes[one, other, route]
        if not lane or other in self.cut or one in self.cut:
            return False
        self.steps += 1
        if self.lossy and self.r.random() < 0.3:
            lane.rotate(self.r.randint(1, 3))
        said = lane.popleft()
        if self.lossy and self.r.random() < 0.15:
            self.lane(one, other).append(said)
            return True
        if self.lossy and self.r.random() < 0.1:
            self.lane(one, other).append(said)
        self.receive(self.devices[said.group, other], one, said)
        return True

    def crash(self) -> None:
        """Have a device lose what it has not kept; what came and waits is read again from its inbox."""
        key = self.r.choice(self.keys)
        self.seen["crashes"] += 1
        for group in range(len(GROUPS)):
            self.devices[group, key].start()

    def keep(self, device: Device, entries: tuple[LogEntry, ...]) -> None:
        if self.duties.keeps_entries:
            device.kept += entries

    def receive(self, device: Device, sender: str, said: Said) -> None:
        match said.kind:
            case "ask" if self.is_honest(device):
                self.answer(device, sender, said.heads)
            case "ask":
                self.seen["asked in vain"] += 1
            case "entries":
                received = device.intake.receive(DeviceId(octets(sender, 16)), said.entries)
                self.keep(device, received.taken)
                self.seen["forks"] += len(received.forks)
                if received.missing:
                    self.ask(device, sender)
                self.retry(device)
            case _ if self.is_honest(device):
                self.receive_message(device, sender, said)

    def receive_message(self, device: Device, sender: str, said: Said) -> None:
        if not device.log.missing(said.heads):
            self.judge(device, sender, said)
            return
        room = device.waiting.setdefault(sender, deque())
        if len(room) < WAITING_OF_ONE:
            room.append(said)
        else:
            self.seen["dropped"] += 1
        self.ask(device, sender)

    def retry(self, device: Device) -> None:
        for sender, room in device.waiting.items():
            for _ in range(len(room)):
                said = room.popleft()
                if device.log.missing(said.heads):
                    room.append(said)
                else:
                    self.judge(device, sender, said)

    def judge(self, device: Device, sender: str, said: Said) -> None:
        author = sender[0]
        if device.log.state_at(said.heads).member(identity(author)) is not None:
            device.shown[said.name] = 1
        if self.duties.tells_the_removed and device.log.state.member(identity(author)) is None:
            # Whoever is out and does not know it yet is told by anybody they write to.
            self.answer(device, sender, said.heads)

    def ask(self, device: Device, sender: str) -> None:
        self.seen["asks"] += 1
        asked = sum(each.kind == "ask" and each.group == device.group for each in self.waits_by(device.key, sender))
        if self.duties.asks and asked < 2:
            self.lane(device.key, sender).append(Said("ask", device.group, device.log.heads))

    def answer(self, device: Device, to: str, heads: tuple[EntryHash, ...]) -> None:
        lacking = device.log.after(heads)
        for start in range(0, len(lacking), ANSWER):
            self.lane(device.key, to).append(Said("entries", device.group, (), lacking[start : start + ANSWER]))

    # A whole story.

    def step(self) -> None:
        chance = self.r.random()
        if chance < 0.3:
            self.act_honestly()
        elif chance < 0.45:
            self.act_evilly()
        elif chance < 0.48:
            self.crash()
        elif chance < 0.52:
            self.cut = set(self.r.sample(self.keys, self.r.choice([0, 0, 2, 4])))
        elif chance < 0.56:
            self.take_off()
        else:
            for _ in range(self.r.randint(1, 80)):
                self.deliver(*self.r.choice(self._lanes))

    def settle(self) -> None:
        """Let everything arrive; then everybody says something, at once and one after the other.

        What is missing is asked for on the way; what evil people have shown in pieces may take several rounds. Whoever
        is out says nothing any more, and so may know less.
        """
        self.lossy, self.cut = False, set()
        self.flush()
        honest = [each for each in self.devices.values() if self.is_honest(each)]
        for device in honest:
            self.write_message(device)
        self.flush()
        for _ in range(LAST_ROUNDS):
            for device in honest:
                self.write_message(device)
                self.flush()
            logs = {(each.group, frozenset(x.hash for x in each.log.entries)) for each in honest if each.is_in}
            if len(logs) <= len(GROUPS):
                return

    def flush(self) -> None:
        for _ in range(ROUNDS):
            delivered = [self.deliver(*lane) for lane in self.lanes]
            if not any(delivered):
                return
        raise AssertionError("it never comes to rest")


def picture(device: Device) -> tuple[object, ...]:
    """Return what is seen on a device."""
    state = device.log.state
    members = {each.identity: each.rank for each in state.members}
    counted = {each.hash for each in device.log.entries if device.log.counts(each.hash)}
    return members, state.raw_title, state.openings, counted


def many_ends(network: Network) -> None:
    """Show everybody many entries that stand beside each other, and one device some more that come last by name."""
    evil = network.devices[0, "X1"]
    own = evil.log.state.member(identity("X"))
    assert own is not None
    parents = evil.log.heads
    entries = [
        unsigned("X", c.JoinHeads(), parents=parents, group=evil.log.group, grant=own.grants[0], salt=number)
        for number in range(40)
    ]
    entries.sort(key=lambda each: each.hash)
    for key in network.keys:
        if key[0] in HONEST:
            shown = entries if key == "O1" else entries[:30]
            network.lane("X1", key).append(Said("entries", 0, (), tuple(shown)))


def a_removal_that_is_kept_from_its_target(network: Network) -> None:
    """Let an admin remove somebody, and show that to the owner alone."""
    network.write_entry(network.devices[0, "O1"], c.AppointAdmin(identity("X")))
    network.flush()
    evil = network.devices[0, "X1"]
    own = evil.log.state.member(identity("X"))
    assert own is not None
    change = c.RemoveMember(identity("C"))
    entry = unsigned("X", change, parents=evil.log.heads, group=evil.log.group, grant=own.grants[0], salt=1)
    evil.log.add(entry)
    network.lane("X1", "O1").append(Said("entries", 0, (entry.hash,), (entry,)))


def a_crash_behind_an_entry(network: Network) -> None:
    """Let a device write, lose its lanes and crash, and write again."""
    device = network.devices[0, "A1"]
    network.write_entry(network.devices[0, "O1"], c.AppointAdmin(identity("A")))
    network.flush()
    network.cut = {"A1"}
    network.write_entry(device, c.SetTitle("before"))
    device.start()
    network.write_entry(device, c.JoinHeads())


def a_device_that_goes_on_after_it_was_taken_off(network: Network) -> None:
    """Let a device that was taken off add somebody and set a title on the log as it was before."""
    network.write_entry(network.devices[0, "O1"], c.AppointAdmin(identity("B")))
    network.flush()
    thief = network.devices[0, TAKEN_OFF]
    before, own = thief.log.heads, thief.log.state.member(identity("B"))
    assert own is not None
    network.take_off()
    network.flush()
    for change in (c.AddMember(named("S1")), c.SetTitle("stolen")):
        entry = unsigned("B", change, parents=before, group=thief.log.group, grant=own.grants[0], device="2", salt=1)
        thief.log.add(entry)
        network.note_stolen(thief, entry)
        network.lane(TAKEN_OFF, "O1").append(Said("entries", 0, (entry.hash,), (entry,)))


def run(seed: int, steps: int) -> Network:
    """Play one random story, and check how it ends."""
    network = Network(seed)
    for group, (owner, _) in enumerate(GROUPS):
        device, others = network.devices[group, owner + "1"], [each for each in HONEST if each != owner]
        # Mostly the one whose device is taken off: a member does little harm with it.
        admin = TAKEN_OFF[0] if network.r.random() < 0.6 else network.r.choice(others)
        network.write_entry(device, c.AppointAdmin(identity(admin)))
        if network.r.random() < 0.6:
            network.write_entry(device, c.AppointAdmin(identity("X")))
    for _ in range(steps):
        network.step()
    return finish(network)


def finish(network: Network) -> Network:
    """Let a story come to its end, and check it."""
    network.settle()
    for group in range(len(GROUPS)):
        devices = [network.devices[group, key] for key in network.keys]
        honest = [each for each in devices if network.is_honest(each)]
        inside = [each for each in honest if each.is_in]
        pictures = [picture(each) for each in inside]
        assert all(each == pictures[0] for each in pictures), "members see different groups"
        for device in honest:
            _check(network, device, inside)
    return network


def _check(network: Network, device: Device, inside: list[Device]) -> None:
    waits = [each for key, room in device.waiting.items() if _keeps_to_rules(network, key) for each in room]
    assert not waits, "what an honest member said waits for ever"
    assert all(len(room) <= WAITING_OF_ONE for room in device.waiting.values())
    assert set(device.shown.values()) <= {1}, "something was shown twice"
    forked = {key for key in device.log.forks() if key not in {_forker(each) for each in network.off}}
    assert not {person for person, _ in forked} & set(map(identity, HONEST)), "an honest device shows two logs"
    stolen = [each.hash for each in device.log.entries if each.hash in network.stolen]
    assert not any(map(device.log.counts, stolen)), "a device that was taken off does something more"
    network.seen["stolen"] += len(stolen)
    if device in inside:
        keys = {each.key for each in inside}
        last = {name for name in network.said if name.split()[0] == str(device.group) and name.split()[1] in keys}
        newest = sorted(last, key=lambda each: int(each.split()[2]))[-len(inside) :]
        assert set(newest) <= set(device.shown), "what a member said is not shown"


def _keeps_to_rules(network: Network, key: str) -> bool:
    return key[0] in HONEST and key not in network.off


def _forker(key: str) -> tuple[IdentityKey, DeviceId]:
    return identity(key[0]), DeviceId(certificate(*key).device)
