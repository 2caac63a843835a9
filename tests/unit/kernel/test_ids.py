import hashlib

from babilu.kernel.ids import (
    IdentityKey,
    conversation_id,
    device_id,
    domain,
    envelope_id,
    new_message_id,
)

ALICE = IdentityKey(bytes(32))
BOB = IdentityKey(bytes([1]) * 32)


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


def test_message_ids_are_sixteen_random_bytes() -> None:
    randomness = Counting()
    assert new_message_id(randomness) == bytes(15) + b"\x01"
    assert new_message_id(randomness) == bytes(15) + b"\x02"
