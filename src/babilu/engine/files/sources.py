"""Sources of sealed files: whoever can be asked for the parts of one, and how they are pulled from there.

A source answers questions in any order. What comes is checked, put in order and written as it comes: what a kill can
make cross again is what was on its way.
"""

import queue
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol, TypeVar

from babilu.crypto.sealed_file import BLOCK_BYTES, sealed_size
from babilu.engine.files.incoming_file import IncomingFile
from babilu.engine.files.part_window import PartWindow
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, ProtocolError, Reason
from babilu.kernel.ids import BlobId
from babilu.wire.file_entry import FileEntry
from babilu.wire.relay_frames import BlobData

A = TypeVar("A")

Answer = tuple[int, BlobData | BabiluError]
"""Where the part begins that was asked for, and what came."""

Moved = Callable[[int], None]
"""Is told how many bytes of the sealed file are across; raises to stop."""

WRITTEN_TOGETHER: Final = 16
"""Blocks that are written at once where so many have come meanwhile."""


class FileSource(Protocol):
    """Somebody who has sealed files; its methods may be called from any thread."""

    def window(self) -> PartWindow:
        """Make the window of one transfer."""

    def ask(self, entry: FileEntry, places: Sequence[int], came: Callable[[Answer], None]) -> None:
        """Ask for the parts that begin at some places; ``came`` is called once for each, in whatever thread."""

    def tell_kept(self, entry: FileEntry) -> None:
        """Say that the file is here, whole, where that is of interest."""


def pull(source: FileSource, file: IncomingFile, moved: Moved, patience_s: float) -> None:
    """Fetch what a file lacks from a source.

    Args:
        source: Whom to ask.
        file: The file, with what is here of it.
        moved: Is told how far it is.
        patience_s: Seconds without any answer after which the source counts as gone.

    Raises:
        ProtocolError: ``malformed``: the source gave what was not asked for.
        CryptoError: It gave what is no part of this file.
        ProfileError: What came cannot be written.
        BabiluError: It refused, or is gone.
    """
    answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
    early: dict[int, bytes] = {}
    blob, size, asked, window = file.entry.blob, sealed_size(file.entry.size), file.offset, source.window()
    while file.offset < size:
        places = range(asked, min(size, asked + window.room * BLOCK_BYTES), BLOCK_BYTES)
        if places:
            for place in places:
                window.began(place)
            source.ask(file.entry, places, answers.put)
            asked = places[-1] + BLOCK_BYTES
        refusal: BabiluError | None = None
        for place, answer in those_that_came(answers, patience_s):
            window.ended(place)
            try:
                early[place] = _checked(answer, blob, place, size)
            except BabiluError as error:
                refusal = refusal or error
        blocks: list[bytes] = []
        while (block := early.pop(file.offset + len(blocks) * BLOCK_BYTES, None)) is not None:
            blocks.append(block)
        if blocks:
            file.add(blocks)
            moved(file.offset)
        if refusal is not None:
            # What came before it is kept first.
            raise refusal


def those_that_came(answers: "queue.SimpleQueue[A]", patience_s: float) -> Iterator[A]:
    """Give what has come by now, and wait where nothing has.

    Raises:
        LinkError: ``unavailable`` where nothing came for too long.
    """
    try:
        yield answers.get(timeout=patience_s)
    except queue.Empty:
        silent = LinkError(ErrorCode.UNAVAILABLE, "The other end of a transfer does not answer.")
        raise silent.because(Reason.SILENT) from None
    for _ in range(WRITTEN_TOGETHER - 1):
        try:
            yield answers.get_nowait()
        except queue.Empty:
            return


def _checked(data: BlobData | BabiluError, blob: BlobId, offset: int, size: int) -> bytes:
    """Return the part that an answer brings.

    Raises:
        ProtocolError: It is another one than was asked for.
        BabiluError: It is a refusal.
    """
    if isinstance(data, BabiluError):
        raise data
    wanted = (blob, offset, size, min(BLOCK_BYTES, size - offset))
    if (data.blob, data.offset, data.size, len(data.part)) != wanted:
        raise ProtocolError(ErrorCode.MALFORMED, "Another part of a file came than was asked for.")
    return data.part
