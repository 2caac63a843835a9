"""What may happen to messages, as rules of a state machine: Hypothesis chooses what, in which order, and to whom."""

import itertools
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from babilu.api import commands as ask_for
from babilu.api import views
from babilu.engine.commands.relay_history import EPOCHS_A_DAY
from babilu.engine.runtime.rollback_recovery import retiring_device
from babilu.kernel.ids import DeviceId
from tests.faults.model.conftest import Templates
from tests.faults.model.world import World

NAMES = ("ada", "bob", "eve")

KINDS = st.sampled_from(["edit", "edit", "react", "delete"])
"""What people do about messages."""

_worlds = itertools.count(1)


class Delivery(RuleBasedStateMachine):
    """Honest wires and an honest relay: connections break, processes are killed, routes change.

    Attributes:
        templates: Empty databases; set by whoever runs the machine.
        mutant: What is spoilt in the product, for a machine that is to fail.
    """

    templates: Templates
    mutant: Callable[[], ExitStack] = ExitStack

    people = st.integers(0, 2)

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=self.templates.folder))
        self.spoilt = type(self).mutant()
        self.world: World

    @initialize(three=st.booleans(), acquainted=st.booleans())
    def begin(self, three: bool, acquainted: bool) -> None:
        names = NAMES if three else NAMES[:2]
        self.world = World(self.folder, self.templates.profile, self.templates.relay, names)
        self.world.flow()
        if acquainted:
            for who, whom in itertools.pairwise(names):
                self.world.send(who, whom)
                self.world.flow()

    def someone(self, number: int) -> str:
        names = tuple(self.world.people)
        return names[number % len(names)]

    def somebody_else(self, number: int, other: int) -> str:
        names = tuple(self.world.people)
        return names[(number + 1 + other % (len(names) - 1)) % len(names)]

    @rule(who=people, other=people, count=st.integers(1, 3))
    def send(self, who: int, other: int, count: int) -> None:
        for _ in range(count):
            self.world.send(self.someone(who), self.somebody_else(who, other))

    @rule(who=people, other=people, count=st.integers(1, 3))
    def send_later(self, who: int, other: int, count: int) -> None:
        """Write without a thought of the network; twice among the rules, since without texts nothing is tried."""
        self.send(who, other, count)
        self.world.people[self.someone(who)].think()

    @rule(who=people, other=people)
    def send_and_flow(self, who: int, other: int) -> None:
        self.send(who, other, 1)
        self.world.flow()

    @rule(who=people, other=people, chunks=st.integers(1, 6))
    def send_on_its_way(self, who: int, other: int, chunks: int) -> None:
        self.send(who, other, 2)
        self.world.people[self.someone(who)].think()
        for _ in range(chunks):
            self.world.carry(1)

    @rule()
    def flow(self) -> None:
        self.world.flow()

    @rule(who=people)
    def think(self, who: int) -> None:
        self.world.people[self.someone(who)].think()

    @rule(chunks=st.integers(1, 3))
    def carry(self, chunks: int) -> None:
        self.world.carry(chunks)

    @rule(who=people, up=st.integers(0, 4), down=st.integers(0, 4))
    def carry_for_one(self, who: int, up: int, down: int) -> None:
        for wire, place in self.world.wires_of(self.someone(who)):
            wire.carry(1 - place, up)
            wire.carry(place, down)
        self.world.loop.settle()

    @rule(who=people, part=st.integers(0, 400))
    def cut(self, who: int, part: int) -> None:
        """Cut in the middle of a frame."""
        for wire, place in self.world.wires_of(self.someone(who)):
            wire.carry(place, 1, part)
        self.world.loop.settle()
        self.world.cut(self.someone(who))

    @rule(ms=st.sampled_from([300, 1_500, 11_000]))
    def wait(self, ms: int) -> None:
        self.world.wait(ms)

    @rule(who=people, again=st.booleans())
    def kill(self, who: int, again: bool) -> None:
        self.world.people[self.someone(who)].bury()
        if again:
            self.world.people[self.someone(who)].start()

    @rule(who=people, count=st.integers(1, 3), after=st.booleans())
    def kill_at_a_commit(self, who: int, count: int, after: bool) -> None:
        life = self.world.people[self.someone(who)].life
        if life is not None:
            life.fuse.before_commit, life.fuse.after_commit = (0, count) if after else (count, 0)

    @rule()
    def start(self) -> None:
        """Have everybody back, and wait for the links."""
        self.world.restart_relay()
        for person in self.world.people.values():
            person.start()
        self.world.wait(1_500)
        self.world.flow()

    @rule(who=people, other=people, count=st.integers(1, 3), after=st.booleans(), sender=st.booleans())
    def kill_amid_traffic(self, who: int, other: int, count: int, after: bool, sender: bool) -> None:
        """Kill whoever writes, or whoever is written to, while the text is on its way."""
        one, another = self.someone(who), self.somebody_else(who, other)
        life = self.world.people[one if sender else another].life
        if life is not None:
            life.fuse.before_commit, life.fuse.after_commit = (0, count) if after else (count, 0)
        self.send_and_flow(who, other)
        self.start()

    @rule(who=people, other=people, chunks=st.integers(1, 8))
    def cut_amid_traffic(self, who: int, other: int, chunks: int) -> None:
        self.send_on_its_way(who, other, chunks)
        self.world.cut(self.somebody_else(who, other))
        self.start()

    @rule(who=people, other=people, after=st.booleans(), away=st.booleans())
    def kill_relay_amid_traffic(self, who: int, other: int, after: bool, away: bool) -> None:
        """Kill the relay while it takes a text; its recipient may be there to get it, or not."""
        self.start()
        if away:
            self.world.people[self.somebody_else(who, other)].bury()
        commits = self.world.relay.commits
        commits.crash_before, commits.crash_after = not after, after
        self.send_and_flow(who, other)

    @rule(who=people, other=people)
    def call(self, who: int, other: int) -> None:
        caller, called = self.someone(who), self.somebody_else(who, other)
        person = self.world.people[caller]
        if person.life is not None:
            person.ask(ask_for.Call(views.Address(called, 5051), called))

        self.world.flow()

    @rule(who=people, other=people, hang_up=st.booleans())
    def hang_up_or_read(self, who: int, other: int, hang_up: bool) -> None:
        person = self.world.people[self.someone(who)]
        whom = self.somebody_else(who, other)
        if person.life is not None:
            person.ask(ask_for.HangUp(whom) if hang_up else ask_for.MarkRead(whom))

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "world"):
            self.world.look()

    def teardown(self) -> None:
        try:
            if hasattr(self, "world"):
                self.world.finish()
        finally:
            with self.spoilt:
                if hasattr(self, "world"):
                    self.world.close()
            shutil.rmtree(self.folder, ignore_errors=True)


