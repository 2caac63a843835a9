import hashlib

from hypothesis import given
from hypothesis import strategies as st

from babilu.kernel.ids import (
    ConversationId,
    IdentityKey,
    conversation_id,
    device_id,
    domain,
    envelope_id,
    message_id,
    new_line_id,
    notes_id,
)

ALICE = IdentityKey(bytes(32))
BOB = IdentityKey(bytes([1]) * 32)
KEYS = st.sampled_from([bytes([first]) + bytes(31) for first in range(3)])
TIMES = st.integers(0, 2) | st.integers(0, 2**63 - 1)


class Counting:
    """Randomness that counts."""

    def __init__(self) -> None:
        self._next = 0

    def token(self, size: int) -> bytes:
        self._next += 1
        return self._next.to_bytes(size, "big")


def test_a_domain_tag_names_product_purpose_and_version() -> None:
    assert domain("envelope") == b"babilu/envelope/1"


def test_a_device_is_named_by_both_of_its_keys_in_their_order() -> None:
    named = device_id(b"s" * 32, b"a" * 32)
    assert named == hashlib.sha256(b"babilu/device/1" + b"s" * 32 + b"a" * 32).digest()[:16]
    assert device_id(b"a" * 32, b"s" * 32) != named


def test_an_envelope_is_named_by_its_bytes() -> None:
    assert envelope_id(b"sealed") == hashlib.sha256(b"sealed").digest()[:16]


def test_a_conversation_has_one_name_whoever_computes_it() -> None:
    assert conversation_id(ALICE, BOB) == conversation_id(BOB, ALICE)
    assert conversation_id(ALICE, BOB) == hashlib.sha256(b"babilu/conversation/1" + ALICE + BOB).digest()
    assert conversation_id(ALICE, ALICE) != conversation_id(ALICE, BOB)


def test_notes_have_one_name_of_their_own_for_each_person() -> None:
    assert notes_id(BOB) == hashlib.sha256(b"babilu/notes/1" + BOB).digest()
    assert notes_id(ALICE) not in {notes_id(BOB), conversation_id(ALICE, ALICE)}


def test_a_message_is_named_by_its_words_their_author_their_time_and_their_conversation() -> None:
    conversation = conversation_id(ALICE, BOB)
    named = message_id(conversation, ALICE, 1, b"part")
    said = b"babilu/message/1" + conversation + ALICE + bytes(7) + b"\x01" + b"part"
    assert named == hashlib.sha256(said).digest()[:16]


@given(*(st.tuples(KEYS, KEYS, TIMES, st.binary(max_size=40)),) * 2)
def test_no_id_can_be_moved_to_another_author_time_conversation_or_word(
    one: tuple[bytes, bytes, int, bytes], other: tuple[bytes, bytes, int, bytes]
) -> None:
    def named(said: tuple[bytes, bytes, int, bytes]) -> bytes:
        return message_id(ConversationId(said[0]), IdentityKey(said[1]), said[2], said[3])

    assert (named(one) == named(other)) is (one == other)
    for place in range(4):
        moved = (*one[:place], other[place], *one[place + 1 :])
        assert (named(moved) == named(one)) is (moved == one)  # type: ignore[arg-type]  # one of each kind


def test_line_ids_are_sixteen_random_bytes() -> None:
    randomness = Counting()
    assert new_line_id(randomness) == bytes(15) + b"\x01"
    assert new_line_id(randomness) == bytes(15) + b"\x02"
