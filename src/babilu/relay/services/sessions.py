"""Registry of sessions: so many accounts at once, and each device once; a new connection takes an older one's place.

Connections by password alone are bounded too. Devices come in all the same, so that nobody who has a password can keep
them out: their number is bounded by the device list.
"""

import contextlib
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Final, assert_never

from babilu.kernel.errors import AccountError, ErrorCode, LinkError
from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import Limits
from babilu.relay.base.states import (
    AccountAuthenticated,
    Authenticated,
    Connected,
    Transferring,
    authenticated,
    transferring,
)
from babilu.relay.bus.port import (
    AccountClosed,
    AccountInDoubt,
    CertificateAnnounced,
    DevicesRemoved,
    Hint,
    NoticeGiven,
)
from babilu.relay.transport.connection import Connection
from babilu.wire.frame_base import Bye
from babilu.wire.relay_frames import NextPin, Notice, StaleDevices

CLOSINGS_KEPT: Final = 1_000
"""Closings that are remembered for logins under way; a login that takes longer is repeated."""

Closing = DevicesRemoved | AccountClosed | AccountInDoubt
"""A hint after which somebody may not be let in any more."""

HEARD: Final = (DevicesRemoved, AccountClosed, AccountInDoubt, NoticeGiven, CertificateAnnounced)
"""Kinds of hints that `SessionRegistry.hear` handles."""

_FULL_RETRY_MS = 60_000
_DOUBT_RETRY_MS = 5_000
"""When a device comes back that was sent away as nobody knew whether it is still its account's."""


