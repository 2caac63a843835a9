"""Takes the pictures of the README's top: the desktop's window as it looks after a busy week, light and dark.

The window is the real one; people and messages are made up, so that nobody's are shown. Run through
`python3 main.py screenshots`, or alone.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
os.environ.update(QT_QPA_PLATFORM="offscreen", QT_SCALE_FACTOR="2", TZ="UTC", LANGUAGE="en")
time.tzset()

from PySide6.QtCore import QCoreApplication, QEventLoop  # noqa: E402 -- the platform is chosen first

from babilu.api import commands as c  # noqa: E402
from babilu.api.client import RelayProfile  # noqa: E402
from babilu.api.credentials import Passphrase  # noqa: E402
from babilu.api.views import Address, PresenceState  # noqa: E402
from babilu.bot.fake_client import FakeClient  # noqa: E402
from babilu.bot.fake_profile import START_MS  # noqa: E402
from babilu.desktop.app import DesktopApp, DesktopOptions, make_application  # noqa: E402
from babilu.desktop.theme.theme import ThemeChoice  # noqa: E402
from babilu.kernel.states import MessageState, Trust  # noqa: E402
from tests.fakes.client_factory import FakeClientFactory  # noqa: E402

TARGET = ROOT / "docs" / "images"
SIZE: Final = (1180, 872)
RELAY: Final = Address("chat.linden.example", 5050)
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NOW: Final = START_MS + 7 * DAY + 9 * HOUR
DEADLINE_S: Final = 60.0

WEEK: Final = (
    ("omar", 6 * DAY, "The bike is repaired. You can fetch it any evening."),
    ("grandpa", 4 * DAY, "How do I make the letters bigger again?"),
    ("elena", 3 * DAY, "Thank you! 🌻"),
    ("jonas", 2 * DAY, "Same time next week?"),
    ("fatima", DAY + 2 * HOUR, "I have the keys to the hall until Friday"),
    ("mateo", DAY, "Ha, told you so"),
    ("kenji", 2 * HOUR, "Shipping moved to Thursday, I will tell the others"),
)
"""Whoever wrote last, how long ago, and what."""

GROUPS: Final = (
    ("The board", ("priya", "elena", "fatima"), 5 * DAY, "priya", "The minutes are in the usual place"),
    ("Sunday choir", ("lucia", "kenji", "sofia"), 5 * HOUR, "sofia", "@marta can you bring the projector?"),
)
"""Title, members besides oneself, how long ago somebody wrote, who, and what."""

TALK: Final = (
    (95, "lucia", "Did the new relay survive the night?"),
    (93, "", "It did. I pulled the plug twice, on purpose."),
    (92, "lucia", "You what"),
    (91, "", "Nothing lost, nothing twice. It answers after the message is on its disk."),
    (60, "lucia", "And it really cannot read any of this?"),
    (58, "", "See for yourself:\npython3 main.py doctor --attack"),
    (31, "lucia", "20 of 20 came to nothing 👏"),
    (30, "lucia", "I am inviting the whole choir then. 23 people, one small machine in the hall?"),
    (12, "", "It will not even warm up. I will print an invitation for each of them."),
    (2, "lucia", "Perfect. See you at eight?"),
)
"""Minutes ago, who, and what; what has no name is one's own."""


class StoryTime:
    """The time at which something happens: set for each message, and a second later with each thing."""

    def __init__(self) -> None:
        self.now = NOW

    def tick(self) -> int:
        """Go on by a second."""
        self.now += 1_000
        return self.now


class Clock:
    """It is always the same evening."""

    def now_ms(self) -> int:
        """Return the wall clock's time."""
        return NOW

    def monotonic_ms(self) -> int:
        """Return a time that runs."""
        return round(time.monotonic() * 1000)


class Chance:
    """The system's randomness."""

    def token(self, size: int) -> bytes:
        """Return random bytes."""
        return os.urandom(size)


def neighbourhood() -> FakeClient:
    """Make a client whose week was busy."""
    story = StoryTime()
    members = {name for _, people, _, _, _ in GROUPS for name in people}
    names = sorted({"lucia", *members, *(name for name, _, _ in WEEK)})
    client = FakeClient("marta", RELAY, accounts=names, now=story.tick)
    for name, _, _ in WEEK:
        client.add_contact(name, trust=Trust.VERIFIED if name in {"elena", "kenji"} else Trust.FIRST_USE)
    week: list[tuple[int, str, str, tuple[str, ...], str]] = [(ago, name, "", (), text) for name, ago, text in WEEK]
    week += [(ago, who, title, people, text) for title, people, ago, who, text in GROUPS]
    for ago, who, title, people, text in sorted(week, reverse=True):
        story.now = NOW - ago
        where = client.groups.begin(title, *people, told=False).conversation if title else who
        asked = text.startswith("@marta")
        client.receive(where, text, sender=who, mentions=("marta",) if asked else ())
        if not asked and who != "kenji":
            client.request(c.MarkRead(where)).result()
    client.add_contact("lucia", trust=Trust.VERIFIED)
    for ago, who, text in TALK:
        story.now = NOW - ago * MINUTE
        if who:
            client.receive(who, text)
        else:
            sent = client.request(c.Send("lucia", text)).result()
            client.advance(sent.id, MessageState.READ)
    client.request(c.MarkRead("lucia")).result()
    client.request(c.SetPinned("lucia", True)).result()
    for name in ("lucia", "kenji", "mateo"):
        client.set_presence(name, PresenceState.ONLINE)
    return client


def until(done: Callable[[], bool]) -> None:
    """Let Qt work until something is so."""
    deadline = time.monotonic() + DEADLINE_S
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError("the window never came to look so")
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


def settled(client: FakeClient, rounds: int = 20) -> None:
    """Let everything that was asked for be answered and drawn."""
    for _ in range(rounds):
        client.settle()
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


def main() -> int:
    """Take both pictures."""
    application = make_application(["babilu"])
    with tempfile.TemporaryDirectory() as folder:
        for theme in (ThemeChoice.LIGHT, ThemeChoice.DARK):
            client = neighbourhood()
            home = Path(folder) / theme.value
            home.mkdir()
            profile = RelayProfile(RELAY, "marta", Passphrase("correct horse"))
            options = DesktopOptions(home, profile, language="en")
            app = DesktopApp(application, FakeClientFactory(client), options, Clock(), Chance())
            app.preferences.change(theme=theme, language="en")
            app.start()
            app.window.resize(*SIZE)
            until(lambda app=app: app.window.pages.currentWidget() is app.window.chat)  # type: ignore[misc]
            until(lambda app=app: app.client_model.conversations.get("lucia") is not None)  # type: ignore[misc]
            app.window.chat.open("lucia")
            settled(client)
            file = TARGET / f"front-desktop-{theme.value}.png"
            app.window.grab().save(str(file))
            print(file.relative_to(ROOT))
            app.stop()
            app.window.deleteLater()
            client.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
