"""Texts that are sent later: when one is sent, and all that wait, with what can be done about each."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Final

from PySide6.QtCore import QDate, QDateTime, QLocale, QTime
from PySide6.QtWidgets import QDateEdit, QFrame, QTimeEdit, QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.views import ScheduledView
from babilu.desktop.language import full_time, translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.file_words import number_of_files
from babilu.desktop.plain_text import one_line
from babilu.desktop.sheets.asking import AskingSheet
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, column, empty, row
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.presentation.files import files_line

EVENING: Final = time(20)
MORNING: Final = time(9)
SHOWN: Final = 240


def suggestions(now: datetime) -> tuple[datetime, ...]:
    """Give times that one often means: in an hour, this evening, tomorrow morning, Monday morning."""
    today = now.date()
    evening = datetime.combine(today, EVENING, now.tzinfo)
    tomorrow = datetime.combine(today + timedelta(days=1), MORNING, now.tzinfo)
    monday = datetime.combine(today + timedelta(days=7 - today.weekday()), MORNING, now.tzinfo)
    in_an_hour = (now + timedelta(hours=1)).replace(second=0, microsecond=0)
    found = [in_an_hour, *([evening] if evening > in_an_hour else []), tomorrow]
    return (*found, *([monday] if monday != tomorrow else []))


class ScheduleSheet(AskingSheet):
    """Asks when a text is sent.

    Args:
        theme: Fonts and colours.
        now_ms: Unix milliseconds.
        send: What is done with the time, in Unix milliseconds.
    """

    def __init__(self, theme: Theme, now_ms: int, send: Callable[[int], None]) -> None:
        self.day = QDateEdit()
        self.time = QTimeEdit()
        both = QWidget()
        across = row(both, m.SMALL)
        across.addWidget(self.day, 1)
        across.addWidget(self.time, 1)
        self._now_ms = now_ms
        self._send = send
        self._times = suggestions(datetime.fromtimestamp(now_ms / 1000).astimezone())
        self.quick = [Button("row") for _ in self._times]
        super().__init__(theme, (both, *self.quick))
        self.wrong = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.wrong.hide()
        self.body.insertWidget(1, self.wrong)
        self.day.setCalendarPopup(True)
        for edit in (self.day, self.time):
            edit.lineEdit().returnPressed.connect(self.answer)
        first = self._times[0]
        self._show(first)
        for button, at in zip(self.quick, self._times, strict=True):
            button.clicked.connect(lambda _checked=False, at=at: self._show(at))
            button.clicked.connect(self.answer)

    @override
    def first_focus(self) -> QWidget:
        return self.day

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Schedule", "Send later"))
        self.text.setText(
            translate(
                "Schedule",
                "This device sends it. If Babilu is closed then, it is sent at the next start, and after a day you are "
                "asked.",
            )
        )
        self.yes.setText(translate("Schedule", "Send then"))
        self.day.setAccessibleName(translate("Schedule", "Day"))
        self.time.setAccessibleName(translate("Schedule", "Time"))
        self.wrong.setText(translate("Schedule", "Choose a time within the next year."))
        locale, form = QLocale(), QLocale.FormatType.ShortFormat
        for edit, pattern in ((self.day, locale.dateFormat(form)), (self.time, locale.timeFormat(form))):
            edit.setLocale(locale)
            edit.setDisplayFormat(pattern)
        for button, at in zip(self.quick, self._times, strict=True):
            button.setText(full_time(_milliseconds(at)))

    @override
    def answer(self) -> None:
        at = QDateTime(self.day.date(), self.time.time()).toMSecsSinceEpoch()
        if not self._now_ms < at < self._now_ms + 365 * 86_400_000:
            self.wrong.show()
            return
        self.close_sheet()
        self._send(at)

    def _show(self, at: datetime) -> None:
        self.day.setDate(_date(at.date()))
        self.time.setTime(QTime(at.hour, at.minute))


class ScheduledSheet(ModalSheet):
    """Shows the texts of a conversation that wait for their time."""

    def __init__(self, theme: Theme, client_model: DesktopModel, conversation: str) -> None:
        super().__init__(theme)
        self._client_model = client_model
        self._conversation = conversation
        self.lines = column(spacing=m.MEDIUM)
        self.nothing = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.body.addWidget(self.nothing)
        self.body.addLayout(self.lines)
        self.send_buttons: list[Button] = []
        self.remove_buttons: list[Button] = []
        client_model.scheduled_changed.connect(self._show)

    @override
    def first_focus(self) -> QWidget:
        return self.send_buttons[0] if self.send_buttons else self.close_button

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Scheduled", "Sent later"))
        self.nothing.setText(translate("Scheduled", "Nothing waits here."))
        self._show()

    def _show(self) -> None:
        empty(self.lines)
        self.send_buttons, self.remove_buttons = [], []
        waiting = self._client_model.scheduled_in(self._conversation)
        self.nothing.setVisible(not waiting)
        for each in waiting:
            self.lines.addWidget(self._line(each))
        if self.isVisible():
            self.focus_first()

    def _line(self, view: ScheduledView) -> QFrame:
        box = QFrame()
        box.setObjectName("inset")
        inside = column(box, m.TINY, (m.MEDIUM, m.SMALL, m.MEDIUM, m.SMALL))
        at = full_time(view.at)
        late = translate("Scheduled", "Not sent in time: {0}").format(at)
        tone = "danger" if view.overdue else "muted"
        said = late if view.overdue else translate("Scheduled", "On {0}").format(at)
        inside.addWidget(PlainLabel(self.theme, lambda t: t.fonts.small, tone, wraps=True, text=said))
        files = one_line(files_line(view.files, number_of_files), SHOWN)
        text = one_line(view.text, SHOWN) or files
        for each in (text, files) if files != text else (text,):
            if each:
                inside.addWidget(PlainLabel(self.theme, lambda t: t.fonts.body, wraps=True, text=each))
        buttons = row(spacing=m.SMALL)
        send, remove = Button("quiet"), Button("quietdanger")
        send.setText(translate("Scheduled", "Send now"))
        remove.setText(translate("Scheduled", "Remove"))
        for button in (send, remove):
            button.setAccessibleName(f"{button.text()}: {text}")
        send.clicked.connect(lambda: self._client_model.ask(c.SendNow(view.number)))
        remove.clicked.connect(lambda: self._client_model.ask(c.Unschedule(view.number)))
        buttons.addWidget(send)
        buttons.addWidget(remove)
        buttons.addStretch(1)
        inside.addLayout(buttons)
        self.send_buttons.append(send)
        self.remove_buttons.append(remove)
        return box


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _date(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)
