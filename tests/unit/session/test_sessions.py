from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from babilu.crypto.keys import AgreementKey, encapsulate
from babilu.kernel.errors import BabiluError, CryptoError, ErrorCode, ProtocolError
from babilu.kernel.limits import DAY_MS, OLD_SESSIONS
from babilu.session.envelope import EnvelopeBody, EnvelopeEnd, InitialPart, seal_envelope
from babilu.session.ports import HandshakeRole, PrekeyKind
from babilu.session.pqxdh import HandshakeHeader
from babilu.session.sessions import (
    authenticate,
    can_encrypt,
    close_sessions,
    decrypt,
    encrypt,
    encrypt_all,
    needs_renewal,
    open_envelope,
    sending_session,
    start_session,
)
from tests.unit.session.devices import Device, make_device, pair


def established() -> tuple[Device, Device]:
    """Two devices of which each has heard the other."""
    alice, bob = pair()
    assert bob.read(alice, alice.write(bob, b"hello")) == b"hello"
    assert alice.read(bob, bob.write(alice, b"hello yourself")) == b"hello yourself"
    return alice, bob


def refuse(reader: Device, writer: Device, envelope: bytes, code: ErrorCode | None = None) -> None:
    """Check that an envelope is refused and leaves every row as it was."""
    before = reader.rows.snapshot()
    with pytest.raises(BabiluError) as refused:
        reader.read(writer, envelope)
    assert code in {None, refused.value.code}
    assert reader.rows.snapshot() == before


def reseal(writer: Device, reader: Device, envelope: bytes, change: Callable[[EnvelopeBody], EnvelopeBody]) -> bytes:
    """Change the inside as only its sender can, who seals and tags it again."""
    body = change(open_envelope(reader.own, envelope).body)
    return seal_envelope(writer.own.agreement, EnvelopeEnd(reader.id, reader.own.agreement.public), body)


def with_handshake(body: EnvelopeBody, **fields: object) -> EnvelopeBody:
    assert body.initial is not None
    handshake = msgspec.structs.replace(body.initial.handshake, **fields)
    return msgspec.structs.replace(body, initial=msgspec.structs.replace(body.initial, handshake=handshake))


def is_initial(reader: Device, envelope: bytes) -> bool:
    return open_envelope(reader.own, envelope).device_list is not None


def test_contents_go_both_ways() -> None:
    alice, bob = established()
    for number in range(5):
        content = b"%d" % number
        assert bob.read(alice, alice.write(bob, content)) == content
        assert alice.read(bob, bob.write(alice, content)) == content
    assert alice.sending(bob) == bob.sending(alice)


def test_contents_that_are_encrypted_together_open_each_by_itself_in_any_order() -> None:
    alice, bob = established()
    contents = [b"%d" % number for number in range(4)]
    envelopes = encrypt_all(alice.rows, alice.own, bob.as_peer(), contents, alice.now, alice.randomness)
    assert len(set(envelopes)) == len(contents)
    last = alice.write(bob, b"after them")
    assert [bob.read(alice, envelope) for envelope in reversed(envelopes)] == contents[::-1]
    assert bob.read(alice, last) == b"after them"
    sent = sending_session(alice.rows, bob.id)
    assert sent is not None
    assert sent.sent == 2 + len(contents)


def test_of_contents_together_one_that_is_too_large_leaves_the_session_as_it_was() -> None:
    alice, bob = established()
    before = alice.rows.snapshot()
    with pytest.raises(ProtocolError):
        encrypt_all(alice.rows, alice.own, bob.as_peer(), [b"x", bytes(65_536)], alice.now, alice.randomness)
    assert alice.rows.snapshot() == before


def test_without_a_session_nothing_is_encrypted() -> None:
    alice, bob = pair()
    assert not can_encrypt(alice.rows, bob.id)
    with pytest.raises(CryptoError) as refused:
        encrypt(alice.rows, alice.own, bob.as_peer(), b"x", alice.now, alice.randomness)
    assert refused.value.code is ErrorCode.NO_SESSION


def test_a_content_that_is_too_large_leaves_the_session_as_it_was() -> None:
    alice, bob = established()
    before = alice.rows.snapshot()
    with pytest.raises(ProtocolError) as refused:
        alice.write(bob, bytes(65536))
    assert refused.value.code is ErrorCode.TOO_LARGE
    assert alice.rows.snapshot() == before
    assert bob.read(alice, alice.write(bob, bytes(65535))) == bytes(65535)


