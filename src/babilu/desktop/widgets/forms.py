"""Forms: each field has its name above it and its error below it, and the error is said to screen readers too."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QLineEdit, QWidget

from babilu.api.views import Address
from babilu.desktop.language import translate
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, IconButton, PlainLabel, column, lead_to, repolish, row

PORT_MAX = 65_535


class FormField(QWidget):
    """A line to fill in.

    Args:
        theme: Fonts and colours.
        secret: Whether what is typed is hidden.
    """

    submitted = Signal()

    def __init__(self, theme: Theme, *, secret: bool = False) -> None:
        super().__init__()
        self.label = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.edit = QLineEdit()
        self.eye: IconButton | None = None
        line = row(spacing=m.TINY)
        line.addWidget(self.edit, 1)
        if secret:
            self.edit.setEchoMode(QLineEdit.EchoMode.Password)
            self.eye = IconButton(theme, "show")
            self.eye.setCheckable(True)
            self.eye.toggled.connect(self._show_secret)
            line.addWidget(self.eye)
            self._name_eye()
        self.error = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.error.hide()
        self.label.setBuddy(self.edit)
        self.setFocusProxy(self.edit)
        stack = column(self, 3)
        stack.addWidget(self.label)
        stack.addLayout(line)
        stack.addWidget(self.error)
        self.edit.textChanged.connect(lambda _: self.refuse(""))
        self.edit.returnPressed.connect(self.submitted)

    def call_it(self, name: str, placeholder: str = "") -> None:
        """Name the field."""
        self.label.setText(name)
        self.edit.setAccessibleName(name)
        self.edit.setPlaceholderText(placeholder)
        self._name_eye()

    def refuse(self, reason: str, *, focus: bool = True) -> None:
        """Show why what was typed cannot be used; empty when nothing is wrong. A late answer takes no focus."""
        if bool(reason) == self.error.isHidden():
            self.edit.setProperty("wrong", bool(reason))
            repolish(self.edit)
        self.error.setText(reason)
        self.error.setVisible(bool(reason))
        self.edit.setAccessibleDescription(reason)
        if reason and focus:
            lead_to(self)

    def conceal(self) -> None:
        """Hide again what was typed."""
        if self.eye is not None:
            self.eye.setChecked(False)

    def _show_secret(self, shown: bool) -> None:
        self.edit.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
        self._name_eye()

    def _name_eye(self) -> None:
        if self.eye is not None:
            show, hide = translate("Field", "Show what is typed"), translate("Field", "Hide what is typed")
            self.eye.show_icon("hide" if self.eye.isChecked() else "show")
            self.eye.call_it(hide if self.eye.isChecked() else show)

    @property
    def text(self) -> str:
        """What was typed, without spaces around it."""
        return self.edit.text().strip()


class Segments(QFrame):
    """A choice of a few ways, side by side."""

    chosen = Signal(int)

    def __init__(self, count: int) -> None:
        super().__init__()
        self.setObjectName("inset")
        self._group = QButtonGroup(self)
        across = row(self, 2, (3, 3, 3, 3))
        self.buttons = [Button("segment") for _ in range(count)]
        for number, button in enumerate(self.buttons):
            button.setCheckable(True)
            self._group.addButton(button, number)
            across.addWidget(button, 1)
        self.buttons[0].setChecked(True)
        self._group.idClicked.connect(self.chosen)

    def call_them(self, names: tuple[str, ...]) -> None:
        """Name the ways."""
        for button, name in zip(self.buttons, names, strict=True):
            button.setText(name)

    def choose(self, number: int) -> None:
        """Choose a way."""
        self.buttons[number].setChecked(True)
        self.chosen.emit(number)

    @property
    def number(self) -> int:
        """The way that is chosen."""
        return self._group.checkedId()


def parse_address(text: str, default_port: int | None = None) -> Address | None:
    """Read ``host:port``, ``[IPv6]:port``, or a host alone where there is a default port; None where it is neither."""
    given = text.strip()
    if given.startswith("["):
        host, closed, rest = given[1:].partition("]")
        port = rest.removeprefix(":") if rest else ""
        if not closed or (rest and not rest.startswith(":")):
            return None
    elif given.count(":") == 1:
        host, _, port = given.partition(":")
    elif given.count(":") > 1:
        host, port = given, ""
    else:
        host, port = given, ""
    return _checked(host, port, default_port)


def _checked(host: str, port: str, default_port: int | None) -> Address | None:
    if not host or len(host) > 253 or not all(c.isalnum() or c in "-._:%" for c in host):
        return None
    number = parse_port(port) if port else default_port
    return None if number is None else Address(host, number)


def parse_port(text: str) -> int | None:
    if not text.isascii() or not text.isdecimal() or len(text) > 5:
        return None
    return int(text) if 0 <= int(text) <= PORT_MAX else None


def pair(first: QWidget, second: QWidget, shares: tuple[int, int]) -> QWidget:
    """Put two fields side by side."""
    made = QWidget()
    across = row(made, m.MEDIUM)
    # At the top, so that an error below one of them leaves the other where it is.
    across.addWidget(first, shares[0], Qt.AlignmentFlag.AlignTop)
    across.addWidget(second, shares[1], Qt.AlignmentFlag.AlignTop)
    return made
