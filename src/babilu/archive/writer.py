"""Writer of an archive: groups go in, bytes come out, and no more than one block is held meanwhile."""

import hashlib
from collections.abc import Callable
from typing import Final

import msgspec

from babilu.archive.blocks import BlockKey, BlockWriter
from babilu.archive.groups import CORE, ArchiveGroup, GroupKind, encode_group, said_by
from babilu.archive.header import KEY_BYTES, Opener, encode_header, make_header
from babilu.archive.records import ArchiveCounts, ArchiveEnd
from babilu.crypto.password import LoginCost
from babilu.crypto.secret import Secret
from babilu.kernel.ports import Randomness

_encoder: Final = msgspec.msgpack.Encoder()
_NOT_HASHED: Final = frozenset({GroupKind.SUMMARY, GroupKind.PIECES, GroupKind.END})


class ContentHash:
    """SHA-256 of what the groups of an archive say but summary, end and copies: equal for equal contents.

    Sealed files are not in it: each is compared with the hash that its message names.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, group: ArchiveGroup) -> None:
        """Take the next group."""
        if group.kind not in _NOT_HASHED:
            self._hash.update(said_by(group))

    def digest(self) -> bytes:
        """Give the 32 bytes."""
        return self._hash.digest()


class ArchiveWriter:
    """Writes one archive.

    Args:
        write: Takes the bytes, in their order.
        opener: What is to open it.
        randomness: For its keys.
        cost: Cost of Argon2id for a passphrase; None for the default.

    Attributes:
        size: Bytes that were written.
    """

    def __init__(
        self, write: Callable[[bytes], object], opener: Opener, randomness: Randomness, cost: LoginCost | None = None
    ) -> None:
        key = Secret(randomness.token(KEY_BYTES))
        self._write_out = write
        self._header = encode_header(make_header(opener, key, randomness, cost))
        self._blocks = BlockWriter(BlockKey(key))
        self._hash = ContentHash()
        self._core: list[ArchiveGroup] = []
        self.size = 0
        self._write(self._header)

    def add(self, group: ArchiveGroup) -> None:
        """Write a group; those of the core once more at the end."""
        self._put(group)
        self._hash.add(group)
        if group.kind in CORE:
            self._core.append(group)

    def finish(self, counts: ArchiveCounts) -> bytes:
        """Write the end.

        Returns:
            The hash of the contents.
        """
        digest = self._hash.digest()
        end = msgspec.Raw(_encoder.encode((ArchiveEnd(counts, digest),)))
        last = self._core[-1].number if self._core else 0
        for group in [*self._core, ArchiveGroup(GroupKind.END, last, counts.messages, b"", end)]:
            self._put(group)
        for block in self._blocks.finish():
            self._write(block)
        self._write(self._header)
        return digest

    def _put(self, group: ArchiveGroup) -> None:
        for block in self._blocks.add(encode_group(group)):
            self._write(block)

    def _write(self, part: bytes) -> None:
        self._write_out(part)
        self.size += len(part)
