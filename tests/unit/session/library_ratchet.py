"""Double Ratchet of the library `doubleratchet` with Babilu's primitives: the oracle for `babilu.session.ratchet`."""

import warnings
from collections.abc import Coroutine
from contextvars import ContextVar
from typing import TypeVar

import doubleratchet
from doubleratchet.models import DoubleRatchetModel
from typing_extensions import override

from babilu.crypto import aead
from babilu.crypto.kdf import hkdf_sha256, hmac_sha256
from babilu.crypto.keys import AgreementKey
from babilu.crypto.secret import Secret
from babilu.kernel.errors import CryptoError
from babilu.kernel.ports import Randomness
from babilu.session.ratchet import RatchetMessage

T = TypeVar("T")

# The library's hooks are static methods without a further argument: this carries the randomness of a step there.
_randomness: ContextVar[Randomness] = ContextVar("ratchet_randomness")

REFUSALS = (
    doubleratchet.AuthenticationFailedException,
    doubleratchet.DoSProtectionException,
    doubleratchet.DuplicateMessageException,
    AssertionError,  # the library's "sanity check" that there is a receiving chain: a peer can make it fail
    CryptoError,
    UserWarning,  # it gives up the keys of a chain with a warning where Babilu refuses the message
    ValueError,
)


class _RootKdf(doubleratchet.KDF):
    @staticmethod
    @override
    async def derive(key: bytes, data: bytes, length: int) -> bytes:
        return hkdf_sha256(Secret(data), salt=key, info=b"babilu/root/1", size=length).reveal()


class _ChainKdf(doubleratchet.KDF):
    @staticmethod
    @override
    async def derive(key: bytes, data: bytes, length: int) -> bytes:
        assert (data, length) == (b"\x02\x01", 64)
        return hmac_sha256(Secret(key), b"\x02") + hmac_sha256(Secret(key), b"\x01")


class _Aead(doubleratchet.AEAD):
    @staticmethod
    @override
    async def encrypt(plaintext: bytes, key: bytes, associated_data: bytes) -> bytes:
        salt = _randomness.get().token(16)
        derived = hkdf_sha256(Secret(key), salt=salt, info=b"babilu/message-key/1", size=44).reveal()
        return salt + aead.seal(Secret(derived[:32]), derived[32:], plaintext, associated_data)

    @staticmethod
    @override
    async def decrypt(ciphertext: bytes, key: bytes, associated_data: bytes) -> bytes:
        derived = hkdf_sha256(Secret(key), salt=ciphertext[:16], info=b"babilu/message-key/1", size=44).reveal()
        return aead.open_sealed(Secret(derived[:32]), derived[32:], ciphertext[16:], associated_data)


class _DiffieHellman(doubleratchet.DiffieHellmanRatchet):
    @staticmethod
    @override
    def _generate_priv() -> bytes:
        return _randomness.get().token(32)

    @staticmethod
    @override
    def _derive_pub(priv: bytes) -> bytes:
        return AgreementKey.from_bytes(Secret(priv)).public

    @staticmethod
    @override
    def _perform_diffie_hellman(own_priv: bytes, other_pub: bytes) -> bytes:
        return AgreementKey.from_bytes(Secret(own_priv)).exchange(other_pub).reveal()


class _Ratchet(doubleratchet.DoubleRatchet):
    @staticmethod
    @override
    def _build_associated_data(associated_data: bytes, header: doubleratchet.Header) -> bytes:
        lengths = (header.previous_sending_chain_length, header.sending_chain_length)
        return associated_data + header.ratchet_pub + b"".join(length.to_bytes(8, "big") for length in lengths)


class LibraryRatchet:
    """One end of a ratchet, kept by the library."""

    def __init__(
        self, own: bytes | None, other: bytes, secret: bytes, randomness: Randomness, *, jump: int, skipped: int
    ) -> None:
        created = _run(
            _DiffieHellman.create(own, other, _RootKdf, secret, _ChainKdf, b"\x02\x01", jump), randomness
        ).model
        self._ratchet = _Ratchet.from_model(
            DoubleRatchetModel(diffie_hellman_ratchet=created, skipped_message_keys=[]),
            *(_DiffieHellman, _RootKdf, _ChainKdf, b"\x02\x01", jump, skipped, _Aead),
        )

    @property
    def model(self) -> DoubleRatchetModel:
        """Everything that the end keeps."""
        return self._ratchet.model

    def encrypt(self, plaintext: bytes, associated_data: bytes, randomness: Randomness) -> RatchetMessage:
        """Make the next message."""
        made = _run(self._ratchet.encrypt_message(plaintext, associated_data), randomness)
        header = made.header
        return RatchetMessage(
            header.ratchet_pub, header.previous_sending_chain_length, header.sending_chain_length, made.ciphertext
        )

    def decrypt(self, message: RatchetMessage, associated_data: bytes, randomness: Randomness) -> bytes | None:
        """Read a message; None where the library refuses it."""
        header = doubleratchet.Header(message.ratchet_key, message.previous, message.number)
        encrypted = doubleratchet.EncryptedMessage(header, message.ciphertext)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                return _run(self._ratchet.decrypt_message(encrypted, associated_data), randomness)
            except REFUSALS:
                return None


def _run(step: Coroutine[object, object, T], randomness: Randomness) -> T:
    """Run a coroutine of the library, none of which ever suspends, to its end."""
    token = _randomness.set(randomness)
    try:
        step.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        _randomness.reset(token)
        step.close()
    raise AssertionError("a step of the library was suspended")
