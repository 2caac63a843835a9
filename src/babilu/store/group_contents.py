"""Contents to groups that cannot be judged yet: their heads are not known, or the group was not accepted."""

from typing import Final

from babilu.kernel.ids import DeviceId, EnvelopeId, MessageId
from babilu.kernel.states import Route
from babilu.store.group_records import WaitingContent
from babilu.store.statements import Row, Statements

CONTENTS_OF_DEVICE: Final = 100
"""Contents of one device that wait in one group."""

CONTENTS_OF_GROUP: Final = 1_000
"""Contents that wait in one group."""

_COLUMNS = "log, contact, device, message, counter, route, stored_at, received_at, content, recipient, envelope, number"


class GroupContents:
    """Contents that wait, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def keep(self, content: WaitingContent) -> bool:
        """Let a content wait; one that waits already is not kept twice.

        Returns:
            Whether it waits: nothing makes room here, so that what came first is judged first.
        """
        if self._waits(content.log, content.device, content.message):
            return True
        if not self._has_room(content.log, content.device):
            return False
        self._sql.run(
            f"INSERT INTO group_content ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            content.log,
            content.contact,
            content.device,
            content.message,
            content.counter,
            content.route.value,
            content.stored_at,
            content.received_at,
            content.content,
            content.recipient,
            content.envelope,
        )
        return True

    def waiting(self, log: int) -> list[WaitingContent]:
        """Return what waits in a group, in the order of coming."""
        rows = self._sql.all(f"SELECT {_COLUMNS} FROM group_content WHERE log = ? ORDER BY number", log)
        return [_record(row) for row in rows]

    def remove(self, number: int) -> None:
        """Let a content wait no more."""
        self._sql.run("DELETE FROM group_content WHERE number = ?", number)

    def _waits(self, log: int, device: DeviceId, message: MessageId) -> bool:
        sql = "SELECT 1 FROM group_content WHERE log = ? AND device = ? AND message = ?"
        return self._sql.one(sql, log, device, message) is not None

    def _has_room(self, log: int, device: DeviceId) -> bool:
        of_device = "SELECT count(*) FROM group_content WHERE log = ? AND device = ?"
        if self._sql.number(of_device, log, device) >= CONTENTS_OF_DEVICE:
            return False
        return self._sql.number("SELECT count(*) FROM group_content WHERE log = ?", log) < CONTENTS_OF_GROUP


def _record(row: Row) -> WaitingContent:
    return WaitingContent(
        log=row[0],
        contact=row[1],
        device=DeviceId(row[2]),
        message=MessageId(row[3]),
        counter=row[4],
        route=Route(row[5]),
        stored_at=row[6],
        received_at=row[7],
        content=row[8],
        recipient=row[9],
        envelope=EnvelopeId(row[10]),
        number=row[11],
    )
