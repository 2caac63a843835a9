"""Scope of an archive: what goes into it besides what always does."""

from collections.abc import Callable
from dataclasses import dataclass

from babilu.kernel.ids import BlobId


@dataclass(frozen=True, slots=True)
class SealedFiles:
    """Where sealed files are read from.

    Attributes:
        size: Gives how many bytes one has; 0 where it is not here.
        read: Gives up to so many bytes of one, from an offset.
    """

    size: Callable[[BlobId], int]
    read: Callable[[BlobId, int, int], bytes]


@dataclass(frozen=True, slots=True)
class ArchiveScope:
    """What goes into an archive besides what always does.

    Attributes:
        now: Unix milliseconds.
        disappearing: Whether messages go into it that disappear and are not over.
        files: Where the sealed files are read from that go into it; None for none.
        wrapped: The seed of the identity key, wrapped as the profile keeps it.
    """

    now: int
    disappearing: bool = False
    files: SealedFiles | None = None
    wrapped: tuple[bytes, ...] = ()
