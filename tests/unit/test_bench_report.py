"""Figures of a measurement are put together as its page says: ratios within a round, medians with their spread."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bench.check import CheckFailedError, answers
from bench.plot import plot
from bench.report import Goal, Report, spread, verdict

COST = "saturated: CPU µs a delivery"


def a_report() -> Report:
    rounds = [
        {"babilu": {COST: 30.0}, "durable": {COST: 20.0}},
        {"babilu": {COST: 80.0}, "durable": {COST: 40.0}},
        {"babilu": {COST: 50.0}},
    ]
    return Report({}, {}, "bench", rounds)


def test_a_ratio_is_taken_within_a_round() -> None:
    assert a_report().ratios("durable", COST) == [1.5, 2.0]
    assert a_report().ratios("ejabberd", COST) == []


def test_a_spread_is_median_least_and_most() -> None:
    assert spread([3.0, 1.0, 2.0]) == "2 (1 to 3)"
    assert spread([3.0]) == "3"


@pytest.mark.parametrize(("value", "said"), [(1.0, "aim"), (2.5, "must"), (4.0, "MISSED")])
def test_a_goal_is_reached_from_below(value: float, said: str) -> None:
    assert verdict(Goal(COST, None, 3, 2), value) == said


@pytest.mark.parametrize(("value", "said"), [(30.0, "aim"), (15.0, "must"), (9.0, "MISSED")])
def test_a_goal_of_more_is_reached_from_above(value: float, said: str) -> None:
    assert verdict(Goal("stored/s", None, 10, 20, least=True), value) == said


def test_every_curve_has_its_panel_in_one_picture(tmp_path: Path) -> None:
    plot({"a < b": [(0, 1.0), (10, 2.0)], "flat": [(0, 0.0)], "empty": []}, tmp_path / "curves.svg")
    picture = ET.parse(tmp_path / "curves.svg").getroot()  # our own file
    titles = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert {"a < b", "flat", "empty"} <= set(titles)


HEARD = '7 read(18<TCP:[127.0.0.1:1->127.0.0.1:2]>, "...", 262144) = 676\n'
SYNCED = "8 fdatasync(15</relay/relay.db-wal>) = 0\n"
SYNCED_IN_PIECES = "8 fdatasync(15</relay/relay.db-wal> <unfinished ...>\n8 <... fdatasync resumed>) = 0\n"
ANSWERED = '7 write(18<TCP:[127.0.0.1:1->127.0.0.1:2]>, "...", 64) = 64\n'


def counted(tmp_path: Path, trace: str) -> int:
    file = tmp_path / "trace"
    file.write_text(trace, encoding="utf-8")
    return answers(file, "127.0.0.1:2")


def test_answers_after_a_sync_are_counted(tmp_path: Path) -> None:
    assert counted(tmp_path, HEARD + SYNCED + ANSWERED + HEARD + SYNCED_IN_PIECES + ANSWERED) == 2


def test_an_answer_before_its_sync_fails_the_check(tmp_path: Path) -> None:
    begun_only = SYNCED_IN_PIECES.splitlines(keepends=True)[0]
    too_early = ANSWERED.replace(") = 64", " <unfinished ...>") + SYNCED + "7 <... write resumed>) = 64\n"
    for unsafe in (HEARD + ANSWERED, HEARD + begun_only + ANSWERED, HEARD + too_early):
        with pytest.raises(CheckFailedError):
            counted(tmp_path, HEARD + SYNCED + ANSWERED + unsafe)
