"""Blocks of an archive: equal pieces of what groups say, each sealed by itself and in a code that mends it.

    block    marker (8) ‖ content (57,088) ‖ parity (8,192)
    content  u32(place) ‖ 1 for the last, else 0 ‖ AEAD(key, nonce, plaintext)
    plaintext  u16(where the first group begins in it, 0xFFFF for nowhere) ‖ bytes of groups

The sealing is STREAM (Hoang and others, 2015): the nonce holds the place and whether it is the last one, so blocks that
are left out, moved, repeated or cut off at the end do not authenticate. The content is the data of 256 codewords of
RS(255, 223), byte by byte in turns: up to 16 wrong bytes in each are mended, and so are 4,096 in a row. One byte in a
hundred, changed at random, makes 2.6 wrong ones of a codeword: more than 16 come once in 10^9. Where bytes were lost or
came between, the marker tells where the next block begins.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from babilu.archive.codeword import DATA, PARITY
from babilu.archive.mending import mended, parity_of
from babilu.crypto import aead
from babilu.crypto.kdf import hkdf_sha256
from babilu.crypto.sealed_file import padme
from babilu.crypto.secret import Secret
from babilu.kernel.errors import CryptoError
from babilu.kernel.ids import domain

_COLUMNS: Final = 256
_MARKER: Final = bytes.fromhex("ba b1 1c 5e 9d 2f 73 e8")
_CONTENT: Final = _COLUMNS * DATA
_PARITY: Final = _COLUMNS * PARITY
_PLACE: Final = 4
_FIRST: Final = 2
_NOWHERE: Final = 0xFFFF

ARCHIVE_BLOCK_SIZE: Final = len(_MARKER) + _CONTENT + _PARITY
"""Bytes of a block in the file."""

ROOM: Final = _CONTENT - _PLACE - 1 - aead.TAG_BYTES - _FIRST
"""Bytes of groups in a block."""

_PREFIX: Final = 7
_BLOCKS: Final = domain("archive-blocks")


class BlockKey:
    """Key and nonces of an archive's blocks, derived from its random key."""

    def __init__(self, key: Secret) -> None:
        derived = hkdf_sha256(key, salt=b"", info=_BLOCKS, size=aead.KEY_BYTES + _PREFIX).reveal()
        self._key = Secret(derived[: aead.KEY_BYTES])
        self._prefix = derived[aead.KEY_BYTES :]

    def seal(self, place: int, plaintext: bytes, *, last: bool) -> bytes:
        """Seal what a block says."""
        return aead.seal(self._key, self._nonce(place, last), plaintext, b"")

    def open(self, place: int, sealed: bytes, *, last: bool) -> bytes:
        """Open it again.

        Raises:
            CryptoError: ``decryption_failed``.
        """
        return aead.open_sealed(self._key, self._nonce(place, last), sealed, b"")

    def _nonce(self, place: int, last: bool) -> bytes:
        return self._prefix + place.to_bytes(_PLACE, "big") + bytes([last])


class BlockWriter:
    """Cuts groups into blocks; holds one block at most.

    Args:
        key: The archive's.
    """

    def __init__(self, key: BlockKey) -> None:
        self._key = key
        self._filled = bytearray()
        self._first = _NOWHERE
        self._place = 0

    def add(self, group: bytes) -> Iterator[bytes]:
        """Take one group, and give the blocks that are full."""
        if len(self._filled) == ROOM:
            yield self._next(last=False)
        if self._first == _NOWHERE:
            self._first = len(self._filled)
        self._filled += group
        while len(self._filled) > ROOM:
            yield self._next(last=False)

    def finish(self) -> Iterator[bytes]:
        """Give the last blocks: with as many that say nothing as Padmé asks for."""
        blocks = padme(self._place + 1)
        while self._place < blocks - 1:
            yield self._next(last=False)
        yield self._next(last=True)

    def _next(self, *, last: bool) -> bytes:
        said = bytes(self._filled[:ROOM]).ljust(ROOM, b"\0")
        del self._filled[:ROOM]
        sealed = self._key.seal(self._place, self._first.to_bytes(_FIRST, "big") + said, last=last)
        content = self._place.to_bytes(_PLACE, "big") + bytes([last]) + sealed
        self._place += 1
        # What is left is the end of a group that was cut: the next one begins behind it.
        self._first = _NOWHERE
        return _MARKER + content + parity_of(content, _COLUMNS)