def test_messages_are_initial_until_something_was_received() -> None:
    alice, bob = pair()
    first, second = alice.write(bob, b"1"), alice.write(bob, b"2")
    assert is_initial(bob, first)
    assert is_initial(bob, second)
    assert bob.read(alice, second) == b"2"
    assert bob.read(alice, first) == b"1"
    answer = bob.write(alice, b"3")
    assert not is_initial(alice, answer)
    assert alice.read(bob, answer) == b"3"
    assert not is_initial(bob, alice.write(bob, b"4"))
    assert len(bob.rows.sessions) == len(alice.rows.sessions) == 1


def test_one_time_prekeys_are_deleted_by_the_first_message_that_authenticates_and_by_none_before() -> None:
    alice, bob = pair()
    envelope = alice.write(bob, b"hello")
    body = open_envelope(bob.own, envelope).body
    assert body.initial is not None
    handshake = body.initial.handshake
    assert handshake.one_time_prekey is not None
    tampered = reseal(
        alice,
        bob,
        envelope,
        lambda body: msgspec.structs.replace(
            body, message=msgspec.structs.replace(body.message, ciphertext=body.message.ciphertext[::-1])
        ),
    )
    refuse(bob, alice, tampered, ErrorCode.DECRYPTION_FAILED)
    assert bob.read(alice, envelope) == b"hello"
    assert bob.rows.prekey(PrekeyKind.ONE_TIME_EC, handshake.one_time_prekey) is None
    assert bob.rows.prekey(PrekeyKind.ONE_TIME_KEM, handshake.kem_prekey) is None
    assert bob.rows.prekey(PrekeyKind.SIGNED, handshake.signed_prekey) is not None


def test_the_last_resort_serves_many_sessions_and_stays() -> None:
    bob = make_device("bob", one_time=0)
    for name in ("alice", "carol", "dave"):
        writer = make_device(name)
        assert bob.read(writer, writer.write(bob, name.encode())) == name.encode()
    assert {kind for kind, _ in bob.rows.prekeys} == {PrekeyKind.SIGNED, PrekeyKind.LAST_RESORT}


def other_point() -> bytes:
    return AgreementKey.generate(make_device("other").randomness).public


HANDSHAKE_CHANGES: list[tuple[str, Callable[[HandshakeHeader], object]]] = [
    ("ephemeral", lambda _: other_point()),
    ("ephemeral", lambda _: bytes(32)),
    ("ephemeral", lambda _: b"\xff" * 32),
    ("signed_prekey", lambda header: header.signed_prekey + 1),
    ("signed_prekey", lambda header: header.one_time_prekey),
    ("kem_prekey", lambda header: header.kem_prekey + 1),
    ("kem_prekey", lambda _: 2),
    ("kem_prekey", lambda header: header.signed_prekey),
    ("one_time_prekey", lambda header: (header.one_time_prekey or 0) + 1),
    ("one_time_prekey", lambda _: None),
    ("one_time_prekey", lambda _: 2**63 - 1),
    ("kem_ciphertext", lambda header: header.kem_ciphertext[::-1]),
    ("kem_ciphertext", lambda _: encapsulate(make_device("bob").bundle().kem.key)[1]),
]


@pytest.mark.parametrize(("field", "change"), HANDSHAKE_CHANGES)
def test_a_handshake_with_any_field_changed_fails_and_burns_nothing(
    field: str, change: Callable[[HandshakeHeader], object]
) -> None:
    alice, bob = pair()
    envelope = alice.write(bob, b"hello")

    def altered(body: EnvelopeBody) -> EnvelopeBody:
        assert body.initial is not None
        return with_handshake(body, **{field: change(body.initial.handshake)})

    refuse(bob, alice, reseal(alice, bob, envelope, altered), ErrorCode.DECRYPTION_FAILED)
    assert bob.read(alice, envelope) == b"hello"


def test_a_handshake_under_another_session_name_fails_and_burns_nothing() -> None:
    alice, bob = pair()
    envelope = alice.write(bob, b"hello")
    renamed = reseal(alice, bob, envelope, lambda body: msgspec.structs.replace(body, session=bytes(16)))
    refuse(bob, alice, renamed, ErrorCode.DECRYPTION_FAILED)


