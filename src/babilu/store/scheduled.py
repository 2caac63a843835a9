"""Scheduled texts, with their files: written here and sent later; no other device knows of them, and none has an id."""

from dataclasses import replace
from typing import Final

from babilu.kernel.ids import IdentityKey, MessageId
from babilu.store.message_records import ScheduledRecord
from babilu.store.statements import Row, Statements
from babilu.wire.codec import encode
from babilu.wire.file_entry import FileEntry, decode_entry

SCHEDULED_AT_MOST: Final = 1_000

_COLUMNS: Final = (
    "number, conversation, identity_key, text, due_at, reply_to, mentions, timer, overdue, request_id, files"
)


class ScheduledTexts:
    """Scheduled texts of all conversations, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def add(self, written: ScheduledRecord) -> ScheduledRecord:
        """Keep a text until it is due; returns it with its number."""
        number = self._sql.insert(
            "INSERT INTO scheduled (conversation, identity_key, text, due_at, reply_to, mentions, timer, overdue,"
            " request_id, files) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
            written.conversation,
            written.identity_key,
            written.text,
            written.due_at,
            written.reply_to,
            "\n".join(written.mentions),
            written.timer,
            written.request_id,
            len(written.files),
        )
        self._sql.run_many(
            "INSERT INTO scheduled_file (number, place, blob, entry) VALUES (?, ?, ?, ?)",
            ((number, place, entry.blob, encode(entry)) for place, entry in enumerate(written.files)),
        )
        return replace(written, number=number)

    def is_full(self) -> bool:
        """Tell whether no further text may wait."""
        return self._sql.number("SELECT count(*) FROM scheduled") >= SCHEDULED_AT_MOST

    def all(self, conversation: int | None = None) -> list[ScheduledRecord]:
        """Return the texts that wait, of one conversation or of all, the next one first."""
        rows = self._sql.all(
            f"SELECT {_COLUMNS} FROM scheduled WHERE ?1 IS NULL OR conversation = ?1 ORDER BY due_at, number",
            conversation,
        )
        return [self._record(row) for row in rows]

    def find(self, number: int) -> ScheduledRecord | None:
        """Return a text that waits."""
        row = self._sql.one(f"SELECT {_COLUMNS} FROM scheduled WHERE number = ?", number)
        return None if row is None else self._record(row)

    def delete(self, number: int) -> None:
        """Forget a text: it was sent, or is not to be sent."""
        self._sql.run("DELETE FROM scheduled WHERE number = ?", number)

    def due(self, now: int) -> list[ScheduledRecord]:
        """Return the texts that are due and wait for nobody's decision, the first one first."""
        rows = self._sql.all(
            f"SELECT {_COLUMNS} FROM scheduled WHERE overdue = 0 AND due_at <= ? ORDER BY due_at, number", now
        )
        return [self._record(row) for row in rows]

    def next_due(self) -> int | None:
        """Return when the next text is due that waits for nobody's decision."""
        row = self._sql.one("SELECT min(due_at) FROM scheduled WHERE overdue = 0")
        return None if row is None or row[0] is None else int(row[0])

    def set_overdue(self, number: int) -> None:
        """Record that a text waits for the user's decision."""
        self._sql.run("UPDATE scheduled SET overdue = 1 WHERE number = ?", number)

    def set_all_overdue(self, conversation: int) -> list[ScheduledRecord]:
        """Let all texts of a conversation wait for the user's decision, and return those that did not yet."""
        rows = self._sql.all(
            f"UPDATE scheduled SET overdue = 1 WHERE conversation = ? AND overdue = 0 RETURNING {_COLUMNS}",
            conversation,
        )
        return sorted(map(self._record, rows), key=lambda record: record.number)

    def _record(self, row: Row) -> ScheduledRecord:
        files: tuple[FileEntry, ...] = ()
        if row[10]:
            entries = self._sql.all("SELECT entry FROM scheduled_file WHERE number = ? ORDER BY place", row[0])
            files = tuple(decode_entry(entry) for (entry,) in entries)
        return ScheduledRecord(
            number=row[0],
            conversation=row[1],
            identity_key=IdentityKey(row[2]),
            text=row[3],
            due_at=row[4],
            reply_to=None if row[5] is None else MessageId(row[5]),
            mentions=tuple(row[6].split("\n")) if row[6] else (),
            timer=row[7],
            overdue=bool(row[8]),
            request_id=row[9],
            files=files,
        )
