"""Commands about messages and conversations that others are told of: each is done in its conversation's turn."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from babilu.api import commands as ask_for
from babilu.api import views
from babilu.api.commands import Command
from babilu.engine.commands.contacts import believed, find_conversation, find_message
from babilu.engine.commands.file_commands import FileCommands
from babilu.engine.conversation.acting import (
    delete_for_all,
    edit_message,
    pin_message,
    set_reactions,
    set_timer,
)
from babilu.engine.conversation.contents.text import BesideWords
from babilu.engine.conversation.groups import acts
from babilu.engine.conversation.groups.group_conversation import GroupConversation
from babilu.engine.conversation.jobs import Ask
from babilu.engine.conversation.turn import ConversationTurn
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.places import Place
from babilu.kernel.errors import BabiluError, UsageError
from babilu.kernel.ids import MessageId
from babilu.store.message_records import MessageRecord
from babilu.wire.file_entry import FileEntry

Act = Callable[[ConversationTurn], Any]

Post = Callable[[Place, Ask[ConversationTurn, Any]], None]
"""Gives a command to the conversation with a contact, or with oneself."""

WithPlace = Callable[[str, "Future[Any]", Callable[[Place], None]], None]
"""Goes on with the conversation that a name means, once the relay has said whose it is where it is new."""

AboutMessage = ask_for.EditMessage | ask_for.DeleteMessage | ask_for.SetReactions | ask_for.PinMessage

ABOUT_MESSAGES = (ask_for.EditMessage, ask_for.SetReactions, ask_for.PinMessage, ask_for.SetTimer, ask_for.Forward)
"""Commands that `MessageCommands` does; and `DeleteMessage`, where it is for all."""

FORWARDED_AT_ONCE = 20


class MessageCommands:
    """Finds the conversation that a command is about, and has it done there.

    Args:
        base: The profile and the ports.
        post: Gives something to do to a conversation.
        files: Seals files of forwarded messages anew.
        with_place: Finds to whom a message is forwarded; see `ContactResolver.with_place`.
    """

    def __init__(self, base: ClientContext, post: Post, files: FileCommands, with_place: WithPlace) -> None:
        self._base = base
        self._post = post
        self._files = files
        self._with_place = with_place

    def do(self, command: Command[Any], future: "Future[Any]") -> None:
        """Do a command.

        Raises:
            BabiluError: It cannot be done.
        """
        match command:
            case ask_for.EditMessage(message, text, names):
                self._act(command, lambda turn: edit_message(turn, message, text, names), future)
            case ask_for.DeleteMessage(message):
                self._act(command, lambda turn: _delete(turn, message), future)
            case ask_for.SetReactions(message, emoji):
                self._act(command, lambda turn: set_reactions(turn, message, emoji), future)
            case ask_for.PinMessage(message, on):
                self._act(command, lambda turn: _pin(turn, message, on=on), future)
            case ask_for.SetTimer(conversation, seconds):
                with self._base.database.read() as unit:
                    place = find_conversation(unit, conversation)
                self._post(place, Ask(lambda turn: _set_timer(turn, seconds), future, command.request_id))
            case ask_for.Forward():
                self._forward(command, future)

    def _act(self, command: AboutMessage, act: Act, future: "Future[Any]") -> None:
        with self._base.database.read() as unit:
            _, place = find_message(unit, command.message, command.conversation, own_first=True)
        self._post(place, Ask(act, future, command.request_id))

    def _forward(self, command: ask_for.Forward, future: "Future[Any]") -> None:
        if not 1 <= len(command.to) <= FORWARDED_AT_ONCE:
            raise UsageError(f"A message is forwarded to 1 to {FORWARDED_AT_ONCE} conversations at once.")
        self._forwarded(command)
        found: dict[int, Place] = {}

        def is_found(index: int, place: Place) -> None:
            found[index] = place
            # Where one of them means nobody, nothing is sent to any.
            if len(found) == len(command.to) and not future.done():
                self._bring_to(command, [found[each] for each in sorted(found)], future)

        for index, name in enumerate(command.to):
            self._with_place(name, future, partial(is_found, index))

    def _forwarded(self, command: ask_for.Forward) -> MessageRecord:
        with self._base.database.read() as unit:
            record, _ = find_message(unit, command.message, command.conversation, own_first=True)
        return _refuse_deleted(record)

    def _bring_to(self, command: ask_for.Forward, found: Sequence[Place], future: "Future[Any]") -> None:
        """Forward a message to conversations, once its files are here."""
        # Two labels, or a label and an id, may name one conversation.
        places = {place.conversation.conversation: place for place in found}
        record = self._forwarded(command)

        def forward() -> None:
            sent: list[Future[Any]] = [Future() for _ in places]
            _gather(sent, future)
            for place, one in zip(places.values(), sent, strict=True):
                self._forward_to(place, record, one, command)

        self._files.bring(record, forward, future)

    def _forward_to(self, place: Place, record: MessageRecord, one: "Future[Any]", command: ask_for.Forward) -> None:
        whom = place.identity(self._base.own.identity_key)

        def post(files: tuple[FileEntry, ...] = ()) -> None:
            def forward(turn: ConversationTurn) -> views.MessageView:
                # It may be deleted or have other words by now.
                present = _refuse_deleted(turn.unit.messages.by_id(record.id, record.conversation))
                return turn.send_text(present.text, BesideWords(forwarded=True, files=files))

            self._post(place, Ask(believed(whom, forward), one, command.request_id))

        if not record.files:
            post()
            return
        try:
            self._files.copy(place, record.files, post, one, as_files=command.as_files)
        except BabiluError as error:
            # The others are sent all the same.
            one.set_exception(error)


def _delete(turn: ConversationTurn, message: MessageId) -> None:
    """Delete an own message for all; in a group admins also remove those of others, by an entry of its log."""
    record = turn.unit.messages.by_id(message, turn.conversation.conversation)
    if isinstance(turn, GroupConversation) and record is not None and not record.outgoing:
        acts.hide(turn, message)
    else:
        delete_for_all(turn, message)


def _pin(turn: ConversationTurn, message: MessageId, *, on: bool) -> views.PinView:
    if isinstance(turn, GroupConversation):
        return acts.pin(turn, message, on=on)
    return pin_message(turn, message, on=on)


def _set_timer(turn: ConversationTurn, seconds: int | None) -> views.TimerView:
    if isinstance(turn, GroupConversation):
        return acts.set_lifetime(turn, seconds)
    return set_timer(turn, seconds)


def _refuse_deleted(record: MessageRecord | None) -> MessageRecord:
    if record is None or record.deleted:
        raise UsageError("This message is deleted.")
    return record


def _gather(sent: Sequence["Future[Any]"], future: "Future[Any]") -> None:
    """Answer with the ids of all messages, or with the first refusal; the others are sent all the same.

    Each message is made in its conversation's thread, and several may be done at one moment: one of them answers.
    """
    lock, waiting = threading.Lock(), len(sent)

    def came(_: "Future[Any]") -> None:
        nonlocal waiting
        with lock:
            waiting -= 1
            is_last = waiting == 0
        if is_last and not future.done():
            refused = next((one.exception() for one in sent if one.exception() is not None), None)
            if refused is None:
                future.set_result(tuple(one.result().id for one in sent))
            else:
                future.set_exception(refused)

    for one in sent:
        one.add_done_callback(came)
