"""Publisher of the own device list: what the relay has lost goes out in order, and what changed there is followed.

A relay that was restored from a backup has forgotten own lists: those that are kept here follow its list one by one.
Where it has a list that is new here, what changed here is applied to that one. Where neither leads to the own list, the
relay does not know the own device, and the account is registered anew by the user's hand alone (`--start-over`).
"""

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from babilu.crypto.keys import SigningKey
from babilu.crypto.secret import Passphrase
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.joining_device import is_joining, join, joined
from babilu.engine.runtime.prekey_supply import forget_published
from babilu.engine.runtime.rollback_recovery import heirs_between, retired, retiring_device, succeed
from babilu.engine.runtime.threads import Worker
from babilu.engine.transport.account_requests import AccountClient
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import (
    decode_device_list,
    find_device,
    list_hash,
    lists_after,
    serves,
    verify_device_list,
)
from babilu.identity.login import Heir
from babilu.identity.shapes import DeviceListBody, SignedDeviceList
from babilu.kernel.errors import AccountError, BabiluError, DeliveryError, ErrorCode
from babilu.kernel.ids import DeviceId
from babilu.store.profile_store import ProfileStore

log = logging.getLogger(__name__)

ATTEMPTS = 5
"""How often the relay's list may turn out to be another than the one that was followed, before a pause."""


@dataclass(frozen=True, slots=True)
class PendingList:
    """What the relay has to be told.

    Attributes:
        device_list: An own list, committed.
        heirs: Who gets the mail of devices that leave by it.
    """

    device_list: SignedDeviceList
    heirs: tuple[Heir, ...]


class ListPublication:
    """Knows whether the relay has to be told of own lists, and what follows from its answers.

    Args:
        base: The profile and the ports.
        removed: Is shown a list that may have removed this device.

    Attributes:
        doubtful: Whether the relay may lack the own list although it was told: it did not let the own device in.
    """

    def __init__(self, base: ClientContext, removed: Callable[[SignedDeviceList], None] = lambda _: None) -> None:
        self._base = base
        self._removed = removed
        self._missing: deque[PendingList] = deque()
        self.doubtful = False

    @property
    def own_list(self) -> SignedDeviceList:
        """The own list that is gone by here."""
        return self._base.own.device_list

    def due(self) -> PendingList | None:
        """Return what the relay has to be told; None where it knows."""
        if self._missing:
            return self._missing[0]
        retiring, own = self._retiring(), self._base.own
        if retiring is not None:
            return PendingList(own.device_list, self._heirs_by_own_list() or (Heir(retiring, own.device),))
        return PendingList(own.device_list, ()) if self.doubtful or self._joining() else None

    def taken(self, announced: PendingList) -> None:
        """Note that the relay has taken a list."""
        if self._missing and self._missing[0] == announced:
            self._missing.popleft()
        if announced.device_list != self._base.own.device_list:
            return
        self.doubtful = False
        with self._base.database.write() as unit:
            retired(unit)
            joined(unit)
            # A device that is new to the relay has no prekeys there, whatever another one of the relay's lives had.
            forget_published(unit)

    def refused(self, present: SignedDeviceList, open_identity: Callable[[], SigningKey]) -> None:
        """Find out what leads from the relay's list to the own one; committed before anybody is shown a new one.

        Args:
            present: The relay's list.
            open_identity: Opens the identity key, where a list has to be signed.

        Raises:
            AccountError: ``device_unknown``: the account is another person's by now, or nothing leads there.
            DeliveryError: ``conflict``: the relay's list does not hold.
        """
        own, retiring = self._base.own, self._retiring()
        self._missing.clear()
        try:
            body = verify_device_list(present)
        except BabiluError as error:
            raise DeliveryError(ErrorCode.CONFLICT, "The relay shows a device list that is not valid.") from error
        if body.identity_key != own.identity_key:
            raise AccountError(ErrorCode.DEVICE_UNKNOWN, "The account has another identity by now.")
        if self._leads_on_from(present):
            return
        version = verify_device_list(own.device_list).version
        if self._joining() and body.version >= version - 1:
            identity = open_identity()
            with self._base.database.write() as unit:
                signed = join(unit, present, identity)
            own.device_list = signed
            return
        if retiring is None and not self._joining():
            # Another own device may have made it, and taken this one off.
            self._removed(present)
        if retiring is None or (find_device(body, retiring) is None and body.version < version - 1):
            text = "The relay has a device list from which none that is kept here leads to the own one."
            raise AccountError(ErrorCode.DEVICE_UNKNOWN, text)
        identity = open_identity()
        with self._base.database.write() as unit:
            signed = succeed(unit, present, retiring, identity)
        own.device_list = signed

    def lost_by(self, present: SignedDeviceList) -> bool:
        """Tell whether a relay that knows the own device shows a list from which kept ones lead to the own one."""
        self._missing.clear()
        return present != self._base.own.device_list and self._leads_on_from(present)

    def _heirs_by_own_list(self) -> tuple[Heir, ...]:
        """Say whose mail goes to whom by the own list; empty where the one before it is not kept.

        A relay takes the own list after that one alone. Whom the profile knows as retiring may have left by an earlier
        one: of two rollbacks in a row the second may have lost that the relay knew of the first.
        """
        body = decode_shape(self._base.own.device_list.body, DeviceListBody)
        with self._base.database.read() as unit:
            kept = [decode_device_list(each) for each in unit.profile.kept_lists()]
        for before in kept:
            if list_hash(before) == body.before:
                return heirs_between(decode_shape(before.body, DeviceListBody), body)
        return ()

    def _leads_on_from(self, present: SignedDeviceList) -> bool:
        """Note the kept lists that follow the relay's, if they do so without a gap and are all good for the account."""
        own = self._base.own
        with self._base.database.read() as unit:
            kept = [decode_device_list(each) for each in unit.profile.kept_lists()]
        missing = lists_after(present, own.device_list, kept)
        if missing is None:
            return False
        before = decode_shape(present.body, DeviceListBody)
        for signed in missing:
            body = decode_shape(signed.body, DeviceListBody)
            if not serves(body, own.relay, own.account):
                self._missing.clear()
                return False
            self._missing.append(PendingList(signed, heirs_between(before, body)))
            before = body
        return True

    def _joining(self) -> bool:
        with self._base.database.read() as unit:
            return is_joining(unit)

    def _retiring(self) -> DeviceId | None:
        with self._base.database.read() as unit:
            return retiring_device(unit)


