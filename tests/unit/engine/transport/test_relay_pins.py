"""In which order the addresses of a relay are tried, and what is told where none is of use."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

import pytest

from babilu.engine.transport import relay_pins as module
from babilu.engine.transport.relay_pins import RelayPins
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, TrustError
from babilu.kernel.limits import Limits
from babilu.net.relay_connection import RelayConnection
from babilu.system import SystemRandomness

DEADLINE_S = 10.0
HOME, B, C = ("home", 1), ("b", 1), ("c", 1)
OTHERS = ("b:1", "c:1")
PIN, KEY = b"p" * 32, b"k" * 32

Place = tuple[str, int]


class OpenConnection:
    """What an attempt wins."""

    relay_key = KEY
    certificate_hash = PIN

    def __init__(self, address: Place) -> None:
        self.address = address
        self.is_abandoned = False

    async def abandoned(self) -> None:
        self.is_abandoned = True


class Places:
    """Addresses that answer as the test says."""

    def __init__(self) -> None:
        self.tried: list[Place] = []
        self._news = asyncio.Condition()
        self.opened: list[OpenConnection] = []
        self._fails: dict[Place, BabiluError] = {}
        self._waits: dict[Place, asyncio.Event] = {}

    def fail(self, place: Place, error: BabiluError) -> None:
        self._fails[place] = error

    def wait(self, place: Place) -> Callable[[], None]:
        """Let an address say nothing; what is returned lets it go on."""
        event = self._waits.setdefault(place, asyncio.Event())
        return event.set

    async def until_tried(self, number: int) -> None:
        async with asyncio.timeout(DEADLINE_S), self._news:
            await self._news.wait_for(lambda: len(self.tried) >= number)

    async def open(self, host: str, port: int, *_: object) -> RelayConnection:
        async with self._news:
            self.tried.append((host, port))
            self._news.notify_all()
        if (host, port) in self._waits:
            await self._waits[host, port].wait()
        if (host, port) in self._fails:
            raise self._fails[host, port]
        self.opened.append(OpenConnection((host, port)))
        return cast("RelayConnection", self.opened[-1])

    async def connect(self, pins: RelayPins) -> Place:
        async with asyncio.timeout(DEADLINE_S):
            return (await pins.connect(*HOME, Limits(), SystemRandomness())).address


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> Places:
    made = Places()
    monkeypatch.setattr(module, "RelayConnection", cast("Any", made))
    # What waits for a pause would never end: so nothing is tried earlier than it should be.
    monkeypatch.setattr(module, "HEAD_START_SECONDS", 10 * DEADLINE_S)
    monkeypatch.setattr(module, "NEXT_ADDRESS_SECONDS", 10 * DEADLINE_S)
    return made


def silent(text: str = "nobody") -> LinkError:
    return LinkError(ErrorCode.UNAVAILABLE, text)


async def test_the_address_of_the_profile_is_tried_alone_while_it_answers(places: Places) -> None:
    assert await places.connect(RelayPins(PIN, also=OTHERS)) == HOME
    assert places.tried == [HOME]


async def test_others_are_tried_at_once_where_it_fails(places: Places) -> None:
    places.fail(HOME, silent())
    assert await places.connect(RelayPins(PIN, also=OTHERS)) in {B, C}
    assert places.tried[0] == HOME
    assert len(places.tried) == 2


async def test_others_come_in_an_order_of_chance(places: Places) -> None:
    places.fail(HOME, silent())
    won = Counter([await places.connect(RelayPins(PIN, also=OTHERS)) for _ in range(64)])
    assert set(won) == {B, C}


async def test_an_address_that_is_slow_is_overtaken_and_one_that_wins_after_all_is_not_lost(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HEAD_START_SECONDS", 0.01)
    answer = places.wait(HOME)
    places.wait(B)
    connecting = asyncio.ensure_future(places.connect(RelayPins(PIN, also=("b:1",))))
    await places.until_tried(2)
    answer()
    assert await connecting == HOME


async def test_of_two_that_answer_together_one_is_left(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEAD_START_SECONDS", 0.01)
    answers = [places.wait(HOME), places.wait(B)]
    connecting = asyncio.ensure_future(places.connect(RelayPins(PIN, also=("b:1",))))
    await places.until_tried(2)
    for answer in answers:
        answer()
    won = await connecting
    assert [opened.is_abandoned for opened in places.opened if opened.address != won] == [True]
    assert [opened.is_abandoned for opened in places.opened if opened.address == won] == [False]


async def test_what_is_wrong_at_another_address_is_no_alarm_about_the_relay(places: Places) -> None:
    places.fail(HOME, silent("nobody at home"))
    for place in (B, C):
        places.fail(place, TrustError(ErrorCode.CERTIFICATE_CHANGED, "another certificate"))
    with pytest.raises(LinkError, match="nobody at home"):
        await places.connect(RelayPins(PIN, also=OTHERS))


async def test_another_certificate_at_the_address_of_the_profile_is_told_where_no_other_helps(places: Places) -> None:
    places.fail(HOME, TrustError(ErrorCode.CERTIFICATE_CHANGED, "another certificate"))
    assert await places.connect(RelayPins(PIN, also=OTHERS)) in {B, C}
    for place in (B, C):
        places.fail(place, silent())
    with pytest.raises(TrustError, match="another certificate"):
        await places.connect(RelayPins(PIN, also=OTHERS))


async def test_nobody_but_the_one_who_was_named_is_trusted_on_first_use(places: Places) -> None:
    places.fail(HOME, silent())
    with pytest.raises(LinkError):
        await places.connect(RelayPins(also=OTHERS))
    assert places.tried == [HOME]


async def test_another_address_must_show_the_key_that_is_known(places: Places) -> None:
    places.fail(HOME, silent("nobody at home"))
    with pytest.raises(LinkError, match="nobody at home"):
        await places.connect(RelayPins(PIN, key=b"another key of 32 bytes, as it is", also=OTHERS))
    assert all(opened.is_abandoned for opened in places.opened)
    assert len(places.opened) == 2


async def test_what_else_is_asked_is_asked_where_the_link_stands(places: Places) -> None:
    pins = RelayPins(PIN, also=OTHERS)
    pins.linked_at = C
    assert await places.connect(pins) == C
    assert places.tried == [C]


async def test_an_address_from_which_one_was_sent_away_is_tried_last(places: Places) -> None:
    pins = RelayPins(PIN, also=OTHERS)
    pins.sent_away_from = HOME
    for place in (B, C):
        places.fail(place, silent())
    assert await places.connect(pins) == HOME
    assert set(places.tried[:2]) == {B, C}


def test_a_node_that_names_others_than_itself_is_kept_too() -> None:
    pins = RelayPins(PIN)
    pins.told_others(("home:1", "b:1"), HOME, C)
    assert list(pins.also) == ["c:1", "b:1"]
    pins.told_others(("c:1",), HOME, HOME)
    assert list(pins.also) == ["c:1"]


def test_a_relay_that_was_set_up_anew_is_known_at_no_other_address() -> None:
    pins = RelayPins(PIN, also=OTHERS)
    pins.only(b"q" * 32)
    assert pins == RelayPins(b"q" * 32)
