"""Pieces of what another own device gives that is too large for one content, until all of one are here."""

from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import DEVICE_HISTORY_PIECES
from babilu.store.statements import Statements


class HistoryPieces:
    """Pieces that wait for others, inside one transaction.

    Args:
        statements: The connection's statements.
    """

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def add(self, device: DeviceId, whole: bytes, place: int, count: int, piece: bytes) -> bytes | None:
        """Keep a piece, in whatever order they come; of one device too many make room by those of other wholes.

        Args:
            device: Who gives it.
            whole: What it is a piece of: 16 bytes.
            place: Which piece, from 0.
            count: How many there are.
            piece: Its bytes.

        Returns:
            All of them joined, and forgotten here, once the last one is here; None before.
        """
        self._sql.run(
            "INSERT OR IGNORE INTO history_piece (device, whole, place, piece) VALUES (?, ?, ?, ?)",
            device,
            whole,
            place,
            piece,
        )
        if self._sql.number("SELECT count(*) FROM history_piece WHERE device = ?", device) > DEVICE_HISTORY_PIECES:
            self._sql.run("DELETE FROM history_piece WHERE device = ? AND whole <> ?", device, whole)
        rows = self._sql.number("SELECT count(*) FROM history_piece WHERE device = ? AND whole = ?", device, whole)
        if rows < count:
            return None
        pieces = self._sql.all(
            "DELETE FROM history_piece WHERE device = ? AND whole = ? RETURNING place, piece", device, whole
        )
        return b"".join(each for _, each in sorted((int(number), bytes(each)) for number, each in pieces))

    def forget(self, device: DeviceId) -> None:
        """Forget what a device has given that is none of the own ones any more."""
        self._sql.run("DELETE FROM history_piece WHERE device = ?", device)
