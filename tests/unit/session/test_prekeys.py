import pytest

from babilu.crypto.keys import AgreementKey, KemKey
from babilu.crypto.secret import Secret
from babilu.identity.prekeys import verify_bundle, verify_prekey_set
from babilu.kernel.errors import CryptoError
from babilu.kernel.limits import DAY_MS, PREKEYS_IN_FRAME
from babilu.session.ports import PrekeyKind
from babilu.session.prekeys import PrekeyMaker, direct_bundle, prekey_set, prekeys_due
from tests.unit.session.devices import NOW, CountedRandomness, make_device

DEVICE = make_device("maker")


def maker(first_id: int = 1) -> PrekeyMaker:
    return PrekeyMaker(DEVICE.id, DEVICE.own.signing, first_id, NOW, CountedRandomness("prekeys"))


def test_prekeys_carry_one_running_number_whatever_their_kind() -> None:
    making = maker(first_id=41)
    made = [*making.renewed(), *making.one_time(2, 2)]
    assert [prekey.id for prekey in made] == [41, 42, 43, 44, 45, 46]
    assert making.next_id == 47
    assert [prekey.kind for prekey in made] == [
        PrekeyKind.SIGNED,
        PrekeyKind.LAST_RESORT,
        PrekeyKind.ONE_TIME_EC,
        PrekeyKind.ONE_TIME_EC,
        PrekeyKind.ONE_TIME_KEM,
        PrekeyKind.ONE_TIME_KEM,
    ]


def test_private_halves_belong_to_public_ones_and_do_not_print() -> None:
    making = maker()
    for prekey in [*making.renewed(), *making.one_time(1, 1)]:
        private = Secret(prekey.private)
        ec = prekey.kind in {PrekeyKind.SIGNED, PrekeyKind.ONE_TIME_EC}
        public = AgreementKey.from_bytes(private).public if ec else KemKey.from_bytes(private).public
        assert public == prekey.public
        assert prekey.created_at == NOW
        assert repr(prekey.private) not in repr(prekey)


def test_a_full_set_verifies_and_fits_a_frame() -> None:
    making = maker()
    prekeys = prekey_set([*making.renewed(), *making.one_time(PREKEYS_IN_FRAME, 2)])
    verify_prekey_set(DEVICE.as_peer().entry, prekeys)
    assert len(prekeys.one_time_ec) == PREKEYS_IN_FRAME


def test_more_than_a_frame_holds_is_refused() -> None:
    making = maker()
    with pytest.raises(CryptoError):
        prekey_set(making.one_time(PREKEYS_IN_FRAME + 1, 0))
    with pytest.raises(CryptoError):
        prekey_set([*making.renewed(), *making.renewed()])


def test_a_bundle_that_a_device_gives_out_itself_verifies() -> None:
    making = maker()
    (signed, last_resort), (ec, kem) = making.renewed(), making.one_time(1, 1)
    verify_bundle(DEVICE.as_peer().entry, direct_bundle(DEVICE.id, signed, kem, ec))
    verify_bundle(DEVICE.as_peer().entry, direct_bundle(DEVICE.id, signed, last_resort, None))


def test_signed_prekeys_are_renewed_weekly() -> None:
    signed = maker().renewed()[0]
    assert prekeys_due(None, NOW)
    assert not prekeys_due(signed, NOW + 7 * DAY_MS - 1)
    assert prekeys_due(signed, NOW + 7 * DAY_MS)
    assert not prekeys_due(signed, NOW - 30 * DAY_MS)
