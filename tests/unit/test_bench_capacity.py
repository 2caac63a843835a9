"""The capacity model: its table is the one on the page, and a simulation that knows none of its formulas agrees."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from bench.capacity import STEPS, TOLERANCE, Layout, Model, Plan, UnitCosts, check, main, report
from bench.capacity_simulation import DayScene, LoopScene, simulate_day, simulate_loop

PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"
SIZE = 6_000
SEEDS = 3


def differences(model: Model, plan: Plan) -> dict[str, float]:
    """By how much a small simulation differs from a plan, the least of some seeds: what is wrong differs in all."""
    least: dict[str, float] = {}
    for seed in range(SEEDS):
        compared, _ = check(model, plan, SIZE, seed)
        for each in compared:
            least[each.figure] = min(least.get(each.figure, 1.0), each.differs)
    return least


@pytest.mark.parametrize("users", [10_000, 1_000_000, 100_000_000])
def test_a_simulation_sees_what_the_model_computes(users: int) -> None:
    model = Model()
    assert max(differences(model, model.cut(users)).values()) < TOLERANCE


@pytest.mark.parametrize("layout", [Layout(8, 4), Layout(gather_us=5_000), Layout(with_nats=False)])
def test_it_does_so_for_other_layouts_too(layout: Layout) -> None:
    model = Model()
    assert max(differences(model, model.plan(1_000_000, layout)).values()) < TOLERANCE


def test_a_model_that_takes_each_letter_for_a_commit_is_found_out() -> None:
    model = Model()
    plan = model.plan(1_000_000)
    found = differences(model, replace(plan, commits=plan.letters))
    assert found["commits/s of a database"] > TOLERANCE
    assert found["letters a commit"] > TOLERANCE


def test_a_model_that_forgets_logins_is_found_out() -> None:
    model = Model()
    plan = model.plan(1_000_000)
    idle = Model(costs=UnitCosts(login_node_us=0)).plan(1_000_000)
    assert differences(model, replace(plan, loads=idle.loads))["loop of a node"] > TOLERANCE


def test_a_lane_that_gets_more_than_it_can_write_never_commits() -> None:
    assert Model().cycle_us(2e6 / UnitCosts().letter_database_us) == float("inf")


def test_a_loop_that_is_half_busy_keeps_waiting_as_queueing_theory_says() -> None:
    # Pollaczek and Khinchine: at one constant cost c and load 1/2, letters wait c/2 in the mean, and few some c more.
    scene = LoopScene(letters=500, letter_us=1_000, logins=0, login_us=0)
    seen = simulate_loop(scene, 50_000, random.Random(1))
    assert seen.busy == pytest.approx(0.5, rel=0.05)
    assert 2.0 < seen.wait_ms < 5.0


def test_people_of_a_day_write_as_they_are_said_to() -> None:
    scene = DayScene(40, 7, 1.5, 0.4, 3, 2, people=500)
    day = simulate_day(scene, random.Random(1))
    assert day.peak_letters / day.letters == pytest.approx(3, rel=0.05)
    assert day.connections == pytest.approx(0.6, rel=0.05)


def test_the_table_on_the_page_is_the_models() -> None:
    model = Model()
    assert report(model, [(model.plan(users), model.cut(users)) for users in STEPS]) in PAGE.read_text()


def test_the_measurement_fails_where_the_simulation_differs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["--users", "10000", "--size", str(SIZE)]
    assert main(arguments) == 0
    monkeypatch.setattr(Model, "cycle_us", lambda *_: 1_000.0)
    assert main(arguments) == 1
    assert "differs most in" in capsys.readouterr().out
