"""Keys that never print; a public key that is all-zero, of small order or not canonical is refused before its use.

Ed25519 after RFC 8032, X25519 after RFC 7748, ML-KEM-1024 after FIPS 203.
"""

from functools import cached_property
from typing import Final, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM1024PrivateKey, MLKEM1024PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from babilu.crypto.kdf import HASH_BYTES, hkdf_sha256
from babilu.crypto.secret import Secret
from babilu.kernel.errors import CryptoError, ErrorCode
from babilu.kernel.ports import Randomness

PUBLIC_BYTES: Final = 32
"""Size of an Ed25519 or X25519 public key."""

SEED_BYTES: Final = 32
"""Size of an Ed25519 or X25519 private key."""

STANDING_KEYS: Final = 1_000
"""Most keys that an agreement key keeps, so that strangers cannot make it grow."""

KEM_SEED_BYTES: Final = 64
KEM_PUBLIC_BYTES: Final = 1568
KEM_CIPHERTEXT_BYTES: Final = 1568

_FIELD = 2**255 - 19
_SIGN_BIT = 1 << 255

# u-coordinates of the points whose order divides 8, on the curve and on its twist (RFC 7748, section 6.1;
# https://cr.yp.to/ecdh.html#validate); the encodings that are these numbers plus the field's prime are not canonical.
_X25519_SMALL_ORDER = frozenset(
    {
        0,
        1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
        _FIELD - 1,
    }
)

# y-coordinates of the eight points of small order on edwards25519.
_ED25519_SMALL_ORDER = frozenset(
    {
        0,
        1,
        _FIELD - 1,
        int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
        int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
    }
)


def _bad_key(what: str) -> CryptoError:
    return CryptoError(ErrorCode.BAD_KEY, f"{what} is refused.")


def check_x25519_public(key: bytes) -> None:
    """Refuse an X25519 public key that is of wrong size, not canonical, all-zero or of small order.

    Raises:
        CryptoError: ``bad_key``.
    """
    number = int.from_bytes(key, "little")
    if len(key) != PUBLIC_BYTES or number >= _FIELD or number in _X25519_SMALL_ORDER:
        raise _bad_key("An X25519 key")


def check_ed25519_public(key: bytes) -> None:
    """Refuse an Ed25519 public key that is of wrong size, not canonical, all-zero or of small order.

    OpenSSL accepts almost any signature under some keys of small order.

    Raises:
        CryptoError: ``bad_key``.
    """
    y = int.from_bytes(key, "little") & ~_SIGN_BIT
    if len(key) != PUBLIC_BYTES or y >= _FIELD or y in _ED25519_SMALL_ORDER:
        raise _bad_key("An Ed25519 key")


def verify(public: bytes, domain_tag: bytes, message: bytes, signature: bytes) -> None:
    """Check an Ed25519 signature over ``domain_tag ‖ message``.

    Raises:
        CryptoError: ``bad_key`` for a key that is refused, ``bad_signature`` for a signature that does not hold.
    """
    check_ed25519_public(public)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, domain_tag + message)
    except (InvalidSignature, ValueError) as error:
        raise CryptoError(ErrorCode.BAD_SIGNATURE, "A signature is not valid.") from error


class _PrivateKey:
    """A private key, of which nothing shows but its kind."""

    __hash__ = None  # type: ignore[assignment]  # keys are no members of sets

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is never pickled")


class SigningKey(_PrivateKey):
    """An Ed25519 private key: identity, device or login."""

    def __init__(self, primitive: Ed25519PrivateKey) -> None:
        self._primitive = primitive

    @classmethod
    def generate(cls, randomness: Randomness) -> "SigningKey":
        """Make a new key."""
        return cls.from_bytes(Secret(randomness.token(SEED_BYTES)))

    @classmethod
    def from_bytes(cls, seed: Secret) -> "SigningKey":
        """Restore a key from its 32-byte seed.

        Raises:
            CryptoError: ``bad_key`` for another size.
        """
        if len(seed) != SEED_BYTES:
            raise _bad_key("A private key")
        return cls(Ed25519PrivateKey.from_private_bytes(seed.reveal()))

    def private_bytes(self) -> Secret:
        """Return the 32-byte seed, to be kept."""
        return Secret(self._primitive.private_bytes_raw())

    @cached_property
    def public(self) -> bytes:
        """The 32-byte public key."""
        return self._primitive.public_key().public_bytes_raw()

    def sign(self, domain_tag: bytes, message: bytes) -> bytes:
        """Return the 64-byte signature over ``domain_tag ‖ message``."""
        return self._primitive.sign(domain_tag + message)


