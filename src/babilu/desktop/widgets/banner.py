"""What stands above the messages until it is dealt with: a changed identity, a block, a new contact, a gap."""

from typing import assert_never

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QScrollArea
from typing_extensions import override

from babilu.desktop.language import countable, translate
from babilu.desktop.plain_text import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, Turning, repolish
from babilu.presentation.banners import BannerKind, Matter, Step


class Banner(QScrollArea):
    """Shows a matter and what can be done about it; it scrolls where a small window leaves it less than it needs."""

    chosen = Signal(object, object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.matter: Matter | None = None
        self.text = PlainLabel(theme, lambda t: t.fonts.small, wraps=True)
        self.buttons: dict[Step, Button] = {}
        steps = Turning(self._steps_width, m.SMALL)
        self._across = Turning(self._whole_width, m.SMALL, (m.LARGE, m.SMALL, m.MEDIUM, m.SMALL))
        self._across.parts.addWidget(self.text, 1)
        self._across.parts.addWidget(steps)
        self.setWidget(self._across)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        for step in Step:
            button = self.buttons[step] = Button("banner")
            button.clicked.connect(lambda _checked=False, step=step: self._choose(step))
            steps.parts.addWidget(button)
        self.hide()

    def _steps_width(self) -> int:
        """Tell how much width the buttons need beside each other."""
        shown = [button for button in self.buttons.values() if not button.isHidden()]
        return sum(button.sizeHint().width() for button in shown) + m.SMALL * max(0, len(shown) - 1)

    def _whole_width(self) -> int:
        """Tell how much width a text needs that is to be read, beside the buttons."""
        return self._theme.scaled(m.TEXT_MIN) + self._steps_width() + m.LARGE + m.SMALL + m.MEDIUM

    def _choose(self, step: Step) -> None:
        # About whom it was shown, which is not asked for again.
        if self.matter is not None:
            self.chosen.emit(step, self.matter.contact)

    def show_matter(self, matter: Matter | None) -> None:
        """Show a matter, or nothing."""
        self.matter = matter
        self.setVisible(matter is not None)
        for step, button in self.buttons.items():
            button.setText(words_for(step))
        if matter is None:
            return
        self.setObjectName("banner" if matter.urgent else "notice")
        text = sentence_for(matter)
        self.text.setText(text)
        self.setAccessibleName(text)
        for step, button in self.buttons.items():
            button.setVisible(step in matter.steps)
            first = matter.steps[:1] == (step,)
            button.setProperty("kind", "banner" if matter.urgent else "primary" if first else "")
        for widget in (self, self.text, *self.buttons.values()):
            repolish(widget)

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().event(event)

    @override
    def heightForWidth(self, width: int) -> int:
        return self._across.heightForWidth(width)

    @override
    def sizeHint(self) -> QSize:
        return self._across.sizeHint()

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(1, min(button.sizeHint().height() for button in self.buttons.values()))


def stop_words(matter: Matter) -> str:
    """Say where one writes why nothing is sent."""
    if matter.kind is BannerKind.BLOCKED:
        return translate("Banner", "Blocked: nothing is sent")
    return translate("Banner", "Nothing is sent until you approve the identity")


def words_for(step: Step) -> str:
    """Name what can be done."""
    return {
        Step.COMPARE: translate("Banner", "Compare"),
        Step.TRUST: translate("Banner", "Approve"),
        Step.REJECT: translate("Banner", "Reject"),
        Step.UNBLOCK: translate("Banner", "Unblock"),
        Step.ACCEPT: translate("Banner", "Accept"),
        Step.BLOCK: translate("Banner", "Block"),
    }[step]


def sentence_for(matter: Matter) -> str:
    """Say what it is about."""
    name = person(matter.name)
    match matter.kind:
        case BannerKind.CHANGED_VERIFIED:
            text = translate(
                "Banner",
                "{0}, whom you have verified, is said to have another identity. Nothing is sent through the relay "
                "until you approve or reject it: compare the safety numbers first, by another way.",
            )
        case BannerKind.CHANGED:
            text = translate(
                "Banner",
                "{0} is said to have another identity: a new device, or somebody in between. "
                "Nothing is sent through the relay until you approve or reject it.",
            )
        case BannerKind.BLOCKED:
            text = translate("Banner", "You have blocked {0}. What they send is dropped, and they are told nothing.")
        case BannerKind.NEW:
            text = translate(
                "Banner", "{0} writes to you for the first time. They see that you read it once you answer."
            )
        case BannerKind.GAP:
            return translate("Banner", "Waiting for %n missing message(s).", None, countable(matter.missing))
        case _:
            assert_never(matter.kind)
    return text.format(name)
