"""Twelve people who share a group by a relay: they write, come and go, and anybody may be killed or cut off meanwhile.

What somebody may do follows from their own screen alone, as with a person at a keyboard: another's screen may know
better, and the act may turn out not to count.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.processes import Event, JsonProcess, Processes, RelayProcess
from tests.faults.tools.account import Account, Load
from tests.faults.tools.proxy import Clean, Proxy, fault_of

NAMES = ("ana", "bea", "cris", "dani", "eva", "fran", "gema", "hugo", "iris", "juan", "kira", "luis")
FOUNDERS = 9
"""How many are in from the beginning; the others come later."""

FEWEST = 6
"""People below whom nobody leaves or is removed: a ledger of an empty room says nothing."""

ACT_S = 20.0
"""How long an act may take while relay and lines are spoilt; who gets no answer looks at their screen again."""

SETTLE_S = 300.0
NEWEST = 60

UNDER_WAY_MS = 30_000
"""How long a message may be under way, with lines spoilt, to somebody who leaves meanwhile."""

SETTLED = frozenset({"delivered", "read"})
LONGEST_ACT_BEFORE_DEATH_S = 0.1
TITLE = "Club"
SENIOR = frozenset({"owner", "admin"})


@dataclass(frozen=True)
class Turn:
    """Something that happened to somebody's place in the group, at a time by the clock of all processes."""

    what: str
    at: int


