"""Backups in the window: found in the settings, made with a code that is typed back, checked, made every day."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.bot.fake_archives import FAKE_CODE
from babilu.bot.fake_client import FakeClient
from babilu.desktop.sheets.backup import BackupSheet
from babilu.desktop.sheets.restore import RestoreSheet
from babilu.desktop.sheets.settings import SettingsSheet
from babilu.kernel.errors import ArchiveError, ErrorCode, TooManyDevicesError
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")

Opened = Callable[..., DesktopUnderTest]
TYPED = " ".join(word[:4] for word in FAKE_CODE.split())


def shown(desktop: DesktopUnderTest) -> BackupSheet:
    desktop.window.navigator.settings()
    desktop.settle()
    desktop.sheet(SettingsSheet).backup_button.click()
    desktop.settle()
    return desktop.sheet(BackupSheet)


def test_one_is_made_once_the_code_was_typed_back(opened: Opened, client: FakeClient, tmp_path: Path) -> None:
    client.receive("bob", "hello")
    desktop = opened()
    sheet = shown(desktop)
    assert sheet.status.text() == "There is no backup yet."

    sheet.new_button.click()
    desktop.settle()
    assert sheet.words.isVisible()
    assert desktop.window.focusWidget() is sheet.back.edit
    assert not sheet.new_button.isEnabled()
    sheet.back.edit.setText("zoo " * 24)
    assert not sheet.new_button.isEnabled()
    sheet.back.edit.setText(TYPED)
    assert sheet.new_button.isEnabled()
    sheet.create_at(str(tmp_path / "me.babilu"))
    desktop.settle()

    assert sheet.said.text() == "1 message backed up, and read back."
    assert "The last good backup" in sheet.status.text()
    assert not sheet.words.isVisible()


def test_a_file_is_said_to_be_good_or_of_another_code(opened: Opened, client: FakeClient, tmp_path: Path) -> None:
    desktop = opened()
    sheet = shown(desktop)
    sheet.new_button.click()
    desktop.settle()
    sheet.back.edit.setText(FAKE_CODE)
    sheet.create_at(str(tmp_path / "me.babilu"))
    desktop.settle()

    sheet.check(str(tmp_path / "me.babilu"))
    sheet.back.edit.setText("other words")
    sheet.check_button.click()
    desktop.settle()
    assert "opens with another" in sheet.said.text()
    sheet.back.edit.setText(FAKE_CODE)
    sheet.check_button.click()
    desktop.settle()
    assert sheet.said.text().startswith("This backup is good")
    # What is known is not asked for again: the button chooses another file.
    asked = sum(isinstance(each, c.ExamineArchive) for each in client.commands)
    sheet.check_button.click()
    desktop.settle()
    assert sum(isinstance(each, c.ExamineArchive) for each in client.commands) == asked
    assert sheet.dialog is not None
    assert sheet.dialog.isVisible()
    sheet.dialog.reject()


def test_a_new_one_is_called_by_its_day(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    sheet = shown(desktop)
    sheet.new_button.click()
    desktop.settle()
    sheet.back.edit.setText(FAKE_CODE)
    sheet.new_button.click()
    desktop.settle()
    assert sheet.dialog is not None
    (name,) = [Path(each).name for each in sheet.dialog.selectedFiles()]
    assert re.fullmatch(r"babilu-\d{4}-\d\d-\d\d\.babilu", name)
    sheet.dialog.reject()
    del client


def test_daily_ones_are_begun_with_a_code_and_ended(opened: Opened, client: FakeClient, tmp_path: Path) -> None:
    desktop = opened()
    sheet = shown(desktop)
    assert not sheet.off_button.isVisible()
    sheet.new_button.click()
    desktop.settle()
    sheet.back.edit.setText(FAKE_CODE)
    sheet.model.keep(str(tmp_path))
    desktop.settle()
    assert str(tmp_path) in sheet.status.text()
    assert client.request(c.ArchiveStatus()).result().folder == str(tmp_path)

    sheet.off_button.click()
    desktop.settle()
    assert client.request(c.ArchiveStatus()).result().folder is None


def test_who_has_something_to_lose_is_reminded_once(opened: Opened, client: FakeClient) -> None:
    client._world.archives.since = 0
    desktop = opened()
    assert "You have no backup yet" in desktop.window.toast.text.text()
    assert client.request(c.ReadValue("backup.reminded")).result() == "1"
    desktop.window.toast.hide()
    desktop.window.enter()
    desktop.settle()
    assert not desktop.window.toast.isVisible()


def test_the_first_page_brings_a_backup_back_and_opens_it(desktop: DesktopUnderTest) -> None:
    desktop.start()
    desktop.window.first.restore.click()
    sheet = desktop.sheet(RestoreSheet)
    sheet.yes.click()
    assert sheet.file.error.isVisible()
    sheet.file.edit.setText("/tmp/me.babilu")
    sheet.code.edit.setText(FAKE_CODE)
    sheet.password.edit.setText("correct horse")
    desktop.factory.refuse(ArchiveError(ErrorCode.ARCHIVE_DAMAGED, "damaged"))
    sheet.yes.click()
    desktop.qtbot.waitUntil(sheet.error.isVisible)
    assert "damaged" in sheet.error.text()
    assert sheet.yes.text() == "Bring back what can be read"
    sheet.yes.click()
    desktop.qtbot.waitUntil(lambda: desktop.window.pages.currentWidget() is desktop.window.chat)

    assert [order.salvage for order in desktop.factory.restored] == [False, True]
    (opened,) = desktop.factory.opened
    assert (opened.name, opened.passphrase) == ("alice", Passphrase("correct horse"))


def test_where_there_are_as_many_devices_as_can_be_one_is_chosen_that_goes(desktop: DesktopUnderTest) -> None:
    desktop.start()
    desktop.window.first.restore.click()
    sheet = desktop.sheet(RestoreSheet)
    assert not sheet.goes.isVisible()
    sheet.file.edit.setText("/tmp/me.babilu")
    sheet.code.edit.setText(FAKE_CODE)
    sheet.password.edit.setText("correct horse")
    desktop.factory.refuse(TooManyDevicesError((("a1" * 16, "Phone"), ("b2" * 16, ""))))
    sheet.yes.click()
    desktop.qtbot.waitUntil(sheet.goes.isVisible)
    assert [sheet.goes.itemText(place) for place in range(3)] == [
        "Which device does this one replace?",
        "Phone (a1a1a1a1…)",
        "Without a name (b2b2b2b2…)",
    ]
    sheet.goes.setCurrentIndex(1)
    sheet.yes.click()
    desktop.qtbot.waitUntil(lambda: desktop.window.pages.currentWidget() is desktop.window.chat)
    assert [order.replaces for order in desktop.factory.restored] == [None, "a1" * 16]
