import msgspec
import pytest

from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.identity.device_list import (
    check_successor,
    decode_device_list,
    encode_device_list,
    find_device,
    list_hash,
    make_device_list,
    make_entry,
    next_version,
    verify_device_list,
)
from babilu.identity.shapes import DeviceEntry, DeviceListBody, SignedDeviceList
from babilu.kernel.errors import BabiluError, CryptoError, ErrorCode, ProtocolError, TrustError
from babilu.kernel.ids import device_id, domain
from tests.unit.session.devices import CountedRandomness

RANDOMNESS = CountedRandomness("device lists")
IDENTITY = SigningKey.generate(RANDOMNESS)


def new_entry(identity: SigningKey = IDENTITY) -> DeviceEntry:
    signing, agreement = SigningKey.generate(RANDOMNESS), AgreementKey.generate(RANDOMNESS)
    return make_entry(identity.public, signing, agreement.public)


def signed(entries: tuple[DeviceEntry, ...], version: int = 1, identity: SigningKey = IDENTITY) -> SignedDeviceList:
    """Sign whatever is given, as an attacker with an identity key of their own can."""
    body = msgspec.msgpack.encode(DeviceListBody(identity.public, version, entries))
    return SignedDeviceList(body, identity.sign(domain("device-list"), body))


def test_a_list_that_was_made_verifies_and_names_its_devices() -> None:
    entries = [new_entry(), new_entry()]
    made = make_device_list(IDENTITY, 7, entries)
    body = verify_device_list(decode_device_list(encode_device_list(made)))
    assert (body.identity_key, body.version, list(body.devices)) == (IDENTITY.public, 7, entries)
    assert find_device(body, entries[1].device) == entries[1]
    assert find_device(body, bytes(16)) is None


def test_no_changed_byte_of_a_list_verifies() -> None:
    made = make_device_list(IDENTITY, 7, [new_entry()])
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
    entry = msgspec.structs.replace(new_entry(), device=bytes(16))
    with pytest.raises(CryptoError) as refused:
        verify_device_list(signed((entry,)))
    assert refused.value.code is ErrorCode.BAD_KEY


def test_a_device_with_an_agreement_key_of_small_order_is_refused() -> None:
    signing, weak = SigningKey.generate(RANDOMNESS), bytes(32)
    device = device_id(signing.public, weak)
    message = IDENTITY.public + device + signing.public + weak
    entry = DeviceEntry(device, signing.public, weak, signing.sign(domain("device-entry"), message))
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
        make_entry(IDENTITY.public, SigningKey.generate(RANDOMNESS), agreement.public),
        make_entry(IDENTITY.public, SigningKey.generate(RANDOMNESS), agreement.public),
    )
    with pytest.raises(CryptoError) as refused:
        verify_device_list(signed((one, other)))
    assert refused.value.code is ErrorCode.BAD_KEY


def test_the_identity_key_is_no_device_s_signing_key() -> None:
    entry = make_entry(IDENTITY.public, IDENTITY, AgreementKey.generate(RANDOMNESS).public)
    with pytest.raises(CryptoError):
        verify_device_list(signed((entry,)))


@pytest.mark.parametrize("count", [0, 7])
def test_a_list_without_devices_or_with_too_many_is_refused(count: int) -> None:
    with pytest.raises(ProtocolError) as refused:
        verify_device_list(signed(tuple(new_entry() for _ in range(count))))
    assert refused.value.code is ErrorCode.MALFORMED


def test_a_body_nested_without_end_is_malformed() -> None:
    body = b"\x91" * 4000
    with pytest.raises(ProtocolError) as refused:
        verify_device_list(SignedDeviceList(body, IDENTITY.sign(domain("device-list"), body)))
    assert refused.value.code is ErrorCode.MALFORMED


def test_fields_that_a_later_version_appends_do_not_break_a_signature() -> None:
    entry = new_entry()
    body = msgspec.msgpack.encode([IDENTITY.public, 9, [_fields(entry)], "later"])
    later = SignedDeviceList(body, IDENTITY.sign(domain("device-list"), body))
    assert verify_device_list(later).version == 9


def _fields(entry: DeviceEntry) -> list[bytes]:
    return [entry.device, entry.signing_key, entry.agreement_key, entry.signature]


def test_a_version_grows_with_the_clock_and_always_grows() -> None:
    assert next_version(0, 1_000) == 1_000
    assert next_version(1_000, 1_000) == 1_001
    assert next_version(5_000, 1_000) == 5_001


def test_a_newer_list_follows_and_the_same_one_follows_itself() -> None:
    old, new = signed((new_entry(),), 5), signed((new_entry(),), 6)
    assert check_successor(old, new).version == 6
    assert check_successor(old, old).version == 5


def test_an_older_list_is_a_rollback() -> None:
    old, new = signed((new_entry(),), 5), signed((new_entry(),), 6)
    with pytest.raises(CryptoError) as refused:
        check_successor(new, old)
    assert refused.value.code is ErrorCode.ROLLED_BACK


def test_another_list_of_the_same_version_is_a_rollback() -> None:
    with pytest.raises(CryptoError) as refused:
        check_successor(signed((new_entry(),), 5), signed((new_entry(),), 5))
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
