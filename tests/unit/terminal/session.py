"""A line mode in this process: a script takes the person's or program's place, a fake client that of the world."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from babilu.api.client import ClientFactory, RelayProfile
from babilu.api.credentials import Passphrase
from babilu.api.views import Address
from babilu.bot.fake_client import FakeClient
from babilu.kernel.errors import BabiluError
from babilu.presentation.strings import MisuseError, Strings
from babilu.system import SystemClock
from babilu.terminal.interruption import Interruption
from babilu.terminal.json_renderer import JsonRenderer
from babilu.terminal.line_mode import LineMode, LineModeContext
from babilu.terminal.line_session import Ending
from babilu.terminal.message_numbers import MessageNumbers
from babilu.terminal.output import OutputLostError
from babilu.terminal.style import Style
from babilu.terminal.text_renderer import TextRenderer
from tests.fakes.client_factory import FakeClientFactory

DEADLINE_S = 10.0
PROFILE = RelayProfile(Address("127.0.0.1", 5050), "alice", Passphrase("correct horse"))


class Heard:
    """An output that remembers its lines and can break."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.broken = False
        self._changed = threading.Condition()

    def line(self, text: str) -> None:
        with self._changed:
            if self.broken:
                raise OutputLostError
            self.lines.append(text)
            self._changed.notify_all()

    def until(self, wanted: Callable[[], bool]) -> None:
        """Wait until something holds of what was heard."""
        deadline = time.monotonic() + DEADLINE_S
        with self._changed:
            while not wanted():
                left = deadline - time.monotonic()
                assert left > 0, "\n".join(["not heard in:", *self.lines])
                self._changed.wait(left)


class Stall:
    """A step that does nothing until somebody asks for the end."""

    def last(self, interruption: Interruption) -> None:
        alarm = threading.Timer(DEADLINE_S, interruption.ring)
        alarm.start()
        try:
            interruption.rest()
        finally:
            alarm.cancel()


stall = Stall()


Step = str | BabiluError | Stall | Callable[[], object]
"""A line of input, an error that reading meets, or something that happens before the next line."""


class Script:
    """A source that gives lines and does things in between; its end is the end of input."""

    def __init__(self, steps: Sequence[Step], secrets: Sequence[str] = ()) -> None:
        self._steps = list(steps)
        self._secrets = list(secrets)
        self.prompts: list[str] = []

    def read(self, current: str, interruption: Interruption) -> str | None:
        self.prompts.append(current)
        while self._steps:
            step = self._steps.pop(0)
            if isinstance(step, str):
                return step
            if isinstance(step, BabiluError):
                raise step
            if isinstance(step, Stall):
                step.last(interruption)
            else:
                step()
        return None

    def ask_secret(self, question: str) -> str:
        del question
        if not self._secrets:
            raise MisuseError("nobody_to_ask")
        return self._secrets.pop(0)

    def interrupt(self) -> None:
        """Do nothing: what waits here waits for the bell."""


class Session:
    """A line mode, its client and all that was heard.

    Args:
        client: The client it opens.
        json_output: Whether it speaks JSON.
        wait_sent: Seconds to wait at the end for what was sent.
        language: Language of sentences.
    """

    def __init__(
        self,
        client: FakeClient,
        *,
        json_output: bool = True,
        wait_sent: float | None = None,
        language: str = "en",
        style: Style | None = None,
    ) -> None:
        self.client = client
        self.factory = FakeClientFactory(client)
        self.heard = Heard()
        self.complaints = Heard()
        strings = Strings(language)
        numbers = MessageNumbers()
        style = style or Style(colour=False, encoding="utf-8")
        renderer = (
            JsonRenderer(self.heard, self.complaints, strings)
            if json_output
            else TextRenderer(self.heard, self.complaints, strings, style, numbers)
        )
        self._ui_context = LineModeContext(renderer, strings, numbers, SystemClock(), json_output, wait_sent)
        self.line_mode = self.line_mode_of(self.factory)

    def line_mode_of(self, factory: ClientFactory) -> LineMode:
        """Give a line mode whose client comes from elsewhere."""
        return LineMode(factory, self._ui_context)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in tuple(self.heard.lines)]

    def of(self, event: str, **members: object) -> list[dict[str, Any]]:
        wanted = {"event": event, **members}
        return [candidate for candidate in self.events if wanted.items() <= candidate.items()]

    def hears(self, event: str, count: int = 1, **members: object) -> Callable[[], object]:
        """Make a step that waits until events with these members were heard."""
        return lambda: self.heard.until(lambda: len(self.of(event, **members)) >= count)

    def reads(self, text: str) -> Callable[[], object]:
        """Make a step that waits until a line with this text was heard."""
        return lambda: self.heard.until(lambda: any(text in line for line in self.heard.lines))

    def run(self, *steps: Step, secrets: Sequence[str] = ()) -> Ending:
        return self.line_mode.run(PROFILE, Script(steps, secrets))