class Clubber(Account):
    """Somebody of the club, with what their own screen shows of it."""

    def __init__(self, name: str, start: Callable[[], JsonProcess], log: Path) -> None:
        super().__init__(name, start, log)
        self.turns: list[Turn] = []
        self.labels: set[str] = set()
        self.room = Room(self)

    def note(self, what: str) -> None:
        """Write down what happened to one's place."""
        self.turns.append(Turn(what, time.time_ns() // 1_000_000))

    def start(self) -> JsonProcess:
        """Start the client, and have it show its groups, as a face would that has just opened."""
        run = super().start()
        for label in self.labels:
            run.do("group_info", conversation=label, tag=f"first {label}")
            run.take_any(SETTLE_S, tag=f"first {label}")
        return run

    @property
    def group(self) -> Event | None:
        """The group as its own screen shows it: the one in which one is, before one that one has left."""
        shown = {event["conversation"]: event for event in self.now.of("group")}
        self.labels |= set(shown)
        inside = [event for event in shown.values() if event["role"] is not None and event["accepted"]]
        return inside[-1] if inside else next(reversed(shown.values()), None)

    @property
    def role(self) -> str | None:
        """One's own role; None where one is out, or has not accepted to be in."""
        group = self.group
        return None if group is None or not group["accepted"] else group["role"]

    @property
    def juniors(self) -> list[str]:
        """Whom one may remove, or give another role."""
        group = self.group
        names = [] if group is None else [member["name"] for member in group["members"]]
        return names[names.index(self.name) + 1 :] if self.role in SENIOR and self.name in names else []

    @property
    def left_at(self) -> int:
        """When one left last; 0 for never."""
        return max((turn.at for turn in self.turns if turn.what == "left"), default=0)

    def owed_receipts(self) -> dict[str, int]:
        """Give those of whom it is not known yet that they have one's newest messages, and when these were written."""
        owed: dict[str, int] = {}
        for label in self.labels:
            page = self.ask("history", name=label, n=NEWEST)
            for each in page.get("messages", ()):
                if each["outgoing"] and not each.get("kind"):
                    people = self.ask("state", id=each["id"])["people"]
                    lacking = [one["name"] for one in people if one["state"] not in SETTLED]
                    owed |= {name: max(each["at"], owed.get(name, 0)) for name in lacking}
        return owed

    def answer(self) -> None:
        """Accept every invitation, and let in everybody who asks by a link."""
        invitations = self.ask("invitations")["invitations"]
        for each in [*invitations, *self.ask("join_requests")["requests"]]:
            answer = self.ask("accept", ACT_S, id=each["id"])
            if each in invitations and answer["event"] == "group":
                self.labels.add(answer["conversation"])
                self.note("accepted")


class Room:
    """The group by the name that somebody knows it by."""

    def __init__(self, whose: Clubber) -> None:
        self._whose = whose

    @property
    def name(self) -> str:
        """Its label on their screen; empty while they are not in."""
        whose = self._whose
        group = whose.group if whose.runs else None
        return group["conversation"] if group is not None and whose.role is not None else ""


@dataclass
class Club:
    """A relay behind a proxy, twelve people and their group.

    Args:
        processes: Where they live.
        chance: Decides what happens.
        names: Who they are.
    """

    processes: Processes
    chance: random.Random
    names: tuple[str, ...] = NAMES
    done: Counter[str] = field(default_factory=Counter)
    relays: list[RelayProcess] = field(default_factory=list)
    people: dict[str, Clubber] = field(default_factory=dict)
    _to_do: list[Callable[[], None]] = field(default_factory=list)

    @contextmanager
    def open(self) -> Iterator["Club"]:
        """Register everybody, and found the group."""
        relay = self.processes.relay(users=len(self.names))
        self.relays.append(relay)
        with Proxy((relay.host, int(relay.port))) as proxy:
            self._proxy = proxy
            for name in self.names:
                self.people[name] = Clubber.registered(self.processes, proxy.words, name)
            founders = self.names[:FOUNDERS]
            owner = self.people[founders[0]]
            answer = owner.ask("group", title=TITLE, members=list(founders[1:]))
            assert answer["event"] == "group", answer
            for name in founders[1:]:
                person = self.people[name]
                person.now.take("group_invitation")
                person.answer()
            for name in founders:
                self.people[name].note("accepted")
            yield self

    @contextmanager
    def talking(self, per_second: float) -> Iterator[None]:
        """Have everybody write who is in, all together at a pace."""
        with ExitStack() as stack:
            for person in self.people.values():
                stack.enter_context(Load(person, person.room, per_second / len(self.people)))
            yield

    # What goes wrong.

    def fault(self) -> None:
        """Have something go wrong."""
        what = self.chance.choices(
            ("client killed", "relay killed", "lines cut", "lines spoilt", "lines mended"), (10, 2, 2, 3, 3)
        )[0]
        self.done[what] += 1
        match what:
            case "client killed":
                self._again(self.chance.choice(list(self.people.values())))
            case "relay killed":
                self.relays[-1].kill()
                relay = self.processes.relay(users=len(self.names), port=self.relays[-1].port, ready=False)
                relay.take("ready", SETTLE_S)
                self.relays.append(relay)
            case "lines cut":
                self._proxy.cut()
            case "lines spoilt":
                seed = self.chance.randrange(2**32)
                self._proxy.spoil(lambda number: fault_of(seed + number) if number < 2 * len(self.names) else Clean())
            case _:
                self._proxy.spoil(lambda _: Clean())

    def mend(self) -> None:
        """Let nothing go wrong any more, and have everybody online."""
        self._proxy.spoil(lambda _: Clean())
        for person in self.people.values():
            person.online()

    def _again(self, person: Clubber) -> None:
        person.kill()
        person.start()

    # Who comes and goes.

    def change(self) -> None:
        """Have somebody do something to who is in, as far as their own screen lets them."""
        if not self._to_do:
            # All of them, and then all again: none is left out by chance.
            acts = (self._add, self._remove, self._leave, self._join_by_link, self._appoint)
            self._to_do = [*acts, *acts, self._add, self._demote, self._owner_leaves]
            self.chance.shuffle(self._to_do)
        self._to_do.pop()()

    def answer(self) -> None:
        """Have everybody answer whoever has added them or asks to be let in."""
        for person in self.people.values():
            person.answer()

    def _with_role(self, *roles: str) -> list[Clubber]:
        return [person for person in self.people.values() if person.role in roles]

    def _outside(self, person: Clubber) -> list[str]:
        group = person.group
        inside = set() if group is None else {member["name"] for member in group["members"]}
        return [name for name in self.names if name not in inside]

    def _crowded(self, person: Clubber) -> bool:
        group = person.group
        return group is not None and len(group["members"]) > FEWEST

    def _do(self, what: str, person: Clubber, do: str, whom: str | None = None, **members: object) -> Event | None:
        """Have somebody give an order; now and then it is the last thing that they do."""
        place = person.room.name
        if not place:
            return None
        deadly = self.chance.random() < 0.25
        if deadly:
            person.now.do(do, conversation=place, **members)
            threading.Event().wait(self.chance.uniform(0, LONGEST_ACT_BEFORE_DEATH_S))
            self._again(person)
            self.done[f"{what} and killed"] += 1
            answer = None
        else:
            try:
                answer = person.ask(do, ACT_S, conversation=place, **members)
            except AssertionError:
                self.done[f"{what} without an answer"] += 1
                return None
            self.done[what if answer["event"] != "error" else f"{what} refused with {answer['code']}"] += 1
        subject = self.people[whom] if whom is not None else person
        subject.note(what)
        return answer

    def _add(self) -> None:
        person = self.chance.choice(self._with_role("owner", "admin") or [self.people[self.names[0]]])
        if outside := self._outside(person):
            name = self.chance.choice(outside)
            self._do("added", person, "add", name, names=[name])

    def _remove(self) -> None:
        person = self.chance.choice(self._with_role("owner", "admin") or [self.people[self.names[0]]])
        if self._crowded(person) and person.juniors:
            name = self.chance.choice(person.juniors)
            self._do("removed", person, "remove", name, names=[name])

    def _leave(self) -> None:
        if those := [each for each in self._with_role("admin", "member") if self._crowded(each)]:
            self._do("left", self.chance.choice(those), "leave")

    def _owner_leaves(self) -> None:
        if those := [each for each in self._with_role("owner") if self._crowded(each)]:
            self._do("left", those[0], "leave")
            self.done["the owner left"] += 1

    def _join_by_link(self) -> None:
        person = self.chance.choice(self._with_role("owner", "admin") or [self.people[self.names[0]]])
        outside = [name for name in self._outside(person) if self.people[name].role is None]
        if not outside or not person.room.name:
            return
        link = person.ask("group_link", ACT_S, conversation=person.room.name, uses=self.chance.randrange(1, 4))
        if link["event"] != "group_link":
            self.done[f"a link refused with {link['code']}"] += 1
            return
        newcomer = self.people[self.chance.choice(outside)]
        answer = newcomer.ask("join", ACT_S, link=link["link"])
        self.done["asked by a link" if answer["event"] == "done" else f"a join refused with {answer['code']}"] += 1
        newcomer.note("added")
        if self.chance.random() < 0.25:
            self._again(newcomer)

    def _appoint(self) -> None:
        self._set_role("appointed", "member", "admin")

    def _demote(self) -> None:
        self._set_role("demoted", "admin", "member")

    def _set_role(self, what: str, before: str, role: str) -> None:
        for person in self._with_role("owner", "admin"):
            group = person.group
            members = [] if group is None else group["members"]
            juniors = person.juniors
            those = [each["name"] for each in members if each["role"] == before and each["name"] in juniors]
            if those:
                name = self.chance.choice(those)
                self._do(what, person, "role", name, name=name, role=role)
                return

    # How it ends.

    def settle(self) -> None:
        """Wait until everybody who is in sees the same group, and nothing is owed to anybody, or time is up."""
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline:
            self.answer()
            if self._is_settled():
                return
            threading.Event().wait(1.0)

    def _is_settled(self) -> bool:
        for person in self.people.values():
            status = person.status()
            if status["queued"] or status["unsettled"] or status["behind"] or status["link"] != "online":
                return False
        for person in self.people.values():
            # Who has left gives no receipt for what was under way then.
            if any(at > self.people[name].left_at + UNDER_WAY_MS for name, at in person.owed_receipts().items()):
                return False
        seen = {(tuple(sorted(group["heads"])), len(group["members"])) for group in self.inside()}
        return len(seen) == 1

    def inside(self) -> list[Event]:
        """Give the group as everybody sees it who is in."""
        return [group for person in self.people.values() if person.role is not None and (group := person.group)]
