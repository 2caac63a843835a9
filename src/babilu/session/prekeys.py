"""Prekeys of a device: made here, published by their public halves, found by the ids in a handshake's header.

One counter numbers the prekeys of all kinds of a device, and no number is used twice.
"""

from collections.abc import Sequence

from babilu.crypto.keys import AgreementKey, KemKey, SigningKey
from babilu.identity.prekeys import sign_ec_prekey, sign_kem_prekey
from babilu.identity.shapes import Bundle, EcPrekey, PrekeySet, SignedEcPrekey, SignedKemPrekey
from babilu.kernel.errors import CryptoError, ErrorCode
from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import PREKEYS_IN_FRAME, SIGNED_PREKEY_RENEWAL_MS
from babilu.kernel.ports import Randomness
from babilu.session.ports import PrekeyKind, PrivatePrekey


class PrekeyMaker:
    """Makes the prekeys of one device.

    Args:
        device: The device.
        signing: Its signing key.
        first_id: The first number that was never used.
        now: Unix milliseconds.
        randomness: For the keys.
    """

    def __init__(self, device: DeviceId, signing: SigningKey, first_id: int, now: int, randomness: Randomness) -> None:
        self._device = device
        self._signing = signing
        self._next = first_id
        self._now = now
        self._randomness = randomness

    @property
    def next_id(self) -> int:
        """The number to begin with the next time; to be kept in the transaction that keeps the prekeys."""
        return self._next

    def renewed(self) -> list[PrivatePrekey]:
        """Make a signed prekey and a last-resort KEM prekey."""
        return [self._ec(PrekeyKind.SIGNED), self._kem(PrekeyKind.LAST_RESORT)]

    def one_time(self, ec: int, kem: int) -> list[PrivatePrekey]:
        """Make so many one-time prekeys of each kind."""
        return [
            *(self._ec(PrekeyKind.ONE_TIME_EC) for _ in range(ec)),
            *(self._kem(PrekeyKind.ONE_TIME_KEM) for _ in range(kem)),
        ]

    def _ec(self, kind: PrekeyKind) -> PrivatePrekey:
        number = self._take_id()
        key = AgreementKey.generate(self._randomness)
        signature = b""
        if kind is PrekeyKind.SIGNED:
            signature = sign_ec_prekey(self._signing, self._device, number, key.public).signature
        return PrivatePrekey(kind, number, key.private_bytes().reveal(), key.public, signature, self._now)

    def _kem(self, kind: PrekeyKind) -> PrivatePrekey:
        number = self._take_id()
        key = KemKey.generate(self._randomness)
        signature = sign_kem_prekey(self._signing, self._device, number, key.public).signature
        return PrivatePrekey(kind, number, key.private_bytes().reveal(), key.public, signature, self._now)

    def _take_id(self) -> int:
        number = self._next
        self._next += 1
        return number


def prekeys_due(newest_signed: PrivatePrekey | None, now: int) -> bool:
    """Tell whether the signed prekey and the last-resort KEM prekey are to be renewed.

    Args:
        newest_signed: The newest signed prekey, or None where there is none.
        now: Unix milliseconds; a clock that went back does not renew.
    """
    return newest_signed is None or now - newest_signed.created_at >= SIGNED_PREKEY_RENEWAL_MS


def prekey_set(prekeys: Sequence[PrivatePrekey]) -> PrekeySet:
    """Put the public halves together for publication: at most one of each renewed kind, 50 of each one-time kind.

    Raises:
        CryptoError: ``bad_key`` where there are more.
    """
    signed = [signed_half(prekey) for prekey in prekeys if prekey.kind is PrekeyKind.SIGNED]
    last_resort = [kem_half(prekey) for prekey in prekeys if prekey.kind is PrekeyKind.LAST_RESORT]
    ec = [EcPrekey(prekey.id, prekey.public) for prekey in prekeys if prekey.kind is PrekeyKind.ONE_TIME_EC]
    kem = [kem_half(prekey) for prekey in prekeys if prekey.kind is PrekeyKind.ONE_TIME_KEM]
    if len(signed) > 1 or len(last_resort) > 1 or len(ec) > PREKEYS_IN_FRAME or len(kem) > PREKEYS_IN_FRAME:
        raise CryptoError(ErrorCode.BAD_KEY, "Too many prekeys at once.")
    return PrekeySet(next(iter(signed), None), next(iter(last_resort), None), tuple(ec), tuple(kem))


def direct_bundle(
    device: DeviceId, signed: PrivatePrekey, kem: PrivatePrekey, one_time: PrivatePrekey | None
) -> Bundle:
    """Make the bundle that a device gives out itself, in the hello of a direct conversation."""
    ec = None if one_time is None else EcPrekey(one_time.id, one_time.public)
    return Bundle(device, signed_half(signed), kem_half(kem), ec)


def signed_half(prekey: PrivatePrekey) -> SignedEcPrekey:
    """Return the public half of a signed prekey."""
    return SignedEcPrekey(prekey.id, prekey.public, prekey.signature)


def kem_half(prekey: PrivatePrekey) -> SignedKemPrekey:
    """Return the public half of a KEM prekey."""
    return SignedKemPrekey(prekey.id, prekey.public, prekey.signature)
