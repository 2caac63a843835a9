"""Groups in the window: who wrote what, what waits for a decision, and what one may not do."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPointF, Qt

from babilu.api import commands as c
from babilu.api.group_views import GroupChangeView, GroupInvitationView, JoinRequestView
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of
from babilu.desktop.models.conversations import ConversationRow, DecisionRow, preview
from babilu.desktop.models.labels import fitting_labels
from babilu.desktop.models.message_words import state_words_of
from babilu.desktop.notifications import for_request
from babilu.desktop.sheets.safety import SafetySheet
from babilu.desktop.theme.palettes import Look, colours_of, contrast
from babilu.desktop.widgets.bubble import Bubble
from babilu.desktop.widgets.bubble_parts import PlaceHit, SenderHit
from babilu.kernel.errors import ErrorCode, LinkError
from babilu.kernel.states import GroupChangeKind, MessageState
from babilu.presentation.person_hues import HUES
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]


@pytest.fixture
def picnic(client: FakeClient) -> str:
    """Give the label of a group of alice, bob and carol, of which bob is the owner."""
    for name in ("bob", "carol"):
        client.add_contact(name)
    return client.groups.begin("Picnic", "carol", by="bob", topic="Sunday at noon", told=False).conversation


def enter(desktop: DesktopUnderTest, label: str) -> None:
    desktop.enter()
    desktop.open(label)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.groups.of(label) is not None)


def bubbles(desktop: DesktopUnderTest) -> list[Bubble]:
    return [desktop.view.delegate.bubble(row) for row in range(desktop.client_model.messages.rowCount())]


def row_of(desktop: DesktopUnderTest, label: str) -> ConversationRow:
    number = desktop.client_model.rows.number_of(label)
    assert number is not None
    row = desktop.client_model.rows.row(number)
    assert isinstance(row, ConversationRow)
    return row


def decisions(desktop: DesktopUnderTest) -> list[DecisionRow]:
    rows = desktop.client_model.rows
    found = [rows.row(number) for number in range(rows.rowCount())]
    return [row for row in found if isinstance(row, DecisionRow)]


# The conversation.


def test_a_group_is_called_by_its_title_and_says_how_many_are_in_and_what_it_is_about(
    desktop: DesktopUnderTest, picnic: str
) -> None:
    enter(desktop, picnic)
    header = desktop.page.header
    assert header.name.whole == "Picnic"
    desktop.qtbot.waitUntil(lambda: header.way.whole == "3 members · Sunday at noon")
    assert not header.call_button.isVisible()
    assert header.details_button.accessibleName() == "About this group"
    assert desktop.window.windowTitle().startswith("Picnic ")


def test_whoever_writes_is_named_once_above_what_they_write_and_shown_beside_the_last_of_it(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    for sender, text in (("bob", "one"), ("bob", "two"), ("carol", "three")):
        client.receive(picnic, text, sender=sender)
    client.request(c.Send(picnic, "four")).result()
    enter(desktop, picnic)
    shown = bubbles(desktop)[-4:]
    assert [bubble.sender for bubble in shown] == ["bob", "", "carol", ""]
    assert [bubble.disc.isValid() for bubble in shown] == [False, True, True, False]
    assert shown[0].box.left() == shown[1].box.left() > shown[1].disc.right()


def test_in_a_conversation_of_two_nobody_is_named(opened: Opened) -> None:
    desktop = opened(2)
    assert [bubble.sender for bubble in bubbles(desktop)] == ["", ""]
    assert not any(bubble.disc.isValid() for bubble in bubbles(desktop))


def test_the_name_above_a_message_can_be_pressed(desktop: DesktopUnderTest, client: FakeClient, picnic: str) -> None:
    client.receive(picnic, "one", sender="carol")
    enter(desktop, picnic)
    bubble = bubbles(desktop)[-1]
    assert bubble.hit(bubble.sender_at.center()) == SenderHit("carol")
    assert bubble.hit(bubble.disc.center()) == SenderHit("carol")
    assert bubble.hit(QPointF(bubble.box.right() + 5, bubble.box.center().y())) is None


@pytest.mark.parametrize("look", list(Look))
def test_every_hue_of_a_name_can_be_read_on_a_message(look: Look) -> None:
    colours = colours_of(look)
    needed = 7 if look in {Look.CONTRAST_LIGHT, Look.CONTRAST_DARK} else 4.5
    assert len(set(colours.hues)) == HUES
    assert all(contrast(hue, colours.bubble_in) >= needed for hue in colours.hues)


def test_what_changes_in_a_group_is_a_line_of_its_own_as_wide_as_its_words(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    client.groups.act("bob", c.AddToGroup(picnic, ("dan",)))
    client.groups.act("bob", c.SetRole(picnic, "alice", client.groups.view(picnic).members[0].role.ADMIN))
    refused = GroupChangeView(GroupChangeKind.ADDED, "eve", "mallory", counts=False, why_not="ended")
    client.groups.say(picnic, refused)
    enter(desktop, picnic)
    added, appointed, void = bubbles(desktop)[-3:]
    assert added.content.sections[0].layout.text() == "bob added dan."
    assert appointed.content.sections[0].layout.text() == "bob made you an admin."
    assert "does not count" in void.content.sections[0].layout.text()
    assert added.box.width() - added.content.natural == pytest.approx(24, abs=2)
    index = desktop.client_model.messages.index(desktop.client_model.messages.rowCount() - 2)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "bob made you an admin."


def test_a_line_about_a_pin_leads_to_the_message(desktop: DesktopUnderTest, client: FakeClient, picnic: str) -> None:
    message = client.receive(picnic, "at the lake", sender="carol")
    client.groups.act("bob", c.PinMessage(message.id, True, picnic))
    enter(desktop, picnic)
    line = bubbles(desktop)[-1]
    assert line.hit(line.box.center()) == PlaceHit(message.id)
    assert bubbles(desktop)[0].hit(bubbles(desktop)[0].box.center()) is None


def test_a_search_in_a_group_looks_for_people_and_not_for_roles(desktop: DesktopUnderTest, picnic: str) -> None:
    enter(desktop, picnic)
    desktop.press("Ctrl+F")
    box = desktop.page.search.person_box
    assert [box.itemText(row) for row in range(box.count())][1:] == ["By You", "By bob", "By carol"]


def test_a_message_that_an_admin_removed_says_who_did_it(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    spam = client.receive(picnic, "buy watches", sender="carol")
    client.groups.act("bob", c.DeleteMessage(spam.id, picnic, for_all=True))
    enter(desktop, picnic)
    gone = next(each for each in bubbles(desktop) if each.message.id == spam.id)
    assert gone.content.sections[0].layout.text() == "bob removed a message of carol"


def test_a_message_says_to_how_many_it_has_come_and_that_it_lacks_somebody(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    sent = client.request(c.Send(picnic, "who comes?")).result()
    enter(desktop, picnic)
    client.groups.advance(sent.id, "bob", MessageState.READ)
    client.groups.advance(sent.id, "carol", MessageState.FAILED, ErrorCode.NOT_FOUND)
    desktop.settle()
    row = desktop.client_model.messages.window.row_of(sent.id)
    assert row is not None
    message = desktop.client_model.messages.message(row)
    assert state_words_of(message) == "Read by 1 of 2 · 1 of 2 has not got it"


def test_everybody_in_a_group_can_be_mentioned_also_whoever_comes_later(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    enter(desktop, picnic)
    desktop.composer.editor.setFocus()
    desktop.write("@")
    assert desktop.composer.mentions.offered == ("bob", "carol", "all", "admins")
    client.groups.act("bob", c.AddToGroup(picnic, ("dan",)))
    desktop.settle()
    desktop.qtbot.waitUntil(lambda: "dan" in desktop.composer.mentions.offered)


def test_where_only_admins_write_and_where_one_is_out_the_field_says_so(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    enter(desktop, picnic)
    assert desktop.composer.stopped == ""
    client.groups.act("bob", c.ChangeGroup(picnic, everybody_posts=False))
    desktop.settle()
    desktop.qtbot.waitUntil(lambda: desktop.composer.stopped == "Only admins post here")
    client.groups.act("bob", c.RemoveFromGroup(picnic, ("alice",)))
    desktop.settle()
    desktop.qtbot.waitUntil(lambda: desktop.composer.stopped == "You are no longer in this group")
    assert desktop.page.header.way.whole == "You are no longer in this group"
    number = desktop.client_model.rows.number_of(picnic)
    assert number is not None
    spoken = desktop.client_model.rows.index(number).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "You are no longer in this group" in spoken


def test_whoever_types_in_a_group_is_named(desktop: DesktopUnderTest, picnic: str) -> None:
    enter(desktop, picnic)
    desktop.client_model.typing = {conversation_of(picnic): frozenset({"carol"})}
    desktop.client_model.contact_changed.emit(picnic)
    assert desktop.page.header.way.whole == "carol is typing…"
    desktop.client_model.typing = {conversation_of(picnic): frozenset({"carol", "bob"})}
    desktop.client_model.contact_changed.emit(picnic)
    assert desktop.page.header.way.whole == "bob and carol are typing…"


# The list.


def test_a_row_of_a_group_says_who_wrote_last_and_its_tool_tip_the_label(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    client.receive(picnic, "who brings salad?", sender="carol")
    desktop.enter()
    row = row_of(desktop, picnic)
    assert preview(row.conversation) == "carol: who brings salad?"
    number = desktop.client_model.rows.number_of(picnic)
    index = desktop.client_model.rows.index(number or 0)
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "Picnic · #picnic"
    assert index.data(Qt.ItemDataRole.AccessibleTextRole).startswith("Picnic, group, 1 unread")


def test_two_groups_of_one_title_and_a_person_are_told_apart_where_one_is_chosen(
    desktop: DesktopUnderTest, client: FakeClient
) -> None:
    client.add_contact("bob")
    other = client.groups.begin("Bob", by="eve", told=False).conversation
    desktop.enter()
    names = desktop.client_model.shown_labels()
    assert names == {other: "Bob (#bob)", "bob": "bob"}
    assert set(fitting_labels("bob", names)) == {"bob", other}


def test_a_group_that_somebody_adds_one_to_is_no_conversation_until_it_is_accepted(
    desktop: DesktopUnderTest, client: FakeClient
) -> None:
    client.add_contact("bob")
    label = client.groups.begin("Picnic", "carol", by="bob", accepted=False).conversation
    desktop.enter()
    (waits,) = decisions(desktop)
    assert waits.text == "bob added you to “Picnic”, which has 3 members."
    assert desktop.client_model.rows.number_of(label) is None
    desktop.chat.sidebar.list.clicked.emit(desktop.client_model.rows.index(0))
    page = desktop.chat.decision
    assert desktop.chat.right.currentWidget() is page
    assert page.title.text() == waits.text
    assert isinstance(page.waiting, GroupInvitationView)
    desktop.click(page.accept_button)
    desktop.wait_for(c.Accept)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.current == label)
    assert decisions(desktop) == []
    assert desktop.chat.right.currentWidget() is desktop.page


def test_a_declined_group_is_gone(desktop: DesktopUnderTest, client: FakeClient) -> None:
    client.add_contact("bob")
    client.groups.begin("Picnic", by="bob", accepted=False)
    desktop.enter()
    desktop.chat.show_decision(decisions(desktop)[0].waiting)
    desktop.press("Return")
    asked = desktop.wait_for(c.Decline)
    assert isinstance(asked, c.Decline)
    desktop.qtbot.waitUntil(lambda: decisions(desktop) == [])
    assert desktop.chat.right.currentWidget() is desktop.chat.placeholder


def test_a_decision_that_fails_says_why_and_can_be_made_again(desktop: DesktopUnderTest, client: FakeClient) -> None:
    client.add_contact("bob")
    client.groups.begin("Picnic", by="bob", accepted=False)
    desktop.enter()
    desktop.chat.show_decision(decisions(desktop)[0].waiting)
    client.fail_next(c.Accept, LinkError(ErrorCode.UNAVAILABLE, "No relay."))
    page = desktop.chat.decision
    desktop.click(page.accept_button)
    desktop.qtbot.waitUntil(page.error.isVisible)
    assert not page.accept_button.is_held


def test_whoever_wants_to_join_is_let_in(desktop: DesktopUnderTest, client: FakeClient) -> None:
    client.add_contact("bob")
    label = client.groups.begin("Picnic", "bob", told=False).conversation
    client.groups.ask_to_join(label, "dan")
    desktop.enter()
    (waits,) = decisions(desktop)
    assert isinstance(waits.waiting, JoinRequestView)
    assert waits.text == "dan wants to join “Picnic”."
    desktop.chat.show_decision(waits.waiting)
    desktop.click(desktop.chat.decision.accept_button)
    desktop.qtbot.waitUntil(lambda: decisions(desktop) == [])
    assert "dan" in [member.name for member in client.groups.view(label).members]


def test_a_group_is_found_by_its_label_where_its_title_is_another(desktop: DesktopUnderTest, picnic: str) -> None:
    desktop.enter()
    desktop.client.groups.act("bob", c.ChangeGroup(picnic, title="Barbecue"))
    desktop.qtbot.waitUntil(lambda: desktop.client_model.label(picnic) == "Barbecue")
    assert fitting_labels("picn", desktop.client_model.shown_labels()) == [picnic]
    assert fitting_labels("barb", desktop.client_model.shown_labels()) == [picnic]


def test_whoever_wants_to_join_can_be_compared_first(desktop: DesktopUnderTest, client: FakeClient) -> None:
    client.add_contact("bob")
    label = client.groups.begin("Picnic", "bob", told=False).conversation
    client.groups.begin("Garden", by="bob", accepted=False)
    client.groups.ask_to_join(label, "carol")
    desktop.enter()
    added, joins = decisions(desktop)
    desktop.chat.show_decision(added.waiting)
    assert not desktop.chat.decision.verify_button.isVisible()
    desktop.chat.show_decision(joins.waiting)
    desktop.click(desktop.chat.decision.verify_button)
    desktop.sheet(SafetySheet)


@pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
def test_what_comes_in_a_group_is_announced_with_its_name_and_a_decision_leads_to_its_page(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, str, str]] = []
    monkeypatch.setattr(desktop.app.notifier, "tell", lambda *words: told.append(words))
    desktop.enter()
    client.receive(picnic, "who comes?", sender="carol")
    desktop.qtbot.waitUntil(lambda: told == [(conversation_of(picnic).hex(), "carol · Picnic", "who comes?")])
    told.clear()
    request = client.groups.ask_to_join(picnic, "dan")
    desktop.qtbot.waitUntil(lambda: told == [(for_request(request.id), "dan", "dan wants to join “Picnic”.")])
    desktop.app.notifier.opened.emit(for_request(request.id))
    assert desktop.chat.right.currentWidget() is desktop.chat.decision
    assert desktop.chat.decision.waiting == request
