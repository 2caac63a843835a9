"""Every screen of the terminal client speaks a language that does not exist, and fits."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from babilu.api import commands as c
from babilu.api.views import FileView, PresenceState, PreviewView, QuoteView
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import START_MS
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import MessageId
from babilu.kernel.states import FileState, MessageState, Trust
from babilu.presentation.sizes import UNITS
from babilu.terminal.command_forms import FORMS
from tests.pseudo import LANGUAGE, speak, untranslated
from tests.unit.terminal.app.stage import NARROW, WIDE, Stage, on_stage

# Esc stands on keyboards of many languages, and sheets have no language of their own.
KNOWN = [
    *UNITS,
    "alice bob Bob carol dave erin mallory Babilu Esc jpg JPG #group babilu",
    *(form.usage() for form in FORMS),
]


def town() -> FakeClient:
    """Some people, each in another state, whose messages are numbers."""
    client = FakeClient("alice", accounts=["carol"])
    client.add_contact("bob", trust=Trust.VERIFIED)
    client.add_contact("carol")
    client.add_contact("dave")
    client.fill_history("bob", 4, "{}".format)
    client.change_identity("dave")
    client.connect_peer("carol")
    client.set_presence("bob", PresenceState.ONLINE)
    client.receive("erin", "1")
    return client


def keys(*names: str, conversation: str = "bob") -> Callable[[Stage], Awaitable[None]]:
    async def act(stage: Stage) -> None:
        await stage.open(conversation)
        await stage.press(*names)

    return act


async def beginning(stage: Stage) -> None:
    del stage


async def conversation(stage: Stage) -> None:
    await stage.open("bob")
    await stage.write("2")
    stage.client.advance(stage.client.messages("bob")[-1].id, MessageState.FAILED, ErrorCode.QUOTA)
    stage.client.go_offline(retry_in_ms=30_000)
    await stage.write("3")


def own(*names: str) -> Callable[[Stage], Awaitable[None]]:
    async def act(stage: Stage) -> None:
        await stage.open("bob")
        await stage.write("5")
        await stage.press("escape", *names)

    return act


def edited(*names: str) -> Callable[[Stage], Awaitable[None]]:
    """Everything that can be said about a message, and a key for it."""

    async def act(stage: Stage) -> None:
        client = stage.client
        gone, message = client.receive("bob", "5"), client.receive("bob", "6")
        client.edit("bob", message.id, "7")
        client.react("bob", message.id, "\N{THUMBS UP SIGN}")
        claimed = client.receive("bob", "8", reply_to=MessageId(bytes(16)))
        client.shape(claimed.id, reply_to=QuoteView(MessageId(bytes(16)), "", "9", known=False))
        client.receive("bob", "8", reply_to=gone.id)
        client.delete_for_all("bob", gone.id)
        client.pin("bob", message.id)
        client.shape(message.id, forwarded=True, timer=60, expires_at=START_MS + 2 * 3_600_000)
        await stage.open("bob")
        await stage.press("escape", "up", "up", *names)

    return act


async def busy(stage: Stage) -> None:
    stage.client.set_timer("bob", 28_800)
    stage.client.type("bob")
    await stage.open("bob")


def later(*names: str) -> Callable[[Stage], Awaitable[None]]:
    async def act(stage: Stage) -> None:
        await stage.open("bob")
        await stage.press("5", *names)

    return act


async def overdue(stage: Stage) -> None:
    view = stage.client.request(c.Schedule("bob", "5", START_MS + 1)).result()
    stage.client.miss(view.number)
    await stage.settle()


def sheet_of(what: str) -> Callable[[Stage], Awaitable[None]]:
    """Open a sheet about a conversation."""

    async def act(stage: Stage) -> None:
        await stage.open("bob")
        rooms = stage.main.dialogs.rooms
        contact = stage.app.client_model.conversations["bob"].contact
        assert contact is not None
        opens: dict[str, Callable[[], None]] = {
            "timer": lambda: rooms.timer("bob"),
            "mute": lambda: rooms.mute("bob"),
            "clear": lambda: rooms.clear("bob"),
            "rename": lambda: rooms.rename(contact),
            "receipts": lambda: rooms.receipts("bob"),
            "date": lambda: rooms.go_to_date("bob"),
            "search": lambda: rooms.search(None),
            "pins": lambda: rooms.pins("bob"),
            "space": stage.main.dialogs.space.show,
            "backups": stage.main.dialogs.backups.show,
            "media": lambda: stage.main.dialogs.media.show("bob"),
        }
        opens[what]()
        await stage.settle()

    return act


def picture(state: FileState) -> Callable[[Stage], Awaitable[None]]:
    """Look at a picture that stands in some way."""

    async def act(stage: Stage) -> None:
        preview = PreviewView(1, 1, bytes(3))
        files = (FileView(0, "9.jpg", 9, "", state, 3, width=9, height=9, preview=preview),) * 2
        stage.client.receive("bob", "", files=files)
        await stage.open("bob")
        await stage.press("escape", "v")

    return act


def group(*names: str) -> Callable[[Stage], Awaitable[None]]:
    """A group of one's own with everything that can be said there, and keys for it."""

    async def act(stage: Stage) -> None:
        client = stage.client
        client.groups.begin("8", "bob", "carol", "erin", admins=("bob",), topic="9")
        await stage.open("#group")
        message = client.receive("#group", "5", sender="carol")
        await stage.write("6")
        sent = client.messages("#group")[-1]
        client.groups.advance(sent.id, "bob", MessageState.READ)
        client.groups.advance(sent.id, "erin", MessageState.FAILED, ErrorCode.QUOTA)
        client.groups.act("bob", c.DeleteMessage(message.id, "#group", for_all=True))
        client.groups.act("bob", c.ChangeGroup("#group", title="7"))
        client.type("#group", sender="bob")
        client.type("#group", sender="carol")
        await stage.press(*names)

    return act


