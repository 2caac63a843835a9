"""What is written means here what it means in the line mode: text, ``@name text``, or a command after a slash."""

from collections.abc import Callable
from typing import Any, Final, Protocol, assert_never

from babilu.api import commands as c
from babilu.api.group_views import GroupView
from babilu.api.views import ContactView, InspectedFileView, MessageView, ScheduledView
from babilu.kernel.errors import BabiluError, UsageError
from babilu.presentation.files import FilesToSend
from babilu.presentation.newcomer_history import newcomers_text
from babilu.presentation.picture_details import contained_words
from babilu.presentation.strings import MisuseError
from babilu.terminal.app.cells import label
from babilu.terminal.app.client_model import TerminalModel
from babilu.terminal.app.composer import ComposerTask, EditTask, ReplyTask
from babilu.terminal.app.dialogs.dialog_set import DialogSet
from babilu.terminal.app.history_view import Want
from babilu.terminal.app.message_renderer import NAME_CELLS
from babilu.terminal.app.ui_context import UiContext
from babilu.terminal.arguments import is_address
from babilu.terminal.command_line import explained, parse_line
from babilu.terminal.ordered_command import (
    AskPassword,
    AskPasswords,
    Choose,
    Complain,
    OrderedCommand,
    Quit,
    ShowHelp,
    WriteExport,
)

ABOUT_A_MESSAGE: Final = {
    "/state": Want.INSPECT,
    "/delete": Want.DELETE,
    "/reply": Want.REPLY,
    "/edit": Want.EDIT,
    "/react": Want.REACT,
    "/pin": Want.PIN,
    "/unpin": Want.PIN,
    "/forward": Want.FORWARD,
    "/wordings": Want.WORDINGS,
    "/play": Want.PLAY,
    "/fetch": Want.SAVE,
    "/pause": Want.HOLD,
    "/resume": Want.HOLD,
    "/cancel": Want.CANCEL,
}
"""Commands that take a message's number, which only the line mode shows, and what keys do instead."""

RETRY: Final = "/retry"


class InputTarget(Protocol):
    """Where something is written, and what it can ask of the screen."""

    def open_conversation(self, name: str) -> None:
        """Open a conversation."""

    def say_so(self, text: str) -> None:
        """Tell something in passing."""

    def give_back(self, where: str, text: str, error: BabiluError, task: ComposerTask = None) -> None:
        """Show again what could not be done, in the conversation where it was written, and why."""

    def message_meant(self) -> MessageView | None:
        """Give the message that is selected, or else one's own newest one."""

    def act_on(self, what: Want, message: MessageView) -> None:
        """Do something with a message."""

    def show_help(self) -> None:
        """Show the keys and commands."""

    def leave(self) -> None:
        """End."""


SAID_WHEN_DONE = frozenset(
    {
        *("decline", "try_now", "certificate", "picture"),
        *("link_confirm", "link_approve", "link_refuse", "ask_history", "wipe"),
    }
)
"""Commands without an answer of their own, and without an event that shows."""


