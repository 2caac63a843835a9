"""Notes of what own other devices are to be told about messages, by the commit of the change itself.

What is set is noted by triggers (`babilu.store.sync_state`); `babilu.engine.conversation.sync` makes contents of both.
"""

from collections.abc import Iterable, Sequence

from babilu.engine.conversation.person import PersonTurn
from babilu.engine.conversation.recipients import has_siblings
from babilu.engine.conversation.turn import ConversationTurn
from babilu.kernel.ids import ConversationId, DeviceId, MessageId
from babilu.session.sessions import OwnDevice
from babilu.store.message_records import MessageRecord
from babilu.store.sync_state import ItemKind, SyncItem
from babilu.store.unit_of_work import UnitOfWork


def note_read(turn: ConversationTurn, own: OwnDevice, messages: Sequence[MessageId]) -> None:
    """Have the own other devices told that messages were read here."""
    if messages and has_siblings(own):
        where, now = turn.conversation.id, turn.now
        turn.unit.sync.add_items(SyncItem(ItemKind.READ, each, now, where) for each in messages)


def note_gone(unit: UnitOfWork, own: OwnDevice, where: ConversationId, messages: Iterable[MessageId], now: int) -> None:
    """Have the own other devices told that messages were deleted here, for oneself."""
    if has_siblings(own):
        unit.sync.add_items(SyncItem(ItemKind.GONE, each, now, where) for each in messages)


def note_receipt(turn: PersonTurn, record: MessageRecord, device: DeviceId, *, read: bool) -> None:
    """Have the own other devices told of a receipt, which goes to the device that sent the message alone."""
    if has_siblings(turn.encryption.own):
        kind = ItemKind.SEEN if read else ItemKind.DELIVERED
        person = turn.contact.identity_key
        turn.unit.sync.add_items([SyncItem(kind, record.id, turn.now, None, person, device)])