def group_sheet(what: str, *names: str) -> Callable[[Stage], Awaitable[None]]:
    """Open a sheet about a group, and press keys there."""

    async def act(stage: Stage) -> None:
        await group()(stage)
        groups, known = stage.main.dialogs.groups, stage.app.client_model.groups.of("#group")
        assert known is not None
        opens: dict[str, Callable[[], None]] = {
            "add": lambda: groups.add(known),
            "members": lambda: groups.members.show(known),
            "links": lambda: groups.joining.links(known),
            "join": groups.joining.join,
            "log": lambda: groups.log(known),
            "leave": lambda: groups.ask_to_leave(known),
            "adders": groups.who_may_add,
            "title": lambda: groups._ask_text(known, "title"),
            "topic": lambda: groups._ask_text(known, "topic"),
            "group picture": lambda: groups._ask_text(known, "picture"),
        }
        opens[what]()
        await stage.settle()
        await stage.press(*names)

    return act


async def invited(stage: Stage) -> None:
    stage.client.groups.begin("8", "carol", by="bob", accepted=False)
    await stage.settle()
    await stage.press("ctrl+n")


async def wants_to_join(stage: Stage) -> None:
    await group()(stage)
    stage.client.groups.ask_to_join("#group", "dave")
    await stage.settle()
    await stage.press("ctrl+n")


async def closed_group(stage: Stage) -> None:
    stage.client.groups.begin("8", by="bob")
    stage.client.groups.act("bob", c.ChangeGroup("#group", everybody_posts=False))
    await stage.open("#group")
    await stage.write("9")


async def left_group(stage: Stage) -> None:
    stage.client.groups.begin("8", by="bob")
    stage.client.request(c.QuitGroup("#group")).result()
    await stage.open("#group")


async def request(stage: Stage) -> None:
    stage.client.ask_for_conversation("mallory")
    await stage.settle()
    await stage.press("ctrl+n")


async def connection(stage: Stage) -> None:
    await stage.write("/listen 127.0.0.1 5051")
    await stage.press("f3")


