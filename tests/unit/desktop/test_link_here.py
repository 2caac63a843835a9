"""The first page links this device to another one: a code is compared, a no or an end is said with what to do."""

from typing import Final

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.client import DirectProfile, RelayProfile
from babilu.api.credentials import Passphrase
from babilu.api.views import Address, ProfileView
from babilu.bot.fake_client import FakeClient
from babilu.desktop.sheets.link_here import LinkHereSheet, LinkingStep
from babilu.kernel.errors import AccountError, BabiluError, ErrorCode, LinkError
from tests.unit.desktop.desktop_under_test import PASSWORD, DesktopUnderTest

LINE: Final = "babilu-device:" + 48 * "a7"
CODE: Final = e.LinkCodeShown("012345", ("abandon", "ability", "able", "about"), LINE)


def form(desktop: DesktopUnderTest) -> LinkHereSheet:
    desktop.start()
    desktop.first.ways.choose(1)
    desktop.first.name.edit.setText("alice")
    desktop.first.link.click()
    sheet = desktop.sheet(LinkHereSheet)
    sheet.host.edit.setText("127.0.0.1")
    sheet.device.edit.setText("Laptop")
    sheet.password.edit.setText(PASSWORD)
    return sheet


def asked(desktop: DesktopUnderTest) -> LinkHereSheet:
    sheet = form(desktop)
    sheet.yes_button.click()
    desktop.qtbot.waitUntil(lambda: sheet.phase is LinkingStep.ASKED)
    return sheet


def coded(desktop: DesktopUnderTest) -> LinkHereSheet:
    sheet = asked(desktop)
    desktop.client.show_link_code(CODE)
    desktop.qtbot.waitUntil(lambda: sheet.phase is LinkingStep.CODE)
    return sheet


def agreed(desktop: DesktopUnderTest) -> LinkHereSheet:
    sheet = coded(desktop)
    sheet.yes_button.click()
    desktop.qtbot.waitUntil(lambda: sheet.phase is LinkingStep.AGREED)
    return sheet


def is_in(desktop: DesktopUnderTest) -> bool:
    return desktop.window.pages.currentWidget() is desktop.chat and desktop.window.sheets.top is None


def test_the_code_is_compared_and_the_profile_opens_once_the_other_device_lets_it_in(desktop: DesktopUnderTest) -> None:
    sheet = coded(desktop)
    assert (sheet.digits.text(), sheet.words.text()) == ("012 345", "abandon ability able about")
    assert (sheet.line.text(), sheet.code.isVisible()) == (LINE, True)
    assert "same" in sheet.yes_button.text()
    assert sheet.focusWidget() is sheet.cancel_button
    sheet.yes_button.click()
    desktop.wait_for(c.LinkConfirm)
    desktop.qtbot.waitUntil(lambda: sheet.phase is LinkingStep.AGREED)
    assert not is_in(desktop)
    assert sheet.progress.isVisible()
    desktop.client.tell(e.Ready("alice", None))
    desktop.qtbot.waitUntil(lambda: is_in(desktop))
    (profile,) = desktop.factory.opened
    assert isinstance(profile, RelayProfile)
    assert (profile.address, profile.name, profile.passphrase) == (
        Address("127.0.0.1", 5050),
        "alice",
        Passphrase(PASSWORD),
    )
    assert profile.link is not None
    assert (profile.link.device_name, profile.link.full, profile.link.address) == ("Laptop", True, None)
    desktop.qtbot.waitUntil(lambda: desktop.window.can_lock)


def test_a_line_that_was_read_opens_the_profile_without_a_yes_here(desktop: DesktopUnderTest) -> None:
    coded(desktop)
    desktop.client.tell(e.Ready("alice", None))
    desktop.qtbot.waitUntil(lambda: is_in(desktop))
    assert desktop.asked(c.LinkConfirm) == []


def test_without_a_relay_the_other_device_is_called_as_a_companion(desktop: DesktopUnderTest) -> None:
    sheet = form(desktop)
    sheet.ways.buttons[1].click()
    assert sheet.port.text == "5051"
    sheet.companion.setChecked(True)
    sheet.yes_button.click()
    desktop.qtbot.waitUntil(lambda: sheet.phase is LinkingStep.ASKED)
    (profile,) = desktop.factory.opened
    assert isinstance(profile, DirectProfile)
    assert profile.link is not None
    assert (profile.link.full, profile.link.address) == (False, Address("127.0.0.1", 5051))


def test_what_is_missing_is_said_beside_its_field_and_nothing_is_opened(desktop: DesktopUnderTest) -> None:
    sheet = form(desktop)
    for field in (sheet.password, sheet.name, sheet.host):
        before = field.text
        field.edit.clear()
        sheet.yes_button.click()
        assert field.error.isVisible()
        field.edit.setText(before)
    assert desktop.factory.opened == []


def test_a_wrong_password_stands_beside_its_field_and_may_be_typed_again(desktop: DesktopUnderTest) -> None:
    sheet = form(desktop)
    desktop.factory.refuse(AccountError(ErrorCode.WRONG_CREDENTIALS, "wrong"))
    sheet.yes_button.click()
    desktop.qtbot.waitUntil(sheet.password.error.isVisible)
    assert sheet.password.error.text() == "Name or password is wrong."
    assert not desktop.first.button.is_held
    sheet.yes_button.click()
    desktop.qtbot.waitUntil(lambda: sheet.phase is LinkingStep.ASKED)


