"""Sealing of what is owed to the devices of a person: messages and receipts that have no envelope yet."""

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from babilu.engine.conversation.encryption import Heads, OutgoingContent, SealingContext, devices_in_force
from babilu.engine.conversation.person import PersonTurn
from babilu.identity.shapes import DeviceEntry
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import ConversationId, DeviceId
from babilu.session.ports import SessionRecord
from babilu.session.sessions import can_encrypt
from babilu.store.delivery_records import OwedMessage, ReceiptKind
from babilu.wire.content_reading import is_group_entries
from babilu.wire.delivery_parts import Delivered, Read

SEALED_AT_ONCE = 128
"""Messages owed to one device that a turn looks at."""

SEALED_TOGETHER = 8
"""Messages that are sealed for a device before it is looked at how long the turn has lasted."""

SEAL_MS = 80
"""Time of a turn after which it makes no more envelopes; what is owed to several devices is made for them together."""

RECEIPTS_AT_ONCE = 500
"""Messages that one receipt names at most."""

RECEIPT_WAIT_MS = 500

RECEIPT_JITTER_MS = 1_500
"""How long receipts for somebody who is not accepted wait, and by how much longer at most: they tell nobody by their
time what this device was doing when the message came."""

GATHERED_MS = 30_000
"""Longest time for which receipts of groups are gathered; a clock that was set back keeps them no longer."""


@dataclass(frozen=True, slots=True)
class SealedGroup:
    """What a turn of a group asks once for all of its members, before it seals for them.

    Attributes:
        id: Id of the group.
        heads: Ends of its log.
        goes_to: To whom goes what is said in it.
        owed_receipts: The contacts to whom any receipts are owed.
    """

    id: ConversationId
    heads: Heads
    goes_to: frozenset[int]
    owed_receipts: frozenset[int]


def seal_waiting(turn: PersonTurn, group: SealedGroup | None = None) -> bool:
    """Make the envelopes of messages and receipts that have none, in order, for each device that has a session.

    A device without one keeps what is owed to it, and keeps no other from theirs.

    Args:
        turn: The turn with the person.
        group: What the turn of a group knows that has this one seal for a member; None in any other turn.

    Returns:
        Whether there are more than one turn makes.
    """
    if not turn.may_seal or (turn.contact.blocked and not turn.contact.fellow):
        return False
    entries = devices_in_force(turn.contact).devices
    more = _seal_owed(turn, entries, group)
    if group is not None and turn.contact.contact not in group.owed_receipts:
        return more
    return (not turn.contact.blocked and _seal_receipts(turn, entries)) or more


def seal_receipts(turn: PersonTurn) -> bool:
    """Make the envelopes of receipts alone; tells whether there are more than one turn makes."""
    if not turn.may_seal or turn.contact.blocked:
        return False
    return _seal_receipts(turn, devices_in_force(turn.contact).devices)


def _seal_owed(turn: PersonTurn, entries: tuple[DeviceEntry, ...], group: SealedGroup | None) -> bool:
    owed = [(entry, turn.unit.deliveries.owed(DeviceId(entry.device), SEALED_AT_ONCE)) for entry in entries]
    turn.written = turn.written or any(waiting for _, waiting in owed)
    found: dict[DeviceId, SessionRecord] = {}
    # Every device is looked at, so that the bundles of all that need one are asked for together.
    owed = [(entry, waiting) for entry, waiting in owed if waiting and turn.have_session(entry, found)]
    longest = max((len(waiting) for _, waiting in owed), default=0)
    done = 0
    while done < longest and (done == 0 or turn.elapsed_ms() < SEAL_MS):
        for entry, waiting in owed:
            _seal_messages(turn, entry, waiting[done : done + SEALED_TOGETHER], found, group)
        done += SEALED_TOGETHER
    return done < longest or longest == SEALED_AT_ONCE


