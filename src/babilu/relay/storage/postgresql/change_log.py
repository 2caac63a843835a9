"""Log of changes that every node must hear of: each is noted in the transaction that makes it."""

from collections.abc import Iterable

from babilu.kernel.ids import DeviceId
from babilu.relay.storage.nodes import ChangeKind
from babilu.relay.storage.postgresql.connections import PgConnection


async def note_change(
    connection: PgConnection,
    kind: ChangeKind,
    account: int | None = None,
    devices: Iterable[DeviceId | None] = (None,),
    text: str = "",
) -> None:
    """Note a change, for each of several devices where it is about some, in the transaction that makes it."""
    await connection.execute(
        "INSERT INTO change (kind, account, device, text) SELECT $1, $2, device, $4 FROM unnest($3::uuid[]) u(device)",
        str(kind),
        account,
        list(devices),
        # The database holds no such character, and nobody misses it.
        text.replace("\0", ""),
    )
