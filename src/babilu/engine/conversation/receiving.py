"""Judges one arrived envelope inside a conversation's turn: decrypt, check, keep what it says, and finish its row.

Either all of it happens or the row goes to quarantine with the ratchet as it was; an envelope is never half received.
"""

import logging

from babilu.api import events
from babilu.engine.conversation.chain_places import (
    ReceivedContent,
    chain_of,
    judge_place,
    keep_place,
    leave_place_open,
    take_gone,
    take_place,
    take_place_again,
)
from babilu.engine.conversation.contents.fold import Action
from babilu.engine.conversation.contents.taking import kind_of, receipt_waits, take_action
from babilu.engine.conversation.contents.text import fields_of
from babilu.engine.conversation.departed_devices import departed_peer
from babilu.engine.conversation.device_lists import take_list
from babilu.engine.conversation.effects import MessageCame, RequestList, Sweep
from babilu.engine.conversation.encryption import devices_in_force, known_mark
from babilu.engine.conversation.file_requests import take_want
from babilu.engine.conversation.folding import follow
from babilu.engine.conversation.gaps import tell_missing
from babilu.engine.conversation.groups.asking import answer_want, ask_where_due, note_whether_more_is_known
from babilu.engine.conversation.groups.fellow import fellows_of
from babilu.engine.conversation.groups.group_receiving import HeldForGroupError, enter_group, is_of_group
from babilu.engine.conversation.groups.history import take_history
from babilu.engine.conversation.groups.joining import take_ask, take_link
from babilu.engine.conversation.ordering import named_by, place_message, show_in_order
from babilu.engine.conversation.own_list import LIST_PATIENCE_MS, own_list_named
from babilu.engine.conversation.received_receipts import owe_receipt, take_receipts
from babilu.engine.conversation.repair import answer_retry, take_settled, waits_for_repair
from babilu.engine.conversation.siblings import in_conversation
from babilu.engine.conversation.sync import take_sync
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.trust import CLAIMED, known_identity_spoke
from babilu.engine.conversation.turn import is_fault_of_disk
from babilu.engine.runtime.own_devices import note_seen
from babilu.identity.device_list import decode_device_list, verify_device_list
from babilu.identity.shapes import DeviceListBody
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import CryptoError, ErrorCode, ProtocolError
from babilu.kernel.ids import ConversationId, EnvelopeId, IdentityKey, MessageId, conversation_id, message_id
from babilu.kernel.limits import DAY_MS
from babilu.kernel.states import MessageState, Route
from babilu.session.chain import AfterHole, Late
from babilu.session.envelope import UnsealedEnvelope
from babilu.session.sessions import AuthenticEnvelope, PeerDevice, authenticate, decrypt
from babilu.store.budgets import Purse
from babilu.store.delivery_records import InboxRecord
from babilu.store.inbox import HELD_FOR_GROUP, NotInInboxError
from babilu.store.message_records import BufferedMessage
from babilu.wire.content import (
    PARTS_VERSION,
    Again,
    Content,
    Delivered,
    FileRequest,
    Gone,
    GroupAsk,
    GroupEntries,
    GroupHistory,
    GroupLink,
    GroupWant,
    Read,
    RetryRequest,
    Settled,
    Sync,
    Text,
    UnknownPart,
    decode_content,
)

log = logging.getLogger(__name__)


RECEIVE_MS = 20
"""Time for which a turn takes in what waits, before it lets others write."""


READ_AT_ONCE = 16
"""Envelopes that are read into memory together."""


OVER_BUDGET = "over_budget"
"""Reason why an envelope was dropped that its sender may not have opened today."""


_COUNT_OF_BLOCKED = (GroupEntries, Delivered, Read)
"""What counts though whoever says it is blocked: entries of groups, else one's log differs from others', and receipts,
else what is said in a group with them would never have come everywhere."""


