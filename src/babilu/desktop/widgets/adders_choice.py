"""Who may add oneself to groups: everybody, contacts, or nobody."""

from PySide6.QtCore import QObject

from babilu.api import commands as c
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.controls import ChoiceBox
from babilu.kernel.errors import BabiluError
from babilu.kernel.states import GroupAdders

CHOICES = tuple(GroupAdders)


class AddersChoice(QObject):
    """A box that shows what is in force and changes it.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel) -> None:
        self.box = ChoiceBox(theme)
        super().__init__(self.box)
        self._client_model = client_model
        self._who: GroupAdders | None = None
        self.box.setEnabled(False)
        self.box.activated.connect(self._choose)
        self._ask()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        names = (
            translate("Settings", "Everybody"),
            translate("Settings", "My contacts"),
            translate("Settings", "Nobody"),
        )
        self.box.say(names, None if self._who is None else CHOICES.index(self._who))

    def _ask(self) -> None:
        # What hosts the profile may be of a version that knows no groups: then there is nothing to choose.
        self._client_model.bridge.request(c.WhoMayAdd(), self._take, lambda _: None)

    def _choose(self, number: int) -> None:
        self._client_model.ask(c.WhoMayAdd(CHOICES[number]), self._take, self._refused)

    def _take(self, who: GroupAdders) -> None:
        self._who = who
        self.box.setEnabled(True)
        self.retranslate()

    def _refused(self, error: BabiluError) -> None:
        self._client_model.failed.emit(error)
        self.retranslate()
