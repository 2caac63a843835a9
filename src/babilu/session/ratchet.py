"""Double Ratchet: each message has a key of its own; a step is loaded, made and saved, or it never happened.

After https://signal.org/docs/specifications/doubleratchet/ (sections 3 and 5.2) with X25519, HKDF-SHA-256 as the root's
KDF, HMAC-SHA-256 with the constants 02 (next chain key) and 01 (message key), and ChaCha20-Poly1305. ADR 0030 says why
it is ours; a property test compares every step with the library ``doubleratchet``.
"""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

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

_ROOT = domain("root")
_MESSAGE_KEY = domain("message-key")
_PRIVATE_BYTES: Final = 32
_NUMBER_BYTES: Final = 8
_SKIPPED_BYTES: Final = _NUMBER_BYTES + 32


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
    """A KDF chain: its present key, and how many steps it has made."""

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
    own = AgreementKey.generate(randomness)
    root, sending = _root_step(_Chain(secret.reveal(), 0), own, peer_ratchet_key)
    return _encoder.encode(_State(_private_and_public(own), peer_ratchet_key, root, None, sending, None, ()))


def respond(secret: Secret, signed_prekey: AgreementKey, first: RatchetMessage, randomness: Randomness) -> bytes:
    """Start the responder's ratchet for the first message seen; `decrypt` that message next.

    Returns:
        The state, not to be kept before the message has authenticated.

    Raises:
        CryptoError: ``decryption_failed``.
    """
    _check_ratchet_key(first)
    root, receiving = _root_step(_Chain(secret.reveal(), 0), signed_prekey, first.ratchet_key)
    own = AgreementKey.generate(randomness)
    root, sending = _root_step(root, own, first.ratchet_key)
    return _encoder.encode(_State(_private_and_public(own), first.ratchet_key, root, receiving, sending, None, ()))


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
    ratchet_key, previous = before.own[_PRIVATE_BYTES:], before.previous_sending or 0
    sending = before.sending
    messages = []
    for plaintext in plaintexts:
        number = sending.length
        sending, message_key = _advance(sending)
        bound = _bound_data(associated_data, ratchet_key, previous, number)
        ciphertext = _seal(message_key, plaintext, bound, randomness)
        messages.append(RatchetMessage(ratchet_key, previous, number, ciphertext))
    return _encoder.encode(msgspec.structs.replace(before, sending=sending)), messages


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
    found = _take_skipped(before, message)
    if found is None:
        _check_place(before, message)
        turned = before if message.ratchet_key == before.other else _turn(before, message, randomness)
        found = _step_to(turned, message.number)
    after, message_key = found
    bound = _bound_data(associated_data, message.ratchet_key, message.previous, message.number)
    try:
        plaintext = _open(message_key, message.ciphertext, bound)
    except CryptoError as error:
        raise _failed("A message does not authenticate.") from error
    return _encoder.encode(after), plaintext


def chain_step(chain_key: bytes) -> tuple[bytes, bytes]:
    """Return the next chain key and the message key of a 32-byte chain key."""
    key = Secret(chain_key)
    return hmac_sha256(key, b"\x02"), hmac_sha256(key, b"\x01")


def _advance(chain: _Chain) -> tuple[_Chain, bytes]:
    """Step a sending or receiving chain once, and give the message key of the place that it leaves."""
    chain_key, message_key = chain_step(chain.key)
    return _Chain(chain_key, chain.length + 1), message_key


def _walk(chain: _Chain, number: int) -> tuple[_Chain, bytes]:
    """Step a chain up to ``number``, and give the keys of the places passed over as `_Skipped` keeps them."""
    passed = []
    while chain.length < number:
        place = chain.length.to_bytes(_NUMBER_BYTES, "big")
        chain, message_key = _advance(chain)
        passed.append(place + message_key)
    return chain, b"".join(passed)


def _root_step(root: _Chain, own: AgreementKey, other: bytes) -> tuple[_Chain, _Chain]:
    """Step the root chain by an X25519 agreement, and give it with the new sending or receiving chain."""
    derived = hkdf_sha256(own.exchange(other), salt=root.key, info=_ROOT, size=64).reveal()
    return _Chain(derived[:32], root.length + 1), _Chain(derived[32:], 0)


def _turn(state: _State, message: RatchetMessage, randomness: Randomness) -> _State:
    """Make a Diffie-Hellman step: the peer shows a new ratchet key, and gets a new one of ours."""
    skipped = state.skipped
    if state.receiving is not None:
        _, passed = _walk(state.receiving, message.previous)
        skipped = _add_skipped(skipped, state.other, passed)
    present = AgreementKey.from_bytes(Secret(state.own[:_PRIVATE_BYTES]))
    root, receiving = _root_step(state.root, present, message.ratchet_key)
    own = AgreementKey.generate(randomness)
    root, sending = _root_step(root, own, message.ratchet_key)
    return _State(
        _private_and_public(own), message.ratchet_key, root, receiving, sending, state.sending.length, skipped
    )


