"""Sessions and prekeys of one profile in memory, with snapshots: what `SessionRows` promises, and nothing more."""

from dataclasses import replace

from babilu.kernel.ids import DeviceId
from babilu.session.ports import PrekeyKind, PrivatePrekey, SessionRecord


class MemoryRows:
    def __init__(self) -> None:
        self.sessions: dict[bytes, SessionRecord] = {}
        self.prekeys: dict[tuple[PrekeyKind, int], PrivatePrekey] = {}
        self.ephemerals: dict[tuple[DeviceId, bytes], int] = {}
        self._order: dict[bytes, int] = {}
        self._ticks = 0

    def sessions_with(self, peer: DeviceId) -> list[SessionRecord]:
        found = [record for record in self.sessions.values() if record.peer == peer]
        return sorted(found, key=lambda record: self._order[record.session], reverse=True)

    def save_session(self, record: SessionRecord) -> None:
        self._ticks += 1
        self._order.setdefault(record.session, self._ticks)
        self.sessions[record.session] = record

    def delete_session(self, session: bytes) -> None:
        self.sessions.pop(session, None)

    def prekey(self, kind: PrekeyKind, prekey_id: int) -> PrivatePrekey | None:
        return self.prekeys.get((kind, prekey_id))

    def delete_prekey(self, kind: PrekeyKind, prekey_id: int) -> None:
        del self.prekeys[kind, prekey_id]

    def remember_ephemeral(self, peer: DeviceId, ephemeral: bytes, now: int) -> None:
        self.ephemerals[peer, ephemeral] = now

    def is_ephemeral_seen(self, peer: DeviceId, ephemeral: bytes) -> bool:
        return (peer, ephemeral) in self.ephemerals

    def keep_prekeys(self, prekeys: list[PrivatePrekey]) -> None:
        for prekey in prekeys:
            self.prekeys[prekey.kind, prekey.id] = prekey

    def snapshot(self) -> tuple[object, ...]:
        return (
            {session: replace(record) for session, record in self.sessions.items()},
            dict(self.prekeys),
            dict(self.ephemerals),
        )
