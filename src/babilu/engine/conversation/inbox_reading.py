"""Inbox of a conversation: a turn reads a little of what waits; what comes while nothing waits is read at once."""

import logging

from babilu.api import events
from babilu.engine.conversation.groups.asking import ask_where_due, note_whether_more_is_known
from babilu.engine.conversation.groups.fellow import fellows_of
from babilu.engine.conversation.groups.group_receiving import HeldForGroupError
from babilu.engine.conversation.ordering import show_in_order
from babilu.engine.conversation.receiving import OVER_BUDGET, receive_envelope
from babilu.engine.conversation.siblings import in_conversation
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.turn import is_fault_of_disk
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import ErrorCode
from babilu.store.budgets import Purse
from babilu.store.delivery_records import InboxRecord
from babilu.store.inbox import HELD_FOR_GROUP, NotInInboxError, is_judged_again

log = logging.getLogger(__name__)

RECEIVE_MS = 20
"""Time for which a turn takes in what waits, before it lets others write."""

READ_AT_ONCE = 16
"""Envelopes that are read into memory together."""


def receive_waiting(transaction: ConversationTransaction) -> bool:
    """Judge the envelopes that wait for this conversation, in order, for `RECEIVE_MS`; True where more are waiting.

    At least one is judged. A defect met with one sets that envelope aside and stops none behind it. What a contact may
    not have opened today is dropped unopened.
    """
    until = transaction.elapsed_ms() + RECEIVE_MS
    rows = transaction.unit.inbox.next_for(transaction.contact.contact, READ_AT_ONCE)
    if rows:
        purse = _purse(transaction)
        while rows:
            row = rows.pop(0)
            _receive_alone(transaction, row, purse)
            if transaction.elapsed_ms() >= until:
                rows = transaction.unit.inbox.next_for(transaction.contact.contact, 1)
                break
            rows = rows or transaction.unit.inbox.next_for(transaction.contact.contact, READ_AT_ONCE, row.row)
        transaction.unit.budgets.keep(purse)
    _show_what_waited(transaction)
    ask_where_due(transaction)
    return bool(rows)


def _show_what_waited(transaction: ConversationTransaction) -> None:
    """Show what waits for nothing any more, in whatever conversation; see `show_in_order`."""
    waiting = transaction.unit.held_back.conversations_of(transaction.contact.contact)
    if transaction.conversation.conversation in waiting:
        show_in_order(transaction)
    for fellow in fellows_of(transaction, waiting):
        show_in_order(fellow)
    if transaction.contact.is_oneself:
        for number in waiting:
            record = transaction.unit.conversations.by_number(number)
            there = None if record is None or record.contact is None else in_conversation(transaction, record.id)
            if there is not None:
                show_in_order(there)


def receive_passing(transaction: ConversationTransaction, row: InboxRecord) -> None:
    """Judge an envelope as it comes, which is in no row of the inbox: it is finished or dropped here.

    Raises:
        NotInInboxError: It is to be set aside; the turn is to be undone, and the envelope kept before it is judged.
    """
    purse = _purse(transaction)
    if _may_be_opened(transaction, row, purse):
        try:
            receive_envelope(transaction, row, purse)
        except HeldForGroupError as held:
            raise NotInInboxError from held
    transaction.unit.budgets.keep(purse)
    _show_what_waited(transaction)


def _purse(transaction: ConversationTransaction) -> Purse:
    accepted = not (transaction.contact.is_stranger or transaction.contact.blocked)
    return transaction.unit.budgets.purse(transaction.contact.contact, transaction.now, accepted=accepted)


def _may_be_opened(transaction: ConversationTransaction, row: InboxRecord, purse: Purse) -> bool:
    """Tell whether an envelope is paid for; else it is dropped, and once a day that is told.

    How often it is judged again follows from what others write in the group: that costs its sender nothing more.
    """
    if is_judged_again(row):
        return True
    if not purse.spend(len(row.envelope_bytes)):
        transaction.unit.inbox.drop(row.row, OVER_BUDGET)
        if purse.accepted and not purse.refused:
            purse.refused = True
            transaction.alarm(AlarmKind.TOO_MUCH, ErrorCode.QUOTA)
        elif purse.crowd_is_over(len(row.envelope_bytes)) and not (purse.crowd_refused or transaction.contact.blocked):
            purse.crowd_refused = True
            transaction.tell(events.AlarmRaised(AlarmKind.STRANGERS_REFUSED, None, ErrorCode.QUOTA.value))
        return False
    return True


def _receive_alone(transaction: ConversationTransaction, row: InboxRecord, purse: Purse) -> None:
    if not _may_be_opened(transaction, row, purse):
        return
    try:
        with transaction.part():
            receive_envelope(transaction, row, purse)
    except HeldForGroupError as held:
        # Undone with the step of the ratchet: it is opened again once the group is known.
        transaction.unit.inbox.quarantine(row.row, HELD_FOR_GROUP, transaction.now, held.sender)
        if held.group is not None:
            note_whether_more_is_known(transaction, held.group, more=True)
    except Exception as error:
        if is_fault_of_disk(error):
            raise
        log.exception("an envelope met a defect")
        transaction.unit.inbox.quarantine(row.row, ErrorCode.INTERNAL.value, transaction.now)
