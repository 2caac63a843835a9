"""Owner and moderators make invitations in the window, pass them on, and revoke them; nobody else is offered that."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication

from babilu.api import commands as c
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import START_MS
from babilu.bot.fake_world import INVITATION, FakeWorld
from babilu.desktop.error_texts import sentence_for_code
from babilu.desktop.language import full_time
from babilu.desktop.sheets.invitations import DAY_MS, LIFETIMES, ROWS, USES, InvitationsSheet, words
from babilu.desktop.sheets.question import QuestionSheet
from babilu.desktop.sheets.settings import SettingsSheet
from babilu.kernel.errors import ErrorCode, LinkError
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]


def invitations(desktop: DesktopUnderTest) -> InvitationsSheet:
    desktop.window.navigator.invitations()
    desktop.settle()
    return desktop.sheet(InvitationsSheet)


def orders(desktop: DesktopUnderTest) -> list[dict[str, object]]:
    return [json.loads(each.order) for each in desktop.asked(c.Administer) if isinstance(each, c.Administer)]


def test_keys_alone_lead_from_the_settings_to_a_copied_invitation(opened: Opened) -> None:
    desktop = opened()
    desktop.window.navigator.settings()
    settings = desktop.sheet(SettingsSheet)
    desktop.qtbot.waitUntil(settings.invite_button.isVisible)
    desktop.write("invit")
    desktop.press("Tab")
    desktop.press("Return")
    sheet = desktop.sheet(InvitationsSheet)
    desktop.press("Return")
    desktop.qtbot.waitUntil(sheet.made.isVisible)
    assert sheet.made.text.toPlainText() == INVITATION
    desktop.press("Return")
    assert QGuiApplication.clipboard().text() == INVITATION
    assert sheet.made.copy_button.text() == "Copied"
    desktop.press("Esc")
    assert desktop.sheet(SettingsSheet) is settings


def test_who_may_not_invite_is_not_offered_it_whatever_they_look_for(opened: Opened, client: FakeClient) -> None:
    client.appoint(officer=False)
    desktop = opened()
    desktop.window.navigator.settings()
    settings = desktop.sheet(SettingsSheet)
    desktop.settle()
    assert orders(desktop) == [{"do": "listinvitations"}]
    assert settings.relay.isHidden()
    settings.field.setText("invit")
    assert settings.relay.isHidden()
    assert desktop.window.toast.isHidden()


def test_a_relay_that_comes_back_is_asked_who_may_invite(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.go_offline()
    desktop.qtbot.waitUntil(desktop.chat.sidebar.try_button.isVisible)
    desktop.window.navigator.settings()
    settings = desktop.sheet(SettingsSheet)
    desktop.settle()
    assert settings.relay.isHidden()
    client.go_online()
    desktop.qtbot.waitUntil(settings.relay.isVisible)
    assert len(orders(desktop)) == 1


def test_another_profile_is_not_offered_what_the_former_one_was(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    invitations(desktop)
    assert desktop.client_model.invitations.is_allowed
    client.appoint(officer=False)
    desktop.client_model.start()
    desktop.settle()
    assert not desktop.client_model.invitations.is_allowed


def test_an_invitation_is_made_for_so_many_and_so_long(opened: Opened) -> None:
    desktop = opened()
    sheet = invitations(desktop)
    sheet.uses_box.setCurrentIndex(USES.index(5))
    sheet.lifetime_box.setCurrentIndex(LIFETIMES.index(DAY_MS))
    assert sheet.lifetime_box.currentText() == "1 day"
    sheet.make_button.click()
    desktop.qtbot.waitUntil(sheet.made.isVisible)
    assert {"do": "invite", "uses": 5, "lifetime_ms": DAY_MS} in orders(desktop)
    until = full_time(START_MS + DAY_MS)
    assert sheet.made.note.text() == f"For 5 accounts, until {until}. Copy it now: it is not shown again."
    desktop.qtbot.waitUntil(lambda: list(sheet.buttons) == [3])


def test_a_second_press_makes_no_second_invitation(opened: Opened) -> None:
    desktop = opened()
    sheet = invitations(desktop)
    sheet.make_button.click()
    sheet.make_button.click()
    desktop.qtbot.waitUntil(sheet.made.isVisible)
    assert [each["do"] for each in orders(desktop)].count("invite") == 1


def test_an_open_invitation_is_revoked_once_that_is_confirmed(opened: Opened) -> None:
    desktop = opened()
    sheet = invitations(desktop)
    assert sheet.nothing.text() == "No invitation is open."
    assert sheet.nothing.isVisible()
    sheet.make_button.click()
    desktop.qtbot.waitUntil(lambda: list(sheet.buttons) == [3])
    assert not sheet.nothing.isVisible()
    assert sheet.buttons[3].accessibleName() == "Revoke invitation 3"
    sheet.buttons[3].click()
    question = desktop.sheet(QuestionSheet)
    assert question.title.text() == "Revoke invitation 3?"
    question.yes.click()
    desktop.qtbot.waitUntil(lambda: not sheet.buttons)
    assert sheet.made.isHidden()
    assert sheet.nothing.isVisible()


def test_one_that_was_used_meanwhile_is_gone_and_that_is_said(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    sheet = invitations(desktop)
    sheet.make_button.click()
    desktop.qtbot.waitUntil(lambda: list(sheet.buttons) == [3])
    client.spend_invitation(3)
    sheet.buttons[3].click()
    desktop.sheet(QuestionSheet).yes.click()
    desktop.qtbot.waitUntil(lambda: not sheet.buttons)
    assert desktop.window.toast.isVisible()


def test_what_the_relay_refuses_is_said_beside_the_button(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    sheet = invitations(desktop)
    client.go_offline()
    sheet.make_button.click()
    desktop.qtbot.waitUntil(sheet.error.isVisible)
    assert sheet.error.text()
    assert sheet.made.isHidden()
    client.go_online()
    sheet.make_button.click()
    desktop.qtbot.waitUntil(sheet.made.isVisible)
    assert sheet.error.isHidden()


def test_whose_role_was_taken_away_is_told(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    sheet = invitations(desktop)
    client.appoint(officer=False)
    sheet.make_button.click()
    desktop.qtbot.waitUntil(sheet.error.isVisible)
    assert sheet.error.text() == sentence_for_code("not_allowed")
    assert sheet.made.isHidden()


@pytest.mark.parametrize(
    "answer",
    [
        "7",
        "[]",
        '{"invitation":1,"text":"babilu://x","expires_at":1,"uses":100001}',
        '{"invitation":1,"text":"https://x","expires_at":1,"uses":1}',
        '{"invitation":1,"text":"babilu://\\u202e","expires_at":1,"uses":1}',
        json.dumps({"invitation": 1, "text": "babilu://" + "x" * 1016, "expires_at": 1, "uses": 1}),
    ],
)
def test_a_relay_that_answers_with_no_invitation_is_not_believed(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    answers = FakeWorld.answer

    def told(world: FakeWorld, command: c.Command[Any]) -> object:
        invites = isinstance(command, c.Administer) and '"invite"' in command.order
        return answer if invites else answers(world, command)

    monkeypatch.setattr(FakeWorld, "answer", told)
    desktop = opened()
    sheet = invitations(desktop)
    sheet.make_button.click()
    desktop.qtbot.waitUntil(sheet.error.isVisible)
    desktop.settle()
    assert sheet.error.isVisible()
    assert sheet.made.isHidden()


def test_of_many_open_invitations_the_newest_are_shown(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"invitation": i, "created_at": 1, "expires_at": 2**63 - 1, "uses": 1} for i in range(ROWS + 20)]
    monkeypatch.setattr(FakeWorld, "_administer", lambda _self, _order: json.dumps(rows))
    desktop = opened()
    sheet = invitations(desktop)
    assert list(sheet.buttons) == list(range(ROWS + 19, 19, -1))
    assert sheet.nothing.text() == "20 older ones are not shown."


def test_the_sheet_speaks_another_language_at_once_and_keeps_what_was_chosen(opened: Opened) -> None:
    desktop = opened()
    sheet = invitations(desktop)
    sheet.uses_box.setCurrentIndex(2)
    sheet.lifetime_box.setCurrentIndex(3)
    desktop.app.preferences.change(language="es")
    desktop.qtbot.waitUntil(lambda: sheet.title.text() == "Invitaciones")
    assert sheet.lifetime_box.currentText() == "7 días"
    assert sheet.uses_box.currentText() == "5"
    assert words(1, START_MS).startswith("Para 1 cuenta, hasta el ")


def test_a_relay_that_cannot_be_asked_leaves_what_it_told_before(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    sheet = invitations(desktop)
    sheet.make_button.click()
    desktop.qtbot.waitUntil(lambda: list(sheet.buttons) == [3])
    client.fail_next(c.Administer, LinkError(ErrorCode.RATE_LIMITED, "Too many orders at once."))
    desktop.client_model.invitations.ask()
    desktop.qtbot.waitUntil(sheet.error.isVisible)
    assert list(sheet.buttons) == [3]
