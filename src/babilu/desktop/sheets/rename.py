"""Gives a person another name, which nobody but oneself sees."""

from typing_extensions import override

from babilu.api import commands as c
from babilu.api.views import ContactView
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.plain_text import person
from babilu.desktop.sheets.asking import AskingSheet
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.forms import FormField
from babilu.kernel.errors import BabiluError


class RenameSheet(AskingSheet):
    """Asks for the name.

    Args:
        theme: Fonts and colours.
        client_model: What renames.
        name: The present name.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel, name: str) -> None:
        self.field = FormField(theme)
        super().__init__(theme, (self.field,))
        self._client_model = client_model
        self._name, self._conversation = client_model.name_of(name), client_model.address(name)
        self.field.edit.setText(self._name)
        self.field.edit.selectAll()
        self.field.submitted.connect(self.answer)

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Rename", "Rename {0}").format(person(self._name)))
        self.text.setText(translate("Rename", "Only you see this name; nobody is told."))
        self.field.call_it(translate("Rename", "Name"))
        self.yes.setText(translate("Rename", "Rename"))

    @override
    def answer(self) -> None:
        wanted = self.field.edit.text().strip()
        if self.yes.is_held:
            return
        if wanted == self._name:
            self.close_sheet()
            return
        self.yes.hold(on=True)
        identity = self._client_model.identity_of(self._conversation)
        self._client_model.ask(c.Rename(self._conversation, wanted, identity), self._done, self._refused)

    def _done(self, _: ContactView) -> None:
        self.close_sheet()

    def _refused(self, error: BabiluError) -> None:
        self.yes.hold(on=False)
        self.field.refuse(sentence_for(error))
