"""Files of messages: what each is, how it stands here, and which sealed files nobody needs any more."""

import json
from collections.abc import Sequence
from typing import Final

from babilu.kernel.ids import BlobId, MessageId
from babilu.kernel.limits import DAY_MS, FILES_OF_MESSAGE
from babilu.kernel.states import FileState
from babilu.store.file_records import AttachmentRecord
from babilu.store.statements import Row, Statements
from babilu.wire.codec import encode
from babilu.wire.file_entry import FileEntry, decode_entry

TEXT_PLACE: Final = FILES_OF_MESSAGE
"""Place of the file that holds a message's whole text: behind all that it can bring besides."""

TEXT_KIND: Final = "text"
"""Its kind, which none that a sender names is."""

_COLUMNS: Final = (
    "a.number, a.position, a.place, a.entry, a.state, a.done, a.error, a.save_into, a.kept_until, a.unheard"
)
_OWN_COLUMNS: Final = _COLUMNS.replace("a.", "")
_SELECT: Final = f"SELECT {_COLUMNS} FROM attachment AS a"


class Attachments:
    """Files of all messages, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def add(
        self, conversation: int, position: int, files: Sequence[FileEntry], state: FileState
    ) -> tuple[AttachmentRecord, ...]:
        """Keep what a new message of a conversation brings."""
        return tuple(
            self._add(conversation, position, place, entry, state, entry.kind.value)
            for place, entry in enumerate(files)
        )

    def add_text(self, conversation: int, position: int, entry: FileEntry, state: FileState) -> AttachmentRecord:
        """Keep the file that holds the whole text of a new message of a conversation."""
        return self._add(conversation, position, TEXT_PLACE, entry, state, TEXT_KIND)

    def replace_text(self, conversation: int, position: int, entry: FileEntry, state: FileState) -> AttachmentRecord:
        """Keep the file that holds the wording of a message which is shown now, in the place of the one before."""
        self.forget_text(position)
        return self.add_text(conversation, position, entry, state)

    def forget_text(self, position: int) -> None:
        """Keep no file of a message's text any more."""
        self._sql.run("DELETE FROM attachment WHERE position = ? AND place = ?", position, TEXT_PLACE)

    def _add(
        self, conversation: int, position: int, place: int, entry: FileEntry, state: FileState, kind: str
    ) -> AttachmentRecord:
        blob = entry.blob
        # The sealed file is needed again.
        self._sql.run("DELETE FROM blob_unused WHERE blob = ?", blob)
        unheard = state is FileState.OFFERED and entry.is_voice and place != TEXT_PLACE
        number = self._sql.insert(
            "INSERT INTO attachment (position, place, conversation, kind, blob, entry, state, unheard)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            position,
            place,
            conversation,
            kind,
            blob,
            encode(entry),
            state.value,
            unheard,
        )
        return AttachmentRecord(number, position, place, entry, state, unheard=unheard)

    def of(self, position: int) -> tuple[AttachmentRecord, ...]:
        """Return the files of a message, in order."""
        rows = self._sql.all(_SELECT + " WHERE a.position = ? AND a.kind <> 'text' ORDER BY a.place", position)
        return tuple(map(_record, rows))

    def at_place(self, position: int, place: int) -> AttachmentRecord | None:
        """Return a file of a message by its place, also that which holds its whole text; None where there is none."""
        row = self._sql.one(_SELECT + " WHERE a.position = ? AND a.place = ?", position, place)
        return None if row is None else _record(row)

    def fetch_texts(self, conversation: int) -> bool:
        """Have the texts of a conversation fetched whose author was nobody known; tells whether there are any."""
        fetched = self._sql.run(
            "UPDATE attachment SET state = 'fetching' WHERE conversation = ? AND kind = 'text' AND state = 'offered'",
            conversation,
        )
        if fetched:
            self._sql.run(
                "UPDATE message SET text_state = 'late' WHERE conversation = ? AND text_state = 'offered'", conversation
            )
        return fetched > 0

    def of_all(self, positions: Sequence[int]) -> dict[int, tuple[AttachmentRecord, ...]]:
        """Return the files of messages, in order, by the messages' positions."""
        if not positions:
            return {}
        rows = self._sql.all(
            _SELECT + " WHERE a.position IN (SELECT value FROM json_each(?)) AND a.kind <> 'text'"
            " ORDER BY a.position, a.place",
            json.dumps(list(positions)),
        )
        found: dict[int, list[AttachmentRecord]] = {}
        for record in map(_record, rows):
            found.setdefault(record.position, []).append(record)
        return {position: tuple(records) for position, records in found.items()}

    def names(self, position: int) -> tuple[str, ...]:
        """Return what the files of a message are called, in order."""
        return tuple(record.entry.name for record in self.of(position))

    def find(self, number: int) -> AttachmentRecord | None:
        """Return a file; None where its message is gone."""
        row = self._sql.one(_SELECT + " WHERE a.number = ?", number)
        return None if row is None else _record(row)

    def message_of(self, number: int) -> tuple[MessageId, int] | None:
        """Return the message of a file, and its conversation."""
        row = self._sql.one(
            "SELECT m.id, m.conversation FROM attachment AS a JOIN message AS m ON m.position = a.position"
            " WHERE a.number = ?",
            number,
        )
        return None if row is None else (MessageId(row[0]), row[1])

    def entry_of(self, blob: BlobId) -> FileEntry | None:
        """Return what a message, or a text that is sent later, says of a sealed file; None where none tells of it."""
        row = self._sql.one(
            "SELECT entry FROM attachment WHERE blob = ?1 UNION ALL"
            " SELECT entry FROM scheduled_file WHERE blob = ?1 LIMIT 1",
            blob,
        )
        return None if row is None else decode_entry(row[0])

    def with_blob(self, blob: BlobId) -> tuple[AttachmentRecord, ...]:
        """Return the files of all messages that are this sealed file."""
        return tuple(map(_record, self._sql.all(_SELECT + " WHERE a.blob = ? ORDER BY a.number", blob)))

    def sent_to(self, contact: int, blob: BlobId) -> tuple[AttachmentRecord, ...]:
        """Return the own files of messages to a contact, and to groups in which they are, that are this sealed file.

        What was written to a former identity of theirs is not among them: it was sent to somebody else.
        """
        rows = self._sql.all(
            _SELECT + " JOIN message AS m ON m.position = a.position JOIN conversation AS c USING (conversation)"
            " WHERE a.blob = ?1 AND m.outgoing = 1 AND (c.contact = ?2 AND m.position > c.id_since OR EXISTS"
            " (SELECT 1 FROM group_member AS f WHERE f.conversation = c.conversation AND f.contact = ?2))"
            " ORDER BY a.number",
            blob,
            contact,
        )
        return tuple(map(_record, rows))

    def waiting_for(self, contact: int, most: int) -> tuple[AttachmentRecord, ...]:
        """Return own files that wait for a contact to fetch them directly, the newest first."""
        rows = self._sql.all(
            _SELECT + " JOIN message AS m ON m.position = a.position JOIN conversation AS c USING (conversation)"
            " WHERE a.state = 'waiting' AND (c.contact = ?1 AND m.position > c.id_since OR EXISTS"
            " (SELECT 1 FROM group_member AS f WHERE f.conversation = c.conversation AND f.contact = ?1))"
            " ORDER BY a.number DESC LIMIT ?2",
            contact,
            most,
        )
        return tuple(map(_record, rows))

    def is_from(self, contact: int, blob: BlobId) -> bool:
        """Tell whether a message of a contact brought this sealed file."""
        return bool(
            self._sql.number(
                "SELECT EXISTS (SELECT 1 FROM attachment AS a JOIN message AS m ON m.position = a.position"
                " WHERE a.blob = ? AND m.outgoing = 0 AND m.author = ?)",
                blob,
                contact,
            )
        )

    def under_way(self, state: FileState, after: int, most: int) -> tuple[AttachmentRecord, ...]:
        """Return the first files behind ``after`` that are to be moved."""
        # The second condition is that of the index, which SQLite would not see in a parameter: all others stay unread.
        following = (
            _SELECT + " WHERE a.state = ? AND a.state IN ('waiting', 'sending', 'fetching') AND a.number > ?"
            " ORDER BY a.number LIMIT ?"
        )
        return tuple(map(_record, self._sql.all(following, state.value, after, most)))

    def want(self, number: int, folder: str | None) -> bool:
        """Have a file fetched, and saved into a folder (None for none); tells whether it is there still."""
        return bool(
            self._sql.run(
                "UPDATE attachment SET state = ?, error = NULL, save_into = ? WHERE number = ?",
                FileState.FETCHING.value,
                folder,
                number,
            )
        )

    def settle(self, number: int, before: FileState, after: FileState, done: int, kept_until: int | None) -> bool:
        """Note that all of a file has been moved, and until when the relay stores it, where that is known.

        Returns:
            Whether its state is ``after`` now: one that is not ``before`` stays.
        """
        row = self._sql.one(
            "UPDATE attachment SET done = ?2, error = NULL, save_into = NULL, kept_until = coalesce(?3, kept_until),"
            " state = CASE state WHEN ?4 THEN ?5 ELSE state END WHERE number = ?1 RETURNING state",
            number,
            done,
            kept_until,
            before.value,
            after.value,
        )
        return row is not None and row[0] == after.value

    def set_state(
        self, number: int, state: FileState, *, when: Sequence[FileState] = tuple(FileState), error: str | None = None
    ) -> AttachmentRecord | None:
        """Bring a file into a state.

        Args:
            number: The file.
            state: The state.
            when: The states that it may have had: any other stays.
            error: Stable code of why it failed.

        Returns:
            The file as it is now; None where nothing changed.
        """
        marks = ", ".join("?" * len(when))
        row = self._sql.one(
            f"UPDATE attachment SET state = ?, error = ? WHERE number = ? AND state IN ({marks})"
            f" RETURNING {_OWN_COLUMNS}",
            state.value,
            error,
            number,
            *(each.value for each in when),
        )
        return None if row is None else _record(row)

    def mark_lost_by_relay(self, newest: int, now: int) -> int:
        """Have own files that the relay should have still sent there again, the newest; returns how many those are."""
        return self._sql.run(
            "UPDATE attachment SET state = ?3, error = NULL WHERE number IN (SELECT a.number FROM attachment AS a"
            " JOIN message AS m ON m.position = a.position AND m.outgoing = 1"
            " WHERE a.state = ?4 AND a.kept_until > ?2 ORDER BY a.number DESC LIMIT ?1)",
            newest,
            now,
            FileState.SENDING.value,
            FileState.SENT.value,
        )

    def set_done(self, number: int, done: int) -> None:
        """Note how many bytes of the sealed file have been moved; it waits for nothing then."""
        self._sql.run("UPDATE attachment SET done = ?, error = NULL WHERE number = ?", done, number)

    def stored_until(self, number: int, moment: int | None) -> None:
        """Note until when the relay stores an own file (Unix milliseconds); None where that is not known."""
        self._sql.run("UPDATE attachment SET kept_until = ? WHERE number = ?", moment, number)

    def save_into(self, number: int, folder: str | None) -> None:
        """Note into which folder a file is saved once it is here; None for none."""
        self._sql.run("UPDATE attachment SET save_into = ? WHERE number = ?", folder, number)

    def mark_heard(self, number: int) -> None:
        """Note that somebody has listened to a voice note."""
        self._sql.run("UPDATE attachment SET unheard = 0 WHERE number = ? AND unheard = 1", number)

    def next_unheard(self, conversation: int, position: int, place: int) -> tuple[MessageId, int] | None:
        """Return the first voice note of a conversation behind that of a position to which nobody has listened."""
        row = self._sql.one(
            "SELECT m.id, a.place FROM attachment AS a JOIN message AS m ON m.position = a.position"
            " WHERE a.unheard = 1 AND (a.position, a.place) > (?, ?) AND a.conversation = ?"
            " ORDER BY a.position, a.place LIMIT 1",
            position,
            place,
            conversation,
        )
        return None if row is None else (MessageId(row[0]), row[1])

    def may_ask(self, number: int, now: int) -> bool:
        """Tell whether a file may be asked for, at its sender or by its reader, and note that it is: once a day."""
        return bool(
            self._sql.run(
                "UPDATE attachment SET asked_at = ?1 WHERE number = ?2 AND NOT asked_at BETWEEN ?1 - ?3 AND ?1",
                now,
                number,
                DAY_MS,
            )
        )

    def note_waiting(self, number: int, error: str) -> None:
        """Note why a file that is to be moved does not move: it is not where it was, or has no room."""
        moving = "state IN ('fetching', 'sending')"
        self._sql.run(f"UPDATE attachment SET error = ? WHERE number = ? AND {moving}", error, number)

    def came(self, number: int) -> None:
        """Note that a text is here that may have been asked for: from now on others may ask for it."""
        self._sql.run("UPDATE attachment SET asked_at = 0 WHERE number = ?", number)

    def texts_asked_for(self, conversation: int, now: int) -> int:
        """Tell how many texts of a conversation somebody has asked for in a day."""
        return self._sql.number(
            "SELECT count(*) FROM attachment WHERE conversation = ?1 AND kind = 'text'"
            " AND asked_at BETWEEN ?2 - ?3 AND ?2",
            conversation,
            now,
            DAY_MS,
        )

    def is_needed(self, blob: BlobId) -> bool:
        """Tell whether a message has a file whose sealed file this is, or a text that is sent later.

        One that was deleted to make room is not needed.
        """
        return bool(
            self._sql.number(
                "SELECT EXISTS (SELECT 1 FROM attachment WHERE blob = ?1 AND state <> 'freed')"
                " OR EXISTS (SELECT 1 FROM scheduled_file WHERE blob = ?1)",
                blob,
            )
        )

    def unused(self, most: int) -> tuple[BlobId, ...]:
        """Return sealed files that no message needs any more."""
        return tuple(BlobId(row[0]) for row in self._sql.all("SELECT blob FROM blob_unused LIMIT ?", most))

    def forget_unused(self, blobs: Sequence[BlobId]) -> None:
        """Forget sealed files that were deleted from the folder."""
        self._sql.run_many("DELETE FROM blob_unused WHERE blob = ?", ((blob,) for blob in blobs))


def _record(row: Row) -> AttachmentRecord:
    number, position, place, entry, state, done, error, save_into, kept_until, unheard = row
    opened, stands = decode_entry(entry), FileState(state)
    return AttachmentRecord(number, position, place, opened, stands, done, error, save_into, kept_until, bool(unheard))
