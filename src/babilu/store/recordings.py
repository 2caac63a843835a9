"""Recordings: voice notes that were recorded and not sent yet, one of a conversation; they lie here alone."""

from babilu.store.file_records import RecordingRecord
from babilu.store.statements import Statements


class Recordings:
    """Recordings of all conversations, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def begin(self, conversation: int, now: int) -> bool:
        """Begin a recording for a conversation; False where one waits there already."""
        return bool(
            self._sql.run(
                "INSERT INTO recording (conversation, started_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                conversation,
                now,
            )
        )

    def append(self, conversation: int, sound: bytes, levels: bytes) -> bool:
        """Keep what came of a recording; False where it was thrown away meanwhile."""
        return bool(
            self._sql.run(
                "INSERT INTO recording_part (conversation, place, sound, levels) SELECT conversation, (SELECT count(*)"
                " FROM recording_part WHERE conversation = ?1), ?2, ?3 FROM recording WHERE conversation = ?1",
                conversation,
                sound,
                levels,
            )
        )

    def find(self, conversation: int) -> RecordingRecord | None:
        """Return the recording of a conversation."""
        return next((each for each in self.all() if each.conversation == conversation), None)

    def all(self) -> list[RecordingRecord]:
        """Return the recordings of all conversations."""
        levels: dict[int, bytearray] = {}
        for conversation, part in self._sql.all("SELECT conversation, levels FROM recording_part ORDER BY 1, place"):
            levels.setdefault(conversation, bytearray()).extend(part)
        rows = self._sql.all("SELECT conversation, started_at FROM recording ORDER BY conversation")
        return [RecordingRecord(number, started_at, bytes(levels.get(number, b""))) for number, started_at in rows]

    def sound(self, conversation: int) -> bytes:
        """Return all that came of a recording."""
        rows = self._sql.all("SELECT sound FROM recording_part WHERE conversation = ? ORDER BY place", conversation)
        return b"".join(row[0] for row in rows)

    def delete(self, conversation: int) -> bool:
        """Throw the recording of a conversation away; says whether there was one."""
        return bool(self._sql.run("DELETE FROM recording WHERE conversation = ?", conversation))
