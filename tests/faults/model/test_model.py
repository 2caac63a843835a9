"""Accepted means kept, and shown means once, whatever happens in whatever order."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.conftest import Times
from tests.faults.model.conftest import Templates
from tests.faults.model.machine import Delivery, HostileDelivery

pytestmark = pytest.mark.usefixtures("as_in_the_model")


def run(machine: type[Delivery], templates: Templates, examples: int, *, steps: int = 30, shrink: bool = False) -> None:
    """Run a machine; with the same examples each time, unless there are many of them."""
    machine.templates = templates
    phases = [Phase.explicit, Phase.generate, *([Phase.shrink] if shrink else [])]
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=phases,
        derandomize=examples <= 50,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=chosen)


@pytest.mark.timeout(0)
def test_delivery_holds_under_crashes_cuts_and_changes_of_route(templates: Templates, times: Times) -> None:
    run(Delivery, templates, times(15, 1_000))


@pytest.mark.timeout(0)
def test_delivery_holds_against_a_hostile_relay_and_lost_profiles(templates: Templates, times: Times) -> None:
    run(HostileDelivery, templates, times(15, 1_000))
