"""Asks what one gives to whom one lets into a group, of what was written before."""

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.group_views import GroupView
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.group_words import say
from babilu.desktop.sheets.asking import AskingSheet
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.controls import ChoiceBox
from babilu.desktop.widgets.setting_line import Line
from babilu.presentation.newcomer_history import USUAL_DAYS, day_choices, days_text, message_choices, messages_text


class NewcomersSheet(AskingSheet):
    """Chooses how many messages newcomers are given, and how old these may be.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
        group: The group as it is now.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel, group: GroupView) -> None:
        self.messages_box, self.days_box = ChoiceBox(theme), ChoiceBox(theme)
        self.lines = (
            Line(theme, lambda: translate("Newcomers", "Newcomers are given"), self.messages_box),
            Line(theme, lambda: translate("Newcomers", "How old these may be"), self.days_box),
        )
        super().__init__(theme, self.lines)
        self._client_model = client_model
        self._group = group
        self._messages = message_choices(group.history)
        self._days = day_choices(group.history_days)
        self.messages_box.currentIndexChanged.connect(lambda _: self._offer_days())

    @override
    def first_focus(self) -> QWidget:
        return self.messages_box

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Newcomers", "For newcomers"))
        self.text.setText(
            translate(
                "Newcomers",
                "Whoever you let in gets this from your device, and sees that it was you. Others who let people in "
                "decide for themselves.",
            )
        )
        first = not self.messages_box.count()
        self.messages_box.say(
            [messages_text(each, say()) for each in self._messages],
            self._messages.index(self._group.history) if first else None,
        )
        self.days_box.say(
            [days_text(each, say()) for each in self._days],
            self._days.index(self._group.history_days or USUAL_DAYS) if first else None,
        )
        for each in self.lines:
            each.retranslate()
        self.yes.setText(translate("Newcomers", "Save"))
        self._offer_days()

    @override
    def answer(self) -> None:
        if self.yes.is_held:
            return
        messages, days = self._messages[self.messages_box.currentIndex()], self._days[self.days_box.currentIndex()]
        self.yes.hold(on=True)
        order = c.ChangeGroup(self._group.conversation, history=messages, history_days=days if messages else None)
        self._client_model.ask(order, lambda _: self.close_sheet(), self.refuse)

    def _offer_days(self) -> None:
        """Ask for no age of nothing."""
        self.lines[1].setEnabled(self._messages[self.messages_box.currentIndex()] > 0)
