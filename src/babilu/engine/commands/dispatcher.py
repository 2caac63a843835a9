"""Takes the commands of user interfaces: answers questions itself, gives a conversation's work to that conversation.

It runs in two threads: one for work in order, one for questions that only read.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from babilu.api import commands as ask_for
from babilu.api import events, views
from babilu.api.commands import Command
from babilu.engine.commands.archive_commands import ArchiveCommand, ArchiveCommands
from babilu.engine.commands.contacts import (
    ContactResolver,
    believed,
    find_conversation,
    find_message,
)
from babilu.engine.commands.conversations import ConversationCommands
from babilu.engine.commands.device_commands import ABOUT_DEVICES, DeviceCommands
from babilu.engine.commands.effect_runner import EffectRunner
from babilu.engine.commands.file_commands import FileCommands
from babilu.engine.commands.group_commands import GroupCommand, GroupCommands
from babilu.engine.commands.import_commands import ImportCommands
from babilu.engine.commands.message_commands import ABOUT_MESSAGES, MessageCommands
from babilu.engine.commands.network import NetworkCommands
from babilu.engine.commands.picture_commands import PictureCommands
from babilu.engine.commands.profile_picture_commands import ProfilePictureCommands
from babilu.engine.commands.queries import QueryDispatcher, check_message_count
from babilu.engine.commands.receipt_settings import set_receipts
from babilu.engine.commands.space_commands import SpaceCommands
from babilu.engine.commands.stored_values import store_value
from babilu.engine.commands.voice_commands import VoiceCommands
from babilu.engine.conversation.contents.text import BesideWords
from babilu.engine.conversation.effects import Effect, EraseTraces, Tell, WatchClock
from babilu.engine.conversation.jobs import Ask
from babilu.engine.conversation.sync_notes import note_gone
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.trust import mark_verified, reject_identity, trust_identity
from babilu.engine.conversation.turn import ConversationTurn
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.device_lock import removed_error
from babilu.engine.runtime.places import Place, check_writable, place_of
from babilu.engine.runtime.threads import Worker, busy, closed, defect, settle
from babilu.identity.contact_link import ContactLink
from babilu.kernel.errors import BabiluError, ErrorCode, UsageError
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import REQUEST_ID_CHARACTERS
from babilu.store.contact_records import ContactRecord, ConversationRecord
from babilu.wire.file_entry import FileEntry

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class CommandHandlers:
    """Whoever does what is no conversation's turn.

    Attributes:
        network: Does what concerns sockets and the account.
        conversations: Does what concerns conversations here alone.
        files: Does what concerns files of messages.
        space: Does what concerns room on the disk.
        voice: Records and plays voice notes.
        pictures: Shows pictures, and looks into files.
        profile_pictures: Sets the own profile picture, and shows others.
        groups: Does what concerns groups.
        imports: Takes over what other programs have exported.
        devices: Does what concerns the own devices.
    """

    network: NetworkCommands
    conversations: ConversationCommands
    files: FileCommands
    space: SpaceCommands
    voice: VoiceCommands
    pictures: PictureCommands
    profile_pictures: ProfilePictureCommands
    groups: GroupCommands
    imports: ImportCommands
    archives: ArchiveCommands
    devices: DeviceCommands


WHILE_LOCKED: Final = (
    ask_for.CheckPassphrase,
    ask_for.Devices,
    ask_for.FetchFile,
    ask_for.GetPicture,
    ask_for.TakeUnshown,
    ask_for.WipeProfile,
)
"""What a device may still do that was removed, beside answering what only reads."""


class CommandDispatcher:
    """Distributes commands.

    Args:
        base: The profile and the ports.
        effect_runner: The rest of the client.
        work: Thread for commands, in order.
        query_dispatcher: Answers what only reads.
        queries: Thread for questions.
        resolver: Makes contacts of names and requests.
        handlers: Do what is no conversation's turn.
    """

    def __init__(
        self,
        base: ClientContext,
        effect_runner: EffectRunner,
        work: Worker,
        query_dispatcher: QueryDispatcher,
        queries: Worker,
        resolver: ContactResolver,
        handlers: CommandHandlers,
    ) -> None:
        self._base = base
        self._effect_runner = effect_runner
        self._work = work
        self._query_dispatcher = query_dispatcher
        self._queries = queries
        self._resolver = resolver
        self._handlers = handlers
        self._message_commands = MessageCommands(base, self._post_to, handlers.files, resolver.with_place)
        self._closed = False
        self._locked = False

    def close(self) -> None:
        """Take no more commands."""
        self._closed = True

    def lock(self) -> None:
        """Do nothing more but show what is here, and wipe it: this device was removed."""
        self._locked = True

    def request(self, command: Command[R]) -> "Future[R]":
        """Do a command in the thread that is right for it."""
        future: Future[R] = Future()
        if self._locked and not isinstance(command, WHILE_LOCKED) and not self._query_dispatcher.answers(command):
            future.set_exception(removed_error())
            return future
        if not fits(command.request_id):
            future.set_exception(UsageError(f"A request id has at most {REQUEST_ID_CHARACTERS} printable characters."))
            return future
        worker = self._queries if self._query_dispatcher.answers(command) else self._work
        if self._closed or not worker.post(partial(self._start, command, future)):
            # The end may have come in between.
            future.set_exception(closed() if self._closed else busy())
        return future

    def _start(self, command: Command[Any], future: "Future[Any]") -> None:
        try:
            self._do(command, future)
        except BabiluError as error:
            if not future.done():
                future.set_exception(error)
        except Exception:
            if not future.done():
                future.set_exception(defect())
            raise

    def _do(self, command: Command[Any], future: "Future[Any]") -> None:
        match command:
            case ask_for.Send():
                self._send(command, future)
            case ask_for.Verify(name):
                self._resolver.with_contact(name, future, lambda contact: self._verify(contact, future))
            case ask_for.Accept() | ask_for.AddByLink():
                self._accept(command, future)
            case ask_for.Decline():
                self._decline(command, future)
            case ask_for.TakeUnshown() | ask_for.PutBack():
                settle(future, lambda: self._hand_out(command))
            case (
                ask_for.Call()
                | ask_for.HangUp()
                | ask_for.Listen()
                | ask_for.StopListening()
                | ask_for.TryNow()
                | ask_for.TrustCertificate()
            ):
                self._handlers.network.lines(command, future)
            case (
                ask_for.CheckPassphrase()
                | ask_for.ChangePassword()
                | ask_for.DeleteAccount()
                | ask_for.Examine()
                | ask_for.ReadHoldings()
                | ask_for.Administer()
            ):
                self._handlers.network.account(command, future)
            case ask_for.StoreValue(key, value):
                settle(future, lambda: store_value(self._base.database, key, value))
            case ask_for.Retry() | ask_for.DeleteMessage():
                self._about_message(command, future)
            case (
                ask_for.SetDraft()
                | ask_for.SetPinned()
                | ask_for.SetMuted()
                | ask_for.SetArchived()
                | ask_for.MarkUnread()
                | ask_for.ClearConversation()
                | ask_for.Rename()
                | ask_for.Schedule()
                | ask_for.Scheduled()
                | ask_for.Unschedule()
                | ask_for.SendNow()
            ):
                self._handlers.conversations.do(command, future)
            case _ if self._query_dispatcher.answers(command):
                settle(future, lambda: self._query_dispatcher.answer(command))
            case _:
                self._about_conversation(command, future)

    def _about_conversation(self, command: Command[Any], future: "Future[Any]") -> None:
        match command:
            case ask_for.MarkRead(name, shown):
                with self._base.database.read() as unit:
                    place = find_conversation(unit, name)
                if place.is_imported:
                    # Nothing in it is unread, and nobody is told.
                    settle(future, lambda: 0)
                    return
                self._post_to(place, Ask(lambda turn: turn.mark_read(shown), future))
            case ask_for.MarkVerified(name):
                self._in_turn(name, lambda transaction: mark_verified(transaction, command), future)
            case ask_for.TrustIdentity(name):
                self._in_turn(name, lambda transaction: trust_identity(transaction, command), future)
            case ask_for.RejectIdentity(name, identity):
                self._in_turn(name, lambda transaction: reject_identity(transaction, identity), future)
            case ask_for.Block(name, identity):
                self._in_turn(
                    name, believed(identity, lambda transaction: transaction.set_blocked(blocked=True)), future
                )
            case ask_for.Unblock(name, identity):
                self._in_turn(
                    name, believed(identity, lambda transaction: transaction.set_blocked(blocked=False)), future
                )
            case ask_for.AllowDirect(name, allowed, identity):
                self._in_turn(
                    name, believed(identity, lambda transaction: transaction.allow_direct(allowed=allowed)), future
                )
            case ask_for.SetReceipts():
                settle(future, lambda: set_receipts(self._base.database, self._effect_runner.run, command))
            case ask_for.Typing(conversation):
                settle(future, lambda: self._effect_runner.targets.typing.say(self._place(conversation)))
            case _:
                self._about_contents(command, future)

    def _about_contents(self, command: Command[Any], future: "Future[Any]") -> None:
        match command:
            case (
                ask_for.StartRecording()
                | ask_for.StopRecording()
                | ask_for.DiscardRecording()
                | ask_for.SendRecording()
                | ask_for.PlayVoice()
                | ask_for.PlayRecording()
                | ask_for.StopPlaying()
            ):
                self._handlers.voice.do(command, future)
            case ask_for.FetchFile() | ask_for.PauseFile() | ask_for.ResumeFile() | ask_for.CancelFile():
                self._handlers.files.do(command, future)
            case ask_for.GetPicture() | ask_for.InspectFiles():
                self._handlers.pictures.do(command, future)
            case ask_for.SetProfilePicture() | ask_for.GetProfilePicture():
                self._handlers.profile_pictures.do(command, future)
            case ask_for.SpaceUse() | ask_for.PlanFreeing() | ask_for.FreeSpace():
                self._handlers.space.do(command, future)
            case ask_for.ImportChats():
                self._handlers.imports.do(command, future)
            case _ if isinstance(command, ArchiveCommand):
                self._handlers.archives.do(command, future)
            case _ if isinstance(command, ABOUT_DEVICES):
                self._handlers.devices.do(command, future)
            case _ if isinstance(command, GroupCommand):
                self._handlers.groups.do(command, future)
            case _ if isinstance(command, ABOUT_MESSAGES):
                self._message_commands.do(command, future)
            case _:
                raise UsageError("This client does not know that command.", ErrorCode.UNSUPPORTED)

    def _send(self, command: ask_for.Send, future: "Future[Any]") -> None:
        def send(place: Place) -> None:
            if command.files:
                self._handlers.files.send(place, command, seal_act, self._post_to, future)
            else:
                self._post_to(place, Ask(send_act(command), future, command.request_id))

        def seal_act(files: tuple[FileEntry, ...]) -> Ask[Any, Any]:
            return Ask(send_act(command, files), future, command.request_id)

        self._resolver.with_place(command.to, future, send)

    def _place(self, name: str) -> Place:
        with self._base.database.read() as unit:
            place = find_conversation(unit, name)
        check_writable(place)
        if place.is_notes:
            raise UsageError("Notes are with yourself: there is nobody whom this could concern.")
        return place

    def _in_turn(self, name: str, act: Callable[[ConversationTransaction], object], future: "Future[Any]") -> None:
        self._post(self._resolver.known(name), act, future)

    def _post(
        self, contact: ContactRecord, act: Callable[[ConversationTransaction], object], future: "Future[Any]"
    ) -> None:
        self._effect_runner.targets.conversations.post(contact, Ask(act, future))

    def _post_to(self, place: Place, ask: Ask[ConversationTurn, Any]) -> None:
        """Give a command to a conversation."""
        self._effect_runner.targets.conversations.ask(place, ask)

    def _verify(self, contact: ContactRecord, future: "Future[views.SafetyNumberView]") -> None:
        settle(future, lambda: self._query_dispatcher.safety_number(contact))

    def _accept(self, command: ask_for.Accept | ask_for.AddByLink, future: "Future[Any]") -> None:
        if isinstance(command, ask_for.AddByLink):
            self._add(command, ContactLink.decode(command.text), future)
            return
        if self._handlers.groups.accept(command.request, command.request_id, future):
            return
        accepted = self._resolver.accept_request(command)
        if accepted is not None:
            settle(future, lambda: accepted)
            return
        self._in_turn(command.request, believed(command.identity, lambda transaction: transaction.accept()), future)

    def _decline(self, command: ask_for.Decline, future: "Future[None]") -> None:
        if not self._handlers.groups.decline(command.request, command.request_id, future):
            settle(future, lambda: self._resolver.decline(command))

    def _add(self, command: ask_for.AddByLink, link: ContactLink, future: "Future[views.ContactView | None]") -> None:
        own = self._base.own
        if link.identity == own.identity_key:
            raise UsageError("That is your own link: give it to others.")
        if link.relay_key is None:
            call = ask_for.Call(views.Address(link.host, link.port), None, link.identity, request_id=command.request_id)
            self._handlers.network.lines(call, future)
            return
        if link.relay_key != own.relay:
            raise UsageError("That person is at another relay than this profile.")
        accept: Callable[[ConversationTransaction], object] = believed(
            link.identity, lambda transaction: transaction.accept()
        )
        self._resolver.with_contact(f"{link.name}@", future, lambda contact: self._post(contact, accept, future))

    def _hand_out(self, command: "ask_for.TakeUnshown | ask_for.PutBack") -> tuple[views.MessageView, ...] | None:
        match command:
            case ask_for.TakeUnshown(limit, seen):
                return self._take_unshown(limit, seen=seen)
            case ask_for.PutBack(messages):
                self._put_back(messages)
                return None

    def _take_unshown(self, limit: int, *, seen: bool) -> tuple[views.MessageView, ...]:
        check_message_count(limit)
        now = self._base.clock.now_ms()
        started: list[Effect] = []
        with self._base.database.write() as unit:
            records = unit.messages.take_unshown(limit)
            places = {number: place_of(unit, number) for number in {record.conversation for record in records}}
            for record in records:
                if seen and record.fields.timer is not None:
                    place = places[record.conversation]
                    for message, end in unit.expiry.start(record.conversation, [record.id], now):
                        told = events.ClockStarted(message, place.label, place.conversation.id, end)
                        started += [Tell(told), WatchClock(end)]
            shown = tuple(self._base.show.message(record, places[record.conversation]) for record in records)
        self._effect_runner.run(started)
        return shown

    def _put_back(self, messages: tuple[MessageId, ...]) -> None:
        if messages:
            check_message_count(len(messages))
        with self._base.database.write() as unit:
            unit.messages.put_back(messages)

    def _about_message(self, command: "ask_for.Retry | ask_for.DeleteMessage", future: "Future[Any]") -> None:
        message, retry = command.message, isinstance(command, ask_for.Retry)
        for_all = isinstance(command, ask_for.DeleteMessage) and command.for_all
        with self._base.database.read() as unit:
            _, place = find_message(unit, message, command.conversation, own_first=retry or for_all)
        if retry:
            if place.is_notes:
                raise UsageError("That is a note of yours: it is sent to nobody.")
            retried: Ask[Any, Any] = Ask(lambda turn: turn.retry(message), future, command.request_id)
            self._post_to(place, retried)
        elif for_all and not place.is_notes:
            self._message_commands.do(command, future)
        else:
            label, id_, own_name = place.label, place.conversation.id, self._base.show.own_name
            deleted = events.MessageDeleted(message, label, id_, own_name, request_id=command.request_id)
            settle(future, lambda: self._delete(deleted, place.conversation))

    def _delete(self, deleted: events.MessageDeleted, conversation: ConversationRecord) -> None:
        with self._base.database.write() as unit:
            unit.messages.delete(deleted.message, conversation.conversation)
            note_gone(unit, self._base.own, conversation.id, [deleted.message], self._base.clock.now_ms())
        self._effect_runner.run([Tell(deleted), EraseTraces()])


def fits(request_id: str | None) -> bool:
    """Tell whether a request id can be kept and brought back: printable ASCII, and not too long."""
    if request_id is None:
        return True
    return len(request_id) <= REQUEST_ID_CHARACTERS and request_id.isascii() and request_id.isprintable()


def send_act(
    command: ask_for.Send, files: tuple[FileEntry, ...] = ()
) -> Callable[[ConversationTurn], views.MessageView]:
    """Make of a command, and of its files as they were sealed, what its conversation does in its turn."""
    beside = BesideWords(command.reply_to, command.mentions, command.timer, files=files)

    def send(turn: ConversationTurn) -> views.MessageView:
        return turn.send_text(command.text, beside)

    return believed(command.identity, send)
