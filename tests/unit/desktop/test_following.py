"""What is shown follows at once what the user does, and nothing that comes late tears them away from it."""

from collections.abc import Callable

from babilu.api import commands as c
from babilu.api.events import ConversationChanged
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of
from babilu.desktop.sheets.contact import ContactSheet
from babilu.kernel.errors import ErrorCode, LinkError
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]


def two_people(desktop: DesktopUnderTest, client: FakeClient, messages: int = 0) -> None:
    for name in ("carol", "bob"):
        client.add_contact(name)
        if messages:
            client.fill_history(name, messages, lambda n, name=name: f"{name} {n}")  # type: ignore[misc]
    desktop.enter()
    desktop.open("bob")


def test_a_draft_stands_there_when_one_goes_away_and_comes_back_at_once(
    desktop: DesktopUnderTest, client: FakeClient
) -> None:
    two_people(desktop, client)
    desktop.write("half a thought", desktop.composer.editor)
    client.hold(c.SetDraft)
    client.hold(c.Conversations)
    desktop.press("Ctrl+PgDown")
    assert desktop.composer.editor.toPlainText() == ""
    desktop.press("Ctrl+PgUp")
    assert desktop.composer.editor.toPlainText() == "half a thought"
    client.release(c.SetDraft)
    client.release(c.Conversations)
    desktop.settle()
    desktop.write("!", desktop.composer.editor)
    desktop.composer.keep()
    assert desktop.wait_for(c.SetDraft, 2) == c.SetDraft(conversation_of("bob").hex(), "half a thought!")


def test_a_list_that_comes_late_does_not_take_a_draft_back(desktop: DesktopUnderTest, client: FakeClient) -> None:
    two_people(desktop, client)
    before = client.request(c.Conversations()).result()
    desktop.write("half a thought", desktop.composer.editor)
    client.hold(c.SetDraft)
    desktop.press("Ctrl+PgDown")
    client.tell(ConversationChanged("bob", conversation_of("bob")))
    count = len(desktop.asked(c.Conversations))
    desktop.wait_for(c.Conversations, count + 1)
    assert before[0].draft == before[1].draft == ""
    desktop.press("Ctrl+PgUp")
    assert desktop.composer.editor.toPlainText() == "half a thought"
    client.release(c.SetDraft)
    desktop.settle()


def test_a_switch_stays_where_it_was_put_while_the_client_is_asked(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    desktop.window.navigator.details()
    sheet = desktop.sheet(ContactSheet)
    for switch, kind in ((sheet.pinned, c.SetPinned), (sheet.muted, c.SetMuted), (sheet.direct, c.AllowDirect)):
        before = switch.isChecked()
        client.hold(kind)
        switch.click()
        desktop.client_model.contact_changed.emit("bob")
        assert switch.isChecked() is not before, kind
        client.fail_next(kind, LinkError(ErrorCode.BUSY, "Busy."))
        client.release(kind)
        desktop.settle()
        desktop.qtbot.waitUntil(lambda s=switch, b=before: s.isChecked() is b)  # type: ignore[misc]


def test_a_jump_is_not_lost_to_a_conversation_that_is_still_opening(
    desktop: DesktopUnderTest, client: FakeClient
) -> None:
    two_people(desktop, client, 200)
    target = client.messages("bob")[190]
    client.hold(c.History)
    desktop.chat.open("carol")
    desktop.page.show_message(target)
    client.release(c.History)
    desktop.settle()
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.is_marked(target))
    assert desktop.client_model.current == desktop.client_model.messages.window.conversation == "bob"
    assert desktop.composer.conversation == conversation_of("bob").hex()


def test_a_page_that_comes_late_leaves_no_hole_in_what_is_shown(desktop: DesktopUnderTest, client: FakeClient) -> None:
    two_people(desktop, client, 900)
    every = client.messages("bob")
    desktop.page.show_message(every[600])
    desktop.settle()
    client.hold(c.History)
    desktop.client_model.pages.newer()
    desktop.page.show_message(every[100])
    client.release(c.History)
    desktop.settle()
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.window.row_of(every[100].id) is not None)
    desktop.settle()
    positions = [message.position for message in desktop.client_model.messages.window.messages]
    first = next(number for number, message in enumerate(every) if message.position == positions[0])
    assert positions == [message.position for message in every[first : first + len(positions)]]


def test_nothing_is_marked_as_read_before_it_is_shown(desktop: DesktopUnderTest, client: FakeClient) -> None:
    two_people(desktop, client, 3)
    client.receive("carol", "not seen yet")
    desktop.settle()
    desktop.qtbot.waitUntil(lambda: desktop.client_model.conversations.get("carol").unread == 1)  # type: ignore[union-attr]
    client.hold(c.History)
    desktop.chat.open("carol")
    desktop.client_model.ready.emit()
    assert desktop.asked(c.MarkRead) == []
    client.release(c.History)
    assert desktop.wait_for(c.MarkRead) == c.MarkRead(
        conversation_of("carol").hex(), client.messages("carol")[-1].position
    )


def test_the_head_names_whom_one_writes_to_from_the_first_key_on(desktop: DesktopUnderTest, client: FakeClient) -> None:
    two_people(desktop, client)
    client.hold(c.History)
    desktop.chat.open("carol")
    assert desktop.page.header.name.whole == "carol"
    client.release(c.History)
    desktop.settle()


def test_where_more_is_told_than_can_be_kept_everything_is_read_anew(opened: Opened, client: FakeClient) -> None:
    desktop = opened(3)
    count = len(desktop.asked(c.History))
    client.add_contact("dave")
    desktop.app.bridge.missed.emit()
    desktop.wait_for(c.History, count + 1)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.conversations.get("dave") is not None)


def test_a_message_that_is_read_at_once_costs_the_one_request_that_says_so(
    desktop: DesktopUnderTest, client: FakeClient
) -> None:
    two_people(desktop, client, messages=3)
    desktop.qtbot.waitUntil(lambda: not desktop.client_model.gathering.isActive())
    desktop.settle()
    client.commands.clear()

    client.receive("bob", "hello")
    desktop.wait_for(c.MarkRead)
    desktop.qtbot.waitUntil(lambda: not desktop.client_model.gathering.isActive())
    desktop.settle()

    assert [type(command).__name__ for command in client.commands] == ["MarkRead"]