class ActingDelivery(Delivery):
    """People who edit and delete their messages on top of that, and react to each other's."""

    @rule(who=Delivery.people, other=Delivery.people, kind=KINDS, pick=st.integers(0, 7))
    def act(self, who: int, other: int, kind: str, pick: int) -> None:
        """Do something about a message without a thought of the network."""
        self.world.act(self.someone(who), self.somebody_else(who, other), kind, pick)
        self.world.people[self.someone(who)].think()

    @rule(who=Delivery.people, other=Delivery.people, kind=KINDS, pick=st.integers(0, 7), count=st.integers(1, 3))
    def kill_amid_actions(self, who: int, other: int, kind: str, pick: int, count: int) -> None:
        """Kill whoever is told of it, at a commit."""
        self.start()
        life = self.world.people[self.somebody_else(who, other)].life
        if life is not None:
            life.fuse.before_commit = count
        self.send_on_its_way(who, other, 1)
        self.act(who, other, kind, pick)
        self.world.flow()


class RestoredDelivery(ActingDelivery):
    """An honest relay whose operator puts it back to a backup now and then, with everybody connected or away."""

    def __init__(self) -> None:
        super().__init__()
        self.backups: list[Path] = []
        self.restores = 0

    @rule()
    def back_up(self) -> None:
        self.world.restart_relay()
        self.backups.append(self.world.back_up_relay())

    @precondition(lambda self: self.backups and self.restores < EPOCHS_A_DAY)
    @rule(pick=st.integers(0, 10))
    def restore(self, pick: int) -> None:
        self.restores += 1
        self.world.restart_relay()
        self.world.restore_relay(self.backups[pick % len(self.backups)])

    @precondition(lambda self: self.backups and self.restores < EPOCHS_A_DAY)
    @rule(who=Delivery.people, other=Delivery.people, pick=st.integers(0, 10), chunks=st.integers(1, 8))
    def restore_amid_traffic(self, who: int, other: int, pick: int, chunks: int) -> None:
        """Restore it while somebody's texts are on their way."""
        self.start()
        self.send_on_its_way(who, other, chunks)
        self.restore(pick)