async def misuse(stage: Stage) -> None:
    await stage.open("bob")
    await stage.write("/history bob 0")


async def palette_query(stage: Stage) -> None:
    await stage.press("ctrl+p", "9", "9")


SCREENS: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "beginning": beginning,
    "conversation": conversation,
    "new contact": keys(conversation="erin"),
    "changed identity": keys(conversation="dave"),
    "trust": keys("f4", conversation="dave"),
    "request": request,
    "connection": connection,
    "misuse": misuse,
    "help": keys("f1"),
    "contact": keys("f2"),
    "go to": keys("ctrl+k"),
    "new conversation": keys("ctrl+t"),
    "search": keys("ctrl+f"),
    "search everywhere": keys("ctrl+r"),
    "palette": keys("ctrl+p"),
    "palette finds nothing": palette_query,
    "reading": keys("escape"),
    "marks": edited(),
    "message": keys("escape", "i"),
    "delete": keys("escape", "d"),
    "delete an own one": own("d"),
    "reply": keys("escape", "r"),
    "edit": own("e"),
    "react": keys("escape", "plus", *"9999"),
    "forward": keys("escape", "f", "tab"),
    "wordings": edited("w"),
    "contents": edited("i"),
    "typing and timer": busy,
    "send later": later("alt+s"),
    "sent later": later("alt+s", *"8h", "enter", "ctrl+p", *"99"),
    "overdue": overdue,
    **{
        sheet: sheet_of(sheet)
        for sheet in (
            "timer",
            "mute",
            "clear",
            "rename",
            "receipts",
            "date",
            "search",
            "pins",
            "media",
            "space",
            "backups",
        )
    },
    **{f"picture that is {state.value}": picture(state) for state in FileState},
    "block": keys("f5", conversation="erin"),
    "group": group(),
    "what a group is": group("f2"),
    "receipts of a group": group("escape", "up", "i"),
    "mention": group(*"9 @"),
    "one member alone": group(*"@bob"),
    "delete of somebody else": group("escape", "up", "up", "d"),
    "new group": group("ctrl+g"),
    "new group without a title": group("ctrl+g", "enter", *"99", "enter", "enter"),
    "settings of a group": group("f2", "right", "right", "right", "enter"),
    "member": group_sheet("members", *"bob", "enter"),
    "appoint": group_sheet("members", *"erin", "enter", "right", "right", "enter"),
    "demote": group_sheet("members", *"bob", "enter", "right", "right", "enter"),
    "remove": group_sheet("members", *"erin", "enter", "right", "right", "right", "enter"),
    "step down": group_sheet("members", *"alice", "enter", "left", "left", "enter"),
    "new link": group_sheet("links", "enter"),
    "link": group_sheet("links", "down", "enter", *"5", "enter", "enter"),
    "code": group_sheet("links", "enter", "enter", "enter", "right", "enter"),
    "revoke": group_sheet("links", "enter", "enter", "enter", "right", "right", "right", "enter"),
    "links": group_sheet("links", "enter", *"5", "enter", "enter", "right", "enter", "ctrl+p"),
    **{
        sheet: group_sheet(sheet)
        for sheet in ("add", "members", "join", "log", "leave", "adders", "title", "topic", "group picture")
    },
    "invited": invited,
    "wants to join": wants_to_join,
    "closed group": closed_group,
    "left group": left_group,
}


@pytest.mark.parametrize(
    ("name", "size"), [*((name, NARROW) for name in SCREENS), *((name, WIDE) for name in ("conversation", "help"))]
)
async def test_a_screen_shows_no_sentence_that_is_in_no_catalogue(
    name: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    speak(monkeypatch)
    async with on_stage(town(), tmp_path, size=size, language=LANGUAGE) as stage:
        await SCREENS[name](stage)
        rows = stage.rows()
    assert len(rows) == size[1]
    assert {row: words for row in rows if (words := untranslated(row, KNOWN))} == {}
