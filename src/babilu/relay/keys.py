"""One secret of the relay, kept outside its database, from which it derives what the database must not tell.

Whoever has a copy of the database alone learns neither who wrote to whom nor which names are taken by guessing salts.
"""

import hashlib
import hmac
from typing import Final

from babilu.crypto.password import SALT_BYTES
from babilu.crypto.secret import Secret
from babilu.kernel.ids import DeviceId, domain

KEY_BYTES: Final = 32
SHARE_BYTES: Final = 16
_LOG_BYTES: Final = 5

_SHARE = domain("relay-share")
_SALT = domain("relay-salt")
_OWNER = domain("relay-owner")
_LOG = domain("relay-log")
_INVITATION = domain("relay-invitation")


class RelayKey:
    """Derives everything that depends on the relay's secret.

    Args:
        secret: 32 bytes.
    """

    def __init__(self, secret: Secret) -> None:
        self._key = secret.reveal()

    def __repr__(self) -> str:
        return "RelayKey(…)"

    def share(self, recipient: DeviceId, sender: int) -> bytes:
        """Return what the share of an account (by number) in a mailbox is kept under: 16 bytes."""
        return hmac.digest(self._key, _SHARE + recipient + sender.to_bytes(8, "big"), "sha256")[:SHARE_BYTES]

    def invented_salt(self, name: str) -> bytes:
        """Return the salt that an unknown name has, always the same and like a real one."""
        return hmac.digest(self._key, _SALT + name.encode("utf-8"), "sha256")[:SALT_BYTES]

    def owner_token(self, generation: int) -> bytes:
        """Return the token of the owner's invitation after ``generation`` owners: 32 bytes."""
        return hmac.digest(self._key, _OWNER + generation.to_bytes(8, "big"), "sha256")

    def log_id(self, value: bytes) -> str:
        """Return what stands for ``value`` in the log."""
        return hmac.digest(self._key, _LOG + value, "sha256")[:_LOG_BYTES].hex()


def token_hash(token: bytes) -> bytes:
    """Return what an invitation's token is kept as."""
    return hashlib.sha256(_INVITATION + token).digest()
