"""The Double Ratchet: each message has a key of its own; a step is loaded, made and saved, or it never happened.

After https://signal.org/docs/specifications/doubleratchet/ with HKDF-SHA-256 as the root's KDF, HMAC-SHA-256 with the
constants 02 (next chain key) and 01 (message key), and ChaCha20-Poly1305. The algorithm is that of the library
``doubleratchet``; here are its primitives, its limits and a compact form of its state.
"""

from collections.abc import Coroutine, Sequence
from contextvars import ContextVar
from itertools import groupby
from typing import Annotated, Final, TypeVar

import doubleratchet
import msgspec
from doubleratchet.models import (
    DiffieHellmanRatchetModel,
    DoubleRatchetModel,
    KDFChainModel,
    SkippedMessageKeyModel,
    SymmetricKeyRatchetModel,
)
from typing_extensions import override

from babilu.crypto import aead
from babilu.crypto.kdf import hkdf_sha256, hmac_sha256
from babilu.crypto.keys import AgreementKey, check_x25519_public
from babilu.crypto.secret import Secret
from babilu.identity.shapes import Key32, Natural, Shape
from babilu.kernel.errors import CryptoError, ErrorCode, ProfileError
from babilu.kernel.ids import domain
from babilu.kernel.limits import RATCHET_JUMP, SKIPPED_KEYS
from babilu.kernel.ports import Randomness

SALT_BYTES: Final = 16

_CHAIN_CONSTANT: Final = b"\x02\x01"
_PRIVATE_BYTES: Final = 32
_NUMBER_BYTES: Final = 8
_SKIPPED_BYTES: Final = _NUMBER_BYTES + 32

T = TypeVar("T")

# The library makes keys and ciphertexts in static methods that take no further argument; while a step is made, this
# carries the caller's randomness there.
_randomness: ContextVar[Randomness] = ContextVar("ratchet_randomness")


class RatchetMessage(Shape, frozen=True):
    """One message of a ratchet.

    Attributes:
        ratchet_key: The sender's present X25519 ratchet key.
        previous: Length of the sender's previous sending chain.
        number: Place in the present sending chain, from 0.
        ciphertext: 16 random bytes, then the ChaCha20-Poly1305 ciphertext.
    """

    ratchet_key: Key32
    previous: Natural
    number: Natural
    ciphertext: bytes


class _Chain(Shape, frozen=True):
    key: Key32
    length: Natural


class _Skipped(Shape, frozen=True):
    """Message keys of one chain that were passed over, in the order of their numbers, 8 + 32 bytes each."""

    ratchet_key: Key32
    keys: bytes

    def place_of(self, number: int) -> int | None:
        """Return the offset of the key of message ``number``, or None where there is none."""
        wanted = number.to_bytes(_NUMBER_BYTES, "big")
        place = self.keys.find(wanted)
        while place % _SKIPPED_BYTES and place >= 0:
            place = self.keys.find(wanted, place + 1)
        return None if place < 0 else place


class _State(Shape, frozen=True):
    """The state of a ratchet as it is kept.

    ``own`` is the private and the public half of the own ratchet key: computing the public one again for each message
    would cost more than all the rest of the step.
    """

    own: Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]
    other: Key32
    root: _Chain
    receiving: _Chain | None
    sending: _Chain
    previous_sending: Natural | None
    skipped: tuple[_Skipped, ...]


_encoder = msgspec.msgpack.Encoder()
_state_decoder = msgspec.msgpack.Decoder(_State)


def initiate(secret: Secret, peer_ratchet_key: bytes, randomness: Randomness) -> bytes:
    """Start the initiator's ratchet.

    Args:
        secret: 32 bytes from the handshake.
        peer_ratchet_key: The responder's signed prekey.
        randomness: For the first ratchet key.

    Returns:
        The state to keep.
    """
    return _create(None, peer_ratchet_key, secret, randomness)


