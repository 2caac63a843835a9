"""Deliveries of own messages and actions: a row for each device that is to have one and has given no receipt of it.

The rows of one device, in the order of their numbers, say what is owed to it and how far it has come; no device waits
for another. A receipt ends a delivery, and what is left of it stands with the message (`message_receipt`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from babilu.kernel.ids import ConversationId, DeviceId, MessageId
from babilu.kernel.states import DeliveryState, MessageState, Route
from babilu.store.conversations import ONESELF
from babilu.store.delivery_records import DeliveryRecord, OwedMessage
from babilu.store.message_records import UnsealedMessage
from babilu.store.statements import Row, Statements

_COLUMNS = "number, message, conversation, contact, device, state, held_until, route, error"

_HAS_CONTENT = (
    "(EXISTS (SELECT 1 FROM message AS m"
    " WHERE m.id = {0} AND m.conversation = {1} AND m.outgoing = 1 AND m.deleted = 0)"
    " OR EXISTS (SELECT 1 FROM own_action AS a WHERE a.id = {0}))"
)
"""Whether there is anything to say: neither is true of what was deleted."""


_UNDER_WAY: Final = frozenset({DeliveryState.OWED.value, DeliveryState.QUEUED.value})


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an own message has come for all its devices together.

    Attributes:
        state: The least among those that have not failed; of each person read, once they have read it on any of theirs.
        held_until: With `MessageState.HELD`: until when a relay holds the first of what it holds.
        error: With `MessageState.FAILED`: the stable code of why.
    """

    state: MessageState
    held_until: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """How many people an own message is for, and how far it has come for them.

    Attributes:
        recipients: All of them.
        delivered: Those who have it on one of their devices at least.
        read: Those of them who have read it.
        failed: Those for all of whose devices it has failed.
    """

    recipients: int
    delivered: int
    read: int
    failed: int


@dataclass(frozen=True, slots=True)
class _Devices:
    """How many devices of anybody have given no receipt, by how far it has come for them."""

    under_way: int = 0
    held: int = 0
    failed: int = 0
    held_until: int | None = None


@dataclass(slots=True)
class _Person:
    """What is known of the devices of one person."""

    states: set[str] = field(default_factory=set)
    held_until: int | None = None
    error: str | None = None
    has_it: bool = False
    has_read: bool = False

    @property
    def state(self) -> MessageState:
        """How far the message has come for them: as for the least of those of their devices that have not failed."""
        if self.has_read:
            return MessageState.READ
        if self.states & _UNDER_WAY:
            return MessageState.QUEUED
        if DeliveryState.HELD.value in self.states:
            return MessageState.HELD
        return MessageState.DELIVERED if self.has_it else MessageState.FAILED


