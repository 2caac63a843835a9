"""The keyboard alone is enough: Enter presses what has the focus, and sends wherever a message is written."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from babilu.api import commands as c
from babilu.desktop.sheets.begin import BeginSheet
from babilu.desktop.sheets.connection import ConnectionSheet
from babilu.desktop.sheets.contact import ContactSheet
from babilu.desktop.sheets.safety import SafetySheet
from babilu.desktop.sheets.settings import SettingsSheet
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_enter_and_space_press_the_button_that_has_the_focus(opened: Opened, key: Qt.Key) -> None:
    desktop = opened()
    desktop.window.navigator.details()
    sheet = desktop.sheet(ContactSheet)
    assert sheet.verify_button.hasFocus()
    QTest.keyClick(sheet.verify_button, key)
    assert desktop.sheet(SafetySheet) is desktop.window.sheets.top


def test_enter_presses_buttons_of_one_icon_switches_segments_and_the_status_line(opened: Opened) -> None:
    desktop = opened()
    desktop.press("Return", desktop.chat.sidebar.settings_button)
    sheet = desktop.sheet(SettingsSheet)
    desktop.press("Return", sheet.notify_box)
    assert not desktop.app.preferences.value.notify
    desktop.press("Return", sheet.close_button)
    desktop.press("Return", desktop.chat.sidebar.status)
    assert desktop.sheet(ConnectionSheet) is desktop.window.sheets.top
    desktop.window.sheets.clear()
    desktop.window.navigator.begin()
    begin = desktop.sheet(BeginSheet)
    desktop.press("Return", begin.ways.buttons[1])
    assert begin.ways.number == 1


def test_enter_sends_a_first_message_and_shift_enter_begins_a_new_line(opened: Opened) -> None:
    desktop = opened()
    desktop.window.navigator.begin()
    sheet = desktop.sheet(BeginSheet)
    desktop.write("carol", sheet.name.edit)
    desktop.press("Return", sheet.name.edit)
    assert sheet.text.hasFocus()
    desktop.write("one", sheet.text)
    desktop.press("Shift+Return", sheet.text)
    desktop.write("two", sheet.text)
    desktop.press("Return", sheet.text)
    assert desktop.wait_for(c.Send) == c.Send("carol", "one\ntwo")


def test_a_first_message_is_sent_by_control_enter_where_enter_does_not_send(opened: Opened) -> None:
    desktop = opened()
    desktop.app.preferences.change(enter_sends=False)
    desktop.window.navigator.begin()
    sheet = desktop.sheet(BeginSheet)
    desktop.write("carol", sheet.name.edit)
    desktop.write("one", sheet.text)
    desktop.press("Return", sheet.text)
    desktop.write("two", sheet.text)
    desktop.press("Ctrl+Return", sheet.text)
    assert desktop.wait_for(c.Send) == c.Send("carol", "one\ntwo")
