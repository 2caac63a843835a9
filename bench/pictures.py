"""Opening a conversation of pictures: as fast as one of words, because only what is in view is asked for.

    python3 main.py bench pictures [--messages 5000] [--json FILE]

The window is the real one, over the real client and a profile on the disk: two conversations of the same length, one of
words and one in which each message brings a picture with its preview. They are opened in turn, each time from the
click until its newest messages are painted; the ratio is that of both in one run.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from babilu.api import commands  # noqa: E402  # the path has to be set before
from babilu.api.client import RelayProfile  # noqa: E402
from babilu.api.views import Address  # noqa: E402
from babilu.crypto.secret import Passphrase  # noqa: E402
from babilu.kernel.limits import PREVIEW_SIDE  # noqa: E402
from babilu.library import Client  # noqa: E402
from babilu.store.message_records import TextFields  # noqa: E402
from babilu.store.profile_files import ProfilePaths  # noqa: E402
from babilu.store.profile_store import ProfileStore  # noqa: E402
from babilu.system import SystemClock, SystemRandomness  # noqa: E402
from babilu.wire.file_entry import FileEntry, Preview  # noqa: E402
from bench.client import PASSWORD, acquainted, online, past_message, percentile, show, timed  # noqa: E402
from bench.figures import add_option, write  # noqa: E402
from bench.machine import machine, versions  # noqa: E402
from bench.served import Served, our_server  # noqa: E402

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from babilu.desktop.app import DesktopApp

ROUNDS: Final = 25
PAGE: Final = 80
MOST: Final = 1.25
"""So many times as long as words pictures may take until they are painted."""

WITH_WORDS, WITH_PICTURES = "bob", "carol"
SIDES: Final = ((1600, 1200), (1200, 1600), (1920, 1080), (1000, 1000))


def main() -> int:
    """Measure, print, and fail where pictures are slower."""
    parser = argparse.ArgumentParser(description="Measure opening a conversation of pictures.")
    parser.add_argument("--messages", type=int, default=5_000, help="messages of each conversation")
    add_option(parser)
    options = parser.parse_args()
    for facts in (machine(), versions()):
        show("; ".join(f"{name} {word}" for name, word in facts.items()), "")
    with (
        tempfile.TemporaryDirectory(prefix="babilu-bench-") as folder,
        our_server("babilu", Path(folder) / "relay", None) as relay,
    ):
        home = Path(folder)
        acquainted(relay, home, ("alice", WITH_WORDS))
        acquainted(relay, home, ("alice", WITH_PICTURES))
        fill(relay, home, options.messages)
        pages = measure_pages(relay, home)
        opened = measure_window(relay, home)
    ratio, figures = 0.0, dict[str, float]()
    for name, times in (("the client's page of the newest 80", pages), ("opened and painted", opened)):
        words, pictures = times[WITH_WORDS], times[WITH_PICTURES]
        for kind, taken in (("words", words), ("pictures", pictures)):
            half, most = statistics.median(taken) * 1000, percentile(taken, 95)
            figures |= {f"{name}, {kind}, ms": half, f"{name}, {kind}, 95 of 100, ms": most}
            show(f"{name}, {kind}, ms", f"{half:.1f} (95 of 100: {most:.1f})")
        # Of each round both were measured one after the other, so that other work on the machine counts for both.
        ratio = statistics.median(one / other for one, other in zip(pictures, words, strict=True))
        figures[f"{name}, pictures to words"] = ratio
        show(f"{name}, pictures to words", f"{ratio:.2f}")
    write(options.json, figures)
    return 1 if ratio > MOST else 0


def picture(number: int, randomness: SystemRandomness) -> FileEntry:
    """Make a picture of a message, with a preview of noise: nothing makes that smaller."""
    width, height = SIDES[number % len(SIDES)]
    shape = (PREVIEW_SIDE, PREVIEW_SIDE * height // width)
    small = shape if height <= width else (PREVIEW_SIDE * width // height, PREVIEW_SIDE)
    preview = Preview(*small, randomness.token(3 * small[0] * small[1]))
    token, key, digest = (randomness.token(32) for _ in range(3))
    size = 1_500_000 + number
    return FileEntry(token, key, size, digest, f"IMG_{number}.jpg", "image/jpeg", width, height, preview=preview)


def fill(relay: Served, home: Path, messages: int) -> None:
    """Give alice two pasts of so many messages, by the store's own calls."""
    clock, randomness = SystemClock(), SystemRandomness()
    store = ProfileStore.open(
        ProfilePaths.for_relay(home, "alice", *relay.address), Passphrase(PASSWORD), randomness, clock
    )
    try:
        with store.database.write() as unit:
            contacts = {each.name: each.contact for each in unit.contacts.all()}
            for number in range(messages):
                for name in (WITH_WORDS, WITH_PICTURES):
                    place = unit.conversations.of_contact(contacts[name])
                    files = (picture(number, randomness),) if name == WITH_PICTURES else ()
                    now = clock.now_ms()
                    message = past_message(place, contacts[name], number, now, randomness)
                    if files:
                        message = replace(message, text="", fields=TextFields(files=files))
                    unit.new_messages.add_incoming(message, now)
            unit.messages.take_unshown(2 * messages)
            for contact in contacts.values():
                unit.messages.mark_read(unit.conversations.of_contact(contact).conversation)
    finally:
        store.close()


def measure_pages(relay: Served, home: Path) -> dict[str, list[float]]:
    """Measure what the client alone takes for the newest messages."""
    times: dict[str, list[float]] = {WITH_WORDS: [], WITH_PICTURES: []}
    with Client(*relay.address, "alice", PASSWORD, home=home) as alice:
        online(alice)
        for _ in range(ROUNDS):
            for name, taken in times.items():
                taken.append(timed(alice, commands.History(name, PAGE)))
    return times


def measure_window(relay: Served, home: Path) -> dict[str, list[float]]:
    """Measure from the click on a conversation until its newest messages are painted."""
    from babilu.desktop.app import DesktopApp, DesktopOptions, make_application
    from babilu.host.opening import HostingFactory

    application = make_application(["babilu"])
    clock, randomness = SystemClock(), SystemRandomness()
    profile = RelayProfile(Address(*relay.address), "alice", Passphrase(PASSWORD))
    factory = HostingFactory(home, clock, randomness)
    app = DesktopApp(application, factory, DesktopOptions(home, profile), clock, randomness)
    app.start()
    try:
        wait(application, lambda: app.client_model.conversations.get(WITH_PICTURES) is not None)
        times: dict[str, list[float]] = {WITH_WORDS: [], WITH_PICTURES: []}
        for _ in range(ROUNDS):
            for name, taken in times.items():
                taken.append(opened(application, app, name))
    finally:
        app.stop()
    return times


def opened(application: "QApplication", app: "DesktopApp", name: str) -> float:
    """Open a conversation, and return the seconds until it is painted."""
    view, model = app.window.chat.conversation.messages, app.client_model.messages
    began = time.perf_counter()
    app.window.chat.open(name)
    wait(application, lambda: model.window.conversation == name and model.rowCount() > 0)
    view.viewport().repaint()
    taken = time.perf_counter() - began
    # What follows, such as what was read, does not fall into the next one's time.
    until = time.perf_counter() + 0.2
    wait(application, lambda: time.perf_counter() > until)
    return taken


def wait(application: "QApplication", done: Callable[[], bool]) -> None:
    """Let the window work until something is so."""
    deadline = time.perf_counter() + 60
    while not done():
        application.processEvents()
        if time.perf_counter() > deadline:
            raise SystemExit("the window does not come")


if __name__ == "__main__":
    raise SystemExit(main())
