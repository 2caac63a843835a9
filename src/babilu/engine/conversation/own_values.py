"""Values of registers: MessagePack, and nothing where that does not hold."""

from typing import Any

import msgspec


def pack(value: object) -> bytes:
    """Encode the value of a register."""
    return msgspec.msgpack.encode(value)


def unpack(value: bytes) -> Any:  # noqa: ANN401  # whoever asks matches what it has to be
    """Decode the value of a register; None for what is no such value."""
    try:
        return msgspec.msgpack.decode(value)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
