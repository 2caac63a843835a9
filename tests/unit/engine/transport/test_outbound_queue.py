import asyncio
from collections.abc import Callable, Mapping

import pytest

from babilu.engine.transport import outbound_queue as outbox_module
from babilu.engine.transport.outbound_queue import (
    LANE_PARCELS,
    LANE_WINDOW,
    Answered,
    Batch,
    DeviceListOutdated,
    Dropped,
    LaneRoute,
    OutboundEnvelope,
    OutboundQueue,
    Outcome,
    PeerKept,
    Postponed,
    Rejected,
    outcome_of,
)
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, LinkError
from babilu.kernel.ids import DeviceId, EnvelopeId

DEADLINE_S = 10.0
BOB = 1
ACCOUNT = "bob"
PHONE, LAPTOP = DeviceId(bytes(16)), DeviceId(bytes([1]) * 16)


def outbound(number: int, contact: int = BOB, device: DeviceId = PHONE) -> OutboundEnvelope:
    return OutboundEnvelope(
        EnvelopeId(number.to_bytes(16, "big")), number, contact, ACCOUNT, 1, device, b"body %d" % number
    )


def outbounds(*numbers: int, device: DeviceId = PHONE) -> tuple[OutboundEnvelope, ...]:
    return tuple(outbound(number, device=device) for number in numbers)


def looked(
    *numbers: int, above: int = 0, complete: bool = True, restart: bool = False, device: DeviceId = PHONE
) -> Batch:
    return Batch(device, outbounds(*numbers, device=device), above, complete, restart)


def fresh(*numbers: int, device: DeviceId = PHONE) -> Batch:
    return Batch(device, outbounds(*numbers, device=device), above=None, complete=False)


class Carriage:
    """A connection whose answers the test gives."""

    def __init__(self, way: LaneRoute = LaneRoute.RELAY) -> None:
        self._way = way
        self.carried: list[int] = []
        self._answers: dict[int, Callable[[Outcome], None]] = {}
        self._news = asyncio.Event()

    @property
    def way(self) -> LaneRoute:
        return self._way

    def carry(self, outbound: OutboundEnvelope, done: Callable[[Outcome], None]) -> None:
        self.carried.append(outbound.number)
        self._answers[outbound.number] = done
        self._news.set()

    def answer(self, number: int, outcome: Outcome) -> None:
        self._answers.pop(number)(outcome)

    def keep(self, *numbers: int) -> None:
        for number in numbers:
            self.answer(number, PeerKept(outbound(number).envelope, self._way, None))

    def postpone(self, *numbers: int, retry_after_ms: int | None = None) -> None:
        for number in numbers:
            self.answer(number, Postponed(outbound(number).envelope, retry_after_ms))

    async def until(self, *numbers: int) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while self.carried != list(numbers):
                self._news.clear()
                await self._news.wait()


class Told:
    """Who hears what became of envelopes."""

    def __init__(self) -> None:
        self.reports: list[tuple[int, list[Answered]]] = []
        self.starvations: list[tuple[int, int]] = []
        self.starved_devices: list[DeviceId] = []
        self.together: list[dict[int, int]] = []
        self.takes_together = False

    def taken_over(self, taken: Mapping[int, tuple[Answered, ...]]) -> bool:
        if self.takes_together:
            self.together.append({contact: len(outcomes) for contact, outcomes in taken.items()})
        return self.takes_together

    def outcomes(self, contact: int, outcomes: list[Answered]) -> None:
        self.reports.append((contact, outcomes))

    def starved(self, contact: int, device: DeviceId, after_number: int) -> None:
        self.starvations.append((contact, after_number))
        self.starved_devices.append(device)

    @property
    def kept(self) -> list[int]:
        return [int.from_bytes(outcome.envelope, "big") for _, outcomes in self.reports for outcome in outcomes]


@pytest.fixture(autouse=True)
def brief_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "FIRST_PAUSE_MS", 5)
    monkeypatch.setattr(outbox_module, "LONGEST_PAUSE_MS", 20)


async def a_turn() -> None:
    await asyncio.sleep(0)


def linked() -> tuple[OutboundQueue, Carriage, Told]:
    told, relay = Told(), Carriage()
    outbox = OutboundQueue(told)
    outbox.set_relay(relay)
    return outbox, relay, told