class DeviceListPublisher:
    """Tells the relay of own lists that it does not have; it takes the password, and so a thread that may wait.

    Args:
        base: The profile and the ports.
        account_client: Where account actions are done.
        profile: The files of the profile.
        passphrase: The account's password; forgotten once the relay knows the device, or has refused what it proves.
        work: The thread that waits.
        removed: Is shown a list that may have removed this device.
    """

    def __init__(
        self,
        base: ClientContext,
        account_client: AccountClient,
        profile: ProfileStore,
        passphrase: Passphrase,
        work: Worker,
        removed: Callable[[SignedDeviceList], None] = lambda _: None,
    ) -> None:
        self._news = ListPublication(base, removed)
        self._profile = profile
        self._name = base.own.account
        self._account_client = account_client
        self._passphrase: Passphrase | None = passphrase
        self._work = work

    def announce(self) -> "Future[None]":
        """Have the relay take the own list, where it was not told of the own device yet.

        Raises:
            AccountError: ``wrong_credentials``, or ``device_unknown`` where the account is another person's by now, or
                nothing leads from the relay's list to the own one.
            BabiluError: The relay did not take it.
        """
        return self._work.ask(self._announce)

    def catch_up(self) -> "Future[bool]":
        """Have a relay that does not know the own device take the own lists that it has lost.

        Returns:
            Whether it has them now; if not, it is as it was: the device is unknown.

        Raises:
            BabiluError: The relay did not take them, for a reason that may pass.
        """
        return self._work.ask(self._catch_up)

    def compare(self, present: SignedDeviceList) -> "Future[bool]":
        """Have a relay that knows the own device take own lists that it has lost, such as one without a stolen device.

        Returns:
            Whether it has the own list now; not where that takes the password, which is asked for at the next start.
        """
        return self._work.ask(lambda: self._compare(present))

    def shown(self) -> SignedDeviceList:
        """Return the own list that is gone by here."""
        return self._news.own_list

    def known(self) -> None:
        """Forget the password: the relay has let the own device in."""
        self._passphrase = None

    def _announce(self) -> None:
        if self._passphrase is not None:
            self._tell(self._passphrase)

    def _catch_up(self) -> bool:
        if self._passphrase is None:
            return False
        self._news.doubtful = True
        try:
            self._tell(self._passphrase)
        except AccountError as refusal:
            # To try again would change nothing, and count as a guess at the password.
            self._passphrase = None
            log.warning("the relay does not know this device, and takes no list that names it: %s", refusal.code.value)
            return False
        finally:
            self._news.doubtful = False
        return True

    def _compare(self, present: SignedDeviceList) -> bool:
        if not self._news.lost_by(present):
            return True
        if self._passphrase is None:
            return False
        try:
            self._tell(self._passphrase)
        except BabiluError as refusal:
            log.warning("the relay has an older list of the own devices, and took no other: %s", refusal.code.value)
            return False
        return True

    def _tell(self, passphrase: Passphrase) -> None:
        refusals = 0
        while (due := self._news.due()) is not None:
            present = self._account_client.publish_device_list(self._name, passphrase, due.device_list, due.heirs)
            if present is None:
                self._news.taken(due)
            elif refusals == ATTEMPTS:
                raise DeliveryError(ErrorCode.CONFLICT, "The account's device list is changed again and again.")
            else:
                refusals += 1
                self._news.refused(present, lambda: SigningKey.from_bytes(self._profile.identity(passphrase)))
