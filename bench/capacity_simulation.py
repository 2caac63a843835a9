"""Simulation behind the capacity model: people of a day, and the seconds of a peak, event by event.

It is told what single things cost and how people behave, and no formula of the model. Arrivals are Poisson processes. A
node's loop serves one thing at a time. A lane commits together what has come while it committed before, and the
database's cores serve commits in the order in which they come.
"""

import heapq
import math
import random  # noqa: TID251 -- a simulation is the same again
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Final

DAY_S: Final = 86_400
HOUR_S: Final = 3_600
MICRO: Final = 1e-6
SETTLING: Final = 0.1
"""Part of a simulated peak that is left out: queues fill meanwhile."""


@dataclass(frozen=True)
class Day:
    """Day of some people: what one of them asks for in a second.

    Attributes:
        letters: Envelopes in the mean.
        peak_letters: Envelopes in the busiest hour.
        connections: Connections in the mean.
        logins: Logins in the mean.
    """

    letters: float
    peak_letters: float
    connections: float
    logins: float


@dataclass(frozen=True)
class DayScene:
    """Scene of a day; see `bench.capacity.Habits`."""

    messages_a_day: float
    envelopes_of_message: float
    devices: float
    connected: float
    peak: float
    logins_an_hour: float
    people: int


def simulate_day(scene: DayScene, chance: random.Random) -> Day:
    """Let people write by day and sleep by night, and their devices come and go."""
    hours = [0] * 24
    steepness = _steepness(scene.peak)
    connected_s, logins = 0.0, 0
    for _ in range(scene.people):
        for _ in range(_poisson(scene.messages_a_day, chance)):
            hours[int(_moment(steepness, chance) * 24)] += 1 + _poisson(scene.envelopes_of_message - 1, chance)
        for _ in range(1 + (chance.random() < scene.devices - 1)):
            online, came = _device(scene, chance)
            connected_s += online
            logins += came
    people_s = scene.people * DAY_S
    return Day(
        sum(hours) / people_s,
        max(hours) / (scene.people * HOUR_S),
        connected_s / people_s,
        logins / people_s,
    )


def _device(scene: DayScene, chance: random.Random) -> tuple[float, int]:
    """Return for how long a device was connected, and how often it came."""
    cycle_s = HOUR_S / scene.logins_an_hour
    now, online_s, logins = 0.0, 0.0, 0
    is_online = chance.random() < scene.connected
    while now < DAY_S:
        mean = cycle_s * (scene.connected if is_online else 1 - scene.connected)
        stays = min(chance.expovariate(1 / mean), DAY_S - now)
        now += stays
        if is_online:
            online_s += stays
        elif now < DAY_S:
            logins += 1
        is_online = not is_online
    return online_s, logins


def _moment(steepness: float, chance: random.Random) -> float:
    """Draw a moment of the day, 0 to 1, at which somebody writes: the evening is the likeliest."""
    while True:
        moment = chance.random()
        if chance.random() < math.cos(math.pi * (moment - 0.5)) ** steepness:
            return moment


def _steepness(peak: float) -> float:
    """Find the power of a cosine whose highest hour is so much above its mean."""

    def peak_of(power: float) -> float:
        steps = 24 * 60
        values = [math.pow(math.cos(math.pi * ((step + 0.5) / steps - 0.5)), power) for step in range(steps)]
        hours = [sum(values[hour * 60 : hour * 60 + 60]) for hour in range(24)]
        return max(hours) * 24 / sum(values)

    low, high = 0.0, 100.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if peak_of(middle) < peak else (low, middle)
    return low


def _poisson(mean: float, chance: random.Random) -> int:
    limit, drawn, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        drawn += 1
        product *= chance.random()
    return drawn


@dataclass(frozen=True)
class LoopScene:
    """Scene of one node at the peak: rates of a second, and microseconds that each thing costs it."""

    letters: float
    letter_us: float
    logins: float
    login_us: float


@dataclass(frozen=True)
class LoopSeen:
    """What was seen of a node's loop: how busy it was (1 is all the time), and what 99 of 100 waited at most (ms)."""

    busy: float
    wait_ms: float


def simulate_loop(scene: LoopScene, events: int, chance: random.Random) -> LoopSeen:
    """Let letters and logins come to a loop that does one thing after the other."""
    rate = scene.letters + scene.logins
    now = free = busy = 0.0
    waits = []
    for _ in range(events):
        now += chance.expovariate(rate)
        is_login = chance.random() * rate < scene.logins
        cost = (scene.login_us if is_login else scene.letter_us) * MICRO
        waits.append(max(free - now, 0.0))
        free = max(free, now) + cost
        busy += cost
    return LoopSeen(busy / max(free, now), _percentile(waits, 0.99) * 1000)


