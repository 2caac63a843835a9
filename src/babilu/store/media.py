"""Media of a conversation: its messages with pictures, voice notes, other files or links, the newest first.

Each page costs what it shows, however long the conversation is: indexes hold what a page is made of, and whether a
message has a link is noted when it is written.
"""

from babilu.kernel.limits import INTEGER_MAX
from babilu.kernel.states import MediaKind
from babilu.store.message_records import MessageRecord
from babilu.store.message_rows import MessageRows
from babilu.store.statements import Statements


class MediaTable:
    """What conversations have besides words, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._rows = MessageRows(statements)

    def page(
        self, conversation: int, kind: MediaKind, limit: int, before: int | None = None
    ) -> tuple[list[MessageRecord], bool]:
        """Read messages that have something of a kind, the newest first.

        Args:
            conversation: Which one.
            kind: Of what kind.
            limit: Most messages.
            before: Only positions below this one; None for the newest.

        Returns:
            The messages, and whether older ones exist.
        """
        below = INTEGER_MAX if before is None else before
        if kind is MediaKind.LINK:
            found = self._rows.select(
                " WHERE m.conversation = ? AND m.links = 1 AND m.hidden = 0 AND m.position < ?"
                " ORDER BY m.position DESC LIMIT ?",
                conversation,
                below,
                limit + 1,
            )
        else:
            found = self._rows.select(
                " WHERE m.position IN (SELECT DISTINCT a.position FROM attachment AS a"
                " JOIN message AS s ON s.position = a.position WHERE a.conversation = ? AND a.kind = ?"
                " AND a.position < ? AND s.hidden = 0 ORDER BY a.position DESC LIMIT ?) ORDER BY m.position DESC",
                conversation,
                kind.value,
                below,
                limit + 1,
            )
        return found[:limit], len(found) > limit
