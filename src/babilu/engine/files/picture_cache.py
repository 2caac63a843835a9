"""Cache of decoded pictures: the latest ones, as many as have room; what is deleted leaves it at once."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from babilu.kernel.ids import BlobId
from babilu.media.exchange import RawPicture

CACHE_BYTES: Final = 64 * 1024 * 1024
"""Most bytes of pixels that are kept: two of the largest pictures, or some thirty for a window."""


class PictureCache:
    """The pictures that were decoded last, by sealed file and size; used in several threads."""

    def __init__(self, most: int = CACHE_BYTES) -> None:
        self._most = most
        self._pictures: OrderedDict[tuple[BlobId, int], RawPicture] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def find(self, blob: BlobId, side: int) -> RawPicture | None:
        """Return a picture; None where it is not kept."""
        with self._lock:
            found = self._pictures.get((blob, side))
            if found is not None:
                self._pictures.move_to_end((blob, side))
            return found

    def put(self, blob: BlobId, side: int, picture: RawPicture) -> None:
        """Keep a picture, and let go of those that were not asked for the longest."""
        with self._lock:
            self._drop((blob, side))
            self._pictures[blob, side] = picture
            self._bytes += len(picture.pixels)
            while self._bytes > self._most:
                self._drop(next(iter(self._pictures)))

    def forget(self, blobs: Sequence[BlobId]) -> None:
        """Let go of all that was decoded of sealed files."""
        gone = frozenset(blobs)
        with self._lock:
            for key in [key for key in self._pictures if key[0] in gone]:
                self._drop(key)

    def _drop(self, key: tuple[BlobId, int]) -> None:
        picture = self._pictures.pop(key, None)
        if picture is not None:
            self._bytes -= len(picture.pixels)
