"""Mailboxes over PostgreSQL; see `MailStore`: all calls about one go over the same lane, which is their order."""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Sequence
from functools import partial
from itertools import groupby
from typing import Any, Final

from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.ids import DeviceId, EnvelopeId
from babilu.kernel.limits import INTEGER_MAX
from babilu.relay.storage.postgresql.connections import LONG_DEADLINE_S, PgConnection, Pool, PostgresDatabase
from babilu.relay.storage.postgresql.lane import Lane
from babilu.relay.storage.postgresql.mailbox import MailboxCache, Stand
from babilu.relay.storage.postgresql.partitions import drop_mail, drop_stored, make_partitions
from babilu.relay.storage.postgresql.schema import HOUSEKEEPING_LOCK, LOCK_SPACE
from babilu.relay.storage.postgresql.submitting import Submitter
from babilu.relay.storage.records import (
    MailboxStanding,
    MailPage,
    Outcome,
    Quota,
    Refused,
    Repeated,
    Resumption,
    Stored,
    StoredEnvelope,
    Submission,
)

NOTED_S: Final = 0.25
"""How long it takes at most until the highest number that a device has used is written down."""

_SHIFT: Final = 2**62
"""What numbers are raised by while they are given anew: above every number a client may name."""

_NOT_FOUND: Final = Refused(ErrorCode.NOT_FOUND)
_ROLLED_BACK: Final = Refused(ErrorCode.ROLLED_BACK)

_ACKNOWLEDGE: Final = """
WITH l AS MATERIALIZED (
  SELECT id, head, acknowledged, submitted FROM mailbox WHERE id = ANY($1::int8[]) ORDER BY id FOR NO KEY UPDATE),
c AS MATERIALIZED (
  SELECT l.id, l.acknowledged AS before, greatest(l.acknowledged, least(u.cursor, l.head)) AS cursor,
         greatest(l.submitted, u.submitted) AS submitted
    FROM l JOIN unnest($1::int8[], $2::int8[], $3::int8[]) AS u(id, cursor, submitted) ON u.id = l.id),
d AS (
  DELETE FROM mail x USING c WHERE x.mailbox = c.id AND x.seq > c.before AND x.seq <= c.cursor)
UPDATE mailbox m SET acknowledged = c.cursor, submitted = c.submitted FROM c WHERE m.id = c.id
RETURNING m.id, m.head, m.acknowledged, m.edition, m.node
"""

_READ: Final = """
SELECT m.head, t.seq, t.stored_at, t.envelope
  FROM device d JOIN mailbox m ON m.id = d.id LEFT JOIN LATERAL (
       SELECT seq, stored_at, envelope FROM (
              SELECT seq, stored_at, envelope, sum(octet_length(envelope)) OVER (ORDER BY seq) AS total,
                     row_number() OVER (ORDER BY seq) AS place
                FROM mail WHERE mailbox = m.id AND seq > $2 ORDER BY seq LIMIT $3) p
        WHERE total <= $4 OR place = 1) t ON true
 WHERE d.device = $1 ORDER BY t.seq
"""

_STANDINGS: Final = """
SELECT d.device, m.head, m.node FROM device d JOIN mailbox m ON m.id = d.id WHERE d.device = ANY($1::uuid[])
"""

_KNOWN: Final = """
SELECT m.id, (SELECT array_agg(k.share) FROM known k WHERE k.mailbox = m.id)
  FROM mailbox m JOIN device d ON d.id = m.id WHERE d.device = $1
"""

_KNOW: Final = """
WITH m AS MATERIALIZED (SELECT id FROM mailbox WHERE id = $1 FOR NO KEY UPDATE),
gone AS (DELETE FROM known k USING m WHERE k.mailbox = m.id AND NOT k.share = ANY($2::uuid[])),
new AS (INSERT INTO known SELECT m.id, u.share FROM m, unnest($2::uuid[]) AS u(share) ON CONFLICT DO NOTHING)
UPDATE mailbox SET edition = edition + 1 FROM m WHERE mailbox.id = m.id
"""

