"""Argon2id in no time, for tests of whole clients: what a guess at a password costs is told by its own tests."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from babilu.crypto import password
from babilu.crypto.password import LoginCost
from babilu.crypto.secret import Passphrase, Secret

KIB_A_LANE = 8
"""The least that Argon2id works with (RFC 9106, 3.1)."""

COSTLY = password._argon2id


def at_once(passphrase: Passphrase, salt: bytes, cost: LoginCost) -> Secret:
    """Derive a key as the product does, over a few KiB: the cost that is written down stays the true one."""
    memory = KIB_A_LANE * cost.lanes
    derivation = Argon2id(salt=salt, length=32, iterations=cost.passes, lanes=cost.lanes, memory_cost=memory)
    return Secret(derivation.derive(passphrase.reveal()))


@contextmanager
def quick_passwords() -> Iterator[None]:
    """Have passwords cost nothing in this process.

    What one makes here, another process cannot open, nor the other way round: `costly_passwords` is for that.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(password, "_argon2id", at_once)
        yield


@contextmanager
def costly_passwords() -> Iterator[None]:
    """Have passwords cost what they do in the product."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(password, "_argon2id", COSTLY)
        yield