async def test_what_the_database_has_is_carried_in_order() -> None:
    outbox, relay, _ = linked()
    outbox.offer(BOB, ACCOUNT, looked(3, 5, 9))
    assert relay.carried == [3, 5, 9]


async def test_only_so_many_are_on_their_way_and_each_answer_lets_the_next_go() -> None:
    outbox, relay, _ = linked()
    outbox.offer(BOB, ACCOUNT, looked(*range(1, LANE_WINDOW + 4)))
    assert relay.carried == list(range(1, LANE_WINDOW + 1))
    relay.keep(2)
    relay.keep(1)
    assert relay.carried == list(range(1, LANE_WINDOW + 3))


async def test_answers_of_one_turn_are_reported_together() -> None:
    outbox, relay, told = linked()
    outbox.offer(BOB, ACCOUNT, looked(1, 2, 3))
    relay.keep(1, 2)
    refusal = DeliveryError(ErrorCode.NOT_FOUND, "Nobody.")
    relay.answer(3, Rejected(outbound(3).envelope, refusal))
    assert told.reports == []
    await a_turn()
    kept = [PeerKept(outbound(number).envelope, LaneRoute.RELAY, None) for number in (1, 2)]
    assert told.reports == [(BOB, [*kept, Rejected(outbound(3).envelope, refusal)])]


async def test_what_was_taken_over_of_several_people_in_one_turn_is_reported_at_once() -> None:
    outbox, relay, told = linked()
    told.takes_together = True
    for contact, number in ((BOB, 1), (BOB + 1, 2), (BOB + 2, 3)):
        outbox.offer(contact, ACCOUNT, looked(number))
    relay.keep(1, 2)
    relay.answer(3, Rejected(outbound(3).envelope, DeliveryError(ErrorCode.NOT_FOUND, "Nobody.")))
    await a_turn()
    assert told.together == [{BOB: 1, BOB + 1: 1}]
    assert [contact for contact, _ in told.reports] == [BOB + 2]


async def test_a_stale_device_list_is_reported() -> None:
    outbox, relay, told = linked()
    outbox.offer(BOB, ACCOUNT, looked(1))
    stale = DeviceListOutdated(outbound(1).envelope, SignedDeviceList(b"list", bytes(64)))
    relay.answer(1, stale)
    await a_turn()
    assert told.reports == [(BOB, [stale])]


# Order between what is new and what waits.


async def test_what_a_turn_has_just_made_does_not_overtake_what_the_database_may_hold() -> None:
    outbox, relay, told = linked()
    outbox.offer(BOB, ACCOUNT, fresh(7))
    assert relay.carried == []
    assert told.starvations == [(BOB, 0)]
    outbox.offer(BOB, ACCOUNT, looked(5, 6, 7))
    assert relay.carried == [5, 6, 7]


async def test_once_the_database_has_no_more_what_is_new_goes_at_once() -> None:
    outbox, relay, told = linked()
    outbox.offer(BOB, ACCOUNT, looked(1, 2))
    outbox.offer(BOB, ACCOUNT, fresh(3))
    assert relay.carried == [1, 2, 3]
    assert told.starvations == []


async def test_an_incomplete_look_asks_for_what_is_above_it() -> None:
    outbox, relay, told = linked()
    outbox.offer(BOB, ACCOUNT, looked(1, 2, complete=False))
    assert told.starvations == [(BOB, 2)]
    outbox.offer(BOB, ACCOUNT, fresh(9))
    assert relay.carried == [1, 2]
    assert told.starvations == [(BOB, 2)]
    outbox.offer(BOB, ACCOUNT, looked(8, 9, above=2))
    assert relay.carried == [1, 2, 8, 9]


async def test_what_the_lane_of_a_lost_connection_asked_for_leaves_nothing_behind_on_the_next_one() -> None:
    outbox, _, told = linked()
    outbox.offer(BOB, ACCOUNT, looked(1, 2, complete=False))
    assert told.starvations == [(BOB, 2)]
    again = Carriage()
    outbox.set_relay(again)
    outbox.offer(BOB, ACCOUNT, looked(3, 4, above=2))
    assert again.carried == []
    assert told.starvations == [(BOB, 2), (BOB, 0)]
    outbox.offer(BOB, ACCOUNT, looked(1, 2, 3, 4))
    assert again.carried == [1, 2, 3, 4]


