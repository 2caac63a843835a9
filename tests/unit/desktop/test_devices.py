"""The own devices are listed and removed with the password, and one that asks shows its code before it is let in."""

from collections.abc import Callable

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.credentials import Passphrase
from babilu.bot.fake_client import FakeClient
from babilu.desktop.sheets.devices import DevicesSheet
from babilu.desktop.sheets.link_device import LinkDeviceSheet
from tests.unit.desktop.desktop_under_test import PASSWORD, DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]
PHONE = "b2" * 16
WORDS = ("abandon", "ability", "able", "about")


def asked(failed: int = 0) -> e.LinkAsked:
    return e.LinkAsked(PHONE, "phone", "012345", WORDS, full=True, failed=failed)


def let_in(desktop: DesktopUnderTest, history: int = 0) -> LinkDeviceSheet:
    desktop.client.ask_to_link(asked())
    sheet = desktop.sheet(LinkDeviceSheet)
    sheet.history_box.setCurrentIndex(history)
    sheet.password.edit.setText(PASSWORD)
    sheet.approve_button.click()
    desktop.settle()
    return sheet


def test_who_asks_shows_its_code_and_is_let_in_with_the_password(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.ask_to_link(asked(failed=2))
    sheet = desktop.sheet(LinkDeviceSheet)
    assert "“phone”" in sheet.question.text()
    assert (sheet.digits.text(), sheet.words.text()) == ("012 345", " ".join(WORDS))
    assert sheet.failed.text() == "2 tries before this one failed within an hour."
    sheet.approve_button.click()
    assert desktop.asked(c.LinkApprove) == []
    sheet.password.edit.setText("not this")
    sheet.approve_button.click()
    desktop.settle()
    assert not sheet.approve_button.is_held
    sheet.history_box.setCurrentIndex(1)
    sheet.password.edit.setText(PASSWORD)
    sheet.approve_button.click()
    desktop.settle()
    approved = desktop.wait_for(c.LinkApprove, 2)
    assert isinstance(approved, c.LinkApprove)
    assert (approved.password, approved.history_days, approved.full) == (Passphrase(PASSWORD), 30, True)
    desktop.qtbot.waitUntil(lambda: desktop.window.sheets.top is not sheet)


def test_another_code_is_refused(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.ask_to_link(asked())
    sheet = desktop.sheet(LinkDeviceSheet)
    sheet.refuse_button.click()
    desktop.wait_for(c.LinkRefuse)
    desktop.qtbot.waitUntil(lambda: desktop.window.sheets.top is not sheet)
    assert desktop.asked(c.LinkApprove) == []


def test_others_are_removed_with_the_password_and_this_one_is_not(opened: Opened) -> None:
    desktop = opened()
    let_in(desktop)
    desktop.window.navigator.devices()
    sheet = desktop.sheet(DevicesSheet)
    desktop.qtbot.waitUntil(lambda: list(sheet.buttons) == [PHONE])
    sheet.buttons[PHONE].click()
    assert sheet.question.text() == "Nothing reaches phone any more, and it is locked."
    sheet.remove_button.click()
    assert desktop.asked(c.RemoveDevice) == []
    sheet.password.edit.setText(PASSWORD)
    sheet.remove_button.click()
    removed = desktop.wait_for(c.RemoveDevice)
    assert isinstance(removed, c.RemoveDevice)
    assert removed.device == PHONE
    desktop.qtbot.waitUntil(lambda: not sheet.buttons)
    assert sheet.password.edit.text() == ""
