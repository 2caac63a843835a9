"""The relay as one node: put together here, started in an order that can be undone, stopped in the reverse one.

socket → framing → frame → handler → storage → commit → answer, delivery
"""

import asyncio
import contextlib
import gc
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from babilu.identity.invitation import Invitation
from babilu.identity.names import skeleton
from babilu.identity.relay_addresses import other_addresses
from babilu.kernel.errors import ErrorCode, LinkError, UsageError
from babilu.kernel.ports import Clock, Randomness
from babilu.relay.base.addresses import is_private
from babilu.relay.base.admin_requests import RelayStatus
from babilu.relay.base.certificate import Certificate
from babilu.relay.base.cluster_clock import ClusterClock
from babilu.relay.base.keys import RelayKey
from babilu.relay.base.memory import keep_large_blocks
from babilu.relay.base.settings import Registration, RelaySettings
from babilu.relay.base.state_dir import StateDir
from babilu.relay.bus.port import Bus, NoticeGiven
from babilu.relay.node.admin_listener import AdminListener
from babilu.relay.node.admin_service import AdminService
from babilu.relay.node.cluster_node import ClusterNode, ClusterParts
from babilu.relay.node.connections import ConnectionRegistry
from babilu.relay.node.farewells import logins_ms
from babilu.relay.node.housekeeping import Housekeeping
from babilu.relay.node.joining import join_bus
from babilu.relay.node.metrics import MetricsListener, NodeFigures, bind_loopback
from babilu.relay.node.service_assembly import RelayContext, make_services
from babilu.relay.node.storage_choice import OpenStorage, storage_of
from babilu.relay.services.certificate_rotation import CertificateRotation
from babilu.relay.services.dispatch import Services
from babilu.relay.services.invitations import Invitations
from babilu.relay.services.sessions import HEARD, SessionRegistry
from babilu.relay.services.shared_certificates import SharedCertificates
from babilu.relay.storage.administration import Statistics
from babilu.relay.storage.blobs.filesystem import FilesystemBlobs
from babilu.relay.storage.port import Storage
from babilu.relay.transport.listener import Listener, bind
from babilu.version import __version__

log = logging.getLogger(__name__)

_AT_START: Final = ("host", "port", "home", "metrics_port", "own_process", "storage", "cluster", "node_key")
"""Settings that only a new start can follow."""


MakeBus = Callable[[Storage, RelayKey], Awaitable[Bus]]
"""Joins the other nodes of a relay."""


@dataclass(frozen=True, slots=True)
class _Running:
    """The parts of a relay that is up."""

    home: StateDir
    bus: Bus
    sockets: tuple[socket.socket, ...]
    invitations: Invitations
    services: Services
    listener: Listener
    registry: ConnectionRegistry
    housekeeping: Housekeeping
    rotation: CertificateRotation
    node: ClusterNode | None