async def test_what_is_looked_at_twice_is_carried_once() -> None:
    outbox, relay, _ = linked()
    outbox.offer(BOB, ACCOUNT, looked(1, 2))
    relay.keep(1)
    outbox.offer(BOB, ACCOUNT, looked(1, 2, 3))
    assert relay.carried == [1, 2, 3]


async def test_a_lane_keeps_only_so_many_and_reads_the_rest_when_it_has_room() -> None:
    outbox, relay, told = linked()
    everything = LANE_PARCELS + LANE_WINDOW + 30
    outbox.offer(BOB, ACCOUNT, looked(*range(1, everything)))
    assert told.starvations == []
    done = 0
    while not told.starvations:
        done += 1
        relay.keep(done)
    assert told.starvations == [(BOB, LANE_PARCELS)]
    outbox.offer(BOB, ACCOUNT, looked(*range(LANE_PARCELS + 1, everything), above=LANE_PARCELS))
    while done + 1 < everything:
        done += 1
        relay.keep(done)
    assert relay.carried == list(range(1, everything))


async def test_contacts_have_lanes_of_their_own() -> None:
    outbox, relay, _ = linked()
    outbox.offer(BOB, ACCOUNT, looked(1))
    relay.postpone(1, retry_after_ms=60_000)
    outbox.offer(2, "carol", Batch(PHONE, (outbound(2, contact=2),), above=0, complete=True))
    assert relay.carried == [1, 2]
    outbox.restart(BOB)


# Devices of one contact.


async def test_a_device_that_is_stalled_keeps_no_other_of_its_contact_waiting() -> None:
    outbox, relay, told = linked()
    outbox.offer(BOB, ACCOUNT, looked(1, 3))
    outbox.offer(BOB, ACCOUNT, looked(2, 4, device=LAPTOP))
    relay.postpone(1, retry_after_ms=60_000)
    relay.postpone(3, retry_after_ms=60_000)
    relay.keep(2, 4)
    outbox.offer(BOB, ACCOUNT, fresh(5))
    outbox.offer(BOB, ACCOUNT, fresh(6, device=LAPTOP))
    await a_turn()
    assert relay.carried == [1, 3, 2, 4, 6]
    assert told.kept == [2, 4]
    outbox.restart(BOB)


async def test_each_device_has_as_many_on_their_way_and_asks_for_its_own() -> None:
    outbox, relay, told = linked()
    outbox.offer(BOB, ACCOUNT, looked(*range(1, LANE_WINDOW + 9)))
    outbox.offer(BOB, ACCOUNT, looked(100, complete=False, device=LAPTOP))
    assert relay.carried == [*range(1, LANE_WINDOW + 1), 100]
    assert (told.starvations, told.starved_devices) == ([(BOB, 100)], [LAPTOP])


async def test_answers_of_one_turn_are_reported_together_whichever_device_they_are_for() -> None:
    outbox, relay, told = linked()
    outbox.offer(BOB, ACCOUNT, looked(1))
    outbox.offer(BOB, ACCOUNT, looked(2, device=LAPTOP))
    outbox.offer(2, "carol", Batch(PHONE, (outbound(3, contact=2),), above=0, complete=True))
    relay.keep(2, 3, 1)
    await a_turn()
    assert [(contact, len(outcomes)) for contact, outcomes in told.reports] == [(BOB, 2), (2, 1)]


async def test_a_direct_connection_with_one_device_carries_nothing_for_another() -> None:
    outbox, relay, told = linked()
    direct = Carriage(LaneRoute.DIRECT)
    outbox.offer(BOB, ACCOUNT, looked(2, device=LAPTOP))
    outbox.set_direct(BOB, PHONE, direct)
    assert [outbox.way_to(BOB, device, ACCOUNT) for device in (PHONE, LAPTOP)] == [LaneRoute.DIRECT, LaneRoute.RELAY]
    assert outbox.way_to(BOB, LAPTOP, "") is None
    outbox.offer(BOB, ACCOUNT, looked(1))
    outbox.offer(BOB, ACCOUNT, fresh(4, device=LAPTOP))
    relay.keep(2)
    await a_turn()
    assert (direct.carried, relay.carried, told.kept) == ([1], [2, 4], [2])


