"""Chooses after how long the messages of a conversation disappear."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.desktop.language import translate
from babilu.desktop.models.timer_words import timer_choices, timer_name
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel
from babilu.desktop.widgets.modal_sheet import ModalSheet


class TimerSheet(ModalSheet):
    """Shows the choices, and which is set.

    Args:
        theme: Fonts and colours.
        now: Seconds that are set now, or None.
        choose: What is done with the seconds, or None.
    """

    def __init__(self, theme: Theme, now: int | None, choose: Callable[[int | None], None]) -> None:
        super().__init__(theme)
        self._now = now
        self._choose = choose
        self.hint = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.body.addWidget(self.hint)
        self.buttons = {each: Button("profile") for each in timer_choices(now)}
        for seconds, button in self.buttons.items():
            button.setCheckable(True)
            button.setChecked(seconds == now)
            button.clicked.connect(lambda _checked=False, seconds=seconds: self._take(seconds))
            self.body.addWidget(button)
        self.body.setSpacing(m.TINY)

    @override
    def first_focus(self) -> QWidget:
        return self.buttons[self._now]

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Timer", "Messages disappear"))
        self.hint.setText(
            translate(
                "Timer",
                "New messages are deleted on every device so long after they were read, those that you write so long "
                "after you sent them. Somebody may copy them before.",
            )
        )
        for seconds, button in self.buttons.items():
            button.setText(timer_name(seconds))

    def _take(self, seconds: int | None) -> None:
        self.close_sheet()
        if seconds != self._now:
            self._choose(seconds)
