from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast, get_args

import pytest

from babilu.api.events import ConversationChanged
from babilu.engine.commands.effect_runner import EffectRunner, RunnerTargets
from babilu.engine.conversation.effects import (
    AcceptCall,
    Acknowledge,
    AdoptOwnList,
    Answer,
    BringFile,
    CallOwnDevices,
    CutOff,
    Effect,
    EndLink,
    EraseTraces,
    GiveHint,
    GiveHistory,
    LookUp,
    MergeOwnLists,
    MessageCame,
    MoveFiles,
    OwnDeviceRemoved,
    RequestBundle,
    RequestList,
    SendBatch,
    Sweep,
    Tell,
    WakeIn,
    WatchAnew,
    WatchClock,
)
from babilu.engine.conversation.wakeups import Hint, Outcomes, Wake
from babilu.engine.runtime.event_bus import EventBus
from babilu.engine.transport.outbound_queue import Batch, LaneRoute, OutboundQueue, PeerKept
from babilu.kernel.ids import ConversationId, DeviceId, EnvelopeId
from tests.unit.engine.at_once import Loop
from tests.unit.engine.homes import Home, Writer, a_home, know
from tests.unit.engine.transport.test_outbound_queue import PHONE, outbounds

BOB = 1


class Inbox:
    """Conversations whose inbox has room, or none."""

    def __init__(self) -> None:
        self.has_room = False
        self.told: list[Hint] = []

    def post_to(self, _contact: int, hint: Hint) -> bool:
        if self.has_room:
            self.told.append(hint)
        return self.has_room


