"""The bridge gives away in order what comes from other threads, and never more than it has room for."""

import threading
import time
from collections.abc import Callable

from babilu.api import commands as c
from babilu.api import events as e
from babilu.bot.fake_client import FakeClient
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.presentation.client_bridge import ClientBridge, Heard
from babilu.presentation.event_queue import Missed
from tests.fakes.client_factory import FakeClientFactory
from tests.unit.terminal.app.stage import PROFILE


class Loop:
    """Stands for the app's loop: turns are taken when the test says so."""

    def __init__(self, bridge: ClientBridge) -> None:
        self.bridge = bridge
        self.heard: list[Heard] = []
        self.refused: list[BabiluError] = []
        self.woken = 0
        self.threads: set[str] = set()
        bridge.attach(self._wake, self.heard.append, self.refused.append)

    def _wake(self) -> None:
        self.woken += 1
        self.threads.add(threading.current_thread().name)

    def turn(self) -> None:
        while self.bridge.turn(60):
            pass


def opened(events_kept: int = 100) -> tuple[FakeClient, Loop, Callable[[], None]]:
    client = FakeClient()
    bridge = ClientBridge(FakeClientFactory(client), threading.Lock(), time.monotonic, events_kept)
    loop = Loop(bridge)
    bridge.open(PROFILE, lambda: None, loop.refused.append)
    client.settle()
    loop.turn()

    def close() -> None:
        bridge.close(5_000)
        client.close()

    return client, loop, close


def test_what_was_told_before_an_answer_is_heard_before_it() -> None:
    client, loop, close = opened()
    loop.heard.clear()
    order: list[str] = []
    client.add_contact("bob")
    loop.bridge.request(c.Contacts(), lambda _: order.append(f"answer after {sum(map(len, loop.heard))}"))  # type: ignore[arg-type]
    client.settle()
    client.receive("bob", "later")
    loop.turn()
    assert order == ["answer after 1"]
    assert [type(event) for batch in loop.heard if not isinstance(batch, Missed) for event in batch][:2] == [
        e.ContactChanged,
        e.MessageArrived,
    ]
    close()


def test_a_burst_wakes_the_loop_once() -> None:
    client, loop, close = opened()
    woken = loop.woken
    for number in range(50):
        client.receive("bob", str(number))
    assert loop.woken == woken + 1
    loop.turn()
    assert not loop.bridge.is_busy
    close()


def test_events_beyond_the_room_are_left_out_and_that_is_told() -> None:
    client, loop, close = opened(events_kept=5)
    loop.heard.clear()
    for number in range(50):
        client.receive("bob", str(number))
    loop.turn()
    assert [isinstance(batch, Missed) for batch in loop.heard] == [False, True]
    client.receive("bob", "again")
    loop.turn()
    assert not isinstance(loop.heard[-1], Missed)
    close()


def test_a_refusal_goes_to_whoever_asked_or_else_to_the_app() -> None:
    client, loop, close = opened()
    refused: list[BabiluError] = []
    client.fail_next(c.Contacts, LinkError(ErrorCode.UNAVAILABLE, "Not now."))
    client.fail_next(c.Requests, LinkError(ErrorCode.UNAVAILABLE, "Not now."))
    loop.bridge.request(c.Contacts(), None, refused.append)
    loop.bridge.request(c.Requests())
    client.settle()
    loop.turn()
    assert len(refused) == len(loop.refused) == 1
    close()
    loop.bridge.request(c.Contacts(), None, refused.append)
    loop.turn()
    assert len(refused) == 1


def test_a_profile_that_opens_when_nobody_waits_any_more_is_closed() -> None:
    client = FakeClient()
    factory = FakeClientFactory(client)
    factory.hold()
    bridge = ClientBridge(factory, threading.Lock(), time.monotonic)
    Loop(bridge)
    bridge.open(PROFILE, lambda: None, lambda _: None)
    bridge.close(5_000)
    factory.release()
    assert client.closed.wait(30)
