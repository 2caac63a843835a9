"""Rules for tests of the desktop: one application for all, a fake client, and Qt's warnings fail a test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from pytestqt.wait_signal import SignalBlocker

from babilu.bot.fake_client import FakeClient
from babilu.desktop.app import make_application
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

WAIT_MS = 30_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))


@pytest.fixture(scope="session")
def qapp() -> Iterator[QApplication]:
    # There is one in a process, whichever tests it runs.
    made = QApplication.instance()
    application = made if isinstance(made, QApplication) else make_application(["babilu-tests"])
    yield application
    application.setStyleSheet("")


class PatientBot(QtBot):
    """A bot that waits as long as a busy machine may need; what has come ends its waiting at once."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = WAIT_MS) -> None:  # noqa: N802
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(  # noqa: N802 -- Qt's spelling, as in the class above
        self,
        signal: SignalInstance,
        *,
        timeout: int = WAIT_MS,
        raising: bool | None = None,
        check_params_cb: Callable[..., bool] | None = None,
    ) -> SignalBlocker:
        return super().waitSignal(signal, timeout=timeout, raising=raising, check_params_cb=check_params_cb)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    del qapp
    return PatientBot(request)


@pytest.fixture
def client() -> Iterator[FakeClient]:
    made = FakeClient("alice", accounts=["bob", "carol"])
    yield made
    made.close()


@pytest.fixture
def desktop(qtbot: QtBot, qapp: QApplication, client: FakeClient, tmp_path: Path) -> Iterator[DesktopUnderTest]:
    """A window with the profile of ``client`` open; fill the client first where the first picture matters."""
    under_test = DesktopUnderTest(qapp, qtbot, client, tmp_path)
    yield under_test
    under_test.stop()


@pytest.fixture
def opened(desktop: DesktopUnderTest, client: FakeClient) -> Callable[..., DesktopUnderTest]:
    """Open the profile, and a conversation with bob who has written so many messages."""

    def open_with(messages: int = 0, name: str = "bob") -> DesktopUnderTest:
        client.add_contact(name)
        if messages:
            client.fill_history(name, messages)
        desktop.enter()
        desktop.open(name)
        return desktop

    return open_with