@dataclass(frozen=True, slots=True)
class OpenedBlock:
    """A block that authenticates.

    Attributes:
        place: Its place, from 0.
        last: Whether the archive ends with it.
        first: Where the first group begins in what it says; None for nowhere.
        said: Bytes of groups.
    """

    place: int
    last: bool
    first: int | None
    said: bytes


class ArchiveSource(Protocol):
    """An archive's bytes."""

    @property
    def size(self) -> int:
        """How many there are."""

    def read_at(self, offset: int, size: int) -> bytes:
        """Read up to so many from there."""


class BlockReader:
    """Reads blocks, mends what can be mended, and finds the next one where something is lost.

    Args:
        key: The archive's.
        source: The file.
        start: Where the first block begins.
        end: Where the last one ends.
        compares: Whether each byte is compared, also those that the content needs no more: half of the time it takes.

    Attributes:
        damaged_at: Offset of the first byte that is not as it was written; None as long as all are.
    """

    def __init__(self, key: BlockKey, source: ArchiveSource, start: int, end: int, *, compares: bool = True) -> None:
        self._compares = compares
        self._key = key
        self._source = source
        self._offset = start
        self._end = end
        self.damaged_at: int | None = None

    def blocks(self) -> Iterator[OpenedBlock]:
        """Give the blocks in their order, those that cannot be read left out."""
        place = 0
        while self._offset < self._end:
            found = self._block_at(self._offset)
            if found is None:
                self._note(self._offset)
                self._offset = self._next_marker(self._offset + 1)
                continue
            if found.place < place:
                # A copy of one that came before, which nothing of ours writes.
                self._note(self._offset)
            else:
                if found.place > place:
                    self._note(self._offset)
                place = found.place + 1
                yield found
            self._offset += ARCHIVE_BLOCK_SIZE
            if found.last:
                break
        else:
            self._note(self._end)
        if self._offset != self._end:
            self._note(min(self._offset, self._end))

    def _note(self, offset: int) -> None:
        if self.damaged_at is None or offset < self.damaged_at:
            self.damaged_at = offset

    def _block_at(self, offset: int) -> OpenedBlock | None:
        block = self._source.read_at(offset, ARCHIVE_BLOCK_SIZE)
        if len(block) < ARCHIVE_BLOCK_SIZE:
            return None
        coded = block[len(_MARKER) :]
        content = coded[:_CONTENT]
        opened = self._open(content)
        if opened is not None and not self._compares:
            return opened
        if opened is None:
            content = mended(coded, _COLUMNS)
            opened = self._open(content)
            if opened is None:
                return None
        written = _MARKER + content + parity_of(content, _COLUMNS)
        if written != block:
            self._note(offset + _first_difference(written, block))
        return opened

    def _open(self, content: bytes) -> OpenedBlock | None:
        place, last = int.from_bytes(content[:_PLACE], "big"), content[_PLACE]
        if last > 1:
            return None
        try:
            plaintext = self._key.open(place, content[_PLACE + 1 :], last=bool(last))
        except CryptoError:
            return None
        first = int.from_bytes(plaintext[:_FIRST], "big")
        return OpenedBlock(place, bool(last), None if first == _NOWHERE else first, plaintext[_FIRST:])

    def _next_marker(self, offset: int) -> int:
        """Find where the next block may begin: at the next place for one, or at a marker before that."""
        window = self._source.read_at(offset, ARCHIVE_BLOCK_SIZE + len(_MARKER) - 1)
        found = window.find(_MARKER)
        # A marker that was changed is not found: the regular place is tried, too.
        regular = offset - 1 + ARCHIVE_BLOCK_SIZE
        return regular if found < 0 else min(offset + found, regular)


def _first_difference(one: bytes, other: bytes) -> int:
    return next(place for place, (there, here) in enumerate(zip(one, other, strict=True)) if there != here)
