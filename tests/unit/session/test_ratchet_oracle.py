"""Every step of Babilu's ratchet gives the bytes and the state that the library `doubleratchet` gives."""

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from babilu.crypto.keys import AgreementKey
from babilu.crypto.secret import Secret
from babilu.kernel.errors import CryptoError
from babilu.session import ratchet
from babilu.session.ratchet import RatchetMessage, _Chain, _State, _state_decoder
from tests.unit.session.devices import CountedRandomness
from tests.unit.session.library_ratchet import LibraryRatchet

DATA = b"associated"
SECRET = b"s" * 32
JUMP = 4
SKIPPED = 6
"""Limits of which a short schedule goes over."""


@pytest.fixture(autouse=True, scope="module")
def small_limits() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ratchet, "RATCHET_JUMP", JUMP)
        patch.setattr(ratchet, "SKIPPED_KEYS", SKIPPED)
        yield


class Twins:
    """One end twice: by Babilu and by the library, with the same randomness in each step."""

    def __init__(self, state: bytes, library: LibraryRatchet) -> None:
        self.state = state
        self.library = library
        self.compare()

    def say(self, text: bytes, seed: str) -> RatchetMessage:
        self.state, message = ratchet.encrypt(self.state, text, DATA, CountedRandomness(seed))
        assert message == self.library.encrypt(text, DATA, CountedRandomness(seed))
        self.compare()
        return message

    def hear(self, message: RatchetMessage, seed: str) -> bytes | None:
        try:
            self.state, text = ratchet.decrypt(self.state, message, DATA, CountedRandomness(seed))
        except CryptoError:
            text = None
        assert text == self.library.decrypt(message, DATA, CountedRandomness(seed))
        self.compare()
        return text

    def compare(self) -> None:
        state, kept = _state_decoder.decode(self.state), self.library.model
        turned = kept.diffie_hellman_ratchet
        chains = turned.symmetric_key_ratchet
        receiving, sending = chains.receiving_chain, chains.sending_chain
        assert sending is not None
        assert msgspec.structs.replace(state, skipped=()) == _State(
            turned.own_ratchet_priv + AgreementKey.from_bytes(Secret(turned.own_ratchet_priv)).public,
            turned.other_ratchet_pub,
            _Chain(turned.root_chain.key, turned.root_chain.length),
            _Chain(receiving.key, receiving.length) if receiving else None,
            _Chain(sending.key, sending.length),
            chains.previous_sending_chain_length,
            (),
        )
        assert [
            (
                chain.ratchet_key,
                int.from_bytes(chain.keys[place : place + 8], "big"),
                chain.keys[place + 8 : place + 40],
            )
            for chain in state.skipped
            for place in range(0, len(chain.keys), 40)
        ] == [(key.ratchet_pub, key.index, key.message_key) for key in kept.skipped_message_keys]


def twins() -> tuple[Twins, Twins, RatchetMessage]:
    """Both ends, and the initiator's first message, which the responder has not heard yet."""
    signed = AgreementKey.generate(CountedRandomness("signed prekey"))
    alice = Twins(
        ratchet.initiate(Secret(SECRET), signed.public, CountedRandomness("alice")),
        LibraryRatchet(None, signed.public, SECRET, CountedRandomness("alice"), jump=JUMP, skipped=SKIPPED),
    )
    first = alice.say(b"first", "first")
    own = signed.private_bytes().reveal()
    bob = Twins(
        ratchet.respond(Secret(SECRET), signed, first, CountedRandomness("bob")),
        LibraryRatchet(own, first.ratchet_key, SECRET, CountedRandomness("bob"), jump=JUMP, skipped=SKIPPED),
    )
    return alice, bob, first


STEPS = st.tuples(
    st.sampled_from(["alice says", "bob says", "alice hears", "bob hears"]),
    st.integers(0, 30),
    st.sampled_from(["", "", "", "", "", "ciphertext", "number", "previous", "key"]),
)


def spoilt(message: RatchetMessage, field: str, key: bytes) -> RatchetMessage:
    """Change what a peer or the wire can change of a message."""
    match field:
        case "ciphertext":
            return msgspec.structs.replace(message, ciphertext=message.ciphertext[:-1])
        case "number":
            return msgspec.structs.replace(message, number=message.number + 1)
        case "previous":
            return msgspec.structs.replace(message, previous=message.previous + JUMP)
        case "key":
            return msgspec.structs.replace(message, ratchet_key=key)
        case _:
            return message


@given(st.lists(STEPS, max_size=60))
@settings(max_examples=150)
def test_each_step_gives_the_message_the_text_or_the_refusal_and_the_state_of_the_library(
    schedule: list[tuple[str, int, str]],
) -> None:
    alice, bob, first = twins()
    ends = {"alice": alice, "bob": bob}
    way: dict[str, list[RatchetMessage]] = {"alice": [], "bob": [first]}
    for number, (action, choice, field) in enumerate(schedule):
        who, verb = action.split()
        other = "bob" if who == "alice" else "alice"
        if verb == "says":
            way[other].append(ends[who].say(b"%d" % number, f"step {number}"))
        elif way[who]:
            # The latest message is chosen as often as all the others; each stays on the way and can come again.
            message = way[who][choice % len(way[who]) if choice < 15 else -1]
            present = _state_decoder.decode(ends[who].state).other
            ends[who].hear(spoilt(message, field, present), f"step {number}")


def test_a_message_at_the_jump_s_limit_is_read_and_one_beyond_it_is_refused() -> None:
    alice, bob, first = twins()
    bob.hear(first, "hear")
    messages = [alice.say(b"%d" % number, f"say {number}") for number in range(JUMP + 2)]

    assert bob.hear(messages[-1], "too far") is None
    assert bob.hear(messages[-2], "at the limit") == b"%d" % JUMP
    assert bob.hear(messages[-1], "next") == b"%d" % (JUMP + 1)


def test_a_chain_that_ended_too_far_ahead_is_refused_where_the_library_gives_its_keys_up() -> None:
    alice, bob, first = twins()
    bob.hear(first, "hear")
    for number in range(JUMP + 1):
        alice.say(b"lost", f"lost {number}")
    alice.hear(bob.say(b"turn", "turn"), "turned")

    assert bob.hear(alice.say(b"after", "after"), "after") is None
