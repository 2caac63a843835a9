"""Host program: a client without a face, which keeps a profile connected and serves whoever attaches."""

import logging
import os
import queue
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from babilu.api import events as e
from babilu.api.client import ChatClient, DirectProfile, RelayProfile
from babilu.api.commands import Status
from babilu.cli.daemon import Readiness
from babilu.cli.exit_codes import ExitCode
from babilu.cli.service_manager import ServiceManager
from babilu.host.opening import HostingFactory
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.presentation.json_line import json_line
from babilu.presentation.strings import Strings
from babilu.system import SystemClock, SystemRandomness
from babilu.terminal.interruption import Interrupted, Interruption
from babilu.terminal.output import say_to_whom_it_concerns

log = logging.getLogger(__name__)

ENDING: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
ANSWER_S: Final = 20.0


class HostProgram:
    """Hosts a profile until a signal or a caller ends it.

    Args:
        profile: Which one.
        home: Folder of the profiles.
        manager: Keeps the process.
        outlives_terminal: Whether the process goes on at SIGHUP: a daemon has no terminal that could end.
    """

    def __init__(
        self, profile: RelayProfile | DirectProfile, home: Path, manager: ServiceManager, *, outlives_terminal: bool
    ) -> None:
        self._profile = profile
        self._home = home
        self._manager = manager
        self._outlives_terminal = outlives_terminal
        self._interruption = Interruption(is_last=True, ending=ENDING)
        self._ending: queue.SimpleQueue[BabiluError | None] = queue.SimpleQueue()

    def run(self, says: "HostAnnouncer") -> ExitCode:
        """Open the profile, say that it is open, and serve; returns at the end.

        Raises:
            BabiluError: The profile cannot be opened, or the client has ended by itself.
        """
        if self._outlives_terminal and hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with self._interruption:
            return self._host(says)

    def _host(self, says: "HostAnnouncer") -> ExitCode:
        factory = HostingFactory(self._home, SystemClock(), SystemRandomness(), stop=lambda: self._end(None))
        client = factory.host(self._profile, self._hear).result()
        try:
            relay = self._profile.address if isinstance(self._profile, RelayProfile) else None
            says.ready({"name": self._profile.name, "relay": None if relay is None else str(relay)})
            self._manager.tell("READY=1")
            self._serve(client)
            self._manager.tell("STOPPING=1")
        finally:
            client.close()
        says.stopped()
        return ExitCode.DONE

    def _hear(self, cursor: int, event: e.Event) -> None:
        del cursor
        if isinstance(event, e.Warned) and event.fatal:
            self._end(BabiluError(ErrorCode(event.code), event.text))

    def _end(self, error: BabiluError | None) -> None:
        self._ending.put(error)
        self._interruption.ring()

    def _serve(self, client: ChatClient) -> None:
        period = self._manager.sign_every_s
        due = None if period is None else time.monotonic() + period
        try:
            while self._ending.empty():
                self._interruption.rest(seconds=None if due is None else max(0.0, due - time.monotonic()))
                if period is not None and due is not None and time.monotonic() >= due:
                    # A sign of life is an answer of the client, not of this thread.
                    client.request(Status()).result(ANSWER_S)
                    self._manager.tell("WATCHDOG=1")
                    due = time.monotonic() + period
        except Interrupted:
            return
        ended = self._ending.get()
        if ended is not None:
            raise ended


class HostAnnouncer:
    """Says that a profile is open and that it is no longer.

    Args:
        say: The language; None to say it as JSON.
    """

    def __init__(self, say: Strings | None) -> None:
        self._say = say

    def ready(self, about: Mapping[str, object]) -> None:
        """Say that others can attach."""
        if self._say is None:
            say_to_whom_it_concerns([json_line({"event": "ready", **about})])
            return
        relay = about["relay"]
        key = "host.ready" if relay else "host.ready_direct"
        lines = [self._say(key, name=about["name"], relay=relay)]
        if "pid" in about:
            lines.append(self._say("relay.background", process=about["pid"]))
        say_to_whom_it_concerns(lines)

    def stopped(self) -> None:
        say_to_whom_it_concerns([json_line({"event": "closed"}) if self._say is None else self._say("host.stopped")])


class DaemonAnnouncer(HostAnnouncer):
    """Says it to the parent of a daemon, and nothing at the end."""

    def __init__(self, tell: Readiness) -> None:
        super().__init__(None)
        self._tell = tell

    def ready(self, about: Mapping[str, object]) -> None:
        """Say that others can attach."""
        self._tell({**about, "pid": os.getpid()})

    def stopped(self) -> None:
        """Say nothing: nobody listens at the end of a daemon but its log."""
