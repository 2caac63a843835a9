"""A loop and a thread that do at once what they are given; time passes where a test says so."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Timer:
    """A timer of a `Loop`."""

    loop: "Loop" = field(repr=False)
    end: float
    function: Callable[[], object]

    def when(self) -> float:
        return self.end

    def cancel(self) -> None:
        if self in self.loop.timers:
            self.loop.timers.remove(self)


class Loop:
    """A loop that does at once what it is called for, and whose timers end when the test says so."""

    def __init__(self) -> None:
        self.loop = self
        self.timers: list[Timer] = []
        self._now = 0.0

    def time(self) -> float:
        return self._now

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        function(*arguments)

    def call_later(self, seconds: float, function: Callable[..., object], *arguments: object) -> Timer:
        timer = Timer(self, self._now + seconds, lambda: function(*arguments))
        self.timers.append(timer)
        return timer

    def passes(self, seconds: float) -> None:
        """Let time pass, and timers end."""
        self._now += seconds
        ended = [timer for timer in self.timers if timer.end <= self._now]
        self.timers = [timer for timer in self.timers if timer not in ended]
        for timer in ended:
            timer.function()


class Work:
    """A thread that does at once what it is given, unless it has no room or keeps it for the test."""

    def __init__(self) -> None:
        self.is_full = False
        self.keeps = False
        self.kept: list[Callable[[], None]] = []

    def post(self, job: Callable[[], None]) -> bool:
        if self.is_full:
            return False
        if self.keeps:
            self.kept.append(job)
        else:
            job()
        return True
