"""What newcomers of a group are given of what was written before: by whoever lets them in, and shown as given by them.

Ids are computed from what came, so that nobody gives other words under a known id. What was deleted or removed, or
disappears, is in none of it, and neither is what people wrote who are not in the group. It stands before everything
that comes by itself: places are kept for it when one comes.
"""

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from babilu.api import events
from babilu.engine.conversation.contents.deletion import SHARED
from babilu.engine.conversation.contents.fold import Action, Fold
from babilu.engine.conversation.contents.taking import message_came, take_action
from babilu.engine.conversation.contents.text import fields_of
from babilu.engine.conversation.effects import MoveFiles
from babilu.engine.conversation.folding import follow
from babilu.engine.conversation.groups.fellow import FellowTransaction
from babilu.engine.conversation.groups.group_conversation import GroupConversation
from babilu.engine.conversation.groups.growth import hide_what_came
from babilu.group.changes import AddMember
from babilu.kernel.errors import ProtocolError, UsageError
from babilu.kernel.ids import SHORT_ID_BYTES, EntryHash, IdentityKey, MessageId, message_id
from babilu.kernel.limits import DAY_MS, HISTORY_BYTES, HISTORY_DAYS, HISTORY_IN_CONTENT, HISTORY_MESSAGES
from babilu.kernel.states import Route
from babilu.store.contact_records import ContactRecord
from babilu.store.group_records import SharedRecord
from babilu.store.message_records import MessageRecord, UnsealedMessage
from babilu.wire.codec import encode
from babilu.wire.content_reading import read_part
from babilu.wire.group_parts import GroupHistory, SharedMessage, SharedWording
from babilu.wire.message_parts import Edit, Text
from babilu.wire.part_base import ChainedPart

CHUNK_BYTES: Final = 40 * 1024
"""Bytes of messages that one content carries, beside the one that makes it more."""

LARGEST: Final = 60 * 1024
"""Largest message with its wording that is given: what is around it has to fit into the envelope as well."""

_USUAL_DAYS: Final = 30

P = TypeVar("P", bound=ChainedPart)


def checked_history(messages: int | None, days: int | None, before: tuple[int, int]) -> tuple[int, int]:
    """Return how much newcomers are given: messages, and days back.

    Args:
        messages: How many; None for as many as before.
        days: Of how many days; None for as many as before.
        before: What was set.

    Raises:
        UsageError: A number is outside its bounds.
    """
    wanted = before[0] if messages is None else messages
    back = (before[1] or _USUAL_DAYS) if days is None else days
    if not 0 <= wanted <= HISTORY_MESSAGES or not 1 <= back <= HISTORY_DAYS:
        raise UsageError(f"Newcomers are given 0 to {HISTORY_MESSAGES} messages of 1 to {HISTORY_DAYS} days.")
    return wanted, back


# Giving.


def share(turn: GroupConversation, newcomers: Sequence[ContactRecord]) -> None:
    """Owe newcomers what they are given of what was written before, as the user has set it."""
    group = turn.group
    if not group.history or not newcomers:
        return
    number = turn.conversation.conversation
    since = turn.now - group.history_days * DAY_MS
    for messages in _chunks(list(_shared(turn, turn.unit.history.to_share(number, since, group.history)))):
        part = encode(GroupHistory(turn.randomness.token(SHORT_ID_BYTES), None, messages))
        action = UnsealedMessage(turn.id_of(turn.now, part), turn.now, part)
        turn.unit.own_actions.add(number, action, SHARED)
        turn.owe_to(newcomers, action.id)


