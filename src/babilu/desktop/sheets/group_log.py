"""What was said about a group, the newest first: what of it counts, and why the rest does not."""

from typing import Final

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.group_views import GroupEntryView
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import full_time, translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.group_words import safe, say
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, column, empty
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import EntryHash
from babilu.presentation.group_words import change_text

PAGE: Final = 50
"""Entries asked for at once."""

SHOWN: Final = 500
"""Most entries that are shown; a log may have thousands."""


class GroupLogSheet(ModalSheet):
    """Lists entries of a log.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
        label: Of which group.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel, label: str) -> None:
        super().__init__(theme, m.SHEET_WIDE)
        self._client_model = client_model
        self._label = label
        self.entries: list[GroupEntryView] = []
        self.text = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.error = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.error.hide()
        self.rows = column(spacing=m.SMALL)
        self.more_button = Button()
        self.more_button.hide()
        self.rest = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.rest.hide()
        self.body.addWidget(self.text)
        self.body.addLayout(self.rows)
        for widget in (self.error, self.more_button, self.rest):
            self.body.addWidget(widget)
        self.more_button.clicked.connect(self._ask)
        self._ask()

    @override
    def first_focus(self) -> QWidget:
        return self.more_button if self.more_button.isVisible() else self.close_button

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("GroupLog", "What counts, and why"))
        self.text.setText(
            translate(
                "GroupLog",
                "Every member's device has the same list, and comes to the same result. The times are what those who "
                "made the changes say; they decide nothing.",
            )
        )
        self.rest.setText(translate("GroupLog", "Older ones are not shown here."))
        self.more_button.setText(translate("GroupLog", "Older ones"))
        self._show()

    def _ask(self) -> None:
        before: EntryHash | None = self.entries[-1].hash if self.entries else None
        self._client_model.ask(c.GroupLogOf(self._label, PAGE, before), self._take, self._refused)

    def _take(self, entries: tuple[GroupEntryView, ...]) -> None:
        self.error.hide()
        self.entries += entries
        older = len(entries) == PAGE
        self.more_button.setVisible(older and len(self.entries) < SHOWN)
        self.rest.setVisible(older and len(self.entries) >= SHOWN)
        self._show()

    def _refused(self, error: BabiluError) -> None:
        self.error.setText(sentence_for(error))
        self.error.show()

    def _show(self) -> None:
        empty(self.rows)
        for entry in self.entries:
            self.rows.addWidget(self._row(entry))

    def _row(self, entry: GroupEntryView) -> QWidget:
        made = QWidget()
        stack = column(made, 1)
        said = change_text(entry.change, say(), self._client_model.overview.name, safe)
        stack.addWidget(
            PlainLabel(self.theme, lambda t: t.fonts.body, "" if entry.counts else "danger", wraps=True, text=said)
        )
        stack.addWidget(PlainLabel(self.theme, lambda t: t.fonts.tiny, "muted", text=full_time(entry.at)))
        return made
