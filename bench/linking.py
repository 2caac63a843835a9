"""How long one waits for a device that is linked, and for a profile that several devices have filled.

    python3 main.py bench linking [--messages 100000]

Real processes on one machine: a relay, a device whose history is there, and two that are linked one after the other.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from babilu.crypto.secret import Passphrase  # noqa: E402  # the path has to be set before
from babilu.identity.device_list import decode_device_list, identity_of, verify_device_list  # noqa: E402
from babilu.store.profile_files import list_profiles  # noqa: E402
from babilu.store.profile_store import ProfileStore  # noqa: E402
from bench.archives import CLOCK, PASSWORD, RANDOMNESS, add_messages  # noqa: E402
from bench.figures import add_option, write  # noqa: E402
from bench.machine import machine, versions  # noqa: E402

DEADLINE_S = 900.0
USABLE = 200
"""Messages with which a new device is called usable."""

Heard = dict[str, Any]
Figures = dict[str, float]


class Device:
    """A program of its own that speaks JSON, and what it has said."""

    def __init__(self, home: Path, *arguments: str) -> None:
        command = [sys.executable, str(ROOT / "main.py"), *arguments, "--json", "--home", str(home)]
        self.began = time.monotonic()
        """When it was started."""
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "BABILU_PASSWORD": PASSWORD},
        )
        self._said: list[tuple[float, Heard]] = []
        self._news = threading.Condition()
        self._asked = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            with self._news:
                self._said.append((time.monotonic(), json.loads(line)))
                self._news.notify_all()

    def hear(self, event: str, condition: Callable[[Heard], bool] = lambda _: True) -> tuple[float, Heard]:
        """Wait for what it says; returns also when it did.

        Raises:
            TimeoutError: It has not said it.
        """
        found: list[tuple[float, Heard]] = []

        def is_said() -> bool:
            found[:] = [each for each in self._said if each[1]["event"] == event and condition(each[1])]
            return bool(found)

        with self._news:
            if not self._news.wait_for(is_said, DEADLINE_S):
                raise TimeoutError(f"{event}; heard last: {self._said[-3:]}")
        return found[0]

    def reaches(self, messages: int, event: str = "own_history") -> float:
        """Wait until it has told of so many messages; returns when that was."""
        given = 0
        place = 0
        with self._news:
            while True:
                for at, each in self._said[place:]:
                    place += 1
                    given += each.get("messages", 1) if each["event"] == event else 0
                    if given >= messages:
                        return at
                if not self._news.wait(DEADLINE_S):
                    raise TimeoutError(f"{given} of {messages} messages")

    def ask(self, **order: object) -> Heard:
        """Give an order, and wait for its answer."""
        self._asked += 1
        tag = self._asked
        if self._process.stdin is None:
            raise ValueError("the program has no standard input")
        self._process.stdin.write(json.dumps({**order, "tag": tag}) + "\n")
        self._process.stdin.flush()
        with self._news:
            self._news.wait_for(lambda: any(each.get("tag") == tag for _, each in self._said), DEADLINE_S)
        return next(each for _, each in self._said if each.get("tag") == tag)


def connect(home: Path, port: str, *more: str) -> Device:
    """Start a device of the account."""
    return Device(home, "connect", "127.0.0.1", port, "alice", *more)


def fill_account(home: Path, messages: int) -> None:
    """Put so many messages into the profile of an account."""
    (paths,) = list_profiles(home)
    store = ProfileStore.open(paths, Passphrase(PASSWORD), RANDOMNESS, CLOCK)
    try:
        with store.database.read() as unit:
            record = unit.profile.load()
        if record is None:
            raise LookupError("a profile has keys")
        add_messages(store, identity_of(verify_device_list(decode_device_list(record.device_list))), messages)
    finally:
        store.close()


def link(there: Device, port: str, home: Path, messages: int) -> tuple[Device, Figures]:
    """Link one more device, with all that there is; give it, and how long it took after both had said yes."""
    new = connect(home, port, "--link")
    try:
        shown = new.hear("link_code")[1]["digits"]
        there.hear("link_asked", lambda said: bool(said["digits"] == shown))
        new.ask(do="link_confirm")
        began = time.monotonic()
        there.ask(do="link_approve", history="all", password=PASSWORD)
        ready = new.hear("ready")[0] - began
        usable = new.reaches(min(USABLE, messages)) - began
        whole = new.reaches(messages) - began
    except BaseException:
        new.__exit__()
        raise
    return new, {"ready s": ready, f"usable, {USABLE} messages s": usable, "all of them s": whole}


def opening(home: Path, port: str) -> float:
    """Measure from the start of the program to its first page of a conversation."""
    with connect(home, port) as device:
        device.hear("ready")
        device.ask(do="history", conversation="person1", limit=50)
        return time.monotonic() - device.began


def main() -> int:
    """Run the measurements."""
    parser = argparse.ArgumentParser(description="Measure linked devices.")
    parser.add_argument("--messages", type=int, default=100_000, help="messages of the profile")
    add_option(parser)
    options = parser.parse_args()
    for words in (machine(), versions()):
        print("; ".join(f"{name} {word}" for name, word in words.items()))
    figures: Figures = {}
    with tempfile.TemporaryDirectory(prefix="babilu-bench-") as folder, ExitStack() as stack:
        first, *others = (Path(folder) / name for name in ("desk", "laptop", "phone"))
        relay = stack.enter_context(Device(Path(folder) / "relay", "start", "127.0.0.1", "0", "20"))
        port = str(relay.hear("ready")[1]["address"]).rpartition(":")[2]
        with connect(first, port) as there:
            there.hear("link", lambda said: bool(said["state"] == "online"))
        fill_account(first, options.messages)
        there = stack.enter_context(connect(first, port))
        there.hear("link", lambda said: bool(said["state"] == "online"))
        # It tells first what nobody has seen yet: half of them are others'.
        there.reaches(options.messages // 2, "message")
        for number, home in enumerate(others, 2):
            new, took = link(there, port, home, options.messages)
            figures |= {f"device {number}: {what}": seconds for what, seconds in took.items()}
            new.__exit__()
        figures["opening with three devices s"] = opening(others[0], port)
    for figure, value in figures.items():
        print(f"{figure:<58} {value:,.4g}")
    write(options.json, figures)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