class InputHandler:
    """Obeys what is written.

    Args:
        writer: Where it is written.
        client_model: The way to the client.
        dialogs: Sheets.
        ui_context: What it is shown with.
    """

    def __init__(
        self, writer: InputTarget, client_model: TerminalModel, dialogs: DialogSet, ui_context: UiContext
    ) -> None:
        self._writer = writer
        self._client_model = client_model
        self._dialogs = dialogs
        self._say = ui_context.say
        self._time_format = ui_context.time_format
        self._warned_of: tuple[str, ...] = ()

    def obey(self, text: str, conversation: str, task: ComposerTask = None) -> None:
        """Do what a text says; a new wording is a text and nothing else.

        Args:
            text: The text.
            conversation: Where it was written.
            task: What it was written for.

        Raises:
            MisuseError: It cannot be understood.
        """
        if isinstance(task, EditTask):
            self._edit(text, conversation, task)
            return
        word = text.strip().casefold()
        if word in ABOUT_A_MESSAGE or word == RETRY:
            self._about_message(word)
            return
        order = parse_line(text, self._client_model.name_of(conversation))
        match order.action:
            case c.Command():
                self._ask(text, conversation, order, self._client_model.shown.meant(order.action), task)
            case Choose(name):
                self._writer.open_conversation(self._known(name))
            case ShowHelp():
                self._writer.show_help()
            case Quit():
                self._writer.leave()
            case AskPasswords():
                self._dialogs.password()
            case AskPassword(make):
                self._dialogs.own_devices.with_password(make, lambda answer: self._done(order, answer))
            case Complain(error):
                raise error
            case WriteExport(request):
                self._dialogs.exports.write(request)
            case _:
                assert_never(order.action)

    def _about_message(self, word: str) -> None:
        """Do a command about the message that is selected, or else one's own newest: the screen shows no numbers."""
        message = self._writer.message_meant()
        if message is None:
            raise MisuseError("no_message_meant")
        if word == RETRY:
            self._client_model.retry(message)
        else:
            self._writer.act_on(ABOUT_A_MESSAGE[word], message)

    def _edit(self, text: str, where: str, task: EditTask) -> None:
        if text != task.message.text:
            self._client_model.edit(task.message, text, lambda error: self._writer.give_back(where, text, error, task))

    def _ask(
        self, text: str, where: str, order: OrderedCommand, command: c.Command[Any], task: ReplyTask | None
    ) -> None:
        def refused(error: BabiluError) -> None:
            self._writer.give_back(where, text, explained(order, error), task)

        match command:
            case c.Send(as_files=True, files=files) if files != self._warned_of:
                self._look_into(files, (text, where, task), lambda: self._ask(text, where, order, command, task))
            case c.Send(to, words, files=files, as_files=as_files):
                self._warned_of = ()
                to = where if to == self._client_model.name_of(where) else to
                reply = task.message if task is not None and to == where else None
                self._client_model.send(to, words, refused, reply_to=reply, files=FilesToSend(files, as_files))
            case c.Verify(name):
                self._dialogs.people.verify(name)
            case c.Call(address, name):
                self._client_model.call(address, name, refused)
            case c.History(name):
                self._writer.open_conversation(self._known(name))
            case c.Search(query):
                self._dialogs.search_dialogs.search(None, query)
            case c.Contacts() | c.Conversations() | c.Requests():
                self._dialogs.search_dialogs.switch()
            case c.TrustIdentity(name):
                self._dialogs.people.trust(self._label(name))
            case c.Block(name):
                self._dialogs.people.block(self._label(name))
            case _ if self._is_shown(command):
                pass
            case _:
                meant = self._client_model.addressed(command)
                self._client_model.ask(meant, lambda answer: self._done(order, answer), refused)

    def _look_into(
        self, files: tuple[str, ...], written: tuple[str, str, ReplyTask | None], go_on: Callable[[], None]
    ) -> None:
        """Say what pictures contain before they are sent with it: what was written stands there again meanwhile."""
        text, where, task = written

        def refused(error: BabiluError) -> None:
            self._writer.give_back(where, text, error, task)

        def came(found: tuple[InspectedFileView, ...]) -> None:
            self._warned_of = files
            contained = contained_words(self._say, found)
            if contained:
                refused(UsageError(self._say("app.contained", contained=contained)))
            else:
                go_on()

        self._client_model.ask(c.InspectFiles(files), came, refused)

    def _is_shown(self, command: c.Command[Any]) -> bool:
        """Show a sheet for a command that has one; tells whether that is so."""
        match command:
            case c.Status() | c.Threads():
                self._dialogs.ways.connection()
            case c.Pins(name):
                self._dialogs.rooms.pins(self._known(name))
            case c.Scheduled(name):
                self._dialogs.scheduled.show(None if name is None else self._known(name))
            case c.ReceiptSettings(name):
                self._dialogs.rooms.receipts(None if name is None else self._known(name))
            case c.ClearConversation(name):
                self._dialogs.rooms.clear(self._known(name))
            case c.Wordings():
                self._client_model.ask(command, self._dialogs.letters.show_wordings)
            case c.MessageInfo():
                self._client_model.ask(command, self._dialogs.letters.show_info)
            case _:
                return self._is_shown_of_files(command)
        return True

    def _is_shown_of_files(self, command: c.Command[Any]) -> bool:
        """Show a sheet for a command about files that has one; tells whether that is so."""
        match command:
            case c.SpaceUse():
                self._dialogs.space.show()
            case c.ArchiveStatus():
                self._dialogs.backups.show()
            case c.PlanFreeing():
                self._client_model.ask(command, lambda plan: self._dialogs.space.show_plan(command, plan))
            case c.FreeSpace():
                self._dialogs.space.free(command)
            case c.Media(name, kind):
                self._dialogs.media.show(self._known(name), kind)
            case c.InspectFiles():
                self._client_model.ask(command, self._dialogs.files.show_inspected)
            case c.Devices():
                self._dialogs.own_devices.show()
            case _:
                return self._is_shown_of_groups(command)
        return True

    def _is_shown_of_groups(self, command: c.Command[Any]) -> bool:
        """Show a sheet for a command about groups that has one; tells whether that is so."""
        groups, read = self._dialogs.groups, self._client_model.groups.read
        match command:
            case c.GetGroup(name):
                groups.show_members(self._label(name))
            case c.QuitGroup(name):
                read(self._label(name), groups.ask_to_leave)
            case c.GroupLogOf(name):
                read(self._label(name), groups.log)
            case c.GroupLinks(name):
                read(self._label(name), groups.joining.links)
            case c.MakeGroupLink(name):
                show = groups.joining.show_link
                self._client_model.ask(command, lambda link: read(self._label(name), lambda group: show(group, link)))
            case c.GroupInvitations() | c.JoinRequests():
                self._dialogs.choose_waiting()
            case c.WhoMayAdd(None):
                groups.who_may_add()
            case c.WhoMayAdd(who) if who is not None:
                groups.let_add(who)
            case _:
                return False
        return True

    def _done(self, order: OrderedCommand, answer: object) -> None:
        """Say that something is done, where nothing on the screen does."""
        match answer:
            case ContactView(name=name):
                off = order.do in {"verified", "direct"} and order.action in {
                    c.MarkVerified(order.about, verified=False),
                    c.AllowDirect(order.about, allowed=False),
                }
                self._writer.say_so(self._say(f"did.{order.do}{'.off' if off else ''}", name=label(name, NAME_CELLS)))
                if order.do == "accept":
                    self._writer.open_conversation(name)
            case ScheduledView(at=at):
                self._writer.say_so(self._say("app.did.scheduled", when=self._time_format.within(at)))
            case int():
                self._writer.say_so(self._say("marked_read", count=answer, name=label(order.about, NAME_CELLS)))
            case MessageView():
                pass
            case GroupView():
                self._client_model.groups.keep(answer)
                if isinstance(order.action, c.ChangeGroup) and order.action.history is not None:
                    # It is nobody else's matter: no line in the conversation says it.
                    given = newcomers_text(answer.history, answer.history_days, self._say)
                    self._writer.say_so(self._say("did.newcomers", what=given))
                if isinstance(order.action, c.StartGroup | c.Accept):
                    self._client_model.open_when_listed(answer.conversation_id.hex(), self._writer.open_conversation)
            case _ if isinstance(order.action, c.JoinGroup):
                self._writer.say_so(self._say("app.group.asked_to_join"))
            case str() if order.do == "invite":
                self._dialogs.show_invitation(answer)
            case _:
                ends_call = order.do == "hangup" and is_address(order.about)
                taken_back = ".off" if order.action == c.SetProfilePicture(None) else ""
                if ends_call or order.do in SAID_WHEN_DONE:
                    self._writer.say_so(self._say(f"did.{order.do}{taken_back}", name=label(order.about, NAME_CELLS)))

    def _known(self, name: str) -> str:
        """Find whom or which group a written name means: by its id, where it is listed."""
        wanted = name.casefold()
        rows = self._client_model.conversations.values()
        return next((each.id.hex() for each in rows if each.label.casefold() == wanted), name)

    def _label(self, name: str) -> str:
        """Find how the label of a conversation is written."""
        return self._client_model.name_of(self._known(name))
