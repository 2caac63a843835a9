"""Received contents: each kind is taken by its own rules.

What is chained takes its place, what is about a message is folded in, and what is of a group counts where its log says
so.
"""

import logging

from babilu.engine.conversation.chain_places import (
    ReceivedContent,
    chain_of,
    judge_place,
    keep_place,
    take_gone,
    take_place,
    take_place_again,
)
from babilu.engine.conversation.contents.fold import Action
from babilu.engine.conversation.contents.taking import kind_of, receipt_waits, take_action
from babilu.engine.conversation.contents.text import fields_of
from babilu.engine.conversation.effects import MessageCame
from babilu.engine.conversation.file_requests import take_want
from babilu.engine.conversation.folding import follow
from babilu.engine.conversation.groups.asking import answer_want
from babilu.engine.conversation.groups.group_receiving import HeldForGroupError, enter_group
from babilu.engine.conversation.groups.history import take_history
from babilu.engine.conversation.groups.joining import take_ask, take_link
from babilu.engine.conversation.ordering import named_by, place_message, show_in_order
from babilu.engine.conversation.received_receipts import owe_receipt, take_receipts
from babilu.engine.conversation.repair import answer_retry, take_settled
from babilu.engine.conversation.siblings import in_conversation
from babilu.engine.conversation.sync import take_sync
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.kernel.ids import ConversationId, MessageId
from babilu.kernel.limits import DAY_MS
from babilu.kernel.states import MessageState
from babilu.session.chain import AfterHole, Late
from babilu.session.envelope import UnsealedEnvelope
from babilu.store.delivery_records import InboxRecord
from babilu.store.message_records import BufferedMessage
from babilu.wire.content import UnknownPart
from babilu.wire.delivery_parts import Delivered, FileRequest, Gone, Read, RetryRequest, Settled
from babilu.wire.device_parts import Sync
from babilu.wire.group_parts import GroupAsk, GroupEntries, GroupHistory, GroupLink, GroupWant
from babilu.wire.message_parts import Text
from babilu.wire.part_base import PARTS_VERSION

log = logging.getLogger(__name__)

OLDEST_MS = 60 * DAY_MS
"""A sending time further back than this is not believed."""


def take_from_sibling(
    transaction: ConversationTransaction, row: InboxRecord, opened: UnsealedEnvelope, said: "ReceivedContent"
) -> None:
    """Take what an own other device says, in the conversation with a contact where it said it there.

    Raises:
        HeldForGroupError: That contact is not known here, or not by that identity: it is set aside until they are.
    """
    there = in_conversation(transaction, ConversationId(said.content.conversation))
    if there is None:
        raise HeldForGroupError(said.sender)
    take_content(there, row, opened, said)
    if there is not transaction:
        show_in_order(there)


def take_content(
    transaction: ConversationTransaction, row: InboxRecord, opened: UnsealedEnvelope, said: ReceivedContent
) -> None:
    """Take what counts between two, or what a group lets everybody say."""
    sender, action = said.sender, kind_of(said.part)
    match said.part:
        case part if action is not None:
            _take_action(transaction, row, said, action.target(part))
        case Text(text=text):
            _take_message(transaction, row, said, text)
        case UnknownPart(fallback=fallback) if said.content.link is not None:
            _take_message(transaction, row, said, fallback, PARTS_VERSION)
        case Delivered(messages):
            take_receipts(transaction, sender, messages, MessageState.DELIVERED, row.route)
        case Read(messages):
            take_receipts(transaction, sender, messages, MessageState.READ, row.route)
        case RetryRequest(envelopes):
            answer_retry(transaction, sender, opened.body.session, envelopes)
        case Settled(envelopes):
            take_settled(transaction, sender, envelopes)
        case FileRequest(message, index):
            take_want(transaction, MessageId(message), index)
        case GroupAsk() | GroupWant():
            _take_about_group(transaction, row, said)
        case Sync():
            _take_sync(transaction, row, said, said.part)
        case Gone(message, counter, content_hash):
            take_gone(transaction, said, MessageId(message), counter, content_hash)
        case _:
            log.info("a content of no effect here was received")


def _take_sync(transaction: ConversationTransaction, row: InboxRecord, said: ReceivedContent, part: Sync) -> None:
    """Take what an own other device tells in the notes; nobody else has anything to tell like that."""
    if transaction.contact.is_oneself and transaction.conversation.id == transaction.between:
        if take_place(transaction, row, said):
            take_sync(transaction, part)
        owe_receipt(transaction, row, said, waits=False)
    else:
        judge_place(transaction, said)


