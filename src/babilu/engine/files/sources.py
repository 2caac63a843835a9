"""Sources of sealed files: whoever can be asked for the parts of one, and how they are pulled from there.

A source answers questions in any order. What comes is checked, put in order and written as it comes, while the next
parts are on their way. What a kill can make cross again is what was asked for and not written.
"""

import contextlib
import queue
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol, TypeVar

from babilu.crypto.sealed_file import BLOCK_BYTES, sealed_size
from babilu.engine.files.incoming_file import IncomingFile, check_small
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

AHEAD_AT_MOST: Final = 32
"""Parts that are asked for and not written: on their way, or here and opened now. A kill makes them cross again."""

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


class RelaySource(FileSource, Protocol):
    """A source that has files of many people, and is asked for several at once."""

    def ask_first(self, entries: Sequence[FileEntry], came: Callable[[Answer], None]) -> None:
        """Ask for the first part of each of several files; an answer begins with which of them it is about."""


def is_small(entry: FileEntry) -> bool:
    """Tell whether a sealed file is one part."""
    return sealed_size(entry.size) <= BLOCK_BYTES


def pull_small(source: RelaySource, entries: Sequence[FileEntry], patience_s: float) -> list[tuple[FileEntry, bytes]]:
    """Fetch files of one part each, and give those that are what their messages say.

    What is refused, late or another file is left out: `pull` says why.

    Raises:
        BabiluError: The source is gone.
    """
    answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
    source.ask_first(entries, answers.put)
    found: list[tuple[FileEntry, bytes]] = []
    left = len(entries)
    while left:
        for index, answer in those_that_came(answers, patience_s):
            left -= 1
            entry = entries[index]
            with contextlib.suppress(BabiluError):
                sealed = _checked(answer, entry.blob, 0, sealed_size(entry.size))
                check_small(entry, sealed)
                found.append((entry, sealed))
    return found


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
    blob, size, window = file.entry.blob, sealed_size(file.entry.size), source.window()
    asked = _ask_ahead(source, file, file.offset, window, answers.put)
    while file.offset < size:
        refusal: BabiluError | None = None
        for place, answer in those_that_came(answers, patience_s):
            window.ended(place)
            try:
                early[place] = _checked(answer, blob, place, size)
            except BabiluError as error:
                refusal = refusal or error
        if refusal is None:
            # Before these are opened and written: the line is not idle meanwhile.
            asked = _ask_ahead(source, file, asked, window, answers.put)
        blocks: list[bytes] = []
        while (block := early.pop(file.offset + len(blocks) * BLOCK_BYTES, None)) is not None:
            blocks.append(block)
        if blocks:
            file.add(blocks)
            moved(file.offset)
        if refusal is not None:
            # What came before it is kept first.
            raise refusal
        asked = _ask_ahead(source, file, asked, window, answers.put)


def _ask_ahead(
    source: FileSource, file: IncomingFile, asked: int, window: PartWindow, came: Callable[[Answer], None]
) -> int:
    """Ask for as many parts as may be on their way, and not for more than may be here unwritten.

    Returns:
        Up to where it was asked for.
    """
    ahead = (asked - file.offset) // BLOCK_BYTES
    room = min(window.room, AHEAD_AT_MOST - ahead)
    places = range(asked, min(sealed_size(file.entry.size), asked + room * BLOCK_BYTES), BLOCK_BYTES)
    if not places:
        return asked
    for place in places:
        window.began(place)
    source.ask(file.entry, places, came)
    return places[-1] + BLOCK_BYTES


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