OLDEST_MS = 60 * DAY_MS
"""A sending time further back than this is not believed."""


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
    listed = _peer(transaction, opened) or _newly_listed(transaction, opened)
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
    elif peer.identity_key == transaction.contact.identity_key and _came_after_claim(transaction, row):
        known_identity_spoke(transaction)
    # The ratchet has advanced: whatever the content turns out to be, this envelope is finished.
    transaction.unit.inbox.finish(row.row, row.envelope, transaction.now)
    said = _read_or_refuse(transaction, peer, opened, clear)
    if said is None:
        return
    _compare_account(transaction, row, opened)
    if transaction.contact.blocked and not isinstance(said.part, _COUNT_OF_BLOCKED):
        leave_place_open(transaction, said)
        return
    if listed is not None and peer.identity_key == transaction.contact.identity_key:
        _listed_device_spoke(transaction, opened, said.content)
    if is_of_group(said.content, said.part):
        _take_in_group(transaction, row, opened, said)
    elif transaction.contact.is_oneself:
        _take_of_sibling(transaction, row, opened, said)
    else:
        _take(transaction, row, opened, said)


def _take_of_sibling(
    transaction: ConversationTransaction, row: InboxRecord, opened: UnsealedEnvelope, said: "ReceivedContent"
) -> None:
    """Take what an own other device says, in the conversation with a contact where it said it there.

    Raises:
        HeldForGroupError: That contact is not known here, or not by that identity: it is set aside until they are.
    """
    there = in_conversation(transaction, ConversationId(said.content.conversation))
    if there is None:
        raise HeldForGroupError(said.sender)
    _take(there, row, opened, said)
    if there is not transaction:
        show_in_order(there)


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
    authentic = _authentic(transaction, opened, peer)
    if authentic is None:
        transaction.unit.inbox.drop(row.row, "bad_sender")
        return None
    if _begins_session(transaction, opened) and not purse.begin_session():
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
        _judge_stranger(transaction, row, opened)
    else:
        _hold_claimed(transaction, row, peer, opened)


def _authentic(
    transaction: ConversationTransaction, opened: UnsealedEnvelope, peer: PeerDevice
) -> AuthenticEnvelope | None:
    """Return an envelope as that of a device; None where somebody else sealed it in the device's name."""
    try:
        return authenticate(transaction.encryption.own, peer, opened)
    except CryptoError:
        return None


def _hold_claimed(
    transaction: ConversationTransaction, row: InboxRecord, peer: PeerDevice, opened: UnsealedEnvelope
) -> None:
    """Set aside, unopened, what an identity sends that is only claimed to be the contact's, until the user decides.

    Shown before, it would stand in the conversation as the contact's own, also after the claim has fallen away.
    """
    if _authentic(transaction, opened, peer) is None:
        transaction.unit.inbox.drop(row.row, "bad_sender")
        return
    if transaction.contact.blocked:
        transaction.unit.inbox.drop(row.row, "blocked")
    else:
        transaction.unit.inbox.quarantine(row.row, CLAIMED, transaction.now, opened.sender)


def _came_after_claim(transaction: ConversationTransaction, row: InboxRecord) -> bool:
    """Tell whether an envelope is news of the identity in force; what the relay held before the claim is none."""
    pending = transaction.contact.pending
    return pending is not None and (row.route is Route.DIRECT or row.stored_at > pending.at)


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


def _compare_account(transaction: ConversationTransaction, row: InboxRecord, opened: UnsealedEnvelope) -> None:
    """Notice a contact whose messages come from another account than the one that the relay shows them under."""
    named = opened.account
    if (
        row.route is Route.RELAY
        and named is not None
        and transaction.contact.account
        and named != transaction.contact.account
    ):
        transaction.alarm(AlarmKind.ANOTHER_ACCOUNT, ErrorCode.ACCOUNT_MISMATCH)


def _listed_device_spoke(transaction: ConversationTransaction, opened: UnsealedEnvelope, content: Content) -> None:
    """Note when an own other device has last said something, and compare the lists that anybody names."""
    if transaction.contact.is_oneself:
        note_seen(transaction.unit, opened.sender, transaction.now)
    _compare_lists(transaction, content)


