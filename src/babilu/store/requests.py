"""Requests of strangers: one at a time from each, however often they call; a declined identity is remembered."""

from babilu.kernel.errors import ErrorCode, UsageError
from babilu.kernel.ids import DeviceId, IdentityKey
from babilu.store.contact_records import RequestRecord
from babilu.store.statements import Row, Statements

_REQUESTS = "SELECT id, identity_key, name, device_list, host, port, at, device FROM request"


class RequestTable:
    """Conversation requests of strangers, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def add_or_refresh(self, record: RequestRecord) -> RequestRecord:
        """Store a request; one of the same identity keeps its id and its name, and takes over the rest.

        The name was shown: whoever accepts it accepts the person who was shown by it.
        """
        row = self._sql.one(
            "INSERT INTO request (id, identity_key, name, device_list, host, port, at, device)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (identity_key) DO UPDATE SET"
            " device_list = excluded.device_list, host = excluded.host, port = excluded.port, at = excluded.at,"
            " device = excluded.device RETURNING id, identity_key, name, device_list, host, port, at, device",
            record.id,
            record.identity_key,
            record.name,
            record.device_list,
            record.host,
            record.port,
            record.at,
            record.device,
        )
        return record if row is None else _record(row)

    def all(self) -> list[RequestRecord]:
        """Return every request, the oldest call first."""
        return [_record(row) for row in self._sql.all(_REQUESTS + " ORDER BY at, id")]

    def find(self, id_or_name: str) -> RequestRecord | None:
        """Return the request of an id, else the one whose stranger goes by this name.

        Raises:
            UsageError: Several strangers go by this name.
        """
        row = self._sql.one(_REQUESTS + " WHERE id = ?", id_or_name)
        if row is not None:
            return _record(row)
        rows = self._sql.all(_REQUESTS + " WHERE name = ? LIMIT 2", id_or_name)
        if len(rows) > 1:
            raise UsageError("Several requests bear this name: take the id instead.", ErrorCode.USAGE)
        return _record(rows[0]) if rows else None

    def by_identity(self, identity_key: IdentityKey) -> RequestRecord | None:
        row = self._sql.one(_REQUESTS + " WHERE identity_key = ?", identity_key)
        return None if row is None else _record(row)

    def delete(self, request: str) -> None:
        """Forget the request of an id: it was accepted, declined or has expired."""
        self._sql.run("DELETE FROM request WHERE id = ?", request)

    def count(self) -> int:
        return self._sql.number("SELECT count(*) FROM request")

    def count_from(self, host: str) -> int:
        """Count the requests whose last call came from an address."""
        return self._sql.number("SELECT count(*) FROM request WHERE host = ?", host)

    def decline(self, identity_key: IdentityKey, now: int) -> None:
        """Remember that an identity was declined, and forget its request."""
        self._sql.run("DELETE FROM request WHERE identity_key = ?", identity_key)
        self._sql.run("INSERT OR REPLACE INTO declined (identity_key, at) VALUES (?, ?)", identity_key, now)

    def is_declined(self, identity_key: IdentityKey) -> bool:
        return self._sql.one("SELECT 1 FROM declined WHERE identity_key = ?", identity_key) is not None

    def forgive(self, identity_key: IdentityKey) -> None:
        """Take a refusal back: the user calls or accepts this person now."""
        self._sql.run("DELETE FROM declined WHERE identity_key = ?", identity_key)


def _record(row: Row) -> RequestRecord:
    request, identity_key, name, device_list, host, port, at, device = row
    return RequestRecord(request, IdentityKey(identity_key), name, device_list, host, port, at, DeviceId(device))
