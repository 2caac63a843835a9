"""Padding of what is encrypted to one of six sizes (256 or 512 bytes, 1, 4, 16 or 64 KiB): its length says little.

After the content comes one byte 0x80, then zeros up to the size (ISO/IEC 7816-4).
"""

from typing import Final

from babilu.kernel.errors import CryptoError, ErrorCode, ProtocolError

SIZES: Final = (256, 512, 1024, 4 * 1024, 16 * 1024, 64 * 1024)
"""Sizes of padded contents in bytes."""

CONTENT_BYTES: Final = SIZES[-1] - 1
"""Largest content that can be padded."""

_MARK: Final = b"\x80"


def pad(content: bytes) -> bytes:
    """Pad to the smallest size that holds ``content``.

    Raises:
        ProtocolError: ``too_large`` for more than `CONTENT_BYTES`.
    """
    for size in SIZES:
        if len(content) < size:
            return (content + _MARK).ljust(size, b"\0")
    raise ProtocolError(ErrorCode.TOO_LARGE, f"A content is over the limit of {CONTENT_BYTES} bytes.")


def unpad(padded: bytes) -> bytes:
    """Take off what `pad` added; called on authenticated bytes only.

    Raises:
        CryptoError: ``decryption_failed`` for a size or a padding that `pad` never makes.
    """
    content, mark, rest = padded.rpartition(_MARK)
    if mark and not rest.strip(b"\0") and padded == pad(content):
        return content
    raise CryptoError(ErrorCode.DECRYPTION_FAILED, "A content has invalid padding.")