class AgreementKey(_PrivateKey):
    """An X25519 private key: a device's agreement key, a prekey or an ephemeral key."""

    def __init__(self, primitive: X25519PrivateKey) -> None:
        self.primitive = primitive
        self._standing: dict[bytes, Secret] = {}

    @classmethod
    def generate(cls, randomness: Randomness) -> "AgreementKey":
        """Make a new key."""
        return cls.from_bytes(Secret(randomness.token(SEED_BYTES)))

    @classmethod
    def from_bytes(cls, private: Secret) -> "AgreementKey":
        """Restore a key from its 32 bytes.

        Raises:
            CryptoError: ``bad_key`` for another size.
        """
        if len(private) != SEED_BYTES:
            raise _bad_key("A private key")
        return cls(X25519PrivateKey.from_private_bytes(private.reveal()))

    def private_bytes(self) -> Secret:
        """Return the 32 bytes, to be kept."""
        return Secret(self.primitive.private_bytes_raw())

    @cached_property
    def public(self) -> bytes:
        """The 32-byte public key."""
        return self.primitive.public_key().public_bytes_raw()

    def exchange(self, peer_public: bytes) -> Secret:
        """Agree on a 32-byte secret with the holder of ``peer_public``.

        Raises:
            CryptoError: ``bad_key`` for a public key that is refused.
        """
        check_x25519_public(peer_public)
        try:
            return Secret(self.primitive.exchange(X25519PublicKey.from_public_bytes(peer_public)))
        except ValueError as error:
            raise _bad_key("An X25519 key") from error

    def standing_key(self, peer_public: bytes, info: bytes) -> Secret:
        """Derive a 32-byte key from what `exchange` returns, and keep it as long as this one: for keys that both last.

        Args:
            peer_public: The other end's public key (32 bytes).
            info: What the derived key is for.

        Raises:
            CryptoError: ``bad_key`` for a public key that is refused.
        """
        known = self._standing.get(peer_public + info)
        if known is None:
            if len(self._standing) >= STANDING_KEYS:
                self._standing.clear()
            known = hkdf_sha256(self.exchange(peer_public), salt=b"", info=info, size=HASH_BYTES)
            self._standing[peer_public + info] = known
        return known


class KemKey(_PrivateKey):
    """An ML-KEM-1024 private key, kept as its 64-byte seed."""

    def __init__(self, primitive: MLKEM1024PrivateKey) -> None:
        self._primitive = primitive

    @classmethod
    def generate(cls, randomness: Randomness) -> "KemKey":
        """Make a new key."""
        return cls.from_bytes(Secret(randomness.token(KEM_SEED_BYTES)))

    @classmethod
    def from_bytes(cls, seed: Secret) -> "KemKey":
        """Restore a key from its 64-byte seed (d ‖ z of FIPS 203).

        Raises:
            CryptoError: ``bad_key`` for another size.
        """
        if len(seed) != KEM_SEED_BYTES:
            raise _bad_key("A private key")
        return cls(MLKEM1024PrivateKey.from_seed_bytes(seed.reveal()))

    def private_bytes(self) -> Secret:
        """Return the 64-byte seed, to be kept."""
        return Secret(self._primitive.private_bytes_raw())

    @cached_property
    def public(self) -> bytes:
        """The 1,568-byte encapsulation key."""
        return self._primitive.public_key().public_bytes_raw()

    def decapsulate(self, ciphertext: bytes) -> Secret:
        """Recover the 32-byte secret of a 1,568-byte ciphertext.

        A changed ciphertext of the right size gives another secret and no error (implicit rejection).

        Raises:
            CryptoError: ``bad_key`` for a ciphertext of another size.
        """
        if len(ciphertext) != KEM_CIPHERTEXT_BYTES:
            raise _bad_key("An ML-KEM ciphertext")
        try:
            return Secret(self._primitive.decapsulate(ciphertext))
        except ValueError as error:
            raise _bad_key("An ML-KEM ciphertext") from error


def check_kem_public(key: bytes) -> None:
    """Refuse an ML-KEM-1024 public key that fails the modulus check of FIPS 203, section 7.2.

    Raises:
        CryptoError: ``bad_key``.
    """
    _kem_public(key)


def encapsulate(public: bytes) -> tuple[Secret, bytes]:
    """Make a 32-byte secret for the holder of an ML-KEM-1024 key.

    The randomness is that of the operating system: the primitive takes none from outside.

    Returns:
        The secret, and the 1,568-byte ciphertext that carries it.

    Raises:
        CryptoError: ``bad_key`` for a public key that is refused.
    """
    secret, ciphertext = _kem_public(public).encapsulate()
    return Secret(secret), ciphertext


def _kem_public(key: bytes) -> MLKEM1024PublicKey:
    if len(key) != KEM_PUBLIC_BYTES:
        raise _bad_key("An ML-KEM key")
    try:
        return MLKEM1024PublicKey.from_public_bytes(key)
    except ValueError as error:
        raise _bad_key("An ML-KEM key") from error
