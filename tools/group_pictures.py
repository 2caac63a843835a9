"""Takes the pictures of groups in the terminal: the screen is the real one; people and messages are made up.

Run through `python3 main.py screenshots`, or alone.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from rich.color import ColorSystem

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from babilu.api import commands as c  # noqa: E402 -- the path comes first
from babilu.api.group_views import GroupChangeView  # noqa: E402
from babilu.bot.fake_client import FakeClient  # noqa: E402
from babilu.kernel.errors import ErrorCode  # noqa: E402
from babilu.kernel.states import GroupChangeKind, MessageState, Trust  # noqa: E402
from babilu.terminal.app.themes import TerminalLook  # noqa: E402
from tests.unit.terminal.app.stage import WIDE, Stage, on_stage  # noqa: E402
from tools.terminal_picture import paint  # noqa: E402

TARGET: Final = ROOT / "docs" / "images"
CHOIR: Final = "#choir"
TITLES: Final = {"en": "Choir on Tuesdays", "es": "Coro de los martes"}
TOPICS: Final = {"en": "Summer concert, 20 June", "es": "Concierto de verano, 20 de junio"}
SAID: Final = {
    "en": (
        ("sofia", "Who brings the scores on Tuesday?"),
        ("kenji", "I can print them for everybody"),
        ("omar", "Cheap loans, click here"),
        ("lucia", "Thank you! @alice, do you have the key of the hall?"),
    ),
    "es": (
        ("sofia", "¿Quién trae las partituras el martes?"),
        ("kenji", "Yo puedo imprimirlas para todos"),
        ("omar", "Préstamos baratos, haz clic aquí"),
        ("lucia", "¡Gracias! @alice, ¿tienes la llave de la sala?"),
    ),
}
ANSWERS: Final = {"en": "I do, and I open at *half past six*", "es": "Sí, y abro a las *seis y media*"}

Show = Callable[[Stage], Awaitable[None]]


def world(language: str) -> FakeClient:
    """Make people and groups, one of which waits for a decision."""
    client = FakeClient("alice", accounts=["omar"])
    for name in ("lucia", "kenji", "sofia", "nadia"):
        client.add_contact(name, trust=Trust.VERIFIED if name in {"lucia", "sofia"} else Trust.FIRST_USE)
    client.fill_history("nadia", 1, {"en": "See you there", "es": "Nos vemos allí"}[language].format)
    client.groups.begin(
        "Choir", "kenji", "omar", "lucia", by=None, admins=("lucia",), topic=TOPICS[language], told=False
    )
    client.request(c.ChangeGroup(CHOIR, title=TITLES[language])).result()
    client.groups.act("lucia", c.AddToGroup(CHOIR, ("sofia",)))
    client.groups.begin({"en": "Chess", "es": "Ajedrez"}[language], "kenji", by="sofia", accepted=False)
    return client


async def talk(stage: Stage, language: str) -> None:
    """Let the group talk, an admin remove a message, and three of four read one's own."""
    client = stage.client
    await stage.open(CHOIR)
    for name, text in SAID[language]:
        message = client.receive(CHOIR, text, sender=name, mentions=("alice",) if "@alice" in text else ())
        if name == "omar":
            client.groups.act("lucia", c.DeleteMessage(message.id, CHOIR, for_all=True))
    client.react("kenji", client.messages(CHOIR)[-1].id, "🎉")
    await stage.write(ANSWERS[language])
    sent = client.messages(CHOIR)[-1]
    for name in ("lucia", "kenji", "sofia"):
        client.groups.advance(sent.id, name, MessageState.READ)
    client.groups.advance(sent.id, "omar", MessageState.FAILED, ErrorCode.QUOTA)
    late = GroupChangeView(GroupChangeKind.REMOVED, "omar", "lucia", counts=False, why_not="no_place")
    client.groups.say(CHOIR, late)
    client.type(CHOIR, sender="sofia")
    await stage.settle()


async def members(stage: Stage) -> None:
    """Show who is in."""
    await stage.press("f2", "enter")


async def new(stage: Stage) -> None:
    """Begin another group."""
    await stage.press("ctrl+g", *"Board", "enter", *"luc", "enter", *"kenji", "enter", "n")


async def link(stage: Stage) -> None:
    """Make a link to the group."""
    group = stage.app.client_model.groups.of(CHOIR)
    if group is None:
        raise LookupError("the group is not known")
    stage.main.dialogs.groups.joining.links(group)
    await stage.settle()
    await stage.press("enter", *"5", "enter", "enter", "right", "enter")


async def newcomers(stage: Stage) -> None:
    """Choose what newcomers are given."""
    await stage.press("ctrl+p", *"newcomers", "enter")


async def nothing(stage: Stage) -> None:
    """Leave the screen as it is."""
    del stage


SCENES: Final[tuple[tuple[str, TerminalLook, str, Show], ...]] = (
    ("group", TerminalLook.DARK, "en", nothing),
    ("group-members", TerminalLook.LIGHT, "es", members),
    ("group-new", TerminalLook.DARK, "en", new),
    ("group-link", TerminalLook.DARK, "es", link),
    ("group-newcomers", TerminalLook.LIGHT, "en", newcomers),
)
"""What is shown after the talk: the name of its picture, colours, language, and what is done."""

COLOURS: Final = ColorSystem.TRUECOLOR


def ansi(stage: Stage) -> str:
    """Give what is on the screen as text with its escape sequences."""
    rows = stage.app.screen._compositor.render_strips()  # noqa: SLF001 -- what is drawn is nowhere else
    return "\n".join(
        "".join(
            segment.text if segment.style is None else segment.style.render(segment.text, color_system=COLOURS)
            for segment in row
        )
        for row in rows
    )


async def take(name: str, look: TerminalLook, language: str, show: Show) -> None:
    """Take one picture."""
    with tempfile.TemporaryDirectory() as folder:
        async with on_stage(world(language), Path(folder), size=WIDE, language=language, look=look) as stage:
            await talk(stage, language)
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
