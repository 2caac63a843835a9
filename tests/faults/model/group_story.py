"""Stories of groups: what may happen to them, chosen by a seed, so that each is told again the same way.

A story is long and ordinary: people write, change who is in, are away, are killed at commits; wires are cut, and the
relay is killed. In the end everybody comes back.
"""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from babilu.api import commands as ask_for
from babilu.engine.conversation.groups.entries import tell_entries
from babilu.engine.conversation.groups.group_turn import GroupTurn
from babilu.group.changes import (
    AddMember,
    AppointAdmin,
    Change,
    DemoteAdmin,
    JoinHeads,
    LeaveGroup,
    NamedPerson,
    RemoveMember,
    SetTitle,
)
from babilu.group.entries import EntryPlace, sign_entry
from babilu.kernel.ids import ConversationId
from babilu.kernel.states import GroupRole
from tests.faults.model.group_world import GroupWorld
from tests.faults.model.world import DAY, HOUR, MINUTE

NAMES = ("ada", "bob", "eve", "dan", "fay", "gus")


class GroupStory:
    """A world of groups, and chance.

    Args:
        folder: Where its files lie; it is not there yet.
        profile: An empty profile.
        relay: An empty relay's database.
        seed: What everything that happens follows from.

    Attributes:
        names: The devices, by whose one does something.
    """

    names: tuple[str, ...] = NAMES
    world_type: type[GroupWorld] = GroupWorld

    def __init__(self, folder: Path, profile: Path, relay: Path, seed: int) -> None:
        folder.mkdir()
        self.seed = seed
        self.r = random.Random(seed)
        self.done: list[str] = []
        self.world = self.world_type(folder, profile, relay, self.names, self.skews())
        self.world.flow()

    def skews(self) -> dict[str, int]:
        """Return by how much people's clocks are ahead, in milliseconds."""
        return {}

    def begin(self) -> None:
        """Begin two groups, of which one person is in none."""
        world = self.world
        world.begin_group("ada", "Picnic", ("bob", "eve", "dan"))
        world.begin_group("bob", "Choir", ("ada", "eve", "fay"))
        world.flow()
        world.look()
        for name in self.names:
            world.accept_all(name)
        world.flow()
        for group, owner in zip(world.groups, ("ada", "bob"), strict=True):
            world.in_group(owner, ask_for.SetRole(group.hex(), "eve", GroupRole.ADMIN))
            world.in_group(owner, ask_for.ChangeGroup(group.hex(), everybody_adds=self.r.random() < 0.5))
        world.flow()
        world.look()

    def run(self, steps: int) -> None:
        """Let so many things happen, and look after each."""
        self.begin()
        for _ in range(steps):
            self.step()
            self.world.look()
        self.world.finish()

    def step(self) -> None:
        """Let one thing happen."""
        rules = self.rules()
        self.r.choices([rule for _, rule in rules], [weight for weight, _ in rules])[0]()

    def rules(self) -> list[tuple[int, Callable[[], None]]]:
        """Return what may happen, each with how often it does."""
        return [
            (8, self.say),
            (6, self.change),
            (2, self.batch),
            (3, self.accept),
            (3, self.flow),
            (5, self.think),
            (4, self.carry),
            (2, self.kill),
            (2, self.kill_at_commit),
            (2, self.start),
            (1, self.cut),
            (1, self.wait),
            (1, self.kill_relay),
        ]

    def someone(self) -> str:
        return self.r.choice(self.names)

    def group(self) -> ConversationId:
        return self.r.choice(self.world.groups)

    def somebody_in(self, group: ConversationId) -> str:
        """Choose somebody who believes to be in a group, mostly."""
        stands = {name: self.world.standing(name, group) for name in self.names}
        present = [name for name, known in stands.items() if known is not None and known.role is not None]
        return self.r.choice(present) if present and self.r.random() < 0.9 else self.someone()

    def somebody_senior(self, group: ConversationId) -> str:
        """Choose somebody who believes to be an admin of a group, more often than not."""
        stands = {name: self.world.standing(name, group) for name in self.names}
        admins = [name for name, known in stands.items() if known and known.role in {GroupRole.OWNER, GroupRole.ADMIN}]
        return self.r.choice(admins) if admins and self.r.random() < 0.7 else self.somebody_in(group)

    def note(self, *words: object) -> None:
        self.done.append(" ".join(map(str, words)))

    # What people do.

    def say(self) -> None:
        group = self.group()
        who = self.somebody_in(group)
        self.note(who, "says in", self.world.groups.index(group))
        for _ in range(self.r.randint(1, 2)):
            self.world.say(who, group)

    def accept(self) -> None:
        who = self.someone()
        self.note(who, "accepts")
        self.world.accept_all(who)

    def batch(self) -> None:
        """Do several things in one turn, of which one is refused or may be."""
        group = self.group()
        who = self.somebody_senior(group)
        self.note(who, "in one turn in", self.world.groups.index(group))
        self.change(who, group)
        self.world.in_group(who, ask_for.SetRole(self.world.place(who, group), who, GroupRole.ADMIN))
        self.world.say(who, group)

    def change(self, who: str = "", group: ConversationId | None = None) -> None:
        """Change who is in a group, or what it is."""
        group = group or self.group()
        who = who or self.somebody_senior(group)
        whom = self.r.choice([name for name in NAMES if name != self.world.account(who)])
        place, churned = self.world.place(who, group), self.world.churned[group]
        present = self.world.members(who, group)
        kind = self.r.choices(["title", "add", "remove", "role", "policy", "quit"], [3, 6, 2, 2, 2, 1])[0]
        if kind == "add" and (absent := [name for name in NAMES if name not in present]):
            whom = self.r.choice(absent)
        self.note(who, kind, whom, "in", self.world.groups.index(group))
        match kind:
            case "title":
                self.world.in_group(who, ask_for.ChangeGroup(place, title=f"Title {self.r.randrange(100)}"))
            case "add":
                self.world.in_group(who, ask_for.AddToGroup(place, (whom,)))
            case "remove":
                churned.add(whom)
                self.world.in_group(who, ask_for.RemoveFromGroup(place, (whom,)))
            case "role":
                role = self.r.choice([GroupRole.ADMIN, GroupRole.MEMBER])
                self.world.in_group(who, ask_for.SetRole(place, whom, role))
            case "policy":
                on = self.r.random() < 0.7
                name = self.r.choice(["everybody_adds", "everybody_posts", "everybody_pins"])
                if name == "everybody_posts" and not on:
                    self.world.closed.add(group)
                values: dict[str, Any] = {name: on}
                self.world.in_group(who, ask_for.ChangeGroup(place, **values))
            case _:
                churned.add(self.world.account(who))
                self.world.in_group(who, ask_for.QuitGroup(place))

    # What happens to them.

    def flow(self) -> None:
        self.note("flow")
        self.world.flow()

    def think(self) -> None:
        who = self.someone()
        self.note(who, "thinks")
        self.world.people[who].think()

    def carry(self) -> None:
        who = self.someone()
        self.note("carry for", who)
        for wire, place in self.world.wires_of(who):
            wire.carry(1 - place, self.r.randint(0, 4))
            wire.carry(place, self.r.randint(0, 4))
        self.world.loop.settle()

    def kill(self) -> None:
        who = self.someone()
        self.note("kill", who)
        self.world.people[who].bury()
        if self.r.random() < 0.5:
            self.world.people[who].start()

    def kill_at_commit(self) -> None:
        who, count, after = self.someone(), self.r.randint(1, 3), self.r.random() < 0.5
        self.note("kill", who, "at commit", count, after)
        life = self.world.people[who].life
        if life is not None:
            life.fuse.before_commit, life.fuse.after_commit = (0, count) if after else (count, 0)

    def start(self) -> None:
        self.note("start")
        self.world.restart_relay()
        for person in self.world.people.values():
            person.start()
        self.world.wait(1_500)
        self.world.flow()

    def cut(self) -> None:
        who = self.someone()
        self.note("cut", who)
        self.world.cut(who)

    def wait(self) -> None:
        ms = self.r.choice([1_500, 11_000, 2 * MINUTE, 2 * HOUR])
        self.note("wait", ms)
        self.world.wait(ms)

    def kill_relay(self) -> None:
        self.note("kill relay")
        commits = self.world.relay.commits
        if self.r.random() < 0.5:
            commits.crash_before = True
        else:
            commits.crash_after = True