def _seal_messages(
    turn: PersonTurn,
    entry: DeviceEntry,
    owed: list[OwedMessage],
    sessions: dict[DeviceId, SessionRecord],
    group: SealedGroup | None,
) -> None:
    """Make the envelopes of what is owed to a device, in order, each run of one conversation together."""
    device = DeviceId(entry.device)
    for conversation, run in groupby(owed, key=attrgetter("conversation")):
        sayings = [OutgoingContent(each.said.part, each.said.said_at, each.said.id) for each in run]
        known = group if group is not None and group.id == conversation else None
        heads: Heads = None
        if known is not None or conversation != turn.between:
            sayings = _for_member(turn, device, conversation, sayings, known)
            heads = turn.unit.groups.heads(conversation) if known is None else known.heads
        # A session is as it was read only until it is used.
        session = sessions.pop(device, None) if sayings else None
        context = SealingContext(heads, {} if session is None else {device: session})
        turn.seal_all(entry, sayings, conversation, context)
        turn.unit.deliveries.seal(device, [saying.message for saying in sayings if saying.message is not None])


def _for_member(
    turn: PersonTurn,
    device: DeviceId,
    conversation: ConversationId,
    sayings: list[OutgoingContent],
    known: SealedGroup | None,
) -> list[OutgoingContent]:
    """Keep of what is owed in a group what the contact is to have: who is out by now gets entries of its log alone.

    Nobody encrypts for somebody whom the own screen does not list.
    """
    if turn.contact.is_oneself or _goes_to(turn, conversation, known):
        return sayings
    kept = []
    for saying in sayings:
        if is_group_entries(saying.part):
            kept.append(saying)
        elif saying.message is not None:
            turn.unit.deliveries.fail(saying.message, device, ErrorCode.NOT_MEMBER.value)
            turn.unit.own_actions.settle(saying.message)
            turn.refresh(saying.message)
    return kept


def _goes_to(turn: PersonTurn, conversation: ConversationId, known: SealedGroup | None) -> bool:
    contact = turn.contact.contact
    return turn.unit.groups.goes_to(conversation, contact) if known is None else contact in known.goes_to


def _seal_receipts(turn: PersonTurn, entries: tuple[DeviceEntry, ...]) -> bool:
    more = False
    if turn.contact.is_stranger and _receipts_wait(turn):
        return False
    for entry in entries:
        device = DeviceId(entry.device)
        leave_at = turn.unit.receipts.leave_at(device)
        if leave_at is None:
            continue
        if 0 < leave_at - turn.now <= GATHERED_MS:
            # Those of groups are gathered: each alone would cost as much as all together.
            turn.wake_in(leave_at - turn.now)
            continue
        owed = turn.unit.receipts.take(device, RECEIPTS_AT_ONCE)
        if ReceiptKind.READ in owed and not turn.switches.read:
            turn.unit.receipts.settle(device, ReceiptKind.READ, owed.pop(ReceiptKind.READ))
        # A session that is gone is begun anew for a receipt as well: nobody else may have a reason to.
        if not owed or not (can_encrypt(turn.unit.sessions, device) or turn.start_session(entry)):
            continue
        for kind, messages in owed.items():
            ids = tuple(messages)
            part = Delivered(ids) if kind is ReceiptKind.DELIVERED else Read(ids)
            turn.seal(entry, OutgoingContent.aside(part, turn.now))
            turn.unit.receipts.settle(device, kind, messages)
            turn.cache.receipts_at = None
            more = more or len(messages) == RECEIPTS_AT_ONCE
    return more


def _receipts_wait(turn: PersonTurn) -> bool:
    """Tell whether what is owed to somebody who is not accepted is not to leave yet."""
    if not turn.unit.receipts.any_for(turn.contact.contact):
        turn.cache.receipts_at = None
        return False
    leave_at = turn.cache.receipts_at
    if leave_at is None or leave_at - turn.now > RECEIPT_WAIT_MS + RECEIPT_JITTER_MS:
        jitter = int.from_bytes(turn.randomness.token(2), "big") * RECEIPT_JITTER_MS // 65_536
        leave_at = turn.cache.receipts_at = turn.now + RECEIPT_WAIT_MS + jitter
    if leave_at <= turn.now:
        return False
    turn.wake_in(leave_at - turn.now)
    return True
