"""Accounts: made and entered by signatures over this very connection; the relay never sees a password.

On a relay by invitation, a stranger learns nothing about names: unknown and known ones are answered alike, at the same
cost.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from babilu.crypto.keys import SigningKey
from babilu.crypto.password import LoginCost
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import find_device, verify_device_list
from babilu.identity.login import (
    ChangePasswordBody,
    DeleteAccountBody,
    FetchOwnListBody,
    LoginBody,
    LoginDeviceBody,
    RegisterBody,
    ResetIdentityBody,
    Signer,
)
from babilu.identity.names import normalise_name, skeleton
from babilu.identity.prekeys import verify_prekey_set
from babilu.identity.shapes import PrekeySet, SignedDeviceList
from babilu.kernel.errors import AccountError, DeliveryError, ErrorCode, LinkError, ProtocolError
from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import DAY_MS, Limits
from babilu.kernel.ports import Clock, Randomness
from babilu.relay.base.keys import RelayKey
from babilu.relay.base.states import AccountAuthenticated, Connected, DeviceAuthenticated, OfDevice, Transferring
from babilu.relay.base.throttle import Throttle
from babilu.relay.bus.port import AccountClosed, Bus, DevicesRemoved, ListChanged, in_doubt
from babilu.relay.services.challenge import LoginChallenge, check_login_key, check_signature, is_signed
from babilu.relay.services.device_lists import check_names_account, list_record
from babilu.relay.services.invitations import Invitations
from babilu.relay.services.sessions import SessionRegistry
from babilu.relay.services.shared_throttle import Counted, SharedThrottle
from babilu.relay.storage.nodes import Rate
from babilu.relay.storage.port import Storage
from babilu.relay.storage.records import Account, ListRecord, LoginKey, NewAccount, Refused
from babilu.relay.transport.connection import Connection
from babilu.wire.client_frames import (
    ChangePasswordFrame,
    DeleteAccountFrame,
    FetchOwnList,
    GetSalt,
    Login,
    LoginDevice,
    LoginTransfer,
    Register,
    ResetIdentity,
)
from babilu.wire.frame_base import Bye
from babilu.wire.relay_frames import DeviceListIs, LoggedIn, Ok, Salt

log = logging.getLogger(__name__)

KNOWN_AFTER_MS: Final = DAY_MS
"""Age of an account whose devices come in where all seats are taken by younger ones."""

_REFUSALS: Final = {
    ErrorCode.INVITATION_NEEDED: "This relay takes new accounts by invitation: a valid one is needed.",
    ErrorCode.SERVER_FULL: "This relay takes no new accounts: it has as many as it may have.",
    ErrorCode.NAME_TAKEN: "This name, or one that looks like it, is taken.",
    ErrorCode.CONFLICT: "This device belongs to another account.",
    ErrorCode.NOT_FOUND: "This account is not there any more.",
    ErrorCode.ACCOUNT_DISABLED: "The relay's operator has disabled this account.",
}


@dataclass(frozen=True, slots=True)
class Entrance:
    """What the accounts of a relay work with.

    Attributes:
        storage: Where they are kept.
        bus: Tells of changed device lists and closed accounts.
        sessions: Who is connected.
        challenge: Checks what is signed.
        invitations: Judges who may make an account.
        key: The relay's secret.
        limits: How often.
        next_pin: Tells the SHA-256 of the certificate that comes after the one that was shown, or None.
        clock: The time.
        randomness: For a key that belongs to nobody.
    """

    storage: Storage
    bus: Bus
    sessions: SessionRegistry
    challenge: LoginChallenge
    invitations: Invitations
    key: RelayKey
    limits: Limits
    next_pin: Callable[[bytes], bytes | None]
    clock: Clock
    randomness: Randomness


class Accounts:
    """Handles everything about accounts and logins."""

    def __init__(self, entrance: Entrance) -> None:
        limits, clock = entrance.limits, entrance.clock
        self._storage = entrance.storage
        self._bus = entrance.bus
        self._sessions = entrance.sessions
        self._challenge = entrance.challenge
        self._key = entrance.key
        self._invitations = entrance.invitations
        self._next_pin = entrance.next_pin
        self._clock = clock
        self._also: tuple[str, ...] = ()
        self._spread_ms: Callable[[], int] = lambda: 0
        # Of names, known or not, and of devices.
        self._failures: Throttle[str | DeviceId] = Throttle(limits.failed_logins, limits.failed_login_ms, clock)
        self._failures_of_address: Throttle[str] = Throttle(limits.failed_logins, limits.failed_login_ms, clock)
        self._registrations: Throttle[str] = Throttle(limits.registrations, limits.registration_ms, clock)
        nodes = entrance.storage.nodes
        self._at_all_nodes = SharedThrottle(entrance.key, None if nodes is None else nodes.throttles)
        self.reconfigure(limits)
        # Checked for unknown names, so that they take as long as known ones.
        self._nobodys_key = SigningKey.generate(entrance.randomness).public

    def reconfigure(self, limits: Limits) -> None:
        """Apply new limits."""
        self._failures.reconfigure(limits.failed_logins, limits.failed_login_ms)
        self._failures_of_address.reconfigure(limits.failed_logins, limits.failed_login_ms)
        self._registrations.reconfigure(limits.registrations, limits.registration_ms)
        self._login_rate = Rate(limits.failed_logins, limits.failed_login_ms)
        self._registration_rate = Rate(limits.registrations, limits.registration_ms)

    def tell_addresses(self, also: tuple[str, ...]) -> None:
        """Tell whoever logs in from now on the relay's other addresses, ``host:port``."""
        self._also = also

    def tell_spread(self, spread_ms: Callable[[], int]) -> None:
        """Tell whoever logs in from now on the time over which clients come back that get no farewell."""
        self._spread_ms = spread_ms

    async def salt(self, connection: Connection, frame: GetSalt) -> Salt:
        """Tell with what a login key is derived; for an unknown name, with what it would be."""
        del connection
        name = normalise_name(frame.name)
        invented = self._key.invented_salt(name)
        known = await self._storage.accounts.login_key(name)
        login = known or LoginKey(invented, LoginCost(), b"")
        return Salt(frame.request, login.salt, login.cost.memory_kib, login.cost.passes, login.cost.lanes)

    async def login(self, connection: Connection, frame: Login) -> LoggedIn:
        """Let an account in by its password."""
        transcript = self._challenge.transcript(connection, frame.body)
        name = normalise_name(decode_shape(frame.body, LoginBody).name)
        since = self._sessions.closings
        known = await self._by_password(connection, name, transcript, frame.signature)
        _check_enabled(known)
        self._sessions.join(connection, AccountAuthenticated(known.account, known.name), known.created_at, since=since)
        return LoggedIn(
            frame.request,
            known.owner,
            known.device_list.signed,
            0,
            0,
            self._next_pin(connection.pending_peer.certificate),
            self._storage.epoch,
            self._also,
            self._spread_ms(),
        )

    async def login_device(self, connection: Connection, frame: LoginDevice) -> LoggedIn:
        """Let a listed device in; guesses of strangers at the account's password do not lock it out."""
        since = self._sessions.closings
        account, device = await self._by_device(connection, frame.body, frame.signature)
        return await self._enter(connection, frame.request, account, device, since)

    async def login_transfer(self, connection: Connection, frame: LoginTransfer) -> Ok:
        """Let a listed device in on a second connection, for files."""
        since = self._sessions.closings
        account, device = await self._by_device(connection, frame.body, frame.signature)
        state = Transferring(account.account, account.name, device, account.created_at)
        self._sessions.join_transfer(connection, state, since)
        return Ok(frame.request)

    async def _by_device(self, connection: Connection, signed: bytes, signature: bytes) -> tuple[Account, DeviceId]:
        """Return the account of a listed device that has signed, and the device."""
        transcript = self._challenge.transcript(connection, signed)
        body = decode_shape(signed, LoginDeviceBody)
        device = DeviceId(body.device)
        account = await self._storage.accounts.find_listing(normalise_name(body.name), device)
        listed = () if account is None else account.device_list.devices
        signing_key = next((entry.signing_key for entry in listed if entry.device == device), None)
        if account is None or signing_key is None:
            raise _unlisted()
        check_signature(signing_key, Signer.DEVICE, transcript, signature)
        _check_enabled(account)
        return account, device

    async def fetch_own_list(self, connection: Connection, frame: FetchOwnList) -> DeviceListIs:
        """Show a device that was removed the list by which it was; it proves by an older one that it was listed.

        Whoever knows no list of the present identity, or none of its devices' keys, hears what a stranger hears.
        """
        transcript = self._challenge.transcript(connection, frame.body)
        body = decode_shape(frame.body, FetchOwnListBody)
        former = verify_device_list(body.device_list)
        entry = find_device(former, body.device)
        if entry is None:
            raise _unlisted()
        check_signature(entry.signing_key, Signer.DEVICE, transcript, frame.signature)
        name = normalise_name(body.name)
        account = await self._storage.accounts.find(name)
        if account is None:
            raise _unlisted()
        present = account.device_list
        if present.identity_key != former.identity_key or present.version <= former.version:
            raise _unlisted()
        return DeviceListIs(frame.request, name, present.signed)

    async def register(self, connection: Connection, frame: Register) -> LoggedIn:
        """Make an account with its first device."""
        transcript = self._challenge.transcript(connection, frame.body)
        body = decode_shape(frame.body, RegisterBody)
        name = normalise_name(body.name)
        if name != body.name:
            raise AccountError(ErrorCode.NAME_REFUSED, "The name is not in its normalised form.")
        await self._take_registration(connection)
        check_login_key(body.login_key)
        check_signature(body.login_key, Signer.LOGIN_KEY, transcript, frame.login_signature)
        listed, device = self._first_device(name, body.device_list, body.prekeys, transcript, frame.device_signature)
        new = NewAccount(
            name,
            skeleton(name),
            LoginKey(body.salt, body.cost, body.login_key),
            listed,
            device,
            body.prekeys,
            self._clock.now_ms(),
        )
        since = self._sessions.closings
        with self._sessions.seat():
            outcome = await self._storage.accounts.register(new, self._invitations.admission(body.invitation))
            if isinstance(outcome, Refused):
                raise AccountError(outcome.code, _REFUSALS[outcome.code])
            if outcome.owner:
                await self._invitations.refresh_owner()
        log.info("account %s was made", self._log_id(name))
        account = Account(outcome.account, name, outcome.owner, new.login, listed, new.created_at)
        return await self._enter(connection, frame.request, account, device, since)

    async def reset_identity(self, connection: Connection, frame: ResetIdentity) -> LoggedIn:
        """Start an account over with a new identity; its old devices, their prekeys and their mail are gone."""
        transcript = self._challenge.transcript(connection, frame.body)
        body = decode_shape(frame.body, ResetIdentityBody)
        since = self._sessions.closings
        account = await self.own_account(connection, body.name, transcript, frame.login_signature)
        _check_enabled(account)
        name = account.name
        listed, device = self._first_device(name, body.device_list, body.prekeys, transcript, frame.device_signature)
        with self._sessions.seat(account.account), in_doubt(self._bus, name):
            removed = await self._storage.accounts.reset_identity(account.account, listed, device, body.prekeys)
        if isinstance(removed, Refused):
            raise AccountError(removed.code, _REFUSALS[removed.code])
        self._bus.publish(DevicesRemoved(tuple(each for each in removed.devices if each != device)))
        self._bus.publish(ListChanged(name))
        log.info("account %s started over with a new identity", self._log_id(name))
        fresh = Account(account.account, name, account.owner, account.login, listed, account.created_at)
        return await self._enter(connection, frame.request, fresh, device, since)

    async def change_password(self, connection: Connection, frame: ChangePasswordFrame) -> Ok:
        """Replace the login key."""
        transcript = self._challenge.transcript(connection, frame.body)
        body = decode_shape(frame.body, ChangePasswordBody)
        account = await self.own_account(connection, body.name, transcript, frame.login_signature)
        check_login_key(body.login_key)
        check_signature(body.login_key, Signer.NEW_LOGIN_KEY, transcript, frame.new_login_signature)
        login = LoginKey(body.salt, body.cost, body.login_key)
        if not await self._storage.accounts.change_login(account.account, account.login.public, login):
            raise DeliveryError(ErrorCode.CONFLICT, "The password was changed elsewhere meanwhile.")
        return Ok(frame.request)

    async def delete_account(self, connection: Connection, frame: DeleteAccountFrame) -> None:
        """Delete an account with everything that belongs to it."""
        transcript = self._challenge.transcript(connection, frame.body)
        body = decode_shape(frame.body, DeleteAccountBody)
        account = await self.own_account(connection, body.name, transcript, frame.login_signature)
        with in_doubt(self._bus, account.name):
            await self._storage.accounts.delete(account.account)
            await self._invitations.refresh_owner()
        log.info("account %s was deleted", self._log_id(account.name))
        connection.send(Ok(frame.request))
        connection.close(Bye("done"))
        self._bus.publish(AccountClosed(account.account, ErrorCode.DEVICE_UNKNOWN))

    async def _enter(
        self, connection: Connection, request: int, account: Account, device: DeviceId, since: int
    ) -> LoggedIn:
        """Let a device in of whom the storage has said, not before ``since`` closings, that it may come."""
        known = self._clock.now_ms() - account.created_at >= KNOWN_AFTER_MS
        state = DeviceAuthenticated(account.account, account.name, device)
        self._sessions.join(connection, state, account.created_at, known=known, since=since)
        left = await self._storage.directory.stock(device)
        return LoggedIn(
            request,
            account.owner,
            account.device_list.signed,
            left.ec,
            left.kem,
            self._next_pin(connection.pending_peer.certificate),
            self._storage.epoch,
            self._also,
            self._spread_ms(),
        )

    async def own_account(self, connection: Connection, named: str, transcript: bytes, signature: bytes) -> Account:
        """Return the account whose password the signature proves; on a connection of somebody, only that one's."""
        name = normalise_name(named)
        if not isinstance(connection.state, Connected) and connection.state.name != name:
            raise _another_account()
        return await self._by_password(connection, name, transcript, signature)

    async def _by_password(self, connection: Connection, name: str, transcript: bytes, signature: bytes) -> Account:
        """Return the account of a name; what it costs until the signature has held tells nothing about the name."""
        counted = self._counted(connection, name)
        # At the same cost for known and unknown names.
        wait = await self._at_all_nodes.wait_ms(*counted)
        if wait:
            raise _too_many_failures(wait)
        login = await self._storage.accounts.login_key(name)
        try:
            self._check_password(connection, name, login, transcript, signature)
        except AccountError:
            self._at_all_nodes.charge(*counted)
            raise
        account = await self._storage.accounts.find(name)
        if account is None or account.login != login:
            # It was deleted, or its password changed, meanwhile.
            raise _wrong_credentials()
        return account

    def _check_password(
        self, connection: Connection, name: str, login: LoginKey | None, transcript: bytes, signature: bytes
    ) -> None:
        """Check a signature by the login key; failures are counted for the name, known or not, and for the address.

        On a device's connection they are counted for the device alone: strangers' guesses do not hold up its owner.
        Nothing is waited for between looking at the counts and adding to them.
        """
        state = connection.state
        whose, address = (state.device, None) if isinstance(state, OfDevice) else (name, connection.address_key)
        wait = self._failures.wait_ms(whose)
        if address is not None:
            wait = max(wait, self._failures_of_address.wait_ms(address))
        if wait:
            raise _too_many_failures(wait)
        public = self._nobodys_key if login is None else login.public
        if is_signed(public, Signer.LOGIN_KEY, transcript, signature) and login is not None:
            return
        self._failures.charge(whose)
        if address is not None:
            self._failures_of_address.charge(address)
        raise _wrong_credentials()

    def _counted(self, connection: Connection, name: str) -> list[Counted]:
        """Tell whose failures are counted where a password is tried on a connection; see `_check_password`."""
        state, rate, address = connection.state, self._login_rate, connection.address_key
        if isinstance(state, OfDevice):
            return [Counted("login of device", state.device, rate)]
        of_name = Counted("login", name.encode("utf-8"), rate)
        return [of_name] if address is None else [of_name, Counted("login from", address.encode("ascii"), rate)]

    async def _take_registration(self, connection: Connection) -> None:
        address = connection.address_key
        if address is None:
            return
        wait = self._registrations.take(address)
        wait = wait or await self._at_all_nodes.take(
            Counted("registration from", address.encode("ascii"), self._registration_rate)
        )
        if wait:
            raise LinkError(ErrorCode.RATE_LIMITED, "Too many registrations from this address.", wait)

    def _first_device(
        self, name: str, signed: SignedDeviceList, prekeys: PrekeySet, transcript: bytes, signature: bytes
    ) -> tuple[ListRecord, DeviceId]:
        """Check the list and the prekeys that a new identity begins with, and its device's signature."""
        body = verify_device_list(signed)
        if len(body.devices) != 1:
            raise ProtocolError(ErrorCode.MALFORMED, "A new identity begins with one device.")
        check_names_account(body, self._key.public, name)
        if prekeys.signed is None or prekeys.last_resort is None:
            raise ProtocolError(ErrorCode.MALFORMED, "A first device brings a signed and a last-resort prekey.")
        (entry,) = body.devices
        check_signature(entry.signing_key, Signer.DEVICE, transcript, signature)
        verify_prekey_set(entry, prekeys)
        return list_record(signed, body), DeviceId(entry.device)

    def _log_id(self, name: str) -> str:
        return self._key.log_id(name.encode("utf-8"))


def _unlisted() -> AccountError:
    return AccountError(ErrorCode.DEVICE_UNKNOWN, "This device is not listed for this account.")


def _check_enabled(account: Account) -> None:
    """Refuse an account that the operator has disabled; only who has proven to be its own learns that."""
    if account.disabled:
        raise AccountError(ErrorCode.ACCOUNT_DISABLED, _REFUSALS[ErrorCode.ACCOUNT_DISABLED])


def _too_many_failures(wait: int) -> LinkError:
    return LinkError(ErrorCode.RATE_LIMITED, "Too many wrong passwords: wait before the next try.", wait)


def _wrong_credentials() -> AccountError:
    return AccountError(ErrorCode.WRONG_CREDENTIALS, "Name or password is wrong.")


def _another_account() -> ProtocolError:
    return ProtocolError(ErrorCode.NOT_ALLOWED, "Another account is logged in on this connection.")
