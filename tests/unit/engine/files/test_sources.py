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
from babilu.engine.files.sources import Answer, pull
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
