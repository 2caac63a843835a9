"""Administration: an operator's request is carried out in the storage first, then for those who are connected."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

import msgspec

from babilu.identity.invitation import Invitation
from babilu.identity.names import normalise_name
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from babilu.kernel.ports import Clock
from babilu.relay.base import admin_requests
from babilu.relay.base.keys import token_hash
from babilu.relay.base.state_dir import StateDir
from babilu.relay.bus.port import AccountClosed, Bus, LogGrown, NoticeGiven, in_doubt
from babilu.relay.node.backup import write_backup
from babilu.relay.node.cluster_node import ClusterNode
from babilu.relay.services.certificate_rotation import CertificateRotation
from babilu.relay.services.challenge import check_login_key
from babilu.relay.services.invitations import Invitations
from babilu.relay.services.sessions import SessionRegistry
from babilu.relay.services.shared_certificates import SharedCertificates
from babilu.relay.storage import administration as stored
from babilu.relay.storage.port import Storage
from babilu.relay.storage.records import Refused


@dataclass(frozen=True, slots=True)
class AdminService:
    """Carries out an operator's requests.

    Attributes:
        home: The relay's folder.
        storage: What it keeps.
        bus: Tells those who are connected.
        sessions: Knows how many they are.
        invitations: Makes invitations.
        clock: The time.
        status: Tells how the relay is.
        address: Makes the invitation that carries a token.
        rotation: The certificate and the one after it.
        certificates: The same at all nodes; None for a relay of one, and where they are from elsewhere.
        node: Gives this node among the others; None for a relay of one.
    """

    home: StateDir
    storage: Storage
    bus: Bus
    sessions: SessionRegistry
    invitations: Invitations
    clock: Clock
    status: Callable[[], admin_requests.RelayStatus]
    address: Callable[[bytes], Invitation]
    rotation: CertificateRotation
    certificates: SharedCertificates | None
    node: Callable[[], ClusterNode | None]

    async def answer(self, request: admin_requests.AnyRequest, actor: stored.Actor) -> object:
        """Carry a request out.

        Args:
            request: What is asked for.
            actor: Who asks. The storage judges whether they may change something; the caller answers for all else.

        Returns:
            What `requests` names as its answer.

        Raises:
            BabiluError: It was not done.
        """
        store = self.storage.administration
        match request:
            case admin_requests.StatusRequest():
                return self.status()
            case admin_requests.StatisticsRequest():
                return await store.statistics()
            case admin_requests.ListUsers(after, most):
                return await store.accounts(after, most)
            case admin_requests.ListInvitations():
                return await self.invitations.waiting()
            case admin_requests.ReadAudit(most):
                return await store.audit(most)
            case admin_requests.Invite(lifetime_ms, uses):
                return await self._invite(lifetime_ms, uses, actor)
            case admin_requests.Broadcast():
                return await self._broadcast(request, actor)
            case admin_requests.Certificates():
                return self._certificates()
            case admin_requests.ListNodes() | admin_requests.DrainNode() | admin_requests.UndrainNode():
                return await self._deal_with_nodes(request, actor)
            case (
                admin_requests.PrepareCertificate()
                | admin_requests.WithdrawCertificate()
                | admin_requests.RenewCertificate()
            ):
                return await self._rotate(request, actor)
            case admin_requests.BackUpRequest(folder):
                manifest = await write_backup(self.home, store, folder, self.clock.now_ms())
                await self._perform(request, actor)
                return admin_requests.BackedUp(folder, manifest.size)
            case _:
                return await self._change(request, actor)

    async def _deal_with_nodes(
        self,
        request: admin_requests.ListNodes | admin_requests.DrainNode | admin_requests.UndrainNode,
        actor: stored.Actor,
    ) -> object:
        node = self.node()
        match request:
            case admin_requests.ListNodes():
                return [] if node is None else node.entries
            case _ if node is None:
                raise UsageError("This relay has one node alone.", ErrorCode.CONFLICT)
            case admin_requests.DrainNode():
                await node.drain()
            case admin_requests.UndrainNode():
                await node.undrain()
            case _:
                assert_never(request)
        await self._perform(request, actor)
        return admin_requests.Done()

    async def _rotate(
        self, request: admin_requests.CertificateStep, actor: stored.Actor
    ) -> admin_requests.CertificatesAre:
        if self.certificates is not None:
            await self.certificates.take(request, self.rotation)
            await self._perform(request, actor)
            return self._certificates()
        match request:
            case admin_requests.PrepareCertificate():
                self.rotation.prepare()
            case admin_requests.WithdrawCertificate():
                self.rotation.withdraw()
            case admin_requests.RenewCertificate(early):
                self.rotation.renew(early=early)
            case _:
                assert_never(request)
        await self._perform(request, actor)
        return self._certificates()

    def _certificates(self) -> admin_requests.CertificatesAre:
        rotation = self.rotation
        following = rotation.next_pin
        return admin_requests.CertificatesAre(
            rotation.pin.hex(), None if following is None else following.hex(), rotation.announced_at
        )

    async def _change(
        self, request: admin_requests.AboutAccount | admin_requests.Revoke, actor: stored.Actor
    ) -> admin_requests.Done:
        if isinstance(request, admin_requests.ResetLogin):
            check_login_key(request.public)
        if isinstance(request, admin_requests.UserRequest):
            request = msgspec.structs.replace(request, name=normalise_name(request.name))
        done = await self._perform(request, actor)
        if isinstance(request, admin_requests.DisableUser):
            self._closed(done, ErrorCode.ACCOUNT_DISABLED)
        elif isinstance(request, admin_requests.DeleteUser):
            self._closed(done, ErrorCode.DEVICE_UNKNOWN)
        # The owner may be somebody else now.
        await self.invitations.refresh_owner()
        return admin_requests.Done()

    async def _invite(self, lifetime_ms: int | None, uses: int, actor: stored.Actor) -> admin_requests.InvitationIs:
        token, expires_at = self.invitations.token(lifetime_ms)
        done = await self._perform(stored.MakeInvitation(token_hash(token), expires_at, uses), actor)
        number = 0 if done.invitation is None else done.invitation.invitation
        return admin_requests.InvitationIs(number, self.address(token).encode(), expires_at, uses)

    async def _broadcast(self, request: admin_requests.Broadcast, actor: stored.Actor) -> admin_requests.NoticeSent:
        await self._perform(request, actor)
        # Each node reads it once in the log of changes; a hint only makes that sooner.
        self.bus.publish(NoticeGiven(request.text) if self.storage.nodes is None else LogGrown())
        return admin_requests.NoticeSent(len(list(self.sessions.everybody())))

    async def _perform(self, action: stored.Action, actor: stored.Actor) -> stored.Performed:
        with self._doubt(action):
            performed = await self.storage.administration.perform(action, self.clock.now_ms(), actor)
        if isinstance(performed, Refused):
            kind = "invitation of this number" if isinstance(action, admin_requests.Revoke) else "account of this name"
            sentences = {
                ErrorCode.NOT_ALLOWED: "Your role on this relay does not allow that.",
                ErrorCode.QUOTA: "Too many invitations wait: revoke some of them.",
            }
            raise DeliveryError(performed.code, sentences.get(performed.code, f"There is no {kind}."))
        return performed

    def _doubt(self, action: stored.Action) -> contextlib.AbstractContextManager[None]:
        match action:
            case admin_requests.EnableUser(name) | admin_requests.DisableUser(name) | admin_requests.DeleteUser(name):
                return in_doubt(self.bus, name)
            case _:
                return contextlib.nullcontext()

    def _closed(self, done: stored.Performed, why: ErrorCode) -> None:
        if done.account is not None:
            self.bus.publish(AccountClosed(done.account, why))
