"""A face for tests of what every face has in common: it draws nothing."""

import threading
import time

import pytest

from babilu.api import events as e
from babilu.api.views import MessageView
from babilu.bot.fake_client import FakeClient
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import ConversationId
from babilu.presentation.client_bridge import ClientBridge
from babilu.presentation.client_model import ClientModel
from babilu.presentation.connection_status import ConnectionStatus
from babilu.presentation.message_window import Window
from babilu.presentation.watcher import ScreenPart
from tests.fakes.client_factory import FakeClientFactory
from tests.unit.terminal.app.stage import PROFILE, StoppedClock


class Face:
    """Draws nothing, reads the open conversation at once as one that is looked at, and gathers where it is told to."""

    def __init__(self, client: FakeClient, events_kept: int = 1_000) -> None:
        self.client = client
        self.bridge = ClientBridge(FakeClientFactory(client), threading.Lock(), time.monotonic, events_kept)
        self.model = ClientModel(self.bridge, ConnectionStatus(StoppedClock()), Window(lambda at: at))
        self.gathers = False
        self.jumps: list[MessageView] = []
        self.were_read: list[ConversationId] = []
        self.mentions: list[str] = []
        self.model.watch(self)
        self.bridge.attach(bool, self.model.hear, self.model.refused)
        self.bridge.open(PROFILE, self.model.start, self.failed)
        self.settle()

    def settle(self) -> None:
        """Take turns until nobody has anything left to do."""
        while True:
            self.client.settle()
            self.bridge.turn(60)
            self.client.settle()
            if self.bridge.is_busy:
                continue
            if not self.gathers:
                return
            self.gathers = False
            self.model.refresh()

    def settle_held(self) -> None:
        """Take turns while an answer is held back, for which nobody waits here."""
        for _ in range(3):
            self.client.settle()
            self.bridge.turn(60)

    def asked(self) -> list[str]:
        """Name what was asked for since the last time."""
        names = [type(command).__name__ for command in self.client.commands]
        self.client.commands.clear()
        return names

    def changed(self, _parts: ScreenPart) -> None:
        """It draws nothing."""

    def turned(self, name: str) -> None:
        """It has no field."""

    def opened(self, _name: str) -> None:
        self.model.mark_read()

    def jumped(self, message: MessageView) -> None:
        self.jumps.append(message)

    def arrived(self, _messages: tuple[MessageView, ...]) -> None:
        self.model.mark_read()

    def mentioned(self, message: MessageView) -> None:
        self.mentions.append(message.text)

    def told(self, event: e.Event) -> None:
        """It says nothing."""

    def read(self, conversation: ConversationId) -> None:
        self.were_read.append(conversation)

    def failed(self, error: BabiluError) -> None:
        pytest.fail(str(error))

    def gather(self) -> None:
        self.gathers = True
