"""Typed encoding and decoding of frames and contents: what does not fit its type exactly is refused."""

from typing import Generic, TypeVar

import msgspec

from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.nesting import is_shallow
from babilu.wire.client_frames import Ack, BlobGet, BlobPut, ClientFrame, Submit
from babilu.wire.direct_frames import DirectEnvelope, DirectFrame
from babilu.wire.frame_base import Ping, Pong
from babilu.wire.relay_frames import Accepted, BlobData, BlobOk, Deliver, RelayFrame

T = TypeVar("T")

_encoder = msgspec.msgpack.Encoder()
_untyped = msgspec.msgpack.Decoder(list[msgspec.Raw])
_tag = msgspec.msgpack.Decoder(str)
_number = msgspec.msgpack.Decoder(int)

MAX_REQUEST = 2**63 - 1

FLAT = (Submit, Accepted, Deliver, Ack, DirectEnvelope, Ping, Pong, BlobPut, BlobGet, BlobOk, BlobData)
"""The frames that come most often: none of their fields holds another value."""

_ARRAY = 0x90
_TEXT = 0xA0
_LENGTH = 0x1F


class MalformedFrameError(ProtocolError):
    """A frame that does not decode.

    Attributes:
        request: The number of the request where one could be read, so that the refusal can name it.
    """

    def __init__(self, code: ErrorCode, text: str, request: int | None) -> None:
        super().__init__(code, text)
        self.request = request


def encode(value: msgspec.Struct) -> bytes:
    """Encode a frame, a content or a public object as MessagePack."""
    return _encoder.encode(value)


class Codec(Generic[T]):
    """Decodes one closed set of tagged frames."""

    def __init__(self, decoder: "msgspec.msgpack.Decoder[T]", tags: frozenset[str]) -> None:
        self._decoder = decoder
        self._tags = tags

    def decode(self, body: bytes) -> T:
        """Decode a frame body.

        Raises:
            MalformedFrameError: ``unsupported`` for a tag outside the set, ``malformed`` for all else.
        """
        if (body[: 2 + (body[1] & _LENGTH)] if len(body) > 1 else body) not in _flat and not is_shallow(body):
            raise MalformedFrameError(ErrorCode.MALFORMED, "A frame nests too deep.", None)
        try:
            return self._decoder.decode(body)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise self._explain(body) from error

    def _explain(self, body: bytes) -> MalformedFrameError:
        try:
            fields = _untyped.decode(body)
            tag = _tag.decode(fields[0])
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, IndexError):
            return MalformedFrameError(ErrorCode.MALFORMED, "A frame is not a tagged array.", None)
        request = None
        if len(fields) > 1:
            try:
                number = _number.decode(fields[1])
                request = number if 0 <= number <= MAX_REQUEST else None
            except msgspec.DecodeError:
                request = None
        if tag in self._tags:
            return MalformedFrameError(ErrorCode.MALFORMED, f"A frame {tag!r} has fields that do not fit.", request)
        return MalformedFrameError(ErrorCode.UNSUPPORTED, "This frame is not known here.", request)


def _beginning(frame: type[msgspec.Struct]) -> bytes:
    tag = str(frame.__struct_config__.tag).encode("ascii")
    return bytes([_ARRAY | (1 + len(frame.__struct_fields__)), _TEXT | len(tag)]) + tag


_flat = frozenset(_beginning(frame) for frame in FLAT)
"""How a frame begins that has exactly the fields known here, all of them flat: there is nothing to look at."""


def _tags_of(*frames: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(str(frame.__struct_config__.tag) for frame in frames)


client_frames: Codec[ClientFrame] = Codec(msgspec.msgpack.Decoder(ClientFrame), _tags_of(*ClientFrame.__args__))
"""Decodes what a relay receives."""

relay_frames: Codec[RelayFrame] = Codec(msgspec.msgpack.Decoder(RelayFrame), _tags_of(*RelayFrame.__args__))
"""Decodes what a client receives from its relay."""

direct_frames: Codec[DirectFrame] = Codec(msgspec.msgpack.Decoder(DirectFrame), _tags_of(*DirectFrame.__args__))
"""Decodes what two clients send each other directly."""
