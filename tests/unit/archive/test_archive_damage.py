"""Tests that damage is named where it begins, that what can be read is read, and that nothing else is ever shown."""

import errno
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from babilu.archive.blocks import ARCHIVE_BLOCK_SIZE, BlockKey, BlockReader, BlockWriter
from babilu.archive.groups import (
    GROUP_BYTES_MAX,
    ArchiveGroup,
    GroupKind,
    GroupReader,
    decode_group,
    encode_group,
    join_records,
    said_by,
)
from babilu.archive.header import HEADER_SIZE, check_version, decode_header
from babilu.archive.reader import ArchiveFile, ArchiveReader
from babilu.crypto.keys import SigningKey
from babilu.crypto.secret import Secret
from babilu.kernel.errors import ArchiveError, ErrorCode
from babilu.kernel.states import ArchiveVerdict
from tests.unit.archive.builders import OPENER, Dice, a_profile, dump, examine, live, profile_in, restore, write


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[ArchiveGroup], SigningKey]:
    """An archive of some blocks, what is in it, and whose it is."""
    dice, folder = Dice(), tmp_path_factory.mktemp("sound")
    own = SigningKey.generate(dice)
    with profile_in(folder / "profile", a_profile(dice, own)) as database:
        with database.write() as unit:
            life = live(unit, dice)
            notes = unit.conversations.notes()
            assert notes is not None
            for number in range(600):
                # Words that compress to little less than themselves.
                life.say(notes.conversation, hashlib.shake_256(number.to_bytes(4, "big")).hexdigest(250))
        write(database, folder / "archive")
        groups = dump(database)
    return (folder / "archive").read_bytes(), groups, own


def flipped(content: bytes, share: float, seed: int = 3) -> bytes:
    """Change so many of the bytes at random, each into another one."""
    dice = np.random.default_rng(seed)
    changed = np.frombuffer(content, dtype=np.uint8).copy()
    where = dice.random(changed.size) < share
    changed[where] ^= dice.integers(1, 256, int(where.sum()), dtype=np.uint8)
    return changed.tobytes()


def test_an_archive_takes_several_blocks(sound: tuple[bytes, list[ArchiveGroup], SigningKey]) -> None:
    content, _, _ = sound
    assert (len(content) - 2 * HEADER_SIZE) % ARCHIVE_BLOCK_SIZE == 0
    assert (len(content) - 2 * HEADER_SIZE) // ARCHIVE_BLOCK_SIZE >= 4


def test_with_one_byte_in_a_hundred_changed_every_message_can_be_read(
    sound: tuple[bytes, list[ArchiveGroup], SigningKey], tmp_path: Path
) -> None:
    content, _, own = sound
    (tmp_path / "archive").write_bytes(flipped(content, 0.01))
    found = examine(tmp_path / "archive")
    assert found.verdict is ArchiveVerdict.DAMAGED
    assert found.counts is not None
    assert found.readable >= 0.95 * found.counts.messages
    dice = Dice(5)
    with profile_in(tmp_path / "two", a_profile(dice, own)) as database:
        assert restore(tmp_path / "archive", database).imported.messages >= 0.95 * found.counts.messages


def test_any_single_changed_byte_is_noticed_and_named(
    sound: tuple[bytes, list[ArchiveGroup], SigningKey], tmp_path: Path
) -> None:
    content, _, _ = sound
    places = [
        0, 20, HEADER_SIZE - 1, HEADER_SIZE, HEADER_SIZE + 9, HEADER_SIZE + 60_000,
        len(content) - HEADER_SIZE - 1, len(content) - HEADER_SIZE, len(content) - 1,
    ]  # fmt: skip
    for place in places:
        changed = bytearray(content)
        changed[place] ^= 0x40
        (tmp_path / "archive").write_bytes(changed)
        found = examine(tmp_path / "archive")
        assert (found.verdict, found.damaged_at) == (ArchiveVerdict.DAMAGED, place)
        assert found.counts is not None
        assert found.readable == found.counts.messages


def test_what_cannot_be_mended_takes_its_block_alone(
    sound: tuple[bytes, list[ArchiveGroup], SigningKey], tmp_path: Path
) -> None:
    content, groups, _ = sound
    start = HEADER_SIZE + 2 * ARCHIVE_BLOCK_SIZE + 5000
    (tmp_path / "archive").write_bytes(content[:start] + bytes(20_000) + content[start + 20_000 :])
    found = examine(tmp_path / "archive")
    assert found.verdict is ArchiveVerdict.DAMAGED
    assert found.damaged_at == HEADER_SIZE + 2 * ARCHIVE_BLOCK_SIZE
    assert found.counts is not None
    assert 0.5 * found.counts.messages < found.readable < found.counts.messages
    with ArchiveFile(tmp_path / "archive") as file:
        read = [said_by(group) for group in ArchiveReader(file, OPENER).groups()]
    written = {said_by(group) for group in groups if group.kind is not GroupKind.SUMMARY}
    assert len(set(read) & written) >= len(read) - 2


