import msgspec
import pytest

from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.identity.device_list import (
    LISTS_REMEMBERED,
    NOTHING_BEFORE,
    certify,
    check_account,
    check_next,
    check_successor,
    decode_device_list,
    encode_device_list,
    find_device,
    follow_up,
    list_hash,
    lists_after,
    make_device_list,
    make_entry,
    read_kept_list,
    verify_certificate,
    verify_device_list,
)
from babilu.identity.shapes import (
    DeviceCertificate,
    DeviceEntry,
    DeviceKind,
    DeviceListBody,
    ListedAccount,
    SignedDeviceList,
)
from babilu.kernel.errors import BabiluError, CryptoError, ErrorCode, ProtocolError, TrustError
from babilu.kernel.ids import device_id, domain
from babilu.kernel.limits import DEVICES
from tests.unit.session.devices import CountedRandomness

RANDOMNESS = CountedRandomness("device lists")
IDENTITY = SigningKey.generate(RANDOMNESS)
ALICE = ListedAccount(b"r" * 32, "alice")


def new_entry(identity: SigningKey = IDENTITY) -> DeviceEntry:
    signing, agreement = SigningKey.generate(RANDOMNESS), AgreementKey.generate(RANDOMNESS)
    return make_entry(identity, signing, agreement.public)


def signed(
    entries: tuple[DeviceEntry, ...],
    version: int = 1,
    identity: SigningKey = IDENTITY,
    *,
    before: bytes | None = None,
    accounts: tuple[ListedAccount, ...] = (),
) -> SignedDeviceList:
    """Sign whatever is given, as an attacker with an identity key of their own can."""
    former = (NOTHING_BEFORE if version == 1 else b"b" * 32) if before is None else before
    body = msgspec.msgpack.encode(DeviceListBody(identity.public, version, former, accounts, entries))
    return SignedDeviceList(body, identity.sign(domain("device-list"), body))


def test_a_list_that_was_made_verifies_and_names_its_devices() -> None:
    entries = [new_entry(), new_entry()]
    made = make_device_list(IDENTITY, 7, entries, before=b"b" * 32, accounts=[ALICE])
    body = verify_device_list(decode_device_list(encode_device_list(made)))
    assert (body.identity_key, body.version, list(body.devices)) == (IDENTITY.public, 7, entries)
    assert (body.before, body.accounts) == (b"b" * 32, (ALICE,))
    assert find_device(body, entries[1].device) == entries[1]
    assert find_device(body, bytes(16)) is None


def test_no_changed_byte_of_a_list_verifies() -> None:
    made = make_device_list(IDENTITY, 7, [new_entry()], before=b"b" * 32, accounts=[ALICE])
    encoded = encode_device_list(made)
    for place in range(len(encoded)):
        changed = bytearray(encoded)
        changed[place] ^= 1
        with pytest.raises(BabiluError):
            verify_device_list(decode_device_list(bytes(changed)))


def test_a_device_that_did_not_sign_its_own_entry_is_refused() -> None:
    theirs = new_entry(SigningKey.generate(RANDOMNESS))
    with pytest.raises(CryptoError) as refused:
        verify_device_list(signed((theirs,)))
    assert refused.value.code is ErrorCode.BAD_SIGNATURE


def test_a_device_under_an_id_that_is_not_of_its_keys_is_refused() -> None:
    made = new_entry()
    entry = msgspec.structs.replace(made, certificate=msgspec.structs.replace(made.certificate, device=bytes(16)))
    with pytest.raises(CryptoError) as refused:
        verify_device_list(signed((entry,)))
    assert refused.value.code is ErrorCode.BAD_KEY


def test_a_device_with_an_agreement_key_of_small_order_is_refused() -> None:
    signing, weak = SigningKey.generate(RANDOMNESS), bytes(32)
    device = device_id(signing.public, weak)
    message = IDENTITY.public + device + signing.public + weak
    by_person = IDENTITY.sign(domain("device-certificate"), message + b"\x01")
    certificate = DeviceCertificate(device, signing.public, weak, DeviceKind.FULL, by_person)
    entry = DeviceEntry(certificate, signing.sign(domain("device-entry"), message))
    with pytest.raises(CryptoError) as refused:
        verify_device_list(signed((entry,)))
    assert refused.value.code is ErrorCode.BAD_KEY


def test_a_device_twice_is_refused() -> None:
    entry = new_entry()
    with pytest.raises(CryptoError) as refused:
        verify_device_list(signed((entry, entry)))
    assert refused.value.code is ErrorCode.BAD_KEY


def test_two_devices_with_one_agreement_key_are_refused() -> None:
    agreement = AgreementKey.generate(RANDOMNESS)
    one, other = (
        make_entry(IDENTITY, SigningKey.generate(RANDOMNESS), agreement.public),
        make_entry(IDENTITY, SigningKey.generate(RANDOMNESS), agreement.public),
    )
    with pytest.raises(CryptoError) as refused:
        verify_device_list(signed((one, other)))
    assert refused.value.code is ErrorCode.BAD_KEY