def respond(secret: Secret, signed_prekey: AgreementKey, first: RatchetMessage, randomness: Randomness) -> bytes:
    """Start the responder's ratchet for the first message seen; `decrypt` that message next.

    Returns:
        The state, not to be kept before the message has authenticated.

    Raises:
        CryptoError: ``decryption_failed``.
    """
    _check_ratchet_key(first)
    return _create(_private_and_public(signed_prekey), first.ratchet_key, secret, randomness)


def encrypt(
    state: bytes, plaintext: bytes, associated_data: bytes, randomness: Randomness
) -> tuple[bytes, RatchetMessage]:
    """Encrypt one message.

    Returns:
        The state to keep in place of ``state``, and the message.
    """
    after, messages = encrypt_all(state, [plaintext], associated_data, randomness)
    return after, messages[0]


def encrypt_all(
    state: bytes, plaintexts: Sequence[bytes], associated_data: bytes, randomness: Randomness
) -> tuple[bytes, list[RatchetMessage]]:
    """Encrypt messages, one step for each; for many, loading and saving the state would cost more than the steps.

    Returns:
        The state to keep in place of ``state``, and the messages in order.
    """
    before = _decode(state)
    ratchet = _load(before, [])
    messages = []
    for plaintext in plaintexts:
        made = _step(ratchet.encrypt_message(plaintext, associated_data), randomness)
        header = made.header
        messages.append(
            RatchetMessage(
                header.ratchet_pub, header.previous_sending_chain_length, header.sending_chain_length, made.ciphertext
            )
        )
    return _save(ratchet.model, before.skipped), messages


def decrypt(
    state: bytes, message: RatchetMessage, associated_data: bytes, randomness: Randomness
) -> tuple[bytes, bytes]:
    """Decrypt one message.

    Returns:
        The state to keep in place of ``state``, and the plaintext.

    Raises:
        CryptoError: ``decryption_failed``: changed, seen before, too far ahead, or of another session. ``state`` holds.
    """
    _check_ratchet_key(message)
    before = _decode(state)
    _check_jump(before, message)
    used, kept = _take_skipped(before.skipped, message)
    ratchet = _load(before, used)
    header = doubleratchet.Header(message.ratchet_key, message.previous, message.number)
    try:
        plaintext = _step(
            ratchet.decrypt_message(doubleratchet.EncryptedMessage(header, message.ciphertext), associated_data),
            randomness,
        )
    except doubleratchet.DuplicateMessageException as error:
        raise _failed("A message has a place in the ratchet that was used before.") from error
    except doubleratchet.DoSProtectionException as error:
        raise _failed("A message is too far ahead in the ratchet.") from error
    # The library lets what hostile keys cause through as bare ValueErrors.
    except (doubleratchet.AuthenticationFailedException, CryptoError, ValueError) as error:
        raise _failed("A message does not authenticate.") from error
    return _save(ratchet.model, kept), plaintext


def chain_step(chain_key: bytes) -> tuple[bytes, bytes]:
    """Return the next chain key and the message key of a 32-byte chain key."""
    return hmac_sha256(Secret(chain_key), b"\x02"), hmac_sha256(Secret(chain_key), b"\x01")


class _RootKdf(doubleratchet.KDF):
    @staticmethod
    @override
    async def derive(key: bytes, data: bytes, length: int) -> bytes:
        return hkdf_sha256(Secret(data), salt=key, info=domain("root"), size=length).reveal()


class _ChainKdf(doubleratchet.KDF):
    @staticmethod
    @override
    async def derive(key: bytes, data: bytes, length: int) -> bytes:
        if data != _CHAIN_CONSTANT or length != 64:
            raise ValueError("a chain is stepped with its constant only")
        return b"".join(chain_step(key))


