"""The pinned messages of the open conversation, the newest first; asked for again when one of them changes."""

from PySide6.QtCore import QObject, Signal

from babilu.api import commands as c
from babilu.api.views import MessageView
from babilu.desktop.models.client_model import DesktopModel
from babilu.kernel.ids import MessageId


class PinsModel(QObject):
    """Follows what is pinned.

    Args:
        client_model: The open conversation, and what becomes of its messages.

    Attributes:
        pins: The pinned messages.
        place: Which of them is shown.
    """

    changed = Signal()

    def __init__(self, client_model: DesktopModel) -> None:
        super().__init__()
        self._client_model = client_model
        self._conversation = ""
        self.pins: tuple[MessageView, ...] = ()
        self.place = 0
        client_model.opened.connect(self._open)
        client_model.pinned.connect(self._pinned)
        client_model.edited.connect(self._edited)
        client_model.erased.connect(self._erased)

    @property
    def shown(self) -> MessageView | None:
        """The pinned message that is shown."""
        return self.pins[self.place] if self.pins else None

    def step(self) -> None:
        """Show the next one."""
        if self.pins:
            self.place = (self.place + 1) % len(self.pins)
            self.changed.emit()

    def _open(self, here: str) -> None:
        name = self._client_model.address(here)
        if name != self._conversation:
            self._conversation = name
            self._take(name, ())
        self._ask()

    def _ask(self) -> None:
        name = self._conversation
        if name:
            # Where nothing is known of them, none are shown: the messages are there all the same.
            self._client_model.bridge.request(c.Pins(name), lambda pins: self._take(name, pins), lambda _: None)

    def _take(self, name: str, pins: tuple[MessageView, ...]) -> None:
        if name != self._conversation or pins == self.pins:
            return
        before = self.shown
        self.pins = pins
        same = (number for number, each in enumerate(pins) if before is not None and each.id == before.id)
        self.place = next(same, 0)
        self.changed.emit()

    def _pinned(self, conversation: str) -> None:
        if conversation == self._conversation:
            self._ask()

    def _edited(self, message: MessageView) -> None:
        if any(each.id == message.id for each in self.pins):
            self._take(self._conversation, tuple(message if each.id == message.id else each for each in self.pins))

    def _erased(self, message: MessageId) -> None:
        self._take(self._conversation, tuple(each for each in self.pins if each.id != message))
