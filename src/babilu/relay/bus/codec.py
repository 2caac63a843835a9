"""Codec of messages between nodes: MessagePack under an HMAC, tagged with the storage's history and the sending node.

A message is the array ``[epoch, node, hints, piece]`` and 16 bytes of HMAC-SHA-256 behind it. The piece is nil, or
``[id, place, places, bytes]`` for a part of a hint that fits no message. What another relay, another history or nobody
with the relay's key has said is dropped and counted.
"""

import hmac
from collections.abc import Callable, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

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

H = TypeVar("H", Hint, msgspec.Raw)


class _Piece(NamedTuple):
    """A part of an encoded hint: which hint of its node's, where in it, of how many."""

    hint: int
    place: int
    places: int
    octets: bytes


class _Message(msgspec.Struct, Generic[H], frozen=True, array_like=True, gc=False):
    """A message as it travels, without its HMAC."""

    epoch: bytes
    node: int
    hints: Sequence[H]
    piece: _Piece | None = None


_Pieces = dict[int, bytes]
_T = TypeVar("_T")
_Decode = Callable[[bytes], _T]

_encode = msgspec.msgpack.Encoder().encode
_decode: Final[_Decode[_Message[Hint]]] = msgspec.msgpack.Decoder(_Message[Hint]).decode
_decode_outside: Final[_Decode[_Message[msgspec.Raw]]] = msgspec.msgpack.Decoder(_Message[msgspec.Raw]).decode
_decode_hint: Final[_Decode[Hint]] = msgspec.msgpack.Decoder(Hint).decode


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
        body = _encode(_Message(self.epoch, self._node, hints))
        return [self._sealed(body)] if len(body) <= self._most else self._seal_parts(hints)

    def _seal_parts(self, hints: Sequence[Hint]) -> list[bytes]:
        messages: list[bytes] = []
        part: list[msgspec.Raw] = []
        room = self._most - _HEAD_BYTES
        for hint in hints:
            encoded = _encode(hint)
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
            heard = self._decoded(body)
        except (msgspec.DecodeError, ValueError):
            self._counts.unknown += 1
            return []
        if heard.epoch != self.epoch:
            self._counts.other_epoch += 1
            return []
        if heard.node == self._node:
            return []
        if heard.piece is not None:
            whole = self._joined(heard.node, heard.piece)
            return [] if whole is None else self._known([whole])
        return list(heard.hints)

    def _decoded(self, body: bytes) -> _Message[Hint]:
        """Decode a message, without the hints that only a node of another version understands."""
        try:
            return _decode(body)
        except msgspec.ValidationError:
            outside = _decode_outside(body)
            return _Message(outside.epoch, outside.node, self._known(outside.hints), outside.piece)

    def _known(self, encoded: Sequence[bytes]) -> list[Hint]:
        known: list[Hint] = []
        for each in encoded:
            try:
                known.append(_decode_hint(each))
            except msgspec.ValidationError:
                self._counts.unknown += 1
        return known

    def _message(self, hints: Sequence[msgspec.Raw], piece: _Piece | None = None) -> bytes:
        return self._sealed(_encode(_Message(self.epoch, self._node, hints, piece)))

    def _sealed(self, body: bytes) -> bytes:
        return body + self._mac(body)

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")[:MAC_BYTES]

    def _split_up(self, encoded: bytes) -> list[bytes]:
        size = self._most - _HEAD_BYTES
        if len(encoded) > HINT_BYTES:
            self._counts.lost += 1
            return []
        self._split += 1
        pieces = [encoded[start : start + size] for start in range(0, len(encoded), size)]
        return [
            self._message([], _Piece(self._split, place, len(pieces), octets)) for place, octets in enumerate(pieces)
        ]

    def _joined(self, node: int, piece: _Piece) -> bytes | None:
        """Keep a piece; return the whole once all of them have come, in whatever order."""
        found = self._pieces.setdefault((node, piece.hint), {})
        found[piece.place] = piece.octets
        if len(found) == piece.places:
            del self._pieces[node, piece.hint]
            return b"".join(found[each] for each in range(piece.places))
        if len(self._pieces) > PIECES_KEPT:
            del self._pieces[next(iter(self._pieces))]
            self._counts.lost += 1
        return None
