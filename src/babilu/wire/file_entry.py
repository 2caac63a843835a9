"""File of a message: everything with which it is fetched, opened and named; its bytes are elsewhere, sealed.

What a relay alone could tell is not in it, so that a message stands with its id before anything was uploaded.
"""

from typing import Annotated

import msgspec

from babilu.identity.shapes import Hash32, Key32, Natural
from babilu.kernel.file_names import safe_file_name
from babilu.kernel.ids import BlobId, blob_id
from babilu.kernel.limits import FILE_TYPE_CHARACTERS, FILES_OF_MESSAGE, PEAKS, PICTURE_SIDE, PREVIEW_SIDE, RECORDING_MS
from babilu.kernel.plain_text import cleaned
from babilu.kernel.states import MediaKind

FILE_NAME_CHARACTERS = 255
"""Longest name as it travels; what is kept is shorter and safe."""

PICTURE_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/heic", "image/heif"})
"""Media types of what counts as a picture."""

Side = Annotated[int, msgspec.Meta(ge=1, le=PREVIEW_SIDE)]

_set = msgspec.structs.force_setattr


class Preview(msgspec.Struct, frozen=True, array_like=True):
    """A small picture in raw pixels: three bytes each, row by row.

    Attributes:
        width: Pixels of a row.
        height: Rows.
        pixels: Red, green and blue of each.
    """

    width: Side
    height: Side
    pixels: Annotated[bytes, msgspec.Meta(max_length=3 * PREVIEW_SIDE * PREVIEW_SIDE)]

    @property
    def is_whole(self) -> bool:
        """Whether the pixels fill the picture; one of which they do not is not shown."""
        return len(self.pixels) == 3 * self.width * self.height


class FileEntry(msgspec.Struct, frozen=True, array_like=True):
    """One file of a message.

    Attributes:
        token: With which the sealed file is read at the relay.
        key: With which its blocks are opened.
        size: Bytes of the file itself.
        sha256: SHA-256 of the file itself.
        name: What its sender calls it, made safe where it enters.
        type: Media type that its sender names, or empty; nothing rests on it.
        width: Of a picture: pixels.
        height: Of a picture: pixels.
        duration: Of a recording: milliseconds.
        peaks: Of a recording: loudness in equal parts of it, 0 to 255 each.
        preview: Of a picture: what is shown before it is fetched.
    """

    token: Key32
    key: Key32
    size: Natural
    sha256: Hash32
    name: Annotated[str, msgspec.Meta(max_length=FILE_NAME_CHARACTERS)]
    type: Annotated[str, msgspec.Meta(max_length=FILE_TYPE_CHARACTERS)] = ""
    width: Natural | None = None
    height: Natural | None = None
    duration: Natural | None = None
    peaks: Annotated[bytes, msgspec.Meta(max_length=PEAKS)] | None = None
    preview: Preview | None = None

    def __post_init__(self) -> None:
        """Make name and type safe where they enter."""
        _set(self, "name", safe_file_name(self.name))
        _set(self, "type", cleaned(self.type, FILE_TYPE_CHARACTERS))

    @property
    def sides(self) -> tuple[int, int] | None:
        """Width and height of a picture; None where its sender says none that a picture can have."""
        if self.width is None or self.height is None:
            return None
        sides = (self.width, self.height)
        return sides if all(1 <= side <= PICTURE_SIDE for side in sides) else None

    @property
    def is_voice(self) -> bool:
        """Whether it says of itself that it is a voice note: how long it is, and how it is drawn."""
        return self.length is not None and bool(self.peaks)

    @property
    def length(self) -> int | None:
        """Milliseconds of a recording, at most an hour; None where its sender says none that one can have."""
        return self.duration if self.duration is not None and 0 < self.duration <= RECORDING_MS else None

    @property
    def blob(self) -> BlobId:
        """Id of the sealed file."""
        return blob_id(self.token)

    @property
    def kind(self) -> MediaKind:
        """What its sender says that it is: lists go by it, and nothing else."""
        if self.is_voice:
            return MediaKind.VOICE
        is_picture = self.sides is not None or self.type.casefold() in PICTURE_TYPES
        return MediaKind.PICTURE if is_picture else MediaKind.FILE


FileEntries = Annotated[tuple[FileEntry, ...], msgspec.Meta(max_length=FILES_OF_MESSAGE)]
"""The files of a message, in order."""

_entry = msgspec.msgpack.Decoder(FileEntry)


def decode_entry(body: bytes) -> FileEntry:
    """Decode what `babilu.wire.codec.encode` made of an entry; only for bytes of the own database."""
    return _entry.decode(body)
