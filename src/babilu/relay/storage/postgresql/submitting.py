"""Submissions: a batch is stored by one statement, which locks its mailboxes in their order before it touches a row.

Two nodes with the same submission meet at the lock, and the later one finds that it is a repeat. Numbers are given
after repeats are gone, so they are dense. A mailbox whose room the statement cannot be sure of is passed over, and
judged letter by letter under its lock.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.errors import ErrorCode
from babilu.kernel.limits import DAY_MS
from babilu.relay.storage.mailbox_quota import REMEMBERED, REMEMBERED_MORE
from babilu.relay.storage.postgresql.connections import PgConnection, is_bad_data, storable
from babilu.relay.storage.postgresql.mailbox import COUNT, UNKNOWN, MailboxCache, NodeMailbox, Stand, gate
from babilu.relay.storage.records import Outcome, Quota, Refused, Repeated, StaleDeviceList, Stored, Submission

RECOUNT_S: Final = 1.0
"""How often a mailbox that several nodes fill is counted; in between what others add is guessed."""

NO_GATE: Final = -1

_NOT_FOUND: Final = Refused(ErrorCode.NOT_FOUND)
_QUOTA: Final = Refused(ErrorCode.QUOTA)

SUBMIT: Final = f"""
WITH i AS MATERIALIZED (
  SELECT * FROM unnest($1::int8[], $2::uuid[], $3::int8[], $4::int8[], $5::uuid[], $6::bytea[], $7::int8[])
    WITH ORDINALITY AS u(mailbox, envelope_id, version, stored_at, share, envelope, place, ord)),
b AS MATERIALIZED (
  SELECT * FROM unnest($8::int8[], $9::int8[], $10::int8[], $11::int8[], $12::int8[], $13::int4[])
    AS u(id, n, gate, head, acknowledged, edition)),
l AS MATERIALIZED (
  SELECT id, head, acknowledged, list_version, node, edition, most_messages, most_bytes
    FROM mailbox WHERE id = ANY($8::int8[]) ORDER BY id FOR NO KEY UPDATE),
k AS MATERIALIZED (
  SELECT l.*, l.head - l.acknowledged + b.n <= least(b.gate, l.most_messages / 5 - 1, l.most_bytes / 491520 - 1)
         OR (l.head = b.head AND l.acknowledged = b.acknowledged AND l.edition = b.edition) AS open
    FROM l JOIN b USING (id)),
s AS (
  INSERT INTO stored (mailbox, envelope, seq, stored_at, day)
  SELECT i.mailbox, i.envelope_id, k.head + i.place, i.stored_at, (i.stored_at / {DAY_MS})::int4
    FROM i JOIN k ON k.id = i.mailbox AND k.open AND k.list_version = i.version
  ON CONFLICT DO NOTHING RETURNING mailbox, envelope),
f AS MATERIALIZED (
  SELECT DISTINCT ON (i.mailbox, i.envelope_id) i.*
    FROM i JOIN s ON s.mailbox = i.mailbox AND s.envelope = i.envelope_id ORDER BY i.mailbox, i.envelope_id, i.ord),
n AS MATERIALIZED (
  SELECT f.*, k.head + row_number() OVER (PARTITION BY f.mailbox ORDER BY f.ord) AS seq
    FROM f JOIN k ON k.id = f.mailbox),
h AS (
  UPDATE mailbox m SET head = c.head FROM (SELECT mailbox, max(seq) AS head FROM n GROUP BY mailbox) c
   WHERE m.id = c.mailbox),
w AS (
  INSERT INTO mail (mailbox, seq, stored_at, share, envelope)
  SELECT mailbox, seq, stored_at, share, envelope FROM n)
SELECT k.id, k.list_version, k.open, k.head, k.acknowledged, k.edition, k.node, a.places
  FROM k LEFT JOIN (SELECT mailbox, array_agg(place ORDER BY ord) AS places FROM n GROUP BY mailbox) a
    ON a.mailbox = k.id
"""
"""Parameters: letters (mailbox, id, version of the list, time, share, envelope, place among the mailbox's); mailboxes
in the order of their numbers (number, letters, most that may wait uncounted, and the three numbers of the stand)."""

_RECALL: Final = """
SELECT s.mailbox, s.envelope, s.stored_at
  FROM unnest($1::int8[], $2::uuid[]) u(mailbox, envelope) JOIN stored s USING (mailbox, envelope)
"""

_LOCK: Final = """
SELECT id, list_version, head, acknowledged, edition, node, most_messages, most_bytes
  FROM mailbox WHERE id = ANY($1::int8[]) ORDER BY id FOR NO KEY UPDATE
"""

_KEEP: Final = f"""
WITH n AS MATERIALIZED (
  SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::uuid[], $5::uuid[], $6::bytea[])
    AS u(mailbox, seq, stored_at, envelope_id, share, envelope)),
