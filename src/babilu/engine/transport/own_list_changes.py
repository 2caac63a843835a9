"""Changes of the own device list by its user: signed over the present list, taken by the relay, then gone by.

Of two full devices that change the list at once, the relay takes one list and refuses the other with the one that it
has: the change is made to that one and signed anew, so neither is lost. Without a relay the two lists are merged once
they meet (`babilu.identity.list_merging`).
"""

from collections.abc import Callable
from typing import Final

from babilu.crypto.keys import SigningKey
from babilu.crypto.secret import Passphrase
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.unmerged_lists import forget_merged, unmerged_lists
from babilu.engine.transport.account_requests import AccountClient
from babilu.identity.device_list import check_successor, follow_up
from babilu.identity.list_merging import merge_lists
from babilu.identity.shapes import DeviceListBody, SignedDeviceList
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode

ATTEMPTS: Final = 5
"""How often the relay's list may turn out to be another than the one that was changed, before it is given up."""

ListChange = Callable[[DeviceListBody], DeviceListBody]
"""Gives the accounts and devices that the next list has."""

Prepare = Callable[[SignedDeviceList], object]
"""Commits what has to be kept before anybody may see a list."""


class OwnListChanger:
    """Changes the own device list; it waits for the relay.

    Args:
        base: The profile and the ports.
        account_client: Where account actions are done, or None without a relay.
        adopt: Has the client go by a newer own list.
    """

    def __init__(
        self,
        base: ClientContext,
        account_client: AccountClient | None,
        adopt: Callable[[SignedDeviceList], None],
    ) -> None:
        self._own = base.own
        self._base = base
        self._account_client = account_client
        self._adopt = adopt

    def change(
        self, identity: SigningKey, passphrase: Passphrase, change: ListChange, prepare: Prepare = lambda _: None
    ) -> SignedDeviceList:
        """Sign a list that follows the present one, have the relay take it, and go by it.

        Args:
            identity: The identity key.
            passphrase: The account's password.
            change: What is different; it may be made to several lists, until one is taken.
            prepare: Is given each list before the relay is.

        Returns:
            The list that was taken.

        Raises:
            DeliveryError: ``conflict``: the list is changed elsewhere again and again, or the relay's is none of ours.
            BabiluError: The change cannot be made, or the relay did not take the list; nothing is different then.
        """
        if self._account_client is None:
            return self._change_alone(identity, change, prepare)
        present = self._own.device_list
        for _ in range(ATTEMPTS):
            signed = follow_up(identity, present, change)
            prepare(signed)
            other = self._publish(passphrase, signed)
            if other is None:
                self._adopt(signed)
                return signed
            present = self._taken_elsewhere(present, other)
        raise DeliveryError(ErrorCode.CONFLICT, "The device list is changed elsewhere again and again: try later.")

    def merge(self, identity: SigningKey) -> None:
        """Sign a list that has what others say which were made beside the present one, without a relay; go by it.

        Raises:
            BabiluError: They do not hold.
        """
        self._change_alone(identity, lambda before: before, lambda _: None)

    def _change_alone(self, identity: SigningKey, change: ListChange, prepare: Prepare) -> SignedDeviceList:
        """Change the list without a relay: what was changed beside it on other devices is in it, too."""
        base, present = self._base, self._own.device_list
        with base.database.read() as unit:
            beside = unmerged_lists(unit, present)
        signed = merge_lists(identity, present, beside, change, base.clock.now_ms())
        prepare(signed)
        self._adopt(signed)
        with base.database.write() as unit:
            forget_merged(unit, signed)
        return signed

    def _publish(self, passphrase: Passphrase, signed: SignedDeviceList) -> SignedDeviceList | None:
        if self._account_client is None:
            return None
        return self._account_client.publish_device_list(self._own.account, passphrase, signed, ())

    def _taken_elsewhere(self, present: SignedDeviceList, other: SignedDeviceList) -> SignedDeviceList:
        """Go by the list that another own device has published meanwhile."""
        try:
            check_successor(present, other)
        except BabiluError as error:
            raise DeliveryError(ErrorCode.CONFLICT, "The relay has a device list that is none of yours.") from error
        self._adopt(other)
        return other
