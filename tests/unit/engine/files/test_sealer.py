"""Files that are sealed once more, for somebody else: what a message claims of them does not go on."""

from pathlib import Path

import msgspec
import pytest

from babilu.engine.files.folder import FileFolder
from babilu.engine.files.sealer import FileSealer
from babilu.kernel.errors import UsageError
from babilu.media.decoder import PictureDecoder
from babilu.system import SystemRandomness
from babilu.wire.file_entry import Preview


@pytest.fixture
def folder(tmp_path: Path) -> FileFolder:
    return FileFolder(tmp_path / "sealed", SystemRandomness())


def test_what_is_no_picture_goes_on_without_the_picture_that_its_message_claims(folder: FileFolder) -> None:
    entry = folder.seal_bytes(b"words", "list.pdf", "application/pdf", None)
    claimed = msgspec.structs.replace(entry, width=2, height=1, preview=Preview(2, 1, b"\xff\0\0" * 2))
    copied = FileSealer(folder, PictureDecoder()).copy(claimed, None, as_file=False)
    assert folder.content(copied) == b"words"
    assert (copied.name, copied.type, copied.size) == ("list.pdf", "application/pdf", 5)
    assert (copied.width, copied.height, copied.preview) == (None, None, None)


def test_a_voice_note_goes_on_with_its_length_and_its_bars(folder: FileFolder) -> None:
    entry = folder.seal_bytes(b"OggS", "voice-note.ogg", "audio/ogg", None)
    voice = msgspec.structs.replace(entry, duration=1_000, peaks=bytes(range(64)))
    copied = FileSealer(folder, PictureDecoder()).copy(voice, None, as_file=False)
    assert (copied.duration, copied.peaks) == (1_000, bytes(range(64)))


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="the system has no file that opens and cannot be read")
def test_a_file_that_opens_and_cannot_be_read_is_the_users_and_no_defect(folder: FileFolder) -> None:
    sealer = FileSealer(folder, PictureDecoder())
    for act in (
        lambda: sealer.seal(Path("/proc/self/mem"), None, lambda _: None, as_file=False),
        lambda: sealer.inspect("/proc/self/mem"),
    ):
        with pytest.raises(UsageError, match="cannot be read"):
            act()
    assert tuple(folder.listed()) == ()
