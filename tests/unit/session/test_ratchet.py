import warnings
from collections import deque

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from babilu.crypto.kdf import hkdf_sha256
from babilu.crypto.keys import AgreementKey
from babilu.crypto.secret import Secret
from babilu.kernel.errors import CryptoError, ErrorCode, ProfileError
from babilu.kernel.limits import RATCHET_JUMP, SKIPPED_KEYS
from babilu.session import ratchet
from babilu.session.ratchet import RatchetMessage, _Skipped, chain_step
from tests.unit.session.devices import CountedRandomness
from tests.vectors.vectors import load, unhex

DATA = b"associated"


class End:
    """One end of a ratchet whose steps are kept as an engine keeps them: only when they succeeded."""

    def __init__(self, name: str) -> None:
        self.randomness = CountedRandomness(name)
        self.state = b""

    def say(self, text: bytes) -> RatchetMessage:
        self.state, message = ratchet.encrypt(self.state, text, DATA, self.randomness)
        return message

    def hear(self, message: RatchetMessage) -> bytes:
        self.state, text = ratchet.decrypt(self.state, message, DATA, self.randomness)
        return text


def ratchet_pair() -> tuple[End, End]:
    """Two ends after a handshake; only the first can speak before the other has heard it."""
    alice, bob = End("alice"), End("bob")
    signed, secret = AgreementKey.generate(bob.randomness), Secret(b"s" * 32)
    alice.state = ratchet.initiate(secret, signed.public, alice.randomness)
    first = alice.say(b"first")
    bob.state = ratchet.respond(secret, signed, first, bob.randomness)
    assert bob.hear(first) == b"first"
    return alice, bob


def refuse(end: End, message: RatchetMessage) -> None:
    before = end.state
    with pytest.raises(CryptoError) as refused:
        end.hear(message)
    assert refused.value.code is ErrorCode.DECRYPTION_FAILED
    assert end.state == before


def test_a_chain_step_is_signal_s() -> None:
    vector = load("signal.json")["chain_key"]
    next_chain_key, message_key = chain_step(unhex(vector["chain_key"]))
    assert next_chain_key == unhex(vector["next_chain_key"])
    material = hkdf_sha256(Secret(message_key), salt=b"", info=vector["message_keys_info"].encode(), size=64).reveal()
    assert material == unhex(vector["cipher_key"]) + unhex(vector["mac_key"])


def test_messages_go_both_ways_and_ratchet_keys_change_with_each_turn() -> None:
    alice, bob = ratchet_pair()
    keys = set()
    for turn in range(5):
        there = alice.say(b"there %d" % turn)
        assert bob.hear(there) == b"there %d" % turn
        back = bob.say(b"back %d" % turn)
        assert alice.hear(back) == b"back %d" % turn
        keys |= {there.ratchet_key, back.ratchet_key}
    # Alice's first key serves until Bob's first answer, so five rounds show ten keys.
    assert len(keys) == 10


def test_no_two_messages_share_a_ciphertext_even_from_a_restored_copy() -> None:
    alice, bob = ratchet_pair()
    copy = alice.state
    one = alice.say(b"same")
    alice.state = copy
    other = alice.say(b"same")
    assert (one.ratchet_key, one.number) == (other.ratchet_key, other.number)
    assert one.ciphertext[:16] != other.ciphertext[:16]
    assert one.ciphertext != other.ciphertext
    assert bob.hear(other) == b"same"


@st.composite
def schedules(draw: st.DrawFn) -> list[tuple[str, int]]:
    """Who says something, and which of the messages on the way arrives: late, twice or never."""
    return draw(
        st.lists(
            st.tuples(st.sampled_from(["alice says", "bob says", "alice hears", "bob hears"]), st.integers(0, 20)),
            max_size=60,
        )
    )


@given(schedules())
@settings(max_examples=60)
def test_under_loss_reorder_and_duplication_each_message_is_read_once_and_nothing_else(
    schedule: list[tuple[str, int]],
) -> None:
    alice, bob = ratchet_pair()
    ends = {"alice": alice, "bob": bob}
    way: dict[str, deque[tuple[bytes, RatchetMessage]]] = {"alice": deque(), "bob": deque()}
    heard: dict[str, set[bytes]] = {"alice": set(), "bob": set()}
    for number, (action, choice) in enumerate(schedule):
        who, verb = action.split()
        other = "bob" if who == "alice" else "alice"
        if verb == "says":
            text = b"%d" % number
            way[other].append((text, ends[who].say(text)))
        elif way[who]:
            # The message stays on the way, so that it can arrive again.
            text, message = way[who][choice % len(way[who])]
            if text in heard[who]:
                refuse(ends[who], message)
            else:
                assert ends[who].hear(message) == text
                heard[who].add(text)
    for who, end in ends.items():
        for text, message in way[who]:
            if text not in heard[who]:
                assert end.hear(message) == text


def test_every_changed_field_fails_and_leaves_the_state() -> None:
    alice, bob = ratchet_pair()
    message = alice.say(b"hello")
    for changed in (
        msgspec.structs.replace(message, number=message.number + 1),
        msgspec.structs.replace(message, previous=message.previous + 1),
        msgspec.structs.replace(message, ratchet_key=AgreementKey.generate(alice.randomness).public),
        msgspec.structs.replace(message, ciphertext=b""),
        msgspec.structs.replace(message, ciphertext=message.ciphertext[:16]),
        msgspec.structs.replace(message, ciphertext=message.ciphertext[:-1]),
        msgspec.structs.replace(message, ciphertext=message.ciphertext + b"\x00"),
    ):
        refuse(bob, changed)
    for place in range(len(message.ciphertext)):
        flipped = bytearray(message.ciphertext)
        flipped[place] ^= 1
        refuse(bob, msgspec.structs.replace(message, ciphertext=bytes(flipped)))
    assert bob.hear(message) == b"hello"


