"""Registering of a device at a relay, and what a refusal means for somebody who may have the account already."""

import logging

from babilu.api import events
from babilu.api.client import RelayProfile
from babilu.crypto.keys import SigningKey
from babilu.engine.profile.own_keys import answer_for
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.event_bus import EventBus
from babilu.engine.runtime.prekey_supply import PrekeySupply
from babilu.engine.runtime.threads import follow_up
from babilu.engine.transport.account_requests import AccountClient, NewDevice, is_refusal
from babilu.engine.transport.relay_pins import save_pins
from babilu.identity.invitation import Invitation
from babilu.identity.join_link import JoinLink
from babilu.identity.shapes import ListedAccount
from babilu.kernel.errors import AccountError, BabiluError, ErrorCode, Reason
from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import PREKEYS_IN_FRAME
from babilu.store.profile_store import ProfileStore

log = logging.getLogger(__name__)


class DeviceRegistration:
    """Registers the device of a profile with an account.

    Args:
        wanted: The profile, and what its user allows.
        name: Name of the account.
        account_client: Asks the relay.
        bus: Is told that somebody new was registered.
    """

    def __init__(self, wanted: RelayProfile, name: str, account_client: AccountClient, bus: EventBus) -> None:
        self._wanted = wanted
        self._name = name
        self._account_client = account_client
        self._bus = bus

    def is_forgotten(self, base: ClientContext) -> bool:
        """Tell whether the relay does not know this device any more: the account was deleted, or the relay restored.

        The keys at hand are registered anew then, and contacts see the person they know.
        """
        own = base.own
        return not self._is_own_device(own.device, own.signing)

    def register(self, profile: ProfileStore, base: ClientContext, account: ListedAccount, *, is_new: bool) -> None:
        """Register the device with an account, or log in where the account is its user's already.

        Args:
            profile: The profile.
            base: Its device and its keys.
            account: The account, as device lists name it.
            is_new: Whether the profile was made just now: a refusal leaves nothing of it.
        """
        own, account_client = base.own, self._account_client
        if own.relay != account.relay:
            # The relay was set up anew since these keys were made: what they answer for is an account at that one.
            identity = SigningKey.from_bytes(profile.identity(self._wanted.passphrase))
            own.device_list = answer_for(profile, identity, account)
            own.relay = account.relay
        with profile.database.write() as unit:
            prekeys = PrekeySupply(base).first_set(unit, PREKEYS_IN_FRAME)
        device = NewDevice(own.device, own.signing, own.device_list, prekeys)
        token = self._token
        registered = True
        try:
            try:
                if not self._wanted.register:
                    raise AccountError(ErrorCode.NAME_TAKEN, "Nothing is to be registered.")
                account_client.register(self._name, self._wanted.passphrase, device, token)
            except AccountError as refusal:
                registered = self._log_in_instead(device, refusal)
        except BabiluError as error:
            # An answer that never came leaves it open whether the account was made: then these keys are its keys, and
            # no refusal of a later attempt says that they are not.
            if is_new and is_refusal(error):
                profile.discard()
            else:
                profile.close()
            raise
        with profile.database.write() as unit:
            save_pins(unit, account_client.pins)
            unit.profile.mark_registered()
        if registered:
            follow_up(lambda: self._bus.tell(events.Registered(self._name)))

    @property
    def _token(self) -> bytes | None:
        """The token for registering that the user has."""
        match self._wanted.invitation:
            case Invitation(token=token) | JoinLink(invitation=token):
                return token
            case None:
                return None

    def _log_in_instead(self, device: NewDevice, refusal: AccountError) -> bool:
        """Find out what a taken name, or a missing invitation, means for somebody who may have the account already.

        Returns:
            Whether the account was made by this very device, and only the answer was lost.
        """
        if refusal.code not in {ErrorCode.NAME_TAKEN, ErrorCode.INVITATION_NEEDED}:
            raise refusal
        if self._is_own_device(device.device, device.signing):
            return True
        try:
            self._account_client.check_password(self._name, self._wanted.passphrase)
        except AccountError as wrong:
            raise self._why_nobody_gets_in(refusal, wrong) from wrong
        if not self._wanted.start_over:
            raise AccountError(
                ErrorCode.DEVICE_UNKNOWN,
                "The password is right, but this device is not one of the account's. Connect with --link to make it "
                "one, beside your others. With --start-over the name gets a new identity: your contacts will be "
                "warned, and earlier messages stay where they are. If you have connected to this relay by another "
                "address before, do so again.",
            ).because(Reason.OTHER_DEVICE)
        self._account_client.reset_identity(self._name, self._wanted.passphrase, device)
        return False

    def _why_nobody_gets_in(self, refusal: AccountError, wrong: AccountError) -> AccountError:
        """Say what a refused registration and a refused login mean together: either of them alone misleads."""
        if wrong.code is not ErrorCode.WRONG_CREDENTIALS:
            return wrong
        if refusal.code is ErrorCode.NAME_TAKEN:
            text = "The password is wrong. If you are new here, the name is taken: choose another one."
            return AccountError(ErrorCode.WRONG_CREDENTIALS, text)
        if isinstance(self._wanted.invitation, JoinLink) and self._token is None:
            text = (
                "This relay takes new people by invitation, and the link into the group brings none: ask whoever gave "
                "it to you for an invitation to the relay, or for a link that brings one."
            )
        elif self._wanted.invitation is not None:
            text = "This invitation was used or has expired, and no account has this name and password."
        else:
            text = "No account has this name and password, and a new one needs an invitation here."
        return AccountError(ErrorCode.INVITATION_NEEDED, text)

    def _is_own_device(self, device: DeviceId, signing: SigningKey) -> bool:
        """Tell whether the relay knows a device as one of the account's."""
        try:
            self._account_client.check_device(self._name, device, signing)
        except AccountError as refusal:
            if refusal.code not in {ErrorCode.DEVICE_UNKNOWN, ErrorCode.WRONG_CREDENTIALS}:
                raise
            return False
        return True
