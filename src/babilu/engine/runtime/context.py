"""Context of an open client: what every part stands on, made once, passed to each, never looked up from anywhere."""

from dataclasses import dataclass

from babilu.engine.runtime.event_bus import EventBus
from babilu.engine.runtime.presence import Presences
from babilu.engine.runtime.views import ViewMaker
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Clock, Randomness
from babilu.session.sessions import OwnDevice
from babilu.store.database import Database


@dataclass(frozen=True, slots=True)
class ClientContext:
    """The profile, the own device, and the ports.

    Attributes:
        database: The open profile.
        own: The own device.
        bus: Tells events.
        show: Makes views.
        presences: Who is reachable at this moment.
        limits: Sizes and deadlines.
        clock: Tells the time.
        randomness: For keys, ids and pauses.
    """

    database: Database
    own: OwnDevice
    bus: EventBus
    show: ViewMaker
    presences: Presences
    limits: Limits
    clock: Clock
    randomness: Randomness
