"""Write-ahead log: after a crash it alone holds the last commits, so a lost or shortened one must be noticed.

SQLite itself ignores a log that it cannot read, and all of it that follows the first unreadable frame.
Format: https://www.sqlite.org/fileformat2.html#walformat
"""

import struct
from itertools import count
from pathlib import Path
from typing import BinaryIO, Final

from babilu.store.errors import profile_error

_HEADER: Final = struct.Struct(">8I")
_FRAME: Final = struct.Struct(">4I")
_FRAME_BYTES: Final = 24
_ORDER_BY_MAGIC: Final = {0x377F0682: "<", 0x377F0683: ">"}
_WORD: Final = 0xFFFFFFFF


def is_log_lost(path: Path) -> bool:
    """Tell whether a log that must be there is missing, empty or without a readable header.

    Raises:
        ProfileError: ``not_allowed``, ``unavailable``.
    """
    try:
        with path.open("rb") as stream:
            header = stream.read(_HEADER.size)
    except FileNotFoundError:
        return True
    except OSError as error:
        raise profile_error(error) from error
    if len(header) < _HEADER.size:
        return True
    magic, *_, checksum_one, checksum_two = _HEADER.unpack(header)
    order = _ORDER_BY_MAGIC.get(magic)
    return order is None or _checksum(struct.unpack_from(f"{order}6I", header)) != (checksum_one, checksum_two)


def is_log_cut(path: Path, frames: int) -> bool:
    """Tell whether the log goes on, beyond the ``frames`` that SQLite reads, with commits that were synced.

    A crash leaves at most one unfinished transaction at the end. A commit frame of the present log with another frame
    behind it was followed by a transaction, so it was on the disk before, and what SQLite stopped at came later.

    Raises:
        ProfileError: ``not_allowed``, ``unavailable``.
    """
    try:
        with path.open("rb") as stream:
            header = stream.read(_HEADER.size)
            if len(header) < _HEADER.size:
                return False
            _, _, page_size, _, *salts, _, _ = _HEADER.unpack(header)
            return _commit_precedes_frame(stream, frames, page_size, salts)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise profile_error(error) from error


def _commit_precedes_frame(stream: BinaryIO, frames: int, page_size: int, salts: list[int]) -> bool:
    committed = False
    for frame in count(frames):
        stream.seek(_HEADER.size + frame * (page_size + _FRAME_BYTES))
        header = stream.read(_FRAME.size)
        if len(header) < _FRAME.size:
            break
        _, pages_after_commit, *frame_salts = _FRAME.unpack(header)
        # Frames of an earlier round through the file have other salts.
        if frame_salts == salts:
            if committed:
                return True
            committed = pages_after_commit > 0
    return False


def _checksum(words: tuple[int, ...]) -> tuple[int, int]:
    one = two = 0
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = (one + first + two) & _WORD
        two = (two + second + one) & _WORD
    return one, two
