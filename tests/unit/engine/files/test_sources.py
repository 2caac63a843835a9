"""Pulling a file from sources that answer in any order, lie, refuse or fall silent: what came is written once."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from babilu.crypto.sealed_file import BLOCK_BYTES, PREFIX_BYTES, seal_blocks, sealed_size
from babilu.crypto.secret import Secret
from babilu.engine.files.direct_exchange import DirectExchange
from babilu.engine.files.fetching import FileFetcher
from babilu.engine.files.folder import FileFolder
from babilu.engine.files.incoming_file import IncomingFile
from babilu.engine.files.part_window import PartWindow
from babilu.engine.files.sources import AHEAD_AT_MOST, Answer, pull
from babilu.kernel.errors import BabiluError, CryptoError, ErrorCode, LinkError, ProtocolError
from babilu.store.contact_records import ContactRecord
from babilu.system import SystemRandomness
from babilu.wire.file_entry import FileEntry
from babilu.wire.relay_frames import BlobData

BLOCKS = 12
CONTENT = os.urandom((BLOCKS - 1) * BLOCK_BYTES)
ALICE = cast("ContactRecord", SimpleNamespace(contact=1, account="alice"))


class Source:
    """Somebody who has a sealed file; what is asked for comes at once.

    Args:
        sealed: The file.
        change: Makes something else of an answer.
        order: Brings answers into another order.
    """

    def __init__(
        self,
        sealed: bytes,
        change: Callable[[Answer], Answer] = lambda answer: answer,
        order: Callable[[list[Answer]], list[Answer]] = lambda answers: answers,
    ) -> None:
        self.sealed = sealed
        self.asked: list[int] = []
        self.kept = 0
        self._change = change
        self._order = order

    def window(self) -> PartWindow:
        return PartWindow(4, 4)

    def ask(self, entry: FileEntry, places: Sequence[int], came: Callable[[Answer], None]) -> None:
        self.asked += places
        answers: list[Answer] = [
            (at, BlobData(1, entry.blob, at, len(self.sealed), self.sealed[at : at + BLOCK_BYTES])) for at in places
        ]
        for answer in self._order(answers):
            came(self._change(answer))

    def ask_first(self, entries: Sequence[FileEntry], came: Callable[[Answer], None]) -> None:
        del entries, came
        raise LinkError(ErrorCode.UNAVAILABLE, "It has one large file.")

    def tell_kept(self, entry: FileEntry) -> None:
        del entry
        self.kept += 1


@pytest.fixture
def folder(tmp_path: Path) -> FileFolder:
    return FileFolder(tmp_path / "sealed", SystemRandomness())


@pytest.fixture
def here(tmp_path: Path) -> FileFolder:
    return FileFolder(tmp_path / "here", SystemRandomness())


@pytest.fixture
def entry(folder: FileFolder, tmp_path: Path) -> FileEntry:
    (tmp_path / "photo.jpg").write_bytes(CONTENT)
    return folder.seal(tmp_path / "photo.jpg", None, lambda _: None)


@pytest.fixture
def sealed(folder: FileFolder, entry: FileEntry) -> bytes:
    return folder.read(entry.blob, 0, sealed_size(entry.size))


def fetcher(here: FileFolder, relay: Source | None, *direct: Source) -> FileFetcher:
    links = cast("DirectExchange", SimpleNamespace(sources=lambda contact: direct if contact == ALICE.contact else ()))
    return FileFetcher(here, relay, links, 0.05)


def refusal_after(places: int, code: ErrorCode = ErrorCode.UNAVAILABLE) -> Callable[[Answer], Answer]:
    """Give so many blocks and refuse the others."""

    def change(answer: Answer) -> Answer:
        return answer if answer[0] < places * BLOCK_BYTES else (answer[0], LinkError(code, "No more."))

    return change


def test_answers_that_come_in_any_order_are_written_in_order(here: FileFolder, entry: FileEntry, sealed: bytes) -> None:
    file, told = IncomingFile(here, entry), list[int]()
    source = Source(sealed, order=lambda answers: answers[::-1])
    pull(source, file, told.append, 1.0)
    file.finish()
    assert source.asked == list(range(0, len(sealed), BLOCK_BYTES))
    assert told == sorted(told)
    assert here.read(entry.blob, 0, len(sealed)) == sealed


def test_what_came_before_a_refusal_is_kept_and_not_asked_for_again(
    here: FileFolder, entry: FileEntry, sealed: bytes
) -> None:
    with pytest.raises(LinkError):
        pull(Source(sealed, refusal_after(6)), IncomingFile(here, entry), lambda _: None, 1.0)
    assert here.written(entry.blob) == 6 * BLOCK_BYTES
    other = Source(sealed)
    pull(other, IncomingFile(here, entry), lambda _: None, 1.0)
    assert other.asked[0] == 6 * BLOCK_BYTES


def test_a_source_that_falls_silent_counts_as_gone(here: FileFolder, entry: FileEntry, sealed: bytes) -> None:
    with pytest.raises(LinkError) as gone:
        pull(Source(sealed, order=lambda _: []), IncomingFile(here, entry), lambda _: None, 0.01)
    assert gone.value.code is ErrorCode.UNAVAILABLE


@pytest.mark.parametrize("lie", ["blob", "offset", "size", "part"])
def test_another_part_than_was_asked_for_is_not_taken(
    here: FileFolder, entry: FileEntry, sealed: bytes, lie: str
) -> None:
    def change(answer: Answer) -> Answer:
        place, data = answer
        assert isinstance(data, BlobData)
        fields = {name: getattr(data, name) for name in data.__struct_fields__}
        fields[lie] = fields[lie][1:] if isinstance(fields[lie], bytes) else fields[lie] + 1
        return place, BlobData(**fields)

    with pytest.raises(ProtocolError):
        pull(Source(sealed, change), IncomingFile(here, entry), lambda _: None, 1.0)
    assert here.written(entry.blob) == 0


def test_the_next_source_goes_on_where_the_last_one_stopped(here: FileFolder, entry: FileEntry, sealed: bytes) -> None:
    direct, relay = Source(sealed, refusal_after(5)), Source(sealed)
    fetcher(here, relay, direct).fetch(entry, ALICE, lambda _: None)
    assert here.is_whole(entry.blob)
    assert relay.asked[0] == 5 * BLOCK_BYTES
    assert direct.kept == 1


def test_a_forged_block_drops_its_source_and_nothing_of_it_is_written(
    here: FileFolder, entry: FileEntry, sealed: bytes
) -> None:
    forged = bytearray(sealed)
    forged[7 * BLOCK_BYTES + 5] ^= 1
    direct, relay = Source(bytes(forged)), Source(sealed)
    fetcher(here, relay, direct).fetch(entry, ALICE, lambda _: None)
    assert relay.asked[0] == 7 * BLOCK_BYTES
    assert here.read(entry.blob, 0, len(sealed)) == sealed


def another_file(entry: FileEntry) -> bytes:
    """Seal something else under the key of a file, as only somebody can who knows it."""
    other = bytes(len(CONTENT))
    at = 0

    def read(wanted: int) -> bytes:
        nonlocal at
        at += wanted
        return other[at - wanted : at]

    return b"".join(seal_blocks(Secret(entry.key), bytes(PREFIX_BYTES), entry.size, read))


def test_where_only_the_whole_shows_that_it_is_another_file_it_begins_anew_from_somebody_else(
    here: FileFolder, entry: FileEntry, sealed: bytes
) -> None:
    direct, relay = Source(another_file(entry)), Source(sealed)
    fetcher(here, relay, direct).fetch(entry, ALICE, lambda _: None)
    assert relay.asked[0] == 0
    assert here.read(entry.blob, 0, len(sealed)) == sealed


def test_where_nobody_else_has_it_another_file_is_refused_and_leaves_nothing(
    here: FileFolder, entry: FileEntry
) -> None:
    with pytest.raises(CryptoError):
        fetcher(here, Source(another_file(entry))).fetch(entry, ALICE, lambda _: None)
    assert here.written(entry.blob) == 0


def test_what_a_former_run_left_is_opened_again_at_the_end(here: FileFolder, entry: FileEntry, sealed: bytes) -> None:
    here.append(entry.blob, 0, (sealed[: 3 * BLOCK_BYTES + 9],))
    source = Source(sealed)
    fetcher(here, source).fetch(entry, ALICE, lambda _: None)
    assert source.asked[0] == 3 * BLOCK_BYTES
    assert here.is_whole(entry.blob)


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ((), ErrorCode.UNAVAILABLE),
        ((ErrorCode.NOT_FOUND,), ErrorCode.NOT_FOUND),
        ((ErrorCode.NOT_FOUND, ErrorCode.BUSY), ErrorCode.BUSY),
        ((ErrorCode.NOT_ALLOWED, ErrorCode.NOT_FOUND), ErrorCode.NOT_FOUND),
    ],
)
def test_what_is_said_where_nobody_gives_it_is_whether_it_may_come_still(
    here: FileFolder, entry: FileEntry, sealed: bytes, codes: tuple[ErrorCode, ...], said: ErrorCode
) -> None:
    sources = [Source(sealed, refusal_after(0, code)) for code in codes]
    with pytest.raises(BabiluError) as refused:
        fetcher(here, None, *sources).fetch(entry, ALICE, lambda _: None)
    assert refused.value.code is said


class Relay(Source):
    """A relay with files of one part each."""

    def __init__(self, change: Callable[[Answer], Answer] = lambda answer: answer) -> None:
        super().__init__(b"", change)
        self.files: dict[bytes, bytes] = {}
        self.asked_together: list[int] = []

    def ask_first(self, entries: Sequence[FileEntry], came: Callable[[Answer], None]) -> None:
        self.asked_together.append(len(entries))
        answers: list[Answer] = []
        for index, entry in enumerate(entries):
            sealed = self.files[entry.blob]
            answers.append((index, BlobData(1, entry.blob, 0, len(sealed), sealed)))
        for answer in self._order(answers[::-1]):
            came(self._change(answer))


def small_files(folder: FileFolder, relay: Relay, count: int = 3) -> list[FileEntry]:
    entries = [folder.seal_bytes(bytes([place]) * 9_000, "a", "", None) for place in range(count)]
    relay.files |= {entry.blob: folder.read(entry.blob, 0) for entry in entries}
    return entries


def changed(index: int, change: Callable[[BlobData], BlobData | BabiluError]) -> Callable[[Answer], Answer]:
    """Make something else of the answer about one file."""

    def make(answer: Answer) -> Answer:
        place, data = answer
        return (place, change(data)) if place == index and isinstance(data, BlobData) else answer

    return make


def forged(data: BlobData) -> BlobData:
    return BlobData(1, data.blob, 0, data.size, data.part[:-1] + bytes([data.part[-1] ^ 1]))


def test_small_files_are_asked_for_together_and_kept_whole(folder: FileFolder, here: FileFolder) -> None:
    relay = Relay()
    entries = small_files(folder, relay)
    fetched = fetcher(here, relay).fetch_small([(entry, None) for entry in entries])
    assert fetched == {entry.blob for entry in entries}
    assert relay.asked_together == [3]
    assert [here.content(entry) for entry in entries] == [bytes([place]) * 9_000 for place in range(3)]


@pytest.mark.parametrize(
    "change",
    [
        forged,
        lambda data: BlobData(1, data.blob, 0, data.size, data.part[:-1]),
        lambda data: BlobData(1, data.blob, 1, data.size, data.part),
        lambda _: LinkError(ErrorCode.NOT_FOUND, "Gone."),
    ],
)
def test_a_small_file_that_is_another_one_is_left_out_and_holds_up_no_other(
    folder: FileFolder, here: FileFolder, change: Callable[[BlobData], BlobData | BabiluError]
) -> None:
    relay = Relay(changed(1, change))
    entries = small_files(folder, relay)
    fetched = fetcher(here, relay).fetch_small([(entry, None) for entry in entries])
    assert fetched == {entries[0].blob, entries[2].blob}
    assert here.written(entries[1].blob) == 0


def test_a_small_file_of_another_content_is_left_out(folder: FileFolder, here: FileFolder) -> None:
    relay = Relay()
    (entry,) = small_files(folder, relay, 1)
    lie = FileEntry(entry.token, entry.key, entry.size, bytes(32), entry.name)
    assert fetcher(here, relay).fetch_small([(lie, None)]) == frozenset()
    assert here.written(entry.blob) == 0


def test_small_files_of_somebody_who_is_connected_are_not_asked_of_the_relay(
    folder: FileFolder, here: FileFolder
) -> None:
    relay = Relay()
    entries = small_files(folder, relay)
    assert fetcher(here, relay, Source(b"")).fetch_small([(entry, ALICE) for entry in entries]) == frozenset()
    assert relay.asked_together == []


def test_no_more_is_asked_for_than_may_cross_again(here: FileFolder, folder: FileFolder, tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(bytes(100 * BLOCK_BYTES))
    entry = folder.seal(tmp_path / "long", None, lambda _: None)
    sealed = folder.read(entry.blob, 0, sealed_size(entry.size))

    class Withholding(Source):
        """Gives everything but the first part."""

        def window(self) -> PartWindow:
            return PartWindow(64, 64)

    source = Withholding(sealed, order=lambda answers: [answer for answer in answers if answer[0]])
    with pytest.raises(LinkError):
        pull(source, IncomingFile(here, entry), lambda _: None, 0.01)
    assert source.asked == list(range(0, AHEAD_AT_MOST * BLOCK_BYTES, BLOCK_BYTES))


def test_the_next_parts_are_asked_for_before_those_that_came_are_written(
    here: FileFolder, entry: FileEntry, sealed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, write, ahead = Source(sealed), IncomingFile._write, list[int]()

    def watched(file: IncomingFile, blocks: Sequence[bytes]) -> None:
        ahead.append((source.asked[-1] - file.offset) // BLOCK_BYTES + 1)
        write(file, blocks)

    monkeypatch.setattr(IncomingFile, "_write", watched)
    pull(source, IncomingFile(here, entry), lambda _: None, 1.0)
    assert ahead[0] == 2 * source.window().size
