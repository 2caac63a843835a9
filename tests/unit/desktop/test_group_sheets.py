"""Sheets about groups: starting one, who is in, what one may do there, links, and the way out."""

from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication, QImage, qGray
from PySide6.QtWidgets import QScrollArea

from babilu.api import commands as c
from babilu.api.group_views import GroupChangeView
from babilu.bot.fake_client import FakeClient
from babilu.desktop.notifications import words_for_decision, words_for_message
from babilu.desktop.preferences import Preferences, Shows
from babilu.desktop.sheets import group_log
from babilu.desktop.sheets.begin import BeginSheet
from babilu.desktop.sheets.group import GroupSheet
from babilu.desktop.sheets.group_edit import GroupEditSheet
from babilu.desktop.sheets.group_links import GroupLinksSheet, JoinGroupSheet
from babilu.desktop.sheets.group_log import GroupLogSheet
from babilu.desktop.sheets.group_members import MemberSheet, MembersSheet
from babilu.desktop.sheets.group_people import AddPeopleSheet, NewGroupSheet
from babilu.desktop.sheets.message_info import MessageInfoSheet
from babilu.desktop.sheets.newcomers import NewcomersSheet
from babilu.desktop.sheets.question import QuestionSheet
from babilu.desktop.sheets.safety import SafetySheet
from babilu.desktop.sheets.settings import SettingsSheet
from babilu.desktop.widgets.basics import PlainLabel
from babilu.desktop.widgets.code import Code
from babilu.desktop.widgets.message_acts import MessageAct, acts_for
from babilu.kernel.errors import ErrorCode, LinkError, ProtocolError
from babilu.kernel.states import GroupAdders, GroupChangeKind, GroupRole, MessageState
from babilu.presentation.group_rights import MemberAct
from tests.unit.desktop.desktop_under_test import DesktopUnderTest


@pytest.fixture
def picnic(client: FakeClient) -> str:
    """Give the label of a group in which alice is an admin, and bob the owner."""
    for name in ("bob", "carol"):
        client.add_contact(name)
    began = client.groups.begin("Picnic", "carol", "dan", by="bob", admins=("alice",), topic="At noon", told=False)
    return began.conversation


def enter(desktop: DesktopUnderTest, label: str) -> None:
    desktop.enter()
    desktop.open(label)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.groups.of(label) is not None)


def members(client: FakeClient, label: str) -> list[str]:
    return [member.name for member in client.groups.view(label).members]


def role_of(client: FakeClient, label: str, name: str) -> GroupRole:
    member = client.groups.view(label).member(name)
    assert member is not None
    return member.role


# Starting one.


def test_a_group_is_started_by_the_keyboard_alone(desktop: DesktopUnderTest, client: FakeClient) -> None:
    for name in ("bob", "carol"):
        client.add_contact(name)
    desktop.enter()
    desktop.press("Ctrl+Shift+N")
    sheet = desktop.sheet(NewGroupSheet)
    desktop.write("Picnic")
    desktop.press("Return")
    desktop.write("At noon")
    desktop.press("Return")
    for letters in ("ca", "bo"):
        desktop.write(letters)
        desktop.press("Return")
    assert sheet.hint.text() == "carol, bob"
    assert sheet.button.text() == "Start with 2"
    desktop.press("Return")
    asked = desktop.wait_for(c.StartGroup)
    assert asked == c.StartGroup("Picnic", ("carol", "bob"), "At noon")
    desktop.qtbot.waitUntil(lambda: desktop.client_model.current == "#picnic")
    assert desktop.window.sheets.top is None


def test_a_group_needs_a_title_and_may_be_of_one_person(desktop: DesktopUnderTest, client: FakeClient) -> None:
    desktop.enter()
    desktop.window.navigator.groups.begin()
    sheet = desktop.sheet(NewGroupSheet)
    assert sheet.picker.nothing.text() == "Nobody here to choose."
    desktop.click(sheet.button)
    assert sheet.name.error.text() == "What is the group called?"
    assert desktop.asked(c.StartGroup) == []
    desktop.write("Alone")
    desktop.click(sheet.button)
    desktop.wait_for(c.StartGroup)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.current == "#alone")
    assert members(client, "#alone") == ["alice"]