def test_a_handshake_of_another_person_with_the_same_device_keys_fails() -> None:
    alice, bob = pair()
    envelope = alice.write(bob, b"hello")
    before = bob.rows.snapshot()
    impostor = replace(alice.as_peer(), identity_key=make_device("mallory").own.identity_key)
    # The tag is under device keys, which are the same: what the session agrees on tells the two apart.
    authentic = authenticate(bob.own, impostor, open_envelope(bob.own, envelope))
    with pytest.raises(CryptoError):
        decrypt(bob.rows, bob.own, authentic, bob.now, bob.randomness)
    assert bob.rows.snapshot() == before


def test_an_envelope_that_another_device_sealed_in_the_name_of_one_is_not_authentic() -> None:
    alice, bob = established()
    opened = open_envelope(bob.own, alice.write(bob, b"hello"))
    end = EnvelopeEnd(bob.own.device, bob.own.agreement.public)
    forged = open_envelope(bob.own, seal_envelope(make_device("mallory").own.agreement, end, opened.body))
    assert authenticate(bob.own, alice.as_peer(), opened).peer == alice.as_peer()
    with pytest.raises(CryptoError):
        authenticate(bob.own, alice.as_peer(), forged)


@pytest.mark.parametrize("initial", [True, False], ids=["initial", "established"])
def test_an_envelope_with_any_byte_changed_is_refused_and_no_row_changes(initial: bool) -> None:
    alice, bob = pair() if initial else established()
    envelope = alice.write(bob, b"hello")
    for place in range(0, len(envelope), 7):
        changed = bytearray(envelope)
        changed[place] ^= 1 << (place % 8)
        refuse(bob, alice, bytes(changed))
    for size in range(0, len(envelope), 101):
        refuse(bob, alice, envelope[:size])
    assert bob.read(alice, envelope) == b"hello"


def test_an_envelope_again_is_refused_and_no_row_changes() -> None:
    alice, bob = established()
    envelope = alice.write(bob, b"once")
    assert bob.read(alice, envelope) == b"once"
    refuse(bob, alice, envelope, ErrorCode.DECRYPTION_FAILED)


def test_a_replayed_first_message_finds_its_session_and_changes_nothing() -> None:
    alice, bob = pair()
    first = alice.write(bob, b"hello")
    bob.read(alice, first)
    refuse(bob, alice, first, ErrorCode.DECRYPTION_FAILED)
    alice.read(bob, bob.write(alice, b"answer"))
    refuse(bob, alice, first, ErrorCode.DECRYPTION_FAILED)
    assert len(bob.rows.sessions) == 1


def test_a_replayed_first_message_of_a_session_that_is_gone_makes_no_new_one() -> None:
    alice, bob = make_device("alice"), make_device("bob", one_time=0)
    first = alice.write(bob, b"hello")
    bob.read(alice, first)
    bob.rows.sessions.clear()
    refuse(bob, alice, first, ErrorCode.NO_SESSION)


def test_a_message_of_a_session_that_was_lost_is_refused() -> None:
    alice, bob = established()
    bob.rows.sessions.clear()
    refuse(bob, alice, alice.write(bob, b"hello"), ErrorCode.NO_SESSION)


def test_an_envelope_of_another_device_than_it_names_is_refused() -> None:
    alice, bob = established()
    mallory = make_device("mallory")
    refuse(bob, mallory, alice.write(bob, b"hello"), ErrorCode.DECRYPTION_FAILED)
    forged = reseal(mallory, bob, alice.write(bob, b"hello"), lambda body: body)
    refuse(bob, alice, forged, ErrorCode.DECRYPTION_FAILED)
    refuse(bob, mallory, forged, ErrorCode.DECRYPTION_FAILED)


def test_a_content_that_is_not_padded_is_refused_although_it_authenticates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alice, bob = established()
    monkeypatch.setattr("babilu.session.sessions.pad", lambda content: content)
    refuse(bob, alice, alice.write(bob, b"bare"), ErrorCode.DECRYPTION_FAILED)


def test_a_bundle_with_a_bad_signature_starts_nothing() -> None:
    alice, bob = pair()
    bundle = bob.bundle()
    bad = msgspec.structs.replace(bundle, kem=msgspec.structs.replace(bundle.kem, signature=bytes(64)))
    with pytest.raises(CryptoError) as refused:
        start_session(alice.rows, alice.own, bob.as_peer(), bad, alice.now, alice.randomness)
    assert refused.value.code is ErrorCode.BAD_SIGNATURE
    assert not alice.rows.sessions


