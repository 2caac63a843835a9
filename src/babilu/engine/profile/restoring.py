"""Restoring of an archive: a profile is made of it, as a new device of its person, or gets what it lacks.

Two ways are read: the first to the end, comparing everything; the second imports, group by group, so that an end at
any moment is mended by beginning again. Nothing of this needs a relay; the client adds the device to its person's list
when it is opened (`babilu.engine.runtime.joining_device`). Everything here blocks.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from babilu.api.client import DirectProfile, RelayProfile, RestoreArchive
from babilu.api.views import Address, OwnDeviceView
from babilu.archive.groups import OF_ITS_DEVICE, ArchiveGroup, GroupKind, records_of, unreadable
from babilu.archive.header import Opener
from babilu.archive.importing import ImportedCounts, Importer
from babilu.archive.reader import ArchiveFile, ArchiveReader, findings_of
from babilu.archive.records import ArchivedProfile, ArchiveSummary
from babilu.crypto.keys import SigningKey
from babilu.crypto.password import WrapPurpose, unwrap_key
from babilu.crypto.secret import Passphrase, Secret
from babilu.engine.commands.archive_commands import opener_of
from babilu.engine.files.folder import FileFolder
from babilu.engine.profile.own_keys import keep_notes
from babilu.engine.runtime.joining_device import joining_device, note_joining
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.own_devices import DEVICE_NAME, named_device
from babilu.engine.transport.account_requests import AccountClient
from babilu.engine.transport.relay_pins import RelayPins
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import decode_device_list, encode_device_list, identity_of, verify_device_list
from babilu.identity.names import normalise_name
from babilu.identity.shapes import DeviceListBody, SignedDeviceList
from babilu.kernel.errors import (
    AccountError,
    ArchiveError,
    BabiluError,
    CryptoError,
    ErrorCode,
    Reason,
    TooManyDevicesError,
)
from babilu.kernel.ids import BlobId, DeviceId
from babilu.kernel.limits import DEVICES, Limits
from babilu.kernel.ports import Clock, Randomness
from babilu.kernel.states import ArchiveVerdict
from babilu.store.profile_files import ProfilePaths
from babilu.store.profile_records import RelayRecord
from babilu.store.profile_store import ProfileStore

_UNFINISHED: Final = "archive.unfinished"

TOGETHER: Final = 8
"""Groups of one transaction, some thousands of messages: each commit costs a sync of the disk."""


@dataclass(frozen=True, slots=True)
class RestoreOrder:
    """What is to be restored.

    Attributes:
        path: The archive.
        opener: What opens it.
        home: Folder of the profiles.
        passphrase: The profile's password, as it was when the archive was made.
        salvage: Whether a damaged archive is read as far as it can be.
        replaces: Id or name of the device that goes for the new one, where there are as many as there may be.
    """

    path: Path
    opener: Opener
    home: Path
    passphrase: Passphrase
    salvage: bool = False
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class RestoredArchive:
    """What came of it.

    Attributes:
        paths: The profile.
        is_new: Whether it was made.
        imported: What was not there before.
    """

    paths: ProfilePaths
    is_new: bool
    imported: ImportedCounts


def restore_profile(
    archive: RestoreArchive, home: Path, clock: Clock, randomness: Randomness
) -> RelayProfile | DirectProfile:
    """Make a profile of a backup, and give what opens it.

    Raises:
        BabiluError: As `babilu.api.client.ClientFactory.restore`.
    """
    opener = opener_of(archive.secret, archive.kind)
    order = RestoreOrder(Path(archive.path), opener, home, archive.passphrase, archive.salvage, archive.replaces)
    restoring = Restoring(order, clock, randomness)
    if restoring.findings.verdict is not ArchiveVerdict.GOOD and not archive.salvage:
        raise unreadable()
    restoring.changes_since(Limits())
    restoring.bring_back()
    summary = restoring.summary
    if summary.relay is None:
        return DirectProfile(summary.name, archive.passphrase)
    return RelayProfile(Address(*summary.relay), summary.name, archive.passphrase, register=False)


class Restoring:
    """Restores one archive: look at what it is, and then `bring_back` what is in it.

    Args:
        order: Which one.
        clock: Tells the time.
        randomness: For keys.

    Raises:
        ArchiveError: ``wrong_code``, ``archive_too_new``, ``archive_damaged``.
        UsageError: There is no such file.
    """

    def __init__(self, order: RestoreOrder, clock: Clock, randomness: Randomness) -> None:
        self._order = order
        self._clock = clock
        self._randomness = randomness
        self.findings = findings_of(order.path, order.opener)
        if self.findings.verdict is not ArchiveVerdict.GOOD and not order.salvage:
            return
        with ArchiveFile(order.path) as file:
            self._profile, self.summary = _core_of(ArchiveReader(file, order.opener))
        self._newest = decode_device_list(self.summary.device_list)

    @property
    def path(self) -> Path:
        """The archive."""
        return self._order.path

    @property
    def paths(self) -> ProfilePaths:
        """Where the profile lies, or is to lie."""
        name = normalise_name(self._profile.name)
        relay = self._profile.relay
        if relay is None:
            return ProfilePaths.for_direct(self._order.home, name)
        return ProfilePaths.for_relay(self._order.home, name, relay[0], relay[1])

    def changes_since(self, limits: Limits) -> int | None:
        """Ask the relay how often the person's devices have changed since; None where it cannot be asked.

        It cannot, either, where the account has another password by now: what was said comes back all the same.
        """
        relay = self._profile.relay
        if relay is None:
            return None
        own = decode_device_list(self.summary.device_list)
        loop = LoopThread()
        loop.start()
        try:
            client = AccountClient(loop, relay[0], relay[1], RelayPins(relay[2]), limits, self._randomness)
            # A list that the relay has is taken once more, and changes nothing; else it answers with the one it has.
            present = client.publish_device_list(normalise_name(self._profile.name), self._order.passphrase, own, ())
        except BabiluError:
            return None
        finally:
            loop.stop()
        if present is None:
            return 0
        if _is_of(present, self._profile.identity) and _version(present) > self.summary.list_version:
            self._newest = present
        return _version(present) - self.summary.list_version

    def replace(self, device: str) -> None:
        """Have a device go for the new one, by its id or name."""
        self._order = replace(self._order, replaces=device)

    def replaced(self) -> DeviceId | None:
        """Return the device that goes for the new one; None where there is room, or the profile is there.

        Raises:
            TooManyDevicesError: One has to go, and it is not said which.
            DeliveryError: ``not_found``: none has the id or name that was given.
            UsageError: Several have that name.
        """
        listed = decode_shape(self._newest.body, DeviceListBody).devices
        wanted = self._order.replaces
        if ProfileStore.exists(self.paths) or (wanted is None and len(listed) < DEVICES):
            return None
        names = dict(self._profile.settings)
        devices = [(each.device.hex(), names.get(DEVICE_NAME + each.device.hex(), b"").decode()) for each in listed]
        if wanted is None:
            raise TooManyDevicesError(tuple(devices))
        views = [OwnDeviceView(device, name, own=False, full=True) for device, name in devices]
        return DeviceId(bytes.fromhex(named_device(views, wanted).device))

    def bring_back(self, go_on: Callable[[], bool] = lambda: True) -> RestoredArchive:
        """Import what is in the archive; make the profile where there is none.

        Args:
            go_on: Asked now and then; False ends it where it stands, to be begun again.

        Raises:
            AccountError: ``wrong_credentials``: the password does not open the profile; ``companion``: the archive was
                made by a companion, and there is no profile here; ``too_many``: as `replaced`.
            ArchiveError: ``archive_damaged``.
            ProfileError: ``profile_in_use``, ``disk_full`` and the like.
        """
        if self.findings.verdict is not ArchiveVerdict.GOOD and not self._order.salvage:
            raise unreadable()
        is_new = not ProfileStore.exists(self.paths)
        store = self._made(self.replaced()) if is_new else self._opened()
        try:
            is_whole = not _is_unfinished(store)
            folder = FileFolder(self.paths.files, self._randomness)
            importer = Importer(store.database, self._clock.now_ms, _Sink(store, folder), lives=is_whole)
            with ArchiveFile(self._order.path) as file:
                together: list[ArchiveGroup] = []
                for group in ArchiveReader(file, self._order.opener).groups():
                    if not go_on():
                        return RestoredArchive(self.paths, is_new, importer.imported)
                    if is_whole and group.kind in OF_ITS_DEVICE:
                        continue
                    together.append(group)
                    if len(together) == TOGETHER:
                        self._take(importer, together)
                        together = []
                self._take(importer, together)
            with store.database.write() as unit:
                unit.settings.delete(_UNFINISHED)
        finally:
            store.close()
        return RestoredArchive(self.paths, is_new, importer.imported)

    def _take(self, importer: Importer, groups: list[ArchiveGroup]) -> None:
        try:
            importer.take(*groups)
        except ArchiveError:
            # What a lost group would have brought is missing here, too: the rest is what can be saved.
            if not self._order.salvage:
                raise
            if len(groups) > 1:
                for group in groups:
                    self._take(importer, [group])

    def _opened(self) -> ProfileStore:
        store = ProfileStore.open(self.paths, self._order.passphrase, self._randomness, self._clock)
        with store.database.read() as unit:
            record = unit.profile.load()
        if record is None or _identity_in(record.device_list) != self._profile.identity:
            store.close()
            text = "There is another profile of this name: the archive is of somebody else, or of a former identity."
            raise AccountError(ErrorCode.IDENTITY_CHANGED, text)
        return store

    def _made(self, replaced: DeviceId | None) -> ProfileStore:
        profile, order, now = self._profile, self._order, self._clock.now_ms()
        seed = self._seed()
        identity = SigningKey.from_bytes(seed)
        own = self._newest
        if identity.public != profile.identity or verify_device_list(own).identity_key != profile.identity:
            raise unreadable()
        record = joining_device(profile.name, identity, own, self._randomness, now, replaced)
        store = ProfileStore.create(self.paths, order.passphrase, self._randomness, self._clock, identity=seed)
        try:
            with store.database.write() as unit:
                unit.profile.create(record)
                unit.settings.set(_UNFINISHED, b"")
                unit.profile.keep_list(encode_device_list(own))
                unit.profile.keep_list(record.device_list)
                keep_notes(unit, record, profile.created_at)
                if profile.relay is not None:
                    host, port, pin = profile.relay
                    unit.profile.set_relay(RelayRecord(host, port, pin, True, 0, None, 0))
                    note_joining(unit, replaced)
        except BaseException:
            store.discard()
            raise
        return store

    def _seed(self) -> Secret:
        """Open the identity key by the profile's password."""
        if not self._profile.wrapped:
            text = "This backup was made by a companion, which does not hold your identity: link this device first."
            raise AccountError(ErrorCode.COMPANION, text)
        for wrapped in self._profile.wrapped:
            with suppress(CryptoError):
                return unwrap_key(self._order.passphrase, wrapped, WrapPurpose.IDENTITY)
        text = "The password is not the one that the profile had when the backup was made."
        raise AccountError(ErrorCode.WRONG_CREDENTIALS, text).because(Reason.PROFILE)