def test_somebody_of_the_relay_is_chosen_by_name_and_a_refusal_is_said_in_the_sheet(
    desktop: DesktopUnderTest, client: FakeClient
) -> None:
    client.add_contact("bob")
    desktop.enter()
    desktop.window.navigator.groups.begin()
    sheet = desktop.sheet(NewGroupSheet)
    sheet.name.edit.setText("Picnic")
    sheet.picker.field.setFocus()
    desktop.write("zoe")
    desktop.press("Return")
    assert sheet.picker.chosen == ["zoe"]
    desktop.press("Return")
    desktop.qtbot.waitUntil(sheet.error.isVisible)
    assert not sheet.button.is_held
    sheet.picker.choose("zoe")
    sheet.picker.choose("bob")
    desktop.click(sheet.button)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.current == "#picnic")


def test_the_sheet_for_a_new_conversation_leads_to_groups(desktop: DesktopUnderTest) -> None:
    desktop.enter()
    desktop.press("Ctrl+N")
    desktop.click(desktop.sheet(BeginSheet).group_button)
    desktop.sheet(NewGroupSheet).close_sheet()
    desktop.press("Ctrl+N")
    desktop.click(desktop.sheet(BeginSheet).join_button)
    desktop.sheet(JoinGroupSheet)


# Members.


def test_members_are_listed_with_their_roles_found_by_letters_and_opened_by_enter(
    desktop: DesktopUnderTest, picnic: str
) -> None:
    enter(desktop, picnic)
    desktop.press("Ctrl+I")
    group = desktop.sheet(GroupSheet)
    assert group.members_button.text() == "4 members"
    desktop.press("Return")
    sheet = desktop.sheet(MembersSheet)
    spoken = [sheet.model.index(row).data() for row in range(sheet.model.rowCount())]
    assert spoken == ["bob, owner", "alice (you), admin", "carol, member", "dan, member"]
    desktop.write("xx")
    assert sheet.nothing.isVisible()
    sheet.field.clear()
    desktop.write("da")
    desktop.press("Return")
    member = desktop.sheet(MemberSheet)
    assert (member.name.text(), member.role.text(), member.state.text()) == ("dan", "member", "Not among your contacts")


def test_what_is_offered_about_a_member_follows_the_ranks(desktop: DesktopUnderTest, picnic: str) -> None:
    enter(desktop, picnic)

    def offered(name: str) -> set[MemberAct]:
        desktop.window.navigator.groups.member(picnic, name)
        sheet = desktop.sheet(MemberSheet)
        found = {act for act, button in sheet.buttons.items() if not button.isHidden()}
        sheet.close_sheet()
        return found

    assert offered("bob") == {MemberAct.WRITE, MemberAct.VERIFY}
    assert offered("carol") == {MemberAct.WRITE, MemberAct.VERIFY, MemberAct.APPOINT, MemberAct.REMOVE}
    assert offered("alice") == {MemberAct.STEP_DOWN, MemberAct.LEAVE}


