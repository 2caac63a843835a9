"""Window of parts on their way: it grows while answers come as fast as ever, and shrinks when they wait somewhere."""

from babilu.engine.files.part_window import PartWindow


class Line:
    """A line on which parts take their time one after the other, and a way that all of them take.

    Args:
        way_s: Seconds from one end to the other and back.
        part_s: Seconds that one part takes.
    """

    def __init__(self, way_s: float, part_s: float) -> None:
        self.now = 0.0
        self.window = PartWindow(4, 32, lambda: self.now)
        self._way_s = way_s
        self._part_s = part_s
        self._free_at = 0.0
        self._under_way: list[tuple[float, int]] = []
        self._next = 0

    def run(self, parts: int) -> float:
        """Move so many parts; returns the share of the time in which the line was busy."""
        begun_at = self.now
        for _ in range(parts):
            while self.window.room:
                self.window.began(self._next)
                self._free_at = max(self._free_at, self.now) + self._part_s
                self._under_way.append((self._free_at + self._way_s, self._next))
                self._next += 1
            self.now, place = self._under_way.pop(0)
            self.window.ended(place)
        return parts * self._part_s / (self.now - begun_at)


def test_on_a_short_line_few_parts_are_on_their_way() -> None:
    line = Line(way_s=0.0, part_s=0.01)
    line.run(500)
    assert line.window.size == 4


def test_a_long_line_is_kept_busy() -> None:
    line = Line(way_s=0.1, part_s=0.01)
    line.run(200)
    assert line.run(500) > 0.95
    assert line.window.size < 32


def test_there_are_never_more_than_may_be() -> None:
    line = Line(way_s=10.0, part_s=0.001)
    line.run(500)
    assert line.window.size == 32


def test_a_line_that_becomes_slow_gets_fewer_again() -> None:
    line = Line(way_s=0.1, part_s=0.01)
    line.run(500)
    before = line.window.size
    line._part_s = 0.1
    line.run(500)
    assert 4 <= line.window.size < before


def test_an_answer_that_nobody_waits_for_changes_nothing() -> None:
    window = PartWindow(4, 8)
    window.ended(7)
    assert (window.size, window.room) == (4, 4)
