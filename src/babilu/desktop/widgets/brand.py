"""Babilu's picture, drawn for it: a speech bubble with the star of Esperanto."""

from importlib.resources import files

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QIcon
from PySide6.QtSvgWidgets import QSvgWidget

from babilu.desktop.theme.icons import render

SIZES = (16, 24, 32, 48, 64, 128, 256)


def picture() -> bytes:
    return files("babilu.desktop.data").joinpath("babilu.svg").read_bytes()


def brand(size: int) -> QSvgWidget:
    """Show the picture."""
    widget = QSvgWidget()
    widget.load(QByteArray(picture()))
    widget.setFixedSize(size, size)
    return widget


def window_icon() -> QIcon:
    """Give the icon of windows and of the tray."""
    icon = QIcon()
    for size in SIZES:
        icon.addPixmap(render(picture(), size, 1.0))
    return icon
