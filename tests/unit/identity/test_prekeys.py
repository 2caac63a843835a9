import msgspec
import pytest

from babilu.crypto.keys import verify
from babilu.identity.prekeys import sign_kem_prekey, verify_bundle, verify_prekey_set
from babilu.identity.shapes import EcPrekey
from babilu.kernel.errors import CryptoError, ErrorCode
from babilu.kernel.ids import domain
from tests.unit.session.devices import make_device

DEVICE = make_device("published")
ENTRY = DEVICE.as_peer().entry
OTHER = make_device("another")


def test_prekeys_that_were_made_verify() -> None:
    verify_prekey_set(ENTRY, DEVICE.prekeys())
    verify_bundle(ENTRY, make_device("published").bundle())
    verify_bundle(ENTRY, make_device("published").bundle(one_time=False))


def test_prekeys_of_another_device_are_refused() -> None:
    with pytest.raises(CryptoError) as refused:
        verify_prekey_set(ENTRY, OTHER.prekeys())
    assert refused.value.code is ErrorCode.BAD_SIGNATURE
    with pytest.raises(CryptoError):
        verify_bundle(ENTRY, OTHER.bundle(one_time=False))


def test_a_bundle_under_the_right_device_with_another_s_prekeys_is_refused() -> None:
    with pytest.raises(CryptoError) as refused:
        verify_bundle(ENTRY, msgspec.structs.replace(OTHER.bundle(one_time=False), device=ENTRY.device))
    assert refused.value.code is ErrorCode.BAD_SIGNATURE


def test_what_a_device_signs_is_its_id_the_number_and_the_key() -> None:
    bundle = DEVICE.bundle(one_time=False)
    for purpose, prekey in (("prekey-ec", bundle.signed), ("prekey-kem", bundle.kem)):
        message = DEVICE.id + prekey.id.to_bytes(8, "big") + prekey.key
        verify(ENTRY.signing_key, domain(purpose), message, prekey.signature)


def test_a_bundle_under_the_name_of_another_device_is_refused() -> None:
    with pytest.raises(CryptoError) as refused:
        verify_bundle(ENTRY, msgspec.structs.replace(DEVICE.bundle(one_time=False), device=OTHER.id))
    assert refused.value.code is ErrorCode.BAD_KEY


def test_a_signature_holds_for_its_own_id_only() -> None:
    bundle = DEVICE.bundle(one_time=False)
    for field in ("signed", "kem"):
        prekey = getattr(bundle, field)
        moved = msgspec.structs.replace(prekey, id=prekey.id + 1)
        with pytest.raises(CryptoError) as refused:
            verify_bundle(ENTRY, msgspec.structs.replace(bundle, **{field: moved}))
        assert refused.value.code is ErrorCode.BAD_SIGNATURE


def test_an_ec_prekey_is_not_signed_by_a_kem_signature() -> None:
    bundle = DEVICE.bundle(one_time=False)
    as_kem = sign_kem_prekey(DEVICE.own.signing, DEVICE.id, bundle.signed.id, bundle.signed.key)
    with pytest.raises(CryptoError) as refused:
        verify_bundle(
            ENTRY,
            msgspec.structs.replace(bundle, signed=msgspec.structs.replace(bundle.signed, signature=as_kem.signature)),
        )
    assert refused.value.code is ErrorCode.BAD_SIGNATURE


def test_a_one_time_prekey_of_small_order_is_refused() -> None:
    with pytest.raises(CryptoError) as refused:
        verify_bundle(ENTRY, msgspec.structs.replace(DEVICE.bundle(one_time=False), one_time=EcPrekey(9, bytes(32))))
    assert refused.value.code is ErrorCode.BAD_KEY


def test_an_id_twice_is_refused() -> None:
    prekeys = make_device("published").prekeys()
    for doubled in (
        msgspec.structs.replace(prekeys, one_time_ec=prekeys.one_time_ec[:1] * 2),
        msgspec.structs.replace(prekeys, one_time_kem=prekeys.one_time_kem[:1] * 2),
        msgspec.structs.replace(prekeys, last_resort=prekeys.one_time_kem[0]),
    ):
        with pytest.raises(CryptoError) as refused:
            verify_prekey_set(ENTRY, doubled)
        assert refused.value.code is ErrorCode.BAD_KEY
