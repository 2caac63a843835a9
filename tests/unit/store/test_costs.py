"""What is done for each message costs the same in a long history as in a short one.

Costs are counted in steps of SQLite's virtual machine, and plans are asked for: neither depends on the machine.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from babilu.kernel.ids import ConversationId, DeviceId, EntryHash
from babilu.kernel.states import FileState, MediaKind, MessageState, Route
from babilu.session.chain import Chain, extend
from babilu.session.ports import PrekeyKind
from babilu.store.database import Database
from babilu.store.delivery_records import ReceiptKind
from babilu.store.message_history import UNREAD_COUNTS
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import (
    NOW,
    a_conversation,
    a_device,
    a_message_id,
    a_session,
    add_contact,
    add_incoming,
    add_outgoing,
    an_arrival,
    an_entry,
    an_envelope,
    an_envelope_id,
    an_incoming,
    owe,
)

HISTORY = 3000
CONVERSATION = a_conversation()


def send(unit: UnitOfWork, contact: int, device: DeviceId) -> None:
    unit.sessions.sessions_with(device)
    message = add_outgoing(unit, contact)
    chain = extend(unit.chains.sent(device, CONVERSATION), b"content")
    unit.chains.set_sent(device, CONVERSATION, chain)
    owe(unit, contact, message, device)
    unit.deliveries.owed(device, 100)
    an_envelope(unit, contact, device, message)
    unit.outbox.unaccepted(contact, device, after_number=unit.profile.next_number() - 2)


def get_accepted(unit: UnitOfWork, contact: int, device: DeviceId) -> None:
    message = add_outgoing(unit, contact)
    record = an_envelope(unit, contact, device, message)
    unit.outbox.mark_accepted(record.envelope, NOW, Route.RELAY)
    unit.deliveries.take_over(message, device, Route.RELAY, NOW + 9)
    unit.deliveries.standing(message, 1)
    unit.messages.advance_state(message, MessageState.HELD, Route.RELAY, NOW + 9)


def get_receipt(unit: UnitOfWork, contact: int, device: DeviceId) -> None:
    message = add_outgoing(unit, contact)
    an_envelope(unit, contact, device, message)
    unit.outbox.settle_message(message, device)
    unit.deliveries.settle(message, device)
    unit.deliveries.standing(message, 1)
    unit.outbox.of_message(message)
    unit.messages.advance_state(message, MessageState.DELIVERED)


def arrive(unit: UnitOfWork, contact: int, device: DeviceId) -> None:
    unit.inbox.add([an_arrival()], NOW)
    (record,) = unit.inbox.unassigned(1)
    unit.inbox.assign(record.row, contact)
    unit.inbox.next_for(contact, 1)
    message = a_message_id()
    unit.messages.is_known(message, contact)
    unit.new_messages.add_incoming(an_incoming(contact, "hi", message=message, device=device), NOW)
    unit.chains.set_received(device, CONVERSATION, extend(Chain(), b"content"))
    unit.receipts.queue(contact, device, message, ReceiptKind.DELIVERED)
    unit.inbox.finish(record.row, record.envelope, NOW)


def show(unit: UnitOfWork, contact: int, device: DeviceId) -> None:
    unit.messages.take_unshown(10)
    unit.history.page(contact, 10)
    unit.messages.unread(contact)
    unit.receipts.settle(device, ReceiptKind.DELIVERED, unit.receipts.take(device, 10)[ReceiptKind.DELIVERED])


JOBS = [send, get_accepted, get_receipt, arrive, show]


@contextmanager
def counted(database: Database) -> Iterator[list[int]]:
    """Count the steps of the writer's virtual machine."""
    steps = [0]

    def step() -> int:
        steps[0] += 1
        return 0

    database._writer.set_progress_handler(step, 1)
    yield steps
    database._writer.set_progress_handler(None, 1)


