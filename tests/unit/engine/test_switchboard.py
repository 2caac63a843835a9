from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from babilu.engine.hints import Hint, Outcomes
from babilu.engine.outbox import Kept, Way
from babilu.engine.switchboard import Lines, Switchboard
from babilu.kernel.ids import EnvelopeId

BOB = 1


class Inbox:
    """Conversations whose inbox has room, or none."""

    def __init__(self) -> None:
        self.has_room = False
        self.told: list[Hint] = []

    def post_to(self, _contact: int, hint: Hint) -> bool:
        if self.has_room:
            self.told.append(hint)
        return self.has_room


class Later:
    """A loop whose timers the test lets run."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def call_later(self, _seconds: float, function: Callable[..., None], *arguments: object) -> None:
        self.waiting.append(lambda: function(*arguments))

    def passes(self) -> None:
        waiting, self.waiting = self.waiting, []
        for function in waiting:
            function()


def kept(number: int) -> Kept:
    return Kept(EnvelopeId(bytes([number]) * 16), Way.RELAY, None)


def test_what_became_of_envelopes_is_told_once_there_is_room_and_nothing_of_it_is_lost() -> None:
    inbox, later = Inbox(), Later()
    switchboard = Switchboard(cast("Any", SimpleNamespace(loop=later)))
    switchboard.connect(cast("Lines", SimpleNamespace(conversations=inbox)))
    switchboard.outcomes(BOB, [kept(1)])
    switchboard.outcomes(BOB, [kept(2)])
    later.passes()
    assert inbox.told == []
    inbox.has_room = True
    later.passes()
    assert inbox.told == [Outcomes((kept(1), kept(2)))]
    switchboard.outcomes(BOB, [kept(3)])
    assert (inbox.told[1:], later.waiting) == ([Outcomes((kept(3),))], [])
