"""Takes the pictures of own devices and backups in the terminal: the screen is the real one, all else is made up.

Run through `python3 main.py screenshots`, or alone.
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from babilu.api import events as e  # noqa: E402 -- the path comes first
from babilu.api.views import OwnDeviceView  # noqa: E402
from babilu.bot.fake_client import FakeClient  # noqa: E402
from babilu.bot.fake_profile import START_MS  # noqa: E402
from babilu.kernel.states import Trust  # noqa: E402
from babilu.terminal.app.themes import TerminalLook  # noqa: E402
from tests.unit.terminal.app.stage import WIDE, Stage, on_stage  # noqa: E402
from tools.group_pictures import Show, ansi  # noqa: E402
from tools.terminal_picture import paint  # noqa: E402

TARGET: Final = ROOT / "docs" / "images"
NAMES: Final = {"en": ("Laptop in the study", "Old netbook"), "es": ("Portátil del estudio", "Miniportátil viejo")}
WORDS: Final = (
    "canyon tulip merit voyage garden lens obey picnic rural stamp twelve echo "
    "humble bridge walnut arrow cousin silver mango orbit tiger loyal fabric acoustic"
)
SAID: Final = {
    "en": ("See you on Tuesday", "I bring the scores", "Lovely, until then"),
    "es": ("Nos vemos el martes", "Yo llevo las partituras", "Qué bien, hasta entonces"),
}


def world(language: str) -> FakeClient:
    """Make somebody with three devices and a conversation."""
    client = FakeClient("alice")
    client.add_contact("lucia", trust=Trust.VERIFIED)
    for text in SAID[language]:
        client.receive("lucia", text)
    client._world.archives.code = WORDS  # noqa: SLF001 -- what a test may set, a picture may
    study, old = NAMES[language]
    client._world.devices.devices += [  # noqa: SLF001 -- what a test may set, a picture may
        OwnDeviceView("cd" * 16, study, own=False, full=True, last_seen=START_MS - 90_000),
        OwnDeviceView("ef" * 16, old, own=False, full=False, last_seen=START_MS - 40 * 24 * 60 * 60 * 1000),
    ]
    return client


async def devices(stage: Stage) -> None:
    """Show the own devices."""
    stage.main.dialogs.own_devices.show()
    await stage.settle()


async def asked(stage: Stage) -> None:
    """Have another device ask to be one of them."""
    words = ("acid", "zebra", "mango", "quiz")
    stage.client.ask_to_link(e.LinkAsked("ab" * 16, "Kitchen", "482913", words, full=False, failed=0))
    await stage.settle()


async def backup(stage: Stage) -> None:
    """Show how backups stand."""
    stage.main.dialogs.backups.show()
    await stage.settle()


async def code(stage: Stage) -> None:
    """Show the code of a new backup."""
    await backup(stage)
    await stage.press("right", "enter")


SCENES: Final[tuple[tuple[str, TerminalLook, str, Show], ...]] = (
    ("devices", TerminalLook.DARK, "en", devices),
    ("device-asks", TerminalLook.LIGHT, "es", asked),
    ("backup", TerminalLook.LIGHT, "en", backup),
    ("backup-code", TerminalLook.DARK, "es", code),
)
"""What is shown: the name of its picture, colours, language, and what is done."""


async def take(name: str, look: TerminalLook, language: str, show: Show) -> None:
    """Take one picture."""
    with tempfile.TemporaryDirectory() as folder:
        async with on_stage(world(language), Path(folder), size=WIDE, language=language, look=look) as stage:
            await stage.open("lucia")
            await show(stage)
            target = TARGET / f"terminal-{name}-{look.value}-{language}.png"
            paint(ansi(stage), target)
    print(target.relative_to(ROOT))


def main() -> int:
    """Take all pictures."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    for scene in SCENES:
        asyncio.run(take(*scene))
    return 0


if __name__ == "__main__":
    sys.exit(main())
