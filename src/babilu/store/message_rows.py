"""Rows of messages: one list of columns, read and completed in one place."""

from typing import Final

from babilu.kernel.ids import SHORT_ID_BYTES, DeviceId, MessageId
from babilu.kernel.states import MessageKind, MessageState, Route, TextState
from babilu.store.file_records import AttachmentRecord
from babilu.store.message_details import DETAIL_COLUMNS, MessageDetails, text_fields
from babilu.store.message_records import PLAIN, MessageRecord
from babilu.store.statements import Row, Statements, Value

MESSAGE_COLUMNS: Final = (
    "m.id, m.conversation, m.author, m.outgoing, m.text, m.sent_at, m.arrived_at, m.position, m.route, m.state,"
    " m.held_until, m.error, m.unread, m.first, m.sender_device, m.counter, m.kind,"
    " m.late, m.belongs_before, m.departed, m.not_understood, " + ", ".join(f"m.{each}" for each in DETAIL_COLUMNS)
)
RETURNED_COLUMNS: Final = MESSAGE_COLUMNS.replace("m.", "")
"""The same where no query names the table `m`."""

SELECT_MESSAGES: Final = f"SELECT {MESSAGE_COLUMNS} FROM message AS m"

_BESIDE: Final = 21
_POSITION: Final = 7
_FILES: Final = 34
_HIDDEN: Final = 35
MESSAGE_WIDTH: Final = _BESIDE + len(DETAIL_COLUMNS)
"""How many columns those are."""

NO_DEVICE: Final = DeviceId(bytes(SHORT_ID_BYTES))
"""Stands for the sender's where no device sent a row."""


class MessageRows:
    """Reads messages as records, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements
        self._details = MessageDetails(statements)

    def record(self, row: Row) -> MessageRecord:
        """Build the record of a row of `MESSAGE_COLUMNS`, with what other rows add to it."""
        return self.complete(message_record(row))

    def complete(self, record: MessageRecord) -> MessageRecord:
        """Add what other rows say of a message."""
        return self._details.complete(record)

    def select(self, rest: str, *values: Value) -> list[MessageRecord]:
        """Return the messages that the rest of a query lets through; in it they are called `m`."""
        rows = self._sql.all(SELECT_MESSAGES + rest, *values)
        # One query for the files of a page: one for each message would take as long as all the rest of it.
        files = self._details.files_of([row[_POSITION] for row in rows if row[_FILES]])
        return [self.complete(message_record(row, files.get(row[_POSITION], ()))) for row in rows]


def message_record(row: Row, files: tuple[AttachmentRecord, ...] = ()) -> MessageRecord:
    """Build the record of a row of `MESSAGE_COLUMNS`, with its files where they have been read.

    Of what an admin has removed nothing is in it that was said, so that nobody can show it by mistake.
    """
    hidden = bool(row[_HIDDEN])
    return MessageRecord(
        id=MessageId(row[0]),
        conversation=row[1],
        author=row[2],
        outgoing=bool(row[3]),
        text="" if hidden else row[4],
        sent_at=row[5],
        arrived_at=row[6],
        position=row[7],
        route=None if row[8] is None else Route(row[8]),
        state=None if row[9] is None else MessageState(row[9]),
        held_until=row[10],
        error=row[11],
        unread=bool(row[12]),
        first=bool(row[13]),
        sender_device=None if row[14] is None else DeviceId(row[14]),
        counter=row[15],
        kind=MessageKind(row[16]),
        late=bool(row[17]),
        belongs_before=None if row[18] is None else MessageId(row[18]),
        departed=bool(row[19]),
        needs_newer=row[20] is not None,
        fields=PLAIN if hidden else text_fields(row[_BESIDE : _BESIDE + 6]),
        said_at=row[27],
        edited_at=None if hidden else row[28],
        deleted=bool(row[29]),
        reacted=bool(row[30]) and not hidden,
        pinned=bool(row[31]) and not hidden,
        expires_at=row[32],
        request_id=row[33],
        file_count=0 if hidden else row[_FILES],
        files=() if hidden else files,
        hidden=hidden,
        hidden_by=row[36],
        recipients=row[37],
        line=row[38],
        shared_by=row[39],
        imported=row[40],
        text_state=None if hidden or row[41] is None else TextState(row[41]),
    )


def newest_position(statements: Statements) -> int:
    """Return the position of the newest message that there ever was, or 0; no place is ever used again."""
    return statements.number("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'message'")