def _compare_lists(transaction: ConversationTransaction, content: Content) -> None:
    """Notice a relay that shows one of us an old device list, or the two of us different ones."""
    own_list_named(transaction, content.recipient_list)
    if transaction.contact.is_oneself:
        own_list_named(transaction, content.sender_list)
        return
    known = known_mark(transaction.contact)
    named = content.sender_list
    if named.version == known.version and named.list_hash != known.list_hash:
        transaction.alarm(AlarmKind.LISTS_DIFFER, ErrorCode.STALE_DEVICES)
    if named.version <= known.version:
        transaction.cache.newer_list = None
        return
    transaction.then(RequestList(transaction.contact))
    waiting = transaction.cache.newer_list
    if waiting is None or waiting[0] < named.version:
        transaction.cache.newer_list = (named.version, transaction.now)
    elif transaction.now - waiting[1] >= LIST_PATIENCE_MS:
        transaction.cache.newer_list = (named.version, transaction.now)
        transaction.alarm(AlarmKind.LIST_WITHHELD, ErrorCode.STALE_DEVICES)


def _peer(transaction: ConversationTransaction, opened: UnsealedEnvelope) -> PeerDevice | None:
    """Find the sending device among those of the contact, also of an identity that waits for approval.

    That one is judged by the list that the envelope brings: which of its lists is the newest concerns whoever sends to
    it, and nobody does before it is approved.
    """
    lists = [devices_in_force(transaction.contact)]
    if transaction.contact.pending is not None:
        lists.append(verify_device_list(decode_device_list(transaction.contact.pending.device_list)))
        lists += _claimed_list(opened, transaction.contact.pending.identity_key)
    for body in lists:
        for entry in body.devices:
            if entry.device == opened.sender:
                return PeerDevice(IdentityKey(body.identity_key), entry)
    return None


def _claimed_list(opened: UnsealedEnvelope, claimed: IdentityKey) -> list[DeviceListBody]:
    if opened.device_list is None:
        return []
    try:
        body = verify_device_list(opened.device_list)
    except (CryptoError, ProtocolError):
        return []
    return [body] if body.identity_key == claimed else []


def _newly_listed(transaction: ConversationTransaction, opened: UnsealedEnvelope) -> PeerDevice | None:
    """Find the sending device in the newer list that it brought along, which may be ahead of what the relay tells."""
    signed = opened.device_list
    if signed is None:
        return None
    try:
        body = verify_device_list(signed)
    except (CryptoError, ProtocolError):
        return None
    if (
        body.identity_key != transaction.contact.identity_key
        or body.version <= devices_in_force(transaction.contact).version
    ):
        return None
    take_list(transaction, signed, settles=False)
    return _peer(transaction, opened)


def _judge_stranger(transaction: ConversationTransaction, row: InboxRecord, opened: UnsealedEnvelope) -> None:
    """Drop what comes from a device that is not listed, unless another person may have taken over the account."""
    if row.reason == CLAIMED:
        # It was authentic, but the user has approved another identity than its sender's.
        transaction.unit.inbox.drop(row.row, "device_gone")
        tell_missing(transaction, 1)
        return
    if row.route is Route.RELAY and opened.device_list is not None:
        body = verify_device_list(opened.device_list)
        if body.identity_key != transaction.contact.identity_key:
            # The relay vouched for a new identity that this conversation has not heard of yet, or the user has
            # approved another one meanwhile: the dispatcher finds out which.
            transaction.unit.inbox.unassign(row.row)
            transaction.then(Sweep())
            return
    transaction.unit.inbox.drop(row.row, "unknown_device")
    departed = transaction.unit.departed.find(opened.sender)
    peer = None if departed is None else PeerDevice(departed.identity_key, departed.entry)
    if peer is not None and _authentic(transaction, opened, peer) is not None:
        tell_missing(transaction, 1)
        if opened.device_list is not None:
            # Sent after the device had left, by a list that is over.
            transaction.alarm(AlarmKind.LIST_ROLLED_BACK, ErrorCode.ROLLED_BACK)


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


def _take(
    transaction: ConversationTransaction, row: InboxRecord, opened: UnsealedEnvelope, said: ReceivedContent
) -> None:
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


def _take_in_group(
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
        _take(fellow, row, opened, said)
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
    """Tell whether an envelope is paid for; else it is dropped, and once a day that is told."""
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
