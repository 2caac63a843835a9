"""Commands about a conversation as it stands here: its place in the list, its draft, its messages, a person's name.

Nobody else is told of any of it.
"""

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from babilu.api import commands as ask_for
from babilu.api import events, views
from babilu.engine.commands.contacts import ContactResolver, check_believed, find_contact, find_conversation
from babilu.engine.commands.effect_runner import EffectRunner
from babilu.engine.commands.file_commands import FileCommands
from babilu.engine.commands.scheduled import ScheduledSender
from babilu.engine.conversation.effects import EraseTraces, Tell
from babilu.engine.conversation.sync_notes import note_gone
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.places import Place
from babilu.engine.runtime.threads import Worker, busy, complete, settle
from babilu.identity.names import normalise_name
from babilu.kernel.errors import BabiluError, UsageError
from babilu.kernel.ids import SHORT_ID_BYTES
from babilu.kernel.limits import INTEGER_MAX, TEXT_BYTES
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.file_entry import FileEntry

CLEARED_AT_ONCE = 200
"""Messages that one transaction deletes, so that no conversation waits long for its turn to write."""

ConversationCommand = (
    ask_for.SetDraft
    | ask_for.SetPinned
    | ask_for.SetMuted
    | ask_for.SetArchived
    | ask_for.MarkUnread
    | ask_for.ClearConversation
    | ask_for.Rename
    | ask_for.Schedule
    | ask_for.Scheduled
    | ask_for.Unschedule
    | ask_for.SendNow
)
"""Everything that is done here."""


