"""What is known about one message: who, when, by which way, and how far it has come at each device."""

from PySide6.QtWidgets import QFrame, QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.views import MessageInfoView, MessageView
from babilu.desktop.bridge import QtBridge
from babilu.desktop.error_texts import sentence_for, sentence_for_code
from babilu.desktop.language import countable, full_time, translate
from babilu.desktop.models.file_words import file_name, state_words
from babilu.desktop.models.group_words import say
from babilu.desktop.models.message_words import body_line, duration, state_name, state_words_of
from babilu.desktop.plain_text import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import PlainLabel, column, empty, row
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.kernel.states import Route
from babilu.presentation.files import without_message
from babilu.presentation.group_model import is_group_label
from babilu.presentation.group_words import lacking, lacking_reason


class MessageInfoSheet(ModalSheet):
    """Shows a message's journey."""

    def __init__(self, theme: Theme, bridge: QtBridge, message: MessageView) -> None:
        super().__init__(theme, m.SHEET_WIDE if is_group_label(message.conversation) else m.SHEET_WIDTH)
        self._message = message
        self._info: MessageInfoView | None = None
        quote = QFrame()
        quote.setObjectName("inset")
        self.quote = PlainLabel(theme, lambda t: t.fonts.body, wraps=True)
        column(quote, 0, (m.MEDIUM, m.MEDIUM, m.MEDIUM, m.MEDIUM)).addWidget(self.quote)
        self.facts = column(spacing=m.SMALL)
        self.body.addWidget(quote)
        self.body.addLayout(self.facts)
        bridge.request(
            c.MessageInfo(message.id, message.conversation_id.hex()),
            self._take,
            lambda error: self.quote.setText(sentence_for(error)),
        )

    @override
    def first_focus(self) -> QWidget:
        return self.close_button

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("MessageInfo", "About this message"))
        self.quote.setText(body_line(self._message, 240))
        empty(self.facts)
        for name, value in self._rows():
            line = QWidget()
            across = row(line, m.LARGE)
            label = PlainLabel(self.theme, lambda t: t.fonts.small, "muted", text=name)
            label.setFixedWidth(self.theme.scaled(120))
            across.addWidget(label)
            across.addWidget(PlainLabel(self.theme, lambda t: t.fonts.body, wraps=True, text=value), 1)
            self.facts.addWidget(line)

    def _take(self, info: MessageInfoView) -> None:
        self._info = info
        self._message = info.message
        self.retranslate()

    def _times(self) -> list[tuple[str, str]]:
        """Say since when it has this wording, and how long it stays."""
        message, rows = self._message, []
        if message.edited_at is not None:
            rows.append((translate("MessageInfo", "Edited"), full_time(message.edited_at)))
        if message.expires_at is not None:
            rows.append((translate("MessageInfo", "Disappears"), full_time(message.expires_at)))
        elif message.timer is not None:
            shown = translate("MessageInfo", "{0} after it was shown").format(duration(message.timer))
            rows.append((translate("MessageInfo", "Disappears"), shown))
        return rows

    def _rows(self) -> list[tuple[str, str]]:
        message = self._message
        sender = translate("MessageInfo", "You") if message.outgoing else person(message.sender)
        rows = [
            (translate("MessageInfo", "From"), sender),
            (translate("MessageInfo", "Written"), full_time(message.at)),
        ]
        if not message.outgoing:
            rows.append((translate("MessageInfo", "Arrived"), full_time(message.arrived_at)))
        rows += self._times()
        if message.route is not None:
            rows.append((translate("MessageInfo", "Way"), route_name(message.route)))
        if message.state is not None:
            rows.append((translate("MessageInfo", "State"), state_words_of(message)))
        if message.error:
            rows.append((translate("MessageInfo", "Reason"), sentence_for_code(message.error)))
        devices = self._info.devices if self._info and message.outgoing else ()
        for name, moments in (
            (translate("MessageInfo", "Delivered"), [each.delivered_at for each in devices]),
            (translate("MessageInfo", "Read"), [each.read_at for each in devices]),
        ):
            first = min((at for at in moments if at is not None), default=None)
            if first is not None:
                rows.append((name, full_time(first)))
        rows += self._about_people()
        for number, device in enumerate(devices, 1):
            state = state_name(device.state)
            if device.held_until is not None:
                until = full_time(device.held_until)
                state = translate("MessageInfo", "{0}, until {1}").format(state, until)
            elif (at := device.read_at or device.delivered_at) is not None:
                state = f"{state}, {full_time(at)}"
            if device.deleted is not None:
                done = translate("MessageInfo", "deleted")
                state = done if device.deleted else translate("MessageInfo", "deletion not confirmed yet")
            rows.append((translate("MessageInfo", "Device {0}").format(number), state))
        return rows + self._about_files()

    def _about_people(self) -> list[tuple[str, str]]:
        """Say of each person in a group how far it is for them: first those who have not got it, and why."""
        if self._info is None or not self._info.people:
            return []
        without = lacking(self._info.people)
        rows = [(person(each.name), lacking_reason(each, say())) for each in without]
        having = [each for each in self._info.people if each not in without]
        having.sort(key=lambda each: (each.read_at is None, each.read_at or each.delivered_at or 0))
        for each in having:
            at = each.read_at or each.delivered_at
            state = state_name(each.state)
            rows.append((person(each.name), state if at is None else f"{state}, {full_time(at)}"))
        return rows

    def _about_files(self) -> list[tuple[str, str]]:
        """Say until when the relay stores own files, and how many devices cannot fetch them yet."""
        if self._info is None or not self._message.outgoing:
            return []
        rows = []
        for file in self._message.files:
            state = state_words(file)
            if file.kept_until is not None:
                state = translate("MessageInfo", "{0}, until {1}").format(state, full_time(file.kept_until))
            rows.append((file_name(file.name), state))
        lacking = without_message(self._info.devices)
        if rows and lacking:
            said = translate("MessageInfo", "%n device(s) without this message", None, countable(lacking))
            rows.append((translate("MessageInfo", "Cannot be fetched by"), said))
        return rows


def route_name(route: Route) -> str:
    """Name a way for people."""
    return (
        translate("MessageInfo", "direct") if route is Route.DIRECT else translate("MessageInfo", "through the relay")
    )
