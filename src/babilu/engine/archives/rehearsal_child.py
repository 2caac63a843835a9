"""Process that rehearses an archive: it reads a question, restores into a folder that it is given, and answers."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from babilu.archive.collecting import Collector
from babilu.archive.groups import GroupKind, records_of
from babilu.archive.header import Opener
from babilu.archive.importing import Importer
from babilu.archive.reader import ArchiveFile, ArchiveReader
from babilu.archive.records import ArchivedProfile
from babilu.archive.scope import ArchiveScope, SealedFiles
from babilu.archive.writer import ContentHash
from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.crypto.secret import Passphrase, Secret
from babilu.identity.codec import decode_shape, encode_shape
from babilu.identity.device_list import decode_device_list, identity_of
from babilu.identity.shapes import DeviceListBody
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import BlobId, device_id, notes_id
from babilu.kernel.states import ArchiveVerdict
from babilu.store.database import Database
from babilu.store.profile_files import ProfilePaths
from babilu.store.profile_records import ProfileRecord, RelayRecord


class StoppedClock:
    """A clock that stands at the time of the archive: what runs then is not over yet.

    Args:
        now: Unix milliseconds.
    """

    def __init__(self, now: int) -> None:
        self._now = now

    def now_ms(self) -> int:
        """Return that time."""
        return self._now

    def monotonic_ms(self) -> int:
        """Return that time."""
        return self._now


class SeededKeys:
    """Keys of a throw-away device, from the seed that the other process has drawn.

    Args:
        seed: 32 random bytes.
    """

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._drawn = 0

    def token(self, size: int) -> bytes:
        """Give the next bytes."""
        self._drawn += 1
        return hashlib.shake_256(self._seed + self._drawn.to_bytes(8, "big")).digest(size)


def rehearse(question: dict[str, Any]) -> dict[str, str]:
    """Restore an archive and archive what came back, without writing that.

    Raises:
        BabiluError: It cannot be read or restored.
    """
    opener: Opener = Passphrase(question["passphrase"]) if question["passphrase"] else _code(question)
    keys, clock = SeededKeys(bytes.fromhex(question["seed"])), StoppedClock(int(question["now"]))
    sizes: dict[BlobId, int] = {}

    def note(blob: BlobId, size: int, offset: int, content: bytes) -> None:
        if offset + len(content) == size:
            sizes[blob] = size

    with ArchiveFile(Path(question["archive"])) as file:
        reader = ArchiveReader(file, opener)
        if reader.examine().verdict is not ArchiveVerdict.GOOD:
            return {"error": "damaged"}
        database = _throw_away(Path(question["folder"]), reader, keys, clock)
        try:
            importer = Importer(database, clock.now_ms, note)
            for group in reader.groups():
                importer.take(group)
            profile = _profile(reader)
            scope = ArchiveScope(
                clock.now_ms(), True, SealedFiles(lambda blob: sizes.get(blob, 0), lambda *_: b""), profile.wrapped
            )
            digest = ContentHash()
            with database.read() as unit:
                collector = Collector(unit, scope)
                for group in collector.groups():
                    digest.add(group)
        finally:
            database.close()
    return {"counts": encode_shape(collector.summary.counts).hex(), "sha256": digest.digest().hex()}


def main() -> None:
    """Answer one question of standard input."""
    try:
        answer = rehearse(json.load(sys.stdin))
    except BabiluError as error:
        answer = {"error": error.code.value}
    json.dump(answer, sys.stdout)


def _code(question: dict[str, Any]) -> Secret:
    return Secret(bytes.fromhex(question["code"]))


def _profile(reader: ArchiveReader) -> ArchivedProfile:
    return next(records_of(group, ArchivedProfile)[0] for group in reader.groups() if group.kind is GroupKind.PROFILE)


def _throw_away(folder: Path, reader: ArchiveReader, keys: SeededKeys, clock: StoppedClock) -> Database:
    """Make a profile of a device that is on nobody's list."""
    summary, profile = reader.summary(), _profile(reader)
    signing, agreement = SigningKey.generate(keys), AgreementKey.generate(keys)
    record = ProfileRecord(
        name=profile.name,
        signing=signing.private_bytes(),
        agreement=agreement.private_bytes(),
        device=device_id(signing.public, agreement.public),
        device_list=summary.device_list,
        created_at=profile.created_at,
    )
    database = Database.create(ProfilePaths.for_direct(folder, "rehearsal"), Secret(keys.token(32)), clock)
    body = decode_shape(decode_device_list(summary.device_list).body, DeviceListBody)
    with database.write() as unit:
        unit.profile.create(record)
        unit.conversations.keep_notes(notes_id(identity_of(body)), profile.created_at)
        unit.contacts.keep_oneself(
            identity_of(body), profile.name, "", record.device, record.device_list, profile.created_at
        )
        if profile.relay is not None:
            host, port, pin = profile.relay
            unit.profile.set_relay(RelayRecord(host, port, pin, True, 0, None, 0))
    return database
