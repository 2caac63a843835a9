"""Parts about delivery: receipts, repair of what could not be decrypted, and sessions."""

from typing import Annotated

import msgspec

from babilu.identity.shapes import Hash32, Id16, Natural
from babilu.kernel.limits import FILES_OF_MESSAGE
from babilu.wire.part_base import MESSAGE_BYTES, Part


class Delivered(Part, frozen=True):
    """Delivery receipt: the recipient's device has stored these messages."""

    messages: Annotated[tuple[Id16, ...], msgspec.Meta(min_length=1, max_length=1000)]


class Read(Part, frozen=True):
    """Read receipt: the recipient has seen these messages."""

    messages: Annotated[tuple[Id16, ...], msgspec.Meta(min_length=1, max_length=1000)]


class RetryRequest(Part, frozen=True):
    """Request for envelopes that the device could not decrypt, to be sent again."""

    envelopes: Annotated[tuple[Id16, ...], msgspec.Meta(min_length=1, max_length=1000)]


class Again(Part, frozen=True):
    """Answer to a `RetryRequest`: the exact bytes of the content in an envelope that could not be decrypted.

    The content inside keeps its own place in the chain; this envelope around it has none.
    """

    envelope: Id16
    content: Annotated[bytes, msgspec.Meta(max_length=MESSAGE_BYTES)]


class Settled(Part, frozen=True):
    """Answer to a `RetryRequest`: these envelopes need not come again; they held receipts, or what was delivered."""

    envelopes: Annotated[tuple[Id16, ...], msgspec.Meta(min_length=1, max_length=1000)]


class Gone(Part, frozen=True):
    """Answer to a `RetryRequest` for a content that its sender has deleted: the place that it held in the chain."""

    message: Id16
    counter: Natural
    content_hash: Hash32


class FileRequest(Part, frozen=True):
    """A file of the recipient's is not at its relay any more: it is asked for once more.

    Attributes:
        message: Id of the message that brought it.
        index: Which of the message's files, from 0; `FILES_OF_MESSAGE` is its whole text, where that is one.
    """

    message: Id16
    index: Annotated[int, msgspec.Meta(ge=0, le=FILES_OF_MESSAGE)]


class Hush(Part, frozen=True):
    """Empty content that establishes or renews a session."""
