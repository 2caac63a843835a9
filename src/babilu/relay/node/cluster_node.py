"""One node of several: it says that it lives, reads what has changed, and catches up on lost hints.

Whatever a hint says, the node also finds out without it, within a stated time: it sends closed accounts and removed
devices away at most `BEAT_S` after the change, and looks for mail of each device every `POLL_S`.
"""

import asyncio
import logging
import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, assert_never

from babilu.kernel.errors import BabiluError, ErrorCode, UsageError
from babilu.kernel.ids import DeviceId
from babilu.relay.base.admin_requests import NodeEntry
from babilu.relay.base.cluster_clock import NOTICED_MS, REFUSED_MS, ClusterClock
from babilu.relay.bus.port import (
    AccountClosed,
    Bus,
    DevicesRemoved,
    Hint,
    ListChanged,
    LogGrown,
    NodeCame,
    NodeGone,
    NoticeGiven,
)
from babilu.relay.node.connections import ConnectionRegistry
from babilu.relay.node.farewells import spread_ms
from babilu.relay.node.metrics import NodeFigures
from babilu.relay.services.certificate_rotation import CertificateRotation
from babilu.relay.services.delivery import DeliveryService
from babilu.relay.services.invitations import Invitations
from babilu.relay.services.presence import PresenceService
from babilu.relay.services.sessions import SessionRegistry
from babilu.relay.services.shared_certificates import SharedCertificates
from babilu.relay.storage.nodes import ChangeKind, LoggedChange, NodeRecord, NodeReport, NodeStore, Pulse
from babilu.relay.storage.port import Storage
from babilu.relay.transport.listener import Listener
from babilu.version import __version__
from babilu.wire.frame_base import Bye

log = logging.getLogger(__name__)

BEAT_S: Final = 2.0
"""How often a node says that it lives, and reads the log of changes."""

LIVES_MS: Final = 10_000
"""Silence after which a node counts as gone: nobody is online there."""

CUT_OFF_MS: Final = 15_000
"""Time without the storage after which a node sends everybody away: other nodes may well reach it."""

POLL_S: Final = 30.0
"""Time in which the mailboxes of all devices that are connected here are looked at once, a part with each beat."""

POLL_WITHOUT_BUS_S: Final = 5.0
"""The same while hints do not come."""

PRESENCE_MS: Final = 300_000
"""How often a node tells the others anew who is online."""

CHANGES_REMEMBERED: Final = 20_000
"""Changes that are known to be done; the storage names them for a minute, and at most half as many."""


@dataclass(frozen=True, slots=True)
class ClusterParts:
    """What a node of several works with.

    Attributes:
        store: The nodes and the log of changes.
        storage: What else they share.
        bus: Carries hints between them.
        sessions: Who is connected here.
        delivery: Whose mail flows here.
        presence: Who is shown to whom.
        invitations: Forgets the owner's once it was used.
        registry: All connections.
        listener: Lets them in.
        clock: Is set right by the storage's.
        rotation: The certificate and the one after it.
        certificates: The same at all nodes; None where they are from elsewhere.
    """

    store: NodeStore
    storage: Storage
    bus: Bus
    sessions: SessionRegistry
    delivery: DeliveryService
    presence: PresenceService
    invitations: Invitations
    registry: ConnectionRegistry
    listener: Listener
    clock: ClusterClock
    rotation: CertificateRotation
    certificates: SharedCertificates | None


