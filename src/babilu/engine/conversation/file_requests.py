"""Files that a relay has no longer: their reader asks who may have them, to bring them there once more.

Asked are the device that sent them, and one's own other devices, which have what they were given. The same sealed file
goes up again, under the same id, so that nothing about the message changes. It is asked for once a day, and only
accepted people are answered: anybody else could have a client work for nothing.

A long text has been read by others of its group, too, who may be there when its author is not. They are asked later,
and seal its words anew under the key that the message names. That helps only whoever has the message: nobody else knows
where at the relay it lies, nor opens it. Who is not in the group is not answered.
"""

from typing import Final

from babilu.engine.conversation.contents.fold import author_of
from babilu.engine.conversation.effects import BringFile, MoveFiles
from babilu.engine.conversation.encryption import OutgoingContent, devices_in_force
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.identity.device_list import find_device
from babilu.identity.shapes import DeviceEntry
from babilu.kernel.ids import DeviceId, MessageId
from babilu.kernel.states import FileState
from babilu.session.sessions import can_encrypt
from babilu.store.attachments import TEXT_PLACE
from babilu.store.message_records import MessageRecord
from babilu.wire.delivery_parts import FileRequest

TEXTS_BROUGHT: Final = 32
"""Long texts of a group that are brought again in a day for others than their author."""


def ask_sender(turn: ConversationTransaction, message: MessageId, index: int) -> None:
    """Ask the device that sent a message for one of its files, where that is listed still."""
    record = turn.unit.messages.by_id(message)
    if record is None or record.sender_device is None or turn.contact.blocked:
        return
    if author_of(record) != turn.contact.contact:
        return
    listed = devices_in_force(turn.contact)
    sender = find_device(listed, record.sender_device)
    # What was edited on another device has its file there.
    wanted = listed.devices if index == TEXT_PLACE else () if sender is None else (sender,)
    for entry in wanted:
        _ask(turn, entry, message, index)


def ask_reader(turn: ConversationTransaction, message: MessageId) -> None:
    """Ask somebody else who is in a group for the text of a long message that was said there."""
    record = turn.unit.messages.by_id(message)
    if record is None or turn.contact.blocked or not _is_fellow(turn, record):
        return
    for entry in devices_in_force(turn.contact).devices:
        _ask(turn, entry, message, TEXT_PLACE)


def ask_siblings(turn: ConversationTransaction, message: MessageId, index: int) -> None:
    """Ask all own other devices for a file of a message, in a turn with oneself."""
    for entry in devices_in_force(turn.contact).devices:
        _ask(turn, entry, message, index)


def _ask(turn: ConversationTransaction, entry: DeviceEntry, message: MessageId, index: int) -> None:
    if can_encrypt(turn.unit.sessions, DeviceId(entry.device)) or turn.start_session(entry):
        turn.seal(entry, OutgoingContent.aside(FileRequest(message, index), turn.now))


def _was_for(turn: ConversationTransaction, record: MessageRecord) -> bool:
    """Tell whether a message was for the contact: theirs alone, or that of a group in which they are."""
    if turn.contact.is_oneself:
        return True
    if record.conversation == turn.conversation.conversation:
        return turn.contact.accepted
    return _is_fellow(turn, record)


def _is_fellow(turn: ConversationTransaction, record: MessageRecord) -> bool:
    """Tell whether the contact and oneself are in the group in which a message was said."""
    group = turn.unit.groups.of_conversation(record.conversation)
    return group is not None and group.joins and turn.unit.groups.is_member(record.conversation, turn.contact.contact)


def _may_pass_on(turn: ConversationTransaction, record: MessageRecord, index: int) -> bool:
    """Tell whether a file of somebody else is brought for the contact: the text of a message to a group of both."""
    if index != TEXT_PLACE or turn.contact.blocked or record.text_state is not None or record.deleted or record.hidden:
        return False
    if not _is_fellow(turn, record):
        return False
    return turn.unit.attachments.texts_asked_for(record.conversation, turn.now) < TEXTS_BROUGHT


def take_want(turn: ConversationTransaction, message: MessageId, index: int) -> None:
    """Bring an own file to the relay again that a contact misses there, or any that is here for an own device."""
    record = turn.unit.messages.by_id(message)
    if record is None or not _was_for(turn, record):
        return
    if not (record.outgoing or turn.contact.is_oneself or _may_pass_on(turn, record, index)):
        return
    file = turn.unit.attachments.at_place(record.position, index)
    if file is None or not turn.unit.attachments.may_ask(file.number, turn.now):
        return
    if not turn.contact.account:
        return
    if not record.is_from_here:
        turn.then(BringFile(file.number))
        return
    brought = (FileState.SENT, FileState.WAITING)
    if turn.unit.attachments.set_state(file.number, FileState.SENDING, when=brought) is not None:
        turn.then(MoveFiles())