def test_when_both_begin_at_once_the_session_of_the_lower_agreement_key_sends() -> None:
    lower, higher = pair()
    from_lower, from_higher = lower.write(higher, b"from lower"), higher.write(lower, b"from higher")
    winner = lower.sending(higher)
    assert lower.read(higher, from_higher) == b"from higher"
    assert higher.read(lower, from_lower) == b"from lower"
    assert lower.sending(higher) == higher.sending(lower) == winner
    assert lower.read(higher, higher.write(lower, b"on")) == b"on"
    assert higher.read(lower, lower.write(higher, b"and on")) == b"and on"


def test_the_session_that_lost_goes_on_receiving() -> None:
    lower, higher = pair()
    lower.write(higher, b"lost on the way")
    late = [higher.write(lower, b"%d" % number) for number in range(3)]
    assert [lower.read(higher, envelope) for envelope in late] == [b"0", b"1", b"2"]
    assert higher.read(lower, lower.write(higher, b"mine sends")) == b"mine sends"


def test_a_new_session_takes_over_from_one_that_was_answered() -> None:
    alice, bob = established()
    old = bob.sending(alice)
    bob.start(alice)
    assert bob.sending(alice) != old
    assert alice.read(bob, bob.write(alice, b"renewed")) == b"renewed"
    assert alice.sending(bob) == bob.sending(alice)
    replaced = [record for record in alice.rows.sessions.values() if not record.sending]
    assert [(record.session, record.replaced_at) for record in replaced] == [(old, alice.now)]


def test_a_closed_session_sends_no_more_and_still_receives() -> None:
    alice, bob = established()
    on_its_way = bob.write(alice, b"on its way")
    close_sessions(alice.rows, bob.id, {alice.sending(bob)}, alice.now)
    assert not can_encrypt(alice.rows, bob.id)
    assert sending_session(alice.rows, bob.id) is None
    assert alice.read(bob, on_its_way) == b"on its way"
    alice.start(bob)
    assert bob.read(alice, alice.write(bob, b"anew")) == b"anew"
    assert alice.sending(bob) == bob.sending(alice)


def test_a_session_that_cannot_be_established_does_not_win_once_it_is_closed() -> None:
    lower, higher = pair()
    lower.write(higher, b"never readable")
    unreadable = lower.sending(higher)
    higher_first = higher.write(lower, b"hello")
    close_sessions(lower.rows, higher.id, {unreadable}, lower.now)
    assert lower.read(higher, higher_first) == b"hello"
    assert lower.sending(higher) == higher.sending(lower)
    assert higher.read(lower, lower.write(higher, b"at last")) == b"at last"


def test_closing_names_sessions_of_that_device_only() -> None:
    alice, bob = established()
    close_sessions(alice.rows, bob.id, {bytes(16)}, alice.now)
    close_sessions(alice.rows, make_device("carol").id, {alice.sending(bob)}, alice.now)
    assert can_encrypt(alice.rows, bob.id)


def test_of_two_own_sessions_without_an_answer_the_new_one_sends() -> None:
    alice, bob = pair()
    old = alice.write(bob, b"old")
    alice.start(bob)
    new = alice.write(bob, b"new")
    assert len(alice.rows.sessions) == 2
    assert bob.read(alice, old) == b"old"
    assert bob.read(alice, new) == b"new"
    assert alice.sending(bob) == bob.sending(alice)


def test_five_old_sessions_receive_and_no_more() -> None:
    alice, bob = established()
    sent = []
    for _ in range(OLD_SESSIONS + 2):
        sent.append(alice.write(bob, b"late"))
        bob.now += 1
        bob.start(alice, one_time=False)
        alice.now += 1
        alice.read(bob, bob.write(alice, b"renewed"))
        assert alice.sending(bob) == bob.sending(alice)
    assert len(alice.rows.sessions) == len(bob.rows.sessions) == OLD_SESSIONS + 1
    for envelope in sent[:2]:
        refuse(bob, alice, envelope, ErrorCode.NO_SESSION)
    assert [bob.read(alice, envelope) for envelope in sent[2:]] == [b"late"] * OLD_SESSIONS