class ConversationCommands:
    """Does what concerns a conversation here alone.

    Args:
        base: The profile and the ports.
        effect_runner: Tells events.
        work: The thread of commands, in which all methods run.
        resolver: Makes contacts of names.
        scheduled: Keeps texts that are sent later.
        files: Seals what goes with them.
    """

    def __init__(
        self,
        base: ClientContext,
        effect_runner: EffectRunner,
        work: Worker,
        resolver: ContactResolver,
        scheduled: ScheduledSender,
        files: FileCommands,
    ) -> None:
        self._base = base
        self._effect_runner = effect_runner
        self._work = work
        self._resolver = resolver
        self._scheduled = scheduled
        self._files = files

    def do(self, command: ConversationCommand, future: "Future[Any]") -> None:
        """Do a command.

        Raises:
            BabiluError: It makes no sense.
        """
        match command:
            case ask_for.Rename():
                settle(future, lambda: self._rename(command))
            case ask_for.ClearConversation():
                self._begin_to_clear(command, future)
            case ask_for.Schedule() | ask_for.Scheduled() | ask_for.Unschedule() | ask_for.SendNow():
                self._about_later(command, future)
            case _:
                self._mark(command, future)

    def _about_later(
        self,
        command: ask_for.Schedule | ask_for.Scheduled | ask_for.Unschedule | ask_for.SendNow,
        future: "Future[Any]",
    ) -> None:
        later = self._scheduled
        match command:
            case ask_for.Schedule(to):
                later.check(command)
                self._resolver.with_place(to, future, lambda place: self._schedule(place, command, future))
            case ask_for.Scheduled(conversation):
                settle(future, lambda: later.all(conversation))
            case ask_for.Unschedule(number):
                settle(future, lambda: later.give_up(number))
            case ask_for.SendNow():
                later.send_now(command, future)

    def _schedule(self, place: Place, command: ask_for.Schedule, future: "Future[Any]") -> None:
        if not command.files:
            settle(future, lambda: self._scheduled.keep(command))
            return

        def keep(files: tuple[FileEntry, ...]) -> None:
            if not self._work.post(lambda: complete(future, lambda: self._scheduled.keep(command, files))):
                future.set_exception(busy())

        self._files.seal(place, command, keep, future)

    def _mark(self, command: ConversationCommand, future: "Future[Any]") -> None:
        match command:
            case ask_for.SetDraft(name, text, reply_to):
                if len(text.encode("utf-8", "surrogatepass")) > TEXT_BYTES:
                    raise UsageError(f"A draft has at most {TEXT_BYTES} bytes.")
                if reply_to is not None and len(reply_to) != SHORT_ID_BYTES:
                    # What it names may be gone by now, so it is not looked up.
                    raise UsageError(f"A message has an id of {SHORT_ID_BYTES} bytes.")
                settle(
                    future, lambda: self._set(name, lambda unit, at: unit.conversations.set_draft(at, text, reply_to))
                )
            case ask_for.SetPinned(name, pinned):
                settle(future, lambda: self._set(name, lambda unit, at: unit.conversations.set_pinned(at, pinned)))
            case ask_for.SetMuted(name, muted, until):
                end = (INTEGER_MAX if until is None else until) if muted else None
                settle(future, lambda: self._set(name, lambda unit, at: unit.conversations.set_muted_until(at, end)))
            case ask_for.SetArchived(name, archived):
                settle(future, lambda: self._set(name, lambda unit, at: unit.conversations.set_archived(at, archived)))
            case ask_for.MarkUnread(name, unread):
                settle(
                    future, lambda: self._set(name, lambda unit, at: unit.conversations.set_marked_unread(at, unread))
                )
            case _:
                raise TypeError(type(command).__name__)

    def _set(self, name: str, change: Callable[[UnitOfWork, int], object]) -> None:
        with self._base.database.write() as unit:
            place = find_conversation(unit, name)
            change(unit, place.conversation.conversation)
        self._effect_runner.run([Tell(events.ConversationChanged(place.label, place.conversation.id))])

    def _rename(self, command: ask_for.Rename) -> views.ContactView:
        wanted = normalise_name(command.to)
        with self._base.database.write() as unit:
            contact = find_contact(unit, command.name)
            check_believed(command.identity, contact.identity_key)
            before = contact.name
            unit.contacts.rename(contact.contact, wanted)
            contact = unit.contacts.by_contact(contact.contact) or contact
            record = unit.conversations.of_contact(contact.contact)
        view = self._base.show.contact(contact)
        renamed = events.ContactRenamed(before, record.id, view)
        self._effect_runner.run([Tell(renamed), Tell(events.ContactChanged(view))])
        return view

    def _begin_to_clear(self, command: ask_for.ClearConversation, future: "Future[int]") -> None:
        with self._base.database.write() as unit:
            place = find_conversation(unit, command.conversation)
            record = place.conversation
            newest, _, _ = unit.history.page(record.conversation, 1)
            unit.conversations.set_draft(record.conversation, "")
            unit.recordings.delete(record.conversation)
            unit.conversations.set_marked_unread(record.conversation, False)
            if command.hide:
                unit.conversations.set_hidden(record.conversation, True)
        cleared = events.ConversationCleared(place.label, record.id, request_id=command.request_id)
        self._clear(cleared, (record.conversation, newest[-1].position if newest else 0), 0, future)

    def _clear(
        self, cleared_all: events.ConversationCleared, up_to: tuple[int, int], done: int, future: "Future[int]"
    ) -> None:
        """Delete a part of the messages, and the rest behind what other commands wait meanwhile."""
        changed = events.ConversationChanged(cleared_all.conversation, cleared_all.conversation_id)
        try:
            while True:
                with self._base.database.write() as unit:
                    cleared = unit.messages.clear(*up_to, CLEARED_AT_ONCE)
                    now = self._base.clock.now_ms()
                    note_gone(unit, self._base.own, cleared_all.conversation_id, cleared, now)
                done += len(cleared)
                if len(cleared) < CLEARED_AT_ONCE:
                    break
                if self._work.post(partial(self._clear, cleared_all, up_to, done, future)):
                    return
        except BabiluError as error:
            # What earlier parts have deleted is gone.
            self._effect_runner.run([Tell(changed), EraseTraces()])
            if not future.done():
                future.set_exception(error)
            return
        with self._base.database.write() as unit:
            # Nobody sends what was imported again: whoever imports it anew wants it back.
            unit.imports.forget_deleted(up_to[0])
        self._effect_runner.run([Tell(cleared_all), Tell(changed), EraseTraces()])
        settle(future, lambda: done)
