"""A verified device list as the storage keeps it."""

from babilu.identity.device_list import list_hash
from babilu.identity.shapes import DeviceListBody, SignedDeviceList
from babilu.kernel.ids import DeviceId
from babilu.relay.storage.records import ListedDevice, ListRecord


def list_record(signed: SignedDeviceList, body: DeviceListBody) -> ListRecord:
    """Build the record of a list from the list and its verified body."""
    devices = tuple(
        ListedDevice(DeviceId(entry.device), entry.signing_key, entry.agreement_key, entry.signature)
        for entry in body.devices
    )
    return ListRecord(signed, list_hash(signed), body.version, body.identity_key, devices)
