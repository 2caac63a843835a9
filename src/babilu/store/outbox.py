"""Outbox: an envelope stays, byte for byte, until its receipt has come, or until it was accepted if it asks for none.

The words in it stand once, with the message or action, however many devices are sent them: beside an envelope is only
the head of its content.
"""

from babilu.kernel.ids import DeviceId, EnvelopeId, MessageId
from babilu.kernel.states import Route
from babilu.session.chain import content_hash
from babilu.store.delivery_records import OutboxRecord
from babilu.store.statements import Row, Statements
from babilu.wire.content_reading import content_of

_COLUMNS = (
    "envelope, number, contact, device, message, chained, counter, head, envelope_bytes,"
    " created_at, accepted_at, route, gone"
)
_OUTBOX = f"SELECT {_COLUMNS} FROM outbox"


UNCHAINED_ROWS = 200
"""Envelopes that ask for no receipt, such as receipts, and wait for one contact; the oldest are given up."""

SENT_IDS_KEPT = 256
"""Ids of finished envelopes of that kind that are remembered for one contact; the oldest are forgotten."""


class Outbox:
    """Envelopes under way to other devices, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def add(self, record: OutboxRecord) -> None:
        """Store an envelope, in the transaction that stores the ratchet which made it."""
        self._sql.run(
            "INSERT INTO outbox (number, envelope, contact, device, message, chained, counter, created_at,"
            " accepted_at, route, gone, head, envelope_bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            record.number,
            record.envelope,
            record.contact,
            record.device,
            record.message,
            int(record.chained),
            record.counter,
            record.created_at,
            record.accepted_at,
            None if record.route is None else record.route.value,
            int(record.gone),
            record.head,
            record.envelope_bytes,
        )
        if not record.chained:
            self._give_up_unchained(record.contact)

    def _give_up_unchained(self, contact: int) -> None:
        """Give up the oldest of what needs no receipt, where a contact does not fetch it."""
        self._sql.run(
            "DELETE FROM outbox WHERE chained = 0 AND contact = ?1 AND number <= (SELECT number FROM outbox"
            " WHERE chained = 0 AND contact = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
            contact,
            UNCHAINED_ROWS,
        )

    def by_envelope(self, envelope: EnvelopeId) -> OutboxRecord | None:
        """Return an envelope that is not finished."""
        row = self._sql.one(_OUTBOX + " WHERE envelope = ?", envelope)
        return None if row is None else _record(row)

    def of_message(self, message: MessageId) -> list[OutboxRecord]:
        """Return the unfinished envelopes of a message, one for each device without a receipt."""
        return self._records(self._sql.all(_OUTBOX + " WHERE message = ? ORDER BY number", message))

    def unaccepted(self, contact: int, device: DeviceId, after_number: int = 0, limit: int = 100) -> list[OutboxRecord]:
        """Return what nobody has taken yet, in order of its numbers; what has failed waits for its user.

        Args:
            contact: Whom it is for.
            device: The device of theirs.
            after_number: Only above this number: where the previous call ended.
            limit: Most envelopes.
        """
        rows = self._sql.all(
            _OUTBOX + " WHERE contact = ? AND device = ? AND accepted_at IS NULL AND number > ?"
            " AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.message = outbox.message AND d.device = outbox.device"
            " AND d.state = 'failed')"
            " ORDER BY number LIMIT ?",
            contact,
            device,
            after_number,
            limit,
        )
        return self._records(rows)

    def devices_with_mail(self) -> list[tuple[int, DeviceId]]:
        """Return the contacts and devices for which something waits that nobody has taken yet."""
        rows = self._sql.all(
            "SELECT contact, device FROM outbox WHERE accepted_at IS NULL GROUP BY contact, device ORDER BY min(number)"
        )
        return [(contact, DeviceId(device)) for contact, device in rows]

    def mark_accepted(self, envelope: EnvelopeId, now: int, route: Route) -> OutboxRecord | None:
        """Record that a relay holds an envelope, or that the peer has it; a repeat keeps the time of the first.

        Returns:
            The envelope as it is now, or None for one that is finished or unknown.
        """
        row = self._sql.one(
            "UPDATE outbox SET accepted_at = coalesce(accepted_at, ?), route = ? WHERE envelope = ?"
            f" RETURNING {_COLUMNS}",
            now,
            route.value,
            envelope,
        )
        return None if row is None else _record(row)

    def mark_unaccepted(self, device: DeviceId) -> int:
        """Put everything without a receipt in line again, for another route; returns how many envelopes that are."""
        return self._sql.run(
            "UPDATE outbox SET accepted_at = NULL, route = NULL WHERE device = ? AND accepted_at IS NOT NULL",
            device,
        )

    def mark_lost_by_relay(self) -> int:
        """Put everything that the relay has accepted and that has no receipt in line again; returns how much that is.

        What has expired there is sent again by its user alone.
        """
        return self._sql.run(
            "UPDATE outbox SET accepted_at = NULL, route = NULL WHERE route = ? AND accepted_at IS NOT NULL",
            Route.RELAY.value,
        )

    def mark_links_gone(self) -> int:
        """Put what was kept over direct connections in line again, for the relay: when a client starts, none stands.

        Of people without an account it waits for the next connection, which hands over everything anyway.

        Returns:
            How many envelopes that are.
        """
        return self._sql.run(
            "UPDATE outbox SET accepted_at = NULL, route = NULL"
            " WHERE route = ? AND accepted_at IS NOT NULL"
            " AND contact IN (SELECT contact FROM contact WHERE account <> '')",
            Route.DIRECT.value,
        )

    def settle(self, envelope: EnvelopeId) -> None:
        """Forget an envelope: its receipt came, or it was accepted and asks for none, or another one replaces it."""
        self._sql.run("DELETE FROM outbox WHERE envelope = ?", envelope)

    def finish(self, record: OutboxRecord) -> None:
        """Forget an envelope that no receipt comes for, but remember for a while that its id was ours."""
        self.settle(record.envelope)
        self._sql.run(
            "INSERT OR IGNORE INTO envelope_sent (number, envelope, contact) VALUES (?, ?, ?)",
            record.number,
            record.envelope,
            record.contact,
        )
        self._sql.run(
            "DELETE FROM envelope_sent WHERE contact = ?1 AND number <= (SELECT number FROM envelope_sent"
            " WHERE contact = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
            record.contact,
            SENT_IDS_KEPT,
        )

    def was_sent(self, envelope: EnvelopeId, contact: int) -> bool:
        """Tell whether an envelope was on its way to a contact, now or lately."""
        row = self._sql.one(
            "SELECT 1 FROM outbox WHERE envelope = ?1 AND contact = ?2"
            " UNION ALL SELECT 1 FROM envelope_sent WHERE envelope = ?1 AND contact = ?2",
            envelope,
            contact,
        )
        return row is not None

    def settle_message(self, message: MessageId, device: DeviceId) -> bool:
        """Forget the envelopes of a message for the device whose receipt came; tells whether there were any."""
        return self._sql.run("DELETE FROM outbox WHERE message = ? AND device = ?", message, device) > 0

    def erase(self, message: MessageId) -> None:
        """Leave nothing of what the envelopes of a message hold but its hash: they say that it is gone if asked."""
        for row in self.of_message(message):
            if not row.gone:
                self._sql.run(
                    "UPDATE outbox SET head = ?, part = NULL, gone = 1 WHERE envelope = ?",
                    content_hash(self.content_of(row)),
                    row.envelope,
                )

    def content_of(self, record: OutboxRecord) -> bytes:
        """Return the exact bytes that were encrypted in an envelope that waits for a receipt.

        Raises:
            LookupError: It was deleted, or waits for none.
        """
        row = self._sql.one(
            "SELECT coalesce(part, (SELECT m.part FROM message AS m WHERE m.id = ?1 AND m.outgoing = 1),"
            " (SELECT a.part FROM own_action AS a WHERE a.id = ?1)) FROM outbox WHERE envelope = ?2 AND gone = 0",
            record.message,
            record.envelope,
        )
        if row is None or row[0] is None:
            raise LookupError("the words of an envelope are kept as long as it can be asked for")
        return content_of(record.head, row[0])

    def settle_device(self, device: DeviceId) -> None:
        """Forget everything for a device, such as one that left its owner's device list."""
        self._sql.run("DELETE FROM outbox WHERE device = ?", device)

    def clear(self) -> None:
        """Forget everything."""
        self._sql.run("DELETE FROM outbox")

    def count_unaccepted(self) -> int:
        """Count the envelopes that nobody has taken yet, receipts included."""
        return self._sql.number("SELECT count(*) FROM outbox WHERE accepted_at IS NULL")

    @staticmethod
    def _records(rows: list[Row]) -> list[OutboxRecord]:
        return [_record(row) for row in rows]


def _record(row: Row) -> OutboxRecord:
    return OutboxRecord(
        envelope=EnvelopeId(row[0]),
        number=row[1],
        contact=row[2],
        device=DeviceId(row[3]),
        message=None if row[4] is None else MessageId(row[4]),
        chained=bool(row[5]),
        counter=row[6],
        head=row[7],
        envelope_bytes=row[8],
        created_at=row[9],
        accepted_at=row[10],
        route=None if row[11] is None else Route(row[11]),
        gone=bool(row[12]),
    )
