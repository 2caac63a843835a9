"""Sealed file: a file encrypted once, in blocks that are read and sent one without the other (STREAM).

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance, 2015) over ChaCha20-Poly1305: the nonce of a block holds its place and whether it is the last one, so
that blocks which are left out, moved, repeated or cut off at the end do not authenticate. A block can be opened before
the rest is there, which one ciphertext for the whole file would not allow.

    sealed file   0x01 ‖ prefix (7) ‖ block 0 ‖ block 1 ‖ …
    block         AEAD(key, nonce = prefix ‖ u32(place) ‖ (1 for the last, else 0), plaintext), tag included
    plaintext     the file ‖ zeros, to Padmé(size + 1) bytes

The first block holds 8 bytes less than the others, so that with the header every block begins at a multiple of
`BLOCK_BYTES`: that is where a transfer goes on. Padding (Padmé: Nikitin and others, Reducing Metadata Leakage from
Encrypted Files and Communication with PURBs, 2019) leaves of a size its order of magnitude, for at most 12 % more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from babilu.crypto import aead
from babilu.crypto.secret import Secret
from babilu.kernel.errors import CryptoError, ErrorCode

CHUNK_BYTES: Final = 64 * 1024
"""Plaintext of every block but the first and the last."""

BLOCK_BYTES: Final = CHUNK_BYTES + aead.TAG_BYTES
"""A whole block as it is stored and sent; the first one with the header."""

PREFIX_BYTES: Final = 7
HEADER_BYTES: Final = 1 + PREFIX_BYTES

BLOCKS_MAX: Final = 2**32
"""Blocks that a nonce can count."""

_VERSION: Final = b"\x01"
_PLACE_BYTES: Final = 4


def padme(length: int) -> int:
    """Return the length to which Padmé pads: at most 12 % more, and it reveals at most log2(log2(length)) bits."""
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    lowest_bits = exponent - exponent.bit_length()
    mask = (1 << max(lowest_bits, 0)) - 1
    return (length + mask) & ~mask


def padded_size(size: int) -> int:
    """Return the bytes of plaintext, zeros included, for a file of ``size`` bytes."""
    return padme(size + 1)


def block_count(size: int) -> int:
    """Return the number of blocks of a file of ``size`` bytes."""
    return -(-(padded_size(size) + HEADER_BYTES) // CHUNK_BYTES)


def sealed_size(size: int) -> int:
    """Return the bytes of the sealed file for a file of ``size`` bytes."""
    return HEADER_BYTES + padded_size(size) + aead.TAG_BYTES * block_count(size)


@dataclass(frozen=True, slots=True)
class BlockSpan:
    """Part of the padded plaintext that one block holds.

    Attributes:
        start: Offset of its first byte.
        length: Bytes.
        is_last: Whether the file ends with it.
    """

    start: int
    length: int
    is_last: bool


def block_span(size: int, place: int) -> BlockSpan:
    """Return what the block at ``place`` (from 0) of a file of ``size`` bytes holds.

    Raises:
        CryptoError: ``malformed`` for a place that the file does not have.
    """
    padded = padded_size(size)
    # Where the block ends if it is not the last one; the header takes the place of the first bytes of the first one.
    end = (place + 1) * CHUNK_BYTES - HEADER_BYTES
    if place < 0 or end - CHUNK_BYTES >= padded:
        raise CryptoError(ErrorCode.MALFORMED, "A sealed file has no block at this place.")
    start = max(end - CHUNK_BYTES, 0)
    return BlockSpan(start, min(end, padded) - start, end >= padded)


def seal_blocks(key: Secret, prefix: bytes, size: int, read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Seal a file block by block, in constant memory.

    Args:
        key: 32 random bytes, of this file alone.
        prefix: 7 random bytes.
        size: Bytes of the file.
        read: Gives up to so many of the file's next bytes; fewer, or none, at its end.

    Yields:
        The blocks; the first begins with the header.

    Raises:
        CryptoError: ``conflict`` where the file has other than ``size`` bytes: it changed while it was read.
    """
    if len(prefix) != PREFIX_BYTES or block_count(size) > BLOCKS_MAX:
        raise CryptoError(ErrorCode.MALFORMED, "A file cannot be sealed like this.")
    left = size
    for place in range(block_count(size)):
        span = block_span(size, place)
        wanted = min(span.length, left)
        plaintext = _read_whole(read, wanted)
        left -= wanted
        if len(plaintext) != wanted or (span.is_last and read(1)):
            raise CryptoError(ErrorCode.CONFLICT, "The file changed while it was read.")
        sealed = aead.seal(key, _nonce(prefix, place, span.is_last), plaintext.ljust(span.length, b"\0"), b"")
        yield sealed if place else _VERSION + prefix + sealed


def prefix_of(first_block: bytes) -> bytes:
    """Return the prefix from the beginning of a sealed file.

    Raises:
        CryptoError: ``unsupported`` for another version, ``malformed`` for too few bytes.
    """
    if len(first_block) < HEADER_BYTES:
        raise CryptoError(ErrorCode.MALFORMED, "A sealed file is too short.")
    if first_block[:1] != _VERSION:
        raise CryptoError(ErrorCode.UNSUPPORTED, "A sealed file is of an unknown version.")
    return first_block[1:HEADER_BYTES]


def open_block(key: Secret, prefix: bytes, size: int, place: int, block: bytes) -> bytes:
    """Open one block.

    Args:
        key: The file's key.
        prefix: As `prefix_of` the first block gives it.
        size: Bytes of the file.
        place: The block's place, from 0.
        block: The block as it was sent; the first one with its header.

    Returns:
        What the block holds of the file, without the zeros behind it.

    Raises:
        CryptoError: ``decryption_failed`` where it is not this block of this file; ``malformed`` for a place that the
            file does not have.
    """
    span = block_span(size, place)
    sealed = block if place else block[HEADER_BYTES:]
    plaintext = aead.open_sealed(key, _nonce(prefix, place, span.is_last), sealed, b"")
    if len(plaintext) != span.length:
        raise CryptoError(ErrorCode.DECRYPTION_FAILED, "A block of a sealed file has another length than it must have.")
    return plaintext[: max(size - span.start, 0)]


def _read_whole(read: Callable[[int], bytes], wanted: int) -> bytes:
    """Read ``wanted`` bytes; a pipe may give fewer at once."""
    parts: list[bytes] = []
    while wanted and (part := read(wanted)):
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)


def _nonce(prefix: bytes, place: int, is_last: bool) -> bytes:
    return prefix + place.to_bytes(_PLACE_BYTES, "big") + bytes([is_last])
