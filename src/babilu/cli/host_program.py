"""A client without a face: it keeps a profile connected, serves who attaches, and ends at a signal or when asked."""

import logging
import os
import queue
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from babilu.api import events as e
from babilu.api.client import ChatClient, DirectProfile, RelayProfile
from babilu.api.commands import Status
from babilu.cli.daemon import Readiness
from babilu.cli.exits import Exit
from babilu.cli.service_manager import ServiceManager
from babilu.host.opening import HostingFactory
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.presentation.json_line import json_line
from babilu.presentation.strings import Strings
from babilu.system import SystemClock, SystemRandomness
from babilu.terminal.interruption import is_to_be_ignored

log = logging.getLogger(__name__)

ENDING: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
ANSWER_S: Final = 20.0


class HostProgram:
    """Hosts a profile until it is told to end.

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
        # Its `put` may interrupt itself, as signal handlers do.
        self._ending: queue.SimpleQueue[BabiluError | None] = queue.SimpleQueue()

    def run(self, says: "HostAnnouncer") -> Exit:
        """Open the profile, say that it is open, and serve; returns at the end.

        Raises:
            BabiluError: The profile cannot be opened, or the client has ended by itself.
        """
        for number in ENDING:
            if not is_to_be_ignored(number):
                signal.signal(number, self._end)
        if self._outlives_terminal and hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        factory = HostingFactory(self._home, SystemClock(), SystemRandomness(), stop=lambda: self._ending.put(None))
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
        return Exit.DONE

    def _end(self, number: int, frame: object) -> None:
        del frame
        # Whoever asks twice does not want to wait.
        signal.signal(number, signal.SIG_DFL)
        self._ending.put(None)

    def _hear(self, cursor: int, event: e.Event) -> None:
        del cursor
        if isinstance(event, e.Warned) and event.fatal:
            self._ending.put(BabiluError(ErrorCode(event.code), event.text))

    def _serve(self, client: ChatClient) -> None:
        while True:
            try:
                ended = self._ending.get(timeout=self._manager.sign_every_s)
            except queue.Empty:
                # A sign of life is an answer of the client, not of this thread.
                client.request(Status()).result(ANSWER_S)
                self._manager.tell("WATCHDOG=1")
                continue
            if ended is not None:
                raise ended
            return


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
            self._print({"event": "ready", **about})
            return
        relay = about["relay"]
        key = "host.ready" if relay else "host.ready_direct"
        print(self._say(key, name=about["name"], relay=relay), flush=True)
        if "pid" in about:
            print(self._say("relay.background", process=about["pid"]), flush=True)

    def stopped(self) -> None:
        """Say that it has ended."""
        if self._say is None:
            self._print({"event": "closed"})
        else:
            print(self._say("host.stopped"), flush=True)

    @staticmethod
    def _print(members: Mapping[str, object]) -> None:
        print(json_line(members), flush=True)


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