class Relay:
    """A relay on one address.

    Args:
        settings: What its operator decided.
        clock: The time.
        randomness: For keys, tokens and challenges.
        open_storage: Opens, or makes, what the relay keeps, by the path of its database; None: as the settings say.
        make_bus: Joins the other nodes of the relay, by what they share and the relay's key.
    """

    def __init__(
        self,
        settings: RelaySettings,
        clock: Clock,
        randomness: Randomness,
        open_storage: OpenStorage | None = None,
        make_bus: MakeBus | None = None,
    ) -> None:
        self._open_storage = storage_of(settings) if open_storage is None else open_storage
        self._make_bus = partial(join_bus, settings) if make_bus is None else make_bus
        self._settings = settings
        self._clock = clock
        self._randomness = randomness
        self._running: _Running | None = None
        self._undo = contextlib.AsyncExitStack()
        self._since = 0
        self._metrics: MetricsListener | None = None

    async def start(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; when this returns, clients can connect.

        Args:
            sockets: What `bind` has bound already, by the settings; the relay closes them.

        Raises:
            UsageError: The address, the port or the folder cannot be used.
            ProfileError: The folder is another relay's, or what lies in it cannot be used.
        """
        async with contextlib.AsyncExitStack() as undo:
            # The port first: a mistyped port must not leave a new folder behind.
            sockets = bind(self._settings.host, self._settings.port) if sockets is None else sockets
            for bound in sockets:
                undo.callback(bound.close)
            watching = None if self._settings.metrics_port is None else bind_loopback(self._settings.metrics_port)
            if watching is not None:
                undo.callback(watching.close)
            home = StateDir.open(self._settings.home, self._randomness, self._settings.tls, self._settings.node_key)
            undo.callback(home.close)
            storage = await self._open_storage(home.database)
            undo.push_async_callback(storage.close)
            self._running = await self._assemble(home, storage, sockets, undo)
            if watching is not None:
                self._metrics = MetricsListener(watching, partial(self._read, storage))
                await self._metrics.start()
                undo.push_async_callback(self._metrics.stop)
            self._undo = undo.pop_all()
            self._since = self._clock.now_ms()
        log.info("listening")
        if self._settings.own_process:
            gc.collect()
            gc.freeze()
            keep_large_blocks()

    async def _assemble(
        self, home: StateDir, storage: Storage, sockets: list[socket.socket], undo: contextlib.AsyncExitStack
    ) -> _Running:
        clock = self._clock if storage.nodes is None else ClusterClock(self._clock)
        certificates = await self._share(home, storage, clock)
        registration = self._settings.registration or _by_address(sockets)
        context = await self._make_context(home, storage, registration, clock, undo)
        admin_service = self._make_admin_service(home, context, certificates)
        services = make_services(context, registration, admin_service)
        limits = context.limits
        registry = ConnectionRegistry(services, limits, context.requests)
        listener = Listener(sockets, home.certificate, limits, registry.make, self._settings.proxies)
        housekeeping = Housekeeping(storage, context.invitations, services.blobs, limits, clock)
        tidying = asyncio.get_running_loop().create_task(housekeeping.run())
        undo.push_async_callback(_cancel, tidying)
        # The tables of look-alike names take a moment to load: no client should wait for that.
        skeleton("a")
        node = None
        if isinstance(clock, ClusterClock) and storage.nodes is not None:
            parts = ClusterParts(
                storage.nodes,
                storage,
                context.bus,
                context.sessions,
                services.delivery,
                services.presence,
                context.invitations,
                registry,
                listener,
                clock,
                context.rotation,
                certificates,
            )
            node = await self._join(parts, sockets, undo)
        services.accounts.tell_spread(lambda: logins_ms(registry.connections, 0 if node is None else node.takers))
        if hasattr(socket, "AF_UNIX"):
            admin = AdminListener(home.path, admin_service.answer)
            undo.push_async_callback(admin.stop)
        registry.serve(listener)
        return _Running(
            home,
            context.bus,
            tuple(sockets),
            context.invitations,
            services,
            listener,
            registry,
            housekeeping,
            context.rotation,
            node,
        )

    async def _make_context(
        self,
        home: StateDir,
        storage: Storage,
        registration: Registration,
        clock: Clock,
        undo: contextlib.AsyncExitStack,
    ) -> RelayContext:
        """Put together what the services share, with the other nodes joined and the folder of files open."""
        settings, randomness = self._settings, self._randomness
        invitations = Invitations(storage.accounts, home.key, registration, settings.limits, clock, randomness)
        await invitations.refresh_owner()
        bus = await self._make_bus(storage, home.key)
        undo.push_async_callback(bus.close)
        sessions = SessionRegistry(settings.limits)
        bus.subscribe(sessions.hear, *HEARD)
        rotation = CertificateRotation(home, settings, bus, clock, self._show_certificate)
        files = await FilesystemBlobs.open(home.blobs) if storage.files is None else storage.files
        undo.push_async_callback(files.close)
        return RelayContext(
            settings, home.key, storage, files, bus, sessions, invitations, rotation, set(), clock, randomness
        )

    def _make_admin_service(
        self, home: StateDir, context: RelayContext, certificates: SharedCertificates | None
    ) -> AdminService:
        return AdminService(
            home,
            context.storage,
            context.bus,
            context.sessions,
            context.invitations,
            context.clock,
            self._status,
            self._invitation,
            context.rotation,
            certificates,
            lambda: self.node,
        )

    async def _share(self, home: StateDir, storage: Storage, clock: Clock) -> SharedCertificates | None:
        """Make sure that the storage is this relay's, and that the node shows the certificate that all of them do.

        Raises:
            UsageError: ``conflict``: the storage is another relay's.
        """
        if storage.nodes is None:
            return None
        if not await storage.nodes.claim(home.key.check):
            text = "The database is another relay's: start this node with its key, by --node-key."
            raise UsageError(text, ErrorCode.CONFLICT)
        if self._settings.tls is not None or self._settings.announced is not None:
            return None
        certificates = SharedCertificates(home, storage.nodes.certificates, clock, self._randomness)
        await certificates.begin()
        return certificates

    async def _join(
        self, parts: ClusterParts, sockets: Sequence[socket.socket], undo: contextlib.AsyncExitStack
    ) -> ClusterNode:
        """Take part in a relay of several nodes from now on."""
        settings, (host, port) = self._settings, sockets[0].getsockname()[:2]
        name = settings.cluster.node or socket.gethostname()
        address = f"{settings.public_host or host}:{settings.public_port or port}"
        node = ClusterNode(parts, name, address, trusts_clock=settings.cluster.trusts_clock)
        await node.join()
        undo.push_async_callback(node.leave)
        beating = asyncio.get_running_loop().create_task(node.run())
        undo.push_async_callback(_cancel, beating)
        return node

    def reload(self, settings: RelaySettings) -> tuple[str, ...]:
        """Apply other settings; no connection notices.

        Returns:
            Names of changed settings that only a restart can apply.

        Raises:
            UsageError: The certificate cannot be used; nothing has changed then.
            ProfileError: The relay's own certificate cannot be used.
        """
        up, before = self._up, self._settings
        certificate = up.home.renewed_certificate(settings.tls)
        following = up.home.next_certificate(settings.tls, settings.announced)
        try:
            up.listener.reconfigure(certificate, settings.limits)
        except OSError as error:
            raise UsageError(f"The certificate {certificate.path} cannot be used: {error.strerror}.") from error
        up.listener.proxies = settings.proxies
        up.home.certificate = certificate
        up.rotation.reconfigure(settings, following)
        fixed = tuple(name for name in _AT_START if getattr(settings, name) != getattr(before, name))
        self._settings = replace(settings, **{name: getattr(before, name) for name in _AT_START})
        limits, services, registration = settings.limits, up.services, self.registration
        up.invitations.reconfigure(registration, limits)
        up.registry.reconfigure(limits)
        up.housekeeping.limits = limits
        services.challenge.reconfigure(settings.name, registration, limits)
        services.accounts.tell_addresses(settings.also)
        services.reconfigure(limits)
        log.info("settings were read anew")
        return fixed

    async def stop(self, grace_ms: int | None = None) -> None:
        """Accept nothing more, answer what is under way, say goodbye and close.

        Args:
            grace_ms: Longest wait for what is under way; None for the limit that was set.
        """
        running, self._running = self._running, None
        if running is None:
            return
        drain_ms = self._settings.limits.drain_ms
        async with self._undo:
            await running.listener.stop()
            await running.registry.finish((drain_ms if grace_ms is None else min(grace_ms, drain_ms)) / 1000)
            await running.registry.dismiss(0 if running.node is None else running.node.takers)
        log.info("stopped")

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that it listens on."""
        host, port = self._up.sockets[0].getsockname()[:2]
        return host, port

    @property
    def fingerprint(self) -> str:
        """SHA-256 of its certificate, in hexadecimal."""
        return self._up.home.certificate.pin.hex()

    @property
    def registration(self) -> Registration:
        """Who may make an account."""
        return self._settings.registration or _by_address(self._up.sockets)

    @property
    def owner_invitation(self) -> Invitation | None:
        """The invitation that makes an account the owner's, until there is one."""
        token = self._up.invitations.owner_token
        return None if token is None else self._invitation(token)

    @property
    def invitations(self) -> Invitations:
        """All other invitations, to list and revoke them."""
        return self._up.invitations

    @property
    def node(self) -> ClusterNode | None:
        """This node among the others; None for a relay of one."""
        return self._up.node

    @property
    def online(self) -> int:
        """Accounts that are connected to this node."""
        return self._up.services.sessions.online

    async def invite(self, lifetime_ms: int | None = None, uses: int = 1) -> Invitation:
        """Make an invitation that is good ``uses`` times within ``lifetime_ms`` (None for the usual time).

        Raises:
            LinkError: ``unavailable``.
        """
        _, token = await self._up.invitations.create(lifetime_ms, uses)
        return self._invitation(token)

    def notify(self, text: str) -> None:
        """Tell a sentence (at most 500 characters) to everybody who is connected."""
        self._up.bus.publish(NoticeGiven(text))

    async def tidy(self) -> None:
        """Delete what is past its time; a running relay does so by itself every minute.

        Raises:
            LinkError: ``unavailable``.
        """
        await self._up.housekeeping.tidy()

    def _show_certificate(self, certificate: Certificate) -> None:
        try:
            self._up.listener.reconfigure(certificate, self._settings.limits)
        except OSError as error:
            raise UsageError(f"The certificate {certificate.path} cannot be used: {error.strerror}.") from error

    def _invitation(self, token: bytes) -> Invitation:
        settings, (_, port), rotation = self._settings, self.address, self._up.rotation
        host, port = settings.public_host or settings.host, settings.public_port or port
        also = other_addresses(settings.also, host, port)
        return Invitation(host, port, rotation.pin, token, rotation.next_pin, also=also)

    @property
    def metrics_port(self) -> int | None:
        """Loopback port of metrics and health, or None."""
        return None if self._metrics is None else self._metrics.port

    async def _read(self, storage: Storage) -> tuple[RelayStatus, Statistics, NodeFigures]:
        held = await storage.administration.statistics()
        node = self.node
        return self._status(), held, NodeFigures() if node is None else node.figures

    def _status(self) -> RelayStatus:
        settings, (host, port), owner = self._settings, self.address, self.owner_invitation
        return RelayStatus(
            settings.name,
            __version__,
            host,
            port,
            self.fingerprint,
            self.registration.value,
            self._since,
            self.online,
            settings.limits.max_users,
            self._up.registry.connections,
            None if owner is None else owner.encode(),
            settings.public_host or host,
            settings.public_is_guess,
        )

    @property
    def _up(self) -> _Running:
        if self._running is None:
            raise LinkError(ErrorCode.CLOSED, "The relay is not running.")
        return self._running


def _by_address(sockets: Sequence[socket.socket]) -> Registration:
    """Let everybody register where only this machine or a private network can come."""
    private = all(is_private(str(bound.getsockname()[0])) for bound in sockets)
    return Registration.OPEN if private else Registration.INVITE


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait([task])
