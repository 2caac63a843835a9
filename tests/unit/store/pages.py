"""Every page of a profile in clear, as somebody with its key could read them: of the database and of its log.

SQLCipher 4: pages of 4,096 bytes, AES-256 in CBC mode, with a vector of 16 bytes and a MAC of 64 at the end of each;
the first one begins with 16 bytes of salt. Frames of the log have a header of 24 bytes, behind one of 32 for all.
"""

from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PAGE = 4096
SALT = 16
VECTOR = 16
RESERVED = VECTOR + 64
LOG_HEADER = 32
FRAME_HEADER = 24


def pages_in_clear(database: Path, key: bytes) -> Iterator[bytes]:
    """Give every page that lies in the database's file and in its log, also what SQLite holds for free."""
    raw = database.read_bytes()
    for start in range(0, len(raw), PAGE):
        yield _clear(raw[start : start + PAGE], key, skipped=SALT if start == 0 else 0)
    log = database.with_name(f"{database.name}-wal")
    frames = log.read_bytes()[LOG_HEADER:] if log.exists() else b""
    for start in range(0, len(frames), FRAME_HEADER + PAGE):
        frame = frames[start : start + FRAME_HEADER + PAGE]
        number = int.from_bytes(frame[:4], "big")
        if len(frame) == FRAME_HEADER + PAGE:
            yield _clear(frame[FRAME_HEADER:], key, skipped=SALT if number == 1 else 0)


def places_of(text: bytes, database: Path, key: bytes) -> int:
    """Count the pages that hold a text."""
    return sum(text in page for page in pages_in_clear(database, key))


def _clear(page: bytes, key: bytes, *, skipped: int) -> bytes:
    vector = page[PAGE - RESERVED : PAGE - RESERVED + VECTOR]
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    return decryptor.update(page[skipped : PAGE - RESERVED]) + decryptor.finalize()
