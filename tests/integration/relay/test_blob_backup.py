"""Sealed files in backups of a relay: taken along while it runs, verified, restored, and left out where nobody asks."""

import os
import shutil
from pathlib import Path

import pytest

from babilu.kernel.errors import BabiluError, ErrorCode, ProfileError, UsageError
from babilu.relay.base import admin_requests
from babilu.relay.node import blob_backup
from babilu.relay.node.backup import restore_backup, verify_backup
from babilu.relay.node.blob_backup import LIST, add_blobs
from tests.integration.relay.conftest import House
from tests.integration.relay.services.test_blobs import SealedFile, create, put, read_whole, sender, upload
from tests.integration.relay.test_admin import admin
from tests.relay_client import RANDOMNESS, refused


def silent(_: int, __: int) -> None:
    pass


async def backed_up(house: House, place: Path) -> None:
    await admin(house, admin_requests.BackUpRequest(str(place)), admin_requests.BackedUp)


async def test_sealed_files_come_back_with_a_backup_that_has_them(house: House, tmp_path: Path) -> None:
    await house.start()
    client = await sender(house)
    whole, begun = SealedFile(), SealedFile()
    await upload(client, whole)
    await put(client, begun, await create(client, begun))
    place, told = tmp_path / "backup", list[tuple[int, int]]()

    await backed_up(house, place)
    kept = add_blobs(house.home, place, lambda count, size: told.append((count, size)))
    await house.stop()
    shutil.rmtree(house.home)

    assert told == [(1, len(whole.octets))]
    assert list(kept.files) == [whole.id.hex()]
    verified = verify_backup(place)
    assert verified.blobs == kept
    assert verified.size == verified.manifest.size + len(whole.octets)
    restore_backup(place, house.home, RANDOMNESS, replace=False)
    await house.start()
    reader = await house.connect()
    assert await read_whole(reader, whole) == whole.octets
    # What had not come whole begins anew.
    with refused(ErrorCode.NOT_FOUND):
        await read_whole(reader, begun)


async def test_a_backup_without_them_leaves_those_that_are_there(house: House, tmp_path: Path) -> None:
    await house.start()
    client, file = await sender(house), SealedFile()
    await upload(client, file)
    place = tmp_path / "backup"
    await backed_up(house, place)
    await house.stop()

    assert verify_backup(place).blobs is None
    aside = restore_backup(place, house.home, RANDOMNESS, replace=True)
    assert aside is not None
    assert not (aside / "blobs").exists()
    await house.start()
    assert await read_whole(await house.connect(), file) == file.octets


async def test_files_that_are_there_are_put_aside_for_those_of_the_backup(house: House, tmp_path: Path) -> None:
    await house.start()
    client, first, later = await sender(house), SealedFile(), SealedFile()
    await upload(client, first)
    place = tmp_path / "backup"
    await backed_up(house, place)
    add_blobs(house.home, place, silent)
    await upload(client, later)
    await house.stop()

    aside = restore_backup(place, house.home, RANDOMNESS, replace=True)
    assert aside is not None
    assert (aside / "blobs" / later.id.hex()[:2] / later.id.hex()).read_bytes() == later.octets
    await house.start()
    reader = await house.connect()
    assert await read_whole(reader, first) == first.octets
    with refused(ErrorCode.NOT_FOUND):
        await read_whole(reader, later)


async def test_what_the_relay_deletes_afterwards_stays_in_the_backup(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.start()
    client, file = await sender(house), SealedFile()
    await upload(client, file)
    place = tmp_path / "backup"
    await backed_up(house, place)
    # A backup on another disk cannot share the bytes.
    monkeypatch.setattr(os, "link", _no_link)
    add_blobs(house.home, place, silent)
    await house.stop()
    shutil.rmtree(house.home / "blobs")
    blobs = verify_backup(place).blobs
    assert blobs is not None
    assert list(blobs.files) == [file.id.hex()]


async def test_of_what_the_relay_deletes_meanwhile_nothing_is_in_the_backup(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.start()
    place = tmp_path / "backup"
    await backed_up(house, place)
    gone = house.home / "blobs" / "ab" / ("ab" * 16)
    monkeypatch.setattr(os, "link", _no_link)
    monkeypatch.setattr(blob_backup, "complete_files", lambda _: iter([gone]))
    assert add_blobs(house.home, place, silent).files == {}
    assert [path.name for path in (place / "blobs").iterdir()] == [LIST]


@pytest.mark.parametrize("spoil", ["flip", "missing", "list", "stranger", "newer"])
async def test_files_that_were_changed_are_not_restored(house: House, tmp_path: Path, spoil: str) -> None:
    await house.start()
    client, file = await sender(house), SealedFile()
    await upload(client, file)
    place = tmp_path / "backup"
    await backed_up(house, place)
    add_blobs(house.home, place, silent)
    await house.stop()
    blob, listed = place / "blobs" / file.id.hex(), place / "blobs" / LIST
    match spoil:
        case "flip":
            changed = bytearray(file.octets)
            changed[100] ^= 1
            blob.unlink()
            blob.write_bytes(changed)
        case "missing":
            blob.unlink()
        case "list":
            listed.write_text("{")
        case "stranger":
            listed.write_text(listed.read_text().replace(file.id.hex(), "../relay.key"))
        case _:
            listed.write_text(listed.read_text().replace('"format":1', '"format":2'))

    with pytest.raises(ProfileError):
        restore_backup(place, tmp_path / "new", RANDOMNESS, replace=False)
    assert not (tmp_path / "new").exists()


async def test_what_ends_in_between_leaves_the_backup_as_it_was(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.start()
    client, file = await sender(house), SealedFile()
    await upload(client, file)
    place = tmp_path / "backup"
    await backed_up(house, place)
    monkeypatch.setattr(blob_backup, "write_file", _full)

    with pytest.raises(UsageError, match="No space left"):
        add_blobs(house.home, place, silent)
    assert not list(place.glob("blobs*"))
    assert verify_backup(place).blobs is None


async def test_files_are_added_to_a_backup_once(house: House, tmp_path: Path) -> None:
    await house.start()
    client, file = await sender(house), SealedFile()
    await upload(client, file)
    place = tmp_path / "backup"
    await backed_up(house, place)
    kept = add_blobs(house.home, place, silent)
    with pytest.raises(BabiluError):
        add_blobs(house.home, place, silent)
    assert verify_backup(place).blobs == kept


def _no_link(*_: object) -> None:
    raise OSError(18, "Invalid cross-device link")


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")
