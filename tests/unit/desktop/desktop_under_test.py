"""A whole desktop over a fake client, with the few steps that most tests begin with."""

import os
import time
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QEvent, QKeyCombination, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from babilu.api import commands as c
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import START_MS
from babilu.desktop.app import DesktopApp, DesktopOptions
from babilu.desktop.launch_options import LaunchOptions
from babilu.desktop.theme.theme import ThemeChoice
from babilu.desktop.widgets.modal_sheet import ModalSheet
from tests.fakes.client_factory import FakeClientFactory

PASSWORD = "correct horse"
S = TypeVar("S", bound=ModalSheet)


class SteadyClock:
    """A wall clock that stands still shortly after the fake client's first message, and a monotonic one that runs."""

    def now_ms(self) -> int:
        return START_MS + 60_000

    def monotonic_ms(self) -> int:
        return round(time.monotonic() * 1000)


class SystemRandom:
    def token(self, size: int) -> bytes:
        return os.urandom(size)


class DesktopUnderTest:
    """The desktop, its client and its folder."""

    def __init__(
        self,
        application: QApplication,
        qtbot: QtBot,
        client: FakeClient,
        home: Path,
        factory: FakeClientFactory | None = None,
        language: str | None = None,
        beginning: LaunchOptions | None = None,
    ) -> None:
        self.qtbot = qtbot
        self.client = client
        self.home = home
        self.factory = factory or FakeClientFactory(client)
        options = DesktopOptions(home, beginning=beginning, language=language)
        self.app = DesktopApp(application, self.factory, options, SteadyClock(), SystemRandom())
        if language is None:
            self.app.preferences.change(language="en")
        self.app.preferences.change(theme=ThemeChoice.LIGHT)
        self.window = self.app.window
        self.client_model = self.app.client_model
        self.first = self.window.first
        self.chat = self.window.chat
        self.page = self.chat.conversation
        self.composer = self.page.composer
        self.view = self.page.messages
        self._stopped = False

    def start(self) -> None:
        """Show the first page."""
        self.app.start()
        self.qtbot.waitUntil(self.window.isVisible)

    def enter(self) -> None:
        """Open the profile by the form for a relay."""
        self.start()
        self.first.ways.choose(1)
        self.first.host.edit.setText("127.0.0.1")
        self.first.name.edit.setText("alice")
        self.first.password.edit.setText(PASSWORD)
        self.first.again.edit.setText(PASSWORD)
        self.first.submit()
        self.qtbot.waitUntil(lambda: self.window.pages.currentWidget() is self.chat)
        self.qtbot.waitUntil(lambda: self.window.can_lock and self.client_model.overview.name != "")
        self.window.activateWindow()
        self.settle()

    def open(self, name: str) -> None:
        """Open a conversation."""
        self.qtbot.waitUntil(lambda: self.client_model.conversations.get(name) is not None)
        with self.qtbot.waitSignal(self.client_model.opened):
            self.chat.open(name)
        self.settle()

    def settle(self) -> None:
        """Wait until the client has nothing left to answer and the window has shown it."""
        for _ in range(3):
            self.client.settle()
            reached: list[bool] = []
            self.app.bridge.work(lambda: True, reached.append)
            self.qtbot.waitUntil(lambda reached=reached: bool(reached))  # type: ignore[misc]

    def asked(self, kind: type[c.Command[object]]) -> list[c.Command[object]]:
        """Give the commands of a kind that were asked for."""
        self.client.settle()
        return [command for command in self.client.commands if isinstance(command, kind)]

    def wait_for(self, kind: type[c.Command[object]], count: int = 1) -> c.Command[object]:
        """Wait until a command of a kind was asked for, and give the last one."""
        self.qtbot.waitUntil(lambda: len(self.asked(kind)) >= count)
        return self.asked(kind)[-1]

    def press(self, keys: str, target: QWidget | None = None) -> None:
        """Press keys where the focus is."""
        combination: QKeyCombination = QKeySequence(keys)[0]  # type: ignore[index]
        receiver = target or self._focused()
        QTest.keyClick(receiver, combination.key(), combination.keyboardModifiers())

    def write(self, text: str, target: QWidget | None = None) -> None:
        """Type where the focus is."""
        QTest.keyClicks(target or self._focused(), text)

    def _focused(self) -> QWidget:
        focus: QWidget | None = self.window.focusWidget()
        return self.window if focus is None else focus

    def sheet(self, kind: type[S]) -> S:
        """Give the sheet in front, which is of a kind."""
        self.qtbot.waitUntil(lambda: isinstance(self.window.sheets.top, kind))
        top = self.window.sheets.top
        assert isinstance(top, kind)
        return top

    def click(self, widget: QWidget) -> None:
        """Press a control with the mouse."""
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)

    def texts(self) -> list[str]:
        """Give the texts of the messages that are loaded."""
        return [self.client_model.messages.message(row).text for row in range(self.client_model.messages.rowCount())]

    def stop(self) -> None:
        """Take everything apart."""
        if not self._stopped:
            self._stopped = True
            self.app.stop()
            self.window.deleteLater()
            QApplication.processEvents()
            # No loop runs here that would delete it later, and with each next window all of them would be styled anew.
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
