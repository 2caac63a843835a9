"""Real processes of Babilu for black-box tests: started with `--json`, spoken to by lines, heard by events.

Every wait has a deadline and ends as soon as what it waits for has come; a failure shows what the process has said.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 30.0
TRANSCRIPT_LINES = 40

Event = dict[str, Any]


def surroundings(own: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """Give the variables of a process of Babilu: the test's, without those by which its user decides for Babilu.

    Args:
        own: Variables that it has besides; None unsets one.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("BABILU_") and name not in {"COLUMNS", "LINES"}
    }
    variables: dict[str, str | None] = {**inherited, "LC_ALL": "C.UTF-8", **(own or {})}
    return {name: value for name, value in variables.items() if value is not None}


class JsonProcess:
    """One process, and all it has said.

    Args:
        arguments: Command line after `main.py`.
        environment: Variables beside the test's own; None unsets one.
        cwd: Working folder.
        prefix: Command that runs it, such as a tracer.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environment: dict[str, str | None] | None = None,
        cwd: Path | None = None,
        prefix: Sequence[str] = (),
    ) -> None:
        self.arguments = tuple(arguments)
        self.events: list[Event] = []
        self.garbage: list[str] = []
        """Lines that are no JSON: of a process for people what it says."""
        self.errors: list[str] = []
        self._taken: set[int] = set()
        self._read: set[int] = set()
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        self._changed = threading.Condition()
        self._open = 2
        self.process = subprocess.Popen(
            [*prefix, sys.executable, str(ROOT / "main.py"), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=surroundings({"PYTHONFAULTHANDLER": "1", **(environment or {})}),
            cwd=cwd,
        )
        self._readers = [
            threading.Thread(target=self._read_events, name="e2e-stdout"),
            threading.Thread(target=self._read_errors, name="e2e-stderr"),
        ]
        for reader in self._readers:
            reader.start()

    def take(self, event: str, seconds: float = DEADLINE_S, **members: object) -> Event:
        """Wait for an event that has these members and was not taken before; give it."""
        return self.take_any(seconds, event=event, **members)

    def take_any(self, seconds: float = DEADLINE_S, **wanted: object) -> Event:
        """Wait for an event of any kind that has these members and was not taken before; give it."""
        deadline = time.monotonic() + seconds
        looked = 0
        with self._changed:
            while True:
                kind = wanted.get("event")
                places = self._places[kind] if isinstance(kind, str) else range(len(self.events))
                for index in places[looked:]:
                    if index not in self._taken and wanted.items() <= self.events[index].items():
                        self._taken.add(index)
                        return self.events[index]
                looked = len(places)
                left = deadline - time.monotonic()
                if left <= 0 or self._open == 0:
                    raise AssertionError(f"no {wanted} from {self.describe()}")
                self._changed.wait(left)

    def read(self, text: str, seconds: float = DEADLINE_S) -> str:
        """Wait for a line for people that has this text in it and was not read before; give it."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                for index, line in enumerate(self.garbage):
                    if index not in self._read and text in line:
                        self._read.add(index)
                        return line
                left = deadline - time.monotonic()
                if left <= 0 or self._open == 0:
                    raise AssertionError(f"no line with {text!r} from {self.describe()}")
                self._changed.wait(left)

    def of(self, event: str, **members: object) -> list[Event]:
        """Give all events so far that have these members, taken or not."""
        wanted = {"event": event, **members}
        with self._changed:
            those = [self.events[index] for index in self._places[event]]
        return [candidate for candidate in those if wanted.items() <= candidate.items()]

    def count(self, event: str) -> int:
        """Count the events of a kind so far."""
        with self._changed:
            return len(self._places[event])

    def wait_for_more(self, seconds: float = DEADLINE_S) -> None:
        """Wait until it says anything more, or the time is up."""
        with self._changed:
            self._changed.wait(seconds)

    def write(self, *lines: str) -> None:
        """Write lines to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write("".join(line + "\n" for line in lines).encode())
        self.process.stdin.flush()

    def do(self, do: str, **members: object) -> None:
        """Write an order as JSON."""
        self.write(json.dumps({"do": do, **members}))

    def send(self, to: str, text: str, **members: object) -> str:
        """Send a text and give the message's id, once it is committed."""
        self.do("send", to=to, text=text, **members)
        return str(self.take("sent", to=to)["id"])

    def end_input(self) -> None:
        """Close its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def wait(self, seconds: float = DEADLINE_S) -> int:
        """Wait for its end; give the exit code."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running: {self.describe()}") from None
        for reader in self._readers:
            reader.join(DEADLINE_S)
        return code

    def stop(self, number: int = signal.SIGTERM, seconds: float = DEADLINE_S) -> int:
        """Ask it to end by a signal; give the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait(seconds)

    def kill(self) -> None:
        """End it without giving it a chance."""
        if self.process.poll() is None:
            self.process.kill()
        self.wait()

    def dispose(self) -> None:
        """Kill it if it runs, and let go of its pipes."""
        self.kill()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue

    def describe(self) -> str:
        """Show what it was asked and has said."""
        said = [json.dumps(event) for event in self.events[-TRANSCRIPT_LINES:]]
        parts = [*said, *self.garbage[-TRANSCRIPT_LINES:], "stderr:", *self.errors[-TRANSCRIPT_LINES:]]
        state = "running" if self.process.poll() is None else f"ended with {self.process.returncode}"
        return "\n    ".join([f"{' '.join(self.arguments)} ({state})", *parts])

    def _read_events(self) -> None:
        assert self.process.stdout is not None
        for raw in self.process.stdout:
            line = raw.decode("utf-8", "replace").rstrip("\n")
            with self._changed:
                try:
                    event = json.loads(line)
                except ValueError:
                    event = None
                if isinstance(event, dict):
                    self._places[event.get("event", "")].append(len(self.events))
                    self.events.append(event)
                else:
                    self.garbage.append(line)
                self._changed.notify_all()
        self._end_reading()

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        for raw in self.process.stderr:
            with self._changed:
                self.errors.append(raw.decode("utf-8", "replace").rstrip("\n"))
        self._end_reading()

    def _end_reading(self) -> None:
        with self._changed:
            self._open -= 1
            self._changed.notify_all()


class RelayProcess(JsonProcess):
    """A relay that listens."""

    @property
    def address(self) -> str:
        """Where it listens, as ``host:port``."""
        return str(self._ready()["address"])

    @property
    def host(self) -> str:
        """Its host, without brackets."""
        return self.address.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> str:
        """Its port."""
        return self.address.rpartition(":")[2]

    @property
    def invitation(self) -> str:
        """The owner's invitation."""
        return str(self._ready()["invitation"])

    def _ready(self) -> Event:
        return self.of("ready")[0]


