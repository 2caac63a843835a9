"""The focus stays where somebody types, and letters that nobody wanted go where one writes."""

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtTest import QTest

from babilu.api import commands as c
from babilu.bot.fake_client import FakeClient
from babilu.desktop.sheets.begin import BeginSheet
from babilu.desktop.sheets.invitations import InvitationsSheet
from babilu.desktop.sheets.safety import SafetySheet
from babilu.desktop.window.main_window import fitting
from babilu.kernel.states import MessageState
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]


def test_an_identity_that_is_not_approved_stops_sending_and_not_writing(opened: Opened, client: FakeClient) -> None:
    desktop = opened(2)
    desktop.composer.setFocus()
    desktop.write("I was", desktop.composer.editor)
    client.change_identity("bob")
    desktop.qtbot.waitUntil(desktop.page.banner.isVisible)
    assert desktop.window.focusWidget() is desktop.composer.editor
    desktop.write(" saying", desktop.window.focusWidget())
    desktop.press("Return", desktop.composer.editor)
    assert desktop.composer.editor.toPlainText() == "I was saying"
    assert desktop.composer.error.text() == "Nothing is sent until you approve the identity"
    assert desktop.composer.editor.property("stopped") is True
    assert not desktop.composer.send_button.isEnabled()
    assert desktop.asked(c.Send) == []
    assert desktop.window.sheets.top is None


def test_sending_by_the_button_leaves_the_focus_where_one_writes(opened: Opened) -> None:
    desktop = opened()
    desktop.write("hello", desktop.composer.editor)
    desktop.composer.send_button.setFocus()
    desktop.press("Space", desktop.composer.send_button)
    desktop.wait_for(c.Send)
    assert desktop.window.focusWidget() is desktop.composer.editor


def test_a_button_keeps_the_focus_while_its_work_is_under_way(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    desktop.window.navigator.begin()
    sheet = desktop.sheet(BeginSheet)
    sheet.name.edit.setText("carol")
    sheet.text.setPlainText("hello")
    client.hold(c.Send)
    sheet.button.setFocus()
    desktop.press("Space", sheet.button)
    desktop.press("Space", desktop.window.focusWidget())
    assert desktop.window.focusWidget() is sheet.button
    assert desktop.window.sheets.top is sheet
    assert len(desktop.asked(c.Send)) == 1
    client.release(c.Send)
    desktop.settle()


def test_letters_typed_at_a_button_go_to_the_composer(opened: Opened) -> None:
    desktop = opened()
    button = desktop.page.header.search_button
    button.setFocus()
    QTest.keyClicks(button, "hi")
    assert desktop.composer.editor.toPlainText() == "hi"
    assert desktop.composer.editor.hasFocus()
    assert not desktop.page.search.isVisible()


def test_a_window_is_no_larger_than_its_screen() -> None:
    assert fitting(QSize(1120, 740), QSize(960, 600)).width() < 960
    assert fitting(QSize(1120, 740), QSize(960, 600)).height() < 600
    assert fitting(QSize(1120, 740), QSize(1920, 1200)) == QSize(1120, 740)


def test_pictures_grow_with_the_text(opened: Opened, client: FakeClient) -> None:
    desktop = opened(2)
    message = client.request(c.Send("bob", "hello")).result()
    client.advance(message.id, MessageState.DELIVERED)
    desktop.settle()
    desktop.window.navigator.verify("bob")
    sheet = desktop.sheet(SafetySheet)
    before = (
        desktop.page.header.avatar.width(),
        desktop.chat.sidebar.avatar.width(),
        sheet.code.width(),
        desktop.view.delegate.bubble(2).meta.height(),
    )
    desktop.app.preferences.change(text_percent=200)
    after = (
        desktop.page.header.avatar.width(),
        desktop.chat.sidebar.avatar.width(),
        sheet.code.width(),
        desktop.view.delegate.bubble(2).meta.height(),
    )
    for small, large in zip(before, after, strict=True):
        assert large > 1.8 * small


def test_a_label_keeps_the_size_of_the_text_when_its_looks_change(opened: Opened, client: FakeClient) -> None:
    desktop = opened(2)
    desktop.app.preferences.change(text_percent=200)
    client.change_identity("bob")
    desktop.qtbot.waitUntil(desktop.page.banner.isVisible)
    assert desktop.page.banner.text.font().pixelSize() == desktop.app.theme.fonts.small.pixelSize()


def test_who_is_led_to_a_button_sees_it(opened: Opened) -> None:
    desktop = opened()
    desktop.window.resize(700, 420)
    desktop.app.preferences.change(text_percent=200)
    desktop.window.navigator.invitations()
    desktop.settle()
    sheet = desktop.sheet(InvitationsSheet)
    sheet.make_button.click()
    desktop.qtbot.waitUntil(sheet.made.isVisible)
    button = sheet.made.copy_button
    desktop.qtbot.waitUntil(button.hasFocus)
    assert button.visibleRegion().boundingRect() == button.rect()
