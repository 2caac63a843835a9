"""Search within a conversation, by person and time: from hit to hit, or to a day; closing leads back where one was."""

from collections.abc import Iterable
from functools import partial
from typing import Final

from PySide6.QtCore import QDate, QDateTime, QEvent, QLocale, Qt, QTime, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDateEdit, QLineEdit, QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.views import MessageView
from babilu.desktop.bridge import QtBridge
from babilu.desktop.language import translate
from babilu.desktop.plain_text import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, IconButton, PlainLabel, Turning, column, retranslates, row
from babilu.desktop.widgets.controls import ChoiceBox
from babilu.kernel.ports import Clock

TYPING_MS = 180
MOST_FOUND = 200
DAY_MS: Final = 86_400_000
SPANS: Final = (None, 7 * DAY_MS, 30 * DAY_MS, 365 * DAY_MS)
"""Milliseconds back from now in which is searched; None for all."""


def _width_of(parts: Iterable[QWidget]) -> int:
    """Tell how much width parts need beside each other."""
    return sum(each.sizeHint().width() + m.SMALL for each in parts)


class SearchBar(QWidget):
    """The field, the number of hits, and the way to the next one."""

    jumped = Signal(object)
    """`MessageView` to show."""

    day_wanted = Signal(object)
    """Unix milliseconds at which a day begins."""

    highlighted = Signal(str)
    closed = Signal()

    def __init__(self, theme: Theme, bridge: QtBridge, clock: Clock) -> None:
        super().__init__()
        self.setObjectName("header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._bridge = bridge
        self._clock = clock
        self._people: tuple[str, ...] = ()
        self._conversation = ""
        self._found: tuple[MessageView, ...] = ()
        self._at = 0
        self.field = QLineEdit()
        self.field.setClearButtonEnabled(False)
        self.count = PlainLabel(theme, lambda t: t.fonts.small, "muted")
        self.older_button = IconButton(theme, "up")
        self.newer_button = IconButton(theme, "down")
        self.close_button = IconButton(theme, "close")
        self.person_box = ChoiceBox(theme)
        self.time_box = ChoiceBox(theme)
        self.day = QDateEdit()
        self.day.setCalendarPopup(True)
        self.day_button = Button("quiet")
        self._pairs = ((self.person_box, self.time_box), (self.day, self.day_button))
        outer = column(self, m.TINY, (m.LARGE, m.SMALL, m.SMALL, m.SMALL))
        across = row(spacing=m.SMALL)
        outer.addLayout(across)
        self.filters = Turning(self._needed, m.SMALL)
        for pair in self._pairs:
            # Two in a line on a narrow page: four lines of them would leave no message in sight.
            beside = Turning(partial(_width_of, pair), m.SMALL)
            for each in pair:
                beside.parts.addWidget(each)
            self.filters.parts.addWidget(beside)
        outer.addWidget(self.filters)
        across.addWidget(self.field, 1)
        across.addWidget(self.count)
        for button in (self.older_button, self.newer_button, self.close_button):
            across.addWidget(button)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(self._search)
        self.field.textChanged.connect(lambda _: self._typing.start())
        self.field.returnPressed.connect(self._next)
        self.older_button.clicked.connect(lambda: self._step(1))
        self.newer_button.clicked.connect(lambda: self._step(-1))
        self.close_button.clicked.connect(self.leave)
        self.person_box.activated.connect(lambda _: self._search())
        self.time_box.activated.connect(lambda _: self._search())
        self.day_button.clicked.connect(self._go_to_day)
        self.hide()
        self.retranslate()

    def begin(self, conversation: str, people: tuple[str, ...]) -> None:
        """Search in a conversation, among what its people wrote; the own name comes first."""
        if (conversation, people) != (self._conversation, self._people):
            self._conversation, self._people = conversation, people
            self.person_box.setCurrentIndex(0)
            self.time_box.setCurrentIndex(0)
        self.day.setDate(QDateTime.fromMSecsSinceEpoch(self._clock.now_ms()).date())
        self._name_filters()
        self.show()
        self.field.setFocus()
        self.field.selectAll()

    def leave(self) -> None:
        """Close the search."""
        if self.isHidden():
            return
        self._typing.stop()
        self.field.clear()
        self._typing.stop()
        self._found = ()
        self._say()
        self.hide()
        self.highlighted.emit("")
        self.closed.emit()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.field.setPlaceholderText(translate("SearchBar", "Search in this conversation"))
        self.field.setAccessibleName(translate("SearchBar", "Search in this conversation"))
        self.older_button.call_it(translate("SearchBar", "Older hit"), "Enter")
        self.newer_button.call_it(translate("SearchBar", "Newer hit"), "Shift+Enter")
        self.close_button.call_it(translate("SearchBar", "Close the search"), "Esc")
        self.person_box.setAccessibleName(translate("SearchBar", "Written by"))
        self.time_box.setAccessibleName(translate("SearchBar", "Written when"))
        self.day.setAccessibleName(translate("SearchBar", "Day"))
        self.day_button.setText(translate("SearchBar", "Go to this day"))
        self.day.setLocale(QLocale())
        self.day.setDisplayFormat(QLocale().dateFormat(QLocale.FormatType.ShortFormat))
        self._name_filters()
        self._say()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif (
            event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
            and event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        ):
            self._step(-1)
        else:
            super().keyPressEvent(event)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.retranslate()

    def _next(self) -> None:
        if self._typing.isActive():
            self._search()
        else:
            self._step(1)

    def _search(self) -> None:
        self._typing.stop()
        query = self.field.text().strip()
        if not query:
            self._take("", ())
            return
        who, span = self.person_box.currentIndex(), SPANS[max(0, self.time_box.currentIndex())]
        sender = self._people[who - 1] if 0 < who <= len(self._people) else None
        since = None if span is None else self._clock.now_ms() - span
        command = c.Search(query, self._conversation, MOST_FOUND, sender, since)
        self._bridge.request(command, lambda found: self._take(query, found))

    def _name_filters(self) -> None:
        names = [translate("SearchBar", "You"), *map(person, self._people[1:])] if self._people else []
        self.person_box.say([translate("SearchBar", "By everybody"), *(by(name) for name in names)])
        self.time_box.say(
            (
                translate("SearchBar", "At any time"),
                translate("SearchBar", "In the last 7 days"),
                translate("SearchBar", "In the last 30 days"),
                translate("SearchBar", "In the last year"),
            )
        )

    def _needed(self) -> int:
        """Tell how much width the choices need beside each other."""
        return sum(map(_width_of, self._pairs)) + m.SMALL

    def _go_to_day(self) -> None:
        begins = QDateTime(QDate(self.day.date()), QTime(0, 0))
        self.day_wanted.emit(begins.toMSecsSinceEpoch())

    def _take(self, query: str, found: tuple[MessageView, ...]) -> None:
        if query != self.field.text().strip() or self.isHidden():
            return
        self._found = found
        self._at = 0
        self.highlighted.emit(query)
        self._say()
        if found:
            self.jumped.emit(found[0])

    def _step(self, by: int) -> None:
        if self._found:
            self._at = (self._at + by) % len(self._found)
            self._say()
            self.jumped.emit(self._found[self._at])

    def _say(self) -> None:
        if self._found:
            text = translate("SearchBar", "{0} of {1}").format(self._at + 1, len(self._found))
        elif self.field.text().strip():
            text = translate("SearchBar", "Nothing found")
        else:
            text = ""
        self.count.setText(text)
        for button in (self.older_button, self.newer_button):
            button.setEnabled(len(self._found) > 1)


def by(name: str) -> str:
    """Name the choice of what one person wrote."""
    return translate("SearchBar", "By {0}").format(name)