async def test_a_restart_of_one_device_leaves_the_others_alone_and_one_of_the_contact_none() -> None:
    outbox, relay, told = linked()
    outbox.offer(BOB, ACCOUNT, looked(1))
    outbox.offer(BOB, ACCOUNT, looked(2, device=LAPTOP))
    outbox.offer(BOB, ACCOUNT, looked(3, restart=True))
    relay.keep(2)
    await a_turn()
    assert told.kept == [2]
    outbox.offer(BOB, ACCOUNT, fresh(4, device=LAPTOP))
    outbox.restart(BOB)
    relay.keep(3, 4)
    await a_turn()
    assert told.kept == [2]


async def test_a_lane_that_meets_a_lower_number_than_its_highest_looks_again_from_there() -> None:
    outbox, relay, told = linked()
    outbox.offer(BOB, ACCOUNT, looked(5))
    outbox.offer(BOB, ACCOUNT, fresh(3))
    assert (relay.carried, told.starvations) == ([5], [(BOB, 2)])
    outbox.offer(BOB, ACCOUNT, fresh(7))
    outbox.offer(BOB, ACCOUNT, looked(3, 5, 6, 7, above=2))
    assert relay.carried == [5, 3, 6, 7]
    outbox.offer(BOB, ACCOUNT, fresh(8))
    assert (relay.carried, told.starvations) == ([5, 3, 6, 7, 8], [(BOB, 2)])


async def test_what_was_seen_too_late_goes_before_what_still_waits_in_the_lane() -> None:
    outbox, relay, _ = linked()
    many = range(10, 10 + LANE_WINDOW + 2)
    outbox.offer(BOB, ACCOUNT, looked(*many))
    outbox.offer(BOB, ACCOUNT, fresh(3))
    outbox.offer(BOB, ACCOUNT, looked(3, *many, above=2))
    relay.keep(10, 11)
    assert relay.carried == [*many[:-2], 3, many[-2]]


# Pauses.


@pytest.mark.parametrize("answered", [[1, 2, 3], [3, 2, 1], [2, 3, 1]])
async def test_what_is_refused_for_the_moment_waits_and_goes_again_in_order(answered: list[int]) -> None:
    outbox, relay, told = linked()
    outbox.offer(BOB, ACCOUNT, looked(1, 2, 3, 4))
    relay.keep(4)
    for number in answered:
        relay.postpone(number)
    outbox.offer(BOB, ACCOUNT, fresh(5))
    assert relay.carried == [1, 2, 3, 4]
    await relay.until(1, 2, 3, 4, 1, 2, 3, 5)
    relay.keep(1, 2, 3, 5)
    await a_turn()
    assert told.kept == [4, 1, 2, 3, 5]


async def test_a_pause_lasts_at_least_as_long_as_was_asked_for() -> None:
    outbox, relay, _ = linked()
    outbox.offer(BOB, ACCOUNT, looked(1))
    loop = asyncio.get_running_loop()
    begun = loop.time()
    relay.postpone(1, retry_after_ms=60)
    await relay.until(1, 1)
    assert loop.time() - begun >= 0.059


async def test_pauses_grow_until_something_is_taken() -> None:
    outbox, relay, _ = linked()
    outbox.offer(BOB, ACCOUNT, looked(1))
    loop = asyncio.get_running_loop()
    pauses = []
    for attempt in range(4):
        begun = loop.time()
        relay.postpone(1)
        await relay.until(*[1] * (attempt + 2))
        pauses.append(loop.time() - begun)
    assert pauses[0] >= 0.004
    assert pauses[1] >= 0.009
    assert pauses[3] >= 0.019
    relay.keep(1)
    outbox.offer(BOB, ACCOUNT, fresh(2))
    assert outbox._lanes[BOB][PHONE]._pause_ms == outbox_module.FIRST_PAUSE_MS


# Routes.


async def test_without_a_route_nothing_is_kept_in_memory() -> None:
    told = Told()
    outbox = OutboundQueue(told)
    outbox.offer(BOB, ACCOUNT, looked(1, 2))
    relay = Carriage()
    outbox.set_relay(relay)
    outbox.offer(BOB, ACCOUNT, fresh(3))
    assert relay.carried == []
    assert told.starvations == [(BOB, 0)]


async def test_somebody_without_an_account_is_not_reached_by_relay() -> None:
    outbox, relay, _ = linked()
    outbox.offer(BOB, "", looked(1))
    assert relay.carried == []
    assert outbox.way_to(BOB, PHONE, "") is None
    assert outbox.way_to(BOB, PHONE, ACCOUNT) is LaneRoute.RELAY