def _shared(turn: GroupConversation, records: Sequence[MessageRecord]) -> Iterator[SharedMessage]:
    """Give messages as they are shared, the newest first, as far as there is room and their authors are in."""
    state, room = turn.log.state, HISTORY_BYTES
    for record in records:
        contact = None if record.author is None else turn.unit.contacts.by_contact(record.author)
        author = turn.show.own_identity if record.outgoing else None if contact is None else contact.identity_key
        if author is None or state.member(author) is None:
            continue
        part = turn.unit.messages.part_of(record.position)
        if message_id(turn.conversation.id, author, record.said_at, part) != record.id:
            # Said under the id of an earlier group, which the newcomer has never been in.
            continue
        shown = turn.unit.edits.highest(record.conversation, record.id)
        wording = None if shown is None else SharedWording(shown.said_at, shown.part)
        size = len(part) + (0 if shown is None else len(shown.part))
        if size > LARGEST:
            continue
        room -= size
        if room < 0:
            return
        yield SharedMessage(author, record.said_at, part, wording)


def _chunks(newest_first: list[SharedMessage]) -> Iterator[tuple[SharedMessage, ...]]:
    """Give messages in contents, the oldest first, each of which fits into one envelope."""
    some: list[SharedMessage] = []
    size = 0
    for shared in reversed(newest_first):
        added = len(shared.part) + (0 if shared.wording is None else len(shared.wording.part))
        if some and (len(some) == HISTORY_IN_CONTENT or size + added > CHUNK_BYTES):
            yield tuple(some)
            some, size = [], 0
        some.append(shared)
        size += added
    if some:
        yield tuple(some)


# Being given.


def take_history(turn: FellowTransaction, said: GroupHistory, route: Route) -> None:
    """Show what whoever has let us in gives us of what was written before; of anybody else it is passed over."""
    own = turn.log.state.member(turn.show.own_identity)
    let_in = None if own is None else turn.log.entry(EntryHash(own.grants[0].entry))
    if let_in is None or let_in.author != turn.contact.identity_key or not isinstance(let_in.change, AddMember):
        # Before those who begin a group, or go on with it, there was nothing that they could not have seen.
        return
    taken = sum(_take(turn, shared, route) for shared in said.messages)
    if taken:
        label, conversation = turn.label, turn.conversation.id
        turn.tell(events.HistoryShared(label, conversation, turn.contact.name, taken))
        turn.conversation_changed()


def _take(turn: FellowTransaction, shared: SharedMessage, route: Route) -> bool:
    """Keep a message that is not known here, of somebody who is in; tells whether it is kept."""
    unit, conversation = turn.unit, turn.conversation
    author = turn.contact_of(IdentityKey(shared.author))
    text = _read(shared.part, Text)
    if author is None or author.blocked or text is None or text.timer is not None:
        return False
    if turn.log.state.member(author.identity_key) is None:
        return False
    message = message_id(conversation.id, author.identity_key, shared.sent_at, shared.part)
    if unit.messages.has_come(message, conversation.conversation):
        return False
    place = unit.groups.next_place(turn.group.log)
    if place is None:
        return False
    fold = turn.fold()
    kept = SharedRecord(
        id=message,
        conversation=conversation.conversation,
        author=author.contact,
        shared_by=turn.contact.contact,
        text=text.text,
        said_at=shared.sent_at,
        part=shared.part,
        route=route,
        fields=fields_of(text, fold.own),
    )
    unit.new_messages.add_shared(kept, place, turn.now)
    message_came(fold, message)
    _take_wording(turn, fold, shared, author, message)
    hide_what_came(turn, message)
    follow(turn, fold, message)
    if text.whole is not None:
        turn.then(MoveFiles())
    return True


def _take_wording(
    turn: FellowTransaction, fold: Fold, shared: SharedMessage, author: ContactRecord, message: MessageId
) -> None:
    """Show the wording that came along, if it is one of this message; it owes nobody a receipt."""
    wording = shared.wording
    edit = None if wording is None else _read(wording.part, Edit)
    if wording is None or edit is None or edit.target != message or edit.timer is not None:
        return
    name = message_id(turn.conversation.id, author.identity_key, wording.sent_at, wording.part)
    take_action(fold, Action(name, author.contact, None, wording.sent_at, wording.part))


def _read(part: bytes, kind: type[P]) -> P | None:
    """Read a part of a kind; None for what is malformed, or another one."""
    try:
        read = read_part(part, chained=True)
    except ProtocolError:
        return None
    return read if isinstance(read, kind) else None