def test_the_identity_key_is_no_device_s_signing_key() -> None:
    entry = make_entry(IDENTITY, IDENTITY, AgreementKey.generate(RANDOMNESS).public)
    with pytest.raises(CryptoError):
        verify_device_list(signed((entry,)))


@pytest.mark.parametrize("count", [0, DEVICES + 1])
def test_a_list_without_devices_or_with_too_many_is_refused(count: int) -> None:
    with pytest.raises(ProtocolError) as refused:
        verify_device_list(signed(tuple(new_entry() for _ in range(count))))
    assert refused.value.code is ErrorCode.MALFORMED


def test_a_list_of_as_many_devices_as_a_person_may_have_is_verified() -> None:
    entries = tuple(new_entry() for _ in range(DEVICES))
    assert verify_device_list(signed(entries)).devices == entries


def test_a_body_nested_without_end_is_malformed() -> None:
    body = b"\x91" * 4000
    with pytest.raises(ProtocolError) as refused:
        verify_device_list(SignedDeviceList(body, IDENTITY.sign(domain("device-list"), body)))
    assert refused.value.code is ErrorCode.MALFORMED


def test_fields_that_a_later_version_appends_do_not_break_a_signature() -> None:
    entry = new_entry()
    certificate = [*_fields(entry.certificate), "later"]
    body = msgspec.msgpack.encode(
        [
            IDENTITY.public,
            9,
            b"b" * 32,
            [[*_fields(ALICE), "later"]],
            [[certificate, entry.signature, "later"]],
            "later",
        ]
    )
    later = SignedDeviceList(body, IDENTITY.sign(domain("device-list"), body))
    assert verify_device_list(later).version == 9


def _fields(shape: msgspec.Struct) -> list[object]:
    return [getattr(shape, name) for name in shape.__struct_fields__]


def test_a_device_that_its_person_did_not_certify_is_refused() -> None:
    made, stranger = new_entry(), SigningKey.generate(RANDOMNESS)
    theirs = certify(stranger, made.signing_key, made.agreement_key)
    for certificate in (theirs, msgspec.structs.replace(made.certificate, kind=DeviceKind.COMPANION)):
        with pytest.raises(CryptoError) as refused:
            verify_device_list(signed((DeviceEntry(certificate, made.signature),)))
        assert refused.value.code is ErrorCode.BAD_SIGNATURE


def test_a_certificate_is_the_same_in_every_list() -> None:
    signing, agreement = SigningKey.generate(RANDOMNESS), AgreementKey.generate(RANDOMNESS)
    one, other = (make_entry(IDENTITY, signing, agreement.public, DeviceKind.COMPANION) for _ in range(2))
    assert one.certificate == other.certificate
    verify_certificate(IDENTITY.public, one.certificate)


@pytest.mark.parametrize("kind", [0, 3])
def test_a_device_of_a_kind_that_is_none_is_malformed(kind: int) -> None:
    entry = new_entry()
    certificate = [*_fields(entry.certificate)[:3], kind, entry.certificate.signature]
    body = msgspec.msgpack.encode([IDENTITY.public, 1, bytes(32), [], [[certificate, entry.signature]]])
    with pytest.raises(ProtocolError):
        verify_device_list(SignedDeviceList(body, IDENTITY.sign(domain("device-list"), body)))


def test_a_first_list_follows_none_and_every_other_one_does() -> None:
    for version, before in ((1, b"b" * 32), (2, bytes(32))):
        with pytest.raises(ProtocolError) as refused:
            verify_device_list(signed((new_entry(),), version, before=before))
        assert refused.value.code is ErrorCode.MALFORMED


def test_an_account_twice_or_nine_of_them_are_refused() -> None:
    many = tuple(ListedAccount(bytes([number]) * 32, "alice") for number in range(9))
    verify_device_list(signed((new_entry(),), accounts=many[:8]))
    for accounts in ((ALICE, ALICE), many):
        with pytest.raises(ProtocolError) as refused:
            verify_device_list(signed((new_entry(),), accounts=accounts))
        assert refused.value.code is ErrorCode.MALFORMED


def test_twelve_devices_and_eight_accounts_of_the_longest_names_will_fit_a_list() -> None:
    accounts = tuple(ListedAccount(bytes([number]) * 32, "\U00020000" * 32) for number in range(8))
    body = DeviceListBody(IDENTITY.public, 2**62, b"b" * 32, accounts, tuple(new_entry() for _ in range(12)))
    SignedDeviceList(msgspec.msgpack.encode(body), bytes(64))
    assert len(msgspec.msgpack.encode(body)) <= 4096


def test_a_list_is_good_for_the_accounts_that_it_names_and_for_no_other() -> None:
    body = verify_device_list(signed((new_entry(),), accounts=(ALICE,)))
    check_account(body, ALICE.relay, "alice")
    for relay, name in ((ALICE.relay, "carol"), (bytes(32), "alice"), (ALICE.relay, "Alice")):
        with pytest.raises(TrustError) as refused:
            check_account(body, relay, name)
        assert refused.value.code is ErrorCode.ACCOUNT_MISMATCH