def _take_about_group(transaction: ConversationTransaction, row: InboxRecord, said: ReceivedContent) -> None:
    """Take what is said about a group between two, as one of them is not in it or lacks what it is."""
    if isinstance(said.part, GroupWant):
        answer_want(transaction, transaction.logs, said.part)
    elif isinstance(said.part, GroupAsk):
        if take_place(transaction, row, said):
            take_ask(transaction, said.part)
        owe_receipt(transaction, row, said, waits=False)


def take_in_group(
    transaction: ConversationTransaction, row: InboxRecord, opened: UnsealedEnvelope, said: ReceivedContent
) -> None:
    """Take what counts in a group; what needs a role is an entry of its log, and said otherwise does nothing."""
    fellow = enter_group(transaction, transaction.logs, row, said.sender, said.content, said.part)
    if fellow is None:
        # It does not count, and holds up nothing behind it.
        judge_place(transaction, said)
        if isinstance(said.part, GroupEntries):
            # An invitation that nobody is shown has come all the same: its author is not to repeat it.
            owe_receipt(transaction, row, said, waits=False)
        return
    kind = kind_of(said.part)
    if isinstance(said.part, GroupEntries | GroupAsk) or (kind is not None and not kind.in_groups):
        verdict = judge_place(fellow, said)
        if isinstance(verdict, AfterHole):
            keep_place(fellow, row, said, verdict)
        owe_receipt(fellow, row, said, waits=False)
    elif isinstance(said.part, GroupLink | GroupHistory):
        if take_place(fellow, row, said):
            if isinstance(said.part, GroupLink):
                take_link(fellow, said.part)
            else:
                take_history(fellow, said.part, row.route)
        owe_receipt(fellow, row, said, waits=False)
    else:
        take_content(fellow, row, opened, said)
    show_in_order(fellow)


def _take_message(
    transaction: ConversationTransaction,
    row: InboxRecord,
    said: ReceivedContent,
    text: str | None,
    not_understood: int | None = None,
) -> None:
    """Take what has a place in the chain, also where only a newer version understands it: its bytes are kept."""
    content, contact, message = said.content, transaction.contact, said.message
    conversation, fold = transaction.conversation.conversation, transaction.fold()
    known = transaction.unit.messages.has_come(message, conversation)
    waits = False
    if content.link is not None and known:
        take_place_again(transaction, said)
        waits = transaction.unit.waiting_actions.waits(conversation, message)
    elif content.link is not None:
        verdict = judge_place(transaction, said)
        transaction.then(MessageCame(contact, said.sender, content.sent_at, transaction.conversation.id))
        place_message(
            transaction,
            BufferedMessage(
                conversation=conversation,
                author=contact.contact,
                device=said.sender,
                chain=chain_of(transaction, said),
                counter=content.link.counter,
                id=message,
                text=text,
                sent_at=_believable(content.sent_at, row.stored_at, transaction.now),
                said_at=content.sent_at,
                part=content.part,
                route=row.route,
                first=transaction.is_stranger and not transaction.unit.messages.has_texts(conversation),
                missing_from=verdict.first if isinstance(verdict, AfterHole) else 0,
                release_at=0,
                not_understood=not_understood,
                fields=fields_of(said.part, named_by(fold, contact.contact)) if isinstance(said.part, Text) else None,
            ),
            late=isinstance(verdict, Late),
        )
        if isinstance(said.part, Text):
            waits = receipt_waits(fold, message, contact.contact, said.sender, said.part)
            follow(transaction, fold)
    owe_receipt(transaction, row, said, waits=waits)


def _take_action(
    transaction: ConversationTransaction, row: InboxRecord, said: ReceivedContent, target: MessageId | None
) -> None:
    """Take what was said about a message or the conversation, at once: its place in the chain holds nobody up."""
    content, contact, message = said.content, transaction.contact, said.message
    unit, conversation = transaction.unit, transaction.conversation.conversation
    if take_place(transaction, row, said):
        if target is not None and unit.held_back.has(target, conversation):
            # It waits in this transaction only: a deletion is not to be kept waiting by a hole.
            unit.held_back.release(target, conversation, transaction.now)
        fold = transaction.fold()
        take_action(fold, Action(message, contact.contact, said.sender, content.sent_at, content.part))
        follow(transaction, fold)
    owe_receipt(transaction, row, said, waits=unit.waiting_actions.waits(conversation, message))


def _believable(sent_at: int, stored_at: int, now: int) -> int:
    """Return when a message was sent, as far as its sender's and the relay's clocks can be believed."""
    latest = stored_at if now - OLDEST_MS <= stored_at <= now else now
    return sent_at if latest - OLDEST_MS <= sent_at <= latest else latest
