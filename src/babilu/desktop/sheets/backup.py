"""Backups of oneself: how old the last one is, a code that is shown once and typed back, and what a file is."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QGridLayout, QWidget
from typing_extensions import override

from babilu.api.views import ArchiveFindingsView, ArchiveStatusView
from babilu.desktop.bridge import while_alive
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import countable, full_time, translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, Turning, empty, line
from babilu.desktop.widgets.forms import FormField
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.kernel.states import ArchiveVerdict
from babilu.presentation.archive_model import ArchiveModel
from babilu.presentation.archive_words import same_code, why_failed
from babilu.presentation.strings import Strings

COLUMNS = 4


class BackupSheet(ModalSheet):
    """Shows how backups stand, makes one, and says what a file is.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel) -> None:
        super().__init__(theme, m.SHEET_WIDE)
        self.dialog: QFileDialog | None = None
        self.status = PlainLabel(theme, lambda t: t.fonts.strong, wraps=True)
        self.note = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.words = QWidget()
        self._grid = QGridLayout(self.words)
        self.code_note = PlainLabel(theme, lambda t: t.fonts.body, wraps=True)
        self.back = FormField(theme)
        self.said = PlainLabel(theme, lambda t: t.fonts.body, wraps=True)
        self.trouble = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.new_button = Button("primary")
        self.check_button = Button("")
        self.daily_button = Button("")
        self.off_button = Button("")
        for widget in (self.status, self.note, self.code_note, self.words, self.back, self.said, self.trouble):
            self.body.addWidget(widget)
        self.body.addWidget(line())
        self._buttons = (self.check_button, self.off_button, self.daily_button, self.new_button)
        buttons = Turning(self._buttons_width, m.SMALL)
        for button in self._buttons:
            buttons.parts.addWidget(button)
        buttons.parts.insertStretch(2, 1)
        self.body.addWidget(buttons)
        follow = while_alive(self._follow)
        self.model = ArchiveModel(client_model.bridge.client, lambda: follow and follow(None))
        self.closed.connect(self.model.stop)
        self.new_button.clicked.connect(self._new)
        self.daily_button.clicked.connect(self._daily)
        self.off_button.clicked.connect(lambda: self.model.keep(None))
        self.check_button.clicked.connect(self._check)
        self.back.edit.textChanged.connect(lambda _: self._follow(None))
        self._checked: str | None = None
        self._examined: tuple[str, str] | None = None
        self._clock = client_model.clock
        self.model.read()

    @override
    def first_focus(self) -> QWidget:
        return self.new_button

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Backup", "Backups"))
        self.note.setText(
            translate(
                "Backup",
                "One file holds your identity, contacts, groups, messages and files. It is encrypted, and read back "
                "before it counts.",
            )
        )
        self.check_button.setText(translate("Backup", "Check a backup…"))
        self.off_button.setText(translate("Backup", "No daily backups"))
        self._follow(None)

    def _buttons_width(self) -> int:
        """Tell how much width the buttons need beside each other."""
        return sum(each.sizeHint().width() + m.SMALL for each in self._buttons if not each.isHidden())

    def _follow(self, _: object) -> None:
        model = self.model
        self.status.setText("" if model.status is None else status_text(model.status))
        checking = self._checked is not None
        self.back.setVisible(model.words is not None or checking)
        self._show_code(model.words)
        is_back = model.words is not None and same_code(self.back.text, model.words)
        self.back.call_it(
            translate("Backup", "The words of its recovery code")
            if checking
            else translate("Backup", "Type the words back; four letters of each are enough")
        )
        self.new_button.setText(
            translate("Backup", "Back up now…") if model.words is None else translate("Backup", "Choose the file…")
        )
        self.daily_button.setText(translate("Backup", "Every day into a folder…"))
        self.new_button.setEnabled(not model.is_busy and (model.words is None or is_back))
        self.daily_button.setEnabled(not model.is_busy and is_back)
        self.daily_button.setVisible(model.words is not None)
        self.check_button.setEnabled(not model.is_busy)
        self.off_button.setVisible(model.status is not None and model.status.folder is not None)
        self.said.setText(self._what_is_said())
        self.said.setVisible(bool(self.said.text()))
        self.trouble.setText("" if model.error is None else sentence_for(model.error))
        self.trouble.setVisible(model.error is not None)

    def _what_is_said(self) -> str:
        model = self.model
        if model.is_busy:
            return translate("Backup", "Working…")
        if model.made is not None:
            count = countable(model.made.counts.messages)
            return translate("Backup", "%n message(s) backed up, and read back.", None, count)
        return "" if model.findings is None else findings_text(model.findings)

    def _show_code(self, words: str | None) -> None:
        self.code_note.setVisible(words is not None)
        self.words.setVisible(words is not None)
        self.code_note.setText(
            translate(
                "Backup",
                "Write these words down and keep them where nobody else finds them. Without them nobody opens the "
                "backup, nor you.",
            )
        )
        shown = "" if words is None else words
        if shown == self.words.accessibleName():
            return
        self.words.setAccessibleName(shown)
        empty(self._grid)
        for number, word in enumerate(shown.split()):
            label = PlainLabel(self.theme, lambda t: t.fonts.strong, text=f"{number + 1}. {word}")
            self._grid.addWidget(label, number // COLUMNS, number % COLUMNS)
        if shown:
            self.back.setFocus(Qt.FocusReason.OtherFocusReason)

    # What is done.

    def _new(self) -> None:
        self._checked = None
        if self.model.words is None:
            self.back.edit.clear()
            self.model.begin()
            return
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        day = QDateTime.fromMSecsSinceEpoch(self._clock.now_ms()).date().toString(Qt.DateFormat.ISODate)
        suggested = str(Path(folder) / f"babilu-{day}.babilu")
        self._ask_file(translate("Backup", "Where the backup is to lie"), self.create_at, suggested)

    def create_at(self, path: str) -> None:
        """Make the backup there."""
        self.model.create(path)

    def _daily(self) -> None:
        dialog = self.dialog = QFileDialog(self.window(), translate("Backup", "Folder for the daily backups"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.model.keep)
        dialog.open()

    def _check(self) -> None:
        asked = None if self._checked is None or not self.back.text.strip() else (self._checked, self.back.text)
        if asked is not None and asked != self._examined:
            self._examined = asked
            self.model.examine(*asked)
            return
        dialog = self.dialog = QFileDialog(self.window(), translate("Backup", "The backup"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.check)
        dialog.open()

    def check(self, path: str) -> None:
        """Ask for the code of a backup, and say what it is."""
        self._checked = path
        self.model.words = None
        self.back.edit.clear()
        self._follow(None)
        self.back.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask_file(self, title: str, chosen: Callable[[str], None], suggested: str) -> None:
        dialog = self.dialog = QFileDialog(self.window(), title, suggested)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        # What is there is never written over, whatever somebody says here.
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.fileSelected.connect(chosen)
        dialog.open()


def status_text(status: ArchiveStatusView) -> str:
    """Say how old the last good backup is, and whether one is made every day."""
    parts = []
    if status.last is None:
        parts.append(translate("Backup", "There is no backup yet."))
    else:
        parts.append(translate("Backup", "The last good backup: {0}").format(full_time(status.last.made_at)))
    if status.folder is not None:
        kept = translate("Backup", "One every day into {0}: %n there.", None, countable(status.kept))
        parts.append(kept.format(status.folder))
    if status.error is not None:
        said = translate("Backup", "The last try failed, and is made again every hour: {0}")
        parts.append(said.format(why_failed(Strings(QLocale().name()), status.error)))
    return " ".join(parts)


def findings_text(found: ArchiveFindingsView) -> str:
    """Say what a backup is."""
    match found.verdict:
        case ArchiveVerdict.GOOD:
            if found.made_at is None or found.counts is None:
                return translate("Backup", "This backup is good.")
            count = countable(found.counts.messages)
            said = translate("Backup", "This backup is good: made {0}, %n message(s).", None, count)
            return said.format(full_time(found.made_at))
        case ArchiveVerdict.WRONG_CODE:
            return translate("Backup", "This backup opens with another recovery code or passphrase.")
        case ArchiveVerdict.TOO_NEW:
            return translate("Backup", "A newer version of Babilu made this backup: update this one.")
        case ArchiveVerdict.DAMAGED:
            if found.counts is None:
                return translate("Backup", "This file is no backup, or hardly one any more.")
            count = countable(found.counts.messages)
            said = translate("Backup", "This backup is damaged. {0} of %n message(s) can be read.", None, count)
            return said.format(QLocale().toString(found.readable))
