"""Lane: one connection that carries calls out in the order in which they came.

What came meanwhile and is of the same kind becomes one statement: a commit costs the database as much as 20 letters.
What has an order with others goes through one lane; so all calls about one mailbox do.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Final

from babilu.kernel.errors import BabiluError
from babilu.relay.storage.postgresql.connections import (
    REFUSALS,
    PgConnection,
    PostgresDatabase,
    end,
    is_bad_data,
    patience,
    refusal,
)

log = logging.getLogger(__name__)

LETTERS_AT_ONCE: Final = 500
"""Letters in one statement: a larger one costs no less a letter, and everything behind it waits longer."""

Batch = Callable[[PgConnection, Sequence[Any]], Awaitable[Sequence[object]]]
"""Carries several calls of a kind out in one transaction; gives each its result."""


class LaneCall:
    """A call that waits for its turn.

    Args:
        batch: What carries it out, together with others of the same.
        payload: What it is about.
        weight: How much it adds to what is carried out at once; 0 for what is carried out alone.
        future: Where its result goes.
    """

    __slots__ = ("batch", "future", "payload", "weight")

    def __init__(self, batch: Batch, payload: object, weight: int, future: "asyncio.Future[Any]") -> None:
        self.batch = batch
        self.payload = payload
        self.weight = weight
        self.future = future

    def succeed(self, result: object) -> None:
        if not self.future.done():
            self.future.set_result(result)

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)
            # Whoever gave up waiting has not looked at it.
            self.future.exception()


class Lane:
    """A queue of calls and the connection that they go over.

    Args:
        database: What it is connected with.
        gather_s: How long a call waits for others before it is carried out.
    """

    def __init__(self, database: PostgresDatabase, gather_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._database = database
        self._gather_s = gather_s
        self._calls: list[LaneCall] = []
        self._last: asyncio.Future[Any] | None = None
        self._wake = asyncio.Event()
        self._open = True
        self._connection: PgConnection | None = None
        self._task = self._loop.create_task(self._run())

    def put(self, batch: Batch, payload: object, weight: int = 0) -> "asyncio.Future[Any]":
        """Carry a call out after all that were put before."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._calls.append(LaneCall(batch, payload, weight, future))
        self._last = future
        self._wake.set()
        return future

    async def settled(self) -> None:
        """Wait until all that was put before is carried out, whatever became of it."""
        if self._last is not None and not self._last.done():
            await asyncio.wait([self._last])

    async def close(self) -> None:
        """Carry out what waits, and end the connection."""
        self._open = False
        self._wake.set()
        await self._task
        if self._connection is not None:
            await end(self._connection)

    async def _run(self) -> None:
        while self._open or self._calls:
            await self._wake.wait()
            self._wake.clear()
            if self._gather_s and self._open:
                await asyncio.sleep(self._gather_s)
            while self._calls:
                waiting, self._calls = self._calls, []
                groups = list(grouped(waiting))
                for place, group in enumerate(groups):
                    if not await self._carry_out(group):
                        # The database is away: whoever waits hears so now, and not after as many deadlines.
                        left = [call for later in groups[place + 1 :] for call in later]
                        self._refuse_waiting(left)
                        break

    def _refuse_waiting(self, left: list[LaneCall]) -> None:
        calls, self._calls = [*left, *self._calls], []
        for call in calls:
            call.fail(refusal(ConnectionError()))

    async def _carry_out(self, group: list[LaneCall]) -> bool:
        """Carry calls out together; tell whether the database is there."""
        try:
            connection = self._connection
            if connection is None or connection.is_closed():
                connection = self._connection = await self._database.connect()
            with patience(connection, self._database.deadline_s):
                results = await group[0].batch(connection, [call.payload for call in group])
        except BabiluError as error:
            for call in group:
                call.fail(error)
            return self._connection is not None and not self._connection.is_closed()
        except REFUSALS as error:
            return await self._refused(group, error)
        except Exception as error:
            # A defect of ours belongs to those who asked, not to this task.
            log.exception("a transaction failed")
            for call in group:
                call.fail(error)
            return True
        for call, result in zip(group, results, strict=True):
            call.succeed(result)
        return True

    async def _refused(self, group: list[LaneCall], error: Exception) -> bool:
        if is_bad_data(error) and len(group) > 1:
            # One of them holds what cannot be stored, and with it all failed: each alone shows which.
            there = [await self._carry_out([call]) for call in group]
            return all(there)
        for call in group:
            call.fail(refusal(error))
        return self._connection is not None and not self._connection.is_closed()


def grouped(calls: Sequence[LaneCall]) -> Iterator[list[LaneCall]]:
    """Put calls of a kind that follow one another together."""
    group: list[LaneCall] = []
    weight = 0
    for call in calls:
        fits = group and call.weight and group[-1].weight and call.batch is group[-1].batch
        if group and not (fits and weight + call.weight <= LETTERS_AT_ONCE):
            yield group
            group, weight = [], 0
        group.append(call)
        weight += call.weight
    if group:
        yield group
