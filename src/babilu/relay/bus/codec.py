"""Codec of messages between nodes: MessagePack under an HMAC, tagged with the storage's history and the sending node.

A message is the array ``[epoch, node, hints]`` or, for a piece of a hint that fits no message, ``[epoch, node, [], id,
piece, pieces, bytes]``, and 16 bytes of HMAC-SHA-256 behind it. What another relay, another history or nobody with the
relay's key has said is dropped and counted.
"""

import dataclasses
import hmac
from collections.abc import Sequence
from typing import Any, Final, get_args, get_type_hints

import msgspec

from babilu.crypto.secret import Secret
from babilu.relay.bus.port import BusCounts, Hint

MAC_BYTES: Final = 16
HINT_BYTES: Final = 512 * 1024
"""Longest message between nodes, and longest hint: a carrier may need shorter messages, and gets pieces then."""

PIECES_KEPT: Final = 64
"""Hints of which some pieces have come; the oldest is dropped for one more."""

_HEAD_BYTES: Final = 64
"""Room for what surrounds hints and pieces in a message."""

_KINDS: Final[tuple[type[Hint], ...]] = get_args(Hint)
"""Kinds by their numbers on the bus: nodes of two versions talk to each other, so a new one goes to the end."""

_NUMBERS: Final = {kind: number for number, kind in enumerate(_KINDS)}
_FIELDS: Final = [tuple(field.name for field in dataclasses.fields(kind)) for kind in _KINDS]
_SHAPES: Final[list[Any]] = [
    tuple[tuple(get_type_hints(kind)[name] for name in names)]  # type: ignore[misc]  # made of values
    for kind, names in zip(_KINDS, _FIELDS, strict=True)
]

_Pieces = dict[int, bytes]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Any]).decode
_decode_hint = msgspec.msgpack.Decoder(tuple[int, list[Any]]).decode


class HintCodec:
    """Turns hints into messages and messages into hints.

    Args:
        key: The key that all nodes of the relay have.
        epoch: Name of the history that the storage holds; a node that knows another one is not heard.
        node: Number of this node.
        most: Bytes of the longest message that the carrier takes.
        counts: Counts what is dropped.

    Attributes:
        epoch: As given; replaced where the storage goes on with another history.
    """

    def __init__(self, key: Secret, epoch: bytes, node: int, most: int, counts: BusCounts) -> None:
        self._key = key.reveal()
        self.epoch = epoch
        self._node = node
        self._most = min(most, HINT_BYTES) - MAC_BYTES
        self._counts = counts
        self._split = 0
        self._pieces: dict[tuple[int, int], _Pieces] = {}

    def seal(self, hints: Sequence[Hint]) -> list[bytes]:
        """Make as few messages of hints as the carrier allows."""
        messages: list[bytes] = []
        part: list[msgspec.Raw] = []
        room = self._most - _HEAD_BYTES
        for hint in hints:
            encoded = _encode((_NUMBERS[type(hint)], [getattr(hint, name) for name in _FIELDS[_NUMBERS[type(hint)]]]))
            if len(encoded) > self._most - _HEAD_BYTES:
                messages += self._split_up(encoded)
                continue
            if len(encoded) > room:
                messages.append(self._message(part))
                part, room = [], self._most - _HEAD_BYTES
            part.append(msgspec.Raw(encoded))
            room -= len(encoded)
        if part:
            messages.append(self._message(part))
        return messages

    def open(self, message: bytes) -> list[Hint]:
        """Return what a message of another node says; nothing where it is not one of this relay's."""
        body = message[:-MAC_BYTES]
        if not hmac.compare_digest(message[-MAC_BYTES:], self._mac(body)):
            self._counts.forged += 1
            return []
        try:
            epoch, node, hints, *piece = _decode(body)
        except (msgspec.DecodeError, ValueError):
            self._counts.unknown += 1
            return []
        if epoch != self.epoch:
            self._counts.other_epoch += 1
            return []
        if node == self._node:
            return []
        if piece:
            whole = self._joined(node, *piece)
            hints = [] if whole is None else [_decode_hint(whole)]
        return [hint for each in hints if (hint := self._hint(each)) is not None]

    def _message(self, hints: Sequence[msgspec.Raw], *piece: object) -> bytes:
        body = _encode([self.epoch, self._node, hints, *piece])
        return body + self._mac(body)

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")[:MAC_BYTES]

    def _hint(self, encoded: Sequence[Any]) -> Hint | None:
        """Return a hint; None for one that only a node of another version understands."""
        number, values = encoded
        try:
            fields = msgspec.convert(values, _SHAPES[number], builtin_types=(bytes,))
        except (IndexError, msgspec.ValidationError):
            self._counts.unknown += 1
            return None
        hint: Hint = _KINDS[number](*fields)
        return hint

    def _split_up(self, encoded: bytes) -> list[bytes]:
        size = self._most - _HEAD_BYTES
        if len(encoded) > HINT_BYTES:
            self._counts.lost += 1
            return []
        self._split += 1
        pieces = [encoded[start : start + size] for start in range(0, len(encoded), size)]
        return [self._message([], self._split, place, len(pieces), piece) for place, piece in enumerate(pieces)]

    def _joined(self, node: int, number: int, place: int, pieces: int, octets: bytes) -> bytes | None:
        """Keep a piece; return the whole once all of them have come, in whatever order."""
        found = self._pieces.setdefault((node, number), {})
        found[place] = octets
        if len(found) == pieces:
            del self._pieces[node, number]
            return b"".join(found[each] for each in range(pieces))
        if len(self._pieces) > PIECES_KEPT:
            del self._pieces[next(iter(self._pieces))]
            self._counts.lost += 1
        return None