def make_history(unit: UnitOfWork, contact: int, device: DeviceId) -> None:
    """Fill every table that grows, with what an absent peer leaves waiting too."""
    absent = an_entry()
    owed = add_contact(unit, "carol", entries=(absent,)).contact
    for _ in range(HISTORY):
        message = add_incoming(unit, contact)
        unit.receipts.queue(owed, DeviceId(absent.device), message, ReceiptKind.READ)
        held = add_outgoing(unit, contact)
        record = an_envelope(unit, contact, device, held)
        unit.outbox.mark_accepted(record.envelope, NOW, Route.RELAY)
        unit.deliveries.take_over(held, device, Route.RELAY, NOW + 9)
        owe(unit, owed, add_outgoing(unit, owed), DeviceId(absent.device))
        unit.messages.advance_state(held, MessageState.HELD, Route.RELAY, NOW + 9)
    unit.inbox.add([an_arrival(seq) for seq in range(HISTORY)], NOW)
    for row in unit.inbox.unassigned(HISTORY):
        unit.inbox.finish(row.row, row.envelope, NOW)
    unit.messages.take_unshown(HISTORY)
    unit.messages.mark_read(contact)
    unit.search.index_waiting()


def cost(database: Database, contact: int, device: DeviceId, job: Callable[[UnitOfWork, int, DeviceId], None]) -> int:
    with database.write() as unit:
        arrive(unit, contact, device)
        with counted(database) as steps:
            job(unit, contact, device)
    return steps[0]


def test_no_part_of_a_message_costs_more_in_a_long_history(database: Database) -> None:
    device = a_device()
    with database.write() as unit:
        contact = add_contact(unit, entries=(an_entry(device),)).contact
        unit.sessions.save_session(a_session(device))
    for job in JOBS:
        cost(database, contact, device, job)
    before = {job.__name__: cost(database, contact, device, job) for job in JOBS}

    with database.write() as unit:
        make_history(unit, contact, device)

    after = {job.__name__: cost(database, contact, device, job) for job in JOBS}
    assert {name: steps for name, steps in after.items() if steps > 1.2 * before[name] + 20} == {}


def plans(unit: UnitOfWork, database: Database, job: Callable[[UnitOfWork], object]) -> list[str]:
    """Return the plan of every statement that a job runs."""
    statements: list[str] = []
    database._writer.set_trace_callback(statements.append)
    job(unit)
    database._writer.set_trace_callback(None)
    return [
        f"{step[3]} | {statement}"
        for statement in statements
        if not statement.startswith(("--", "PRAGMA"))
        for step in database._writer.execute(f"EXPLAIN QUERY PLAN {statement}")
    ]


