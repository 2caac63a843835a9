"""Rows of devices: a device and its mailbox come and go together, whichever way the list of its account changes."""

import sqlite3
from collections.abc import Iterable

from babilu.kernel.ids import DeviceId
from babilu.relay.storage.account_columns import DEVICE_COLUMNS, device_from
from babilu.relay.storage.records import Heirs, ListedDevice, ListRecord
from babilu.relay.storage.sqlite.mail import MailTable


class DeviceTable:
    """The devices of accounts, in the order of their lists."""

    def __init__(self, connection: sqlite3.Connection, mail: MailTable) -> None:
        self._connection = connection
        self._mail = mail

    def of(self, account: int) -> tuple[ListedDevice, ...]:
        rows = self._connection.execute(
            f"SELECT {DEVICE_COLUMNS} FROM device WHERE account = ? ORDER BY place", (account,)
        )
        return tuple(map(device_from, rows))

    def belong_elsewhere(self, account: int, device_list: ListRecord) -> bool:
        """Tell whether a device of the list is one of another account."""
        return any(
            self._connection.execute(
                "SELECT 1 FROM device WHERE device = ? AND account != ?", (listed.device, account)
            ).fetchone()
            for listed in device_list.devices
        )

    def replace(self, account: int, device_list: ListRecord, heirs: Heirs = ()) -> tuple[DeviceId, ...]:
        """Make an account's devices those of the list, hand mail on to heirs, and return the devices it lost."""
        kept = {listed.device for listed in device_list.devices}
        lost = tuple(listed.device for listed in self.of(account) if listed.device not in kept)
        for place, listed in enumerate(device_list.devices):
            self._connection.execute(
                "INSERT INTO device (device, account, place, signing_key, agreement_key, signature)"
                " VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (device) DO UPDATE SET place = excluded.place, signature = excluded.signature",
                (listed.device, account, place, listed.signing_key, listed.agreement_key, listed.signature),
            )
            # What is known of a mailbox includes its account's list version.
            self._mail.forget_mailbox(listed.device)
        for former, heir in heirs:
            self._mail.hand_on(former, heir)
        self.delete(lost)
        return lost

    def delete(self, devices: Iterable[DeviceId]) -> None:
        """Delete devices with their prekeys and mail."""
        for device in devices:
            self._mail.delete_mailbox(device)
            self._connection.execute("DELETE FROM device WHERE device = ?", (device,))
