"""Ogg pages of our own sound: what came of a recording is made a whole file, also where its end is missing.

RFC 3533 says what a page is, RFC 7845 what stands in those of Opus. This reads only what this program has written.
"""

from dataclasses import dataclass
from typing import Final

from babilu.kernel.errors import BabiluError, ErrorCode

CLOCK: Final = 48
"""Positions of Opus count this many samples a millisecond, whatever the sound was recorded with."""

LEAST_PAGES: Final = 3
"""Pages of a file with sound in it: the first two say what follows."""

_MARK: Final = b"OggS"
_HEADER: Final = 27
_LAST: Final = 4
_FLAGS: Final = 5
_POSITION: Final = slice(6, 14)
_CHECK: Final = slice(22, 26)
_SEGMENTS: Final = 26
_PRE_SKIP: Final = slice(10, 12)
_POLYNOMIAL: Final = 0x04C11DB7
_WORD: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class WholeSound:
    """A file of sound.

    Attributes:
        content: Its bytes.
        duration: Milliseconds.
    """

    content: bytes
    duration: int


def made_whole(pages: bytes) -> WholeSound:
    """Make a whole file of what was written of one: a page that broke off is left out, and the last one says so.

    Raises:
        BabiluError: ``cannot_play``: no sound is in it.
    """
    starts, end = _page_starts(pages)
    if len(starts) < LEAST_PAGES:
        raise BabiluError(ErrorCode.CANNOT_PLAY, "Nothing was recorded.")
    last = bytearray(pages[starts[-1] : end])
    last[_FLAGS] |= _LAST
    last[_CHECK] = bytes(4)
    last[_CHECK] = _checksum(last).to_bytes(4, "little")
    body = starts[0] + _HEADER + pages[_SEGMENTS]
    skipped = int.from_bytes(pages[body : body + starts[1]][_PRE_SKIP], "little")
    position = int.from_bytes(last[_POSITION], "little", signed=True)
    return WholeSound(pages[: starts[-1]] + bytes(last), max(position - skipped, 0) // CLOCK)


def holds_sound(pages: bytes) -> bool:
    """Tell whether what was written of a file holds any sound yet."""
    return len(_page_starts(pages)[0]) >= LEAST_PAGES


def _page_starts(pages: bytes) -> tuple[list[int], int]:
    """Give where whole pages begin, and where the last one ends."""
    starts, end = [], 0
    while (size := _page_size(pages, end)) is not None:
        starts.append(end)
        end += size
    return starts, end


def _page_size(pages: bytes, at: int) -> int | None:
    """Give the size of the page at a place; None where none is whole there."""
    header = pages[at : at + _HEADER]
    if len(header) < _HEADER or not header.startswith(_MARK):
        return None
    segments = pages[at + _HEADER : at + _HEADER + header[_SEGMENTS]]
    size = _HEADER + header[_SEGMENTS] + sum(segments)
    return size if len(segments) == header[_SEGMENTS] and at + size <= len(pages) else None


def _checksum(page: bytes | bytearray) -> int:
    """Compute the CRC-32 of a page, which is not that of zlib: nothing is reflected or inverted."""
    check = 0
    for octet in page:
        check ^= octet << 24
        for _ in range(8):
            check = (check << 1 ^ (_POLYNOMIAL if check & 0x80000000 else 0)) & _WORD
    return check