class _Aead(doubleratchet.AEAD):
    """Key and nonce come from the message key and a random salt sent along.

    So a database that was restored from a copy, and makes another message with the same message key, uses no
    key and nonce twice.
    """

    @staticmethod
    @override
    async def encrypt(plaintext: bytes, key: bytes, associated_data: bytes) -> bytes:
        salt = _randomness.get().token(SALT_BYTES)
        message_key, nonce = _message_key(key, salt)
        return salt + aead.seal(message_key, nonce, plaintext, associated_data)

    @staticmethod
    @override
    async def decrypt(ciphertext: bytes, key: bytes, associated_data: bytes) -> bytes:
        message_key, nonce = _message_key(key, ciphertext[:SALT_BYTES])
        return aead.open_sealed(message_key, nonce, ciphertext[SALT_BYTES:], associated_data)


class _DiffieHellman(doubleratchet.DiffieHellmanRatchet):
    """X25519; a private key is 64 bytes here, the public half behind the private one."""

    @staticmethod
    @override
    def _generate_priv() -> bytes:
        return _private_and_public(AgreementKey.generate(_randomness.get()))

    @staticmethod
    @override
    def _derive_pub(priv: bytes) -> bytes:
        return priv[_PRIVATE_BYTES:]

    @staticmethod
    @override
    def _perform_diffie_hellman(own_priv: bytes, other_pub: bytes) -> bytes:
        return AgreementKey.from_bytes(Secret(own_priv[:_PRIVATE_BYTES])).exchange(other_pub).reveal()

    def __deepcopy__(self, _memo: dict[int, object]) -> "_DiffieHellman":
        # The library works on a copy so that a failure leaves no trace; here every step works on an object that was
        # loaded for it and is dropped when it fails.
        return self


class _Ratchet(doubleratchet.DoubleRatchet):
    @staticmethod
    @override
    def _build_associated_data(associated_data: bytes, header: doubleratchet.Header) -> bytes:
        return (
            associated_data
            + header.ratchet_pub
            + header.previous_sending_chain_length.to_bytes(8, "big")
            + header.sending_chain_length.to_bytes(8, "big")
        )


def _create(own: bytes | None, other: bytes, secret: Secret, randomness: Randomness) -> bytes:
    created = _step(
        _DiffieHellman.create(own, other, _RootKdf, secret.reveal(), _ChainKdf, _CHAIN_CONSTANT, RATCHET_JUMP),
        randomness,
    )
    return _save(DoubleRatchetModel(diffie_hellman_ratchet=created.model, skipped_message_keys=[]), ())


def _step(step: Coroutine[object, object, T], randomness: Randomness) -> T:
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
    raise AssertionError("a step of the ratchet was suspended")


def _message_key(key: bytes, salt: bytes) -> tuple[Secret, bytes]:
    size = aead.KEY_BYTES + aead.NONCE_BYTES
    derived = hkdf_sha256(Secret(key), salt=salt, info=domain("message-key"), size=size).reveal()
    return Secret(derived[: aead.KEY_BYTES]), derived[aead.KEY_BYTES :]


def _private_and_public(key: AgreementKey) -> bytes:
    return key.private_bytes().reveal() + key.public


def _check_ratchet_key(message: RatchetMessage) -> None:
    try:
        check_x25519_public(message.ratchet_key)
    except CryptoError as error:
        raise _failed("A message has a ratchet key that is refused.") from error


def _check_jump(state: _State, message: RatchetMessage) -> None:
    # At a new ratchet key the library gives up keys beyond its limit with a mere warning: those messages could never
    # be read. Refused, such a message is repaired over a new session.
    if message.ratchet_key == state.other or state.receiving is None:
        return
    known = any(skipped.ratchet_key == message.ratchet_key for skipped in state.skipped)
    if not known and message.previous - state.receiving.length > RATCHET_JUMP:
        raise _failed("A message is too far ahead in the ratchet.")


def _failed(sentence: str) -> CryptoError:
    return CryptoError(ErrorCode.DECRYPTION_FAILED, sentence)


def _decode(state: bytes) -> _State:
    try:
        return _state_decoder.decode(state)
    except msgspec.DecodeError as error:
        raise ProfileError(ErrorCode.PROFILE_DAMAGED, "A session in the database cannot be read.") from error