class AwayGroupStory(GroupStory):
    """People whose clocks go wrong by minutes, and who are away for days, while the others go on."""

    def skews(self) -> dict[str, int]:
        wrong = random.Random(f"clocks of {self.seed}")
        return {name: wrong.choice([0, 1, -1]) * wrong.randint(0, 4 * MINUTE) for name in NAMES}

    def rules(self) -> list[tuple[int, Callable[[], None]]]:
        return [*super().rules(), (2, self.be_away)]

    def be_away(self) -> None:
        """Let one or two people be away for one or two days, in which the others say and change things."""
        away = self.r.sample(NAMES, self.r.randint(1, 2))
        self.note(*away, "are away")
        for name in away:
            self.world.people[name].bury()
        for _ in range(self.r.randint(1, 2)):
            self.world.wait(DAY)
            self.world.restart_relay()
            for name in [each for each in NAMES if each not in away]:
                self.world.people[name].start()
            self.world.flow()
            self.r.choice([self.say, self.change, self.batch])()
            self.world.flow()


class BlockingGroupStory(GroupStory):
    """People who block each other besides, and hear each other again in the end."""

    def rules(self) -> list[tuple[int, Callable[[], None]]]:
        return [*super().rules(), (3, self.block)]

    def block(self) -> None:
        """Block somebody, or hear them again: what they write in groups is shown or not, their entries count."""
        who, on = self.someone(), self.r.random() < 0.6
        whom = self.r.choice([name for name in NAMES if name != who])
        self.note(who, "blocks" if on else "unblocks", whom)
        for group in self.world.groups:
            self.world.churned[group].update((who, whom))
        self.world.block(who, whom, on=on)


