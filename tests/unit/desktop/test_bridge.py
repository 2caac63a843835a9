"""The bridge: everything in order, in Qt's thread, in batches, and nothing after the end."""

import threading
from concurrent.futures import Future

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from babilu.api import commands as c
from babilu.api.client import RelayProfile
from babilu.api.credentials import Passphrase
from babilu.api.events import ConversationChanged, NoticeArrived
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import RELAY, conversation_of
from babilu.desktop.bridge import QtBridge, while_alive
from babilu.kernel.errors import AccountError, BabiluError, ErrorCode, LinkError
from babilu.presentation.event_queue import BATCH
from tests.fakes.client_factory import FakeClientFactory


def unexpected() -> None:
    pytest.fail("it was opened")


def fail(error: object) -> None:
    pytest.fail(str(error))


PROFILE = RelayProfile(RELAY, "alice", Passphrase("correct horse"))


@pytest.fixture
def bridge(qtbot: QtBot, client: FakeClient) -> QtBridge:
    made = QtBridge(FakeClientFactory(client))
    opened: list[bool] = []
    made.open(PROFILE, lambda: opened.append(True), fail)
    qtbot.waitUntil(lambda: bool(opened))
    return made


def test_events_and_answers_come_in_order_in_qts_thread(qtbot: QtBot, bridge: QtBridge, client: FakeClient) -> None:
    seen: list[object] = []
    threads = set()

    def hear(events: tuple[object, ...]) -> None:
        threads.add(threading.current_thread())
        seen.extend(event for event in events if isinstance(event, NoticeArrived))

    bridge.told.connect(hear)
    client.tell(NoticeArrived("one"))
    bridge.request(c.Status(), lambda _: seen.append("answer"))
    client.settle()
    client.tell(NoticeArrived("two"))
    qtbot.waitUntil(lambda: len(seen) == 3)
    assert seen == [NoticeArrived("one"), "answer", NoticeArrived("two")]
    assert threads == {threading.main_thread()}
    bridge.close(1000)


def test_a_burst_comes_in_few_batches_and_loses_nothing(qtbot: QtBot, bridge: QtBridge, client: FakeClient) -> None:
    batches: list[int] = []
    bridge.told.connect(lambda events: batches.append(len(events)))
    for number in range(2_000):
        client.tell(ConversationChanged(str(number), conversation_of("bob")))
    qtbot.waitUntil(lambda: sum(batches) >= 2_000)
    assert max(batches) <= BATCH
    bridge.close(1000)


