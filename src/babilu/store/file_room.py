"""Room that files take, and those whose bytes may be deleted: what is on its way, or nowhere else, never is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from babilu.kernel.ids import BlobId, MessageId
from babilu.kernel.states import FileState, MediaKind
from babilu.store.statements import Statements

# A file that another device has brought here; an own one that is at the relay, or with whom it was sent to, once all of
# their devices have its message. Notes go to nobody else: their files stay.
_MAY_GO: Final = (
    "((a.state = 'here' AND m.sender_device IS NOT NULL) OR (a.state = 'sent' AND m.outgoing = 1"
    " AND m.state IN ('delivered', 'read'))) AND c.kind NOT IN ('notes', 'imported')"
    " AND a.kind <> 'text'"
)


@dataclass(frozen=True, slots=True)
class RoomFilter:
    """Which files are meant.

    Attributes:
        before: Of messages that were stored here before this moment (Unix milliseconds).
        conversation: In this conversation only; None for all.
        kinds: Of these kinds only; none for all.
    """

    before: int
    conversation: int | None = None
    kinds: tuple[MediaKind, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file whose bytes are here: its row, message, place in it, conversation and sealed file; own if it was sent."""

    number: int
    message: MessageId
    place: int
    conversation: int
    kind: MediaKind
    blob: BlobId
    own: bool = False


class FileRoom:
    """The files of all messages as things that take room, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def stored(self) -> list[tuple[int, MediaKind, BlobId]]:
        """Return conversation, kind and sealed file of every file that may have bytes here."""
        rows = self._sql.all(
            "SELECT conversation, kind, blob FROM attachment WHERE state <> 'freed' AND kind <> 'text' ORDER BY number"
        )
        return [(conversation, MediaKind(kind), BlobId(blob)) for conversation, kind, blob in rows]

    def messages(self) -> dict[int, int]:
        """Count the messages of each conversation."""
        return dict(self._sql.all("SELECT conversation, count(*) FROM message GROUP BY conversation"))

    def may_go(self, only: RoomFilter) -> list[StoredFile]:
        """Return the files whose bytes may be deleted, in a lasting order."""
        condition, values = _filtered(only)
        rows = self._sql.all(
            "SELECT a.number, m.id, a.place, a.conversation, a.kind, a.blob,"
            " m.outgoing = 1 AND m.sender_device IS NULL FROM attachment AS a"
            " JOIN message AS m ON m.position = a.position JOIN conversation AS c ON c.conversation = a.conversation"
            f" WHERE {_MAY_GO}{condition} ORDER BY a.number",
            *values,
        )
        return [
            StoredFile(number, MessageId(message), place, conversation, MediaKind(kind), BlobId(blob), bool(own))
            for number, message, place, conversation, kind, blob, own in rows
        ]

    def must_stay(self, only: RoomFilter) -> int:
        """Count the files with bytes here that are not deleted: they are on their way, or nowhere else."""
        condition, values = _filtered(only)
        return self._sql.number(
            "SELECT count(*) FROM attachment AS a JOIN message AS m ON m.position = a.position"
            " JOIN conversation AS c ON c.conversation = a.conversation"
            f" WHERE a.kind <> 'text' AND a.state NOT IN ('freed', 'offered') AND NOT ({_MAY_GO}){condition}",
            *values,
        )

    def free(self, files: Sequence[StoredFile]) -> tuple[list[StoredFile], list[BlobId]]:
        """Note that the bytes of files are deleted, as far as they still may be.

        Returns:
            The files, and the sealed files that no message needs any more.
        """
        freed = [file for file in files if self._may_still(file.number) and self._free(file.number)]
        blobs = dict.fromkeys(file.blob for file in freed)
        return freed, [blob for blob in blobs if not self._is_needed(blob)]

    def needed_besides(self, numbers: Iterable[int], blob: BlobId) -> bool:
        """Tell whether a sealed file is needed by another file than these."""
        known = set(numbers)
        rows = self._sql.all("SELECT number FROM attachment WHERE blob = ? AND state <> 'freed'", blob)
        return any(number not in known for (number,) in rows)

    def _may_still(self, number: int) -> bool:
        row = self._sql.one(
            "SELECT 1 FROM attachment AS a JOIN message AS m ON m.position = a.position"
            f" JOIN conversation AS c ON c.conversation = a.conversation WHERE a.number = ? AND {_MAY_GO}",
            number,
        )
        return row is not None

    def _free(self, number: int) -> bool:
        return bool(
            self._sql.run(
                "UPDATE attachment SET state = ?, error = NULL, done = 0, save_into = NULL WHERE number = ?",
                FileState.FREED.value,
                number,
            )
        )

    def _is_needed(self, blob: BlobId) -> bool:
        return bool(
            self._sql.number("SELECT EXISTS (SELECT 1 FROM attachment WHERE blob = ? AND state <> 'freed')", blob)
        )


def _filtered(only: RoomFilter) -> tuple[str, tuple[int | str, ...]]:
    conditions, values = [" AND m.arrived_at < ?"], [only.before]
    more: list[int | str] = [*values]
    if only.conversation is not None:
        conditions.append(" AND a.conversation = ?")
        more.append(only.conversation)
    if only.kinds:
        conditions.append(f" AND a.kind IN ({', '.join('?' * len(only.kinds))})")
        more += [kind.value for kind in only.kinds]
    return "".join(conditions), tuple(more)
