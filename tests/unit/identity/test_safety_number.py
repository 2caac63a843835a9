import pytest

from babilu.identity.safety_number import (
    Comparison,
    combine,
    compare_qr,
    fingerprint,
    grouped,
    own_half,
    qr_payload,
    safety_number,
)
from babilu.kernel.errors import ErrorCode, ProtocolError
from tests.vectors.vectors import load, protocol, unhex

ALICE, BOB, MALLORY = b"a" * 32, b"b" * 32, b"m" * 32


def test_the_fingerprint_is_signal_s_with_signal_s_parameters() -> None:
    vector = load("signal.json")["fingerprint"]
    alice, bob = (
        fingerprint(unhex(vector[f"{name}_key"]), vector[f"{name}_identifier"].encode(), vector["iterations"])
        for name in ("alice", "bob")
    )
    assert alice.hash[:32] == unhex(vector["alice_hash_start"])
    assert bob.hash[:32] == unhex(vector["bob_hash_start"])
    assert combine(alice, bob) == combine(bob, alice) == vector["displayable"]


def test_a_safety_number_is_as_recorded() -> None:
    recorded = protocol()["safety_number"]
    assert safety_number(unhex(recorded["one"]), unhex(recorded["other"])) == recorded["digits"]


def test_both_persons_see_the_same_sixty_digits() -> None:
    digits = safety_number(ALICE, BOB)
    assert digits == safety_number(BOB, ALICE)
    assert len(digits) == 60
    assert digits.isdigit()
    assert grouped(digits).replace(" ", "") == digits
    assert len(grouped(digits).split()) == 12


def test_a_person_in_between_shows() -> None:
    assert safety_number(ALICE, MALLORY) != safety_number(ALICE, BOB)


def test_the_code_of_the_other_screen_matches_or_differs() -> None:
    assert compare_qr(qr_payload(BOB, ALICE), own_identity=ALICE, peer_identity=BOB) is Comparison.MATCH
    for wrong in (qr_payload(MALLORY, ALICE), qr_payload(BOB, MALLORY), qr_payload(ALICE, BOB)):
        assert compare_qr(wrong, own_identity=ALICE, peer_identity=BOB) is Comparison.DIFFERENT


@pytest.mark.parametrize("scanned", [b"", b"https://example.org", bytes(71), b"BABILU\x02" + bytes(64)])
def test_a_code_of_something_else_is_refused(scanned: bytes) -> None:
    with pytest.raises(ProtocolError) as refused:
        compare_qr(scanned, ALICE, BOB)
    assert refused.value.code is ErrorCode.MALFORMED


def test_a_caller_has_one_half_of_the_number_before_knowing_who_answers() -> None:
    recorded = protocol()["safety_number"]
    one, other = unhex(recorded["one"]), unhex(recorded["other"])
    assert {own_half(one), own_half(other)} == {recorded["digits"][:30], recorded["digits"][30:]}
