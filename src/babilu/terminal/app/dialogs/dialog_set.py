"""What is asked, shown and done beside the conversation itself, all in one place."""

from typing import Final, assert_never

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.api.group_views import GroupInvitationView, JoinRequestView
from babilu.api.views import RequestView
from babilu.kernel.errors import BabiluError
from babilu.kernel.states import ConversationKind
from babilu.presentation.fuzzy import score
from babilu.presentation.group_words import invitation_sentence, join_sentence
from babilu.presentation.invitations import read_invitation
from babilu.presentation.strings import MisuseError
from babilu.terminal.app.app_services import AppServices
from babilu.terminal.app.cells import label
from babilu.terminal.app.chooser import Chooser, ChooserItem
from babilu.terminal.app.client_model import TerminalModel
from babilu.terminal.app.dialogs.backups import BackupDialogs
from babilu.terminal.app.dialogs.connections import ConnectionDialogs
from babilu.terminal.app.dialogs.contacts import ContactDialogs
from babilu.terminal.app.dialogs.conversations import ConversationDialogs
from babilu.terminal.app.dialogs.dialogs import Dialogs
from babilu.terminal.app.dialogs.exports import ExportDialogs
from babilu.terminal.app.dialogs.files import FileDialogs
from babilu.terminal.app.dialogs.groups import GroupDialogs
from babilu.terminal.app.dialogs.joining import JoiningDialogs
from babilu.terminal.app.dialogs.media import MediaDialogs
from babilu.terminal.app.dialogs.message_pickers import MessagePickers
from babilu.terminal.app.dialogs.messages import MessageDialogs
from babilu.terminal.app.dialogs.own_devices import OwnDeviceDialogs
from babilu.terminal.app.dialogs.pictures import PictureDialogs
from babilu.terminal.app.dialogs.scheduled import ScheduledDialogs
from babilu.terminal.app.dialogs.search import SearchDialogs
from babilu.terminal.app.dialogs.space import SpaceDialogs
from babilu.terminal.app.pages import Act
from babilu.terminal.app.parts import paragraphs
from babilu.terminal.app.sheets import Blank, FormSheet, Sheet, titled
from babilu.terminal.app.spans import Span
from babilu.terminal.app.ui_context import UiContext

WAITING_CELLS: Final = 200


class DialogSet(Dialogs):
    """Sheets over one screen, by what they are about.

    Args:
        host: Shows them.
        client_model: What they show and change.
        ui_context: What they are shown with.
    """

    def __init__(self, host: AppServices, client_model: TerminalModel, ui_context: UiContext) -> None:
        super().__init__(host, client_model, ui_context)
        self.ways = ConnectionDialogs(host, client_model, ui_context)
        self.people = ContactDialogs(host, client_model, ui_context, self.ways.call)
        joining = JoiningDialogs(host, client_model, ui_context)
        self.search_dialogs = SearchDialogs(host, client_model, ui_context, self.ways, joining)
        self.letters = MessageDialogs(host, client_model, ui_context)
        self.rooms = ConversationDialogs(host, client_model, ui_context)
        self.scheduled = ScheduledDialogs(host, client_model, ui_context)
        self.media = MediaDialogs(host, client_model, ui_context)
        self.space = SpaceDialogs(host, client_model, ui_context)
        self.backups = BackupDialogs(host, client_model, ui_context)
        self.exports = ExportDialogs(host, client_model, ui_context)
        self.files = FileDialogs(host, client_model, ui_context)
        self.pictures = PictureDialogs(host, client_model, ui_context)
        self.message_pickers = MessagePickers(host, client_model, ui_context)
        self.own_devices = OwnDeviceDialogs(host, client_model, ui_context)
        self.groups = GroupDialogs(host, client_model, ui_context, self.people, self.rooms, joining)

    def details(self, name: str) -> None:
        """Show what there is to know about whom, or which group, a conversation is with."""
        known = self._client_model.view(name)
        if known is not None and known.kind is ConversationKind.GROUP:
            self.groups.details(known.label)
        elif known is None or known.kind is not ConversationKind.IMPORTED:
            self.people.details(name)

    def decide(self, row: RequestView | GroupInvitationView | JoinRequestView) -> None:
        """Let the person decide about what waits for that."""
        match row:
            case RequestView():
                self.people.request(row)
            case GroupInvitationView():
                self.groups.joining.invitation(row)
            case JoinRequestView():
                self.groups.joining.request(row)
            case _:
                assert_never(row)

    def choose_waiting(self) -> None:
        """Let the person choose what to decide about."""

        def find(query: str) -> list[ChooserItem]:
            rows = [(row, self._about(row)) for row in self._client_model.waiting()]
            return [
                ChooserItem((Span(label(text, WAITING_CELLS)),), (), lambda row=row: self.decide(row))  # type: ignore[misc]
                for row, text in rows
                if score(query, text) is not None
            ]

        self._host.put(Chooser(self._say("app.decisions"), find, self._say("app.no_decisions")))

    def _about(self, row: RequestView | GroupInvitationView | JoinRequestView) -> str:
        match row:
            case RequestView():
                return f"{row.name}: {self._say('app.wants_to_talk')}"
            case GroupInvitationView():
                return invitation_sentence(row, self._say)
            case JoinRequestView():
                return join_sentence(row, self._say, self._client_model.title_of(row.conversation))
            case _:
                assert_never(row)

    def show_invitation(self, answer: str) -> None:
        """Show an invitation that was made, to be copied and passed on."""
        try:
            made = read_invitation(answer)
        except BabiluError as error:
            self._host.fail(error)
            return
        until = self._around.time_format.within(made.expires_at)
        note = self._say("invitation", number=made.number, count=made.uses, until=until)
        acts = (
            Act(self._say("app.do.copy"), lambda: self._host.copy(made.text)),
            Act(self._say("app.do.close"), bool),
        )
        self._host.put(Sheet(titled(self._say("app.invitation")), paragraphs(note, made.text), acts))

    def password(self) -> None:
        """Let the person change the password."""

        def submit(form: FormSheet, values: list[str]) -> None:
            old, new, again = values
            if new != again:
                raise MisuseError("passwords_differ")
            if not old or not new:
                raise MisuseError("nothing_given")

            def changed(_: object) -> None:
                form.done()
                self._host.say_so(self._say("did.password"))

            self._client_model.ask(c.ChangePassword(Passphrase(old), Passphrase(new)), changed, form.fail)

        asked = ("ask.old_password", "ask.new_password", "ask.new_password_again")
        blanks = [Blank(self._say(key), secret=True) for key in asked]
        self._host.put(
            FormSheet(titled(self._say("app.key.password")), self._say("app.password_note"), blanks, submit, self._say)
        )
