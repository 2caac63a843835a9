"""Device lists of accounts: changed by the account's password alone, and only into one that follows the present one.

Whoever stole a device can publish nothing. Whoever changes an older list is shown the present one and tries again.
"""

import logging
from collections.abc import Sequence
from typing import Final

from babilu.identity.codec import decode_shape
from babilu.identity.device_list import check_next, list_hash
from babilu.identity.login import Heir, PublishDeviceListBody
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.errors import CryptoError, DeliveryError, ErrorCode, LinkError, ProtocolError, TrustError
from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import Limits
from babilu.relay.base.throttle import Throttle
from babilu.relay.bus.port import DevicesRemoved, ListChanged, in_doubt
from babilu.relay.services.accounts import Accounts, Entrance
from babilu.relay.services.device_lists import check_names_account, list_record
from babilu.relay.storage.records import Account, ListRecord, Refused
from babilu.relay.transport.connection import Connection
from babilu.wire.client_frames import PublishDeviceList
from babilu.wire.relay_frames import DeviceListConflict, Ok

log = logging.getLogger(__name__)

_FOLLOWS_ANOTHER: Final = frozenset({ErrorCode.ROLLED_BACK, ErrorCode.IDENTITY_CHANGED})


class DeviceListService:
    """Replaces device lists.

    Args:
        entrance: What the accounts of a relay work with.
        accounts: Checks passwords.
    """

    def __init__(self, entrance: Entrance, accounts: Accounts) -> None:
        limits = entrance.limits
        self._entrance = entrance
        self._accounts = accounts
        self._publications: Throttle[int] = Throttle(limits.publications, limits.publication_ms, entrance.clock)

    def reconfigure(self, limits: Limits) -> None:
        """Apply new limits."""
        self._publications.reconfigure(limits.publications, limits.publication_ms)

    async def publish(self, connection: Connection, frame: PublishDeviceList) -> Ok | DeviceListConflict | None:
        """Replace the list by its successor; devices that it no longer lists are disconnected."""
        transcript = self._entrance.challenge.transcript(connection, frame.body)
        body = decode_shape(frame.body, PublishDeviceListBody)
        account = await self._accounts.own_account(connection, body.name, transcript, frame.login_signature)
        wait = self._publications.take(account.account)
        if wait:
            raise LinkError(ErrorCode.RATE_LIMITED, "Too many device lists were published.", wait)
        present = account.device_list
        if list_hash(body.device_list) == present.hash:
            return Ok(frame.request)
        try:
            fresh = self._successor(account, body.device_list)
        except (CryptoError, TrustError) as error:
            if error.code in _FOLLOWS_ANOTHER:
                return DeviceListConflict(frame.request, present.signed)
            raise
        _check_heirs(body.heirs, present, fresh)
        heirs = [(DeviceId(each.former), DeviceId(each.heir)) for each in body.heirs]
        with in_doubt(self._entrance.bus, account.name):
            outcome = await self._entrance.storage.directory.replace_list(account.account, present.hash, fresh, heirs)
        if isinstance(outcome, Refused):
            return await self._refusal(frame.request, account)
        connection.send(Ok(frame.request))
        self._entrance.bus.publish(ListChanged(account.name))
        self._entrance.bus.publish(DevicesRemoved(outcome.devices, account.name, fresh.signed))
        return None

    def _successor(self, account: Account, signed: SignedDeviceList) -> ListRecord:
        body = check_next(account.device_list.signed, signed)
        check_names_account(body, self._entrance.key.public, account.name)
        return list_record(signed, body)

    async def _refusal(self, request: int, account: Account) -> DeviceListConflict:
        """Tell the list that was there first.

        Raises:
            DeliveryError: ``conflict``: nothing was there first, and the list names a device of another account.
        """
        now = (await self._entrance.storage.directory.lists([account.name])).get(account.name)
        if now is None or now.hash == account.device_list.hash:
            raise DeliveryError(ErrorCode.CONFLICT, "The device list names a device of another account.")
        return DeviceListConflict(request, now.signed)


def _check_heirs(heirs: Sequence[Heir], present: ListRecord, fresh: ListRecord) -> None:
    """Refuse an heir that is not new, and one of a device that stays.

    Raises:
        ProtocolError: ``malformed``.
    """
    before = {device.device for device in present.devices}
    after = {device.device for device in fresh.devices}
    left, came = before - after, after - before
    formers, successors = [each.former for each in heirs], [each.heir for each in heirs]
    if not (left.issuperset(formers) and came.issuperset(successors)) or len(set(formers)) < len(heirs):
        raise ProtocolError(ErrorCode.MALFORMED, "Only a new device gets the mail of one that leaves the list.")
