"""Receiving of one envelope inside a turn: decrypt, check, keep what it says, and finish its row.

Either all of it happens or the row goes to quarantine with the ratchet as it was; an envelope is never half received.
"""

import logging

from babilu.engine.conversation.chain_places import ReceivedContent, leave_place_open
from babilu.engine.conversation.departed_devices import departed_peer
from babilu.engine.conversation.gaps import tell_missing
from babilu.engine.conversation.groups.group_receiving import is_of_group
from babilu.engine.conversation.received_contents import take_content, take_from_sibling, take_in_group
from babilu.engine.conversation.repair import waits_for_repair
from babilu.engine.conversation.sender_devices import (
    came_after_claim,
    check_sender,
    compare_account,
    find_peer,
    judge_stranger,
    listed_device_spoke,
    newly_listed_peer,
)
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.trust import CLAIMED, known_identity_spoke
from babilu.kernel.errors import CryptoError, ErrorCode, ProtocolError
from babilu.kernel.ids import ConversationId, EnvelopeId, conversation_id, message_id
from babilu.session.envelope import UnsealedEnvelope
from babilu.session.sessions import PeerDevice, decrypt
from babilu.store.budgets import Purse
from babilu.store.delivery_records import InboxRecord
from babilu.store.inbox import is_judged_again
from babilu.wire.content_reading import decode_content
from babilu.wire.delivery_parts import Again, Delivered, Read
from babilu.wire.group_parts import GroupEntries

log = logging.getLogger(__name__)


OVER_BUDGET = "over_budget"
"""Reason why an envelope was dropped that its sender may not have opened today."""


_COUNT_OF_BLOCKED = (GroupEntries, Delivered, Read)
"""What counts though whoever says it is blocked: entries of groups, else one's log differs from others', and receipts,
else what is said in a group with them would never have come everywhere."""


def receive_envelope(transaction: ConversationTransaction, row: InboxRecord, purse: Purse) -> None:
    """Judge ``row`` and finish it, drop it or set it aside; sessions that are begun are paid for from ``purse``."""
    try:
        opened = transaction.encryption.opened.take(row)
    except (CryptoError, ProtocolError):
        transaction.unit.inbox.drop(row.row, "bad_seal")
        return
    if row.device is not None and opened.sender != row.device:
        transaction.unit.inbox.drop(row.row, "wrong_device")
        return
    listed = find_peer(transaction, opened) or newly_listed_peer(transaction, opened)
    peer = listed or departed_peer(transaction, row, opened)
    if peer is None or (listed is not None and peer.identity_key != transaction.contact.identity_key):
        _judge_another(transaction, row, opened, peer)
        return
    clear = _decrypt(transaction, row, peer, opened, purse, may_repeat=listed is not None)
    if clear is None:
        return
    if listed is None:
        # A session that began with this very message sends no more than the others do.
        transaction.unit.sessions.stop_sending(opened.sender, transaction.now)
    elif peer.identity_key == transaction.contact.identity_key and came_after_claim(transaction, row):
        known_identity_spoke(transaction)
    # The ratchet has advanced: whatever the content turns out to be, this envelope is finished.
    transaction.unit.inbox.finish(row.row, row.envelope, transaction.now)
    said = _read_or_refuse(transaction, peer, opened, clear)
    if said is None:
        return
    compare_account(transaction, row, opened)
    if transaction.contact.blocked and not isinstance(said.part, _COUNT_OF_BLOCKED):
        leave_place_open(transaction, said)
        return
    if listed is not None and peer.identity_key == transaction.contact.identity_key:
        listed_device_spoke(transaction, opened, said.content)
    if is_of_group(said.content, said.part):
        take_in_group(transaction, row, opened, said)
    elif transaction.contact.is_oneself:
        take_from_sibling(transaction, row, opened, said)
    else:
        take_content(transaction, row, opened, said)


def _read_or_refuse(
    transaction: ConversationTransaction, peer: PeerDevice, opened: UnsealedEnvelope, clear: bytes
) -> "ReceivedContent | None":
    """Read a content, also one that is repeated in an envelope of another; None where it makes no sense."""
    try:
        said = _read(transaction, peer, opened, clear)
    except ProtocolError as error:
        log.info("a content was refused: %s", error.code.value)
        return None
    return _take_again(transaction, peer, opened, said.part) if isinstance(said.part, Again) else said


