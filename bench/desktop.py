"""What living in the window feels like: first paint, memory, scrolling, appending, a burst, and quitting.

First paint and quitting are those of the whole program, engine and a relay's account included, from the second start
on, when Python has compiled everything. The others are measured in a fresh process over a client in memory, so that
they are the window's own. Qt paints without a screen; on a screen with a graphics card it is faster, not slower.
Run it as `python3 main.py bench desktop [--json FILE]`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from babilu.desktop.app import DesktopApp
    from bench.desktop_history import HistoryFactory

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from bench.figures import add_option, write  # noqa: E402  # the path has to be set before

MESSAGES = 50_000
BURST = 10_000
SCROLLS = 300
APPENDS = 60
WORDS = (  # noqa: SIM905  # one line to read
    "meeting tomorrow at the harbour with coffee and the new relay which works like a charm since this morning"
).split()


class Figure(NamedTuple):
    """A figure, what it may be at most, and its unit."""

    name: str
    limit: float
    unit: str


FIGURES = (
    Figure("first paint", 1.2, "s"),
    Figure("memory with 50,000 messages", 150, "MiB"),
    Figure("scroll, 95th percentile", 16, "ms"),
    Figure("append, median", 15, "ms"),
    Figure("append, 95th percentile", 15, "ms"),
    Figure("longest pause in a burst of 10,000 events", 100, "ms"),
    Figure("burst of 10,000 events", 5, "s"),
    Figure("quit", 0.5, "s"),
)


def main() -> int:
    """Measure each part three times, print the medians, and fail where one is over its limit."""
    parser = argparse.ArgumentParser(prog="main.py bench desktop", description="Measure the window.")
    add_option(parser)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environment = environment_of(home)
        with RelayOfBench(home, environment) as relay:
            # Nobody measures a program that Python compiles meanwhile.
            start_and_quit(home, environment, relay)
            runs = [{**start_and_quit(home, environment, relay), **measure(environment)} for _ in range(3)]
    over = 0
    measured = {figure: statistics.median(run[figure.name] for run in runs) for figure in FIGURES}
    write(options.json, {f"{figure.name}, {figure.unit}": value for figure, value in measured.items()})
    for figure, value in measured.items():
        over += value > figure.limit
        verdict = "OVER" if value > figure.limit else ""
        print(f"{figure.name:<45} {value:8.2f} {figure.unit:<4} at most {figure.limit:g} {verdict}".rstrip())
    return 1 if over else 0


def environment_of(home: Path) -> dict[str, str]:
    """Give the environment of what is measured: without a screen, and with room for what Python compiles."""
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    environment["PYTHONPYCACHEPREFIX"] = str(home / "compiled")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


class RelayOfBench:
    """A relay for as long as the measurement lasts.

    Attributes:
        port: Where it listens.
    """

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self._home = home
        self._environment = environment
        self.port = ""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "babilu", "start", "127.0.0.1", "0", "10", "--home", str(self._home / "relay")]
        self._process = subprocess.Popen(command, env=self._environment, stdout=subprocess.PIPE, text=True)
        for line in self._process.stdout or ():
            if "listens at" in line:
                self.port = line.rstrip().rstrip(".").rsplit(":", 1)[1]
                return self
        raise SystemExit("the relay does not start")

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.communicate()


def start_and_quit(home: Path, environment: dict[str, str], relay: RelayOfBench) -> dict[str, float]:
    """Start the program with nothing but its first page, then with an account that is opened, and end both."""
    first, _ = run_program(home, environment, [], "painted")
    _, quitting = run_program(home, environment, ["127.0.0.1", relay.port, "alice", "correct horse battery"], "open")
    return {"first paint": first, "quit": quitting}


def run_program(home: Path, environment: dict[str, str], arguments: list[str], until: str) -> tuple[float, float]:
    """Run the program until it prints a word, and ask it to end; returns the seconds that each of the two took."""
    script = str(Path(__file__).with_name("desktop_program.py"))
    command = [sys.executable, script, "desktop", *arguments, "--home", str(home / "profiles")]
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    said = next((line for line in process.stdout or () if line.strip() == until), None)
    reached = time.perf_counter()
    process.terminate()
    process.communicate()
    if said is None or process.returncode:
        raise SystemExit(f"the program did not come as far as {until!r}")
    return reached - began, time.perf_counter() - reached


def measure(environment: dict[str, str]) -> dict[str, float]:
    """Measure the window in a fresh process."""
    command = [sys.executable, "-W", "ignore", str(Path(__file__).resolve()), "--inside"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout))


def inside() -> dict[str, float]:
    """Open a window and use it."""
    from babilu.desktop.app import DesktopApp, DesktopOptions, make_application
    from babilu.system import SystemClock, SystemRandomness

    application = make_application(["babilu"])
    results: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        from bench.desktop_history import HistoryFactory

        factory = HistoryFactory()
        options = DesktopOptions(Path(folder))
        app = DesktopApp(application, factory, options, SystemClock(), SystemRandomness())
        session = Session(application, app, factory)
        app.start()
        session.enter(MESSAGES)
        results |= session.scroll()
        results |= session.append()
        results["memory with 50,000 messages"] = memory_mib()
        results |= session.burst()
        app.stop()
    return results


class Session:
    """A window in use."""

    def __init__(self, application: "QApplication", app: "DesktopApp", factory: "HistoryFactory") -> None:
        self._application = application
        self._app = app
        self._factory = factory
        self._view = app.window.chat.conversation.messages

    def enter(self, messages: int) -> None:
        """Open a profile whose one conversation has so many messages."""
        from babilu.api.client import RelayProfile
        from babilu.api.credentials import Passphrase
        from babilu.api.views import Address

        self._factory.fill(messages, WORDS)
        profile = RelayProfile(Address("127.0.0.1", 5050), "alice", Passphrase("correct horse"))
        self._app.window.first.wanted.emit(profile)
        self._wait(lambda: self._app.client_model.rows.rowCount() > 0)
        self._app.window.chat.open("bob")
        self._wait(lambda: self._app.client_model.messages.rowCount() > 0)
        self._settle()

    def scroll(self) -> dict[str, float]:
        """Scroll upwards by half a window at a time, through page after page, and time every step with its painting."""
        steps = []
        bar = self._view.verticalScrollBar()
        for _ in range(SCROLLS):
            began = time.perf_counter()
            bar.setValue(bar.value() - self._view.height() // 2)
            self._view.viewport().repaint()
            steps.append(time.perf_counter() - began)
            self._application.processEvents()
        return {"scroll, 95th percentile": percentile(steps, 95) * 1000}

    def append(self) -> dict[str, float]:
        """Let single messages arrive at the bottom, and time each from the event to its painting."""
        self._app.window.chat.conversation.go_down()
        self._settle()
        steps = []
        for number in range(APPENDS):
            message = self._factory.make(f"appended {number} {' '.join(WORDS)}")
            began = time.perf_counter()
            self._app.client_model.messages.window.arrive([message])
            self._view.viewport().repaint()
            steps.append(time.perf_counter() - began)
            self._application.processEvents()
        return {
            "append, median": statistics.median(steps) * 1000,
            "append, 95th percentile": percentile(steps, 95) * 1000,
        }

    def burst(self) -> dict[str, float]:
        """Tell a burst from another thread, and time the longest pause of the event loop."""
        worker = self._factory.burst(BURST)
        began = last = time.perf_counter()
        pauses = []
        while worker.is_alive() or self._app.bridge.is_busy:
            self._application.processEvents()
            now = time.perf_counter()
            pauses.append(now - last)
            last = now
        worker.join()
        return {
            "longest pause in a burst of 10,000 events": max(pauses) * 1000,
            "burst of 10,000 events": time.perf_counter() - began,
        }

    def _settle(self) -> None:
        until = time.perf_counter() + 0.3
        self._wait(lambda: time.perf_counter() > until)

    def _wait(self, done: Callable[[], bool]) -> None:
        deadline = time.perf_counter() + 60
        while not done():
            self._application.processEvents()
            if time.perf_counter() > deadline:
                raise SystemExit("the window does not come")


def percentile(values: list[float], percent: int) -> float:
    """Give a percentile."""
    return statistics.quantiles(values, n=100)[percent - 1]


def memory_mib() -> float:
    """Give the memory of this process that is not shared with a file, and what is."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        print(json.dumps(inside()))
    else:
        sys.exit(main())
