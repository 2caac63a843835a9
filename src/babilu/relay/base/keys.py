"""Relay secret, stored outside the database: from it the relay derives what the database must not reveal.

Whoever has a copy of the database alone learns neither who wrote to whom nor which names are taken by guessing salts.
The key that the relay itself is known by comes from it too, so that it lasts as long as the relay.
"""

import functools
import hashlib
import hmac
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from babilu.crypto.keys import SigningKey
from babilu.crypto.password import SALT_BYTES
from babilu.crypto.secret import Secret
from babilu.identity.relay_key import sign_certificate
from babilu.kernel.errors import ErrorCode, ProfileError
from babilu.kernel.ids import DeviceId, domain
from babilu.kernel.ports import Randomness

KEY_BYTES: Final = 32
SHARE_BYTES: Final = 16
_LOG_BYTES: Final = 5
_NONCE_BYTES: Final = 12

_SHARE = domain("relay-share")
_SALT = domain("relay-salt")
_OWNER = domain("relay-owner")
_LOG = domain("relay-log")
_INVITATION = domain("relay-invitation")
_SIGNING = domain("relay-key")
_BUS = domain("bus")
_CERTIFICATE = domain("relay-certificate")
_CHECK = domain("relay-check")
_THROTTLE = domain("relay-throttle")

_CERTIFICATES_REMEMBERED: Final = 8
"""Signatures that are kept at hand: every hello is answered with one, and a relay shows two certificates at most."""


class RelayKey:
    """Derives everything that depends on the relay's secret.

    Args:
        secret: 32 bytes.
    """

    def __init__(self, secret: Secret) -> None:
        self._key = secret.reveal()
        self._signing = SigningKey.from_bytes(Secret(hmac.digest(self._key, _SIGNING, "sha256")))
        self.signature_of = functools.lru_cache(_CERTIFICATES_REMEMBERED)(self._signature_of)

    def __repr__(self) -> str:
        return "RelayKey(…)"

    @property
    def public(self) -> bytes:
        """Public key that identifies the relay, whatever certificate it shows (32 bytes)."""
        return self._signing.public

    def _signature_of(self, certificate: bytes) -> bytes:
        """Say that a certificate (DER) is the relay's own: 64 bytes."""
        return sign_certificate(self._signing, certificate)

    def share(self, recipient: DeviceId, sender: str) -> bytes:
        """Return what the share of an account (by its name) in a mailbox is kept under: 16 bytes."""
        return hmac.digest(self._key, _SHARE + recipient + sender.encode("utf-8"), "sha256")[:SHARE_BYTES]

    def invented_salt(self, name: str) -> bytes:
        """Return the salt that an unknown name has, always the same and like a real one."""
        return hmac.digest(self._key, _SALT + name.encode("utf-8"), "sha256")[:SALT_BYTES]

    def owner_token(self, generation: int) -> bytes:
        """Return the token of the owner's invitation after ``generation`` owners: 32 bytes."""
        return hmac.digest(self._key, _OWNER + generation.to_bytes(8, "big"), "sha256")

    @property
    def bus_key(self) -> Secret:
        """Key by which nodes know each other's messages: 32 bytes."""
        return Secret(hmac.digest(self._key, _BUS, "sha256"))

    @property
    def check(self) -> bytes:
        """What shows a storage that a node has the key of its relay, and tells nothing of it: 32 bytes."""
        return hmac.digest(self._key, _CHECK, "sha256")

    def throttle_key(self, kind: str, value: bytes) -> bytes:
        """Return under what a storage counts something of somebody: 16 bytes."""
        return hmac.digest(self._key, _THROTTLE + kind.encode("ascii") + b"\0" + value, "sha256")[:SHARE_BYTES]

    def seal_certificate(self, pem: bytes, pin: bytes, randomness: Randomness) -> bytes:
        """Seal the relay's certificate and its key for the storage that its nodes share."""
        nonce = randomness.token(_NONCE_BYTES)
        return nonce + ChaCha20Poly1305(self._certificate_key).encrypt(nonce, pem, pin)

    def open_certificate(self, sealed: bytes, pin: bytes) -> bytes:
        """Open what `seal_certificate` has sealed.

        Raises:
            ProfileError: ``profile_damaged``.
        """
        try:
            return ChaCha20Poly1305(self._certificate_key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], pin)
        except InvalidTag as error:
            text = "The relay's certificate in its database is damaged."
            raise ProfileError(ErrorCode.PROFILE_DAMAGED, text) from error

    @property
    def _certificate_key(self) -> bytes:
        return hmac.digest(self._key, _CERTIFICATE, "sha256")

    def log_id(self, value: bytes) -> str:
        """Return what stands for ``value`` in the log."""
        return hmac.digest(self._key, _LOG + value, "sha256")[:_LOG_BYTES].hex()


def token_hash(token: bytes) -> bytes:
    """Return what an invitation's token is kept as."""
    return hashlib.sha256(_INVITATION + token).digest()