def _take_skipped(
    skipped: tuple[_Skipped, ...], message: RatchetMessage
) -> tuple[list[SkippedMessageKeyModel], tuple[_Skipped, ...]]:
    """Take the skipped key of ``message`` out, where there is one.

    The library is given this one and no others: a session with two thousand skipped keys costs as much as one
    without any.
    """
    for at, chain in enumerate(skipped):
        place = chain.place_of(message.number) if chain.ratchet_key == message.ratchet_key else None
        if place is not None:
            end = place + _SKIPPED_BYTES
            rest = chain.keys[:place] + chain.keys[end:]
            left = (_Skipped(chain.ratchet_key, rest),) if rest else ()
            key = chain.keys[place + _NUMBER_BYTES : end]
            found = SkippedMessageKeyModel(ratchet_pub=message.ratchet_key, index=message.number, message_key=key)
            return [found], (*skipped[:at], *left, *skipped[at + 1 :])
    return [], skipped


def _add_skipped(skipped: tuple[_Skipped, ...], new: list[SkippedMessageKeyModel]) -> tuple[_Skipped, ...]:
    """Keep newly skipped keys behind the others, and give up the oldest beyond the limit."""
    chains = list(skipped)
    for ratchet_key, group in groupby(new, key=lambda each: each.ratchet_pub):
        keys = b"".join(each.index.to_bytes(_NUMBER_BYTES, "big") + each.message_key for each in group)
        if chains and chains[-1].ratchet_key == ratchet_key:
            keys = chains.pop().keys + keys
        chains.append(_Skipped(ratchet_key, keys))
    surplus = sum(len(chain.keys) for chain in chains) // _SKIPPED_BYTES - SKIPPED_KEYS
    while surplus > 0:
        oldest = chains.pop(0)
        rest = oldest.keys[surplus * _SKIPPED_BYTES :]
        if rest:
            chains.insert(0, _Skipped(oldest.ratchet_key, rest))
        surplus -= len(oldest.keys) // _SKIPPED_BYTES
    return tuple(chains)


def _load(state: _State, skipped: list[SkippedMessageKeyModel]) -> _Ratchet:
    model = DoubleRatchetModel(
        diffie_hellman_ratchet=DiffieHellmanRatchetModel(
            own_ratchet_priv=state.own,
            other_ratchet_pub=state.other,
            root_chain=KDFChainModel(length=state.root.length, key=state.root.key),
            symmetric_key_ratchet=SymmetricKeyRatchetModel(
                receiving_chain=_chain_model(state.receiving),
                sending_chain=_chain_model(state.sending),
                previous_sending_chain_length=state.previous_sending,
            ),
        ),
        skipped_message_keys=skipped,
    )
    return _Ratchet.from_model(
        model, _DiffieHellman, _RootKdf, _ChainKdf, _CHAIN_CONSTANT, RATCHET_JUMP, SKIPPED_KEYS, _Aead
    )


def _chain_model(chain: _Chain | None) -> KDFChainModel | None:
    return None if chain is None else KDFChainModel(length=chain.length, key=chain.key)


def _save(model: DoubleRatchetModel, skipped: tuple[_Skipped, ...]) -> bytes:
    turned = model.diffie_hellman_ratchet
    chains = turned.symmetric_key_ratchet
    if chains.sending_chain is None:
        raise AssertionError("a ratchet can always send")
    state = _State(
        turned.own_ratchet_priv,
        turned.other_ratchet_pub,
        _Chain(turned.root_chain.key, turned.root_chain.length),
        None if chains.receiving_chain is None else _Chain(chains.receiving_chain.key, chains.receiving_chain.length),
        _Chain(chains.sending_chain.key, chains.sending_chain.length),
        chains.previous_sending_chain_length,
        _add_skipped(skipped, model.skipped_message_keys),
    )
    return _encoder.encode(state)
