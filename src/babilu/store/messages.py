"""Messages are kept in the order of their positions; a state never goes backwards, and an id shows once for good."""

from collections.abc import Sequence
from dataclasses import replace

from babilu.kernel.ids import SHORT_ID_BYTES, DeviceId, MessageId
from babilu.kernel.limits import INTEGER_MAX
from babilu.kernel.states import MessageKind, MessageState, Route
from babilu.store.contacts import CONTACT_COLUMNS, contact_record
from babilu.store.conversations import CONVERSATION_COLUMNS, conversation_record
from babilu.store.deliveries import give_up_unsent
from babilu.store.expiry import UNREAD_MS
from babilu.store.message_details import (
    DETAIL_COLUMNS,
    MessageDetails,
    encode_mentions,
    field_values,
    text_fields,
)
from babilu.store.records import (
    PLAIN,
    ContactRecord,
    ConversationRecord,
    MessageRecord,
    SearchFilter,
    TextFields,
)
from babilu.store.search_text import TRIGRAM, fold, phrase
from babilu.store.statements import Row, Statements
from babilu.wire.content import Mention

_COLUMNS = (
    "m.id, m.conversation, m.author, m.outgoing, m.text, m.sent_at, m.arrived_at, m.position, m.route, m.state,"
    " m.held_until, m.error, m.unread, m.first, m.sender_device, m.counter, m.kind,"
    " m.late, m.belongs_before, m.departed, m.not_understood, " + ", ".join(f"m.{each}" for each in DETAIL_COLUMNS)
)
_OWN_COLUMNS = _COLUMNS.replace("m.", "")
_MESSAGES = f"SELECT {_COLUMNS} FROM message AS m"
_BESIDE = 21
_WIDTH = _BESIDE + len(DETAIL_COLUMNS)

_NO_DEVICE = DeviceId(bytes(SHORT_ID_BYTES))

INDEX_BATCH = 512
"""Messages that enter the full-text index together at the latest: one by one they would double a message's cost."""

INDEX_CHARACTERS = 64 * 1024
"""Characters that wait for the index before the batch is full, so that large texts make no long pause."""

STRANGER_INDEXED = 1_000
"""Characters of a text that can be searched for while its writer is not accepted."""

LATE_REACH = 10_000
"""Positions back to which it is looked for what a late message belongs before."""

_BEFORE = {
    MessageState.HELD: "'queued'",
    MessageState.DELIVERED: "'queued', 'held', 'failed'",
    MessageState.READ: "'queued', 'held', 'failed', 'delivered'",
    MessageState.FAILED: "'queued', 'held'",
    MessageState.QUEUED: "'held', 'failed'",
}
"""From which states each one is reached; a receipt that comes late also mends what counted as failed.

Back to queued leads that another device is to have it, or its user's retry.
"""


