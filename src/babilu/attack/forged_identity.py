"""Forged identity: somebody made up by the operator, with real keys, so that all they sign is signed well."""

from babilu.crypto.keys import AgreementKey, KemKey, SigningKey
from babilu.identity.codec import decode_shape, encode_shape
from babilu.identity.device_list import list_hash, make_device_list, make_entry
from babilu.identity.link_codes import LinkPlace
from babilu.identity.link_messages import OldDeviceBody
from babilu.identity.linking import LINK_VERSION, NONCE_BYTES, NewDeviceLinking, OldDeviceLinking, new_device_body
from babilu.identity.prekeys import sign_ec_prekey, sign_kem_prekey
from babilu.identity.shapes import Bundle, DeviceEntry, DeviceKind, DeviceListBody, EcPrekey, SignedDeviceList
from babilu.kernel.ids import DeviceId, device_id, domain
from babilu.kernel.ports import Randomness


class ForgedIdentity:
    """An identity with one device, which can take anybody's place.

    Args:
        randomness: For its keys.
    """

    def __init__(self, randomness: Randomness) -> None:
        self._randomness = randomness
        self._identity = SigningKey.generate(randomness)
        self._signing = SigningKey.generate(randomness)
        self._agreement = AgreementKey.generate(randomness)

    @property
    def device(self) -> DeviceId:
        return device_id(self._signing.public, self._agreement.public)

    @property
    def entry(self) -> DeviceEntry:
        """Its device, signed by itself for its own identity."""
        return make_entry(self._identity, self._signing, self._agreement.public)

    def device_list(self, honest: SignedDeviceList) -> SignedDeviceList:
        """Make a list of its device, newer than somebody's and good for the same accounts."""
        body = decode_shape(honest.body, DeviceListBody)
        return make_device_list(
            self._identity, body.version + 1, [self.entry], before=list_hash(honest), accounts=body.accounts
        )

    def smuggled_into(self, honest: SignedDeviceList) -> SignedDeviceList:
        """Add its device to somebody's list: all is right with it but the signature, which is another's."""
        body = decode_shape(honest.body, DeviceListBody)
        forged = encode_shape(
            DeviceListBody(
                body.identity_key, body.version + 1, list_hash(honest), body.accounts, (*body.devices, self.entry)
            )
        )
        return SignedDeviceList(forged, self._identity.sign(domain("device-list"), forged))

    def bundle(self, device: DeviceId) -> Bundle:
        """Make prekeys for a device, whosever it is, signed by its own."""
        made = [AgreementKey.generate(self._randomness).public for _ in range(2)]
        kem = KemKey.generate(self._randomness).public
        return Bundle(
            device,
            sign_ec_prekey(self._signing, device, 1, made[0]),
            sign_kem_prekey(self._signing, device, 2, kem),
            EcPrekey(3, made[1]),
        )

    def as_new_device(self, place: LinkPlace) -> NewDeviceLinking:
        """Ask to be linked as somebody's new device."""
        bundle, full = self.bundle(self.device), DeviceKind.FULL
        shown = new_device_body(self._signing, self._agreement.public, bundle, "Laptop", full, self._randomness)
        return NewDeviceLinking(self._signing, shown, place)

    def as_old_device(self, honest: SignedDeviceList, place: LinkPlace) -> OldDeviceLinking:
        """Offer to link somebody's new device, as a full one of its own."""
        listed, nonce = self.device_list(honest), self._randomness.token(NONCE_BYTES)
        shown = OldDeviceBody(LINK_VERSION, self._identity.public, listed, self.device, DeviceKind.FULL, nonce)
        return OldDeviceLinking(shown, place)
