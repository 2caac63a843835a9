"""The full-screen client without a terminal: a fake client plays the world, keys are pressed, the screen is read."""

import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from babilu.api.client import RelayProfile
from babilu.api.credentials import Passphrase
from babilu.api.views import Address
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import START_MS
from babilu.presentation.client_bridge import ClientBridge
from babilu.presentation.event_queue import EVENTS_KEPT
from babilu.presentation.strings import Strings
from babilu.terminal.app.client_app import ClientApp
from babilu.terminal.app.main_screen import MainScreen
from babilu.terminal.app.preferences import TerminalPreferences
from babilu.terminal.app.symbols import PICTURES, Symbols
from babilu.terminal.app.themes import TerminalLook
from babilu.terminal.app.ui_context import UiContext
from tests.fakes.client_factory import FakeClientFactory

DEADLINE_S = 30.0
WIDE, NARROW = (100, 30), (60, 20)
PROFILE = RelayProfile(Address("127.0.0.1", 5050), "alice", Passphrase("correct horse"))


class StoppedClock:
    """It stays the same moment, an hour after the fake world begins, until a test moves it.

    Args:
        now: Unix milliseconds.
    """

    def __init__(self, now: int = START_MS + 3_600_000) -> None:
        self.now = now

    def now_ms(self) -> int:
        return self.now

    def monotonic_ms(self) -> int:
        return 0


class Stage:
    """One client on its screen."""

    def __init__(self, app: ClientApp, pilot: Pilot[None], bridge: ClientBridge, client: FakeClient) -> None:
        self.app = app
        self.pilot = pilot
        self.client = client
        self._bridge = bridge

    @property
    def main(self) -> MainScreen:
        return self.app.main

    def rows(self) -> list[str]:
        """Give what is on the screen, line by line."""
        strips = self.app.screen._compositor.render_strips()
        return [strip.text.rstrip() for strip in strips]

    def text(self) -> str:
        return "\n".join(self.rows())

    def shows(self, text: str) -> bool:
        return text in self.text()

    async def settle(self) -> None:
        """Wait until nobody has anything left to do."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            self.client.settle()
            await self.pilot.pause()
            if not self._is_busy():
                self.client.settle()
                await self.pilot.pause()
                if not self._is_busy():
                    return
            assert time.monotonic() < deadline, self.text()

    def _is_busy(self) -> bool:
        return self._bridge.is_busy or self.main._gathering is not None or self.main.writing.is_to_be_kept

    async def press(self, *keys: str) -> None:
        """Press keys, and wait until all that comes of them has come."""
        await self.pilot.press(*keys)
        await self.settle()

    async def write(self, text: str) -> None:
        """Write a text into the field and send it."""
        self.main.composer.fill(text)
        await self.press("enter")

    async def open(self, name: str) -> None:
        """Open a conversation."""
        self.main.open_conversation(name)
        await self.settle()


@asynccontextmanager
async def on_stage(
    client: FakeClient,
    home: Path,
    *,
    size: tuple[int, int] = WIDE,
    language: str = "en",
    look: TerminalLook = TerminalLook.DARK,
    symbols: Symbols = PICTURES,
    events_kept: int = EVENTS_KEPT,
    factory: FakeClientFactory | None = None,
) -> AsyncIterator[Stage]:
    """Show a client until the block ends."""
    bridge = ClientBridge(factory or FakeClientFactory(client), threading.Lock(), time.monotonic, events_kept)
    ui_context = UiContext(Strings(language), symbols, StoppedClock(), home)
    app = ClientApp(bridge, PROFILE, TerminalPreferences(look), ui_context)
    try:
        async with app.run_test(size=size) as pilot:
            stage = Stage(app, pilot, bridge, client)
            await stage.settle()
            yield stage
    finally:
        bridge.close(5_000)
        client.close()