class DeliveryBesideNotes(Delivery):
    """People write to themselves besides: nothing of that goes to anybody, and none of it is lost."""

    @rule(who=Delivery.people, think=st.booleans())
    def write_note(self, who: int, think: bool) -> None:
        self.world.write_note(self.someone(who))
        if think:
            self.world.people[self.someone(who)].think()

    @rule(who=Delivery.people)
    def replace_device(self, who: int) -> None:
        self.world.replace_device(self.someone(who))


class HostileDelivery(Delivery):
    """On top of that a relay that loses, doubles and swaps letters, and profiles that are lost or set back."""

    def __init__(self) -> None:
        super().__init__()
        self.copies: list[tuple[str, Path, DeviceId | None]] = []

    def letters(self, who: int) -> list[tuple[int, int, bytes]]:
        person = self.world.people[self.someone(who)]
        with person.database.read() as unit:
            record = unit.profile.load()
        assert record is not None
        return self.world.relay.letters(record.device)

    @rule(who=Delivery.people, pick=st.integers(0, 10))
    def lose_a_letter(self, who: int, pick: int) -> None:
        letters = self.letters(who)
        if letters:
            self.world.tampered = True
            self.world.relay.lose_letter(letters[pick % len(letters)][0])

    @rule(who=Delivery.people, pick=st.integers(0, 10))
    def swap_letters(self, who: int, pick: int) -> None:
        letters = self.letters(who)
        if len(letters) > 1:
            self.world.tampered = True
            first = pick % (len(letters) - 1)
            self.world.relay.swap_letters(letters[first][0], letters[first + 1][0])

    @rule(who=Delivery.people, pick=st.integers(0, 10))
    def double_a_letter(self, who: int, pick: int) -> None:
        letters = self.letters(who)
        if letters:
            person = self.world.people[self.someone(who)]
            with person.database.read() as unit:
                record = unit.profile.load()
            assert record is not None
            self.world.relay.double_letter(record.device, letters[pick % len(letters)][2])

    @rule(who=Delivery.people)
    def forget_sessions(self, who: int) -> None:
        person = self.world.people[self.someone(who)]
        self.world.tampered = True
        with person.database.write() as unit:
            unit.statements.run("DELETE FROM session")

    @rule(who=Delivery.people)
    def copy_profile(self, who: int) -> None:
        name = self.someone(who)
        with self.world.people[name].database.read() as unit:
            record, retiring = unit.profile.load(), retiring_device(unit)
        assert record is not None
        device = record.device if retiring is None else None
        self.copies.append((name, self.world.people[name].copy_away(), device))

    @precondition(lambda self: self.copies)
    @rule(pick=st.integers(0, 10))
    def bring_back_an_old_copy(self, pick: int) -> None:
        name, copy, device = self.copies[pick % len(self.copies)]
        # A copy whose device has left since is unknown to the relay: its user has to start over.
        if device is None or self.world.relay.lists(device):
            self.world.bring_back(name, copy)

    @rule(who=Delivery.people)
    def replace_device(self, who: int) -> None:
        self.world.replace_device(self.someone(who))

    @rule(who=Delivery.people)
    def start_over(self, who: int) -> None:
        name = self.someone(who)
        self.copies = [kept for kept in self.copies if kept[0] != name]
        self.world.start_over(name)

    @rule(who=Delivery.people, other=Delivery.people)
    def trust(self, who: int, other: int) -> None:
        person = self.world.people[self.someone(who)]
        if person.life is not None:
            person.ask(ask_for.TrustIdentity(self.somebody_else(who, other)))