def test_a_change_makes_the_list_that_follows() -> None:
    present = make_device_list(IDENTITY, 1, [new_entry()], accounts=[ALICE])
    added = new_entry()
    following = follow_up(IDENTITY, present, lambda body: msgspec.structs.replace(body, devices=(*body.devices, added)))
    body = check_next(present, following)
    assert (body.version, body.before, body.accounts) == (2, list_hash(present), (ALICE,))
    assert body.devices[-1] == added
    with pytest.raises(TrustError):
        follow_up(SigningKey.generate(RANDOMNESS), present, lambda body: body)


def test_a_newer_list_follows_and_the_same_one_follows_itself() -> None:
    old = signed((new_entry(),), 5)
    new, later = signed((new_entry(),), 6, before=list_hash(old)), signed((new_entry(),), 8)
    assert check_successor(old, new).version == 6
    assert check_successor(old, old).version == 5
    # What came in between was not seen.
    assert check_successor(old, later).version == 8


def test_the_next_version_of_another_list_is_a_rollback() -> None:
    old, stray = signed((new_entry(),), 5), signed((new_entry(),), 6)
    for check in (check_successor, check_next):
        with pytest.raises(CryptoError) as refused:
            check(old, stray)
        assert refused.value.code is ErrorCode.ROLLED_BACK


def test_whoever_keeps_the_present_list_takes_no_list_but_the_next() -> None:
    old = signed((new_entry(),), 5)
    check_next(old, signed((new_entry(),), 6, before=list_hash(old)))
    for stray in (old, signed((new_entry(),), 7, before=list_hash(old)), signed((new_entry(),), 7)):
        with pytest.raises(CryptoError) as refused:
            check_next(old, stray)
        assert refused.value.code is ErrorCode.ROLLED_BACK


def test_an_older_list_is_a_rollback() -> None:
    old, new = signed((new_entry(),), 5), signed((new_entry(),), 6)
    with pytest.raises(CryptoError) as refused:
        check_successor(new, old)
    assert refused.value.code is ErrorCode.ROLLED_BACK


def test_another_list_of_the_same_version_is_a_rollback() -> None:
    with pytest.raises(CryptoError) as refused:
        check_successor(signed((new_entry(),), 5), signed((new_entry(),), 5))
    assert refused.value.code is ErrorCode.ROLLED_BACK


def test_the_same_devices_in_other_bytes_are_another_list() -> None:
    entry = new_entry()
    one = signed((entry,), 5)
    appended = msgspec.msgpack.encode([*msgspec.msgpack.decode(one.body), "revoked"])
    other = SignedDeviceList(appended, IDENTITY.sign(domain("device-list"), appended))
    assert verify_device_list(other) == verify_device_list(one)
    with pytest.raises(CryptoError) as refused:
        check_successor(one, other)
    assert refused.value.code is ErrorCode.ROLLED_BACK


def test_the_list_of_another_person_does_not_follow() -> None:
    stranger = SigningKey.generate(RANDOMNESS)
    with pytest.raises(TrustError) as refused:
        check_successor(signed((new_entry(),), 5), signed((new_entry(stranger),), 6, stranger))
    assert refused.value.code is ErrorCode.IDENTITY_CHANGED


def test_a_hash_names_one_list_only() -> None:
    one, other = signed((new_entry(),), 5), signed((new_entry(),), 5)
    assert list_hash(one) == list_hash(one)
    assert list_hash(one) != list_hash(other)


def chain(length: int) -> list[SignedDeviceList]:
    lists = [make_device_list(IDENTITY, 1, [new_entry()])]
    while len(lists) < length:
        lists.append(follow_up(IDENTITY, lists[-1], lambda body: msgspec.structs.replace(body, devices=(new_entry(),))))
    return lists


def test_the_lists_between_two_are_found_in_their_order_among_others() -> None:
    lists, others = chain(4), chain(4)
    assert lists_after(lists[0], lists[3], [*reversed(lists), *others]) == (lists[1], lists[2], lists[3])
    assert lists_after(lists[2], lists[3], []) == (lists[3],)


def test_no_way_leads_over_a_list_that_is_not_there_nor_to_an_older_or_another_one() -> None:
    lists, others = chain(4), chain(4)
    assert lists_after(lists[0], lists[3], [lists[0], lists[2], lists[3]]) is None
    assert lists_after(lists[3], lists[1], lists) is None
    assert lists_after(lists[3], lists[3], lists) is None
    assert lists_after(others[0], lists[3], [*lists, *others]) is None


def test_a_kept_list_is_decoded_once_and_the_last_ones_stay() -> None:
    read_kept_list.cache_clear()
    entries = [new_entry() for _ in range(3)]
    lists = [encode_device_list(make_device_list(IDENTITY, 1, [entry])) for entry in entries]
    kept = [read_kept_list(each) for each in lists]
    assert [each.body.devices for each in kept] == [(entry,) for entry in entries]
    assert all(each.hash == list_hash(decode_device_list(encoded)) for each, encoded in zip(kept, lists, strict=True))
    assert read_kept_list(bytes(bytearray(lists[0]))) is kept[0]
    assert read_kept_list.cache_info().maxsize == LISTS_REMEMBERED
    with pytest.raises(ProtocolError):
        read_kept_list(b"no list")
