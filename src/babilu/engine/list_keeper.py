"""The own device list and the relay's: what changed here is applied to the list that the relay has, until it takes it.

It takes the password: call `ListKeeper.announce` in a thread that may wait.
"""

from dataclasses import dataclass

from babilu.crypto.secret import Passphrase
from babilu.engine.accounts import AccountOffice
from babilu.engine.foundation import Foundation
from babilu.engine.rebirth import heirs_of, retired, retiring_device, succeed
from babilu.identity.device_list import find_device, verify_device_list
from babilu.identity.login import Heir
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.errors import AccountError, BabiluError, DeliveryError, ErrorCode
from babilu.kernel.ids import DeviceId

ATTEMPTS = 5
"""How often a change is applied to a list that somebody else has changed meanwhile, before a pause."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the relay has to be told.

    Attributes:
        device_list: The own list, committed.
        heirs: Whose mail the own device gets.
    """

    device_list: SignedDeviceList
    heirs: tuple[Heir, ...]


class ListNews:
    """Knows whether the relay has to be told of the own device, and what follows from its answer.

    Args:
        base: The profile and the ports.
    """

    def __init__(self, base: Foundation) -> None:
        self._base = base
        self._heirs: tuple[Heir, ...] | None = None

    def due(self) -> Announcement | None:
        """Return what the relay has to be told; None where it knows."""
        retiring = self._retiring()
        if retiring is None:
            return None
        own = self._base.own
        return Announcement(own.device_list, self._heirs or (Heir(retiring, own.device),))

    def taken(self) -> None:
        """Note that the relay has taken the list."""
        with self._base.database.write() as unit:
            retired(unit)

    def refused(self, present: SignedDeviceList) -> None:
        """Apply the change to the relay's list; committed before anybody is shown the new one.

        Raises:
            AccountError: ``device_unknown``: the account is another person's by now.
            DeliveryError: ``conflict`` or ``rolled_back``: the relay's list cannot be followed.
        """
        own, retiring = self._base.own, self._retiring()
        if retiring is None:
            return
        try:
            body = verify_device_list(present)
        except BabiluError as error:
            raise DeliveryError(ErrorCode.CONFLICT, "The relay shows a device list that does not hold.") from error
        if body.identity_key != own.identity_key:
            raise AccountError(ErrorCode.DEVICE_UNKNOWN, "The account has another identity by now.")
        if find_device(body, retiring) is None and body.version < verify_device_list(own.device_list).version - 1:
            raise DeliveryError(ErrorCode.CONFLICT, "The relay shows a device list that is older than the own one.")
        with self._base.database.write() as unit:
            signed = succeed(unit, present, retiring)
        own.device_list = signed
        self._heirs = heirs_of(present, own.device, retiring)

    def _retiring(self) -> DeviceId | None:
        with self._base.database.read() as unit:
            return retiring_device(unit)


class ListKeeper:
    """Tells the relay of a device that took the place of another one.

    Args:
        base: The profile and the ports.
        office: Where account actions are done.
        passphrase: The account's password; forgotten once the relay knows the device.
    """

    def __init__(self, base: Foundation, office: AccountOffice, passphrase: Passphrase) -> None:
        self._news = ListNews(base)
        self._name = base.own.account
        self._office = office
        self._passphrase: Passphrase | None = passphrase

    def announce(self) -> None:
        """Have the relay take the own list, where it does not know the own device yet.

        Raises:
            AccountError: ``wrong_credentials``, or ``device_unknown`` where the account is another person's by now.
            BabiluError: The relay did not take it.
        """
        if self._passphrase is None:
            return
        for _ in range(ATTEMPTS):
            due = self._news.due()
            if due is None:
                self._passphrase = None
                return
            present = self._office.publish_device_list(self._name, self._passphrase, due.device_list, due.heirs)
            if present is None:
                self._news.taken()
            else:
                self._news.refused(present)
        if self._news.due() is not None:
            raise DeliveryError(ErrorCode.CONFLICT, "The account's device list is changed again and again.")
