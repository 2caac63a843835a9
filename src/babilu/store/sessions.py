"""Sessions and private prekeys; what is kept and for how long follows sections 2 and 3 of the protocol.

This is the `babilu.session.ports.SessionRows` of the client.
"""

from collections.abc import Sequence

from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import OLD_KEYS_KEPT_MS
from babilu.session.ports import HandshakeRole, PrekeyKind, PrivatePrekey, SessionRecord
from babilu.store.statements import Row, Statements

_SESSIONS = (
    "SELECT session, peer, role, ephemeral, ratchet, initial, associated_data,"
    " created_at, sent, received, sending, closed, replaced_at FROM session"
)
_PREKEYS = "SELECT kind, id, private, public, signature, created_at FROM prekey"
_FORMER_PREKEYS = _PREKEYS.replace("FROM prekey", "FROM former_prekey")
_RENEWED = (PrekeyKind.SIGNED, PrekeyKind.LAST_RESORT)
_ONE_TIME = (PrekeyKind.ONE_TIME_EC, PrekeyKind.ONE_TIME_KEM)

ONE_TIME_KEPT = 10_000
"""Private one-time prekeys that are kept at most; the oldest are given up."""


class Sessions:
    """The sessions and prekeys of the profile, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def sessions_with(self, peer: DeviceId) -> list[SessionRecord]:
        rows = self._sql.all(_SESSIONS + " WHERE peer = ? ORDER BY created_at DESC, rowid DESC", peer)
        return [_session(row) for row in rows]

    def save_session(self, record: SessionRecord) -> None:
        values = (
            record.ephemeral,
            record.associated_data,
            record.replaced_at,
            int(record.sending),
            int(record.closed),
            record.sent,
            record.received,
            record.initial,
            record.ratchet,
        )
        changed = self._sql.run(
            "UPDATE session SET ephemeral = ?, associated_data = ?, replaced_at = ?, sending = ?, closed = ?,"
            " sent = ?, received = ?, initial = ?, ratchet = ? WHERE session = ?",
            *values,
            record.session,
        )
        if not changed:
            self._sql.run(
                "INSERT INTO session (ephemeral, associated_data, replaced_at, sending, closed, sent, received,"
                " initial, ratchet, session, peer, role, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                *values,
                record.session,
                record.peer,
                record.role.value,
                record.created_at,
            )

    def delete_session(self, session: bytes) -> None:
        self._sql.run("DELETE FROM session WHERE session = ?", session)

    def stop_sending(self, peer: DeviceId, now: int) -> None:
        """Let no session with a device send any more, such as one that left its list; they receive for 60 days."""
        self._sql.run(
            "UPDATE session SET sending = 0, closed = 1, replaced_at = coalesce(replaced_at, ?) WHERE peer = ?",
            now,
            peer,
        )

    def delete_sessions_with(self, peer: DeviceId) -> None:
        """Forget every session with a device, such as one that left its owner's device list."""
        self._sql.run("DELETE FROM session WHERE peer = ?", peer)

    def prekey(self, kind: PrekeyKind, prekey_id: int) -> PrivatePrekey | None:
        for prekeys in (_PREKEYS, _FORMER_PREKEYS):
            row = self._sql.one(prekeys + " WHERE kind = ? AND id = ?", kind.value, prekey_id)
            if row is not None:
                return _prekey(row)
        return None

    def delete_prekey(self, kind: PrekeyKind, prekey_id: int) -> None:
        for table in ("prekey", "former_prekey"):
            self._sql.run(f"DELETE FROM {table} WHERE kind = ? AND id = ?", kind.value, prekey_id)

    def remember_ephemeral(self, peer: DeviceId, ephemeral: bytes, now: int) -> None:
        newest = self._sql.number("SELECT max(id) FROM prekey WHERE kind = 'signed'")
        self._sql.run(
            "INSERT OR IGNORE INTO ephemeral (peer, ephemeral, signed_prekey, seen_at) VALUES (?, ?, ?, ?)",
            peer,
            ephemeral,
            newest,
            now,
        )

    def has_handshake(self, peer: DeviceId, ephemeral: bytes) -> bool:
        """Tell whether a session that ``peer`` began with this ephemeral key is kept."""
        sql = "SELECT 1 FROM session WHERE peer = ? AND role = 'responder' AND ephemeral = ?"
        return self._sql.one(sql, peer, ephemeral) is not None

    def is_ephemeral_seen(self, peer: DeviceId, ephemeral: bytes) -> bool:
        return self._sql.one("SELECT 1 FROM ephemeral WHERE peer = ? AND ephemeral = ?", peer, ephemeral) is not None

    def add_prekeys(self, prekeys: Sequence[PrivatePrekey]) -> None:
        """Store private halves, before their public halves are published.

        Of one-time prekeys the newest `ONE_TIME_KEPT` are kept, whoever had them made.
        """
        self._sql.run_many(
            "INSERT INTO prekey (kind, id, private, public, signature, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            ((one.kind.value, one.id, one.private, one.public, one.signature, one.created_at) for one in prekeys),
        )
        # One counter numbers all kinds: so many numbers back there are no more keys than that.
        before = max((one.id for one in prekeys), default=0) - ONE_TIME_KEPT
        self._forget_one_time(before)

    def _forget_one_time(self, up_to: int) -> None:
        for kind in _ONE_TIME:
            self._sql.run("DELETE FROM prekey WHERE kind = ? AND id <= ?", kind.value, up_to)

    def prekeys_of(self, kind: PrekeyKind) -> list[PrivatePrekey]:
        """Return the private prekeys of a kind that are kept, the oldest id first."""
        rows = self._sql.all(_PREKEYS + " WHERE kind = ? ORDER BY id", kind.value)
        return [_prekey(row) for row in rows]

    def newest_prekey(self, kind: PrekeyKind) -> PrivatePrekey | None:
        """Return the private prekey of a kind with the highest id, or None."""
        row = self._sql.one(_PREKEYS + " WHERE kind = ? ORDER BY id DESC LIMIT 1", kind.value)
        return None if row is None else _prekey(row)

    def delete_expired(self, now: int) -> None:
        """Forget old keys.

        A signed or last-resort prekey goes 60 days after its successor was made, and with a signed prekey the one-time
        ones that were made under it; a session goes 60 days after another one took its place, and the ephemeral key of
        a handshake with the last signed prekey that it can have used.
        """
        before = now - OLD_KEYS_KEPT_MS
        self._sql.run("DELETE FROM former_prekey WHERE former_since <= ?", before)
        for kind in _RENEWED:
            self._sql.run(
                "DELETE FROM prekey WHERE kind = ?1 AND id <"
                " (SELECT max(id) FROM prekey WHERE kind = ?1 AND created_at <= ?2)",
                kind.value,
                before,
            )
        oldest = self._sql.number("SELECT coalesce(min(id), 0) FROM prekey WHERE kind = 'signed'")
        self._forget_one_time(oldest - 1)
        self._sql.run("DELETE FROM session WHERE replaced_at <= ?", before)
        self._sql.run("DELETE FROM ephemeral WHERE signed_prekey < (SELECT min(id) FROM prekey WHERE kind = 'signed')")

    def become_former(self, now: int) -> None:
        """Let all sessions and prekeys be those of an own device that sends no more: they receive for 60 days."""
        self._sql.run("UPDATE session SET sending = 0, closed = 1, replaced_at = coalesce(replaced_at, ?)", now)
        self._sql.run(
            "INSERT OR REPLACE INTO former_prekey (kind, id, private, public, signature, created_at, former_since)"
            " SELECT kind, id, private, public, signature, created_at, ? FROM prekey",
            now,
        )
        self._sql.run("DELETE FROM prekey")


def _session(row: Row) -> SessionRecord:
    return SessionRecord(
        session=row[0],
        peer=DeviceId(row[1]),
        role=HandshakeRole(row[2]),
        ephemeral=row[3],
        ratchet=row[4],
        initial=row[5],
        associated_data=row[6],
        created_at=row[7],
        sent=row[8],
        received=row[9],
        sending=bool(row[10]),
        closed=bool(row[11]),
        replaced_at=row[12],
    )


def _prekey(row: Row) -> PrivatePrekey:
    kind, prekey_id, private, public, signature, created_at = row
    return PrivatePrekey(PrekeyKind(kind), prekey_id, private, public, signature, created_at)
