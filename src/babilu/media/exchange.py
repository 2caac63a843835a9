"""What goes through the pipes to the process that decodes pictures and back: one request, one answer, both bounded.

request   u32(length) ‖ MessagePack of `PictureRequest` ‖ the file, to the end
answer    0x01 or 0x02 once the process is confined, later MessagePack of `PictureAnswer`, to the end
"""

from enum import StrEnum, unique
from typing import Annotated, Final

import msgspec

from babilu.kernel.limits import PICTURE_SIDE, PREVIEW_SIDE
from babilu.kernel.states import PictureDetail
from babilu.media.formats import PictureFormat

PICTURE_BYTES: Final = 64 * 1024 * 1024
"""Largest picture that is decoded, and largest one that comes out of it."""

ANSWER_REST_BYTES: Final = 16 * 1024
"""Room in an answer for all but the picture itself."""

READY: Final = b"\x01"
"""The process is ready, and its system calls are filtered."""

READY_WITHIN_LIMITS: Final = b"\x02"
"""The process is ready, within limits alone: this system filters no calls."""

LENGTH_BYTES: Final = 4


@unique
class PictureTask(StrEnum):
    """What is to be made of a picture."""

    SHOW = "show"
    """Raw pixels."""

    CLEAN = "clean"
    """The picture anew, without what it says besides what it shows."""

    PORTRAIT = "portrait"
    """A small square of it, as people show of themselves."""

    INSPECT = "inspect"
    """What it says, and its preview."""


class PictureRequest(msgspec.Struct, frozen=True, array_like=True):
    """A task.

    Attributes:
        task: What is to be made of the picture.
        kind: Its format; no other decoder is tried.
        side: Most pixels a side that come out.
    """

    task: PictureTask
    kind: PictureFormat
    side: int


Side = Annotated[int, msgspec.Meta(ge=1, le=PICTURE_SIDE)]


class RawPicture(msgspec.Struct, frozen=True, array_like=True):
    """A picture in raw pixels, row by row: four bytes each to be shown, three bytes each as a preview."""

    width: Side
    height: Side
    pixels: bytes


class PictureAnswer(msgspec.Struct, frozen=True, array_like=True):
    """What was made of a picture.

    Attributes:
        done: Whether it could be decoded; without, only ``details`` says something.
        width: Pixels of a row, as it is seen; of what comes out where that is a picture.
        height: Rows likewise.
        details: What it says besides what it shows.
        preview: The picture in small: three bytes a pixel.
        kind: Format of ``body``, where that is a file.
        body: Raw pixels of four bytes, or a file.
    """

    done: bool
    width: Annotated[int, msgspec.Meta(ge=0, le=PICTURE_SIDE)] = 0
    height: Annotated[int, msgspec.Meta(ge=0, le=PICTURE_SIDE)] = 0
    details: Annotated[tuple[PictureDetail, ...], msgspec.Meta(max_length=len(PictureDetail))] = ()
    preview: RawPicture | None = None
    kind: PictureFormat | None = None
    body: bytes = b""

    @property
    def is_sound(self) -> bool:
        """Whether what it says of itself holds; nothing rests on an answer of which it does not."""
        if self.preview is not None:
            width, height = self.preview.width, self.preview.height
            if max(width, height) > PREVIEW_SIDE or len(self.preview.pixels) != 3 * width * height:
                return False
        return not self.done or (self.width > 0 and self.height > 0)