QUERIES: dict[str, Callable[[UnitOfWork], object]] = {
    "contacts by name": lambda unit: unit.contacts.by_name("bob"),
    "contacts by account": lambda unit: unit.contacts.by_account("bob"),
    "contacts by device": lambda unit: unit.contacts.by_device(a_device()),
    "devices of a contact": lambda unit: unit.contacts.devices(1),
    "sessions": lambda unit: unit.sessions.sessions_with(a_device()),
    "newest prekey": lambda unit: unit.sessions.newest_prekey(PrekeyKind.SIGNED),
    "expired keys": lambda unit: unit.sessions.delete_expired(NOW),
    "a message": lambda unit: unit.messages.by_id(a_message_id()),
    "has come": lambda unit: unit.messages.has_come(a_message_id(), 1),
    "contact of a device": lambda unit: unit.contacts.of_device(a_device()),
    "a page before": lambda unit: unit.history.page(1, 50, before=1000),
    "a page after": lambda unit: unit.history.page(1, 50, after=1000),
    "a page of pictures": lambda unit: unit.media.page(1, MediaKind.PICTURE, 50, before=1000),
    "a page of links": lambda unit: unit.media.page(1, MediaKind.LINK, 50, before=1000),
    "owe": lambda unit: unit.deliveries.owe(a_message_id(), 1, 1, [a_device()]),
    "owed": lambda unit: unit.deliveries.owed(a_device(), 10),
    "sealed": lambda unit: unit.deliveries.seal(a_device(), [a_message_id()]),
    "taken over": lambda unit: unit.deliveries.take_over(a_message_id(), a_device(), Route.RELAY, NOW),
    "standing": lambda unit: unit.deliveries.standing(a_message_id(), 1),
    "delivered": lambda unit: unit.deliveries.settle(a_message_id(), a_device()),
    "a device that leaves": lambda unit: unit.deliveries.leave(1, a_device()),
    "under way to a contact": lambda unit: unit.deliveries.under_way_to(1),
    "contacts owed": lambda unit: unit.deliveries.contacts_owed(),
    "unshown": lambda unit: unit.messages.take_unshown(10),
    "place of a late one": lambda unit: unit.new_messages.overtaken_by(1, a_device(), ConversationId(bytes(32)), 5),
    "unread": lambda unit: unit.messages.unread(1),
    "mark read": lambda unit: unit.messages.mark_read(1),
    "queued": lambda unit: unit.messages.queued_count(),
    "unaccepted": lambda unit: unit.outbox.unaccepted(1, a_device()),
    "of a message": lambda unit: unit.outbox.of_message(a_message_id()),
    "settle a message": lambda unit: unit.outbox.settle_message(a_message_id(), a_device()),
    "expired": lambda unit: unit.deliveries.expire(1, NOW),
    "room": lambda unit: unit.inbox.room(),
    "unassigned": lambda unit: unit.inbox.unassigned(10, 5),
    "claimed": lambda unit: (unit.inbox.claim(1, "eve"), unit.inbox.claiming("eve")),
    "next for a contact": lambda unit: unit.inbox.next_for(1, 10, 5),
    "may pass": lambda unit: unit.inbox.may_pass(an_envelope_id(), 1),
    "seen": lambda unit: unit.inbox.forget_seen(NOW),
    "receipts at all": lambda unit: unit.receipts.any_for(1),
    "receipts": lambda unit: unit.receipts.take(a_device(), 10),
    "declined": lambda unit: unit.requests.is_declined(add_contact(unit).identity_key),
    "a group": lambda unit: (
        unit.groups.by_id(CONVERSATION),
        unit.groups.of_conversation(1),
        unit.conversations.by_label("#picnic"),
    ),
    "members of a group": lambda unit: unit.groups.members(1),
    "groups of somebody": lambda unit: unit.groups.groups_of(1),
    "entries of a group": lambda unit: (unit.groups.entries(1, 5), unit.groups.copies(1, [EntryHash(bytes(32))])),
    "named of a group": lambda unit: (
        unit.group_peers.heads_named(1, a_device()),
        unit.group_peers.told_at(1, 1, "lacks"),
    ),
    "links of a group": lambda unit: unit.group_links.by_token(bytes(32)),
    "audience": lambda unit: (unit.deliveries.audience(a_message_id(), 1), unit.message_receipts.by_contact(1)),
    "older receipts": lambda unit: unit.message_receipts.count_older(1),
    "words that were removed": lambda unit: (unit.expiry.removed(NOW, 9), unit.expiry.next_end()),
}


ALLOWED = (
    # An index that holds only what waits is read whole on purpose.
    "SCAN message USING COVERING INDEX message_queued",
    "SCAN delivery USING COVERING INDEX delivery_owed",
    "USE TEMP B-TREE FOR DISTINCT | SELECT DISTINCT contact FROM delivery INDEXED BY delivery_owed",
    "SCAN CONSTANT ROW",
    # A message id is there once, or a few times by malice.
    "USE TEMP B-TREE FOR ORDER BY | SELECT m.id, m.conversation",
    # A group has 128 members at most.
    "USE TEMP B-TREE FOR ORDER BY | SELECT f.role",
    "USE TEMP B-TREE FOR ORDER BY | SELECT g.log",
)


@pytest.mark.parametrize("name", QUERIES)
def test_no_hot_query_scans_or_sorts_a_table(database: Database, name: str) -> None:
    with database.write() as unit:
        add_contact(unit, entries=(an_entry(),))
        steps = plans(unit, database, QUERIES[name])
    assert steps
    bad = [step for step in steps if "SCAN" in step or "TEMP B-TREE" in step]
    assert [step for step in bad if not step.startswith(ALLOWED)] == []


def test_files_that_are_to_be_moved_are_found_without_a_look_at_the_others(database: Database) -> None:
    with database.write() as unit:
        steps = plans(unit, database, lambda unit: unit.attachments.under_way(FileState.FETCHING, 0, 10))
    assert [step for step in steps if "USING INDEX attachment_under_way (state=? AND number>?)" in step] == steps


def test_unread_messages_are_counted_without_a_look_at_them(database: Database) -> None:
    """A device that was linked may have a hundred thousand, and each would be a page that is read and decrypted."""
    with database.read() as unit:
        rows = unit.statements.all("SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = 'message'")
        steps = unit.statements.all("EXPLAIN " + UNREAD_COUNTS)
    cursors = {step[2] for step in steps if step[1] == "OpenRead" and step[3] == rows[0][0]}
    assert [step for step in steps if step[1] == "Column" and step[2] in cursors] == []
