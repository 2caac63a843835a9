"""Codec of public objects: strict about their shapes; whatever does not fit is one refusal, however it fails."""

from typing import TypeVar

import msgspec

from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.nesting import is_shallow

T = TypeVar("T", bound=msgspec.Struct)

_encoder = msgspec.msgpack.Encoder()


def encode_shape(value: msgspec.Struct) -> bytes:
    """Encode a public object as MessagePack."""
    return _encoder.encode(value)


def decode_shape(body: bytes, shape: type[T]) -> T:
    """Decode MessagePack into ``shape``.

    Raises:
        ProtocolError: ``malformed`` where the bytes are no such object.
    """
    if not is_shallow(body):
        raise ProtocolError(ErrorCode.MALFORMED, "A public object nests too deep.")
    try:
        return msgspec.msgpack.decode(body, type=shape)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ProtocolError(ErrorCode.MALFORMED, "A public object does not fit its shape.") from error
