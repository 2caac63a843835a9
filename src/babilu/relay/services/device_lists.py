"""Device lists as the storage keeps them: verified, and fit for the account that they are kept for."""

from babilu.identity.device_list import check_account, list_hash
from babilu.identity.shapes import DeviceListBody, SignedDeviceList
from babilu.kernel.errors import ErrorCode, ProtocolError, TrustError
from babilu.kernel.ids import DeviceId
from babilu.relay.storage.records import ListedDevice, ListRecord


def list_record(signed: SignedDeviceList, body: DeviceListBody) -> ListRecord:
    """Build the record of a list from the list and its verified body."""
    devices = tuple(
        ListedDevice(DeviceId(entry.device), entry.signing_key, entry.agreement_key, entry.signature)
        for entry in body.devices
    )
    return ListRecord(signed, list_hash(signed), body.version, body.identity_key, devices)


def check_names_account(body: DeviceListBody, relay: bytes, name: str) -> None:
    """Refuse a list that does not name the account it is to be kept for: no client would believe it.

    Raises:
        ProtocolError: ``not_allowed``.
    """
    try:
        check_account(body, relay, name)
    except TrustError as error:
        raise ProtocolError(
            ErrorCode.NOT_ALLOWED, "The device list does not name this account at this relay."
        ) from error
