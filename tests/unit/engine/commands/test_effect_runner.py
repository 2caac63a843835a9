from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from babilu.engine.commands.effect_runner import EffectRunner, RunnerTargets
from babilu.engine.conversation.wakeups import Hint, Outcomes
from babilu.engine.transport.outbound_queue import Batch, LaneRoute, OutboundQueue, PeerKept
from babilu.kernel.ids import DeviceId, EnvelopeId
from tests.unit.engine.homes import Home, Writer, a_home, know
from tests.unit.engine.transport.test_outbound_queue import outbounds

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
    effect_runner = EffectRunner(cast("Any", SimpleNamespace(loop=later)))
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
    lines = SimpleNamespace(calls=calls, relay=None, outbox=OutboundQueue(cast("Any", None)), conversations=NoThreads())
    effect_runner = EffectRunner(cast("Any", None))
    effect_runner.connect(cast("RunnerTargets", lines))
    with home.base.database.write() as unit:
        met = know(home, unit, Writer("bob"))
        unit.contacts.set_address(met.contact, ("192.0.2.7", 5051))
        known = unit.contacts.by_contact(met.contact)
        assert known is not None
    bob = replace(known, account="")
    effect_runner._batch(bob, Batch(outbounds(1), above=None, complete=False, restart=False, written=written))
    await effect_runner._fetch_bundle(bob, DeviceId(bytes(16)), written)
    assert called == [(("192.0.2.7", 5051), written)] * 2


class NoThreads:
    """Conversations that take hints and do nothing."""

    def post(self, _contact: object, _hint: Hint) -> None: ...
