"""The list of media follows its conversation: pages by position, deletions at once, and no link of a spoiler."""

from collections.abc import Callable
from typing import Any

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import FileView, MediaPage, MessageView
from babilu.bot.fake_client import FakeClient
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.kernel.states import FileState, MediaKind
from babilu.presentation.media_list import MediaList, MediaPhase, items_of, visible_links


class HeldBridge:
    """Answers what was asked when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[c.Media, Callable[[Any], None], Callable[[BabiluError], None]]] = []

    def request(self, command: Any, done: Any = None, failed: Any = None) -> None:
        self.asked.append((command, done, failed))

    def answer(self, *messages: MessageView, more: bool = False, place: int = -1) -> None:
        command, done, _ = self.asked[place]
        done(MediaPage("bob", messages[0].conversation_id if messages else b"", command.kind, messages, more))  # type: ignore[arg-type]


def made(*texts: str) -> list[MessageView]:
    client = FakeClient()
    pdf = FileView(0, "a.pdf", 1, "", FileState.HERE, 0)
    messages = [client.receive("bob", text, files=(("one.png", 1), pdf)) for text in texts]
    client.close()
    return messages


def media_of(message: MessageView) -> tuple[MediaList, HeldBridge]:
    bridge = HeldBridge()
    return MediaList(bridge, message.conversation_id.hex(), lambda: None), bridge  # type: ignore[arg-type]


def test_older_ones_are_asked_for_by_the_position_of_the_last_once_at_a_time() -> None:
    third, second, first = reversed(made("1", "2", "3"))
    media, bridge = media_of(first)
    media.show(MediaKind.PICTURE)
    media.older()
    assert len(bridge.asked) == 1
    bridge.answer(third, second, more=True)
    media.older()
    assert [command.before for command, _, _ in bridge.asked] == [None, second.position]
    bridge.answer(first)
    media.older()
    assert len(bridge.asked) == 2
    assert [item.message.text for item in media.items] == ["3", "2", "1"]
    assert {item.file.name for item in media.items if item.file is not None} == {"one.png"}


def test_an_answer_about_another_kind_comes_too_late() -> None:
    (message,) = made("https://a.example")
    media, bridge = media_of(message)
    media.show(MediaKind.PICTURE)
    media.show(MediaKind.LINK)
    bridge.answer(message, place=0)
    assert (media.items, media.phase) == ((), MediaPhase.LOADING)
    bridge.answer(message)
    assert [item.address for item in media.items] == ["https://a.example"]


def test_what_could_not_be_read_is_said_and_asked_for_again() -> None:
    (message,) = made("1")
    media, bridge = media_of(message)
    media.show(MediaKind.FILE)
    bridge.asked[0][2](LinkError(ErrorCode.CLOSED, "closed"))
    assert (media.phase, media.error is None) == (MediaPhase.FAILED, False)
    media.older()
    bridge.answer(message)
    assert (media.phase, media.error, len(media.items)) == (MediaPhase.READY, None, 1)


def test_what_is_deleted_over_or_cleared_leaves_the_list_and_an_edit_shows() -> None:
    one, two, three = made("https://a.example", "https://b.example", "https://c.example")
    media, bridge = media_of(one)
    media.show(MediaKind.LINK)
    bridge.answer(three, two, one)
    place = one.conversation_id
    media.hear(e.MessageDeleted(three.id, "bob", place))
    media.hear(e.MessageExpired(two.id, "carol", type(place)(bytes(32))))
    assert [item.address for item in media.items] == ["https://b.example", "https://a.example"]
    media.hear(e.MessageExpired(two.id, "bob", place))
    media.hear(e.ConversationCleared("bob", place))
    assert media.items == ()


def test_a_spoiler_and_code_show_no_address() -> None:
    text = "https://a.example ||https://b.example|| `https://c.example`\n```\nhttps://d.example\n```\nhttps://a.example"
    assert visible_links(text) == ("https://a.example",)
    (message,) = made("||https://b.example||")
    assert [item.address for item in items_of(message, MediaKind.LINK)] == [""]
