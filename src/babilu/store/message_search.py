"""Full-text index of messages, and the search in it: by letters, whatever case and accents.

New messages wait for the index until they are a batch; a search compares those that wait one by one.
"""

from collections.abc import Iterable
from typing import Final

from babilu.store.attachments import Attachments
from babilu.store.message_records import MessageRecord, SearchFilter
from babilu.store.message_rows import MESSAGE_COLUMNS, MessageRows
from babilu.store.search_text import TRIGRAM, fold, phrase
from babilu.store.statements import Statements

INDEX_BATCH = 512
"""Messages that enter the full-text index together at the latest: one by one they would double a message's cost."""

INDEX_CHARACTERS = 64 * 1024
"""Characters that wait for the index before the batch is full, so that large texts make no long pause."""

STRANGER_INDEXED = 1_000
"""Characters of a text that can be searched for while its writer is not accepted."""


_BETWEEN: Final = "\x1f"
"""Between a text and the names of its files: `fold` leaves none, so nothing that is looked for goes across."""


def found_by(text: str, names: Iterable[str] = (), *, stranger: bool) -> tuple[str, bool]:
    """Give by what letters a message is found.

    Args:
        text: What it says.
        names: What its files are called.
        stranger: Whether only its beginning may be searched for.

    Returns:
        The letters, and whether they are the beginning alone.
    """
    if not stranger:
        return _BETWEEN.join(map(fold, (text, *names))), False
    found: list[str] = []
    room, cut = STRANGER_INDEXED, False
    for words in (text, *names):
        found.append(fold(words[:room]))
        cut = cut or len(words) > room
        room = max(0, room - len(words))
    return _BETWEEN.join(found), cut


_IMPORTED_OWN: Final = "SELECT person FROM imported_person WHERE own = 1"
_IMPORTED_CONTACT: Final = "(SELECT contact FROM imported_person WHERE person = m.imported)"


class MessageSearch:
    """The index of all messages of the profile, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements
        self._rows = MessageRows(statements)
        self._attachments = Attachments(statements)
        # A guess: what was rolled back counts too, what an earlier run left does not.
        self._characters_waiting = 0

    def find(self, query: str, only: SearchFilter, limit: int) -> list[MessageRecord]:
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
        self.replace(position, self.found_now(position, text, stranger=False)[0])
        self._sql.run("UPDATE message SET cut = 0 WHERE position = ?", position)
        return True

    def add(self, position: int, text: str) -> None:
        """Let a new message wait for the index, and take in what waits when that has become a batch."""
        self._characters_waiting += len(text)
        if position % INDEX_BATCH == 0 or self._characters_waiting >= INDEX_CHARACTERS:
            self.index_waiting()

    def add_between(self, position: int, text: str) -> None:
        """Take in a new message that may stand before others which the index has already."""
        if position > self._indexed_up_to():
            self.add(position, text)
        else:
            self._sql.run("INSERT INTO message_text (rowid, folded) VALUES (?, ?)", position, text)

    def _indexed_up_to(self) -> int:
        return self._sql.number("SELECT position FROM message_indexed")

    def _search_index(self, folded: str, only: SearchFilter, limit: int) -> list[MessageRecord]:
        condition, values = _filtered(only)
        rows = self._sql.all(
            f"SELECT {MESSAGE_COLUMNS} FROM message_text AS t JOIN message AS m ON m.position = t.rowid"
            f" WHERE t.message_text MATCH ?{condition} ORDER BY t.rowid DESC LIMIT ?",
            phrase(folded),
            *values,
            limit,
        )
        return [self._rows.record(row) for row in rows]

    def _scan(self, folded: str, only: SearchFilter, limit: int, beyond: int) -> list[MessageRecord]:
        """Compare texts one by one, from the newest back to the position after ``beyond``."""
        condition, values = _filtered(only)
        return self._rows.select(
            f" WHERE m.position > ? AND instr(m.folded, ?){condition} ORDER BY m.position DESC LIMIT ?",
            beyond,
            folded,
            *values,
            limit,
        )

    def found_now(self, position: int, text: str, *, stranger: bool) -> tuple[str, bool]:
        """Give by what letters a message is found that says ``text``, as `found_by` does; its files are known."""
        return found_by(text, self._attachments.names(position), stranger=stranger)

    def replace(self, position: int, folded: str) -> None:
        """Have a message found by another text than before; by none while an admin has removed it."""
        if self._sql.number("SELECT hidden FROM message WHERE position = ?", position):
            folded = ""
        if self.remove(position):
            self._sql.run("INSERT INTO message_text (rowid, folded) VALUES (?, ?)", position, folded)
        self._sql.run("UPDATE message SET folded = ? WHERE position = ?", folded, position)

    def remove(self, position: int) -> bool:
        """Have a message found no longer; tells whether the index had it."""
        if position > self._indexed_up_to():
            return False
        self._sql.run(
            "INSERT INTO message_text (message_text, rowid, folded)"
            " SELECT 'delete', position, folded FROM message WHERE position = ?",
            position,
        )
        return True


def _filtered(only: SearchFilter) -> tuple[str, tuple[int, ...]]:
    """Write a filter as conditions of SQL, and the values that they take."""
    wanted = (
        ("m.conversation = ?", only.conversation),
        (f"? IN (m.author, {_IMPORTED_CONTACT})", only.author),
        ("m.sent_at >= ?", only.since),
        ("m.sent_at < ?", only.until),
    )
    conditions = [condition for condition, value in wanted if value is not None]
    if only.own:
        conditions.append(f"(m.outgoing = 1 OR m.imported IN ({_IMPORTED_OWN}))")
    if only.narrows:
        conditions.append("m.kind = 'text'")
    values = tuple(value for _, value in wanted if value is not None)
    return "".join(f" AND {condition}" for condition in conditions), values
