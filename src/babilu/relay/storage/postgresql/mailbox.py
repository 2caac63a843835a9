"""Mailboxes as one node knows them: what it would ask anew with every message, and may lose at any moment.

Other nodes change the same mailboxes. What is counted here is exact as long as the mailbox has given out, deleted and
changed exactly what this node knows of: its *stand*, three numbers that come back with every statement.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import FRAME_BYTES
from babilu.relay.storage.mailbox_quota import PART_OF_FREE, MailboxQuota
from babilu.relay.storage.postgresql.connections import PgConnection
from babilu.relay.storage.records import Quota

MAILBOXES_KEPT: Final = 20_000
"""Mailboxes whose state is kept in memory; the longest known leave first, a tenth of them at once."""

NUMBERS_KEPT: Final = 100_000
"""Devices of which the highest number they named is kept; of others every submission is looked for among all ids."""


class Stand(NamedTuple):
    """Where a mailbox stands: two equal ones have nothing between them."""

    head: int
    acknowledged: int
    edition: int


UNKNOWN: Final = Stand(-1, -1, -1)
"""No mailbox stands here."""

LOAD: Final = """
SELECT d.device, d.id, a.name, m.head, m.acknowledged, m.edition, m.most_messages, m.most_bytes,
       (SELECT array_agg(k.share) FROM known k WHERE k.mailbox = d.id),
       w.shares, w.messages, w.sizes, w.latest
  FROM device d JOIN account a ON a.id = d.account JOIN mailbox m ON m.id = d.id LEFT JOIN LATERAL (
       SELECT array_agg(share) AS shares, array_agg(n) AS messages, array_agg(size) AS sizes, array_agg(at) AS latest
         FROM (SELECT share, count(*) AS n, sum(octet_length(envelope))::int8 AS size, max(stored_at) AS at
                 FROM mail WHERE mailbox = d.id GROUP BY share) s) w ON true
 WHERE d.device = ANY($1::uuid[])
"""

COUNT: Final = """
SELECT share, count(*), sum(octet_length(envelope))::int8 FROM mail WHERE mailbox = $1 GROUP BY share
"""

NUMBERS: Final = "SELECT device, id FROM device WHERE device = ANY($1::uuid[])"


class NodeMailbox(MailboxQuota):
    """A mailbox, as this node knows it.

    Attributes:
        number: Its row.
        name: The account it belongs to.
        stand: Where it stood when all that waits was last counted right.
        stale: Whether something that counts for it has changed elsewhere: it is read anew.
        counted_at: When what waits was last counted as a whole, by the loop's clock.
        stored: Envelopes that were stored since the oldest ids were last forgotten.
    """

    __slots__ = ("counted_at", "name", "number", "stale", "stand", "stored")

    def __init__(self, number: int, name: str) -> None:
        super().__init__(None, None)
        self.number = number
        self.name = name
        self.stand = UNKNOWN
        self.stale = False
        self.counted_at = 0.0
        self.stored = 0

    def load(self, row: Any) -> None:
        """Take over what the database says; what senders have sent is known here alone, and stays."""
        self.stand = Stand(*row[3:6])
        self.allow(row[6], row[7])
        self.know(frozenset(row[8] or ()))
        shares, messages, sizes, latest = (column or () for column in row[9:13])
        self.recount(zip(shares, messages, sizes, strict=True))
        for at, share in sorted(zip(latest, shares, strict=True)):
            if share not in self.known:
                self.note_writer(share, at)
        self.stale = False

    def empty(self, stand: Stand) -> None:
        """Note that nothing waits."""
        self.recount(())
        self.stand = stand


class MailboxCache:
    """The mailboxes that this node has met, and what their devices have named."""

    def __init__(self) -> None:
        self._mailboxes: dict[DeviceId, NodeMailbox] = {}
        self._ids: dict[DeviceId, int] = {}
        self._named: dict[DeviceId, int] = {}

    def clear(self) -> None:
        """Forget everything: the database has another history."""
        self._mailboxes.clear()
        self._ids.clear()
        self._named.clear()

    def forget(self, device: DeviceId) -> None:
        """Forget a mailbox: it has gone, or its account has changed."""
        self._mailboxes.pop(device, None)
        self._ids.pop(device, None)

    def get(self, device: DeviceId) -> NodeMailbox | None:
        return self._mailboxes.get(device)

    async def load(self, connection: PgConnection, devices: Iterable[DeviceId]) -> None:
        """Read those mailboxes that are not known, or not as they are now."""
        missing = []
        for device in set(devices):
            mailbox = self._mailboxes.get(device)
            if mailbox is None or mailbox.stale:
                missing.append(device)
        if not missing:
            return
        if len(self._mailboxes) >= MAILBOXES_KEPT:
            for device in list(self._mailboxes)[: MAILBOXES_KEPT // 10]:
                del self._mailboxes[device]
        left = set(missing)
        now = asyncio.get_running_loop().time()
        for row in await connection.fetch(LOAD, missing):
            device = DeviceId(row[0])
            left.discard(device)
            mailbox = self._mailboxes.get(device)
            if mailbox is None or mailbox.number != row[1]:
                mailbox = self._mailboxes[device] = NodeMailbox(row[1], row[2])
            mailbox.load(row)
            mailbox.counted_at = now
        for device in left:
            self.forget(device)

    async def ids(self, connection: PgConnection, devices: Iterable[DeviceId]) -> dict[DeviceId, int]:
        """Return the numbers of those mailboxes that are there."""
        found: dict[DeviceId, int] = {}
        missing = []
        for device in devices:
            number = self._ids.get(device)
            if number is None:
                missing.append(device)
            else:
                found[device] = number
        if missing:
            if len(self._ids) >= NUMBERS_KEPT:
                self._ids.clear()
            for octets, number in await connection.fetch(NUMBERS, missing):
                found[DeviceId(octets)] = self._ids[DeviceId(octets)] = number
        return found

    def name(self, device: DeviceId, number: int) -> None:
        """Note the highest number that a device has named when it resumed here."""
        if len(self._named) >= NUMBERS_KEPT:
            self._named.clear()
        self._named[device] = number

    def is_new(self, device: DeviceId, number: int) -> bool:
        """Tell whether a device surely never named a number before, and note it."""
        before = self._named.get(device)
        if before is None or number <= before:
            return False
        self._named[device] = number
        return True


def gate(quota: Quota) -> int:
    """Return how many letters may wait where no rule could refuse one that the owner wants: nobody counts them then."""
    share = PART_OF_FREE + 1
    return min(
        quota.mailbox_messages // share - 1,
        quota.mailbox_bytes // (share * FRAME_BYTES) - 1,
        quota.sender_messages,
        quota.sender_bytes // FRAME_BYTES,
    )
