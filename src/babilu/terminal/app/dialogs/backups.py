"""Backups of oneself: how old the last one is, and how one is made, with a code that is shown once and typed back."""

import time
from pathlib import Path

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.api.views import ArchiveStatusView, ArchiveView
from babilu.presentation.archive_words import code_rows, same_code, status_words
from babilu.presentation.strings import MisuseError
from babilu.terminal.app.dialogs.dialogs import Dialogs
from babilu.terminal.app.pages import Act
from babilu.terminal.app.parts import paragraph, paragraphs
from babilu.terminal.app.sheets import Blank, FormSheet, Sheet, titled
from babilu.terminal.app.spans import Line, Span
from babilu.terminal.app.themes import Ink
from babilu.terminal.local_time import clock_of, day_of


class BackupDialogs(Dialogs):
    """Sheets about backups."""

    def show(self) -> None:
        """Show how they stand."""
        self._client_model.ask(c.ArchiveStatus(), self.show_status)

    def show_status(self, status: ArchiveStatusView) -> None:
        """Show how they stand, and what can be done."""
        text = [*status_words(self._say, status, self._around.clock.now_ms(), _when), self._say("app.backup.note")]
        acts = [
            Act(self._say("app.do.close"), bool),
            Act(self._say("app.do.backup_new"), lambda: self._client_model.ask(c.NewRecoveryCode(), self._show_code)),
        ]
        self._host.put(Sheet(titled(self._say("app.do.backup")), paragraphs(*text), acts))

    def _show_code(self, words: str) -> None:
        rows = code_rows(words)

        def lines(width: int) -> list[Line]:
            shown: list[Line] = [(Span(row, Ink.KEY),) for row in rows]
            return [*shown, (), *paragraph(self._say("backup.code.keep"), width)]

        acts = (
            Act(self._say("app.do.cancel"), bool),
            Act(self._say("app.backup.written"), lambda: self._ask_back(words)),
        )
        self._host.put(Sheet(titled(self._say("app.backup.code")), lines, acts))

    def _ask_back(self, words: str) -> None:
        """Have the code typed back, and ask where the backup is to lie."""

        def submit(form: FormSheet, values: list[str]) -> None:
            typed, path = values
            if not same_code(typed, words):
                raise MisuseError("backup_code_differs")
            command = c.CreateArchive(str(Path(path.strip()).expanduser().absolute()), Passphrase(words))
            self._client_model.request(command, lambda made: self._made(form, made), form.fail)

        name = time.strftime("babilu-%Y-%m-%d.babilu", time.localtime(self._around.clock.now_ms() / 1000))
        blanks = (
            Blank(self._say("app.backup.words"), "", most=400),
            Blank(self._say("app.backup.path"), str(Path.home() / name), most=1000),
        )
        title = titled(self._say("app.do.backup_new"))
        self._host.put(FormSheet(title, self._say("app.backup.back"), blanks, submit, self._say))

    def _made(self, form: FormSheet, made: ArchiveView) -> None:
        form.done()
        self._host.say_so(self._say("backup.made.short", path=made.path, count=made.counts.messages))


def _when(at: int) -> str:
    return f"{day_of(at)} {clock_of(at)}"
