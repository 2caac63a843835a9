"""A sealed file that is being fetched: it is opened and written block by block, and compared at its end."""

import hashlib
from collections.abc import Sequence

from babilu.crypto.sealed_file import BLOCK_BYTES, open_block, prefix_of, sealed_size
from babilu.crypto.secret import Secret
from babilu.engine.files.folder import FileFolder, check_digest
from babilu.engine.files.part_file import PartFile
from babilu.wire.file_entry import FileEntry


class IncomingFile:
    """A sealed file that is being fetched: each block is opened when it comes, and written behind those before it.

    So a source that gives anything else is found out at once, and what came before stays. Blocks that a former run left
    are opened again at the end: only then all of them can be compared with what the sender said of the file.

    It stays open from the first block that is written until it is closed.

    Args:
        folder: Where it lies.
        entry: What its message says of it.
    """

    def __init__(self, folder: FileFolder, entry: FileEntry) -> None:
        self._folder = folder
        self.entry = entry
        size, written = sealed_size(entry.size), folder.written(entry.blob)
        self._offset = size if written >= size else written // BLOCK_BYTES * BLOCK_BYTES
        self._key = Secret(entry.key)
        self._prefix = prefix_of(folder.header(entry.blob)) if self._offset else b""
        self._digest = None if self._offset else hashlib.sha256()
        self._part: PartFile | None = None

    @property
    def offset(self) -> int:
        """Bytes of it that are here: where the next block begins."""
        return self._offset

    @property
    def is_complete(self) -> bool:
        """Whether all of it is here, if not compared yet."""
        return self._offset == sealed_size(self.entry.size)

    def add(self, blocks: Sequence[bytes]) -> None:
        """Open the next blocks and write them.

        Raises:
            CryptoError: One is no block of this file; those before it are written.
            ProfileError: ``disk_full`` or ``unavailable``.
        """
        opened = 0
        try:
            for opened, block in enumerate(blocks):
                self._open(self._offset // BLOCK_BYTES + opened, block)
            opened = len(blocks)
        finally:
            if opened:
                self._write(blocks[:opened])

    def _write(self, blocks: Sequence[bytes]) -> None:
        if self._part is None:
            self._part = self._folder.growing(self.entry.blob, self._offset)
        self._part.append(blocks)
        self._offset += sum(map(len, blocks))

    def _open(self, place: int, block: bytes) -> None:
        prefix = self._prefix if place else prefix_of(block)
        plain = open_block(self._key, prefix, self.entry.size, place, block)
        self._prefix = prefix
        if self._digest is not None:
            self._digest.update(plain)

    def finish(self) -> None:
        """Compare all of it with what its sender said, and name it as whole.

        Raises:
            CryptoError: ``decryption_failed`` where it is another file; nothing of it is left then.
        """
        self.close()
        self._folder.finish(self.entry, None if self._digest is None else self._digest.digest())

    def close(self) -> None:
        """Close what is open of it."""
        if self._part is not None:
            self._part.close()


def check_small(entry: FileEntry, sealed: bytes) -> None:
    """Compare a whole sealed file of one block with what its message says.

    Raises:
        CryptoError: It is another file.
    """
    plain = open_block(Secret(entry.key), prefix_of(sealed), entry.size, 0, sealed)
    check_digest(entry, hashlib.sha256(plain).digest())
