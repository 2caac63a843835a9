"""Orders run one after another in the order of their lines, and none waits for the network but those it concerns.

An order about somebody who is no contact yet may take a journey to the relay: it steps aside, together with all later
orders about the same name, and the others go on. So does a message whose files are sealed first, and a recording whose
microphone is still silent. Changing the password, fetching a file and playing a voice note step aside by themselves.

Messages to contacts follow each other without waiting for each answer: the client keeps their order, and commits many
of them at once.
"""

from collections import deque
from collections.abc import Callable

from babilu.api.commands import (
    AddToGroup,
    ChangePassword,
    Command,
    FetchFile,
    Forward,
    JoinGroup,
    PlayRecording,
    PlayVoice,
    Schedule,
    Send,
    SendRecording,
    StartRecording,
)
from babilu.presentation.shown_people import name_key
from babilu.terminal.ordered_command import OrderedCommand

ASIDE = "/password"
"""Lane of orders that are about no name and may take a journey to the relay; no name begins with a slash."""

MESSAGES_AT_ONCE = 64
"""Messages under way without an answer; more than the client commits at once would gain nothing."""


class Scheduler:
    """What is to be done, in order.

    Nothing is started before `begin`.

    Args:
        start: Starts an order; `done` is called once it is answered, perhaps before ``start`` returns.
        is_known: Tells whether a name (as `name_key` writes it) is a contact.
    """

    def __init__(self, start: Callable[[OrderedCommand], None], is_known: Callable[[str], bool]) -> None:
        self._start = start
        self._is_known = is_known
        self._waiting: deque[OrderedCommand] = deque()
        self._running: list[OrderedCommand] = []
        self._aside: dict[str, deque[OrderedCommand]] = {}
        self._begun = False
        self._advancing = False

    @property
    def idle(self) -> bool:
        """Whether every order is answered."""
        return not self._running and not self._waiting and not self._aside

    def begin(self) -> None:
        """Start what has come, and from now on what comes; a second call does nothing."""
        if not self._begun:
            self._begun = True
            self._advance()

    def add(self, order: OrderedCommand) -> None:
        """Take an order; it is started when its turn comes."""
        self._waiting.append(order)
        self._advance()

    def done(self, order: OrderedCommand) -> None:
        """Take note that an order is answered."""
        if order in self._running:
            self._running.remove(order)
        else:
            self._end_aside(order)
        self._advance()

    def _end_aside(self, order: OrderedCommand) -> None:
        for lane, orders in self._aside.items():
            if orders[0] is order:
                orders.popleft()
                if orders:
                    self._start(orders[0])
                else:
                    del self._aside[lane]
                return

    def _advance(self) -> None:
        if self._advancing or not self._begun:
            return
        self._advancing = True
        while self._waiting and self._may_start(self._waiting[0]):
            order = self._waiting.popleft()
            lane = self._lane(order)
            if lane in self._aside:
                self._aside[lane].append(order)
            elif lane:
                self._aside[lane] = deque([order])
                self._start(order)
            else:
                self._running.append(order)
                self._start(order)
        self._advancing = False

    def _may_start(self, order: OrderedCommand) -> bool:
        """Tell whether an order may start, or step aside, while others run."""
        if not self._running:
            return True
        only_messages = all(isinstance(other.action, Send) for other in (order, *self._running))
        return only_messages and len(self._running) < MESSAGES_AT_ONCE

    def _lane(self, order: OrderedCommand) -> str:
        """Name the lane of an order that steps aside; empty for one that does not."""
        if not isinstance(order.action, Command):
            return ""
        if isinstance(order.action, ChangePassword):
            return ASIDE
        if isinstance(order.action, FetchFile):
            return f"/fetch {order.action.message.hex()} {order.action.index}"
        if isinstance(order.action, PlayVoice):
            return f"/play {order.action.message.hex()} {order.action.index}"
        if isinstance(order.action, Forward):
            # Its files may have to be fetched first; what follows to whom it goes first keeps its place behind it.
            return name_key(order.action.to[0])
        if isinstance(order.action, JoinGroup):
            return "/join"
        name = name_key(order.about)
        if isinstance(order.action, AddToGroup) and not all(
            self._is_known(name_key(each)) for each in order.action.names
        ):
            return name
        if name and isinstance(order.action, StartRecording | SendRecording | PlayRecording):
            return name
        if name and isinstance(order.action, Send | Schedule) and order.action.files:
            return name
        return name if name and (name in self._aside or not self._is_known(name)) else ""