class _Sink:
    """Puts sealed files into the folder of a profile, each once all of it fits what its message says."""

    def __init__(self, store: ProfileStore, folder: FileFolder) -> None:
        self._store = store
        self._folder = folder

    def __call__(self, blob: BlobId, size: int, offset: int, content: bytes) -> None:
        if self._folder.is_whole(blob):
            return
        self._folder.append(blob, offset, [content])
        if offset + len(content) < size:
            return
        with self._store.database.read() as unit:
            entry = unit.attachments.entry_of(blob)
        if entry is None:
            self._folder.delete([blob])
            return
        # One that does not fit is not kept: its message offers it, and it is fetched again.
        with suppress(CryptoError):
            self._folder.finish(entry)


def _core_of(reader: ArchiveReader) -> tuple[ArchivedProfile, ArchiveSummary]:
    profile: ArchivedProfile | None = None
    summary: ArchiveSummary | None = None
    for group in reader.groups():
        if group.kind is GroupKind.SUMMARY:
            summary = records_of(group, ArchiveSummary)[0]
        elif group.kind is GroupKind.PROFILE:
            profile = records_of(group, ArchivedProfile)[0]
        if profile is not None and summary is not None:
            return profile, summary
    raise unreadable()


def _is_unfinished(store: ProfileStore) -> bool:
    """Tell whether a restore has begun with this profile and did not come to its end: what is set is not set yet."""
    with store.database.read() as unit:
        return unit.settings.get(_UNFINISHED) is not None


def _identity_in(device_list: bytes) -> bytes:
    return identity_of(decode_shape(decode_device_list(device_list).body, DeviceListBody))


def _is_of(signed: SignedDeviceList, identity: bytes) -> bool:
    """Tell whether a list holds and is this person's: a relay may show any."""
    try:
        return verify_device_list(signed).identity_key == identity
    except BabiluError:
        return False


def _version(signed: SignedDeviceList) -> int:
    return decode_shape(signed.body, DeviceListBody).version