@dataclass(frozen=True)
class DatabaseScene:
    """Scene of one database at the peak.

    Attributes:
        lanes: Connections that write, of all nodes.
        letters: Letters of a second, of all of them.
        logins: Logins of a second.
        cores: Its cores.
        letter_us: Processor time of a letter.
        commit_us: Of a commit.
        commit_wait_us: From the beginning of a commit to its end where nobody else is there, besides its letters.
        gather_us: How long a lane waits for more.
        login_us: Processor time of a login.
    """

    lanes: int
    letters: float
    logins: float
    cores: int
    letter_us: float
    commit_us: float
    commit_wait_us: float
    gather_us: float
    login_us: float


@dataclass(frozen=True)
class DatabaseSeen:
    """What was seen of a database.

    Attributes:
        commits: Commits of a second.
        letters_of_commit: Letters that shared one.
        busy: How busy its cores were; 1 is all of them all the time.
        half_ms: From the coming of a letter to the end of its commit, in the middle.
        most_ms: The same of 99 of 100.
    """

    commits: float
    letters_of_commit: float
    busy: float
    half_ms: float
    most_ms: float


class _Database:
    """Cores, lanes and what waits for them."""

    def __init__(self, scene: DatabaseScene, chance: random.Random) -> None:
        self._scene = scene
        self._chance = chance
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = count()
        self._waiting: list[list[float]] = [[] for _ in range(scene.lanes)]
        self._is_committing = [False] * scene.lanes
        self._cores = scene.cores
        self._jobs: deque[tuple[float, Callable[[float], None]]] = deque()
        self._busy_s = 0.0
        self._commits = 0
        self._begin = math.inf
        self._delays: list[float] = []

    def run(self, seconds: float) -> DatabaseSeen:
        """Play so many seconds, after the time in which queues fill."""
        self._begin = seconds * SETTLING
        end = seconds + self._begin
        self._at(self._chance.expovariate(self._scene.letters), self._letter)
        self._at(self._chance.expovariate(self._scene.logins), self._login)
        while self._events and self._events[0][0] < end:
            now, _, happen = heapq.heappop(self._events)
            happen(now)
        counted = len(self._delays)
        return DatabaseSeen(
            self._commits / seconds,
            counted / max(self._commits, 1),
            self._busy_s / seconds / self._scene.cores,
            _percentile(self._delays, 0.5) * 1000,
            _percentile(self._delays, 0.99) * 1000,
        )

    def _at(self, when: float, happen: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (when, next(self._order), happen))

    def _letter(self, now: float) -> None:
        self._at(now + self._chance.expovariate(self._scene.letters), self._letter)
        lane = self._chance.randrange(self._scene.lanes)
        self._waiting[lane].append(now)
        if not self._is_committing[lane]:
            self._commit(now, lane)

    def _login(self, now: float) -> None:
        self._at(now + self._chance.expovariate(self._scene.logins), self._login)
        self._ask(now, self._scene.login_us, lambda _: None)

    def _commit(self, now: float, lane: int) -> None:
        self._is_committing[lane] = True
        self._at(now + self._scene.gather_us * MICRO, partial(self._send, lane))

    def _send(self, lane: int, now: float) -> None:
        letters, self._waiting[lane] = self._waiting[lane], []
        cost = self._scene.commit_us + self._scene.letter_us * len(letters)
        self._ask(now, cost, partial(self._sync, lane, letters))

    def _ask(self, now: float, cost_us: float, done: Callable[[float], None]) -> None:
        """Have a core do something, as soon as one is free."""
        self._jobs.append((cost_us * MICRO, done))
        self._serve(now)

    def _serve(self, now: float) -> None:
        while self._cores and self._jobs:
            cost, done = self._jobs.popleft()
            self._cores -= 1
            if now >= self._begin:
                self._busy_s += cost
            self._at(now + cost, partial(self._served, done))

    def _served(self, done: Callable[[float], None], now: float) -> None:
        self._cores += 1
        self._serve(now)
        done(now)

    def _sync(self, lane: int, letters: list[float], now: float) -> None:
        """Wait for the disk, and for the way there and back: they take nobody's core."""
        rest = (self._scene.commit_wait_us - self._scene.commit_us) * MICRO
        self._at(now + rest, partial(self._committed, lane, letters))

    def _committed(self, lane: int, letters: list[float], now: float) -> None:
        if now >= self._begin:
            self._commits += 1
            self._delays.extend(now - came for came in letters)
        self._is_committing[lane] = False
        if self._waiting[lane]:
            self._commit(now, lane)


def simulate_database(scene: DatabaseScene, letters: int, chance: random.Random) -> DatabaseSeen:
    """Let about so many letters come to a database."""
    return _Database(scene, chance).run(letters / scene.letters)


def _percentile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)] if ordered else 0.0
