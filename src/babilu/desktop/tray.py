"""The tray shows how many messages wait, not what they say; where there is no tray, closing the window quits."""

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from babilu.desktop.language import translate
from babilu.desktop.theme.icons import render
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.brand import picture

SIZES = (22, 32, 44, 64)


class Tray(QObject):
    """The icon in the tray."""

    opened = Signal()
    pressed = Signal()
    """What was announced beside the icon was pressed."""

    quit_wanted = Signal()
    lock_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._unread = 0
        self._menu = QMenu()
        self._open = self._menu.addAction("")
        self._lock = self._menu.addAction("")
        self._menu.addSeparator()
        self._quit = self._menu.addAction("")
        self._open.triggered.connect(self.opened)
        self._lock.triggered.connect(self.lock_wanted)
        self._quit.triggered.connect(self.quit_wanted)
        self._icon = QSystemTrayIcon(counted_icon(theme, 0))
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._activated)
        self._icon.messageClicked.connect(self.pressed)
        self.retranslate()

    @property
    def is_there(self) -> bool:
        """Whether the system has a tray."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def show(self) -> None:
        """Show the icon where there is a tray."""
        if self.is_there:
            self._icon.show()

    def hide(self) -> None:
        """Take the icon away."""
        self._icon.hide()

    def announce(self, title: str, text: str) -> bool:
        """Say something beside the icon; tell whether there is one to say it at."""
        if not self._icon.isVisible() or not QSystemTrayIcon.supportsMessages():
            return False
        self._icon.showMessage(title, text, self._icon.icon())
        return True

    def count(self, unread: int) -> None:
        """Show how many messages wait."""
        if unread != self._unread:
            self._unread = unread
            self._icon.setIcon(counted_icon(self._theme, unread))
            self.retranslate()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self._open.setText(translate("Tray", "Open Babilu"))
        self._lock.setText(translate("Tray", "Lock"))
        self._quit.setText(translate("Tray", "Quit"))
        waiting = translate("Tray", "%n unread", None, self._unread)
        self._icon.setToolTip(f"Babilu – {waiting}" if self._unread else "Babilu")

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is not QSystemTrayIcon.ActivationReason.Context:
            self.opened.emit()


def counted_icon(theme: Theme, unread: int) -> QIcon:
    """Draw the icon with a number on it."""
    icon = QIcon()
    for size in SIZES:
        pixmap = render(picture(), size, 1.0)
        if unread:
            _paint_number(pixmap, size, "99+" if unread > 99 else str(unread), theme)
        icon.addPixmap(pixmap)
    return icon


def _paint_number(pixmap: QPixmap, size: int, text: str, theme: Theme) -> None:
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    side = size * 0.62
    box = QRectF(size - side, size - side, side, side)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#c42f3c"))
    painter.drawEllipse(box)
    font = QFont(theme.fonts.strong)
    font.setPixelSize(max(7, round(side * (0.72 if len(text) == 1 else 0.56 if len(text) == 2 else 0.42))))
    painter.setFont(font)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
