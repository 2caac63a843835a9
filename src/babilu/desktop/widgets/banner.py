"""What stands above the messages until it is dealt with: a changed identity, a block, a new contact, a gap."""

from dataclasses import dataclass
from enum import Enum, unique

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame
from typing_extensions import override

from babilu.api.views import ContactView, Trust
from babilu.desktop.language import translate
from babilu.desktop.plain import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, row


@unique
class Act(Enum):
    """What can be done about it."""

    COMPARE = "compare"
    TRUST = "trust"
    UNBLOCK = "unblock"
    ACCEPT = "accept"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Matter:
    """What a banner says.

    Attributes:
        text: The sentence.
        acts: What can be done, the most usual first.
        urgent: Whether it is a warning.
        stops: Whether nothing can be sent until it is dealt with.
    """

    text: str
    acts: tuple[Act, ...]
    urgent: bool
    stops: bool


def matter_of(contact: ContactView, *, has_messages: bool, missing: int) -> Matter | None:
    """Tell what must be said about a conversation, if anything; what stops sending comes first."""
    name = person(contact.name)
    if contact.trust is Trust.CHANGED:
        if contact.was_verified:
            text = translate(
                "Banner",
                "The identity of {0}, whom you had verified, has changed. Nothing is sent until you approve it: "
                "compare the safety number first, by another way.",
            )
        else:
            text = translate(
                "Banner",
                "The identity of {0} has changed: a new device, or somebody in between. "
                "Nothing is sent until you approve it.",
            )
        return Matter(text.format(name), (Act.COMPARE, Act.TRUST), urgent=True, stops=True)
    if contact.blocked:
        text = translate("Banner", "You have blocked {0}. What they send is dropped, and they are told nothing.")
        return Matter(text.format(name), (Act.UNBLOCK,), urgent=False, stops=True)
    if not contact.accepted and has_messages:
        text = translate("Banner", "{0} writes to you for the first time. They see that you read it once you answer.")
        return Matter(text.format(name), (Act.ACCEPT, Act.BLOCK), urgent=False, stops=False)
    if missing:
        return Matter(
            translate("Banner", "Waiting for %n missing message(s).", None, missing), (), urgent=False, stops=False
        )
    return None


class Banner(QFrame):
    """Shows a matter and what can be done about it."""

    chosen = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.matter: Matter | None = None
        self.text = PlainLabel(theme, lambda t: t.fonts.small, wraps=True)
        self.buttons: dict[Act, Button] = {}
        across = row(self, m.SMALL, (m.LARGE, m.SMALL, m.MEDIUM, m.SMALL))
        across.addWidget(self.text, 1)
        for act in Act:
            button = self.buttons[act] = Button("banner")
            button.clicked.connect(lambda _checked=False, act=act: self.chosen.emit(act))
            across.addWidget(button)
        self.hide()

    def show_matter(self, matter: Matter | None) -> None:
        """Show a matter, or nothing."""
        self.matter = matter
        self.setVisible(matter is not None)
        if matter is None:
            return
        self.setObjectName("banner" if matter.urgent else "notice")
        self.text.setText(matter.text)
        self.setAccessibleName(matter.text)
        for act, button in self.buttons.items():
            button.setVisible(act in matter.acts)
            first = matter.acts[:1] == (act,)
            button.setProperty("kind", "banner" if matter.urgent else "primary" if first else "")
            button.setText(words_for(act))
        for widget in (self, self.text, *self.buttons.values()):
            widget.style().unpolish(widget)
            widget.style().polish(widget)

    @override
    def minimumSizeHint(self) -> QSize:
        return super().minimumSizeHint().boundedTo(self.sizeHint())


def words_for(act: Act) -> str:
    """Name an act."""
    return {
        Act.COMPARE: translate("Banner", "Compare"),
        Act.TRUST: translate("Banner", "Approve"),
        Act.UNBLOCK: translate("Banner", "Unblock"),
        Act.ACCEPT: translate("Banner", "Accept"),
        Act.BLOCK: translate("Banner", "Block"),
    }[act]
