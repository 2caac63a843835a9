"""New messages: each is added with all that it says of itself, and stands after all that are there already."""

from dataclasses import replace

from babilu.kernel.ids import ConversationId, DeviceId, MessageId
from babilu.kernel.links import has_link
from babilu.kernel.states import FileState, MessageState, TextState
from babilu.store.attachments import Attachments
from babilu.store.expiry import UNREAD_MS
from babilu.store.group_records import SharedRecord
from babilu.store.message_contents import MessageContents
from babilu.store.message_details import field_values
from babilu.store.message_receipts import MessageReceipts
from babilu.store.message_records import PLAIN, BufferedMessage, MessageRecord, TextFields
from babilu.store.message_rows import NO_DEVICE, MessageRows, newest_position
from babilu.store.message_search import MessageSearch, found_by
from babilu.store.statements import Statements
from babilu.wire.file_entry import FileEntry

RECEIPTS_BATCH = 32
"""Of so many messages one has the receipts of older ones counted."""

LATE_REACH = 10_000
"""Positions back to which it is looked for what a late message belongs before."""


class NewMessages:
    """Adds messages, inside one transaction.

    Args:
        statements: The connection's statements.
        search: By what messages are found.
        contents: What messages show.
    """

    def __init__(self, statements: Statements, search: MessageSearch, contents: MessageContents) -> None:
        self._sql = statements
        self._rows = MessageRows(statements)
        self._search = search
        self._contents = contents
        self._attachments = Attachments(statements)

    def add_outgoing(  # noqa: PLR0913  # one argument for each thing that is known of a new message
        self,
        message: MessageId,
        conversation: int,
        text: str,
        now: int,
        part: bytes,
        fields: TextFields = PLAIN,
        request_id: str | None = None,
        *,
        recipients: int | None = None,
    ) -> MessageRecord:
        """Store an own message as queued, owed to nobody yet.

        Args:
            message: Its id.
            conversation: Where it stands.
            text: Plain text.
            now: Unix milliseconds.
            part: The exact bytes to send.
            fields: What it says of itself beside its words.
            request_id: The command that sends it, where that has an id.
            recipients: In a group: for how many people it is.
        """
        folded, _ = found_by(text, (entry.name for entry in fields.files), stranger=False)
        position = self._sql.insert(
            "INSERT INTO message (id, conversation, outgoing, text, folded, sent_at, arrived_at, state, unread, shown,"
            " first, counter, said_at, part, request_id, links, recipients)"
            " VALUES (?, ?, 1, ?, ?, ?, ?, 'queued', 0, 1, 0, 0, ?, ?, ?, ?, ?)",
            message,
            conversation,
            text,
            folded,
            now,
            now,
            now,
            part,
            request_id,
            int(has_link(text)),
            recipients,
        )
        self._search.add(position, folded)
        if recipients is not None and position % RECEIPTS_BATCH == 0:
            MessageReceipts(self._sql).count_older(conversation)
        return self._with(fields, MessageRecord(
            message, conversation, None, True, text, now, now, position, None, MessageState.QUEUED, None,
            None, False, False, None, 0, said_at=now, request_id=request_id, recipients=recipients,
        ))  # fmt: skip

    def add_incoming(
        self,
        message: BufferedMessage,
        now: int,
        *,
        stranger: bool = False,
        late: bool = False,
        belongs_before: MessageId | None = None,
        departed: bool = False,
    ) -> MessageRecord:
        """Store a message of somebody else, unread and not shown; it cannot be from the future.

        It stands after all others, also one that is ``late``: nothing is put above what somebody has read or answered.
        Of a stranger's text only the beginning can be searched for, until they are accepted: the index takes many times
        its size.
        """
        text, at = message.text or "", min(message.sent_at, now)
        files = (message.fields or PLAIN).files
        folded, cut = found_by(text, (entry.name for entry in files), stranger=stranger)
        stored = self._sql.insert(
            "INSERT INTO message (id, conversation, author, outgoing, text, folded, sent_at, arrived_at, route, unread,"
            " shown, first, sender_device, chain, counter, cut, late, belongs_before, departed, said_at, part,"
            " not_understood, links) VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, 1, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            message.id,
            message.conversation,
            message.author,
            text,
            folded,
            at,
            now,
            message.route.value,
            int(message.first),
            message.device,
            message.chain,
            message.counter,
            int(cut),
            int(late),
            belongs_before,
            int(departed),
            message.said_at,
            message.part,
            message.not_understood,
            int(has_link(text)),
        )
        self._search.add(stored, folded)
        return self._with(message.fields or PLAIN, MessageRecord(
            message.id, message.conversation, message.author, False, text, at, now, stored, message.route, None, None,
            None, True, message.first, message.device, message.counter, late=late, belongs_before=belongs_before,
            departed=departed, needs_newer=message.not_understood is not None, said_at=message.said_at,
        ), stranger=stranger)  # fmt: skip

    def add_copy(
        self,
        message: BufferedMessage,
        now: int,
        recipients: int | None,
        *,
        late: bool = False,
        belongs_before: MessageId | None = None,
    ) -> MessageRecord:
        """Store an own message that another own device has sent: it counts as held until that one tells more.

        Args:
            message: What it has sent.
            now: Unix milliseconds.
            recipients: In a group: for how many people it is.
            late: Whether it came after others of its device that were sent later.
            belongs_before: The first of those, where that is known.
        """
        text, at = message.text or "", min(message.sent_at, now)
        fields = message.fields or PLAIN
        folded, _ = found_by(text, (entry.name for entry in fields.files), stranger=False)
        position = self._sql.insert(
            "INSERT INTO message (id, conversation, outgoing, text, folded, sent_at, arrived_at, route, state, unread,"
            " shown, first, sender_device, chain, counter, late, belongs_before, said_at, part, not_understood, links,"
            " recipients) VALUES (?, ?, 1, ?, ?, ?, ?, ?, 'held', 0, 1, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            message.id,
            message.conversation,
            text,
            folded,
            at,
            now,
            message.route.value,
            message.device,
            message.chain,
            message.counter,
            int(late),
            belongs_before,
            message.said_at,
            message.part,
            message.not_understood,
            int(has_link(text)),
            recipients,
        )
        self._search.add(position, folded)
        return self._with(fields, MessageRecord(
            message.id, message.conversation, None, True, text, at, now, position, message.route, MessageState.HELD,
            None, None, False, False, message.device, message.counter, late=late, belongs_before=belongs_before,
            needs_newer=message.not_understood is not None, said_at=message.said_at, recipients=recipients,
        ))  # fmt: skip

    def keep_places(self, count: int) -> int:
        """Keep places for messages that are to stand before all that come from now on; returns the first."""
        first = newest_position(self._sql) + 1
        if not self._sql.run("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'message'", count):
            self._sql.run("INSERT INTO sqlite_sequence (name, seq) VALUES ('message', ?)", count)
        return first

    def add_shared(self, message: SharedRecord, position: int, now: int) -> None:
        """Store a message of a group from before we came, in a place that was kept for it: read, and told of already.

        Args:
            message: The message.
            position: Its place.
            now: Unix milliseconds.
        """
        at = min(message.said_at, now)
        folded, _ = found_by(message.text, (entry.name for entry in message.fields.files), stranger=False)
        self._sql.run(
            "INSERT INTO message (position, id, conversation, author, outgoing, text, folded, sent_at, arrived_at,"
            " route, unread, shown, first, sender_device, counter, said_at, part, links, shared_by)"
            " VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, ?, 0, 1, 0, ?, 0, ?, ?, ?, ?)",
            position,
            message.id,
            message.conversation,
            message.author,
            message.text,
            folded,
            at,
            now,
            message.route.value,
            NO_DEVICE,
            message.said_at,
            message.part,
            int(has_link(message.text)),
            message.shared_by,
        )
        self._search.add_between(position, folded)
        self._with(message.fields, MessageRecord(
            message.id, message.conversation, message.author, False, message.text, at, now, position, message.route,
            None, None, None, False, False, NO_DEVICE, 0, said_at=message.said_at, shared_by=message.shared_by,
        ))  # fmt: skip

    def overtaken_by(
        self, conversation: int, device: DeviceId, chain: ConversationId, counter: int
    ) -> MessageId | None:
        """Find the message before which a late one belongs: the next of its chain, by its counter.

        Returns:
            Its id; None where nothing later of the chain is among the newest `LATE_REACH` messages.
        """
        row = self._sql.one(
            "SELECT id, min(counter) FROM message"
            " WHERE conversation = ? AND position > ? AND sender_device = ? AND counter > ? AND chain = ?",
            conversation,
            newest_position(self._sql) - LATE_REACH,
            device,
            counter,
            chain,
        )
        return None if row is None or row[0] is None else MessageId(row[0])

    def _with_text(self, record: MessageRecord, whole: FileEntry, *, stranger: bool) -> MessageRecord:
        """Keep the file that holds the whole text of a new message: one that another device sent is fetched."""
        if record.is_from_here:
            self._attachments.add_text(record.conversation, record.position, whole, FileState.SENDING)
            return record
        state = FileState.OFFERED if stranger else FileState.FETCHING
        self._attachments.add_text(record.conversation, record.position, whole, state)
        text_state = TextState.OFFERED if stranger else TextState.COMING
        if record.shared_by is not None:
            # It is history: nobody is told of it as of one that has arrived.
            text_state = TextState.LATE
        self._contents.set_text_state(record.position, text_state)
        return replace(record, text_state=text_state)

    def _with(self, fields: TextFields, record: MessageRecord, *, stranger: bool = False) -> MessageRecord:
        """Keep what a new message says of itself beside its words."""
        if fields is PLAIN:
            return record
        self._sql.run(
            "UPDATE message SET reply_to = ?, quote = ?, mentions = ?, mentioned = ?, forwarded = ?, timer = ?,"
            " mention_told = ?, ends_at = ? WHERE position = ?",
            *field_values(fields),
            None if fields.timer is None else record.sent_at + fields.timer + UNREAD_MS,
            record.position,
        )
        if fields.files:
            is_written_here = record.outgoing and record.sender_device is None
            state = FileState.SENDING if is_written_here else FileState.OFFERED
            self._attachments.add(record.conversation, record.position, fields.files, state)
            self._sql.run("UPDATE message SET files = ? WHERE position = ?", len(fields.files), record.position)
        if fields.whole is not None:
            record = self._with_text(record, fields.whole, stranger=stranger)
        return self._rows.complete(replace(record, fields=fields, file_count=len(fields.files)))
