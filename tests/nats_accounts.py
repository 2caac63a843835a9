"""Keys and certificates of NATS users, made as NATS' own tools make them, for servers of tests that demand them."""

import base64
import binascii
import json
import time
from typing import Final

from babilu.crypto.keys import SigningKey
from babilu.system import SystemRandomness

OPERATOR, ACCOUNT, USER = 14 << 3, 0, 20 << 3
SEED: Final = 18 << 3

UNLIMITED: Final = dict.fromkeys(("subs", "data", "payload"), -1)
ACCOUNT_LIMITS: Final = {**UNLIMITED, **dict.fromkeys(("imports", "exports", "conn", "leaf"), -1), "wildcards": True}


class Nkey:
    """A key of NATS.

    Args:
        kind: Whose it is: first byte of its public form.
    """

    def __init__(self, kind: int = USER) -> None:
        self._kind = kind
        self._key = SigningKey.generate(SystemRandomness())

    @property
    def public(self) -> str:
        return _written(bytes([self._kind]) + self._key.public)

    @property
    def seed(self) -> str:
        head = bytes([SEED | self._kind >> 5, (self._kind & 31) << 3])
        return _written(head + self._key.private_bytes().reveal())

    def certify(self, subject: "Nkey", kind: str, says: dict[str, object], expires_at: int | None = None) -> str:
        """Sign a certificate (JWT) of another key."""
        claims = {
            "jti": "test",
            "iat": int(time.time()),
            "iss": self.public,
            "name": kind,
            "sub": subject.public,
            "nats": {"type": kind, "version": 2, **says},
        }
        if expires_at is not None:
            claims["exp"] = expires_at
        parts = ".".join(
            _encoded(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ed25519-nkey"}, claims)
        )
        return f"{parts}.{_encoded(self._key.sign(b'', parts.encode()))}"


class NatsAccount:
    """An account of a server whose users show certificates."""

    def __init__(self) -> None:
        self._operator, self._account = Nkey(OPERATOR), Nkey(ACCOUNT)

    @property
    def configuration(self) -> str:
        """What the server's file says."""
        operator = self._operator.certify(self._operator, "operator", {})
        account = self._operator.certify(self._account, "account", {"limits": ACCOUNT_LIMITS})
        return f"operator: {operator}\nresolver: MEMORY\nresolver_preload: {{ {self._account.public}: {account} }}\n"

    def credentials(self, expires_at: int | None = None) -> str:
        """Make a new user, and what its file of credentials holds."""
        user = Nkey()
        jwt = self._account.certify(user, "user", dict(UNLIMITED), expires_at)
        return (
            f"-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n"
            "************************* IMPORTANT *************************\n"
            "NKEY Seed printed below can be used to sign and prove identity.\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n"
        )


def _written(body: bytes) -> str:
    return base64.b32encode(body + binascii.crc_hqx(body, 0).to_bytes(2, "little")).decode().rstrip("=")


def _encoded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")
