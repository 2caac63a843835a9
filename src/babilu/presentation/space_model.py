"""Room on the disk as faces show it: what takes it, and a plan of what is deleted; only what a plan has shown goes."""

from collections.abc import Callable
from typing import Final

from babilu.api import commands as c
from babilu.api.views import FreedSpaceView, FreeingPlanView, SpaceView
from babilu.kernel.errors import BabiluError
from babilu.kernel.limits import DAY_MS
from babilu.kernel.ports import Clock
from babilu.presentation.client_bridge import ClientBridge

AGES: Final = (7, 30, 90, 365, 0)
"""Days that are offered, after which files are deleted; 0 is for all of them."""

SHOWN: Final = 50
"""Conversations that are listed, those that take most."""


class SpaceModel:
    """Reads, plans and frees.

    Args:
        bridge: The way to the client.
        clock: The time.
        changed: Called when something else is to be shown.

    Attributes:
        use: What takes how much, once it is known.
        plan: What would be deleted, once it is known.
        freed: What was deleted last.
        error: What went wrong last, or None.
        is_busy: Whether something is being deleted.
    """

    def __init__(self, bridge: ClientBridge, clock: Clock, changed: Callable[[], None]) -> None:
        self._bridge = bridge
        self._clock = clock
        self._changed = changed
        self._asked = 0
        self._meant = c.PlanFreeing(0)
        self.use: SpaceView | None = None
        self.plan: FreeingPlanView | None = None
        self.freed: FreedSpaceView | None = None
        self.error: BabiluError | None = None
        self.is_busy = False

    def read(self) -> None:
        """Read what takes how much."""

        def take(use: SpaceView) -> None:
            self.use = use
            self._changed()

        self._bridge.request(c.SpaceUse(), take, self._failed)

    def choose(self, days: int, conversation: str | None = None) -> None:
        """Plan to delete the files of messages that are so many days old; of a conversation, by its id, or of all."""
        self._meant = c.PlanFreeing(self._clock.now_ms() - days * DAY_MS, conversation)
        self.freed, self.error = None, None
        self._ask_plan()

    def free(self) -> None:
        """Delete what the plan has shown."""
        plan, meant = self.plan, self._meant
        if plan is None or not plan.files or self.is_busy:
            return
        self.is_busy, self.error = True, None
        self._changed()
        order = c.FreeSpace(meant.before, plan.approval, meant.conversation)
        self._bridge.request(order, self._done, self._refused)

    def stop(self) -> None:
        """Tell nobody any more: nobody looks."""
        self._changed = lambda: None

    def _ask_plan(self) -> None:
        self._asked += 1
        number, self.plan = self._asked, None

        def take(plan: FreeingPlanView) -> None:
            if number == self._asked:
                self.plan = plan
                self._changed()

        self._bridge.request(self._meant, take, self._failed)
        self._changed()

    def _done(self, freed: FreedSpaceView) -> None:
        self.is_busy, self.freed = False, freed
        self.read()
        self._ask_plan()

    def _refused(self, error: BabiluError) -> None:
        # What is to be deleted by now is another list: it is shown before anything is.
        self._failed(error)
        self._ask_plan()

    def _failed(self, error: BabiluError) -> None:
        self.is_busy, self.error = False, error
        self._changed()