class Processes:
    """All processes of a test, each with a home of its own below one folder; they are gone when it ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._all: list[JsonProcess] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for process in self._all:
            process.dispose()

    def home(self, name: str) -> Path:
        """Give the folder of one participant."""
        return self.folder / name

    def relay(
        self,
        *options: str,
        host: str = "127.0.0.1",
        port: str = "0",
        users: int = 10,
        home: str = "relay",
        ready: bool = True,
        prefix: Sequence[str] = (),
    ) -> RelayProcess:
        """Start a relay and wait until it listens; started again with its port it is the same relay."""
        folder = ("--home", str(self.home(home)))
        relay = RelayProcess(["start", host, port, str(users), "--json", *folder, *options], prefix=prefix)
        self._all.append(relay)
        if ready:
            relay.take("ready")
        return relay

    def order(self, *arguments: str) -> list[Event]:
        """Run a command that ends by itself, and give what it said."""
        process = JsonProcess([*arguments, "--json"])
        self._all.append(process)
        assert process.wait() == 0, process.describe()
        return process.events

    def client(
        self,
        relay: RelayProcess,
        name: str,
        *options: str,
        password: str | None = None,
        ready: bool = True,
        environment: dict[str, str | None] | None = None,
    ) -> JsonProcess:
        """Connect an account, with its home in a folder of its name; wait until its profile is open."""
        place = (relay.host, relay.port)
        words = ("connect", *place, name, *options)
        return self.run(*words, password=password, ready=ready, home=name, environment=environment)

    def peer(self, name: str, *options: str, password: str | None = None, port: str = "0") -> JsonProcess:
        """Start a client without a relay and wait until it listens on a port of the system's choice."""
        peer = self.run("peer", "127.0.0.1", port, name, *options, password=password, home=name)
        peer.take("listening")
        return peer

    def run(
        self,
        *arguments: str,
        home: str,
        password: str | None = None,
        ready: bool = True,
        environment: dict[str, str | None] | None = None,
        prefix: Sequence[str] = (),
        json_output: bool = True,
    ) -> JsonProcess:
        """Start a client's command with `--json`, or for people; its password comes by the environment."""
        variables: dict[str, str | None] = {
            "BABILU_PASSWORD": password or f"the password of {home}",
            **(environment or {}),
        }
        # Options come first: what follows `--` is words alone.
        command, *words = arguments
        spoken = ["--json"] if json_output else ["--lang", "en"]
        process = JsonProcess([command, *spoken, "--home", str(self.home(home)), *words], variables, prefix=prefix)
        self._all.append(process)
        if ready and json_output:
            process.take("ready")
        elif ready:
            process.read("You are ")
        return process