def test_other_associated_data_fails() -> None:
    alice, bob = ratchet_pair()
    message = alice.say(b"hello")
    with pytest.raises(CryptoError):
        ratchet.decrypt(bob.state, message, b"other", bob.randomness)


@pytest.mark.parametrize("weak", [bytes(32), b"\x01" + bytes(31), b"\xff" * 32])
def test_a_ratchet_key_that_is_refused_changes_nothing(weak: bytes) -> None:
    alice, bob = ratchet_pair()
    refuse(bob, msgspec.structs.replace(alice.say(b"hello"), ratchet_key=weak))
    with pytest.raises(CryptoError):
        ratchet.respond(
            Secret(bytes(32)),
            AgreementKey.generate(bob.randomness),
            msgspec.structs.replace(alice.say(b"x"), ratchet_key=weak),
            bob.randomness,
        )


def test_the_signed_prekey_as_a_ratchet_key_is_refused_before_the_first_answer() -> None:
    alice, bob = End("alice"), End("bob")
    signed = AgreementKey.generate(bob.randomness)
    alice.state = ratchet.initiate(Secret(b"s" * 32), signed.public, alice.randomness)
    refuse(alice, RatchetMessage(signed.public, 0, 0, bytes(64)))


def test_a_thousand_messages_may_be_skipped_and_no_more() -> None:
    alice, bob = ratchet_pair()
    skipped = [alice.say(b"%d" % number) for number in range(RATCHET_JUMP)]
    after = alice.say(b"after")
    too_far = alice.say(b"too far")
    refuse(bob, too_far)
    assert bob.hear(after) == b"after"
    assert bob.hear(too_far) == b"too far"
    assert bob.hear(skipped[0]) == b"0"
    assert bob.hear(skipped[-1]) == b"%d" % (RATCHET_JUMP - 1)
    refuse(bob, skipped[0])


def test_too_many_lost_messages_before_a_new_ratchet_key_are_refused_without_a_warning() -> None:
    alice, bob = ratchet_pair()
    for _ in range(RATCHET_JUMP + 1):
        alice.say(b"lost")
    alice.hear(bob.say(b"turn"))
    turned = alice.say(b"turned")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        refuse(bob, turned)


def test_skipped_keys_are_bounded_and_the_oldest_are_given_up() -> None:
    alice, bob = ratchet_pair()
    first_lost = alice.say(b"first lost")
    for _ in range(3):
        lost = [alice.say(b"lost") for _ in range(RATCHET_JUMP - 1)]
        assert bob.hear(alice.say(b"seen")) == b"seen"
    assert bob.hear(lost[-1]) == b"lost"
    refuse(bob, first_lost)
    assert len(bob.state) < SKIPPED_KEYS * 40 + 300


def test_of_several_chains_the_oldest_skipped_keys_go_first() -> None:
    alice, bob = ratchet_pair()
    lost: list[list[RatchetMessage]] = []
    for _ in range(5):
        lost.append([alice.say(b"lost") for _ in range(SKIPPED_KEYS // 4)])
        assert bob.hear(alice.say(b"seen")) == b"seen"
        alice.hear(bob.say(b"turn"))
    for message in (lost[0][0], lost[0][-1]):
        refuse(bob, message)
    for message in (lost[1][0], lost[1][-1], lost[4][0], lost[4][-1]):
        assert bob.hear(message) == b"lost"


def test_a_skipped_key_is_found_at_its_own_place_only() -> None:
    wanted = (7).to_bytes(8, "big")
    entries = (3).to_bytes(8, "big") + wanted * 4 + wanted + b"k" * 32
    chain = _Skipped(bytes(32), entries)
    assert chain.place_of(7) == 40
    assert chain.place_of(3) == 0
    assert chain.place_of(8) is None
    assert _Skipped(bytes(32), (3).to_bytes(8, "big") + wanted * 4).place_of(7) is None


def test_a_counter_at_its_end_is_refused() -> None:
    alice, bob = ratchet_pair()
    message = alice.say(b"hello")
    refuse(bob, msgspec.structs.replace(message, number=2**63 - 1))
    refuse(bob, msgspec.structs.replace(message, previous=2**63 - 1, ratchet_key=b"\x09" + bytes(31)))


def test_skipped_keys_survive_many_turns() -> None:
    alice, bob = ratchet_pair()
    lost = []
    for turn in range(6):
        lost.append((b"%d" % turn, alice.say(b"%d" % turn)))
        bob.hear(alice.say(b"seen"))
        alice.hear(bob.say(b"back"))
    for text, message in reversed(lost):
        assert bob.hear(message) == text


def test_messages_at_the_end_of_a_chain_are_read_after_the_turn() -> None:
    alice, bob = ratchet_pair()
    late = [alice.say(b"late %d" % number) for number in range(2)]
    alice.hear(bob.say(b"turn"))
    assert bob.hear(alice.say(b"turned")) == b"turned"
    assert [bob.hear(message) for message in late] == [b"late 0", b"late 1"]


def test_a_state_that_is_damaged_on_disk_is_a_profile_error() -> None:
    alice, _ = ratchet_pair()
    for damaged in (b"", alice.state[:-1], b"\x00" * len(alice.state)):
        with pytest.raises(ProfileError) as refused:
            ratchet.encrypt(damaged, b"hello", DATA, alice.randomness)
        assert refused.value.code is ErrorCode.PROFILE_DAMAGED


def test_the_plaintext_key_material_changes_with_every_message() -> None:
    alice, _ = ratchet_pair()
    states = {alice.state}
    for _ in range(10):
        alice.say(b"x")
        states.add(alice.state)
    assert len(states) == 11
