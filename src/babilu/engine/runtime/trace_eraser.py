"""Eraser of traces: what was deleted leaves the profile's log a moment later, once for all that is deleted meanwhile.

In the database's own pages SQLite overwrites it at once (`secure_delete`); the write-ahead log keeps each page as it
was at each commit, until it is begun anew.
"""

import asyncio
import logging

from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.threads import Worker
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.store.database import Database

log = logging.getLogger(__name__)

ERASE_SECONDS = 0.5
"""Time from deleting to erasing, and to another try while somebody reads what the log has."""


class TraceEraser:
    """Erases in the thread of commands, by a timer in the loop.

    Args:
        database: The profile.
        loop: Where the timer lives.
        work: The thread that may wait for the disk.
    """

    def __init__(self, database: Database, loop: LoopThread, work: Worker) -> None:
        self._database = database
        self._loop = loop
        self._work = work
        self._timer: asyncio.TimerHandle | None = None

    def soon(self) -> None:
        """Erase soon; may be called from any thread."""
        self._loop.call(self._set_timer)

    def _set_timer(self) -> None:
        if self._timer is None:
            self._timer = self._loop.loop.call_later(ERASE_SECONDS, self._begin)

    def _begin(self) -> None:
        self._timer = None
        if not self._work.post(self._erase):
            self._set_timer()

    def _erase(self) -> None:
        try:
            if self._database.scrub():
                return
        except BabiluError as error:
            if error.code is ErrorCode.CLOSED:
                return
            log.warning("traces of what was deleted are still in the log: %s", error.code.value)
        self.soon()