def test_an_old_session_receives_for_sixty_days() -> None:
    alice, bob = established()
    one, other = alice.write(bob, b"one"), alice.write(bob, b"other")
    bob.start(alice)
    bob.now += 60 * DAY_MS - 1
    assert bob.read(alice, one) == b"one"
    bob.now += 1
    refuse(bob, alice, other, ErrorCode.NO_SESSION)
    bob.start(alice)
    bob.start(alice, one_time=False)
    assert all(record.replaced_at in {None, bob.now} for record in bob.rows.sessions.values())


@pytest.mark.parametrize(
    ("role", "age", "messages", "due"),
    [
        (HandshakeRole.INITIATOR, 7 * DAY_MS - 1, 0, False),
        (HandshakeRole.INITIATOR, 7 * DAY_MS, 0, True),
        (HandshakeRole.INITIATOR, 0, 9_999, False),
        (HandshakeRole.INITIATOR, 0, 10_000, True),
        (HandshakeRole.RESPONDER, 8 * DAY_MS - 1, 11_999, False),
        (HandshakeRole.RESPONDER, 8 * DAY_MS, 0, True),
        (HandshakeRole.RESPONDER, 0, 12_000, True),
        (HandshakeRole.INITIATOR, -DAY_MS, 0, False),
    ],
)
def test_the_initiator_renews_first(role: HandshakeRole, age: int, messages: int, due: bool) -> None:
    alice, bob = established()
    record = sending_session(alice.rows, bob.id)
    assert record is not None
    aged = replace(record, role=role, sent=messages // 2, received=messages - messages // 2)
    assert needs_renewal(aged, record.created_at + age) is due


def test_the_rows_count_messages() -> None:
    alice, bob = established()
    alice.read(bob, bob.write(alice, b"one more"))
    record = sending_session(alice.rows, bob.id)
    assert record is not None
    assert (record.sent, record.received) == (1, 2)


def test_account_and_list_in_an_initial_message_are_the_present_ones() -> None:
    alice, bob = pair()
    alice.write(bob, b"one")
    alice.own = replace(alice.own, account="renamed")
    initial = open_envelope(bob.own, alice.write(bob, b"two")).body.initial
    assert isinstance(initial, InitialPart)
    assert initial.account == "renamed"


def play(devices: tuple[Device, Device], schedule: list[tuple[str, int, int]]) -> None:
    """Let two devices write, read, lose, renew and forget, and answer what cannot be read with a new session."""
    way: tuple[list[bytes], list[bytes]] = ([], [])
    for action, who, choice in schedule:
        device, other = devices[who], devices[1 - who]
        device.now += 1
        match action:
            case "write":
                way[1 - who].append(device.write(other, b"%d" % choice))
            case "read" if way[who]:
                read_or_begin_anew(device, other, way[who].pop(choice % len(way[who])))
            case "lose" if way[who]:
                way[who].pop(choice % len(way[who]))
            case "renew":
                device.start(other, one_time=False)
            case "forget":
                device.rows.sessions.clear()
            case _:
                pass


def read_or_begin_anew(device: Device, other: Device, envelope: bytes) -> None:
    before = device.rows.snapshot()
    try:
        device.read(other, envelope)
    except CryptoError:
        assert device.rows.snapshot() == before
        device.start(other, one_time=False)


def ask_again(reader: Device, writer: Device) -> None:
    """Do what a retry request does: a new session of the reader's, and no more sending over the old ones."""
    close_sessions(writer.rows, reader.id, set(writer.rows.sessions), writer.now)
    reader.start(writer, one_time=False)
    assert writer.read(reader, reader.write(writer, b"again?")) == b"again?"


ACTIONS = st.sampled_from(["write", "read", "lose", "renew", "forget"])


@given(st.lists(st.tuples(ACTIONS, st.sampled_from([0, 1]), st.integers(0, 10)), max_size=40))
@settings(max_examples=60)
def test_whatever_happened_before_two_devices_agree_within_three_messages(
    schedule: list[tuple[str, int, int]],
) -> None:
    one, other = pair(one_time=0)
    play((one, other), schedule)
    for _ in range(3):
        for writer, reader in ((one, other), (other, one)):
            envelope = writer.write(reader, b"still there?")
            try:
                assert reader.read(writer, envelope) == b"still there?"
            except CryptoError:
                ask_again(reader, writer)
    for writer, reader in ((one, other), (other, one)):
        assert reader.read(writer, writer.write(reader, b"yes")) == b"yes"
