"""The quick switcher: a few letters lead to a conversation."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from typing_extensions import override

from babilu.desktop.language import translate
from babilu.desktop.models.labels import fitting_labels
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.people_rows import PeopleSearch, ShownPerson
from babilu.desktop.widgets.search_sheet import FittingModel, ListIndex
from babilu.presentation.group_model import is_group_label


class NamesModel(FittingModel[str]):
    """Names that fit what was typed, the best first."""

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__(lambda query: fitting_labels(query, names))
        self._names = names

    def called(self, label: str) -> str:
        """Give what a conversation is called."""
        return self._names[label]

    def shown(self, label: str) -> ShownPerson:
        """Give what a row shows of a conversation."""
        called = self.called(label)
        return ShownPerson(label, called, title=called if is_group_label(label) else "")

    @override
    def data(self, index: ListIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        wanted = {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}
        return self.called(self.found(index.row())) if role in wanted and index.isValid() else None


class SwitcherSheet(PeopleSearch):
    """Chooses a conversation.

    Args:
        theme: Fonts and colours.
        names: Whom one can choose: labels of conversations, with what they are called.
        title: Gives the heading, in the language in force.
        choose: What is done with the name.
    """

    def __init__(
        self, theme: Theme, names: Mapping[str, str], title: Callable[[], str], choose: Callable[[str], None]
    ) -> None:
        model = NamesModel(names)
        super().__init__(theme, model, lambda number: model.shown(model.found(number)))
        self._names = model
        self._title = title
        self._chosen = choose
        self.build()

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(self._title())
        self.call_it(
            translate("Switcher", "A few letters of a name"),
            translate("Switcher", "Names"),
            translate("Switcher", "Nobody of that name. Ctrl+N begins a new conversation."),
        )

    @override
    def choose(self, number: int) -> None:
        self._chosen(self._names.found(number))
