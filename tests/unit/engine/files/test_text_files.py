"""Long texts as sealed files: what is no text is refused, and nobody waits for one without end."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from babilu.api import events
from babilu.engine.files.folder import FileFolder
from babilu.engine.files.text_files import PATIENCE_MS, FolderTextFiles, TextArrivals, read_text
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.limits import TEXT_BYTES
from babilu.kernel.states import TextState
from babilu.store.file_records import AttachmentRecord
from babilu.store.message_records import TextFields
from babilu.system import SystemRandomness
from tests.unit.engine.homes import Home, Writer, a_home, know
from tests.unit.store.builders import NOW, an_incoming


@pytest.fixture
def folder(tmp_path: Path) -> FileFolder:
    return FileFolder(tmp_path / "sealed", SystemRandomness())


def test_a_text_that_was_sealed_is_read_again(folder: FileFolder) -> None:
    text = "día " * 5_000
    entry = FolderTextFiles(folder, lambda: TEXT_BYTES).seal(text)
    assert entry is not None
    assert read_text(folder, entry) == text


def test_one_that_the_relay_does_not_take_is_not_sealed(folder: FileFolder) -> None:
    assert FolderTextFiles(folder, lambda: 2_000).seal("a" * 2_001) is None
    assert not list(folder.listed())


def test_one_that_was_sealed_for_nothing_is_deleted(folder: FileFolder) -> None:
    files = FolderTextFiles(folder, lambda: None)
    entry = files.seal("a" * 3_000)
    assert entry is not None
    files.forget(entry)
    assert not list(folder.listed())
    assert not folder.is_new(entry.blob)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a" * (TEXT_BYTES + 1), b""])
def test_what_is_no_text_is_none(folder: FileFolder, content: bytes) -> None:
    entry = folder.seal_bytes(content, "text.txt", "text/plain", None)
    with pytest.raises(BabiluError) as refused:
        read_text(folder, entry)
    assert refused.value.code is ErrorCode.MALFORMED


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as home:
        yield home


@pytest.fixture
def coming(home: Home, folder: FileFolder) -> AttachmentRecord:
    """The file of a message that came with its beginning alone."""
    entry = folder.seal_bytes(b"It begins, and goes on", "text.txt", "text/plain", None)
    with home.base.database.write() as unit:
        made = an_incoming(know(home, unit, Writer("alice")).contact, "It begins")
        added = unit.new_messages.add_incoming(replace(made, fields=TextFields(whole=entry)), NOW)
        record = unit.attachments.at_place(added.position, 10)
    assert record is not None
    return record


def told(home: Home) -> list[tuple[type, str, TextState | None]]:
    kinds = (events.MessageArrived, events.TextStateChanged)
    return [(type(each), each.message.text, each.message.text_state) for each in home.told if isinstance(each, kinds)]


def test_one_that_came_is_told_of_as_a_message(home: Home, folder: FileFolder, coming: AttachmentRecord) -> None:
    TextArrivals(home.base, folder).came(coming)
    text = "It begins, and goes on"
    assert told(home) == [(events.TextStateChanged, text, None), (events.MessageArrived, text, None)]


def test_one_that_was_waited_for_long_enough_is_told_of_with_its_beginning(
    home: Home, folder: FileFolder, coming: AttachmentRecord
) -> None:
    arrivals = TextArrivals(home.base, folder)
    home.clock.now = NOW + PATIENCE_MS - 1
    arrivals.waits(coming)
    assert told(home) == []
    home.clock.now = NOW + PATIENCE_MS
    arrivals.waits(coming)
    arrivals.waits(coming)
    late = [(kind, "It begins", TextState.LATE) for kind in (events.TextStateChanged, events.MessageArrived)]
    assert told(home) == late
    # What was told of once is told of no second time.
    arrivals.came(coming)
    assert told(home)[len(late) :] == [(events.TextStateChanged, "It begins, and goes on", None)]


def test_one_that_cannot_be_had_is_told_of_with_its_beginning(
    home: Home, folder: FileFolder, coming: AttachmentRecord
) -> None:
    TextArrivals(home.base, folder).failed(coming)
    assert told(home)[-1] == (events.MessageArrived, "It begins", TextState.FAILED)


def test_a_file_that_is_another_one_stands_for_nothing(
    home: Home, folder: FileFolder, coming: AttachmentRecord
) -> None:
    other = msgspec.structs.replace(coming.entry, sha256=bytes(32))
    with pytest.raises(BabiluError):
        TextArrivals(home.base, folder).came(replace(coming, entry=other))
    assert told(home) == []
