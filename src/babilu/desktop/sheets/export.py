"""Writes a conversation, or all of them, into plain files: how, where, how far it is, and what came of it."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QLocale, QStandardPaths, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget
from typing_extensions import override

from babilu.api.views import ConversationView
from babilu.desktop.bridge import while_alive
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import countable, translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.labels import label_of
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, row
from babilu.desktop.widgets.controls import ChoiceBox, Switch
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.desktop.widgets.setting_line import Line
from babilu.export.job import ExportJob, free_place
from babilu.export.model import ExportFormat, ExportReport, ExportRequest
from babilu.kernel.errors import BabiluError
from babilu.local_paths import is_folder_at
from babilu.presentation.strings import Strings

FORMATS: Final = tuple(ExportFormat)


class ExportSheet(ModalSheet):
    """Asks how and where, then writes; closed before the end, it leaves nothing of it.

    Args:
        theme: Fonts and colours.
        client_model: What is asked.
        conversation: The one to write; None for all.
    """

    def __init__(self, theme: Theme, client_model: DesktopModel, conversation: ConversationView | None) -> None:
        super().__init__(theme, m.SHEET_WIDE)
        self._client_model = client_model
        self._conversation = conversation
        self._job: ExportJob | None = None
        self._written: Path | None = None
        self.dialog: QFileDialog | None = None
        self.note = PlainLabel(theme, lambda t: t.fonts.body, wraps=True)
        self.format_box = ChoiceBox(theme)
        self.disappearing_box = Switch(theme)
        self.said = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.trouble = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.begin_button = Button("primary")
        self.open_button = Button("")
        last = row(spacing=m.SMALL)
        last.addStretch(1)
        last.addWidget(self.open_button)
        last.addWidget(self.begin_button)
        self.body.addWidget(self.note)
        self.lines = (
            Line(theme, lambda: translate("Export", "Format"), self.format_box),
            Line(
                theme,
                lambda: translate("Export", "Also messages that disappear"),
                self.disappearing_box,
                lambda: translate("Export", "Only those whose time runs: they stay in the files for good."),
            ),
        )
        for widget in (*self.lines, self.said, self.trouble):
            self.body.addWidget(widget)
        self.body.addLayout(last)
        self.begin_button.clicked.connect(self._ask_where)
        self.open_button.clicked.connect(self._open)
        self.closed.connect(self._stop)
        self.format_box.say(format_names(), 0)
        self._show("")

    @override
    def first_focus(self) -> QWidget:
        return self.format_box

    @override
    def retranslate(self) -> None:
        super().retranslate()
        title = translate("Export", "Export all conversations")
        if self._conversation is not None:
            title = translate("Export", "Export {0}").format(label_of(self._conversation))
        self.title.setText(title)
        self.note.setText(
            translate(
                "Export",
                "Files are written that need no Babilu. They are not encrypted: whoever has them can read them.",
            )
        )
        self.format_box.say(format_names())
        self.format_box.setAccessibleName(translate("Export", "Format"))
        self.disappearing_box.setAccessibleName(translate("Export", "Also messages that disappear"))
        self.begin_button.setText(translate("Export", "Export…"))
        self.open_button.setText(translate("Export", "Show the files"))
        for each in self.lines:
            each.retranslate()

    def _ask_where(self) -> None:
        places = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = self.dialog = QFileDialog(self.window(), translate("Export", "Where to write it"), places)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setLabelText(QFileDialog.DialogLabel.Accept, translate("Export", "Write here"))
        dialog.fileSelected.connect(self.write_into)
        dialog.open()

    def write_into(self, folder: str) -> None:
        """Write into a new folder or file below a folder."""
        one = self._conversation
        how = FORMATS[max(0, self.format_box.currentIndex())]
        name = "Babilu" if one is None else label_of(one)
        clock = self._client_model.clock
        target = free_place(Path(folder), name, how, clock.now_ms(), one=one is not None)
        request = ExportRequest(target, how, None if one is None else one.id.hex(), self.disappearing_box.isChecked())
        self._written = None
        self._show(translate("Export", "Writing…"), busy=True)
        bridge = self._client_model.bridge
        told = while_alive(self._tell)
        job = self._job = ExportJob(
            Strings(QLocale().name()), request, clock, lambda report: bridge.client.post(lambda: told and told(report))
        )
        bridge.client.with_client(job.begin, while_alive(self._done), while_alive(self._failed))

    def _tell(self, report: ExportReport) -> None:
        if self._job is not None:
            said = translate("Export", "Writing… %n message(s) so far", None, countable(report.messages))
            self._show(said, busy=True)

    def _done(self, report: ExportReport) -> None:
        self._job = None
        self._written = report.path
        said = [translate("Export", "%n message(s) written.", None, countable(report.messages)), str(report.path)]
        if report.missing:
            missing = translate(
                "Export", "%n file(s) are not here, and were left out.", None, countable(report.missing)
            )
            said.append(missing)
        if report.left_out:
            left_out = countable(report.left_out)
            said.append(translate("Export", "%n message(s) that disappear were left out.", None, left_out))
        self._show(" ".join(said))

    def _failed(self, error: BabiluError) -> None:
        self._job = None
        self._show("", sentence_for(error))

    def _show(self, said: str, trouble: str = "", *, busy: bool = False) -> None:
        self.said.setText(said)
        self.said.setVisible(bool(said))
        self.trouble.setText(trouble)
        self.trouble.setVisible(bool(trouble))
        self.begin_button.hold(on=busy)
        self.open_button.setVisible(self._written is not None)

    def _open(self) -> None:
        if self._written is not None:
            place = self._written if is_folder_at(self._written) else self._written.parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(place)))

    def _stop(self) -> None:
        if self._job is not None:
            self._job.stop()


def format_names() -> tuple[str, ...]:
    """Name the formats, in the order of `FORMATS`."""
    return (
        translate("Export", "Pages for a browser"),
        translate("Export", "JSON for programs"),
        translate("Export", "Plain text"),
    )