class SessionRegistry:
    """The authenticated connections of this relay.

    Args:
        limits: How many; those that are connected stay when that is lowered.

    Attributes:
        closings: How often it was heard that somebody may not be let in any more. A login notes it before it asks the
            storage who may: what it is told may be from before a closing that is heard meanwhile.
        elsewhere: Accounts that are connected to other nodes, as these said some seconds ago.
    """

    def __init__(self, limits: Limits) -> None:
        self._accounts: dict[int, set[Connection]] = {}
        # When the accounts that are connected were made.
        self._created_at: dict[int, int] = {}
        self._devices: dict[DeviceId, Connection] = {}
        # Second connections, for files.
        self._transfers: dict[DeviceId, Connection] = {}
        self._seats = 0
        self.elsewhere = 0
        self._closings: deque[Closing] = deque(maxlen=CLOSINGS_KEPT)
        self.closings = 0
        self.reconfigure(limits)

    def reconfigure(self, limits: Limits) -> None:
        """Apply new limits."""
        self.max_users = limits.max_users
        self._most_of_account = limits.connections_per_account

    @property
    def online(self) -> int:
        """Accounts that are connected to this node."""
        return len(self._accounts)

    @property
    def everywhere(self) -> int:
        """Accounts that are connected to any node, about: one that has devices at two nodes is counted twice."""
        return self.online + self.elsewhere

    @contextlib.contextmanager
    def seat(self, account: int | None = None) -> Iterator[None]:
        """Reserve a seat for an account while something is done that would be in vain without one.

        Args:
            account: Number of the account; None for one that is being made.

        Raises:
            AccountError: ``server_full``.
        """
        if account is not None and account in self._accounts:
            yield
            return
        self._check_room()
        self._seats += 1
        try:
            yield
        finally:
            self._seats -= 1

    def join(
        self,
        connection: Connection,
        state: Authenticated,
        created_at: int = 0,
        *,
        known: bool = False,
        since: int | None = None,
    ) -> None:
        """Let an authenticated connection in; an older one of the same device is closed with a farewell.

        Args:
            connection: The connection.
            state: Who it is.
            created_at: When the account was made.
            known: Whether a younger account makes room for it where all seats are taken.
            since: `closings` before the storage was asked; None where no login came before.

        Raises:
            AccountError: ``server_full``, where the account is not connected yet.
            LinkError: ``closed`` where the connection is gone meanwhile; ``busy`` where a password alone opens one more
                connection than an account may have, and where the account or the device was closed meanwhile.
        """
        if not connection.is_open:
            raise LinkError(ErrorCode.CLOSED, "The connection is closed.")
        if since is not None and self._is_outdated(state, since):
            raise LinkError(ErrorCode.BUSY, "The account was changed meanwhile: log in again.", 0)
        if state.account not in self._accounts:
            if known and self._is_full:
                self._take_seat(created_at)
            self._check_room()
        if isinstance(state, AccountAuthenticated):
            self._check_crowd(state.account)
        else:
            older = self._devices.get(state.device)
            if older is not None and older is not connection:
                older.close(Bye(ErrorCode.REPLACED.value))
                self.leave(older)
            self._devices[state.device] = connection
        self._accounts.setdefault(state.account, set()).add(connection)
        self._created_at[state.account] = created_at
        connection.become(state)

    def join_transfer(self, connection: Connection, state: Transferring, since: int) -> None:
        """Let a device's second connection in; an older second one is closed with a farewell. It takes no seat.

        Args:
            connection: The connection.
            state: Who it is.
            since: `closings` before the storage was asked.

        Raises:
            LinkError: ``closed``, ``busy``: as `join`.
        """
        if not connection.is_open:
            raise LinkError(ErrorCode.CLOSED, "The connection is closed.")
        if self._is_outdated(state, since):
            raise LinkError(ErrorCode.BUSY, "The account was changed meanwhile: log in again.", 0)
        older = self._transfers.get(state.device)
        if older is not None and older is not connection:
            older.close(Bye(ErrorCode.REPLACED.value))
        self._transfers[state.device] = connection
        connection.become(state)

    def leave(self, connection: Connection) -> None:
        match connection.state:
            case Connected():
                return
            case Transferring(device=device):
                if self._transfers.get(device) is connection:
                    del self._transfers[device]
                return
            case AccountAuthenticated(account=account):
                pass
            case _ as state:
                account = state.account
                if self._devices.get(state.device) is connection:
                    del self._devices[state.device]
        connections = self._accounts.get(account)
        if connections is not None:
            connections.discard(connection)
            if not connections:
                del self._accounts[account]
                del self._created_at[account]

    def device(self, device: DeviceId) -> Connection | None:
        return self._devices.get(device)

    def of_account(self, account: int) -> Collection[Connection]:
        return tuple(self._accounts.get(account, ()))

    def everybody(self) -> Iterable[Connection]:
        return [connection for connections in self._accounts.values() for connection in connections]

    def hear(self, hint: Hint) -> None:
        """Handle a hint: tell the connections here what concerns them, and close those that may not stay."""
        if isinstance(hint, Closing):
            self.closings += 1
            self._closings.append(hint)
        match hint:
            case DevicesRemoved(devices, name, device_list):
                gone = [self._devices[device] for device in devices if device in self._devices]
                if device_list is not None:
                    # Signed by their own person: it is by this, and not by the farewell, that they lock themselves.
                    for each in gone:
                        each.send(StaleDevices(None, name, device_list))
                gone += [self._transfers[device] for device in devices if device in self._transfers]
                _send_away(gone, Bye(ErrorCode.DEVICE_UNKNOWN.value))
            case AccountClosed(account, why):
                second = [each for each in self._transfers.values() if transferring(each.state).account == account]
                _send_away([*self.of_account(account), *second], Bye(why.value))
            case AccountInDoubt(name):
                doubtful = [each for each in self.everybody() if authenticated(each.state).name == name]
                doubtful += [each for each in self._transfers.values() if transferring(each.state).name == name]
                _send_away(doubtful, Bye(ErrorCode.UNAVAILABLE.value, _DOUBT_RETRY_MS))
            case NoticeGiven(text):
                self._tell_everybody(Notice(text))
            case CertificateAnnounced(pin):
                self._tell_everybody(NextPin(pin))
            case _:
                pass

    def _is_outdated(self, state: Authenticated | Transferring, since: int) -> bool:
        """Tell whether somebody may have been closed out after the storage said that they may come in."""
        number = self.closings - since
        return number > CLOSINGS_KEPT or any(
            _concerns(closing, state) for closing in islice(reversed(self._closings), number)
        )

    def _tell_everybody(self, message: Notice | NextPin) -> None:
        for connection in self.everybody():
            connection.send(message)

    def _check_crowd(self, account: int) -> None:
        if len(self._accounts.get(account, ())) >= self._most_of_account:
            raise LinkError(
                ErrorCode.BUSY, f"The account has {self._most_of_account} connections already.", _FULL_RETRY_MS
            )

    def _take_seat(self, created_at: int) -> None:
        """Let the youngest account leave of the address that holds most seats, if it is younger than ``created_at``.

        On loopback, behind a proxy, each account is an address of its own. Older accounts take seats of younger ones
        only, so that nobody who was sent away comes back in the same way.
        """
        holders: dict[str | int, list[int]] = {}
        for account, connections in self._accounts.items():
            address = next(iter(connections)).address_key
            holders.setdefault(account if address is None else address, []).append(account)
        most = max(map(len, holders.values()), default=0)
        held = [account for accounts in holders.values() if len(accounts) == most for account in accounts]
        youngest = max(held, key=self._created_at.__getitem__, default=None)
        if youngest is not None and self._created_at[youngest] > created_at:
            for connection in self.of_account(youngest):
                connection.close(Bye(ErrorCode.BUSY.value, _FULL_RETRY_MS))
                self.leave(connection)

    @property
    def _is_full(self) -> bool:
        return len(self._accounts) + self._seats + self.elsewhere >= self.max_users

    def _check_room(self) -> None:
        if self._is_full:
            raise AccountError(
                ErrorCode.SERVER_FULL,
                f"The relay is full ({self.max_users} of {self.max_users}): try later.",
                _FULL_RETRY_MS,
            )


def _concerns(closing: Closing, state: Authenticated | Transferring) -> bool:
    match closing:
        case DevicesRemoved(devices):
            return not isinstance(state, AccountAuthenticated) and state.device in devices
        case AccountClosed(account):
            return state.account == account
        case AccountInDoubt(name):
            return state.name == name
        case _:
            assert_never(closing)


def _send_away(connections: Iterable[Connection], farewell: Bye) -> None:
    for connection in connections:
        connection.close(farewell)