class Messages:
    """Every message of the profile, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements
        self._details = MessageDetails(statements)
        # A guess: what was rolled back counts too, what an earlier run left does not.
        self._characters_waiting = 0

    def add_outgoing(
        self, message: MessageId, conversation: int, text: str, now: int, part: bytes, fields: TextFields = PLAIN
    ) -> MessageRecord:
        """Store an own message as queued, owed to nobody yet; ``part`` are the exact bytes to send."""
        position = self._sql.insert(
            "INSERT INTO message (id, conversation, outgoing, text, folded, sent_at, arrived_at, state, unread, shown,"
            " first, counter, said_at, part) VALUES (?, ?, 1, ?, ?, ?, ?, 'queued', 0, 1, 0, 0, ?, ?)",
            message,
            conversation,
            text,
            fold(text),
            now,
            now,
            now,
            part,
        )
        self._index(position, text)
        return self._with(fields, MessageRecord(
            message, conversation, None, True, text, now, now, position, None, MessageState.QUEUED, None,
            None, False, False, None, 0, said_at=now,
        ))  # fmt: skip

    def _with(self, fields: TextFields, record: MessageRecord) -> MessageRecord:
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
        return self._details.complete(replace(record, fields=fields))

    def add_incoming(  # noqa: PLR0913, PLR0917  # one argument for each thing that came with the message
        self,
        message: MessageId,
        conversation: int,
        author: int,
        sender_device: DeviceId,
        counter: int,
        text: str,
        sent_at: int,
        now: int,
        *,
        said_at: int,
        part: bytes,
        route: Route,
        first: bool,
        stranger: bool = False,
        late: bool = False,
        belongs_before: MessageId | None = None,
        departed: bool = False,
        not_understood: int | None = None,
        fields: TextFields = PLAIN,
    ) -> MessageRecord:
        """Store a message of somebody else, unread and not shown; it cannot be from the future.

        It stands after all others, also one that is ``late``: nothing is put above what somebody has read or answered.
        Of a stranger's text only the beginning can be searched for, until they are accepted: the index takes many times
        its size.
        """
        at = min(sent_at, now)
        cut = stranger and len(text) > STRANGER_INDEXED
        folded = fold(text[:STRANGER_INDEXED] if cut else text)
        stored = self._sql.insert(
            "INSERT INTO message (id, conversation, author, outgoing, text, folded, sent_at, arrived_at, route, unread,"
            " shown, first, sender_device, counter, cut, late, belongs_before, departed, said_at, part,"
            " not_understood) VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, 1, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            message,
            conversation,
            author,
            text,
            folded,
            at,
            now,
            route.value,
            int(first),
            sender_device,
            counter,
            int(cut),
            int(late),
            belongs_before,
            int(departed),
            said_at,
            part,
            not_understood,
        )
        self._index(stored, folded)
        return self._with(fields, MessageRecord(
            message, conversation, author, False, text, at, now, stored, route, None, None,
            None, True, first, sender_device, counter,
            late=late, belongs_before=belongs_before, departed=departed, needs_newer=not_understood is not None,
            said_at=said_at,
        ))  # fmt: skip

    def add_line(
        self,
        message: MessageId,
        conversation: int,
        about: int,
        kind: MessageKind,
        at: int,
        now: int,
        missing: int = 0,
    ) -> MessageRecord:
        """Store a line about the conversation, which is nobody's message: it counts as shown and read.

        Args:
            message: A new id.
            conversation: Where it stands.
            about: The contact whom it is about.
            kind: What it says.
            at: When it happened.
            now: Unix milliseconds.
            missing: Of a gap: how many messages it has.
        """
        position = self._sql.insert(
            "INSERT INTO message (id, conversation, author, outgoing, text, folded, sent_at, arrived_at, unread, shown,"
            " first, sender_device, counter, kind, said_at, part)"
            " VALUES (?, ?, ?, 0, '', '', ?, ?, 0, 1, 0, ?, ?, ?, ?, x'')",
            message,
            conversation,
            about,
            at,
            now,
            _NO_DEVICE,
            missing,
            kind.value,
            at,
        )
        self._index(position, "")
        return MessageRecord(
            message, conversation, about, False, "", at, now, position, None, None, None,
            None, False, False, _NO_DEVICE, missing, kind,
        )  # fmt: skip

    def has_texts(self, conversation: int) -> bool:
        """Tell whether anything was said in a conversation that is kept; a line is nothing that was said."""
        return bool(
            self._sql.number(
                "SELECT EXISTS (SELECT 1 FROM message WHERE conversation = ? AND kind = 'text')", conversation
            )
        )

    def newest_gap(self, conversation: int) -> MessageRecord | None:
        """Return the newest line about missing messages."""
        row = self._sql.one(
            _MESSAGES + " WHERE m.conversation = ? AND m.kind = 'gap' ORDER BY m.position DESC LIMIT 1", conversation
        )
        return None if row is None else message_record(row)

    def resize_gap(self, line: MessageRecord, missing: int) -> MessageRecord:
        """Change how many messages are missing where a line says so."""
        self._sql.run("UPDATE message SET counter = ? WHERE position = ?", missing, line.position)
        return replace(line, counter=missing)

    def overtaken_by(self, conversation: int, device: DeviceId, counter: int) -> MessageId | None:
        """Find the message before which a late one belongs: the next of its device, by its counter.

        Returns:
            Its id; None where nothing later of the device is among the newest `LATE_REACH` messages.
        """
        row = self._sql.one(
            "SELECT id, min(counter) FROM message"
            " WHERE conversation = ? AND position > ? AND sender_device = ? AND counter > ?",
            conversation,
            self._newest_position() - LATE_REACH,
            device,
            counter,
        )
        return None if row is None or row[0] is None else MessageId(row[0])

    def _newest_position(self) -> int:
        return self._sql.number("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'message'")

    def is_known(self, message: MessageId, conversation: int) -> bool:
        """Tell whether a message id was ever used in this conversation, also when it was deleted since."""
        row = self._sql.one(
            "SELECT 1 FROM message WHERE id = ?1 AND conversation = ?2"
            " UNION ALL SELECT 1 FROM message_deleted WHERE id = ?1 AND conversation = ?2",
            message,
            conversation,
        )
        return row is not None

    def by_id(self, message: MessageId, conversation: int | None = None) -> MessageRecord | None:
        """Return a message; without ``conversation`` an own one comes before others of the same id."""
        if conversation is None:
            row = self._sql.one(_MESSAGES + " WHERE m.id = ? ORDER BY m.outgoing DESC, m.position LIMIT 1", message)
        else:
            row = self._sql.one(_MESSAGES + " WHERE m.id = ? AND m.conversation = ?", message, conversation)
        return None if row is None else self._record(row)

    def _record(self, row: Row) -> MessageRecord:
        return self._details.complete(message_record(row))

    def bearers(self, message: MessageId) -> int:
        """Count the conversations that have a message of an id."""
        return self._sql.number("SELECT count(*) FROM message WHERE id = ?", message)

    def part_of(self, position: int) -> bytes:
        """Return the exact bytes that a message's id was computed from; none for a line."""
        row = self._sql.one("SELECT part FROM message WHERE position = ?", position)
        return b"" if row is None else bytes(row[0])

    def advance_state(
        self,
        message: MessageId,
        state: MessageState,
        route: Route | None = None,
        held_until: int | None = None,
        error: str | None = None,
    ) -> MessageRecord | None:
        """Bring an own message to another state that may follow the one it is in.

        Args:
            message: Which one.
            state: Where it has come; `MessageState.QUEUED` is the way back.
            route: How it went, where that is news; a queued one has gone no way.
            held_until: With `MessageState.HELD`: until when.
            error: With `MessageState.FAILED`: the stable code of why.

        Returns:
            The message as it is now, or None where nothing changed: there is no such own message, or it has come
            as far already.
        """
        row = self._sql.one(
            "UPDATE message SET route = CASE ?1 WHEN 'queued' THEN NULL ELSE coalesce(?2, route) END, state = ?1,"
            " held_until = ?3, error = ?4 WHERE id = ?5 AND outgoing = 1 AND (state IN"
            f" ({_BEFORE[state]}) OR (state = 'held' AND ?1 = 'held' AND held_until IS NOT ?3))"
            f" RETURNING {_OWN_COLUMNS}",
            state.value,
            None if route is None else route.value,
            held_until if state is MessageState.HELD else None,
            error if state is MessageState.FAILED else None,
            message,
        )
        return None if row is None else self._record(row)

    def note_receipt(self, position: int, device: DeviceId, now: int, *, read: bool, is_first: bool) -> None:
        """Keep when a device of the recipient had an own message, and when it was read there; the first time counts.

        Args:
            position: The message.
            device: Who gave the receipt.
            now: When it came.
            read: Whether it tells of reading.
            is_first: Whether it settled an envelope; otherwise only a row that is there is brought further.
        """
        if is_first:
            self._sql.run(
                "INSERT INTO message_receipt (position, device, delivered_at) VALUES (?, ?, ?)"
                " ON CONFLICT (position, device) DO NOTHING",
                position,
                device,
                now,
            )
        if read:
            self._sql.run(
                "UPDATE message_receipt SET read_at = ? WHERE position = ? AND device = ? AND read_at IS NULL",
                now,
                position,
                device,
            )

    def has_receipt(self, message: MessageId) -> bool:
        """Tell whether a device of its recipient has an own message."""
        row = self._sql.one(
            "SELECT 1 FROM message_receipt WHERE position ="
            " (SELECT position FROM message WHERE id = ? AND outgoing = 1) LIMIT 1",
            message,
        )
        return row is not None

    def receipts_of(self, position: int) -> list[tuple[DeviceId, int, int | None]]:
        """Return the devices that have an own message, each with when it had it and when it was read there."""
        rows = self._sql.all(
            "SELECT device, delivered_at, read_at FROM message_receipt WHERE position = ? ORDER BY device", position
        )
        return [(DeviceId(device), delivered_at, read_at) for device, delivered_at, read_at in rows]

    def page(
        self, conversation: int, limit: int, before: int | None = None, after: int | None = None
    ) -> tuple[list[MessageRecord], bool, bool]:
        """Read a run of a conversation, the oldest message first.

        Args:
            conversation: Which one.
            limit: Most messages.
            before: Only positions below this one, the nearest; None for the newest.
            after: Only positions above this one, the nearest; it counts before ``before``.

        Returns:
            The messages, whether older ones exist, whether newer ones exist.
        """
        if after is not None:
            rows = self._sql.all(
                _MESSAGES + " WHERE m.conversation = ? AND m.position > ? ORDER BY m.position LIMIT ?",
                conversation,
                after,
                limit,
            )
        elif before is not None:
            rows = self._sql.all(
                _MESSAGES + " WHERE m.conversation = ? AND m.position < ? ORDER BY m.position DESC LIMIT ?",
                conversation,
                before,
                limit,
            )
        else:
            rows = self._sql.all(
                _MESSAGES + " WHERE m.conversation = ? ORDER BY m.position DESC LIMIT ?", conversation, limit
            )
        records = sorted(map(self._record, rows), key=lambda record: record.position)
        first, last = self._edges(records, before, after)
        return records, self._exists(conversation, "<", first), self._exists(conversation, ">", last)

    def search(self, query: str, only: SearchFilter, limit: int) -> list[MessageRecord]:
        """Find messages that contain ``query`` by its letters, whatever case and accents, the newest first.

        The query is never read as search syntax. From three characters on the index answers; below, texts are
        scanned from the newest on. An empty one finds all that a filter by person or date lets through.
        """
        folded = fold(query)
        if limit <= 0 or not (folded or only.narrows):
            return []
        if len(folded) < TRIGRAM:
            return self._scan(folded, only, limit, beyond=0)
        newest = self._scan(folded, only, limit, beyond=self._indexed_up_to())
        return newest + self._search_index(folded, only, limit - len(newest))

    def first_since(self, conversation: int, moment: int) -> int | None:
        """Return the position of the first message that came at a time or later; None where there is none."""
        row = self._sql.one(
            "SELECT position FROM message WHERE conversation = ? AND arrived_at >= ? ORDER BY position LIMIT 1",
            conversation,
            moment,
        )
        return None if row is None else int(row[0])

    def clear(self, conversation: int, up_to: int, limit: int) -> int:
        """Delete the oldest messages of a conversation here, of those up to a position; their ids stay known.

        Returns:
            How many were deleted: fewer than ``limit`` where nothing is left.
        """
        rows = self._sql.all(
            "SELECT id FROM message WHERE conversation = ? AND position <= ? ORDER BY position LIMIT ?",
            conversation,
            up_to,
            limit,
        )
        for (message,) in rows:
            self.delete(MessageId(message), conversation)
        return len(rows)

    def take_unshown(self, limit: int) -> list[MessageRecord]:
        """Return messages of others that were never shown, in order of arrival, and record them as shown."""
        rows = self._sql.all(_MESSAGES + " WHERE m.shown = 0 ORDER BY m.position LIMIT ?", limit)
        records = [self._record(row) for row in rows]
        self._sql.run_many("UPDATE message SET shown = 1 WHERE position = ?", [(one.position,) for one in records])
        return records

    def put_back(self, messages: Sequence[MessageId]) -> None:
        """Record messages of others as not shown: whoever took them could not show them.

        What nobody has read elsewhere has not begun to disappear, either.
        """
        self._sql.run_many(
            "UPDATE message SET shown = 0, expires_at = CASE WHEN unread = 1 THEN NULL ELSE expires_at END"
            " WHERE id = ? AND outgoing = 0 AND deleted = 0",
            [(message,) for message in messages],
        )

    def mark_read(self, conversation: int, shown: int | None = None) -> list[tuple[MessageId, DeviceId]]:
        """Mark a conversation as read and return what was unread, in order, each with the device that wrote it.

        Args:
            conversation: Which one.
            shown: Position of the newest message that was shown: what is marked up to there counts as shown from now
                on, and nothing further is marked. None marks all, shown or not.
        """
        rows = self._sql.all(
            "SELECT id, sender_device FROM message WHERE conversation = ?1 AND unread = 1"
            " AND (?2 IS NULL OR position <= ?2) ORDER BY position",
            conversation,
            shown,
        )
        if rows:
            self._sql.run(
                "UPDATE message SET unread = 0, shown = CASE WHEN ?2 IS NULL THEN shown ELSE 1 END"
                " WHERE conversation = ?1 AND unread = 1 AND (?2 IS NULL OR position <= ?2)",
                conversation,
                shown,
            )
        return [(MessageId(message), DeviceId(device)) for message, device in rows]

    def unread(self, conversation: int) -> int:
        """Count the unread messages of a conversation."""
        return self._sql.number("SELECT count(*) FROM message WHERE conversation = ? AND unread = 1", conversation)

    def overview(self) -> list[tuple[ConversationRecord, ContactRecord | None, MessageRecord | None, int, int]]:
        """Return each conversation with its contact, newest message, unread messages and those that mention oneself.

        Pinned ones come first, then the most recent; notes to oneself have no contact.
        """
        counted = self._sql.all(
            "SELECT conversation, count(*), sum(mentioned) FROM message WHERE unread = 1 GROUP BY conversation"
        )
        unread = {conversation: (count, mentions) for conversation, count, mentions in counted}
        rows = self._sql.all(
            f"SELECT {_COLUMNS}, {', '.join(f'v.{column}' for column in CONVERSATION_COLUMNS)},"
            f" {', '.join(f'c.{column}' for column in CONTACT_COLUMNS)}"
            " FROM conversation AS v LEFT JOIN contact AS c ON c.contact = v.contact LEFT JOIN message AS m"
            " ON m.position = (SELECT position FROM message"
            " WHERE conversation = v.conversation AND kind = 'text' ORDER BY position DESC LIMIT 1)"
            " WHERE v.hidden = 0"
            " ORDER BY v.pinned DESC, coalesce(m.arrived_at, v.created_at) DESC, m.position DESC, v.conversation DESC"
        )
        beyond = _WIDTH + len(CONVERSATION_COLUMNS)
        overview = []
        for row in rows:
            conversation = conversation_record(row[_WIDTH:beyond])
            contact = None if row[beyond] is None else contact_record(row[beyond:])
            last = None if row[0] is None else self._record(row[:_WIDTH])
            overview.append((conversation, contact, last, *unread.get(conversation.conversation, (0, 0))))
        return overview

    def delete(self, message: MessageId, conversation: int | None = None) -> MessageRecord | None:
        """Delete a message here, and return it as it was; its id stays known."""
        record = self.by_id(message, conversation)
        if record is None:
            return None
        if record.position <= self._indexed_up_to():
            self._sql.run(
                "INSERT INTO message_text (message_text, rowid, folded)"
                " SELECT 'delete', position, folded FROM message WHERE position = ?",
                record.position,
            )
        if record.outgoing:
            give_up_unsent(self._sql, message)
        self.forget_words(record.conversation, message)
        self._sql.run("DELETE FROM message WHERE position = ?", record.position)
        self._sql.run("INSERT INTO message_deleted (id, conversation) VALUES (?, ?)", message, record.conversation)
        return record

    def reword(self, position: int, text: str, mentions: tuple[Mention, ...], at: int, *, mentioned: bool) -> None:
        """Show another wording of a message.

        Args:
            position: Which one.
            text: The wording.
            mentions: Whom it names.
            at: Since when it is that.
            mentioned: Whether oneself is among them, named by somebody else.
        """
        row = self._sql.one("SELECT cut FROM message WHERE position = ?", position)
        cut = row is not None and bool(row[0])
        self._find_by(position, fold(text[:STRANGER_INDEXED] if cut else text))
        self._sql.run(
            "UPDATE message SET text = ?, mentions = ?, mentioned = ?, mention_told = max(mention_told, ?),"
            " edited_at = ?, not_understood = NULL WHERE position = ?",
            text,
            encode_mentions(mentions),
            int(mentioned),
            int(mentioned),
            at,
            position,
        )

    def mention_told(self, position: int) -> bool:
        """Tell whether the user was told already that a message names them."""
        return self._sql.number("SELECT mention_told FROM message WHERE position = ?", position) > 0

    def erase(self, position: int) -> None:
        """Leave nothing of what a message said; the row stays and says that it was deleted."""
        self._find_by(position, "")
        self._sql.run(
            "UPDATE message SET deleted = 1, text = '', part = x'', reply_to = NULL, quote = '', mentions = NULL,"
            " mentioned = 0, edited_at = NULL, reacted = 0, pinned = 0, cut = 0, not_understood = NULL, unread = 0,"
            " shown = 1 WHERE position = ?",
            position,
        )

    def forget_words(self, conversation: int, message: MessageId) -> None:
        """Leave nothing of a message in other rows: wordings, reactions, pins and quotes."""
        for table, column in (
            ("message_edit", "target"),
            ("message_reaction", "target"),
            ("register_write", "register"),
        ):
            self._sql.run(f"DELETE FROM {table} WHERE conversation = ? AND {column} = ?", conversation, message)
        self._erase_quotes(conversation, message)

    def _erase_quotes(self, conversation: int, message: MessageId) -> None:
        """Leave nothing of a message in those that answer it; what is still under way keeps the bytes to send."""
        self._sql.run(
            "UPDATE message SET quote = '', part = CASE WHEN outgoing = 0 OR (state IN ('delivered', 'read')"
            " AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.message = message.id))"
            " THEN x'' ELSE part END WHERE conversation = ? AND reply_to = ?",
            conversation,
            message,
        )

    def answer_instead(self, conversation: int, message: MessageId, instead: MessageId) -> None:
        """Have what answers a message answer the one that was said in its place."""
        self._sql.run(
            "UPDATE message SET reply_to = ? WHERE conversation = ? AND reply_to = ?", instead, conversation, message
        )

    def forget_gone_quote(self, position: int) -> bool:
        """Leave nothing of what a message quotes, where that was deleted meanwhile: its bytes are needed no more.

        Returns:
            Whether there was anything.
        """
        changed = self._sql.run(
            "UPDATE message SET quote = '', part = x'' WHERE position = ? AND reply_to IS NOT NULL AND ("
            " EXISTS (SELECT 1 FROM message AS m WHERE m.id = message.reply_to"
            " AND m.conversation = message.conversation AND m.deleted = 1)"
            " OR EXISTS (SELECT 1 FROM message_deleted AS d WHERE d.id = message.reply_to"
            " AND d.conversation = message.conversation))",
            position,
        )
        return changed > 0

    def set_reacted(self, position: int) -> None:
        """Note that somebody has reacted to a message."""
        self._sql.run("UPDATE message SET reacted = 1 WHERE position = ? AND reacted = 0", position)

    def set_pinned(self, position: int, pinned: bool) -> None:
        """Show a message as pinned, or not."""
        self._sql.run("UPDATE message SET pinned = ? WHERE position = ?", int(pinned), position)

    def pinned(self, conversation: int, limit: int) -> list[MessageRecord]:
        """Return the pinned messages of a conversation, the newest first."""
        rows = self._sql.all(
            _MESSAGES + " WHERE m.conversation = ? AND m.pinned = 1 ORDER BY m.position DESC LIMIT ?",
            conversation,
            limit,
        )
        return [self._record(row) for row in rows]

    def note_gone(self, message: MessageId, conversation: int) -> None:
        """Remember the id of a message that never comes any more."""
        if not self.is_known(message, conversation):
            self._sql.run("INSERT INTO message_deleted (id, conversation) VALUES (?, ?)", message, conversation)

    def index_waiting(self) -> None:
        """Take the newest messages into the full-text index, which a search would else compare one by one."""
        newest = self._sql.number("SELECT max(position) FROM message")
        indexed = self._indexed_up_to()
        if newest > indexed:
            self._sql.run(
                "INSERT INTO message_text (rowid, folded)"
                " SELECT position, folded FROM message WHERE position > ? ORDER BY position",
                indexed,
            )
            self._sql.run("UPDATE message_indexed SET position = ?", newest)
        self._characters_waiting = 0

    def index_whole(self, conversation: int) -> bool:
        """Make one text searchable as a whole that was cut while its writer was a stranger.

        Returns:
            Whether there may be more of them.
        """
        row = self._sql.one(
            "SELECT position, text FROM message WHERE cut = 1 AND conversation = ? LIMIT 1", conversation
        )
        if row is None:
            return False
        position, text = row
        self._find_by(position, fold(text))
        self._sql.run("UPDATE message SET cut = 0 WHERE position = ?", position)
        return True

    def older_than(self, version: int, conversation: int, limit: int) -> list[tuple[int, bytes]]:
        """Return position and bytes of messages that an earlier version of parts did not understand, in order."""
        return self._sql.all(
            "SELECT position, part FROM message WHERE conversation = ? AND not_understood < ?"
            " ORDER BY position LIMIT ?",
            conversation,
            version,
            limit,
        )

    def conversations_older_than(self, version: int) -> list[int]:
        """Return the conversations of which an earlier version of parts did not understand something."""
        rows = self._sql.all("SELECT DISTINCT conversation FROM message WHERE not_understood < ?", version)
        return [row[0] for row in rows]

    def understand(self, position: int, text: str, *, stranger: bool) -> None:
        """Put the text of a message that is understood now in the place of what stood for it."""
        cut = stranger and len(text) > STRANGER_INDEXED
        self._find_by(position, fold(text[:STRANGER_INDEXED] if cut else text))
        self._sql.run(
            "UPDATE message SET text = ?, cut = ?, not_understood = NULL WHERE position = ?", text, int(cut), position
        )

    def judged(self, position: int, version: int) -> None:
        """Record that a later version of parts does not understand a message either."""
        self._sql.run("UPDATE message SET not_understood = ? WHERE position = ?", version, position)

    def _find_by(self, position: int, folded: str) -> None:
        """Have a message found by another text than before."""
        if position <= self._indexed_up_to():
            self._sql.run(
                "INSERT INTO message_text (message_text, rowid, folded)"
                " SELECT 'delete', position, folded FROM message WHERE position = ?",
                position,
            )
            self._sql.run("INSERT INTO message_text (rowid, folded) VALUES (?, ?)", position, folded)
        self._sql.run("UPDATE message SET folded = ? WHERE position = ?", folded, position)

    def queued_count(self) -> int:
        """Count the own messages that no relay or peer has taken yet."""
        return self._sql.number("SELECT count(*) FROM message WHERE state = 'queued' AND deleted = 0")

    def _index(self, position: int, text: str) -> None:
        """Let a new message wait for the index, and take in what waits when that has become a batch."""
        self._characters_waiting += len(text)
        if position % INDEX_BATCH == 0 or self._characters_waiting >= INDEX_CHARACTERS:
            self.index_waiting()

    def _indexed_up_to(self) -> int:
        return self._sql.number("SELECT position FROM message_indexed")

    def _search_index(self, folded: str, only: SearchFilter, limit: int) -> list[MessageRecord]:
        condition, values = _filtered(only)
        rows = self._sql.all(
            f"SELECT {_COLUMNS} FROM message_text AS t JOIN message AS m ON m.position = t.rowid"
            f" WHERE t.message_text MATCH ?{condition} ORDER BY t.rowid DESC LIMIT ?",
            phrase(folded),
            *values,
            limit,
        )
        return [self._record(row) for row in rows]

    def _scan(self, folded: str, only: SearchFilter, limit: int, beyond: int) -> list[MessageRecord]:
        """Compare texts one by one, from the newest back to the position after ``beyond``."""
        condition, values = _filtered(only)
        rows = self._sql.all(
            f"{_MESSAGES} WHERE m.position > ? AND instr(m.folded, ?){condition} ORDER BY m.position DESC LIMIT ?",
            beyond,
            folded,
            *values,
            limit,
        )
        return [self._record(row) for row in rows]

    @staticmethod
    def _edges(records: list[MessageRecord], before: int | None, after: int | None) -> tuple[int, int]:
        """Return the positions below and above which a page's neighbours lie, also for an empty page."""
        if records:
            return records[0].position, records[-1].position
        if after is not None:
            return min(after, INTEGER_MAX - 1) + 1, after
        return (0, 0) if before is None else (before, before - 1)

    def _exists(self, conversation: int, comparison: str, position: int) -> bool:
        row = self._sql.one(
            f"SELECT 1 FROM message WHERE conversation = ? AND position {comparison} ? LIMIT 1",
            conversation,
            position,
        )
        return row is not None


def _filtered(only: SearchFilter) -> tuple[str, tuple[int, ...]]:
    """Write a filter as conditions of SQL, and the values that they take."""
    wanted = (
        ("m.conversation = ?", only.conversation),
        ("m.author = ?", only.author),
        ("m.sent_at >= ?", only.since),
        ("m.sent_at < ?", only.until),
    )
    conditions = [condition for condition, value in wanted if value is not None]
    if only.own:
        conditions.append("m.outgoing = 1")
    if only.narrows:
        conditions.append("m.kind = 'text'")
    values = tuple(value for _, value in wanted if value is not None)
    return "".join(f" AND {condition}" for condition in conditions), values


def message_record(row: Row) -> MessageRecord:
    """Build the record of a row of `_COLUMNS`."""
    return MessageRecord(
        id=MessageId(row[0]),
        conversation=row[1],
        author=row[2],
        outgoing=bool(row[3]),
        text=row[4],
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
        fields=text_fields(row[_BESIDE : _BESIDE + 6]),
        said_at=row[27],
        edited_at=row[28],
        deleted=bool(row[29]),
        reacted=bool(row[30]),
        pinned=bool(row[31]),
        expires_at=row[32],
    )