@pytest.mark.parametrize(
    ("reach", "code", "said"),
    [
        (asked, ErrorCode.UNAVAILABLE, "None of your devices has answered"),
        (coded, ErrorCode.UNAVAILABLE, "ten minutes of this code are over"),
        (coded, ErrorCode.DECLINED, "has ended the try"),
        (agreed, ErrorCode.UNAVAILABLE, "has not let this one in yet"),
        (agreed, ErrorCode.ACCOUNT_MISMATCH, "The relay shows one person's devices"),
    ],
)
def test_an_end_says_why_and_the_way_on(desktop: DesktopUnderTest, reach: object, code: ErrorCode, said: str) -> None:
    assert callable(reach)
    sheet = reach(desktop)
    desktop.client.end_linking(BabiluError(code, "in English"))
    desktop.qtbot.waitUntil(sheet.error.isVisible)
    assert said in sheet.error.text()
    assert not desktop.window.toast.isVisible()
    assert sheet.yes_button.text() == "Try again"
    desktop.factory.next_client = another = FakeClient("alice")
    sheet.yes_button.click()
    desktop.qtbot.waitUntil(lambda: sheet.phase is LinkingStep.ASKED)
    assert len(desktop.factory.opened) == 2
    another.close()


def test_a_code_that_comes_while_it_opens_is_shown_once_it_can_be_answered(
    desktop: DesktopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = form(desktop)
    answerable = []
    show = sheet.show_code

    def showing(code: e.LinkCodeShown) -> None:
        answerable.append(desktop.app.bridge.is_open)
        show(code)

    monkeypatch.setattr(sheet, "show_code", showing)
    desktop.factory.when_opened = lambda: desktop.client.show_link_code(CODE)
    sheet.yes_button.click()
    desktop.qtbot.waitUntil(lambda: sheet.phase is LinkingStep.CODE)
    assert answerable == [True]
    sheet.yes_button.click()
    desktop.qtbot.waitUntil(lambda: sheet.phase is LinkingStep.AGREED)


def test_who_cancels_before_the_code_has_no_profile_open(desktop: DesktopUnderTest) -> None:
    sheet = asked(desktop)
    desktop.press("Escape", sheet)
    desktop.qtbot.waitUntil(desktop.client.closed.is_set)
    assert desktop.window.pages.currentWidget() is desktop.first
    assert not desktop.first.button.is_held


def test_who_cancels_at_the_code_tells_the_other_device(desktop: DesktopUnderTest) -> None:
    sheet = coded(desktop)
    sheet.cancel_button.click()
    desktop.qtbot.waitUntil(desktop.client.closed.is_set)
    assert any(isinstance(each, c.LinkRefuse) for each in desktop.client.commands)
    assert desktop.window.pages.currentWidget() is desktop.first
    assert not desktop.first.error.isVisible()


def test_who_cancels_while_it_opens_has_no_profile_open_after(desktop: DesktopUnderTest) -> None:
    sheet = form(desktop)
    desktop.factory.hold()
    sheet.yes_button.click()
    sheet.cancel_button.click()
    desktop.factory.release()
    desktop.settle()
    assert desktop.window.sheets.top is None
    assert not desktop.app.bridge.is_open
    desktop.qtbot.waitUntil(desktop.client.closed.is_set)


def test_a_profile_that_waits_since_an_earlier_run_says_so_and_goes_on(desktop: DesktopUnderTest) -> None:
    desktop.start()
    desktop.factory.waits = True
    desktop.first.offer((ProfileView("/tmp/a", "alice", Address("127.0.0.1", 5050), in_use=False),))
    desktop.first.password.edit.setText(PASSWORD)
    desktop.first.submit()
    sheet = desktop.sheet(LinkHereSheet)
    assert sheet.phase is LinkingStep.AGREED
    assert not sheet.host.isVisible()
    desktop.client.end_linking(LinkError(ErrorCode.UNAVAILABLE, "not yet"))
    desktop.qtbot.waitUntil(sheet.error.isVisible)
    desktop.factory.waits, desktop.factory.next_client = False, FakeClient("alice")
    sheet.yes_button.click()
    desktop.qtbot.waitUntil(lambda: is_in(desktop))
    desktop.factory.next_client.close()


def test_history_that_comes_is_counted_and_shown(desktop: DesktopUnderTest) -> None:
    agreed(desktop)
    desktop.client.tell(e.Ready("alice", None))
    desktop.qtbot.waitUntil(lambda: is_in(desktop))
    desktop.client.add_contact("bob")
    desktop.client.tell(e.OwnHistoryCame(200))
    desktop.client.tell(e.OwnHistoryCame(50))
    desktop.qtbot.waitUntil(lambda: "250 messages came" in desktop.window.toast.text.text())
    desktop.qtbot.waitUntil(lambda: "bob" in desktop.client_model.conversations)


def test_every_part_of_it_has_a_name_and_says_the_other_language(desktop: DesktopUnderTest) -> None:
    sheet = coded(desktop)
    desktop.app.language.choose("es")
    desktop.settle()
    assert sheet.code.accessibleName() == "La línea de este dispositivo como código QR"
    assert sheet.yes_button.text() == "Son iguales"
    assert all(field.edit.accessibleName() for field in (sheet.host, sheet.port, sheet.name, sheet.device))
