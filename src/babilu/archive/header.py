"""Header of an archive: by what it opens; it stands at the beginning and at the end, in a code that mends it.

    header   "babilu-archive/1" ‖ RS(size (2) ‖ body ‖ SHA-256(tag ‖ size ‖ body), zeros to 446)
    body     [version, kind, salt (32), cost or nil, wrapped archive key (48), SHA-256(tag ‖ archive key)]

What the words or the passphrase give wraps a random archive key. The hash of the whole body tells damage from a wrong
code, where the wrapped key does not open; that of the key tells that what fails after it is no matter of the code.
"""

import hashlib
from typing import Annotated, Final

import msgspec

from babilu.archive.codeword import CODEWORD, DATA
from babilu.archive.mending import mended, parity_of
from babilu.crypto import aead
from babilu.crypto.kdf import equal, hkdf_sha256
from babilu.crypto.password import SALT_BYTES, LoginCost, stretch_with
from babilu.crypto.secret import Passphrase, Secret
from babilu.identity.codec import decode_shape, encode_shape
from babilu.identity.shapes import Hash32, Key32, Shape
from babilu.kernel.errors import ArchiveError, CryptoError, ErrorCode, ProtocolError
from babilu.kernel.ids import domain
from babilu.kernel.ports import Randomness
from babilu.kernel.states import ArchiveKeyKind

FORMAT: Final = 1
"""Version of the format that is written, and the newest that is read."""

MAGIC: Final = b"babilu-archive/1"
_ANY_VERSION: Final = b"babilu-archive/"

KEY_BYTES: Final = 32
_CODEWORDS: Final = 2
_ROOM: Final = _CODEWORDS * DATA
_SIZE_BYTES: Final = 2
_DIGEST_BYTES: Final = 32

HEADER_SIZE: Final = len(MAGIC) + _CODEWORDS * CODEWORD
"""Bytes of a header in the file."""

_HEADER: Final = domain("archive-header")
_KEY: Final = domain("archive-key")
_WRAP: Final = domain("archive-wrap")


class ArchiveHeader(Shape, frozen=True, array_like=True):
    """What the header says.

    Attributes:
        version: Version of the format.
        kind: By what it opens.
        salt: 32 random bytes.
        cost: Cost of Argon2id for a passphrase; None for a code.
        wrapped: ChaCha20-Poly1305 of the archive key. Key and nonce are the 44 bytes of HKDF-SHA-256 over what code or
            passphrase give, with the salt and the info ``babilu/archive-wrap/1``; the associated data is that tag and
            the encoded kind and cost.
        check: SHA-256(tag ‖ archive key).
    """

    version: int
    kind: ArchiveKeyKind
    salt: Key32
    cost: LoginCost | None
    wrapped: Annotated[bytes, msgspec.Meta(min_length=KEY_BYTES + 16, max_length=KEY_BYTES + 16)]
    check: Hash32


Opener = Secret | Passphrase
"""What opens an archive: what `read_code` made of a code, or a passphrase."""


def make_header(opener: Opener, key: Secret, randomness: Randomness, cost: LoginCost | None = None) -> ArchiveHeader:
    """Make the header of a new archive.

    Args:
        opener: What is to open it.
        key: The random archive key.
        randomness: For the salt.
        cost: Cost of Argon2id for a passphrase; None for the default.
    """
    salt = randomness.token(SALT_BYTES)
    is_code = isinstance(opener, Secret)
    kind = ArchiveKeyKind.CODE if is_code else ArchiveKeyKind.PASSPHRASE
    chosen = None if is_code else cost or LoginCost()
    wrapping, nonce = _wrapping(opener, salt, chosen)
    wrapped = aead.seal(wrapping, nonce, key.reveal(), _bound(kind, chosen))
    return ArchiveHeader(FORMAT, kind, salt, chosen, wrapped, _check(key))


