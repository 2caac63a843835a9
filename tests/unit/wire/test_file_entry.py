"""Files of a message: what they bring is bounded, and their names are safe where they enter."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.ids import blob_id
from babilu.kernel.limits import FILES_OF_MESSAGE, PEAKS, PICTURE_SIDE, RECORDING_MS
from babilu.kernel.states import MediaKind
from babilu.wire.codec import encode
from babilu.wire.content_reading import read_part
from babilu.wire.file_entry import FileEntry, Preview, decode_entry
from babilu.wire.message_parts import Text


@dataclass
class Given:
    """The fields of a file, as an array has them."""

    values: list[Any]

    def __init__(self, **changes: Any) -> None:
        usual = {
            "token": bytes(32),
            "key": bytes(range(32)),
            "size": 5,
            "sha256": bytes(32),
            "name": "photo.jpg",
            "type": "image/jpeg",
            "width": None,
            "height": None,
            "duration": None,
            "peaks": None,
            "preview": None,
        }
        self.values = list({**usual, **changes}.values())


def part(*files: Given) -> bytes:
    return msgspec.msgpack.encode(
        ["text", bytes(16), None, "hi", None, None, [], False, None, [file.values for file in files]]
    )


def read(*files: Given) -> tuple[FileEntry, ...]:
    text = read_part(part(*files), chained=True)
    assert isinstance(text, Text)
    return text.files


def test_a_file_comes_through() -> None:
    (file,) = read(Given(preview=[2, 1, bytes(6)], peaks=b"\x01\x02", duration=1_500))
    assert (file.name, file.size, file.type, file.preview) == ("photo.jpg", 5, "image/jpeg", Preview(2, 1, bytes(6)))
    assert file.blob == blob_id(bytes(32))
    assert decode_entry(encode(file)) == file


def test_its_name_is_safe_and_its_type_harmless() -> None:
    (file,) = read(Given(name="../../.ssh/authorized_keys", type="text/\x1b[31m"))
    assert (file.name, file.type) == ("authorized_keys", "text/\\x1b[31m")


def test_a_message_without_the_field_brings_none() -> None:
    assert read_part(msgspec.msgpack.encode(["text", bytes(16), None, "hi"]), chained=True) == Text(
        bytes(16), None, "hi"
    )


def test_a_message_brings_so_many_files_and_no_more() -> None:
    assert len(read(*[Given()] * FILES_OF_MESSAGE)) == FILES_OF_MESSAGE
    with pytest.raises(ProtocolError):
        read(*[Given()] * (FILES_OF_MESSAGE + 1))


@pytest.mark.parametrize(
    "changes",
    [
        {"token": bytes(31)},
        {"key": bytes(33)},
        {"size": -1},
        {"size": 2**63},
        {"sha256": b""},
        {"name": "n" * 256},
        {"type": "t" * 101},
        {"peaks": bytes(65)},
        {"preview": [33, 1, bytes(99)]},
        {"preview": [0, 1, b""]},
        {"preview": [32, 32, bytes(3_073)]},
        {"width": "wide"},
    ],
)
def test_what_is_out_of_bounds_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as refused:
        read(Given(**changes))
    assert refused.value.code is ErrorCode.MALFORMED


def test_a_preview_says_whether_its_pixels_fill_it() -> None:
    assert Preview(2, 2, bytes(12)).is_whole
    assert not Preview(2, 2, bytes(11)).is_whole


@pytest.mark.parametrize(
    ("width", "height", "sides"),
    [
        (640, 480, (640, 480)),
        (PICTURE_SIDE, 1, (PICTURE_SIDE, 1)),
        (PICTURE_SIDE + 1, 1, None),
        (1, 2**63 - 1, None),
        (0, 480, None),
        (640, None, None),
    ],
)
def test_the_size_of_a_picture_is_believed_only_where_a_picture_can_have_it(
    width: int, height: int | None, sides: tuple[int, int] | None
) -> None:
    (file,) = read(Given(width=width, height=height))
    assert file.sides == sides


@pytest.mark.parametrize(
    ("duration", "peaks", "length"),
    [
        (1_500, b"\x01", 1_500),
        (RECORDING_MS, bytes(PEAKS), RECORDING_MS),
        (RECORDING_MS + 1, bytes(PEAKS), None),
        (2**63 - 1, bytes(PEAKS), None),
        (0, bytes(PEAKS), None),
        (None, bytes(PEAKS), None),
        (1_500, b"", None),
        (1_500, None, None),
    ],
)
def test_a_voice_note_is_one_only_with_a_length_that_one_can_have(
    duration: int | None, peaks: bytes | None, length: int | None
) -> None:
    (file,) = read(Given(duration=duration, peaks=peaks))
    assert file.is_voice is (length is not None)
    assert (file.kind is MediaKind.VOICE) is file.is_voice
    assert not file.is_voice or file.length == length