s AS (
  INSERT INTO stored (mailbox, envelope, seq, stored_at, day)
  SELECT mailbox, envelope_id, seq, stored_at, (stored_at / {DAY_MS})::int4 FROM n),
h AS (
  UPDATE mailbox m SET head = c.head FROM (SELECT mailbox, max(seq) AS head FROM n GROUP BY mailbox) c
   WHERE m.id = c.mailbox)
INSERT INTO mail (mailbox, seq, stored_at, share, envelope) SELECT mailbox, seq, stored_at, share, envelope FROM n
"""

_LISTS: Final = "SELECT name, list_version, list_body, list_signature FROM account WHERE name = ANY($1::text[])"

_FORGET: Final = """
DELETE FROM stored s USING mailbox m
 WHERE m.id = $1 AND s.mailbox = m.id AND s.seq <= least(m.acknowledged, m.head - $2)
"""


@dataclass(slots=True)
class _Item:
    """A submission, when it came, and what becomes of it.

    Attributes:
        mailbox: Where it goes.
        outcome: The answer, once there is one.
        taken: Whether it is counted as if it were stored.
        overtaken: Whether its mailbox goes by another list than the sender knows.
    """

    submission: Submission
    now: int
    mailbox: NodeMailbox | None = None
    outcome: Outcome | None = None
    taken: bool = False
    overtaken: bool = False


@dataclass(slots=True)
class _Group:
    """The submissions of a batch for one mailbox, in their order."""

    mailbox: NodeMailbox
    items: list[_Item] = field(default_factory=list)
    open: bool = True

    def take_in(self, quota: Quota) -> None:
        """Count them as if all were stored; where one has no room nothing is counted, and each is judged later."""
        mailbox = self.mailbox
        for item in self.items:
            submission = item.submission
            size = len(submission.envelope)
            if not mailbox.has_room(submission.share, size, quota, item.now, own=submission.own):
                self.take_back(self.items)
                self.open = False
                return
            mailbox.take_in(submission.share, size, quota, item.now)
            item.taken = True

    def take_back(self, items: Sequence[_Item]) -> None:
        for item in items:
            if item.taken:
                item.taken = False
                self.mailbox.take_back(item.submission.share, len(item.submission.envelope))


class Submitter:
    """Stores submissions.

    Args:
        cache: The mailboxes that are known.
        node: Number of this node, which hears of its own letters without being told.
    """

    def __init__(self, cache: MailboxCache, node: int) -> None:
        self._cache = cache
        self._node = node

    async def submit(
        self, connection: PgConnection, submissions: Sequence[tuple[Submission, int]], quota: Quota
    ) -> list[Outcome]:
        """Store submissions, each with its time; a bad one refuses itself alone."""
        items = [_Item(submission, now) for submission, now in submissions]
        try:
            await self._submit(connection, items, quota)
        except Exception as error:
            if not is_bad_data(error) or connection.is_closed():
                raise
            if len(items) == 1:
                return [_NOT_FOUND]
            return [outcome for item in submissions for outcome in await self.submit(connection, [item], quota)]
        return [_NOT_FOUND if item.outcome is None else item.outcome for item in items]

    async def _submit(self, connection: PgConnection, items: list[_Item], quota: Quota) -> None:
        await self._cache.load(connection, (item.submission.device for item in items))
        lost = await self._try(connection, items, quota)
        if lost:
            # Devices that were there when they were looked up, and are not: one may have been listed anew since.
            for item in lost:
                self._cache.forget(item.submission.device)
            await self._cache.load(connection, (item.submission.device for item in lost))
            await self._try(connection, lost, quota)
        await _tell_lists(connection, [item for item in items if item.outcome is None])
        if overtaken := [item for item in items if item.outcome is None]:
            # The list became the sender's between the two looks: nobody is told that a device is not there.
            await self._try(connection, overtaken, quota)
            await _tell_lists(connection, [item for item in items if item.outcome is None], last=True)

    async def _try(self, connection: PgConnection, items: list[_Item], quota: Quota) -> list[_Item]:
        """Store what can be; return those whose mailbox is not there any more."""
        groups = await self._sort(connection, items)
        if not groups:
            return []
        for group in groups.values():
            group.take_in(quota)
        lost: list[_Item] = []
        full: list[_Group] = []
        unsure: list[_Item] = []
        try:
            stood = await self._store(connection, groups, quota)
        except BaseException:
            for group in groups.values():
                # Whether it was stored is not known: the count is void, and what is sent again counts once more.
                group.mailbox.stand = UNKNOWN
            raise
        for number, group in groups.items():
            row = stood.get(number)
            if row is None:
                group.take_back(group.items)
                lost += group.items
            elif not row[2]:
                group.take_back(group.items)
                full.append(group)
            else:
                _settle(group, row, self._elsewhere(row[6]))
                for item in group.items:
                    item.overtaken = item.submission.list_version != row[1]
                unsure += [item for item in group.items if item.outcome is None and not item.overtaken]
        await self._recall(connection, unsure)
        if full:
            await self._judge(connection, full, quota)
        await self._forget_oldest(connection, groups.values())
        return lost

    async def _sort(self, connection: PgConnection, items: list[_Item]) -> dict[int, _Group]:
        """Put submissions with their mailboxes, in the order of their numbers; answer repeats of other days."""
        known: list[_Item] = []
        doubtful: list[_Item] = []
        for item in items:
            mailbox = self._cache.get(item.submission.device)
            if mailbox is None or mailbox.name != item.submission.name:
                continue
            item.mailbox = mailbox
            known.append(item)
            if not self._cache.is_new(item.submission.sender, item.submission.number):
                doubtful.append(item)
        await self._recall(connection, doubtful)
        groups: dict[int, _Group] = {}
        for item in known:
            if item.outcome is None and item.mailbox is not None:
                group = groups.get(item.mailbox.number)
                if group is None:
                    group = groups[item.mailbox.number] = _Group(item.mailbox)
                group.items.append(item)
        return dict(sorted(groups.items()))

    async def _store(self, connection: PgConnection, groups: dict[int, _Group], quota: Quota) -> dict[int, Any]:
        items = [item for group in groups.values() for item in group.items]
        submissions = [item.submission for item in items]
        # A column at a time: a row at a time takes thrice as long.
        columns = (
            [number for number, group in groups.items() for _ in group.items],
            [submission.envelope_id for submission in submissions],
            [submission.list_version for submission in submissions],
            [item.now for item in items],
            [submission.share for submission in submissions],
            [submission.envelope for submission in submissions],
            [place for group in groups.values() for place in range(1, len(group.items) + 1)],
        )
        most = gate(quota)
        # One that has no room by what is known here passes no gate and stands nowhere.
        stands = [group.mailbox.stand if group.open else UNKNOWN for group in groups.values()]
        rows = await connection.fetch(
            SUBMIT,
            *columns,
            list(groups),
            [len(group.items) for group in groups.values()],
            [most if group.open else NO_GATE for group in groups.values()],
            [stand.head for stand in stands],
            [stand.acknowledged for stand in stands],
            [stand.edition for stand in stands],
        )
        return {row[0]: row for row in rows}

    def _elsewhere(self, node: int | None) -> int | None:
        return None if node == self._node else node

    async def _recall(self, connection: PgConnection, items: list[_Item]) -> None:
        """Answer those that were stored before."""
        if not items:
            return
        keys = [(item.mailbox.number, item.submission.envelope_id) for item in items if item.mailbox is not None]
        rows = await connection.fetch(_RECALL, [number for number, _ in keys], [envelope for _, envelope in keys])
        known = {(number, envelope): at for number, envelope, at in rows}
        for item, key in zip(items, keys, strict=True):
            if key in known:
                item.outcome = Repeated(known[key])

    async def _judge(self, connection: PgConnection, groups: Sequence[_Group], quota: Quota) -> None:
        """Store what has room in mailboxes that may be full, letter by letter under their locks."""
        by_number = {group.mailbox.number: group for group in groups}
        rows: list[tuple[int, int, int, bytes, bytes, bytes]] = []
        stands: dict[int, Stand] = {}
        try:
            async with connection.transaction():
                found = {row[0]: row for row in await connection.fetch(_LOCK, sorted(by_number))}
                present = [by_number[number] for number in found]
                await self._recall(connection, [item for group in present for item in group.items])
                for number, row in found.items():
                    group = by_number[number]
                    exact = await _count_anew(connection, group.mailbox, row)
                    kept = _judge_group(group, row, quota, self._elsewhere(row[5]))
                    rows += kept
                    if exact:
                        stands[number] = Stand(row[2] + len(kept), row[3], row[4])
                if rows:
                    await connection.execute(_KEEP, *map(list, zip(*rows, strict=True)))
        except BaseException:
            for group in groups:
                group.mailbox.stand = UNKNOWN
                for item in group.items:
                    item.outcome = None
            raise
        for number, stand in stands.items():
            by_number[number].mailbox.stand = stand

    async def _forget_oldest(self, connection: PgConnection, groups: Iterable[_Group]) -> None:
        """Keep what a mailbox remembers bounded, however fast it is filled and emptied; what waits is remembered."""
        for group in groups:
            mailbox = group.mailbox
            mailbox.stored += sum(type(item.outcome) is Stored for item in group.items)
            if mailbox.stored >= REMEMBERED_MORE:
                mailbox.stored = 0
                await connection.execute(_FORGET, mailbox.number, REMEMBERED)


def _settle(group: _Group, row: Any, node: int | None) -> None:
    """Give the submissions of a mailbox their numbers, and count what was stored."""
    _, _, _, head, acknowledged, edition, _, places = row
    mailbox = group.mailbox
    for seq, place in enumerate(places or (), start=head + 1):
        item = group.items[place - 1]
        item.outcome = Stored(seq, item.now, node)
    group.take_back([item for item in group.items if item.outcome is None])
    mailbox.stale = edition != mailbox.stand.edition
    after = Stand(head + len(places or ()), acknowledged, edition)
    if mailbox.stand == (head, acknowledged, edition):
        mailbox.stand = after
    elif head == acknowledged:
        # Nothing waited before.
        mailbox.empty(after)
        for item in group.items:
            if item.outcome is not None:
                mailbox.count(item.submission.share, 1, len(item.submission.envelope))


async def _count_anew(connection: PgConnection, mailbox: NodeMailbox, row: Any) -> bool:
    """Count what waits in a mailbox that is locked, where it is not known; tell whether the count is exact."""
    _, _, head, acknowledged, edition, _, most_messages, most_bytes = row
    before = mailbox.stand
    if before == (head, acknowledged, edition):
        return True
    now = asyncio.get_running_loop().time()
    deleted = (before.acknowledged, before.edition) != (acknowledged, edition)
    if not deleted and now - mailbox.counted_at < RECOUNT_S:
        mailbox.guess(head - acknowledged)
        return False
    mailbox.allow(most_messages, most_bytes)
    mailbox.recount(await connection.fetch(COUNT, mailbox.number))
    mailbox.counted_at = now
    return True


def _judge_group(
    group: _Group, row: Any, quota: Quota, node: int | None
) -> list[tuple[int, int, int, bytes, bytes, bytes]]:
    """Decide on the submissions for a mailbox that is locked; returns the rows of those that are stored."""
    number, list_version, head, *_ = row
    mailbox = group.mailbox
    kept: list[tuple[int, int, int, bytes, bytes, bytes]] = []
    stored: dict[bytes, int] = {}
    for item in group.items:
        submission = item.submission
        item.overtaken = submission.list_version != list_version
        if item.outcome is not None or item.overtaken:
            continue
        size = len(submission.envelope)
        if submission.envelope_id in stored:
            item.outcome = Repeated(stored[submission.envelope_id])
        elif not mailbox.has_room(submission.share, size, quota, item.now, own=submission.own):
            item.outcome = _QUOTA
        else:
            mailbox.take_in(submission.share, size, quota, item.now)
            head += 1
            stored[submission.envelope_id] = item.now
            item.outcome = Stored(head, item.now, node)
            kept.append((number, head, item.now, submission.envelope_id, submission.share, submission.envelope))
    return kept


async def _tell_lists(connection: PgConnection, items: Sequence[_Item], *, last: bool = False) -> None:
    """Answer those who do not know the present list of the recipient's devices, or name nobody."""
    if not items:
        return
    names = {storable(item.submission.name) for item in items}
    lists = {row[0]: row for row in await connection.fetch(_LISTS, list(names))}
    for item in items:
        row = lists.get(item.submission.name)
        present = row is not None and row[1] == item.submission.list_version
        if row is None or (present and not item.overtaken):
            item.outcome = _NOT_FOUND
        elif not present or last:
            item.outcome = StaleDeviceList(item.submission.name, SignedDeviceList(row[2], row[3]))