class RoutesGroupStory(GroupStory):
    """People who also call each other: what they say goes directly, by the relay, or by one after the other."""

    def rules(self) -> list[tuple[int, Callable[[], None]]]:
        return [*super().rules(), (8, self.call), (1, self.hang_up), (1, self.be_without_relay)]

    def call(self) -> None:
        """Have somebody call somebody at their address."""
        who = self.someone()
        whom = self.r.choice([name for name in NAMES if name != who])
        self.note(who, "calls", whom)
        self.world.call(who, whom)
        self.world.flow()

    def hang_up(self) -> None:
        who = self.someone()
        whom = self.r.choice([name for name in NAMES if name != who])
        self.note(who, "hangs up on", whom)
        self.world.in_group(who, ask_for.HangUp(whom))

    def be_without_relay(self) -> None:
        """Have the relay be down while people go on with those whom they are connected with."""
        self.note("no relay")
        self.world.relay.crash()
        self.world.loop.settle()
        for _ in range(2):
            self.r.choice([self.say, self.change])()
            self.world.flow()
        self.world.restart_relay()


EVIL = ("eve", "fay")
"""A senior, whom the owners have made an admin, and a junior."""


class EvilGroupStory(GroupStory):
    """On top of that a senior and a junior write on any part of a log, show it to some, and go on when they are out.

    In the end everybody honest who is in says something once more: who names more than others know is asked for it.
    """

    evil = EVIL

    def begin(self) -> None:
        super().begin()
        # They may alarm, and lose their own messages; nobody's but theirs.
        self.world.tampered = True
        self.world.evil.update(self.evil)
        for group in self.world.groups:
            self.world.churned[group].update(NAMES)

    def rules(self) -> list[tuple[int, Callable[[], None]]]:
        return [*super().rules(), (5, self.forge), (1, self.haunt)]

    def forge(self) -> None:
        """Write anything on any part of a log, and show it to some."""
        who, group = self.r.choice(self.evil), self.group()
        self.note(who, "forges in", self.world.groups.index(group))
        self.world.in_turn(who, group, self._write_anything)

    def _write_anything(self, turn: GroupTurn) -> None:
        log, own = turn.log, turn.show.own_identity
        parents = tuple(sorted({self.r.choice(log.entries).hash for _ in range(self.r.randint(1, 3))}))
        grants = [log.tables.grants[each] for each in log.tables.of_person.get(own, ())]
        grants = [each for each in grants if log.tables.past_of(parents) >> each.giver & 1]
        others = [person.identity for name, person in self.world.people.items() if person.identity != own]
        whom = self.r.choice(others)
        change: Change = self.r.choice([
            AddMember(NamedPerson(whom)), RemoveMember(whom), SetTitle("evil"), AppointAdmin(whom), DemoteAdmin(whom),
            LeaveGroup(), JoinHeads(),
        ])  # fmt: skip
        if grants:
            place = EntryPlace(log.group, parents, self.r.choice(grants).name)
            entry = sign_entry(turn.entry_author, place, turn.now, change)
            contacts = [contact for contact in turn.unit.contacts.all() if self.r.random() < 0.5]
            tell_entries(turn, contacts, [entry], [])

    def haunt(self) -> None:
        """Have somebody who has been out for long go on as if they were in, with the heads that they knew then."""
        self.start()
        out = [(who, group) for who in self.evil for group in self.world.groups if self.world.is_out(who, group)]
        self.world.wait(2 * HOUR)
        self.flow()
        for who, group in out:
            if self.world.is_out(who, group):
                self.note(who, "haunts", self.world.groups.index(group))
                self.world.haunt(who, group)
