"""Received contents, and their places in the chains of the devices that sent them.

A place is what shows that nothing in front of it is missing: also what is no message, what is known already and what
is dropped has one.
"""

import logging
from dataclasses import dataclass

from babilu.engine.conversation.contents.taking import message_came
from babilu.engine.conversation.folding import follow
from babilu.engine.conversation.gaps import fill_gap
from babilu.engine.conversation.ordering import place_message
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import ConversationId, DeviceId, IdentityKey, MessageId
from babilu.session.chain import AfterHole, Alarm, InOrder, Late, Verdict, pass_gone, pass_over, receive
from babilu.store.chains import former_chain
from babilu.store.delivery_records import InboxRecord
from babilu.store.message_records import BufferedMessage
from babilu.wire.content import Content, ContentPart, UnknownPart

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReceivedContent:
    """A content that was read, and what is known of it beside its fields.

    Attributes:
        sender: The device that wrote it.
        author: Its person.
        recipient: The own device, present or former, that it was made for.
        content: Its fields.
        part: What it says.
        clear: Its exact bytes.
        message: The id of the message that it is.
    """

    sender: DeviceId
    author: IdentityKey
    recipient: DeviceId
    content: Content
    part: ContentPart | UnknownPart
    clear: bytes
    message: MessageId


def take_place(transaction: ConversationTransaction, row: InboxRecord, said: ReceivedContent) -> bool:
    """Give what is no message its place in the chain; tells whether it is new, and by the identity in force."""
    seen, conversation = transaction.unit.waiting_actions, transaction.conversation.conversation
    if seen.was_seen(conversation, said.message):
        take_place_again(transaction, said)
        return False
    verdict = judge_place(transaction, said)
    seen.note_seen(conversation, transaction.contact.contact, said.message)
    if isinstance(verdict, AfterHole):
        keep_place(transaction, row, said, verdict)
    return said.author == transaction.contact.identity_key


def keep_place(
    transaction: ConversationTransaction, row: InboxRecord, said: ReceivedContent, verdict: AfterHole
) -> None:
    """Have what comes behind an action wait for what is missing in front of it."""
    link = said.content.link
    if link is not None:
        place_message(
            transaction,
            BufferedMessage(
                conversation=transaction.conversation.conversation,
                author=transaction.contact.contact,
                device=said.sender,
                chain=chain_of(transaction, said),
                counter=link.counter,
                id=said.message,
                text=None,
                sent_at=transaction.now,
                said_at=said.content.sent_at,
                part=b"",
                route=row.route,
                first=False,
                missing_from=verdict.first,
                release_at=0,
            ),
            late=False,
        )


def leave_place_open(transaction: ConversationTransaction, said: ReceivedContent) -> None:
    """Leave the place of a dropped content open: the sender may repeat it once they are not blocked any more."""
    link = said.content.link
    if link is not None:
        conversation = chain_of(transaction, said)
        present = transaction.unit.chains.received(said.sender, conversation)
        transaction.unit.chains.set_received(said.sender, conversation, pass_over(present, link.counter, said.clear))


def chain_of(transaction: ConversationTransaction, said: ReceivedContent) -> ConversationId:
    """Name the chain that a content has its place in: what was sent to a former own device has one of its own."""
    conversation = ConversationId(said.content.conversation)
    if said.recipient == transaction.encryption.own.device:
        return conversation
    return former_chain(said.recipient, conversation)


def judge_place(transaction: ConversationTransaction, said: ReceivedContent) -> Verdict:
    link = said.content.link
    if link is None:
        return InOrder()
    conversation = chain_of(transaction, said)
    present = transaction.unit.chains.received(said.sender, conversation)
    chain, verdict = receive(present, link.counter, link.previous, said.clear)
    transaction.unit.chains.set_received(said.sender, conversation, chain)
    if isinstance(verdict, Alarm):
        log.info("a chain of contents is contradictory: %s", verdict.reason.value)
        transaction.alarm(AlarmKind.CHAIN_BROKEN, ErrorCode.CONFLICT)
    if isinstance(verdict, Late):
        waiting = transaction.unit.held_back.waiting(transaction.conversation.conversation, said.sender, conversation)
        # What others wait for was not called missing yet.
        if waiting is None or link.counter < waiting[1]:
            fill_gap(transaction)
    return verdict


def take_place_again(transaction: ConversationTransaction, said: ReceivedContent) -> None:
    """Give a message that is known already its place in the chain of the device that sends it once more.

    A device in the place of another one repeats what has no receipt yet. Without their places in its chain, what it
    writes next would wait for messages that are there. A repetition in the same chain has its place.
    """
    link = said.content.link
    if link is None:
        return
    conversation = chain_of(transaction, said)
    present = transaction.unit.chains.received(said.sender, conversation)
    chain, verdict = receive(present, link.counter, link.previous, said.clear)
    if isinstance(verdict, InOrder | Late):
        transaction.unit.chains.set_received(said.sender, conversation, chain)


def take_gone(
    transaction: ConversationTransaction, said: ReceivedContent, message: MessageId, counter: int, content_hash: bytes
) -> None:
    """Wait no longer for a content that its author has deleted; its id is known from now on."""
    conversation = chain_of(transaction, said)
    present = transaction.unit.chains.received(said.sender, conversation)
    chain = pass_gone(present, counter, content_hash)
    if chain == present:
        return
    transaction.unit.chains.set_received(said.sender, conversation, chain)
    transaction.unit.messages.note_gone(message, transaction.conversation.conversation)
    fold = transaction.fold()
    message_came(fold, message)
    follow(transaction, fold)
