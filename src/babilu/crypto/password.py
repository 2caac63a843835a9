"""Password hashing (Argon2id, RFC 9106): a password costs memory and time to try, and never leaves the machine.

From it come the login key, of which the relay knows the public half, and the keys that wrap the profile's database key
and the identity key.
"""

import hashlib
import threading
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

import msgspec
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from babilu.crypto import aead
from babilu.crypto.kdf import hkdf_sha256
from babilu.crypto.keys import SEED_BYTES, SigningKey
from babilu.crypto.secret import Passphrase, Secret
from babilu.kernel.errors import CryptoError, ErrorCode, ProfileError, ProtocolError, Reason
from babilu.kernel.ids import domain
from babilu.kernel.ports import Randomness

MEMORY_KIB_MIN: Final = 64 * 1024
MEMORY_KIB_MAX: Final = 1024 * 1024
PASSES_MIN: Final = 3
PASSES_MAX: Final = 10
LANES_MAX: Final = 16
SALT_BYTES: Final = 32
SALT_BYTES_MIN: Final = 16

_one_at_a_time: Final = threading.Lock()
"""Held while OpenSSL derives: of two derivations that share its pool of threads, one may wait for ever, or fail."""


class LoginCost(msgspec.Struct, frozen=True, array_like=True):
    """What one guess at a password costs.

    The bounds hold wherever a cost comes from: a relay can ask for neither a cheap derivation nor one that
    exhausts the machine.

    Attributes:
        memory_kib: Memory in KiB, 64 MiB to 1 GiB.
        passes: Passes over it, 3 to 10.
        lanes: Lanes, 1 to 16.

    Raises:
        ProtocolError: ``not_allowed`` for a cost out of bounds.
    """

    memory_kib: int = MEMORY_KIB_MIN
    passes: int = PASSES_MIN
    lanes: int = 4

    def __post_init__(self) -> None:
        within = (
            MEMORY_KIB_MIN <= self.memory_kib <= MEMORY_KIB_MAX
            and PASSES_MIN <= self.passes <= PASSES_MAX
            and 1 <= self.lanes <= LANES_MAX
        )
        if not within:
            raise ProtocolError(ErrorCode.NOT_ALLOWED, "A password cost is outside what is allowed.")


@unique
class WrapPurpose(StrEnum):
    """What a wrapped secret is for: one purpose's bytes never open as another's."""

    DATABASE = "wrap"
    IDENTITY = "wrap-identity"


class WrappedKey(msgspec.Struct, frozen=True, array_like=True):
    """A secret under a passphrase, as it lies in the unlock file: a MessagePack array of these fields.

    Attributes:
        version: 1.
        salt: 32 random bytes, new for each wrapping.
        cost: Cost of Argon2id.
        sealed: ChaCha20-Poly1305 of the secret. Key and nonce are the 44 bytes of HKDF-SHA-256 over the Argon2id
            output with the info ``babilu/wrap/1``, or ``babilu/wrap-identity/1`` for the identity key; the associated
            data is that tag and the encoded cost.
    """

    version: int
    salt: bytes
    cost: LoginCost
    sealed: bytes


_WRAPPED_VERSION = 1
_wrapped_decoder = msgspec.msgpack.Decoder(WrappedKey)


def new_salt(randomness: Randomness) -> bytes:
    """Make the 32-byte salt of a new password."""
    return randomness.token(SALT_BYTES)


def login_key(passphrase: Passphrase, name: str, salt: bytes, cost: LoginCost) -> SigningKey:
    """Derive the Ed25519 key that logs ``name`` in.

    Argon2id over the passphrase, with SHA-256(``babilu/login-salt/1`` ‖ name ‖ salt) as its salt, then HKDF-SHA-256 to
    the seed. The name is in it so that one relay cannot try a guess for two accounts at once.

    Args:
        passphrase: The account's password.
        name: The normalised account name.
        salt: 16 to 32 bytes that the client made at registration.
        cost: The cost that was chosen then.

    Raises:
        ProtocolError: ``not_allowed`` for a salt out of bounds.
    """
    if not SALT_BYTES_MIN <= len(salt) <= SALT_BYTES:
        raise ProtocolError(ErrorCode.NOT_ALLOWED, "A password salt has a size that is not allowed.")
    bound_salt = hashlib.sha256(domain("login-salt") + name.encode("utf-8") + salt).digest()
    stretched = _argon2id(passphrase, bound_salt, cost)
    return SigningKey.from_bytes(hkdf_sha256(stretched, salt=b"", info=domain("login-seed"), size=SEED_BYTES))


