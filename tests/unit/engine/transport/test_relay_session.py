import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from babilu.engine.transport import relay_session as module
from babilu.engine.transport.relay_pins import RelayPins
from babilu.engine.transport.relay_ports import REFUSALS, UNTIL_ASKED, LinkNews, LinkPhase
from babilu.engine.transport.relay_session import RelaySession
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.limits import Limits
from babilu.system import SystemRandomness

DEADLINE_S = 10.0


class Links:
    """A session whose attempts end as the test says, with what it has told."""

    def __init__(self) -> None:
        self.told: list[LinkNews] = []
        self._ends: asyncio.Queue[tuple[ErrorCode, int | None]] = asyncio.Queue()
        self._offline: asyncio.Queue[LinkNews] = asyncio.Queue()
        self._begun: asyncio.Queue[int] = asyncio.Queue()
        self.attempts = 0
        self.was_online = False
        login = SimpleNamespace(pins=RelayPins())
        self.session = RelaySession(cast("Any", login), Limits(), SystemRandomness(), cast("Any", self))
        cast("Any", self.session)._one_link = self._one_link

    def link_changed(self, news: LinkNews) -> None:
        self.told.append(news)
        if news.phase is LinkPhase.OFFLINE:
            self._offline.put_nowait(news)

    async def _one_link(self) -> tuple[BabiluError, bool]:
        self.attempts += 1
        self._begun.put_nowait(self.attempts)
        code, retry_after_ms = await self._ends.get()
        return BabiluError(code, "So it is.", retry_after_ms), self.was_online

    async def ends_by(self, code: ErrorCode, retry_after_ms: int | None = None) -> LinkNews:
        """Let an attempt end, and return what was told of it."""
        self._ends.put_nowait((code, retry_after_ms))
        async with asyncio.timeout(DEADLINE_S):
            return await self._offline.get()

    async def attempt(self, number: int) -> None:
        """Wait for an attempt to begin."""
        async with asyncio.timeout(DEADLINE_S):
            while await self._begun.get() < number:
                pass


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_PAUSE_SECONDS", "LONGEST_PAUSE_SECONDS"):
        monkeypatch.setattr(module, name, 0.0)
    for name in ("FIRST_REFUSED_PAUSE_SECONDS", "LONGEST_REFUSED_PAUSE_SECONDS"):
        monkeypatch.setattr(module, name, 0.001)


@asynccontextmanager
async def running() -> AsyncIterator[Links]:
    links = Links()
    task = asyncio.get_running_loop().create_task(links.session.run())
    try:
        yield links
    finally:
        await links.session.close()
        links._ends.put_nowait((ErrorCode.CLOSED, None))
        async with asyncio.timeout(DEADLINE_S):
            await task


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("code", sorted(REFUSALS))
async def test_a_relay_that_refuses_is_tried_again_and_its_reason_stands_meanwhile(code: ErrorCode) -> None:
    async with running() as links:
        news = await links.ends_by(code)
        assert (news.refused, news.retry_seconds is not None) == (True, True)
        await links.attempt(2)
        assert links.told[-1].phase is LinkPhase.CONNECTING
        assert links.told[-1].error is not None
        assert links.told[-1].error.code is code


async def test_a_refusal_is_tried_again_more_slowly_than_a_line_that_is_down() -> None:
    async with running() as links:
        refused = await links.ends_by(ErrorCode.CERTIFICATE_CHANGED)
    async with running() as links:
        unreachable = await links.ends_by(ErrorCode.UNAVAILABLE)
    assert (refused.retry_seconds or 0) > 10 * (unreachable.retry_seconds or 0) > 0
    assert not unreachable.refused


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("code", sorted(UNTIL_ASKED))
async def test_who_was_replaced_or_set_back_returns_by_the_users_hand_alone(code: ErrorCode) -> None:
    async with running() as links:
        news = await links.ends_by(code)
        assert (news.refused, news.retry_seconds) == (True, None)
        assert links.attempts == 1
        links.session.try_now()
        await links.attempt(2)


async def test_a_certificate_that_is_named_during_an_attempt_is_tried_once_that_has_failed() -> None:
    async with running() as links:
        await links.attempt(1)
        links.session.know_by(bytes(32))
        await links.ends_by(ErrorCode.CERTIFICATE_CHANGED)
        await links.attempt(2)
        assert links.attempts == 2


async def test_what_was_asked_for_while_the_link_was_up_shortens_no_pause_after_it() -> None:
    async with running() as links:
        await links.attempt(1)
        links.session.try_now()
        links.was_online = True
        news = await links.ends_by(ErrorCode.UNAVAILABLE)
        assert news.retry_seconds
        for _ in range(10):
            await asyncio.sleep(0)
        assert links.attempts == 1


async def test_who_is_asked_to_come_back_later_does_and_not_all_at_one_moment() -> None:
    pauses = []
    for _ in range(8):
        async with running() as links:
            links.was_online = True
            news = await links.ends_by(ErrorCode.SHUTTING_DOWN, 40_000)
            pauses.append(news.retry_seconds or 0.0)
    assert all(40.0 <= pause <= 60.0 for pause in pauses)
    assert len(set(pauses)) > 1


async def test_a_certificate_that_the_user_names_is_all_that_the_relay_is_known_by() -> None:
    async with running() as links:
        pins = links.session._login.pins
        pins.pin, pins.next_pin, pins.key = b"1" * 32, b"2" * 32, b"3" * 32
        links.session.know_by(b"4" * 32)
        assert pins == RelayPins(b"4" * 32)