class ClusterNode:
    """This node among the others.

    Args:
        parts: What it works with.
        name: What people call it.
        address: Where clients reach it.
        trusts_clock: Whether the storage's clock is the one to go by; tests move one of their own.
    """

    def __init__(self, parts: ClusterParts, name: str, address: str, *, trusts_clock: bool = True) -> None:
        self._parts = parts
        self._name = name
        self._address = address
        self._trusts_clock = trusts_clock
        self._alive: dict[int, NodeRecord] = {}
        self._known: tuple[NodeRecord, ...] = ()
        self._done: deque[int] = deque(maxlen=CHANGES_REMEMBERED)
        self._unpolled: Iterator[DeviceId] = iter(())
        self._heard_at = parts.clock.monotonic_ms()
        self._said_at = self._heard_at
        self._is_cut_off = False
        self._is_draining = False
        self._leaving: asyncio.Task[None] | None = None
        self._reading = asyncio.Lock()
        self._grown = False
        parts.bus.subscribe(self._hear, LogGrown)
        parts.store.when_other = self._go_on_with_another_history

    @property
    def nodes(self) -> tuple[NodeRecord, ...]:
        """All nodes, as this one heard of them with its last beat."""
        return self._known

    @property
    def entries(self) -> list[NodeEntry]:
        """All nodes, as an operator sees them."""
        return [self._entry(record) for record in self._known]

    def _entry(self, record: NodeRecord) -> NodeEntry:
        report = record.report
        state = "silent" if record.silent_ms >= LIVES_MS else "draining" if report.draining else "up"
        here = record.node == self._parts.store.node
        return NodeEntry(
            record.node,
            report.name,
            report.version,
            report.address,
            record.since,
            report.online,
            state,
            record.silent_ms,
            here,
        )

    @property
    def takers(self) -> int:
        """How many other nodes let clients in."""
        return sum(not record.report.draining for record in self._others)

    @property
    def is_draining(self) -> bool:
        """Whether it lets nobody in any more."""
        return self._is_draining

    @property
    def is_healthy(self) -> bool:
        """Whether clients should come here."""
        silent = self._parts.clock.monotonic_ms() - self._heard_at
        return not self._is_draining and not self._is_cut_off and silent < LIVES_MS

    @property
    def figures(self) -> NodeFigures:
        """How this node stands among the others."""
        parts = self._parts
        return NodeFigures(
            len(self._alive),
            parts.sessions.elsewhere,
            self.is_healthy,
            self._is_draining,
            parts.clock.offset_ms,
            parts.bus.is_up,
            parts.bus.counts,
        )

    async def join(self) -> None:
        """Say for the first time that this node lives; what was changed before concerns nobody here.

        Raises:
            UsageError: This machine's clock is far from the storage's.
            LinkError: ``unavailable``.
        """
        pulse = await self._parts.store.beat(self._report())
        offset = self._parts.clock.correct(pulse.now) if self._trusts_clock else 0
        if abs(offset) > REFUSED_MS:
            text = f"This machine's clock is {abs(offset) // 1000} s off that of the relay's database: set it right."
            raise UsageError(text)
        self._hear_pulse(pulse)
        self._done.extend(change.number for change in await self._parts.store.changes())
        self._parts.bus.publish(NodeCame(self._parts.store.node))

    async def run(self) -> None:
        """Beat for ever."""
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                await self.beat()
            except Exception:
                # A node that no longer beats would never hear again of accounts that are closed.
                log.exception("a beat failed")

    async def beat(self) -> None:
        """Say that this node lives, and act on what the storage answers."""
        parts = self._parts
        try:
            self._hear_pulse(await parts.store.beat(self._report()))
            await self.read_log()
        except BabiluError as error:
            self._miss(error)
        self._look_for_mail()
        now = parts.clock.monotonic_ms()
        if now - self._said_at >= PRESENCE_MS:
            self._said_at = now
            parts.presence.say_again()
            parts.presence.forget_unsaid(now - 2 * PRESENCE_MS - int(BEAT_S * 1000))

    async def leave(self) -> None:
        """Say that this node is gone; where that is lost, the others notice in time."""
        if self._leaving is not None:
            self._leaving.cancel()
            await asyncio.wait([self._leaving])
        try:
            await self._parts.store.leave()
        except BabiluError as error:
            log.debug("nobody was told that the node leaves: %s", error.code)
        self._parts.bus.publish(NodeGone(self._parts.store.node))
        # The bus sends it at the end of this turn.
        await asyncio.sleep(0)

    async def drain(self) -> None:
        """Let nobody in any more, and send everybody away, one after the other.

        Raises:
            UsageError: ``conflict``: there is no other node that they could go to.
        """
        if self._is_draining:
            return
        if not self.takers:
            raise UsageError("There is no other node that takes anybody in.", ErrorCode.CONFLICT)
        self._is_draining = True
        self._show_gate()
        self._leaving = asyncio.get_running_loop().create_task(self._send_away_slowly())
        await self.beat()

    async def undrain(self) -> None:
        """Let everybody in again."""
        self._is_draining = False
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        self._show_gate()
        await self.beat()

    async def read_log(self) -> None:
        """Do what the log of changes names and this node has not done yet.

        Raises:
            LinkError: ``unavailable``.
        """
        async with self._reading:
            self._grown = False
            changes = await self._parts.store.changes()
            done = set(self._done)
            fresh = [change for change in changes if change.number not in done]
            opened = {change.account: change.number for change in fresh if change.kind is ChangeKind.ACCOUNT_OPENED}
            for change in fresh:
                # An account that was opened again meanwhile stays.
                if not (change.kind is ChangeKind.ACCOUNT_CLOSED and opened.get(change.account, 0) > change.number):
                    try:
                        await self._do(change)
                    except BabiluError as error:
                        # What fails here is tried again with the next beat, and must not keep what follows it.
                        log.warning("a change could not be followed: %s %s", change.kind, error.code)
                        continue
                self._done.append(change.number)

    async def _do(self, change: LoggedChange) -> None:
        match change.kind:
            case ChangeKind.ACCOUNT_CLOSED:
                self._tell_here(AccountClosed(change.account or 0, _reason(change.text)))
            case ChangeKind.DEVICE_REMOVED if change.device is not None:
                # The device is shown its owner's list, and locks itself by that.
                lists = await self._parts.storage.directory.lists([change.text])
                current = lists.get(change.text)
                listed = () if current is None else current.devices
                # A new identity may have come with the same device.
                if change.device not in {each.device for each in listed}:
                    signed = None if current is None else current.signed
                    self._tell_here(DevicesRemoved((change.device,), change.text, signed))
            case ChangeKind.LIST_CHANGED:
                self._tell_here(ListChanged(change.text))
            case ChangeKind.OWNER:
                await self._parts.invitations.refresh_owner()
            case ChangeKind.NOTICE:
                self._tell_here(NoticeGiven(change.text))
            case ChangeKind.CERTIFICATE:
                if self._parts.certificates is not None:
                    await self._parts.certificates.follow(self._parts.rotation)
            case ChangeKind.ACCOUNT_OPENED | ChangeKind.DEVICE_REMOVED:
                pass
            case _:
                assert_never(change.kind)

    def _tell_here(self, hint: Hint) -> None:
        self._parts.bus.publish(hint, self._parts.store.node)

    def _hear(self, hint: Hint) -> None:
        match hint:
            case LogGrown() if not self._grown:
                self._grown = True
                task = asyncio.get_running_loop().create_task(self._read_early())
                self._parts.registry.requests.add(task)
                task.add_done_callback(self._parts.registry.requests.discard)
            case _:
                pass

    async def _read_early(self) -> None:
        try:
            await self.read_log()
        except BabiluError as error:
            # The next beat reads it.
            log.debug("the log of changes could not be read: %s", error.code)

    def _report(self) -> NodeReport:
        return NodeReport(self._name, __version__, self._address, self._parts.sessions.online, self._is_draining)

    @property
    def _others(self) -> tuple[NodeRecord, ...]:
        return tuple(record for number, record in self._alive.items() if number != self._parts.store.node)

    def _hear_pulse(self, pulse: Pulse) -> None:
        parts = self._parts
        self._heard_at = parts.clock.monotonic_ms()
        self._known = pulse.nodes
        if self._trusts_clock and abs(pulse.now - parts.clock.now_ms()) > NOTICED_MS:
            log.warning("this machine's clock and that of the relay's database differ")
        if self._trusts_clock:
            parts.clock.correct(pulse.now)
        before, self._alive = self._alive, {each.node: each for each in pulse.nodes if each.silent_ms < LIVES_MS}
        for node in before.keys() - self._alive.keys():
            self._tell_here(NodeGone(node))
        for node in self._alive.keys() - before.keys() - {parts.store.node}:
            self._tell_here(NodeCame(node))
        parts.sessions.elsewhere = sum(record.report.online for record in self._others)
        if self._is_cut_off:
            log.info("the storage is back")
            self._is_cut_off = False
            self._show_gate()
        if pulse.is_outdated and not self._is_draining:
            log.warning("a newer version has changed the storage: this node takes nobody in any more")
            self._is_draining = True
            self._show_gate()
            self._send_away()

    def _go_on_with_another_history(self) -> None:
        """Begin anew before anything happens in the other history: it may give pushed numbers to other letters."""
        log.warning("the storage has another history: everybody is sent away, and comes back")
        self._done.clear()
        self._parts.bus.go_on_with(self._parts.storage.epoch)
        self._parts.delivery.begin_anew()
        # All nodes send theirs away at once, and take them in again: each has as many to let in as it had.
        self._parts.registry.send_away(1)

    def _miss(self, error: BabiluError) -> None:
        log.warning("the storage does not answer this node: %s", error.code)
        silent = self._parts.clock.monotonic_ms() - self._heard_at
        if silent >= CUT_OFF_MS and not self._is_cut_off:
            log.warning("this node is cut off from the storage: everybody is sent away")
            self._is_cut_off = True
            self._show_gate()
            self._send_away()

    def _show_gate(self) -> None:
        self._parts.listener.turns_away = self._is_draining or self._is_cut_off

    def _send_away(self) -> None:
        self._parts.registry.send_away(max(self.takers, 1))

    async def _send_away_slowly(self) -> None:
        """Send everybody away, each at a moment of their own: so nobody waits for the others' logins."""
        connections = self._parts.registry.everybody()
        for connection in connections:
            connection.close(Bye(ErrorCode.SHUTTING_DOWN.value, 0))
            await asyncio.sleep(spread_ms(len(connections), self.takers) / len(connections) / 1000)
        # Those whose handshake was under way when the gate was shut.
        self._send_away()

    def _look_for_mail(self) -> None:
        """Look into the mailboxes of some of the devices that are here, so that each has its turn in time."""
        delivery, period = self._parts.delivery, POLL_S if self._parts.bus.is_up else POLL_WITHOUT_BUS_S
        number = math.ceil(len(delivery.devices) * BEAT_S / period)
        part = list(islice(self._unpolled, number))
        if len(part) < number:
            self._unpolled = iter(tuple(delivery.devices))
            part += islice(self._unpolled, number - len(part))
        delivery.look_after(part)


def _reason(text: str) -> ErrorCode:
    """Return why an account was closed; a client logs in again when told a reason that only a newer node knows."""
    return ErrorCode(text) if text in frozenset(ErrorCode) else ErrorCode.UNAVAILABLE
