"""A locked window shows nothing until the passphrase is typed again; of it only a salted slow hash is remembered."""

import hashlib
import hmac
from typing import Final

from babilu.api.credentials import Passphrase
from babilu.kernel.ports import Randomness

COST: Final = 2**15
BLOCK: Final = 8
MEMORY: Final = 64 * 1024 * 1024
SALT_BYTES: Final = 16
HASH_BYTES: Final = 32


class LockCheck:
    """Remembers a passphrase so that it can be recognised and not be read.

    The hash is scrypt (RFC 7914) and lives in memory alone, as long as the profile is open.
    """

    __slots__ = ("_hash", "_salt")

    def __init__(self, passphrase: Passphrase, randomness: Randomness) -> None:
        self._salt = randomness.token(SALT_BYTES)
        self._hash = self._derive(passphrase)

    def __repr__(self) -> str:
        return "LockCheck(…)"

    def recognises(self, passphrase: Passphrase) -> bool:
        """Tell whether it is the same passphrase; takes about a tenth of a second."""
        return hmac.compare_digest(self._hash, self._derive(passphrase))

    def _derive(self, passphrase: Passphrase) -> bytes:
        return hashlib.scrypt(
            passphrase.reveal(), salt=self._salt, n=COST, r=BLOCK, p=1, maxmem=MEMORY, dklen=HASH_BYTES
        )