def unwrap_key(passphrase: Passphrase, wrapped: bytes, purpose: WrapPurpose = WrapPurpose.DATABASE) -> Secret:
    """Open what `StretchedPassphrase.wrap` made.

    Raises:
        CryptoError: ``wrong_credentials``: another passphrase, or a changed file (the two cannot be told apart).
        ProfileError: ``profile_damaged`` for what is no wrapped key, ``profile_too_new`` for one of a later version.
    """
    try:
        parsed = _wrapped_decoder.decode(wrapped)
    except (msgspec.DecodeError, RecursionError, ProtocolError) as error:
        raise ProfileError(ErrorCode.PROFILE_DAMAGED, "The profile's key cannot be read.") from error
    if parsed.version != _WRAPPED_VERSION:
        raise ProfileError(ErrorCode.PROFILE_TOO_NEW, "The profile's key was wrapped by a newer version.")
    if len(parsed.salt) != SALT_BYTES:
        raise ProfileError(ErrorCode.PROFILE_DAMAGED, "The profile's key cannot be read.")
    wrapping, nonce = _wrapping_key(_argon2id(passphrase, parsed.salt, parsed.cost), purpose)
    try:
        return Secret(aead.open_sealed(wrapping, nonce, parsed.sealed, _wrapping_data(purpose, parsed.cost)))
    except CryptoError as error:
        refused = CryptoError(ErrorCode.WRONG_CREDENTIALS, "The passphrase does not open this profile.")
        raise refused.because(Reason.PROFILE) from error


@dataclass(frozen=True, slots=True)
class StretchedPassphrase:
    """A passphrase after Argon2id, by which secrets of several purposes are wrapped at the price of one derivation.

    Key and nonce follow from salt and purpose: wrap one secret of each purpose, and stretch again for another one.

    Attributes:
        salt: 32 random bytes.
        cost: What it took.
        output: What Argon2id gave.
    """

    salt: bytes
    cost: LoginCost
    output: Secret

    def wrap(self, key: Secret, purpose: WrapPurpose) -> bytes:
        """Encrypt a secret; returns an encoded `WrappedKey`."""
        wrapping, nonce = _wrapping_key(self.output, purpose)
        sealed = aead.seal(wrapping, nonce, key.reveal(), _wrapping_data(purpose, self.cost))
        return msgspec.msgpack.encode(WrappedKey(_WRAPPED_VERSION, self.salt, self.cost, sealed))


def stretch(passphrase: Passphrase, randomness: Randomness, cost: LoginCost | None = None) -> StretchedPassphrase:
    """Derive what wraps secrets under a passphrase, with a new salt."""
    chosen = LoginCost() if cost is None else cost
    salt = randomness.token(SALT_BYTES)
    return StretchedPassphrase(salt, chosen, _argon2id(passphrase, salt, chosen))


def _wrapping_key(stretched: Secret, purpose: WrapPurpose) -> tuple[Secret, bytes]:
    size = aead.KEY_BYTES + aead.NONCE_BYTES
    derived = hkdf_sha256(stretched, salt=b"", info=domain(purpose.value), size=size).reveal()
    return Secret(derived[: aead.KEY_BYTES]), derived[aead.KEY_BYTES :]


def _wrapping_data(purpose: WrapPurpose, cost: LoginCost) -> bytes:
    return domain(purpose.value) + msgspec.msgpack.encode(cost)


def stretch_with(passphrase: Passphrase, salt: bytes, cost: LoginCost) -> Secret:
    """Derive 32 bytes from a passphrase by Argon2id, for what has a salt of its own and derives its keys from them.

    Args:
        passphrase: What somebody types.
        salt: 32 random bytes, of this use alone.
        cost: What one guess costs.
    """
    return _argon2id(passphrase, salt, cost)


def _argon2id(passphrase: Passphrase, salt: bytes, cost: LoginCost) -> Secret:
    derivation = Argon2id(salt=salt, length=32, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory_kib)
    # The memory is one block far above malloc's limit for mapped blocks, so it returns to the system at once.
    with _one_at_a_time:
        return Secret(derivation.derive(passphrase.reveal()))