@pytest.mark.parametrize("lost", [1, 700, 70_000])
def test_bytes_that_are_missing_move_nothing_behind_them_out_of_reach(
    sound: tuple[bytes, list[ArchiveGroup], SigningKey], tmp_path: Path, lost: int
) -> None:
    content, _, _ = sound
    start = HEADER_SIZE + ARCHIVE_BLOCK_SIZE + 1000
    (tmp_path / "archive").write_bytes(content[:start] + content[start + lost :])
    found = examine(tmp_path / "archive")
    assert found.verdict is ArchiveVerdict.DAMAGED
    assert found.counts is not None
    assert found.readable > 0.3 * found.counts.messages


def test_bytes_that_came_between_move_nothing_behind_them_out_of_reach(
    sound: tuple[bytes, list[ArchiveGroup], SigningKey], tmp_path: Path
) -> None:
    content, _, _ = sound
    start = HEADER_SIZE + ARCHIVE_BLOCK_SIZE + 1000
    (tmp_path / "archive").write_bytes(content[:start] + b"between" + content[start:])
    found = examine(tmp_path / "archive")
    assert found.counts is not None
    assert found.readable > 0.5 * found.counts.messages


def test_an_archive_that_was_cut_off_is_damaged_where_it_ends(
    sound: tuple[bytes, list[ArchiveGroup], SigningKey], tmp_path: Path
) -> None:
    content, _, _ = sound
    kept = HEADER_SIZE + 3 * ARCHIVE_BLOCK_SIZE
    (tmp_path / "archive").write_bytes(content[:kept])
    found = examine(tmp_path / "archive")
    assert found.verdict is ArchiveVerdict.DAMAGED
    assert found.damaged_at is not None
    assert found.damaged_at >= kept - HEADER_SIZE
    assert found.counts is not None
    assert 0 < found.readable < found.counts.messages


def test_the_beginning_can_be_lost_since_the_end_repeats_it(
    sound: tuple[bytes, list[ArchiveGroup], SigningKey], tmp_path: Path
) -> None:
    content, _, own = sound
    lost = HEADER_SIZE + ARCHIVE_BLOCK_SIZE
    (tmp_path / "archive").write_bytes(bytes(lost) + content[lost:])
    found = examine(tmp_path / "archive")
    assert (found.verdict, found.damaged_at) == (ArchiveVerdict.DAMAGED, 0)
    dice = Dice(5)
    with profile_in(tmp_path / "two", a_profile(dice, own)) as database:
        imported = restore(tmp_path / "archive", database).imported
    assert imported.people == 4
    assert imported.messages == found.readable > 0


def test_a_block_in_the_place_of_another_one_does_not_open(
    sound: tuple[bytes, list[ArchiveGroup], SigningKey], tmp_path: Path
) -> None:
    content, _, _ = sound
    one, two = HEADER_SIZE, HEADER_SIZE + ARCHIVE_BLOCK_SIZE
    repeated = content[:two] + content[one:two] + content[two + ARCHIVE_BLOCK_SIZE :]
    (tmp_path / "archive").write_bytes(repeated)
    found = examine(tmp_path / "archive")
    assert (found.verdict, found.damaged_at) == (ArchiveVerdict.DAMAGED, two)


def test_what_is_no_archive_is_called_that(tmp_path: Path) -> None:
    for content in (b"", b"hello", bytes(3 * HEADER_SIZE)):
        (tmp_path / "archive").write_bytes(content)
        with pytest.raises(ArchiveError) as refused:
            examine(tmp_path / "archive")
        assert refused.value.code is ErrorCode.ARCHIVE_DAMAGED


def test_a_newer_version_is_told_from_damage(
    sound: tuple[bytes, list[ArchiveGroup], SigningKey], tmp_path: Path
) -> None:
    content, _, _ = sound
    (tmp_path / "archive").write_bytes(b"babilu-archive/2" + bytes(len(content)))
    with pytest.raises(ArchiveError) as refused:
        examine(tmp_path / "archive")
    assert refused.value.code is ErrorCode.ARCHIVE_TOO_NEW