class Later:
    """A loop whose timers the test lets run."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def call_later(self, _seconds: float, function: Callable[..., None], *arguments: object) -> None:
        self.waiting.append(lambda: function(*arguments))

    def passes(self) -> None:
        waiting, self.waiting = self.waiting, []
        for function in waiting:
            function()


def kept(number: int) -> PeerKept:
    return PeerKept(EnvelopeId(bytes([number]) * 16), LaneRoute.RELAY, None)


def test_what_became_of_envelopes_is_told_once_there_is_room_and_nothing_of_it_is_lost() -> None:
    inbox, later = Inbox(), Later()
    effect_runner = EffectRunner(cast("Any", SimpleNamespace(loop=later)), EventBus())
    effect_runner.connect(cast("RunnerTargets", SimpleNamespace(conversations=inbox)))
    effect_runner.outcomes(BOB, [kept(1)])
    effect_runner.outcomes(BOB, [kept(2)])
    later.passes()
    assert inbox.told == []
    inbox.has_room = True
    later.passes()
    assert inbox.told == [Outcomes((kept(1), kept(2)))]
    effect_runner.outcomes(BOB, [kept(3)])
    assert (inbox.told[1:], later.waiting) == ([Outcomes((kept(3),))], [])


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as made:
        yield made


@pytest.mark.parametrize("written", [True, False])
async def test_a_call_for_envelopes_or_for_a_bundle_says_whether_the_user_has_written(
    home: Home, written: bool
) -> None:
    called: list[tuple[tuple[str, int], bool]] = []
    calls = SimpleNamespace(call_for_mail=lambda address, _expected, *, written: called.append((address, written)))
    outbox = OutboundQueue(cast("Any", None))
    targets = SimpleNamespace(calls=calls, relay=None, outbox=outbox, conversations=NoThreads())
    effect_runner = EffectRunner(cast("Any", None), EventBus())
    effect_runner.connect(cast("RunnerTargets", targets))
    with home.base.database.write() as unit:
        met = know(home, unit, Writer("bob"))
        unit.contacts.set_address(met.contact, ("192.0.2.7", 5051))
        known = unit.contacts.by_contact(met.contact)
        assert known is not None
    bob = replace(known, account="")
    batch = Batch(PHONE, outbounds(1), above=None, complete=False, written=written)
    effect_runner._send(SendBatch(bob, (batch,)))
    await effect_runner._fetch_bundle(bob, DeviceId(bytes(16)), written)
    assert called == [(("192.0.2.7", 5051), written)] * 2


class NoThreads:
    """Conversations that take hints and do nothing."""

    def post(self, _contact: object, _hint: Hint) -> None: ...


class Notebook:
    """All that effects reach: calls are noted by their path, and those of the loop are run at once."""

    def __init__(self, part: str = "", noted: "list[tuple[object, ...]] | None" = None) -> None:
        self.noted: list[tuple[object, ...]] = [] if noted is None else noted
        self._part = part

    def __getattr__(self, name: str) -> Any:
        return Notebook(f"{self._part}.{name}" if self._part else name, self.noted)

    def __call__(self, *arguments: Any) -> None:
        match self._part, arguments:
            case "loop.call", (function, *rest):
                function(*rest)
            case "loop.spawn", (coroutine,):
                self.noted.append((self._part, coroutine.__name__))
                coroutine.close()
            case _:
                self.noted.append((self._part, *arguments))


def test_each_effect_does_what_it_says(home: Home) -> None:
    notes, future = Notebook(), Future[int]()
    effect_runner = EffectRunner(notes.loop, notes.bus)
    effect_runner.connect(cast("RunnerTargets", notes))
    with home.base.database.write() as unit:
        bob = know(home, unit, Writer("bob"))
    batch = Batch(PHONE, (), above=0, complete=True)
    device, event = DeviceId(bytes(16)), ConversationChanged("bob", ConversationId(bytes(32)))
    place = ConversationId(bytes(32))
    expected: dict[Effect, tuple[object, ...]] = {
        Tell(event): ("bus.tell", event),
        SendBatch(bob, (batch,)): ("outbox.offer", bob.contact, "bob", batch),
        RequestBundle(bob, device, written=True): ("loop.spawn", "_fetch_bundle"),
        RequestList(bob): ("loop.spawn", "_fetch_list"),
        AdoptOwnList(bob.signed_list): ("calls.links.show_list", bob.signed_list),
        OwnDeviceRemoved(bob.signed_list): ("lock", bob.signed_list),
        CallOwnDevices(): ("call_siblings",),
        MergeOwnLists(): ("merge_lists",),
        LookUp("carol"): ("loop.spawn", "_look_up"),
        GiveHint(bob, Wake()): ("conversations.post", bob, Wake()),
        WakeIn(bob, 1_500): ("loop.loop.call_later", 1.5, effect_runner._wake, bob),
        MessageCame(bob, device, 5, place): ("typing.message_came", place, device, 5),
        EndLink(BOB): ("calls.hang_up", BOB),
        CutOff(BOB, (device,)): ("calls.links.cut_off", BOB, (device,)),
        AcceptCall(bob.identity_key): ("calls.callers.accepted", bytes(bob.identity_key), None),
        WatchAnew(): ("relay.watch",),
        Sweep(): ("dispatcher.sweep",),
        EraseTraces(): ("eraser.soon",),
        MoveFiles(): ("files.wake",),
        BringFile(5): ("files.bring", 5),
        GiveHistory(PHONE): ("history.go_on", PHONE),
        WatchClock(9): ("clocks.started", 9),
        Acknowledge(7): ("relay.acknowledge", 7),
    }
    assert {type(effect) for effect in expected} | {Answer} == set(get_args(Effect))
    for effect, call in expected.items():
        notes.noted.clear()
        effect_runner.run([effect])
        assert notes.noted[0] == call
    effect_runner.run([Answer(future, 5), Answer(future, 6)])
    assert future.result(0) == 5


def test_lanes_of_a_contact_begin_anew_before_they_are_offered_anything(home: Home) -> None:
    notes = Notebook()
    effect_runner = EffectRunner(notes.loop, notes.bus)
    effect_runner.connect(cast("RunnerTargets", notes))
    with home.base.database.write() as unit:
        bob = know(home, unit, Writer("bob"))
    batches = tuple(Batch(DeviceId(bytes([each]) * 16), (), above=0, complete=True) for each in (1, 2))
    effect_runner.run([SendBatch(bob, batches, restart=True)])
    assert notes.noted == [
        ("outbox.restart", bob.contact),
        *(("outbox.offer", bob.contact, "bob", batch) for batch in batches),
    ]


def test_a_conversation_is_woken_once_at_the_earliest_time_and_nothing_is_kept_of_that(home: Home) -> None:
    loop, woken = Loop(), list[object]()
    effect_runner = EffectRunner(cast("Any", loop), EventBus())
    conversations = SimpleNamespace(post=lambda contact, _: woken.append(contact))
    effect_runner.connect(cast("RunnerTargets", SimpleNamespace(conversations=conversations)))
    with home.base.database.write() as unit:
        people = [know(home, unit, Writer(f"stranger{number}"), accepted=False) for number in range(3)]
    for ms in (5_000, 1_000, 3_000):
        effect_runner.run([WakeIn(each, ms) for each in people])
    loop.passes(1)
    assert woken == people
    assert (effect_runner._alarms, loop.timers) == ({}, [])
    effect_runner.run([WakeIn(people[0], 2_000)])
    loop.passes(2)
    assert woken == [*people, people[0]]


def test_an_effect_that_fails_keeps_no_other_from_being_run() -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    notes, future = Notebook(), Future[int]()
    effect_runner = EffectRunner(notes.loop, notes.bus)
    effect_runner.connect(cast("RunnerTargets", SimpleNamespace(dispatcher=SimpleNamespace(sweep=fail), relay=None)))
    effect_runner.run([Sweep(), Answer(future, 5)])
    assert future.result(0) == 5