def _step_to(state: _State, number: int) -> tuple[_State, bytes]:
    """Step the receiving chain past message ``number``, and give the state and that message's key."""
    if state.receiving is None:
        raise AssertionError("a receiving chain was checked for, or made by the turn before")
    receiving, passed = _walk(state.receiving, number)
    receiving, message_key = _advance(receiving)
    skipped = _add_skipped(state.skipped, state.other, passed)
    return msgspec.structs.replace(state, receiving=receiving, skipped=skipped), message_key


def _check_place(state: _State, message: RatchetMessage) -> None:
    """Refuse a place that was used, and one that no honest sender reaches: keys passed over cost a step each.

    A message that is refused for its distance is repaired over a new session.
    """
    if message.ratchet_key == state.other:
        # A peer that was never heard has shown its signed prekey as ratchet key, and sends under another one.
        first = message.number if state.receiving is None else state.receiving.length
        if state.receiving is None or message.number < first:
            raise _failed("A message has a place in the ratchet that was used before.")
        distances = [message.number - first]
    elif any(chain.ratchet_key == message.ratchet_key for chain in state.skipped):
        raise _failed("A message has a place in the ratchet that was used before.")
    else:
        distances = [message.number, message.previous - state.receiving.length if state.receiving else 0]
    if max(distances) > RATCHET_JUMP:
        raise _failed("A message is too far ahead in the ratchet.")


def _seal(message_key: bytes, plaintext: bytes, associated_data: bytes, randomness: Randomness) -> bytes:
    """Encrypt under a key and nonce that come from the message key and a random salt sent along.

    So a database that was restored from a copy, and makes another message with the same message key, uses no
    key and nonce twice.
    """
    salt = randomness.token(SALT_BYTES)
    key, nonce = _key_and_nonce(message_key, salt)
    return salt + aead.seal(key, nonce, plaintext, associated_data)


def _open(message_key: bytes, ciphertext: bytes, associated_data: bytes) -> bytes:
    key, nonce = _key_and_nonce(message_key, ciphertext[:SALT_BYTES])
    return aead.open_sealed(key, nonce, ciphertext[SALT_BYTES:], associated_data)


def _key_and_nonce(message_key: bytes, salt: bytes) -> tuple[Secret, bytes]:
    size = aead.KEY_BYTES + aead.NONCE_BYTES
    derived = hkdf_sha256(Secret(message_key), salt=salt, info=_MESSAGE_KEY, size=size).reveal()
    return Secret(derived[: aead.KEY_BYTES]), derived[aead.KEY_BYTES :]


def _bound_data(associated_data: bytes, ratchet_key: bytes, previous: int, number: int) -> bytes:
    """Give what the ciphertext is bound to: the caller's data, then the message's header."""
    return associated_data + ratchet_key + previous.to_bytes(8, "big") + number.to_bytes(8, "big")


def _private_and_public(key: AgreementKey) -> bytes:
    return key.private_bytes().reveal() + key.public


def _check_ratchet_key(message: RatchetMessage) -> None:
    try:
        check_x25519_public(message.ratchet_key)
    except CryptoError as error:
        raise _failed("A message has a ratchet key that is refused.") from error


def _failed(sentence: str) -> CryptoError:
    return CryptoError(ErrorCode.DECRYPTION_FAILED, sentence)


def _decode(state: bytes) -> _State:
    try:
        return _state_decoder.decode(state)
    except msgspec.DecodeError as error:
        raise ProfileError(ErrorCode.PROFILE_DAMAGED, "A session in the database cannot be read.") from error


def _take_skipped(state: _State, message: RatchetMessage) -> tuple[_State, bytes] | None:
    """Give the state without the skipped key of ``message``, and that key, where there is one."""
    skipped = state.skipped
    for at, chain in enumerate(skipped):
        place = chain.place_of(message.number) if chain.ratchet_key == message.ratchet_key else None
        if place is not None:
            end = place + _SKIPPED_BYTES
            rest = chain.keys[:place] + chain.keys[end:]
            left = (_Skipped(chain.ratchet_key, rest),) if rest else ()
            others = (*skipped[:at], *left, *skipped[at + 1 :])
            return msgspec.structs.replace(state, skipped=others), chain.keys[place + _NUMBER_BYTES : end]
    return None


def _add_skipped(skipped: tuple[_Skipped, ...], ratchet_key: bytes, keys: bytes) -> tuple[_Skipped, ...]:
    """Keep newly skipped keys of a chain behind the others, and give up the oldest beyond the limit."""
    if not keys:
        return skipped
    chains = list(skipped)
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