_STAND: Final = """
SELECT m.id, m.head, m.acknowledged, m.submitted, m.edition, m.node
  FROM mailbox m JOIN device d ON d.id = m.id WHERE d.device = $1 FOR NO KEY UPDATE OF m
"""

_RESUME: Final = """
UPDATE mailbox SET head = $2, acknowledged = $3, submitted = $4, edition = $5, node = $6, fence = nextval('fence')
 WHERE id = $1 RETURNING fence
"""


class PostgresMail:
    """Mailboxes.

    Args:
        database: Where they are.
        pool: Connections for what needs no order.
        lanes: How many connections write letters.
        gather_s: How long a letter waits for others.
        node: Number of this node.
    """

    def __init__(self, database: PostgresDatabase, pool: Pool, lanes: int, gather_s: float, node: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._pool = pool
        self._node = node
        self.cache = MailboxCache()
        # Counts the histories that the database has held: a cursor means nothing in another one than its own.
        self._history = 0
        self._lanes = tuple(Lane(database, gather_s) for _ in range(lanes))
        self._submitter = Submitter(self.cache, node)
        # Highest numbers that devices have used, by the lane that writes them down.
        self._submitted: tuple[dict[DeviceId, int], ...] = tuple({} for _ in range(lanes))
        self._noting: asyncio.TimerHandle | None = None
        self._under_way: set[asyncio.Task[Any]] = set()
        self._sweep: tuple[int, bytes] = (0, bytes(16))
        # One object each: calls are put together by it.
        self._do_submit = self._submit_all
        self._do_acknowledge = tuple(partial(self._acknowledge_all, submitted) for submitted in self._submitted)

    def _lane(self, device: DeviceId) -> int:
        return device[0] % len(self._lanes)

    # What is asked.

    def submit(self, batch: Sequence[Submission], now: int, quota: Quota) -> "asyncio.Future[list[Outcome]]":
        if len(self._lanes) == 1:
            return self._lanes[0].put(self._do_submit, (batch, now, quota), len(batch))
        places: dict[int, list[int]] = defaultdict(list)
        for place, submission in enumerate(batch):
            places[self._lane(submission.device)].append(place)
        parts = [
            (of_lane, self._lanes[lane].put(self._do_submit, ([batch[p] for p in of_lane], now, quota), len(of_lane)))
            for lane, of_lane in places.items()
        ]
        return self._begin(_joined(len(batch), parts))

    def acknowledge(self, cursors: Sequence[tuple[DeviceId, int]]) -> "asyncio.Future[frozenset[DeviceId]]":
        parts: dict[int, list[tuple[DeviceId, int]]] = defaultdict(list)
        for device, cursor in cursors:
            parts[self._lane(device)].append((device, cursor))
        futures = [
            self._lanes[lane].put(self._do_acknowledge[lane], (self._history, part), len(part))
            for lane, part in parts.items()
        ]
        return futures[0] if len(futures) == 1 else self._begin(_all_of(futures))

    def standings(self, devices: Sequence[DeviceId]) -> "asyncio.Future[dict[DeviceId, MailboxStanding]]":
        return self._begin(self._standings(devices))

    def resume(
        self, device: DeviceId, cursor: int, envelope: EnvelopeId | None, number: int
    ) -> "asyncio.Future[Resumption | Refused]":
        return self._lanes[self._lane(device)].put(self._resume, (device, cursor, envelope, number))

    def know(self, device: DeviceId, shares: frozenset[bytes]) -> "asyncio.Future[None]":
        return self._lanes[self._lane(device)].put(self._know, (device, shares))

    def read(self, device: DeviceId, after: int, messages: int, size: int) -> "asyncio.Future[MailPage]":
        return self._begin(self._read(device, after, messages, size))

    def expire(self, stored_before: int, most: int) -> "asyncio.Future[int]":
        async def work(connection: PgConnection) -> int:
            if not await _is_housekeeper(connection):
                return 0
            await make_partitions(connection, "mail")
            if await drop_mail(connection, stored_before):
                # However many there were: there may be more.
                return most
            return await _expire(connection, stored_before, most)

        return self._pool.transact(work, LONG_DEADLINE_S)

    def forget_repeats(self, stored_before: int, expired_before: int, most: int) -> "asyncio.Future[bool]":
        async def work(connection: PgConnection) -> bool:
            if not await _is_housekeeper(connection):
                return True
            await make_partitions(connection, "stored")
            if await drop_stored(connection, stored_before, expired_before):
                return False
            return await self._forget(connection, stored_before, expired_before, most)

        return self._pool.transact(work, LONG_DEADLINE_S)

    def begin_anew(self) -> None:
        """Forget what is known of mailboxes, and pass over what waits to be acknowledged: the history is another one.

        What waits to be submitted is stored there; the numbers that devices have used are theirs in any history.
        """
        self._history += 1
        self.cache.clear()

    async def close(self) -> None:
        """Finish what was begun, and write down which numbers devices have used."""
        self._note()
        for lane in self._lanes:
            await lane.close()
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _begin(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        task = self._loop.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    # What becomes of it.

    async def _submit_all(
        self, connection: PgConnection, calls: Sequence[tuple[Sequence[Submission], int, Quota]]
    ) -> list[list[Outcome]]:
        results: list[list[Outcome]] = []
        for quota, alike in groupby(calls, key=lambda call: call[2]):
            batches = [(batch, now) for batch, now, _ in alike]
            submissions = [(submission, now) for batch, now in batches for submission in batch]
            outcomes = await self._submitter.submit(connection, submissions, quota)
            for (submission, _), outcome in zip(submissions, outcomes, strict=True):
                if type(outcome) is Stored or type(outcome) is Repeated:
                    self._note_number(submission.sender, submission.number)
            first = 0
            for batch, _ in batches:
                results.append(outcomes[first : first + len(batch)])
                first += len(batch)
        return results

    def _note_number(self, device: DeviceId, number: int) -> None:
        submitted = self._submitted[self._lane(device)]
        if number > submitted.get(device, -1):
            submitted[device] = number
            if self._noting is None:
                self._noting = self._loop.call_later(NOTED_S, self._note)

    def _note(self) -> None:
        """Have the numbers that devices have used written down."""
        if self._noting is not None:
            self._noting.cancel()
            self._noting = None
        for lane, submitted in enumerate(self._submitted):
            if submitted:
                self._lanes[lane].put(self._do_acknowledge[lane], (self._history, ()), 1)

    async def _acknowledge_all(
        self,
        submitted: dict[DeviceId, int],
        connection: PgConnection,
        calls: Sequence[tuple[int, Sequence[tuple[DeviceId, int]]]],
    ) -> list[frozenset[DeviceId]]:
        cursors: dict[DeviceId, int] = {}
        # The connection may have been made for this call, and have found another history: letters that nobody has had
        # may stand there under the numbers that were acknowledged.
        parts = [part if history == self._history else () for history, part in calls]
        for part in parts:
            for device, cursor in part:
                cursors[device] = max(cursor, cursors.get(device, 0))
        noted = dict(submitted)
        submitted.clear()
        devices = {*cursors, *noted}
        try:
            ids = await self.cache.ids(connection, devices)
            found = sorted((number, cursors.get(device, 0), noted.get(device, 0)) for device, number in ids.items())
            rows = await connection.fetch(_ACKNOWLEDGE, *map(list, zip(*found, strict=True))) if found else ()
        except BaseException:
            for device, number in noted.items():
                self._note_number(device, number)
            raise
        by_number = {number: device for device, number in ids.items()}
        here = set()
        for number, head, acknowledged, edition, node in rows:
            device = by_number[number]
            if node is None or node == self._node:
                here.add(device)
            mailbox = self.cache.get(device)
            if mailbox is not None and head == acknowledged and mailbox.stand.edition == edition:
                mailbox.empty(Stand(head, acknowledged, edition))
        return [frozenset(device for device, _ in part if device not in here) for part in parts]

    async def _resume(
        self, connection: PgConnection, calls: Sequence[tuple[DeviceId, int, EnvelopeId | None, int]]
    ) -> list[Resumption | Refused]:
        ((device, cursor, envelope, number),) = calls
        submitted_here = self._submitted[self._lane(device)]
        noted = submitted_here.get(device, 0)
        async with connection.transaction():
            row = await connection.fetchrow(_STAND, device)
            if row is None:
                self.cache.forget(device)
                return [_NOT_FOUND]
            mailbox, head, acknowledged, submitted, edition, former = row
            if cursor < acknowledged or number < max(submitted, noted):
                return [_ROLLED_BACK]
            if not await _agrees(connection, mailbox, Stand(head, acknowledged, edition), cursor, envelope):
                head, edition = await _renumber(connection, mailbox, cursor), edition + 1
                acknowledged = cursor
            elif cursor > acknowledged:
                await connection.execute("DELETE FROM mail WHERE mailbox = $1 AND seq <= $2", mailbox, cursor)
                acknowledged = cursor
            fence = await connection.fetchval(_RESUME, mailbox, head, acknowledged, number, edition, self._node)
        self.cache.name(device, number)
        submitted_here.pop(device, None)
        return [Resumption(acknowledged, head, fence, None if former == self._node else former)]

    async def _know(self, connection: PgConnection, calls: Sequence[tuple[DeviceId, frozenset[bytes]]]) -> list[None]:
        ((device, shares),) = calls
        row = await connection.fetchrow(_KNOWN, device)
        if row is not None and frozenset(row[1] or ()) != shares:
            await connection.execute(_KNOW, row[0], list(shares))
            mailbox = self.cache.get(device)
            if mailbox is not None:
                mailbox.stale = True
        return [None]

    async def _read(self, device: DeviceId, after: int, messages: int, size: int) -> MailPage:
        await self._lanes[self._lane(device)].settled()
        rows = await self._pool.run(
            lambda connection: connection.fetch(
                _READ, device, after, min(messages, INTEGER_MAX), min(size, INTEGER_MAX)
            )
        )
        if not rows:
            return MailPage((), after)
        return MailPage(tuple(StoredEnvelope(*row[1:]) for row in rows if row[1] is not None), rows[0][0])

    async def _standings(self, devices: Sequence[DeviceId]) -> dict[DeviceId, MailboxStanding]:
        for lane in self._lanes:
            await lane.settled()
        rows = await self._pool.run(lambda connection: connection.fetch(_STANDINGS, list(devices)))
        return {
            DeviceId(device): MailboxStanding(head, node is None or node == self._node) for device, head, node in rows
        }

    async def _forget(self, connection: PgConnection, stored_before: int, expired_before: int, most: int) -> bool:
        """Go on through the ids that belong to no day's partition, in the order of their key."""
        rows = await connection.fetch(
            "SELECT s.mailbox, s.envelope, s.day, s.stored_at, s.seq <= coalesce(m.acknowledged, s.seq)"
            " FROM stored_default s LEFT JOIN mailbox m ON m.id = s.mailbox"
            " WHERE (s.mailbox, s.envelope) > ($1, $2) ORDER BY s.mailbox, s.envelope LIMIT $3",
            *self._sweep,
            most,
        )
        old = [
            (mailbox, envelope, day)
            for mailbox, envelope, day, stored_at, gone in rows
            if stored_at < (stored_before if gone else min(stored_before, expired_before))
        ]
        if old:
            await connection.execute(
                "DELETE FROM stored_default s"
                " USING unnest($1::int8[], $2::uuid[], $3::int4[]) u(mailbox, envelope, day)"
                " WHERE s.mailbox = u.mailbox AND s.envelope = u.envelope AND s.day = u.day",
                *map(list, zip(*old, strict=True)),
            )
        at_end = len(rows) < most
        self._sweep = (0, bytes(16)) if at_end else (rows[-1][0], rows[-1][1])
        return at_end


async def _agrees(
    connection: PgConnection, mailbox: int, stand: Stand, cursor: int, envelope: EnvelopeId | None
) -> bool:
    """Tell whether the client's cursor names the envelope that it names here."""
    if cursor > stand.head:
        return False
    found = await connection.fetchrow(
        "SELECT substring(sha256(envelope) FOR 16) FROM mail WHERE mailbox = $1 AND seq = $2", mailbox, cursor
    )
    if envelope is None:
        # It says that nothing came under this number, as at the end of a gap.
        return found is None
    if cursor <= stand.acknowledged:
        return True
    if found is not None:
        # What waits is its own proof: its id is a part of its hash.
        return bool(bytes(found[0]) == envelope)
    # It has expired here, and its id may still be known.
    known = await connection.fetchval("SELECT seq FROM stored WHERE mailbox = $1 AND envelope = $2", mailbox, envelope)
    return bool(known == cursor)


async def _renumber(connection: PgConnection, mailbox: int, cursor: int) -> int:
    """Number what waits anew above ``cursor``, in the same order; returns the last number."""
    # In two steps: the primary key is looked at row by row, and the numbers may be in use.
    rows = await connection.fetch(
        f"UPDATE mail SET seq = seq + {_SHIFT} WHERE mailbox = $1 RETURNING seq, substring(sha256(envelope) FOR 16)",
        mailbox,
    )
    moves = sorted((seq, bytes(envelope)) for seq, envelope in rows)
    new = list(range(cursor + 1, cursor + 1 + len(moves)))
    await connection.execute(
        "UPDATE mail m SET seq = u.new FROM unnest($2::int8[], $3::int8[]) u(old, new)"
        " WHERE m.mailbox = $1 AND m.seq = u.old",
        mailbox,
        [seq for seq, _ in moves],
        new,
    )
    await connection.execute(
        "UPDATE stored s SET seq = u.new FROM unnest($2::uuid[], $3::int8[]) u(envelope, new)"
        " WHERE s.mailbox = $1 AND s.envelope = u.envelope",
        mailbox,
        [envelope for _, envelope in moves],
        new,
    )
    return cursor + len(new)


async def _expire(connection: PgConnection, stored_before: int, most: int) -> int:
    """Delete old letters that belong to no day's partition."""
    rows = await connection.fetch(
        "SELECT mailbox, seq, stored_at FROM mail_default WHERE stored_at < $1 ORDER BY stored_at LIMIT $2",
        stored_before,
        most,
    )
    if rows:
        await connection.execute(
            "UPDATE mailbox SET edition = edition + 1 WHERE id IN"
            " (SELECT id FROM mailbox WHERE id = ANY($1::int8[]) ORDER BY id FOR NO KEY UPDATE)",
            sorted({row[0] for row in rows}),
        )
        await connection.execute(
            "DELETE FROM mail_default m USING unnest($1::int8[], $2::int8[], $3::int8[]) u(mailbox, seq, stored_at)"
            " WHERE m.mailbox = u.mailbox AND m.seq = u.seq AND m.stored_at = u.stored_at",
            *map(list, zip(*rows, strict=True)),
        )
    return len(rows)


async def _is_housekeeper(connection: PgConnection) -> bool:
    """Tell whether this transaction may tidy up: of several nodes one does at a time."""
    return bool(await connection.fetchval("SELECT pg_try_advisory_xact_lock($1, $2)", LOCK_SPACE, HOUSEKEEPING_LOCK))


async def _joined(size: int, parts: Iterable[tuple[list[int], "asyncio.Future[list[Outcome]]"]]) -> list[Outcome]:
    """Put the outcomes of several lanes together; where one failed the call fails, though others were carried out."""
    outcomes: dict[int, Outcome] = {}
    failed: BabiluError | None = None
    for places, future in parts:
        try:
            outcomes.update(zip(places, await future, strict=True))
        except BabiluError as error:
            failed = error
    if failed is not None:
        raise failed
    return [outcomes[place] for place in range(size)]


async def _all_of(futures: Sequence["asyncio.Future[frozenset[DeviceId]]"]) -> frozenset[DeviceId]:
    if futures:
        await asyncio.wait(futures)
    return frozenset[DeviceId]().union(*(future.result() for future in futures))
