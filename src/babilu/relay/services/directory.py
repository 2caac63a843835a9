"""Directory of public keys: as their owners signed them; one-time prekeys go out once, and no device is ever without.

Whoever drains a device's one-time prekeys gets bundles with the last-resort prekey; others can still write to it.
"""

from typing import Final

from babilu.identity.codec import decode_shape
from babilu.identity.device_list import find_device
from babilu.identity.names import normalise_name
from babilu.identity.prekeys import verify_prekey_set
from babilu.identity.shapes import DeviceEntry, DeviceListBody
from babilu.kernel.errors import DeliveryError, ErrorCode, LinkError
from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import PREKEYS_KEPT, Limits
from babilu.kernel.ports import Clock
from babilu.relay.base.states import OfDevice, authenticated, of_device
from babilu.relay.base.throttle import Throttle
from babilu.relay.bus.port import Bus, Hint, StockLow
from babilu.relay.services.sessions import SessionRegistry
from babilu.relay.services.shared_throttle import Counted, SharedThrottle
from babilu.relay.storage.nodes import Rate
from babilu.relay.storage.port import DirectoryStore
from babilu.relay.storage.records import ListRecord, Refused, Stock
from babilu.relay.transport.connection import Connection
from babilu.wire.client_frames import FetchBundle, FetchDeviceList, PublishPrekeys
from babilu.wire.relay_frames import BundleIs, DeviceListIs, Ok, PrekeysLow

STOCK_MAX: Final = 2 * PREKEYS_KEPT
"""One-time prekeys of a kind that are kept for a device: room for a client that tops up by whole sets."""


class Directory:
    """Hands out device lists and prekeys, and takes prekeys.

    Args:
        store: Where they are kept.
        sessions: Who is connected here.
        bus: Reaches those who are connected to other nodes.
        at_all_nodes: Counts at all nodes together.
        limits: How often.
        clock: The time.
    """

    def __init__(
        self,
        store: DirectoryStore,
        sessions: SessionRegistry,
        bus: Bus,
        at_all_nodes: SharedThrottle,
        limits: Limits,
        clock: Clock,
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._bus = bus
        bus.subscribe(self._hear, StockLow)
        self._limits = limits
        self._fetches: Throttle[tuple[int, bytes]] = Throttle(limits.bundle_fetches, limits.bundle_fetch_ms, clock)
        self._targets: Throttle[bytes] = Throttle(limits.target_bundles, limits.target_bundle_ms, clock)
        self._at_all_nodes = at_all_nodes
        self._publications: Throttle[int] = Throttle(limits.publications, limits.publication_ms, clock)

    def reconfigure(self, limits: Limits) -> None:
        """Apply new limits."""
        self._limits = limits
        self._fetches.reconfigure(limits.bundle_fetches, limits.bundle_fetch_ms)
        self._targets.reconfigure(limits.target_bundles, limits.target_bundle_ms)
        self._publications.reconfigure(limits.publications, limits.publication_ms)

    async def publish_prekeys(self, connection: Connection, frame: PublishPrekeys) -> Ok:
        """Add prekeys of the own device."""
        state = self._take_publication(connection)
        current = await self._current(state.name)
        entry = _entry(current, state.device)
        verify_prekey_set(entry, frame.prekeys)
        outcome = await self._store.add_prekeys(state.device, frame.prekeys, STOCK_MAX)
        match outcome:
            case Refused(ErrorCode.QUOTA):
                raise DeliveryError(ErrorCode.QUOTA, f"The relay keeps at most {STOCK_MAX} prekeys of a kind.")
            case Refused(code):
                raise DeliveryError(code, "A prekey's id was used for another key.")
            case _:
                return Ok(frame.request)

    async def fetch_device_list(self, connection: Connection, frame: FetchDeviceList) -> DeviceListIs:
        """Tell an account's devices, and its name as it is registered."""
        del connection
        name = normalise_name(frame.name)
        current = await self._current(name)
        return DeviceListIs(frame.request, name, current.signed)

    async def fetch_bundle(self, connection: Connection, frame: FetchBundle) -> BundleIs:
        """Hand a bundle out and tell its owner when few one-time prekeys are left."""
        account = authenticated(connection.state).account
        wait = self._fetches.take((account, frame.device)) or await self._fetched_elsewhere(account, frame.device)
        if wait:
            raise LinkError(ErrorCode.RATE_LIMITED, "Too many bundles of this device were fetched.", wait)
        one_time = self._targets.take(frame.device) == 0 and not await self._drained_elsewhere(frame.device)
        device = DeviceId(frame.device)
        taken = await self._store.take_bundle(frame.name, device, one_time)
        if isinstance(taken, Refused):
            raise DeliveryError(taken.code, "This device is not known here, or has published no prekeys.")
        self._warn(device, taken.left)
        return BundleIs(frame.request, taken.bundle)

    async def _fetched_elsewhere(self, account: int, device: bytes) -> int:
        rate = Rate(self._limits.bundle_fetches, self._limits.bundle_fetch_ms)
        return await self._at_all_nodes.take(Counted("bundle", account.to_bytes(8, "big") + device, rate))

    async def _drained_elsewhere(self, device: bytes) -> int:
        rate = Rate(self._limits.target_bundles, self._limits.target_bundle_ms)
        return await self._at_all_nodes.take(Counted("bundles of", device, rate))

    def _warn(self, device: DeviceId, left: Stock) -> None:
        if min(left.ec, left.kem) >= self._limits.prekeys_low:
            return
        low = StockLow(device, left.ec, left.kem)
        if self._sessions.device(device) is not None:
            self._hear(low)
        elif self._bus.node is not None:
            self._bus.publish(low)

    def _hear(self, hint: Hint) -> None:
        if isinstance(hint, StockLow):
            owner = self._sessions.device(hint.device)
            if owner is not None:
                owner.send(PrekeysLow(hint.ec, hint.kem))

    async def _current(self, name: str) -> ListRecord:
        found = await self._store.lists([name])
        if name not in found:
            raise DeliveryError(ErrorCode.NOT_FOUND, "There is no account of this name.")
        return found[name]

    def _take_publication(self, connection: Connection) -> OfDevice:
        state = of_device(connection.state)
        wait = self._publications.take(state.account)
        if wait:
            raise LinkError(ErrorCode.RATE_LIMITED, "Too many prekeys were published.", wait)
        return state


def _entry(current: ListRecord, device: DeviceId) -> DeviceEntry:
    entry = find_device(decode_shape(current.signed.body, DeviceListBody), device)
    if entry is None:
        raise DeliveryError(ErrorCode.NOT_FOUND, "This device is not listed any more.")
    return entry
