"""Choice of the bus: within the process for a relay of one node, else NATS or the storage's own notifications."""

from babilu.relay.base.keys import RelayKey
from babilu.relay.base.settings import RelaySettings
from babilu.relay.bus.local import LocalBus
from babilu.relay.bus.port import Bus, BusCounts
from babilu.relay.storage.port import Storage


async def join_bus(settings: RelaySettings, storage: Storage, key: RelayKey) -> Bus:
    """Join the other nodes of a relay.

    Args:
        settings: Where the bus is.
        storage: What the nodes share.
        key: The key that all of them have.

    Raises:
        UsageError: There are no credentials where they are said to be.
    """
    if storage.nodes is None:
        return LocalBus()
    # A relay of one node needs none of these, nor their packages.
    from babilu.relay.bus.cluster import Carrier, ClusterBus  # noqa: PLC0415
    from babilu.relay.bus.nats import NatsCarrier, NatsPlace  # noqa: PLC0415
    from babilu.relay.bus.postgresql import NotifyCarrier  # noqa: PLC0415

    cluster, node, counts = settings.cluster, storage.nodes.node, BusCounts()
    carrier: Carrier
    if cluster.bus:
        carrier = NatsCarrier(NatsPlace(cluster.bus, cluster.name, cluster.bus_credentials), node, counts)
    else:
        carrier = NotifyCarrier(storage.nodes.connect, node, counts)
    return await ClusterBus.join(node, key.bus_key, storage.epoch, carrier, cluster.letter_bytes, counts)
