"""The full-screen client without a terminal: a fake client plays the world, keys are pressed, the screen is read."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual._queue import Queue
from textual.events import Key
from textual.keys import _character_to_key, key_to_character
from textual.message import Message
from textual.message_pump import MessagePump
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
TURN_S = 0.001
"""How often one looks whether the widgets are done."""
DRAWN_TWICE = 2
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
        """Wait until nobody has anything left to do.

        Textual's own pause sleeps until the process seems to need no processor. Here the queues of the widgets, of the
        bridge and of the client tell, which takes no longer than the work itself.
        """
        try:
            async with asyncio.timeout(DEADLINE_S):
                await self._settle()
        except TimeoutError:
            raise AssertionError(self.text()) from None

    async def _settle(self) -> None:
        self.client.settle()
        asked = -1
        while asked != len(self.client.commands) or self._is_busy():
            asked = len(self.client.commands)
            await self._come_to_rest()
            self.client.settle()

    async def _come_to_rest(self) -> None:
        """Let all widgets take what was posted to them, and the screen be drawn, which may post more."""
        for _ in range(DRAWN_TWICE):
            await asyncio.sleep(0)
            while self._is_busy() or not all(map(_is_at_rest, self._pumps())):  # noqa: ASYNC110 -- no event tells it
                await asyncio.sleep(TURN_S)
            self.app.screen._on_timer_update()

    def _pumps(self) -> Iterator[MessagePump]:
        yield self.app
        for screen in self.app.screen_stack:
            yield from screen.walk_children(with_self=True)

    def _is_busy(self) -> bool:
        return self._bridge.is_busy or self.main._gathering is not None or self.main.writing.is_to_be_kept

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, and wait for all that comes of each."""
        for key in keys:
            self.app.post_message(_key_event(key))
            await self.settle()
            await self.app.animator.wait_until_complete()

    async def write(self, text: str) -> None:
        """Write a text into the field and send it."""
        self.main.composer.fill(text)
        await self.press("enter")

    async def open(self, name: str) -> None:
        """Open a conversation."""
        self.main.open_conversation(name)
        await self.settle()


def _is_at_rest(pump: MessagePump) -> bool:
    """Tell whether a widget has done all that it was told, and waits for more."""
    queue: Queue[Message | None] = pump._message_queue
    return not pump.is_running or (queue.empty() and bool(queue.ready_event._waiters))


def _key_event(key: str) -> Key:
    if len(key) == 1:
        return Key(_character_to_key(key), key)
    return Key(key, key_to_character(key))


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
