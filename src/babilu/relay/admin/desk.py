"""An operator's requests are carried out here: in the storage first, then for those who are connected."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from babilu.identity.invitation import Invitation
from babilu.identity.names import normalise_name
from babilu.kernel.errors import DeliveryError, ErrorCode
from babilu.kernel.ports import Clock
from babilu.relay.admin import requests
from babilu.relay.backup import write_backup
from babilu.relay.gate import check_login_key
from babilu.relay.home import Home
from babilu.relay.invitations import Invitations
from babilu.relay.keys import token_hash
from babilu.relay.roster import Roster
from babilu.relay.storage import administration as stored
from babilu.relay.storage.protocol import Storage
from babilu.relay.storage.records import LoginKey
from babilu.wire.relay_frames import Bye, Notice


@dataclass(frozen=True, slots=True)
class Desk:
    """Carries out an operator's requests.

    Attributes:
        home: The relay's folder.
        storage: What it keeps.
        roster: Who is connected.
        invitations: Makes invitations.
        clock: The time.
        status: Tells how the relay is.
        address: Makes the invitation that carries a token.
    """

    home: Home
    storage: Storage
    roster: Roster
    invitations: Invitations
    clock: Clock
    status: Callable[[], requests.StatusIs]
    address: Callable[[bytes], Invitation]

    async def answer(self, request: requests.AnyRequest, uid: int) -> object:
        """Carry a request out.

        Args:
            request: What is asked for.
            uid: Number of the operator's user.

        Returns:
            What `requests` names as its answer.

        Raises:
            BabiluError: It was not done.
        """
        store = self.storage.administration
        match request:
            case requests.Status():
                return self.status()
            case requests.Statistics():
                return await store.statistics()
            case requests.ListUsers():
                return await store.accounts()
            case requests.ListInvitations():
                return await self.invitations.waiting()
            case requests.ReadAudit(most):
                return await store.audit(most)
            case requests.Invite(lifetime_ms, uses):
                return await self._invite(lifetime_ms, uses, uid)
            case requests.Broadcast(text):
                return await self._broadcast(text, uid)
            case requests.BackUp(folder):
                manifest = await write_backup(self.home, store, folder, self.clock.now_ms())
                await self._perform(stored.BackUp(), uid)
                return requests.BackedUp(folder, manifest.size)
            case _:
                return await self._change(request, uid)

    async def _change(
        self,
        request: requests.EnableUser
        | requests.DisableUser
        | requests.DeleteUser
        | requests.ResetLogin
        | requests.AppointUser
        | requests.Revoke,
        uid: int,
    ) -> object:
        match request:
            case requests.EnableUser(name):
                await self._perform(stored.SetDisabled(normalise_name(name), disabled=False), uid)
            case requests.DisableUser(name):
                done = await self._perform(stored.SetDisabled(normalise_name(name), disabled=True), uid)
                self._dismiss(done.account, ErrorCode.ACCOUNT_DISABLED)
            case requests.DeleteUser(name):
                done = await self._perform(stored.DeleteAccount(normalise_name(name)), uid)
                self._dismiss(done.account, ErrorCode.DEVICE_UNKNOWN)
            case requests.ResetLogin(name, salt, cost, public):
                check_login_key(public)
                await self._perform(stored.SetLogin(normalise_name(name), LoginKey(salt, cost, public)), uid)
            case requests.AppointUser(name, role):
                await self._perform(stored.SetRole(normalise_name(name), role), uid)
            case requests.Revoke(invitation):
                await self._perform(stored.RevokeInvitation(invitation), uid)
            case _:
                assert_never(request)
        # Whoever is, or was, the owner may be another one now.
        await self.invitations.refresh_owner()
        return requests.Done()

    async def _invite(self, lifetime_ms: int | None, uses: int, uid: int) -> requests.InvitationIs:
        token, expires_at = self.invitations.token(lifetime_ms)
        done = await self._perform(stored.MakeInvitation(token_hash(token), expires_at, uses), uid)
        number = 0 if done.invitation is None else done.invitation.invitation
        return requests.InvitationIs(number, self.address(token).encode(), expires_at, uses)

    async def _broadcast(self, text: str, uid: int) -> requests.Told:
        await self._perform(stored.Announce(), uid)
        everybody = list(self.roster.everybody())
        for connection in everybody:
            connection.send(Notice(text))
        return requests.Told(len(everybody))

    async def _perform(self, action: stored.Action, uid: int) -> stored.Performed:
        performed = await self.storage.administration.perform(action, self.clock.now_ms(), uid)
        if performed is None:
            kind = (
                "invitation of this number" if isinstance(action, stored.RevokeInvitation) else "account of this name"
            )
            raise DeliveryError(ErrorCode.NOT_FOUND, f"There is no {kind}.")
        return performed

    def _dismiss(self, account: int | None, why: ErrorCode) -> None:
        if account is not None:
            for connection in self.roster.of_account(account):
                connection.close(Bye(why.value))
