"""Profile pictures stand in the place of discs once they are there; the settings set and remove one's own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from babilu.api import commands as c
from babilu.bot.fake_client import FakeClient
from babilu.desktop.models.portraits import OWN
from babilu.desktop.sheets.settings import SettingsSheet
from babilu.desktop.widgets.avatar import paint_avatar
from babilu.kernel.errors import ErrorCode, ProtocolError
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]
RED, BLUE = b"\xff\x00\x00" + bytes(13), b"\x00\x00\xff" + bytes(13)

# The screen of the tests says so of every window of its own, such as that of a dialog for files.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


def painted(desktop: DesktopUnderTest, name: str, whose: str | None = None) -> QColor:
    """Paint somebody, and give the colour where no letter is."""
    image = QImage(40, 40, QImage.Format.Format_ARGB32)
    painter = QPainter(image)
    paint_avatar(painter, QRectF(0, 0, 40, 40), name, desktop.app.theme, whose)
    painter.end()
    return image.pixelColor(20, 4)


def asked_for(desktop: DesktopUnderTest) -> list[str | None]:
    return [each.name for each in desktop.asked(c.GetProfilePicture) if isinstance(each, c.GetProfilePicture)]


def test_a_picture_is_asked_for_once_when_it_is_painted_and_follows_its_person(
    opened: Opened, client: FakeClient
) -> None:
    desktop = opened()
    disc = painted(desktop, "bob")
    client.show_picture("bob", RED)
    desktop.qtbot.waitUntil(lambda: painted(desktop, "bob") == QColor("#ff0000"))
    painted(desktop, "bob")
    assert asked_for(desktop) == ["bob"]
    client.request(c.Rename("bob", "robert")).result()
    desktop.qtbot.waitUntil(lambda: painted(desktop, "robert") == QColor("#ff0000"))
    assert asked_for(desktop) == ["bob"]
    client.show_picture("robert", BLUE)
    desktop.qtbot.waitUntil(lambda: painted(desktop, "robert") == QColor("#0000ff"))
    client.show_picture("robert", None)
    desktop.qtbot.waitUntil(lambda: painted(desktop, "robert") not in [QColor("#ff0000"), QColor("#0000ff")])
    assert painted(desktop, "bob") == disc


def test_one_that_cannot_be_shown_is_not_asked_for_again(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.fail_next(c.GetProfilePicture, ProtocolError(ErrorCode.CANNOT_SHOW, "no"))
    client.show_picture("bob", RED)
    desktop.qtbot.waitUntil(lambda: bool(painted(desktop, "bob")) and asked_for(desktop) == ["bob"])
    desktop.settle()
    painted(desktop, "bob")
    desktop.settle()
    assert asked_for(desktop) == ["bob"]


def test_the_own_picture_is_set_and_removed_in_the_settings(opened: Opened, client: FakeClient, tmp_path: Path) -> None:
    desktop = opened()
    disc = painted(desktop, "alice")
    desktop.press("Ctrl+,")
    part = desktop.sheet(SettingsSheet).picture
    assert part.remove_button.isHidden()
    path = tmp_path / "me.png"
    path.write_bytes(b"pixels")
    part.choose()
    assert part.dialog is not None
    part.dialog.fileSelected.emit(str(path))
    part.dialog.reject()
    desktop.qtbot.waitUntil(lambda: not part.remove_button.isHidden())
    assert client.request(c.Status()).result().picture is not None
    desktop.qtbot.waitUntil(lambda: painted(desktop, "alice", OWN) != disc)
    assert painted(desktop, "alice") == disc
    part.remove_button.click()
    desktop.qtbot.waitUntil(part.remove_button.isHidden)
    assert client.request(c.Status()).result().picture is None


def test_what_is_no_picture_is_refused_with_a_sentence(opened: Opened, tmp_path: Path) -> None:
    desktop = opened()
    desktop.press("Ctrl+,")
    part = desktop.sheet(SettingsSheet).picture
    text = tmp_path / "me.txt"
    text.write_text("no picture")
    part.set(str(text))
    desktop.qtbot.waitUntil(lambda: not part.error.isHidden())
    assert part.error.text()