def _decrypt(
    transaction: ConversationTransaction,
    row: InboxRecord,
    peer: PeerDevice,
    opened: UnsealedEnvelope,
    purse: Purse,
    *,
    may_repeat: bool,
) -> bytes | None:
    """Decrypt an envelope; None where that cannot be: it is set aside for repair, or told of if nobody repeats it."""
    authentic = check_sender(transaction, opened, peer)
    if authentic is None:
        transaction.unit.inbox.drop(row.row, "bad_sender")
        return None
    if _begins_session(transaction, opened) and not (is_judged_again(row) or purse.begin_session()):
        transaction.unit.inbox.drop(row.row, OVER_BUDGET)
        return None
    try:
        own = transaction.encryption.own
        return decrypt(transaction.unit.sessions, own, authentic, transaction.now, transaction.randomness)
    except CryptoError as error:
        log.info("an envelope could not be decrypted: %s", error.code.value)
        if may_repeat and opened.recipient == transaction.encryption.own.device:
            transaction.unit.inbox.quarantine(row.row, error.code.value, transaction.now, opened.sender)
            waits_for_repair(transaction, opened.sender)
        else:
            transaction.unit.inbox.drop(row.row, "device_gone")
            tell_missing(transaction, 1)
        return None


def _judge_another(
    transaction: ConversationTransaction, row: InboxRecord, opened: UnsealedEnvelope, peer: PeerDevice | None
) -> None:
    """Judge an envelope that no device of the contact has sent: a claimed identity's, or a stranger's (None)."""
    if peer is None:
        judge_stranger(transaction, row, opened)
    else:
        _hold_claimed(transaction, row, peer, opened)


def _hold_claimed(
    transaction: ConversationTransaction, row: InboxRecord, peer: PeerDevice, opened: UnsealedEnvelope
) -> None:
    """Set aside, unopened, what an identity sends that is only claimed to be the contact's, until the user decides.

    Shown before, it would stand in the conversation as the contact's own, also after the claim has fallen away.
    """
    if check_sender(transaction, opened, peer) is None:
        transaction.unit.inbox.drop(row.row, "bad_sender")
        return
    if transaction.contact.blocked:
        transaction.unit.inbox.drop(row.row, "blocked")
    else:
        transaction.unit.inbox.quarantine(row.row, CLAIMED, transaction.now, opened.sender)


def _begins_session(transaction: ConversationTransaction, opened: UnsealedEnvelope) -> bool:
    """Tell whether an envelope would begin a session that is not known here."""
    initial = opened.body.initial
    return initial is not None and not transaction.unit.sessions.has_handshake(
        opened.sender, initial.handshake.ephemeral
    )


def _take_again(
    transaction: ConversationTransaction, peer: PeerDevice, opened: UnsealedEnvelope, part: Again
) -> "ReceivedContent | None":
    """Open the content that an undecryptable envelope held; None where it makes no sense."""
    transaction.unit.inbox.repaired(EnvelopeId(part.envelope), transaction.contact.contact, transaction.now)
    try:
        said = _read(transaction, peer, opened, part.content)
    except ProtocolError as error:
        log.info("a repeated content was refused: %s", error.code.value)
        return None
    return None if isinstance(said.part, Again) else said


def _read(
    transaction: ConversationTransaction, peer: PeerDevice, opened: UnsealedEnvelope, clear: bytes
) -> ReceivedContent:
    """Read a content; who wrote it for whom is what the session says.

    Raises:
        ProtocolError: As `decode_content`, and ``not_allowed`` for another conversation than that of the two.
    """
    content, part = decode_content(clear)
    own = transaction.encryption.own.as_recipient(opened)
    # An own other device says what is said in any conversation of one's own.
    if not transaction.contact.is_oneself:
        between = conversation_id(own.identity_key, peer.identity_key)
        if (content.conversation != between) is not is_of_group(content, part):
            raise ProtocolError(ErrorCode.NOT_ALLOWED, "A content is addressed to another conversation.")
    conversation = ConversationId(content.conversation)
    message = message_id(conversation, peer.identity_key, content.sent_at, content.part)
    return ReceivedContent(opened.sender, peer.identity_key, own.device, content, part, clear, message)
