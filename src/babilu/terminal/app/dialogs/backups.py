"""Backups of oneself: how old the last one is; one by hand or every day, its code typed back; what a file is."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.api.views import ArchiveFindingsView, ArchiveStatusView, ArchiveView
from babilu.presentation.archive_words import code_rows, findings_words, same_code, status_words
from babilu.presentation.strings import MisuseError
from babilu.terminal.app.cells import safe
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
            Act(self._say("app.do.backup_new"), lambda: self._begin(self._ask_file)),
            Act(self._say("app.do.backup_daily"), lambda: self._begin(self._ask_folder)),
            Act(self._say("app.do.backup_check"), self._ask_what),
        ]
        if status.folder is not None:
            acts.append(Act(self._say("app.do.backup_off"), self._end_daily))
        self._host.put(Sheet(titled(self._say("app.do.backup")), paragraphs(*text), acts))

    def _begin(self, then: Callable[[str], None]) -> None:
        """Show a new code, and go on with its words once the person has written them down."""
        self._client_model.ask(c.NewRecoveryCode(), lambda words: self._show_code(words, then))

    def _show_code(self, words: str, then: Callable[[str], None]) -> None:
        rows = code_rows(words)

        def lines(width: int) -> list[Line]:
            shown: list[Line] = [(Span(row, Ink.KEY),) for row in rows]
            return [*shown, (), *paragraph(self._say("backup.code.keep"), width)]

        acts = (
            Act(self._say("app.do.cancel"), bool),
            Act(self._say("app.backup.written"), lambda: then(words)),
        )
        self._host.put(Sheet(titled(self._say("app.backup.code")), lines, acts))

    def _ask_file(self, words: str) -> None:
        """Have the code typed back, and ask where the backup is to lie."""

        def submit(form: FormSheet, values: list[str]) -> None:
            typed, path = values
            _check_back(typed, words)
            command = c.CreateArchive(_whole(path), Passphrase(words))
            self._client_model.request(command, lambda made: self._made(form, made), form.fail)

        name = time.strftime("babilu-%Y-%m-%d.babilu", time.localtime(self._around.clock.now_ms() / 1000))
        self._ask(
            "app.do.backup_new", "app.backup.back", Blank(self._say("app.backup.path"), str(Path.home() / name)), submit
        )

    def _ask_folder(self, words: str) -> None:
        """Have the code typed back, and ask for the folder of the daily ones."""

        def submit(form: FormSheet, values: list[str]) -> None:
            typed, path = values
            _check_back(typed, words)

            def kept(status: ArchiveStatusView) -> None:
                form.done()
                self._host.say_so(self._say("backup.daily", folder=safe(_whole(path)), count=status.kept))

            self._client_model.request(c.KeepArchives(_whole(path), Passphrase(words)), kept, form.fail)

        self._ask("app.do.backup_daily", "app.backup.back", Blank(self._say("app.backup.folder")), submit)

    def _end_daily(self) -> None:
        self._client_model.ask(c.KeepArchives(None), lambda _: self._host.say_so(self._say("backup.off")))

    def _ask_what(self) -> None:
        """Ask for a file and its code, and say what it is."""

        def submit(form: FormSheet, values: list[str]) -> None:
            words, path = values

            def found(findings: ArchiveFindingsView) -> None:
                form.done()
                text = findings_words(self._say, findings, _when)
                acts = (Act(self._say("app.do.close"), bool),)
                self._host.put(Sheet(titled(self._say("app.do.backup_check")), paragraphs(*text), acts))

            command = c.ExamineArchive(_whole(path), Passphrase(" ".join(words.split())))
            self._client_model.request(command, found, form.fail)

        self._ask("app.do.backup_check", "app.backup.of_file", Blank(self._say("app.backup.path")), submit)

    def _ask(self, title: str, note: str, where: Blank, submit: Callable[[FormSheet, list[str]], None]) -> None:
        """Ask for the words of a code, and for a place."""
        blanks = (Blank(self._say("app.backup.words"), "", most=400), replace(where, most=1000))
        self._host.put(FormSheet(titled(self._say(title)), self._say(note), blanks, submit, self._say))

    def _made(self, form: FormSheet, made: ArchiveView) -> None:
        form.done()
        self._host.say_so(self._say("backup.made.short", path=made.path, count=made.counts.messages))


def _check_back(typed: str, words: str) -> None:
    if not same_code(typed, words):
        raise MisuseError("backup_code_differs")


def _whole(path: str) -> str:
    return str(Path(path.strip()).expanduser().absolute())


def _when(at: int) -> str:
    return f"{day_of(at)} {clock_of(at)}"