async def test_a_direct_connection_comes_before_the_relay() -> None:
    outbox, relay, _ = linked()
    direct = Carriage(LaneRoute.DIRECT)
    outbox.set_direct(BOB, PHONE, direct)
    assert outbox.way_to(BOB, PHONE, ACCOUNT) is LaneRoute.DIRECT
    outbox.offer(BOB, ACCOUNT, looked(1))
    assert (relay.carried, direct.carried) == ([], [1])


async def test_on_another_route_everything_is_read_again() -> None:
    outbox, relay, told = linked()
    outbox.offer(BOB, ACCOUNT, looked(1, 2))
    direct = Carriage(LaneRoute.DIRECT)
    outbox.set_direct(BOB, PHONE, direct)
    relay.keep(1)
    outbox.offer(BOB, ACCOUNT, looked(1, 2))
    assert direct.carried == [1, 2]
    direct.keep(1, 2)
    await a_turn()
    assert [outcome.way for _, outcomes in told.reports for outcome in outcomes if isinstance(outcome, PeerKept)] == [
        LaneRoute.DIRECT,
        LaneRoute.DIRECT,
    ]
    outbox.set_direct(BOB, PHONE, None)
    outbox.offer(BOB, ACCOUNT, looked(3))
    assert relay.carried == [1, 2, 3]


async def test_what_was_dropped_with_a_connection_is_carried_by_the_next_one() -> None:
    outbox, relay, told = linked()
    outbox.offer(BOB, ACCOUNT, looked(1, 2))
    relay.keep(1)
    relay.answer(2, Dropped(outbound(2).envelope))
    await a_turn()
    assert told.kept == [1]
    outbox.set_relay(None)
    assert outbox.way_to(BOB, PHONE, ACCOUNT) is None
    again = Carriage()
    outbox.set_relay(again)
    outbox.offer(BOB, ACCOUNT, looked(2))
    assert again.carried == [2]


async def test_a_new_connection_to_the_relay_leaves_direct_lanes_alone() -> None:
    outbox, _, told = linked()
    direct = Carriage(LaneRoute.DIRECT)
    outbox.set_direct(BOB, PHONE, direct)
    outbox.offer(BOB, ACCOUNT, looked(1))
    outbox.set_relay(Carriage())
    direct.keep(1)
    await a_turn()
    assert told.kept == [1]


async def test_a_restart_forgets_what_is_on_its_way_and_its_answers() -> None:
    outbox, relay, told = linked()
    outbox.offer(BOB, ACCOUNT, looked(1, 2, 3))
    late = dict(relay._answers)
    outbox.offer(BOB, ACCOUNT, looked(4, 5, restart=True))
    late[1](PeerKept(outbound(1).envelope, LaneRoute.RELAY, None))
    late[2](Postponed(outbound(2).envelope, None))
    await a_turn()
    assert relay.carried == [1, 2, 3, 4, 5]
    assert told.reports == []


async def test_a_lane_that_was_restarted_in_a_pause_does_not_go_on() -> None:
    outbox, relay, _ = linked()
    outbox.offer(BOB, ACCOUNT, looked(1))
    relay.postpone(1)
    outbox.offer(BOB, ACCOUNT, looked(2, restart=True))
    relay.postpone(2)
    await relay.until(1, 2, 2)


# What a refusal means.


@pytest.mark.parametrize("code", [ErrorCode.QUOTA, ErrorCode.BUSY, ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE])
def test_refusals_of_the_moment_postpone(code: ErrorCode) -> None:
    envelope = outbound(1).envelope
    assert outcome_of(envelope, BabiluError(code, "Later.", 700)) == Postponed(envelope, 700)


@pytest.mark.parametrize("code", [ErrorCode.CLOSED, ErrorCode.SHUTTING_DOWN, ErrorCode.REPLACED])
def test_the_end_of_a_connection_drops(code: ErrorCode) -> None:
    envelope = outbound(1).envelope
    assert outcome_of(envelope, LinkError(code, "Gone.")) == Dropped(envelope)


@pytest.mark.parametrize("code", [ErrorCode.NOT_FOUND, ErrorCode.CONFLICT, ErrorCode.TOO_LARGE, ErrorCode.NOT_ALLOWED])
def test_every_other_refusal_is_final(code: ErrorCode) -> None:
    error = BabiluError(code, "No.")
    assert outcome_of(outbound(1).envelope, error) == Rejected(outbound(1).envelope, error)
