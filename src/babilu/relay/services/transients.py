"""Transients: passed on to a device that is live now, or dropped; never numbered, stored, remembered or answered.

Only between accounts that watch each other: whoever is not shown that somebody is online can tell them nothing, and
learns nothing by trying.
"""

from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Clock
from babilu.relay.base.states import Live, live
from babilu.relay.base.throttle import Throttle
from babilu.relay.bus.port import Bus, Hint, TransientPassed
from babilu.relay.services.presence import PresenceService
from babilu.relay.services.sessions import SessionRegistry
from babilu.relay.transport.connection import Connection
from babilu.wire.client_frames import Transient
from babilu.wire.relay_frames import TransientFrame


class TransientService:
    """Passes transients on.

    Args:
        sessions: Knows who is connected here.
        presence: Knows who is shown to whom.
        bus: Reaches those who are connected to other nodes.
        limits: How often a device may.
        clock: The time.
    """

    def __init__(
        self, sessions: SessionRegistry, presence: PresenceService, bus: Bus, limits: Limits, clock: Clock
    ) -> None:
        self._sessions = sessions
        self._presence = presence
        self._bus = bus
        self._pace: Throttle[DeviceId] = Throttle(limits.transients, limits.transient_ms, clock)
        bus.subscribe(self._hear, TransientPassed)

    def reconfigure(self, limits: Limits) -> None:
        """Apply new limits."""
        self._pace.reconfigure(limits.transients, limits.transient_ms)

    def pass_on(self, connection: Connection, transient: Transient) -> None:
        """Hand a transient to its device, here or at the nodes where its account shows itself to the sender's."""
        state = live(connection.state)
        if self._pace.take(state.device):
            return
        passed = TransientPassed(state.name, transient.name, DeviceId(transient.device), transient.sealed)
        if self._sessions.device(passed.device) is not None:
            self._hand_over(passed)
            return
        for node in self._presence.nodes_of(passed.name, passed.sender):
            self._bus.publish(passed, node)

    def _hear(self, hint: Hint) -> None:
        if isinstance(hint, TransientPassed):
            self._hand_over(hint)

    def _hand_over(self, passed: TransientPassed) -> None:
        recipient = self._sessions.device(passed.device)
        if recipient is None or recipient.is_congested:
            return
        match recipient.state:
            case Live(name=passed.name) if self._presence.shows(passed.sender, recipient):
                recipient.send(TransientFrame(passed.sealed))
            case _:
                pass
