"""Credentials by which a NATS server knows a node: an nkey, alone or in a file of credentials with its certificate.

An nkey is an Ed25519 key; the server has a nonce signed, and never sees the key. The formats are those of NATS'
[nkeys](https://github.com/nats-io/nkeys) and `.creds` files; NATS' own Python package for them would bring a second
library of cryptography along.
"""

import base64
import binascii
import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babilu.crypto.keys import SEED_BYTES, SigningKey
from babilu.crypto.secret import Secret
from babilu.kernel.errors import UsageError

log = logging.getLogger(__name__)

LONGEST_BYTES: Final = 64 * 1024
"""Bytes of the longest file that is read: a certificate names permissions, and is a few hundred bytes long."""

SEED: Final = 18 << 3
USER: Final = 20 << 3
"""First byte of a user's public nkey, and what its seed says it is of."""

_CHECKSUM_BYTES: Final = 2
_PART: Final = re.compile(r"-{3,} *BEGIN ([A-Z ]+?) *-{3,}\s+(\S+)\s+-{3,} *END ")
_JWT: Final = "NATS USER JWT"
_KEY: Final = "USER NKEY SEED"


@dataclass(frozen=True)
class NatsCredentials:
    """What a node shows to a NATS server.

    Attributes:
        jwt: The user's certificate, as its account has signed it; empty where the server knows the nkey itself.
        key: The nkey.
    """

    jwt: str
    key: SigningKey

    @property
    def nkey(self) -> str:
        """The public nkey, which begins with ``U``."""
        body = bytes([USER]) + self.key.public
        return base64.b32encode(body + _checksum(body)).decode().rstrip("=")

    def sign(self, nonce: str) -> bytes:
        """Sign what the server has made up, in base64."""
        return base64.b64encode(self.key.sign(b"", nonce.encode()))


class CredentialsFile:
    """A file of credentials, read anew for each connection: certificates run out, and others take their place.

    Args:
        path: The file.

    Raises:
        UsageError: It cannot be read, or there is neither a user's nkey nor credentials in it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = read_credentials(path)

    def read(self) -> NatsCredentials:
        """Return what the file holds now; where it cannot be used, what it held before."""
        try:
            self._last = read_credentials(self._path)
        except UsageError as error:
            log.warning("the credentials for the bus cannot be read anew: %s", error.text)
        return self._last


def read_credentials(path: Path) -> NatsCredentials:
    """Read a file of credentials, or one with a seed alone.

    Raises:
        UsageError: It cannot be read, or there is neither a user's nkey nor credentials in it.
    """
    try:
        with path.open("rb") as stream:
            text = stream.read(LONGEST_BYTES).decode("ascii", "replace")
    except OSError as error:
        raise UsageError(f"The credentials {path} cannot be read: {error.strerror}.") from error
    parts = dict(_PART.findall(text))
    seed = parts.get(_KEY) if parts else text.strip()
    key = None if seed is None else _key_of(seed)
    if key is None or (parts and _JWT not in parts):
        raise UsageError(
            f"{path} holds no credentials for NATS: neither those of a user, nor the seed of a user's nkey (SU…)."
        )
    return NatsCredentials(parts.get(_JWT, ""), key)


def _key_of(seed: str) -> SigningKey | None:
    """Return the key of a user's seed; None for any other text."""
    try:
        body = base64.b32decode(seed + "=" * (-len(seed) % 8))
    except (binascii.Error, ValueError):
        return None
    body, checksum = body[:-_CHECKSUM_BYTES], body[-_CHECKSUM_BYTES:]
    # Five bits say that it is a seed, the next eight of what.
    is_users = len(body) == 2 + SEED_BYTES and body[0] & 0xF8 == SEED and (body[0] & 7) << 5 | body[1] >> 3 == USER
    return SigningKey.from_bytes(Secret(body[2:])) if is_users and checksum == _checksum(body) else None


def _checksum(body: bytes) -> bytes:
    """Return the CRC-16 of nkeys (XMODEM)."""
    return binascii.crc_hqx(body, 0).to_bytes(_CHECKSUM_BYTES, "little")