class Deliveries:
    """What is owed to devices or under way to them, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def owe(
        self,
        message: MessageId,
        conversation: int,
        contact: int,
        devices: Iterable[DeviceId],
        said_in: ConversationId | None = None,
    ) -> None:
        """Owe a message or action to devices, after everything that was owed to them before.

        What has failed at one of them is owed to it again; what is deleted is owed to nobody.

        Args:
            message: Its id.
            conversation: Number of the conversation.
            contact: Whose devices they are.
            devices: The devices.
            said_in: The id under which it is said, where the conversation has another one by now.
        """
        for device in devices:
            self._sql.run(
                "INSERT INTO delivery (message, conversation, contact, device, state, said_in)"
                f" SELECT ?1, ?2, ?3, ?4, 'owed', ?5 WHERE {_HAS_CONTENT.format('?1', '?2')}"
                " ON CONFLICT (message, device) DO UPDATE SET state = 'owed', error = NULL WHERE state = 'failed'",
                message,
                conversation,
                contact,
                device,
                said_in,
            )

    def owed(self, device: DeviceId, limit: int) -> list[OwedMessage]:
        """Return what has no envelope for a device yet, in order, wherever it was said."""
        rows = self._sql.all(
            "SELECT coalesce(d.said_in, v.id), d.message, coalesce(m.said_at, a.said_at), coalesce(m.part, a.part)"
            " FROM delivery AS d"
            " JOIN conversation AS v ON v.conversation = d.conversation"
            " LEFT JOIN message AS m ON m.id = d.message AND m.conversation = d.conversation"
            " LEFT JOIN own_action AS a ON a.id = d.message"
            " WHERE d.state = 'owed' AND d.device = ? ORDER BY d.number LIMIT ?",
            device,
            limit,
        )
        return [
            OwedMessage(ConversationId(conversation), UnsealedMessage(MessageId(message), said_at, part))
            for conversation, message, said_at, part in rows
        ]

    def count_for(self, contact: int, device: DeviceId) -> int:
        """Return how much is owed or under way to a device of a person."""
        return self._sql.number(
            "SELECT count(*) FROM delivery WHERE contact = ? AND device = ? AND state <> 'failed'", contact, device
        )

    def seal(self, device: DeviceId, messages: Iterable[MessageId]) -> None:
        """Record that envelopes for a device are in the outbox."""
        self._sql.run_many(
            "UPDATE delivery SET state = 'queued', error = NULL"
            " WHERE message = ? AND device = ? AND state IN ('owed', 'failed')",
            ((message, device) for message in messages),
        )

    def take_over(self, message: MessageId, device: DeviceId, route: Route, held_until: int | None) -> None:
        """Record that a relay holds it for a device (until when), or that the device itself has it (None)."""
        state = DeliveryState.QUEUED if held_until is None else DeliveryState.HELD
        self._sql.run(
            "UPDATE delivery SET state = CASE state WHEN 'held' THEN state ELSE ?1 END, held_until = ?2, route = ?3"
            " WHERE message = ?4 AND device = ?5 AND state IN ('queued', 'held')",
            state.value,
            held_until,
            route.value,
            message,
            device,
        )

    def fail(self, message: MessageId, device: DeviceId, error: str) -> None:
        """Record that a device does not get it, unless its user tries again."""
        self._sql.run(
            "UPDATE delivery SET state = 'failed', held_until = NULL, error = ? WHERE message = ? AND device = ?",
            error,
            message,
            device,
        )

    def give_up(self, message: MessageId) -> None:
        """Let nothing of a message or action leave that has not left, as it is deleted or over."""
        give_up_unsent(self._sql, message)

    def settle(self, message: MessageId, device: DeviceId) -> bool:
        """Forget a delivery, as its receipt came or the device is to have it no more; tells whether there was one."""
        return self._sql.run("DELETE FROM delivery WHERE message = ? AND device = ?", message, device) > 0

    def leave(self, contact: int, device: DeviceId) -> list[MessageId]:
        """Forget all deliveries to a device that has left its person's list, and return what they were of."""
        rows = self._sql.all(
            "DELETE FROM delivery WHERE contact = ? AND device = ? RETURNING number, message", contact, device
        )
        return [MessageId(message) for _, message in sorted(rows)]

    def forget_all(self, contact: int) -> list[MessageId]:
        """Forget all deliveries to a person, and return what they were of, in order."""
        rows = self._sql.all("DELETE FROM delivery WHERE contact = ? RETURNING number, message", contact)
        return list(dict.fromkeys(MessageId(message) for _, message in sorted(rows)))

    def begin_anew(self) -> tuple[list[MessageId], list[MessageId]]:
        """Owe everything again that is under way, as its envelopes are gone.

        It keeps that it has left, or may have.

        Returns:
            What that is, and what was deleted meanwhile, of which nothing is under way any more.
        """
        has_content = _HAS_CONTENT.format("delivery.message", "delivery.conversation")
        over = self._sql.all(
            f"DELETE FROM delivery WHERE state <> 'owed' AND NOT {has_content} RETURNING number, message"
        )
        rows = self._sql.all(
            "UPDATE delivery SET state = 'owed', held_until = NULL, route = coalesce(route, 'relay')"
            " WHERE state IN ('queued', 'held')"
            " RETURNING message"
        )
        return (
            list(dict.fromkeys(MessageId(row[0]) for row in rows)),
            list(dict.fromkeys(MessageId(message) for _, message in sorted(over))),
        )

    def under_way_to(self, contact: int) -> list[DeliveryRecord]:
        """Return what is owed or under way to a person, in order; what has failed is not."""
        rows = self._sql.all(
            f"SELECT {_COLUMNS} FROM delivery WHERE contact = ? AND state <> 'failed' ORDER BY number", contact
        )
        return [_record(row) for row in rows]

    def of_message(self, message: MessageId) -> list[DeliveryRecord]:
        """Return the deliveries of a message or action, in order."""
        rows = self._sql.all(f"SELECT {_COLUMNS} FROM delivery WHERE message = ?", message)
        return [_record(row) for row in sorted(rows)]

    def standing(self, message: MessageId, position: int) -> Standing | None:
        """Tell how far an own message has come; None where nothing is known of it, as it was written to nobody here.

        Args:
            message: Its id.
            position: Its place, at which its receipts stand.
        """
        devices = self._of_devices(message)
        if self._reads(position) == 0:
            # Nobody's other devices matter, so that counting is enough: it takes a tenth of the time in a large group.
            # These numbers have none of notes, for which one's own others count.
            if devices.under_way:
                return Standing(MessageState.QUEUED)
            if devices.held:
                return Standing(MessageState.HELD, devices.held_until)
        people, (had, had_read) = self._people(message, position).values(), self._counted(position)
        states = {person.state for person in people}
        if had:
            states.add(MessageState.READ if had_read == had else MessageState.DELIVERED)
        for state in (MessageState.QUEUED, MessageState.HELD, MessageState.DELIVERED, MessageState.READ):
            if state in states:
                held = state is MessageState.HELD
                ends = [one.held_until for one in people if held and one.state is state and one.held_until is not None]
                return Standing(state, min(ends, default=None))
        return next((Standing(MessageState.FAILED, error=person.error) for person in people), None)

    def audience(self, message: MessageId, position: int) -> Audience:
        """Count the people whom an own message is for by how far it has come for them.

        Args:
            message: Its id.
            position: Its place, at which its receipts stand.
        """
        had, had_read = self._counted(position)
        meant = self._sql.number("SELECT recipients FROM message WHERE position = ?", position)
        if meant and not self._of_devices(message).failed:
            row = self._sql.one(
                "SELECT count(DISTINCT contact), count(DISTINCT CASE WHEN read_at IS NULL THEN NULL ELSE contact END)"
                " FROM message_receipt WHERE position = ? AND contact <> ?",
                position,
                ONESELF,
            )
            delivered, read = (0, 0) if row is None else row
            return Audience(max(meant, had + delivered), had + delivered, had_read + read, failed=0)
        people = self._people(message, position).values()
        return Audience(
            recipients=max(meant, had + len(people)),
            delivered=had + sum(person.has_it for person in people),
            read=had_read + sum(person.has_read for person in people),
            failed=sum(person.state is MessageState.FAILED for person in people),
        )

    def _of_devices(self, message: MessageId) -> _Devices:
        """Count the devices that have given no receipt by how far it has come for them."""
        row = self._sql.one(
            "SELECT total(state IN ('owed', 'queued')), total(state = 'held'), total(state = 'failed'),"
            " min(CASE state WHEN 'held' THEN held_until END) FROM delivery WHERE message = ? AND contact <> ?",
            message,
            ONESELF,
        )
        return _Devices() if row is None else _Devices(int(row[0]), int(row[1]), int(row[2]), row[3])

    def _reads(self, position: int) -> int:
        """Count the devices on which it was read."""
        return self._sql.number("SELECT count(read_at) FROM message_receipt WHERE position = ?", position)

    def _counted(self, position: int) -> tuple[int, int]:
        """Return how many people had a message, and had read it, whose receipts were counted and given up."""
        row = self._sql.one("SELECT coalesce(had, 0), coalesce(had_read, 0) FROM message WHERE position = ?", position)
        return (0, 0) if row is None else (row[0], row[1])

    def _people(self, message: MessageId, position: int) -> dict[int, _Person]:
        """Return how far a message has come for each person, by what is known of their devices."""
        people: dict[int, _Person] = {}
        owed = self._sql.all(
            "SELECT number, contact, state, held_until, error FROM delivery WHERE message = ?", message
        )
        for _, contact, state, held_until, error in sorted(owed):
            person = people.setdefault(contact, _Person())
            person.states.add(state)
            person.error = person.error or error
            if state == DeliveryState.HELD.value and held_until is not None:
                person.held_until = min(held_until, person.held_until or held_until)
        for contact, read_at in self._sql.all(
            "SELECT contact, read_at FROM message_receipt WHERE position = ?", position
        ):
            person = people.setdefault(contact, _Person())
            person.has_it = True
            person.has_read = person.has_read or read_at is not None
        if ONESELF in people and not self._is_note(position):
            # What goes to others has come where it is to come, whether or not the own other devices have it.
            del people[ONESELF]
        return people

    def _is_note(self, position: int) -> bool:
        return (
            self._sql.one(
                "SELECT 1 FROM message AS m JOIN conversation AS v ON v.conversation = m.conversation"
                " WHERE m.position = ? AND v.kind = 'notes'",
                position,
            )
            is not None
        )

    def is_unsent(self, message: MessageId, position: int) -> bool:
        """Tell whether nobody can have an own message: no envelope of it has left, and none is about to."""
        left = "SELECT 1 FROM delivery WHERE message = ?1 AND (state IN ('queued', 'held') OR route IS NOT NULL)"
        had = (
            "SELECT 1 FROM message_receipt WHERE position = ?2"
            " UNION ALL SELECT 1 FROM message WHERE position = ?2 AND had > 0"
        )
        return self._sql.number(f"SELECT EXISTS ({left}) OR EXISTS ({had})", message, position) == 0

    def expire(self, contact: int, until: int) -> list[tuple[MessageId, DeviceId]]:
        """Note that no relay holds any longer what was held for a person until now, and return what that is.

        It expires only once. Its envelope stays for its user to send it again, or for a late receipt.
        """
        # One expires so seldom that those of all contacts are passed over; a plus sign keeps the index of times in use.
        rows = self._sql.all(
            "UPDATE delivery SET held_until = NULL WHERE held_until <= ? AND +contact = ?"
            " RETURNING number, message, device",
            until,
            contact,
        )
        return [(MessageId(message), DeviceId(device)) for _, message, device in sorted(rows)]

    def contacts_with_expired(self, now: int) -> list[int]:
        """Return the contacts for whom a relay has held something in vain until now."""
        return [row[0] for row in self._sql.all("SELECT DISTINCT contact FROM delivery WHERE held_until <= ?", now)]

    def contacts_owed(self) -> list[int]:
        """Return the contacts to a device of whom something is owed."""
        rows = self._sql.all("SELECT DISTINCT contact FROM delivery INDEXED BY delivery_owed WHERE state = 'owed'")
        return [row[0] for row in rows]


def leave_words(statements: Statements, message: MessageId) -> None:
    """Let what is under way of a message be repeated, as its row goes: its words go into the rows of its envelopes."""
    statements.run(
        "UPDATE outbox SET part = (SELECT m.part FROM message AS m WHERE m.id = ?1 AND m.outgoing = 1)"
        " WHERE message = ?1 AND gone = 0",
        message,
    )


def give_up_unsent(statements: Statements, message: MessageId) -> None:
    """Let nothing of a message or action leave that has not left, as it is deleted or over."""
    statements.run(
        "DELETE FROM outbox WHERE message = ?1"
        " AND device IN (SELECT device FROM delivery WHERE message = ?1 AND state = 'failed')",
        message,
    )
    statements.run("DELETE FROM delivery WHERE message = ? AND state IN ('owed', 'failed')", message)


def _record(row: Row) -> DeliveryRecord:
    return DeliveryRecord(
        number=row[0],
        message=MessageId(row[1]),
        conversation=row[2],
        contact=row[3],
        device=DeviceId(row[4]),
        state=DeliveryState(row[5]),
        held_until=row[6],
        route=None if row[7] is None else Route(row[7]),
        error=row[8],
    )
