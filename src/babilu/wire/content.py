"""What one device tells another inside the encryption: who, to whom, where in the chain, and what.

Text, edits and the like are *chained*: they carry a counter from 1 and the hash of the previous content, for each
(sender device, recipient device, conversation). Receipts, typing, repair and session control are not.
"""

from typing import Annotated

import msgspec

from babilu.identity.shapes import Hash32, Id16, Key32, Natural
from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.limits import TEXT_BYTES
from babilu.kernel.nesting import is_shallow

MESSAGE_BYTES = 64 * 1024
"""Largest content: what fits the largest size class of padding."""


def _tag(class_name: str) -> str:
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in class_name)
    return words.lstrip("_")


class Part(msgspec.Struct, frozen=True, array_like=True, tag=_tag):
    """Base of everything that a content can say; its tag is the class name in lower case with underscores."""


class Text(Part, frozen=True):
    """A message of plain text, at most `TEXT_BYTES` of UTF-8."""

    text: str


class Delivered(Part, frozen=True):
    """The recipient's device has kept these messages."""

    messages: Annotated[tuple[Id16, ...], msgspec.Meta(min_length=1, max_length=1000)]


class Read(Part, frozen=True):
    """The recipient has seen these messages."""

    messages: Annotated[tuple[Id16, ...], msgspec.Meta(min_length=1, max_length=1000)]


class Typing(Part, frozen=True):
    """The sender is writing; it expires by itself."""

    active: bool


class RetryRequest(Part, frozen=True):
    """These envelopes could not be decrypted and are asked for again."""

    envelopes: Annotated[tuple[Id16, ...], msgspec.Meta(min_length=1, max_length=1000)]


class Again(Part, frozen=True):
    """Answer to a retry: the exact bytes of the content that an envelope held which could not be decrypted.

    The content inside keeps its own place in the chain; this envelope around it has none.
    """

    envelope: Id16
    content: Annotated[bytes, msgspec.Meta(max_length=MESSAGE_BYTES)]


class Settled(Part, frozen=True):
    """Answer to a retry: nothing that these envelopes held is owed any more: receipts, and what was delivered."""

    envelopes: Annotated[tuple[Id16, ...], msgspec.Meta(min_length=1, max_length=1000)]


class Gone(Part, frozen=True):
    """Answer to a retry for content that its sender has deleted: the place in the chain that it held."""

    message: Id16
    counter: Natural
    content_hash: Hash32


class Hush(Part, frozen=True):
    """Says nothing: establishes or renews a session."""


ContentPart = Text | Delivered | Read | Typing | RetryRequest | Again | Settled | Gone | Hush


class ChainLink(msgspec.Struct, frozen=True, array_like=True):
    """Place of a chained content: its counter from 1, and the SHA-256 of the previous content (zeros for the first)."""

    counter: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
    previous: Hash32


class ListMark(msgspec.Struct, frozen=True, array_like=True):
    """A device list by version and hash, so that one that a relay froze is noticed."""

    version: Natural
    list_hash: Hash32


class Content(msgspec.Struct, frozen=True, array_like=True):
    """One content as it is encrypted.

    Attributes:
        conversation: Id of the conversation.
        sender: Device that wrote it.
        recipient: Device it is encrypted for.
        message: Id of the message, the same for every recipient device and every resending.
        sent_at: Unix milliseconds on the sender's clock.
        link: Place in the chain; None for what is not chained.
        sender_list: The sender's device list.
        recipient_list: The recipient's device list as the sender knows it.
        part: What is said.
    """

    conversation: Key32
    sender: Id16
    recipient: Id16
    message: Id16
    sent_at: Natural
    link: ChainLink | None
    sender_list: ListMark
    recipient_list: ListMark
    part: ContentPart


_decoder = msgspec.msgpack.Decoder(Content)


def decode_content(body: bytes) -> Content:
    """Decode a content after decryption.

    Raises:
        ProtocolError: ``malformed`` where it does not fit its shape,
            ``too_large`` for a text over the limit.
    """
    if not is_shallow(body):
        raise ProtocolError(ErrorCode.MALFORMED, "A message nests too deep.")
    try:
        content = _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ProtocolError(ErrorCode.MALFORMED, "A message could not be understood.") from error
    match content.part:
        case Text(text) if len(text.encode("utf-8", "surrogatepass")) > TEXT_BYTES:
            raise ProtocolError(ErrorCode.TOO_LARGE, f"A text is over the limit of {TEXT_BYTES} bytes.")
        case _:
            return content