def unwrap(header: ArchiveHeader, opener: Opener) -> Secret:
    """Open the archive key.

    Raises:
        ArchiveError: ``wrong_code``: another code or passphrase, or one where the other is needed.
    """
    is_code = isinstance(opener, Secret)
    if is_code is not (header.kind is ArchiveKeyKind.CODE):
        raise wrong_code(header.kind)
    wrapping, nonce = _wrapping(opener, header.salt, header.cost)
    try:
        key = Secret(aead.open_sealed(wrapping, nonce, header.wrapped, _bound(header.kind, header.cost)))
    except CryptoError as error:
        raise wrong_code(header.kind) from error
    if not equal(_check(key), header.check):
        raise wrong_code(header.kind)
    return key


def wrong_code(kind: ArchiveKeyKind) -> ArchiveError:
    """Give the error of a code, or a passphrase, that is not the archive's."""
    if kind is ArchiveKeyKind.CODE:
        return ArchiveError(ErrorCode.WRONG_CODE, "This archive opens with another recovery code.")
    return ArchiveError(ErrorCode.WRONG_CODE, "This archive opens with another passphrase.")


def too_new() -> ArchiveError:
    """Give the error of an archive of a later format."""
    return ArchiveError(ErrorCode.ARCHIVE_TOO_NEW, "This archive was made by a newer version of Babilu.")


def check_version(beginning: bytes) -> None:
    """Refuse a file that says in its first bytes that a later format begins there, whatever follows.

    Decay makes that of an archive, too: of one in three thousand, where one byte in a hundred has changed.

    Raises:
        ArchiveError: ``archive_too_new``.
    """
    version = beginning[len(_ANY_VERSION) : len(MAGIC)]
    if beginning.startswith(_ANY_VERSION) and version.isdigit() and int(version) > FORMAT:
        raise too_new()


def encode_header(header: ArchiveHeader) -> bytes:
    """Encode a header as it stands in the file: `HEADER_SIZE` bytes."""
    body = encode_shape(header)
    sized = len(body).to_bytes(_SIZE_BYTES, "big") + body
    content = (sized + _digest(sized)).ljust(_ROOM, b"\0")
    return MAGIC + content + parity_of(content, _CODEWORDS)


def decode_header(encoded: bytes) -> ArchiveHeader | None:
    """Decode a header, mended where that is needed; None for what is none.

    Raises:
        ArchiveError: ``archive_too_new``.
    """
    if len(encoded) != HEADER_SIZE:
        return None
    content = mended(encoded[len(MAGIC) :], _CODEWORDS)
    sized = content[: _SIZE_BYTES + int.from_bytes(content[:_SIZE_BYTES], "big")]
    if content[len(sized) :][:_DIGEST_BYTES] != _digest(sized):
        if encoded.startswith(_ANY_VERSION) and not encoded.startswith(MAGIC):
            raise too_new()
        return None
    body = sized[_SIZE_BYTES:]
    try:
        (version, *_) = msgspec.msgpack.decode(body, type=list[msgspec.Raw])
        if msgspec.msgpack.decode(version, type=int) > FORMAT:
            raise too_new()
        return decode_shape(body, ArchiveHeader)
    except (msgspec.DecodeError, ValueError, ProtocolError):
        return None


def _check(key: Secret) -> bytes:
    return hashlib.sha256(_KEY + key.reveal()).digest()


def _digest(sized: bytes) -> bytes:
    return hashlib.sha256(_HEADER + sized).digest()


def _bound(kind: ArchiveKeyKind, cost: LoginCost | None) -> bytes:
    return _WRAP + msgspec.msgpack.encode([kind, cost])


def _wrapping(opener: Opener, salt: bytes, cost: LoginCost | None) -> tuple[Secret, bytes]:
    secret = opener if isinstance(opener, Secret) else stretch_with(opener, salt, cost or LoginCost())
    size = aead.KEY_BYTES + aead.NONCE_BYTES
    derived = hkdf_sha256(secret, salt=salt, info=_WRAP, size=size).reveal()
    return Secret(derived[: aead.KEY_BYTES]), derived[aead.KEY_BYTES :]