@pytest.mark.parametrize("version", [b"2", b"9"])
def test_a_file_that_says_first_that_it_is_of_a_later_format_is_not_read_as_one_of_this(
    sound: tuple[bytes, list[ArchiveGroup], SigningKey], tmp_path: Path, version: bytes
) -> None:
    content, _, _ = sound
    (tmp_path / "archive").write_bytes(b"babilu-archive/" + version + content[16:])
    with pytest.raises(ArchiveError) as refused:
        examine(tmp_path / "archive")
    assert refused.value.code is ErrorCode.ARCHIVE_TOO_NEW


def test_other_changes_of_the_first_bytes_are_mended(sound: tuple[bytes, list[ArchiveGroup], SigningKey]) -> None:
    content, _, _ = sound
    for changed in (b"babilu-archive/0", b"babilu-archive/x", b"Babilu-archive/2", bytes(16)):
        assert decode_header(changed + content[16:HEADER_SIZE]) == decode_header(content[:HEADER_SIZE])
        check_version(changed)


class Memory:
    """An archive's bytes in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size = len(content)

    def read_at(self, offset: int, size: int) -> bytes:
        return self._content[offset : offset + size]


@pytest.mark.parametrize("size", [0, 1, 57_000, 57_060, 57_061, 57_062, 57_065, 57_066, 120_000])
def test_groups_of_any_size_come_out_of_blocks_as_they_went_in(size: int) -> None:
    key = BlockKey(Secret(bytes(32)))
    writer = BlockWriter(key)
    filling = np.random.default_rng(1).bytes(size)
    groups = [
        ArchiveGroup(GroupKind.PIECES, number, 0, b"s", join_records([b"\xc4\x01a"] * count))
        for number, count in ((0, 1), (1, 20), (2, 70_000))
    ]
    packed = [len(filling).to_bytes(4, "big") + filling] if filling else []
    packed += [encode_group(group) for group in groups]
    written = b"".join(block for each in packed for block in writer.add(each)) + b"".join(writer.finish())
    reader = BlockReader(key, Memory(written), 0, len(written))
    joining = GroupReader()
    assert [each for block in reader.blocks() for each in joining.add(block)] == [each[4:] for each in packed]
    assert reader.damaged_at is None
    assert not joining.lost


def test_a_group_that_would_unpack_into_too_much_is_damage() -> None:
    bomb = zlib.compress(bytes(GROUP_BYTES_MAX + 1))
    with pytest.raises(ArchiveError) as refused:
        decode_group(bomb)
    assert refused.value.code is ErrorCode.ARCHIVE_DAMAGED


class FailingDisk:
    """A file of which a disk cannot read some sectors."""

    def __init__(self, content: bytes, bad: tuple[int, ...]) -> None:
        self._content = content
        self._bad = bad
        self._at = 0
        self.reads = 0

    def seek(self, offset: int) -> None:
        self._at = offset

    def read(self, size: int) -> bytes:
        self.reads += 1
        part = self._content[self._at : self._at + size]
        if any(sector * 4096 < self._at + len(part) and self._at < (sector + 1) * 4096 for sector in self._bad):
            raise OSError(errno.EIO, "the disk cannot read this")
        self._at += len(part)
        return part

    def close(self) -> None:
        """Nothing was opened."""


@contextmanager
def on_disk(path: Path, content: bytes, bad: tuple[int, ...] = ()) -> Iterator[tuple[ArchiveFile, FailingDisk]]:
    path.write_bytes(content)
    with ArchiveFile(path) as file:
        disk = FailingDisk(content, bad)
        whole, file._file = file._file, disk  # type: ignore[misc, assignment]
        yield file, disk
        whole.close()


def test_a_sector_that_cannot_be_read_is_mended(
    sound: tuple[bytes, list[ArchiveGroup], SigningKey], tmp_path: Path
) -> None:
    content, _, _ = sound
    with on_disk(tmp_path / "archive", content, bad=(5, 22)) as (file, _):
        found = ArchiveReader(file, OPENER).examine()
    assert found.verdict is ArchiveVerdict.DAMAGED
    assert found.damaged_at == 5 * 4096
    assert found.counts is not None
    assert found.readable == found.counts.messages


def test_an_archive_that_is_whole_is_read_once_to_be_taken(
    sound: tuple[bytes, list[ArchiveGroup], SigningKey], tmp_path: Path
) -> None:
    content, _, _ = sound
    with on_disk(tmp_path / "archive", content) as (file, disk):
        reader = ArchiveReader(file, OPENER)
        begun = disk.reads
        numbers = [group.number for group in reader.groups() if group.kind is not GroupKind.END]
    assert numbers == list(range(len(numbers)))
    blocks = (len(content) - 2 * HEADER_SIZE) // ARCHIVE_BLOCK_SIZE
    # One for what stands first, one for each block, and of each read one that finds that no more is there.
    assert disk.reads - begun <= 2 * (blocks + 2)