def test_a_member_is_appointed_and_the_sheet_shows_it(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    enter(desktop, picnic)
    desktop.window.navigator.groups.member(picnic, "carol")
    sheet = desktop.sheet(MemberSheet)
    desktop.click(sheet.buttons[MemberAct.APPOINT])
    desktop.qtbot.waitUntil(lambda: sheet.role.text() == "admin")
    assert role_of(client, picnic, "carol") is GroupRole.ADMIN
    assert not sheet.buttons[MemberAct.DEMOTE].isHidden()


def test_a_member_is_removed_once_that_was_confirmed(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    enter(desktop, picnic)
    desktop.window.navigator.groups.member(picnic, "dan")
    desktop.click(desktop.sheet(MemberSheet).buttons[MemberAct.REMOVE])
    question = desktop.sheet(QuestionSheet)
    assert question.title.text() == "Remove dan from Picnic?"
    assert "dan" in members(client, picnic)
    desktop.click(question.yes)
    desktop.qtbot.waitUntil(lambda: "dan" not in members(client, picnic))


def test_a_member_is_written_to_alone_a_contact_at_once_and_others_by_a_first_message(
    desktop: DesktopUnderTest, picnic: str
) -> None:
    enter(desktop, picnic)
    desktop.window.navigator.groups.member(picnic, "dan")
    desktop.click(desktop.sheet(MemberSheet).buttons[MemberAct.WRITE])
    assert desktop.sheet(BeginSheet).name.text == "dan"
    desktop.window.sheets.clear()
    desktop.window.navigator.groups.member(picnic, "carol")
    desktop.click(desktop.sheet(MemberSheet).buttons[MemberAct.WRITE])
    desktop.qtbot.waitUntil(lambda: desktop.client_model.current == "carol")


def test_the_safety_number_of_a_member_can_be_compared(desktop: DesktopUnderTest, picnic: str) -> None:
    enter(desktop, picnic)
    desktop.window.navigator.groups.member(picnic, "carol")
    desktop.click(desktop.sheet(MemberSheet).buttons[MemberAct.VERIFY])
    desktop.sheet(SafetySheet)


def test_whoever_has_left_is_shown_as_gone(desktop: DesktopUnderTest, client: FakeClient, picnic: str) -> None:
    enter(desktop, picnic)
    desktop.window.navigator.groups.member(picnic, "dan")
    sheet = desktop.sheet(MemberSheet)
    client.groups.act("dan", c.QuitGroup(picnic))
    desktop.settle()
    desktop.qtbot.waitUntil(lambda: sheet.state.text() == "No longer in this group")
    assert all(button.isHidden() for button in sheet.buttons.values())


def test_one_is_asked_with_whom_a_group_goes_on_the_most_senior_first(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    enter(desktop, picnic)
    desktop.window.navigator.groups.details(picnic)
    sheet = desktop.sheet(GroupSheet)
    assert sheet.split.isHidden()
    client.groups.split(picnic, "bob", "carol")
    desktop.qtbot.waitUntil(lambda: len(sheet.follow_buttons) == 2)
    assert "each in a way of their own" in sheet.split.text()
    assert "bob" in sheet.follow_buttons[0].text()
    desktop.click(sheet.follow_buttons[1])
    desktop.wait_for(c.FollowGroup)
    assert desktop.asked(c.FollowGroup) == [c.FollowGroup(picnic, "carol")]
    desktop.qtbot.waitUntil(lambda: not sheet.follow_buttons and sheet.split.isHidden())


def test_people_are_added_who_are_not_in_yet(desktop: DesktopUnderTest, client: FakeClient, picnic: str) -> None:
    client.add_contact("eve")
    enter(desktop, picnic)
    desktop.window.navigator.groups.add(picnic)
    sheet = desktop.sheet(AddPeopleSheet)
    assert [sheet.picker.list.item(row).text() for row in range(sheet.picker.list.count())] == ["eve"]
    assert not sheet.button.isEnabled()
    desktop.write("ev")
    desktop.press("Return")
    desktop.press("Return")
    desktop.qtbot.waitUntil(lambda: desktop.window.sheets.top is None)
    assert "eve" in members(client, picnic)


def test_whoever_adds_people_reads_what_they_are_given(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    enter(desktop, picnic)
    desktop.window.navigator.groups.add(picnic)
    assert desktop.sheet(AddPeopleSheet).text.text().endswith("You give them: nothing from before.")
    desktop.press("Escape")
    client.request(c.ChangeGroup(picnic, history=100)).result()
    desktop.settle()
    desktop.window.navigator.groups.add(picnic)
    given = "You give them: up to 100 messages, 30 days old at most."
    assert desktop.sheet(AddPeopleSheet).text.text().endswith(given)


# The group.


def test_the_group_says_what_one_is_and_offers_what_one_may(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    enter(desktop, picnic)
    desktop.window.navigator.groups.details(picnic)
    sheet = desktop.sheet(GroupSheet)
    assert sheet.state.text() == "#picnic · you: admin · added by bob"
    assert (sheet.name.text(), sheet.topic.text()) == ("Picnic", "At noon")
    for_admins = (
        sheet.add_button,
        sheet.links_button,
        sheet.newcomers_button,
        sheet.edit_button,
        sheet.timer_button,
    )
    assert all(button.isVisible() for button in for_admins)
    desktop.click(sheet.posts)
    asked = desktop.wait_for(c.ChangeGroup)
    assert asked == c.ChangeGroup(picnic, everybody_posts=False)
    client.groups.act("bob", c.SetRole(picnic, "alice", GroupRole.MEMBER))
    desktop.settle()
    desktop.qtbot.waitUntil(lambda: not sheet.adds.isEnabled())
    assert not any(button.isVisible() for button in for_admins)
    assert sheet.rights_hint.text() == "Only admins change this."


def test_newcomers_are_given_what_one_says_and_no_age_is_asked_of_nothing(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    enter(desktop, picnic)
    desktop.window.navigator.groups.details(picnic)
    group = desktop.sheet(GroupSheet)
    assert group.newcomers_button.text() == "For newcomers: nothing from before"
    desktop.click(group.newcomers_button)
    sheet = desktop.sheet(NewcomersSheet)
    assert sheet.messages_box.hasFocus()
    assert not sheet.days_box.isEnabled()
    desktop.press("Down")
    desktop.press("Down")
    assert sheet.messages_box.currentText() == "up to 100 messages"
    desktop.press("Tab")
    assert sheet.days_box.currentText() == "30 days"
    desktop.press("Up")
    desktop.click(sheet.yes)
    assert desktop.wait_for(c.ChangeGroup) == c.ChangeGroup(picnic, history=100, history_days=7)
    desktop.qtbot.waitUntil(lambda: desktop.window.sheets.top is group)
    assert group.newcomers_button.text() == "For newcomers: up to 100 messages"
    desktop.click(group.newcomers_button)
    again = desktop.sheet(NewcomersSheet)
    assert (again.messages_box.currentText(), again.days_box.currentText()) == ("up to 100 messages", "7 days")
    client.fail_next(c.ChangeGroup, LinkError(ErrorCode.UNAVAILABLE, "No relay."))
    desktop.click(again.yes)
    desktop.qtbot.waitUntil(again.error.isVisible)
    assert desktop.window.sheets.top is again


def test_title_and_topic_are_changed_and_the_label_stays(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    enter(desktop, picnic)
    desktop.window.navigator.groups.edit(picnic)
    sheet = desktop.sheet(GroupEditSheet)
    sheet.name.edit.clear()
    desktop.click(sheet.yes)
    assert sheet.name.error.text() == "A group has a title."
    desktop.write("Barbecue")
    desktop.click(sheet.yes)
    assert desktop.wait_for(c.ChangeGroup) == c.ChangeGroup(picnic, title="Barbecue")
    desktop.qtbot.waitUntil(lambda: desktop.page.header.name.whole == "Barbecue")
    assert client.groups.view(picnic).conversation == "#picnic"


def test_who_leaves_is_told_who_goes_on_and_leaves_once_that_was_confirmed(
    desktop: DesktopUnderTest, client: FakeClient
) -> None:
    client.add_contact("bob")
    label = client.groups.begin("Picnic", "bob", told=False).conversation
    enter(desktop, label)
    desktop.window.navigator.groups.details(label)
    desktop.click(desktop.sheet(GroupSheet).leave_button)
    question = desktop.sheet(QuestionSheet)
    assert question.title.text() == "Leave Picnic?"
    assert question.text.text().startswith("bob goes on as owner.")
    assert desktop.asked(c.QuitGroup) == []
    desktop.click(question.yes)
    desktop.wait_for(c.QuitGroup)
    desktop.qtbot.waitUntil(lambda: desktop.composer.stopped == "You are no longer in this group")


def test_what_was_changed_is_listed_with_what_does_not_count(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    void = GroupChangeView(GroupChangeKind.ADDED, "eve", "mallory", counts=False, why_not="ended")
    client.groups.say(picnic, void)
    enter(desktop, picnic)
    desktop.window.navigator.groups.log(picnic)
    sheet = desktop.sheet(GroupLogSheet)
    desktop.qtbot.waitUntil(lambda: bool(sheet.entries))
    lines = [label for label in sheet.findChildren(PlainLabel) if label.property("tone") == "danger" and label.text()]
    assert [line.text() for line in lines] == [
        "eve added mallory. This does not count: their place was ended by somebody who did not know of it."
    ]
    assert not sheet.more_button.isVisible()


def test_older_changes_are_asked_for(desktop: DesktopUnderTest, client: FakeClient, picnic: str) -> None:
    for number in range(60):
        client.groups.act("bob", c.ChangeGroup(picnic, title=f"Picnic {number}"))
    enter(desktop, picnic)
    desktop.window.navigator.groups.log(picnic)
    sheet = desktop.sheet(GroupLogSheet)
    desktop.qtbot.waitUntil(lambda: len(sheet.entries) == 50)
    desktop.click(sheet.more_button)
    desktop.qtbot.waitUntil(lambda: len(sheet.entries) == 61)
    assert len({entry.hash for entry in sheet.entries}) == 61


def test_only_so_many_changes_are_listed(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_log, "SHOWN", group_log.PAGE)
    for number in range(group_log.PAGE):
        client.groups.act("bob", c.ChangeGroup(picnic, title=f"Picnic {number}"))
    enter(desktop, picnic)
    desktop.window.navigator.groups.log(picnic)
    sheet = desktop.sheet(GroupLogSheet)
    desktop.qtbot.waitUntil(lambda: len(sheet.entries) == group_log.PAGE)
    assert sheet.rest.isVisible()
    assert not sheet.more_button.isVisible()


# Links.


def test_a_link_is_made_copied_and_revoked(desktop: DesktopUnderTest, client: FakeClient, picnic: str) -> None:
    enter(desktop, picnic)
    desktop.window.navigator.groups.links(picnic)
    sheet = desktop.sheet(GroupLinksSheet)
    desktop.qtbot.waitUntil(sheet.nothing.isVisible)
    sheet.uses_box.setCurrentIndex(2)
    sheet.approval.setChecked(True)
    desktop.click(sheet.make_button)
    assert desktop.wait_for(c.MakeGroupLink) == c.MakeGroupLink(picnic, 5, True, 168)
    desktop.qtbot.waitUntil(lambda: sheet.shown.isVisible() and len(sheet.revoke_buttons) == 1)
    assert sheet.shown.note.text().startswith("For 5 more, until ")
    assert sheet.shown.note.text().endswith("an admin decides")
    desktop.click(sheet.shown.copy_button)
    link = client.request(c.GroupLinks(picnic)).result()[0].link
    assert QGuiApplication.clipboard().text() == link
    desktop.click(sheet.revoke_buttons[0])
    assert desktop.wait_for(c.RevokeGroupLink) == c.RevokeGroupLink(picnic, link)
    desktop.qtbot.waitUntil(sheet.nothing.isVisible)
    assert not sheet.shown.isVisible()


def test_a_picture_that_is_none_is_refused_below_and_not_at_the_title(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    enter(desktop, picnic)
    desktop.window.navigator.groups.edit(picnic)
    sheet = desktop.sheet(GroupEditSheet)
    sheet.picture.take("/somewhere/no picture.txt")
    client.fail_next(c.ChangeGroup, ProtocolError(ErrorCode.CANNOT_SHOW, "No picture."))
    desktop.click(sheet.yes)
    desktop.qtbot.waitUntil(sheet.error.isVisible)
    assert not sheet.name.error.isVisible()
    assert not sheet.yes.is_held


def test_another_picture_is_told_only_once_it_is_saved(desktop: DesktopUnderTest, picnic: str, tmp_path: Path) -> None:
    enter(desktop, picnic)
    desktop.window.navigator.groups.edit(picnic)
    sheet = desktop.sheet(GroupEditSheet)
    path = str(tmp_path / "trees.png")
    sheet.picture.take(path)
    assert sheet.picture.said.text() == "Another picture"
    assert desktop.asked(c.ChangeGroup) == []
    desktop.click(sheet.yes)
    assert desktop.wait_for(c.ChangeGroup) == c.ChangeGroup(picnic, picture=path)


def test_a_link_invites_to_the_relay_too_where_one_may_invite(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    client.appoint(officer=False)
    enter(desktop, picnic)
    desktop.window.navigator.groups.links(picnic)
    sheet = desktop.sheet(GroupLinksSheet)
    desktop.settle()
    assert sheet.newcomers_line.isHidden()
    sheet.close_sheet()
    client.appoint(officer=True)
    desktop.window.navigator.groups.links(picnic)
    sheet = desktop.sheet(GroupLinksSheet)
    desktop.qtbot.waitUntil(lambda: not sheet.newcomers_line.isHidden())
    sheet.newcomers.setChecked(True)
    desktop.click(sheet.make_button)
    assert desktop.wait_for(c.MakeGroupLink) == c.MakeGroupLink(picnic, newcomers=True)


def test_a_link_that_cannot_be_made_says_why(desktop: DesktopUnderTest, client: FakeClient, picnic: str) -> None:
    enter(desktop, picnic)
    desktop.window.navigator.groups.links(picnic)
    sheet = desktop.sheet(GroupLinksSheet)
    client.fail_next(c.MakeGroupLink, LinkError(ErrorCode.UNAVAILABLE, "No relay."))
    desktop.click(sheet.make_button)
    desktop.qtbot.waitUntil(sheet.error.isVisible)
    assert not sheet.make_button.is_held


def test_a_group_is_asked_by_a_link_and_what_is_no_link_is_refused_in_the_field(
    desktop: DesktopUnderTest, client: FakeClient
) -> None:
    desktop.enter()
    desktop.window.navigator.groups.join()
    sheet = desktop.sheet(JoinGroupSheet)
    desktop.press("Return")
    assert sheet.field.error.text() == "Paste the link that you were given."
    desktop.write("nonsense")
    desktop.press("Return")
    desktop.qtbot.waitUntil(lambda: not sheet.yes.is_held and sheet.field.error.isVisible())
    sheet.field.edit.setText("babilu://127.0.0.1:5050/+picnic#0001")
    desktop.press("Return", sheet.field.edit)
    desktop.qtbot.waitUntil(lambda: desktop.window.sheets.top is None)
    assert client.groups.joined == ("babilu://127.0.0.1:5050/+picnic#0001",)
    assert desktop.window.toast.isVisible()


# Messages.


def test_a_message_tells_of_each_person_first_of_those_who_lack_it_and_why(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    sent = client.request(c.Send(picnic, "who comes?")).result()
    client.groups.advance(sent.id, "bob", MessageState.READ)
    client.groups.advance(sent.id, "carol", MessageState.HELD)
    client.groups.advance(sent.id, "dan", MessageState.FAILED, ErrorCode.NOT_FOUND)
    enter(desktop, picnic)
    desktop.window.navigator.messages.info(sent)
    sheet = desktop.sheet(MessageInfoSheet)
    desktop.settle()
    texts = [label.text() for label in sheet.findChildren(PlainLabel) if not label.isHidden()]
    people = [text for text in texts if text in {"bob", "carol", "dan"}]
    assert people == ["dan", "carol", "bob"]
    assert "The relay holds it until they are online." in texts
    assert "Read by 1 of 3 · 2 of 3 have not got it" in texts


def test_admins_pin_and_remove_what_others_wrote_and_members_do_not(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    spam = client.receive(picnic, "buy watches", sender="carol")
    group = client.groups.view(picnic)
    assert {MessageAct.PIN, MessageAct.HIDE} <= set(acts_for(spam, 0, group))
    as_member = replace(group, role=GroupRole.MEMBER)
    assert not {MessageAct.PIN, MessageAct.HIDE} & set(acts_for(spam, 0, as_member))
    assert MessageAct.PIN in acts_for(spam, 0, replace(as_member, everybody_pins=True))
    assert MessageAct.HIDE not in acts_for(spam, 0)
    enter(desktop, picnic)
    desktop.window.message_actions.do_by_id(spam.id, MessageAct.HIDE)
    question = desktop.sheet(QuestionSheet)
    assert question.title.text() == "Remove this message of carol for all?"
    desktop.click(question.yes)
    desktop.wait_for(c.DeleteMessage)
    row = desktop.client_model.messages.window.row_of(spam.id)
    assert row is not None
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.message(row).hidden_by == "alice")


def test_a_notification_names_the_group_and_shows_no_more_than_it_may(client: FakeClient, picnic: str) -> None:
    message = client.receive(picnic, "secret plan", sender="carol")
    said = words_for_message(message, Preferences(), locked=False, group="Picnic")
    assert said == ("carol · Picnic", "secret plan")
    hidden = words_for_message(message, Preferences(shows=Shows.NOTHING), locked=False, group="Picnic")
    assert hidden == ("Babilu", "New message")
    (request,) = [client.groups.ask_to_join(picnic, "eve")]
    assert words_for_decision(request, "eve wants in", Preferences(), locked=False) == ("eve", "eve wants in")
    locked = words_for_decision(request, "eve wants in", Preferences(), locked=True)
    assert locked == ("Babilu", "A group waits for your decision")


def test_who_may_add_one_to_groups_is_a_setting(desktop: DesktopUnderTest) -> None:
    desktop.enter()
    desktop.press("Ctrl+,")
    box = desktop.sheet(SettingsSheet).adders.box
    desktop.qtbot.waitUntil(box.isEnabled)
    assert box.currentText() == "Everybody"
    box.activated.emit(2)
    assert desktop.wait_for(c.WhoMayAdd, 2) == c.WhoMayAdd(GroupAdders.NOBODY)
    desktop.qtbot.waitUntil(lambda: box.currentText() == "Nobody")


def test_the_code_of_a_long_link_is_as_large_as_a_camera_needs_it(desktop: DesktopUnderTest) -> None:
    code = Code(desktop.app.theme)
    code.encode(b"babilu://")
    usual = code.width()
    code.encode(b"b" * 400)
    image = QImage(code.size(), QImage.Format.Format_RGB32)
    code.render(image)
    row = [qGray(image.pixel(x, image.height() // 2)) for x in range(image.width())]
    runs = [len(list(run)) for _, run in groupby(row, key=lambda grey: grey < 128)]
    assert code.width() > usual
    assert min(runs) >= 3
    assert min(runs[0], runs[-1]) >= 4 * 3


def test_a_sheet_without_fields_is_scrolled_by_the_keyboard(
    desktop: DesktopUnderTest, client: FakeClient, picnic: str
) -> None:
    for number in range(40):
        client.groups.act("bob", c.ChangeGroup(picnic, topic=f"topic {number}"))
    enter(desktop, picnic)
    desktop.window.navigator.groups.log(picnic)
    sheet = desktop.sheet(GroupLogSheet)
    desktop.qtbot.waitUntil(lambda: len(sheet.entries) > 40)
    area = sheet.findChild(QScrollArea)
    assert area is not None
    bar = area.verticalScrollBar()
    desktop.qtbot.waitUntil(lambda: bar.maximum() > 0)
    places = []
    for key in ("PgDown", "End", "PgUp", "Home"):
        desktop.press(key)
        places.append(bar.value())
    down, end, up, home = places
    assert 0 < down < end == bar.maximum() > up > home == 0
