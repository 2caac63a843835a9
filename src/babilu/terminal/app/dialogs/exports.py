"""Exports: what is written, how, and where; it goes on while one does something else."""

from pathlib import Path
from typing import Final

from babilu.api.views import ConversationView
from babilu.export.job import ExportJob, free_place
from babilu.export.model import ExportFormat, ExportReport, ExportRequest
from babilu.local_paths import is_folder_at
from babilu.presentation.strings import MisuseError
from babilu.terminal.app.cells import safe
from babilu.terminal.app.conversation_names import shown_conversation
from babilu.terminal.app.dialogs.dialogs import Dialogs
from babilu.terminal.app.dialogs.files import downloads
from babilu.terminal.app.sheets import Blank, FormSheet, titled

FORMATS: Final = {
    ExportFormat.HTML: "app.export.html",
    ExportFormat.JSON: "app.export.json",
    ExportFormat.TEXT: "app.export.text",
}


class ExportDialogs(Dialogs):
    """Sheets about exports."""

    def ask(self, conversation: ConversationView | None) -> None:
        """Ask how a conversation, or all of them, is written, and where."""

        def choose(how: ExportFormat) -> None:
            self._client_model.read_save_folder(lambda folder: self._ask_where(conversation, how, folder))

        offers = [(self._say(key), lambda how=how: choose(how)) for how, key in FORMATS.items()]
        self._choose(self._say("app.export.how"), offers)

    def _ask_where(self, conversation: ConversationView | None, how: ExportFormat, folder: str | None) -> None:
        def submit(form: FormSheet, values: list[str]) -> None:
            written = values[0].strip()
            place = Path(written).expanduser().absolute()
            if not written or not is_folder_at(place):
                raise MisuseError("no_such_folder", path=safe(written))
            self._client_model.keep_save_folder(str(place))
            form.done()
            name = "Babilu" if conversation is None else shown_conversation(self._say, conversation)
            target = free_place(place, name, how, self._around.clock.now_ms(), one=conversation is not None)
            self.write(ExportRequest(target, how, None if conversation is None else conversation.id.hex()))

        blank = Blank(self._say("app.save_folder"), folder or downloads())
        title = titled(self._say("app.do.export_all" if conversation is None else "app.do.export"))
        self._host.put(FormSheet(title, self._say("app.export.note"), (blank,), submit, self._say))

    def write(self, request: ExportRequest) -> None:
        """Write an export, and say so in the end."""
        job = ExportJob(self._say, request, self._around.clock)
        self._host.say_so(self._say("app.export.begun"))
        self._client_model.with_client(job.begin, self._written, self._host.fail)

    def _written(self, report: ExportReport) -> None:
        self._host.say_so(safe(self._say("export.done", count=report.messages, path=report.path)))
