"""Twelve people in a group whose members change: killed and cut off, they lose, double and leak nothing."""

import random
import threading
import time

import pytest

from tests.e2e.processes import Processes
from tests.faults.conftest import Record
from tests.faults.tools.club import Club
from tests.faults.tools.club_ledger import balance_club

MINUTES = 30.0
PER_SECOND = 2.0
LONGEST_PAUSE_S = 3.0


@pytest.mark.long
@pytest.mark.timeout(0)
def test_what_is_written_in_a_group_is_shown_once_to_exactly_its_members(
    processes: Processes, record: Record, pytestconfig: pytest.Config
) -> None:
    minutes = pytestconfig.getoption("--club") or MINUTES
    seed = pytestconfig.getoption("--club-seed") or int(minutes * 60)
    chance = random.Random(seed)
    with Club(processes, chance).open() as club:
        end = time.monotonic() + minutes * 60
        with club.talking(PER_SECOND):
            while time.monotonic() < end:
                threading.Event().wait(chance.uniform(0, LONGEST_PAUSE_S))
                chance.choice((club.fault, club.change, club.change, club.answer))()
            club.mend()
            club.answer()
        club.settle()
        books = balance_club(f"club of {len(club.people)}, {minutes:g} minutes, seed {seed}", club)
        record(books.line())
        record("; ".join(f"{what} {count}" for what, count in sorted(club.done.items())))
        assert not books.faults, "\n".join(books.faults[:50])
        assert books.accepted
        for what in ("client killed", "added", "removed", "left"):
            assert any(each.startswith(what) for each in club.done), f"nobody was {what}"