def test_what_a_client_tells_after_it_was_left_reaches_no_window(
    qtbot: QtBot, bridge: QtBridge, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []
    bridge.told.connect(seen.extend)
    monkeypatch.setattr(client, "close", lambda *_: None)
    bridge.leave()
    client.tell(NoticeArrived("of the client that was left"))
    opened: list[bool] = []
    bridge.open(PROFILE, lambda: opened.append(True), fail)
    qtbot.waitUntil(lambda: bool(opened))
    client.tell(NoticeArrived("of the one that is open"))
    qtbot.waitUntil(lambda: NoticeArrived("of the one that is open") in seen)
    assert NoticeArrived("of the client that was left") not in seen
    bridge.close(1000)


def test_a_window_that_cannot_keep_up_is_told_to_read_anew(qtbot: QtBot, client: FakeClient) -> None:
    bridge = QtBridge(FakeClientFactory(client), events_kept=50)
    opened: list[bool] = []
    bridge.open(PROFILE, lambda: opened.append(True), fail)
    qtbot.waitUntil(lambda: bool(opened))
    missed: list[bool] = []
    told: list[int] = []
    bridge.missed.connect(lambda: missed.append(True))
    bridge.told.connect(lambda events: told.append(len(events)))
    for number in range(1_000):
        client.tell(ConversationChanged(str(number), conversation_of("bob")))
    qtbot.waitUntil(lambda: not bridge.is_busy)
    assert missed == [True]
    assert sum(told) == 50
    bridge.close(1000)


def test_a_refusal_reaches_whoever_asked_and_nobody_else(qtbot: QtBot, bridge: QtBridge, client: FakeClient) -> None:
    refused: list[BabiluError] = []
    heard: list[BabiluError] = []
    bridge.refused.connect(refused.append)
    error = LinkError(ErrorCode.BUSY, "Busy.")
    client.fail_next(c.Status, error)
    bridge.request(c.Status(), None, heard.append)
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == [error]
    assert refused == []
    bridge.close(1000)


def test_a_refusal_nobody_listens_to_is_told_to_all(qtbot: QtBot, bridge: QtBridge, client: FakeClient) -> None:
    client.fail_next(c.Status, LinkError(ErrorCode.BUSY, "Busy."))
    with qtbot.waitSignal(bridge.refused) as told:
        bridge.request(c.Status())
    assert told.args[0].code is ErrorCode.BUSY
    bridge.close(1000)


def test_an_opening_that_fails_says_why(qtbot: QtBot, client: FakeClient) -> None:
    factory = FakeClientFactory(client)
    factory.refuse(AccountError(ErrorCode.WRONG_CREDENTIALS, "No."))
    bridge = QtBridge(factory)
    heard: list[BabiluError] = []
    bridge.open(PROFILE, unexpected, heard.append)
    qtbot.waitUntil(lambda: bool(heard))
    assert heard[0].code is ErrorCode.WRONG_CREDENTIALS
    bridge.close(1000)


def test_nothing_is_told_after_the_end(bridge: QtBridge, client: FakeClient) -> None:
    heard: list[object] = []
    bridge.told.connect(heard.append)
    client.tell(NoticeArrived("too late"))
    bridge.close(1000)
    assert client.closed.is_set()
    refused: list[BabiluError] = []
    bridge.refused.connect(refused.append)
    bridge.request(c.Status())
    QApplication.processEvents()
    bridge.close(1000)
    assert heard == []


def test_a_client_that_opens_when_the_window_is_gone_is_closed(client: FakeClient) -> None:
    factory = FakeClientFactory(client)
    factory.hold()
    bridge = QtBridge(factory)
    bridge.open(PROFILE, unexpected, fail)
    bridge.close(1000)
    factory.release()
    assert client.closed.is_set()


def test_an_opening_is_given_up_when_the_window_goes(monkeypatch: pytest.MonkeyPatch, client: FakeClient) -> None:
    opening: Future[FakeClient] = Future()
    factory = FakeClientFactory(client)
    monkeypatch.setattr(factory, "open", lambda *_: opening)
    bridge = QtBridge(factory)
    bridge.open(PROFILE, unexpected, fail)
    bridge.close(1000)
    assert opening.cancelled()


def test_an_error_of_ours_within_a_turn_does_not_stop_the_next_one(qtbot: QtBot, bridge: QtBridge) -> None:
    def fall(_: object) -> None:
        raise RuntimeError("ours")

    answered: list[object] = []
    with qtbot.captureExceptions() as caught:
        bridge.request(c.Status(), fall)
        bridge.request(c.Status(), answered.append)
        qtbot.waitUntil(lambda: bool(answered))
    assert [str(error) for _, error, _ in caught] == ["ours"]
    bridge.close(1000)


def test_long_work_leaves_qts_thread_alone(qtbot: QtBot, bridge: QtBridge) -> None:
    gate = threading.Event()
    done: list[str] = []

    def work() -> str:
        assert gate.wait(30)
        return threading.current_thread().name

    bridge.work(work, done.append)
    # Were it done in Qt's thread, it would have waited for this in vain.
    gate.set()
    qtbot.waitUntil(lambda: bool(done))
    assert done == ["desktop-work"]
    bridge.close(1000)


def test_a_cancelled_future_is_a_closed_client(qtbot: QtBot) -> None:
    class Cancelling:
        def profiles(self) -> tuple[()]:
            return ()

        def open(self, *_: object) -> "Future[FakeClient]":
            future: Future[FakeClient] = Future()
            future.cancel()
            future.set_running_or_notify_cancel()
            return future

    bridge = QtBridge(Cancelling())  # type: ignore[arg-type]
    heard: list[BabiluError] = []
    bridge.open(PROFILE, unexpected, heard.append)
    qtbot.waitUntil(lambda: bool(heard))
    assert heard[0].code is ErrorCode.CLOSED
    bridge.close(1000)


def test_an_answer_for_a_widget_that_is_gone_is_passed_over(qtbot: QtBot) -> None:
    class Sheet(QLabel):
        def take(self, text: str) -> None:
            self.setText(text)

    sheet = Sheet()
    qtbot.addWidget(sheet)
    told = while_alive(sheet.take)
    assert told is not None
    told("in time")
    assert sheet.text() == "in time"
    with qtbot.waitSignal(sheet.destroyed):
        sheet.deleteLater()
    told("too late")
    assert while_alive(None) is None
