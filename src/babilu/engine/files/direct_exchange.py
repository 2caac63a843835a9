"""Exchange of sealed files over direct connections: each one that stands with whoever sent a file is a source of it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from babilu.engine.files.part_window import PartWindow
from babilu.engine.files.sources import Answer, FileSource
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.transport.direct_connection import DirectConnection
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.wire.file_entry import FileEntry
from babilu.wire.relay_frames import BlobData

DIRECT_WINDOW: Final = 8
"""Parts that one file has on their way over a direct connection: what a text may find in front of it on a slow line."""

LinksWith = Callable[[int], tuple[DirectConnection, ...]]
"""Gives the connections that stand with a contact's devices; called in the loop's thread."""


@dataclass(frozen=True, slots=True)
class DirectSource:
    """A device at the other end of a direct connection, as a source of files.

    Attributes:
        loop: Where the connection lives.
        link: The connection.
    """

    loop: LoopThread
    link: DirectConnection

    def window(self) -> PartWindow:
        return PartWindow(DIRECT_WINDOW, DIRECT_WINDOW)

    def ask(self, entry: FileEntry, places: Sequence[int], came: Callable[[Answer], None]) -> None:
        self.loop.call(self._ask, entry, places, came)

    def _ask(self, entry: FileEntry, places: Sequence[int], came: Callable[[Answer], None]) -> None:
        for place in places:
            answer = self.link.parts.ask(entry.blob, entry.token, place)
            answer.add_done_callback(partial(_pass_on, came, place))

    def tell_kept(self, entry: FileEntry) -> None:
        self.loop.call(self.link.parts.tell_kept, entry.blob, entry.token)


class DirectExchange:
    """Finds who can give a file directly.

    Args:
        loop: Where connections live.
        links_with: Gives those that stand.
    """

    def __init__(self, loop: LoopThread, links_with: LinksWith) -> None:
        self._loop = loop
        self._links_with = links_with

    def sources(self, contact: int) -> tuple[FileSource, ...]:
        """Return the devices of a contact that are connected; call it from another thread than the loop's."""
        links = self._loop.run(self._find(contact)).result()
        return tuple(DirectSource(self._loop, link) for link in links)

    async def _find(self, contact: int) -> tuple[DirectConnection, ...]:
        return self._links_with(contact)


def _pass_on(came: Callable[[Answer], None], place: int, answer: "asyncio.Future[BlobData]") -> None:
    try:
        came((place, answer.result()))
    except BabiluError as error:
        came((place, error))
    except asyncio.CancelledError:
        came((place, LinkError(ErrorCode.CLOSED, "The connection was closed here.")))
