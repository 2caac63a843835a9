"""Lines of settings under their headings; a search leaves those that fit."""

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import PlainLabel, column, row
from babilu.presentation.fuzzy import folded

Said = Callable[[], str]


class Line(QWidget):
    """One setting: its name, what it means, and its control."""

    def __init__(self, theme: Theme, name: Said, control: QWidget, meaning: Said | None = None) -> None:
        super().__init__()
        self._name, self._meaning, self._control = name, meaning, control
        self.label = PlainLabel(theme, lambda t: t.fonts.body, wraps=True)
        self.hint = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.hint.setVisible(meaning is not None)
        words = column(spacing=1)
        words.addWidget(self.label)
        words.addWidget(self.hint)
        across = row(self, m.LARGE, (0, m.TINY, 0, m.TINY))
        across.addLayout(words, 1)
        across.addWidget(control)
        self.label.setBuddy(control)

    def retranslate(self) -> None:
        """Say the setting in the language in force."""
        self.label.setText(self._name())
        self.hint.setText(self._meaning() if self._meaning else "")
        self._control.setAccessibleName(self._name())
        self._control.setAccessibleDescription(self.hint.text())

    def fits(self, query: str) -> bool:
        """Tell whether the line is what is looked for."""
        return folded(query) in folded(f"{self.label.text()} {self.hint.text()}")


class SettingsSection(QWidget):
    """Settings under one heading."""

    def __init__(self, theme: Theme, name: Said) -> None:
        super().__init__()
        self._name = name
        self._query = ""
        self._offered = True
        self.lines: list[Line] = []
        self.heading = PlainLabel(theme, lambda t: t.fonts.strong, "accent")
        self.stack: QVBoxLayout = column(self, m.TINY, (0, m.SMALL, 0, m.SMALL))
        self.stack.addWidget(self.heading)

    def add(self, line: Line) -> None:
        self.lines.append(line)
        self.stack.addWidget(line)

    def retranslate(self) -> None:
        """Say the part in the language in force."""
        self.heading.setText(self._name())
        for line in self.lines:
            line.retranslate()

    def offer(self, *, on: bool) -> None:
        """Show the part, or not whatever is looked for: not everybody may change it."""
        if on != self._offered:
            self._offered = on
            self.narrow(self._query)

    def narrow(self, query: str) -> None:
        """Show what fits; a heading that fits shows all under it."""
        self._query = query
        all_of_it = folded(query) in folded(self._name())
        for line in self.lines:
            line.setVisible(all_of_it or line.fits(query))
        self.setVisible(self._offered and any(not line.isHidden() for line in self.lines))
