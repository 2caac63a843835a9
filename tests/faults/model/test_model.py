"""Accepted means kept, and shown means once, whatever happens in whatever order."""

from collections.abc import Callable
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from typing_extensions import override

from tests.faults.conftest import Times
from tests.faults.model import mutants
from tests.faults.model.conftest import Templates
from tests.faults.model.machine import (
    ActingDelivery,
    Delivery,
    DeliveryBesideNotes,
    HostileDelivery,
    RestoredDelivery,
)
from tests.faults.model.world import Violation
from tests.faults.progress import RunningTest

pytestmark = pytest.mark.usefixtures("as_in_the_model")

STEPS = 30


def run(
    machine: type[Delivery], templates: Templates, examples: int, running: RunningTest, *, shrink: bool = False
) -> int:
    """Run a machine; with the same examples each time, unless there are many of them. Give how many came to an end."""

    class Counted(machine):  # type: ignore[misc, valid-type]  # whichever is run
        ended = 0

        @override
        def teardown(self) -> None:
            super().teardown()
            Counted.ended += 1
            running.note(Counted.ended, examples)

    machine.templates = templates
    phases = [Phase.explicit, Phase.generate, *([Phase.shrink] if shrink else [])]
    chosen = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        phases=phases,
        derandomize=examples <= 50,
        database=None,
        deadline=None,
        print_blob=True,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Counted, settings=chosen)
    return Counted.ended


@pytest.mark.timeout(0)
def test_delivery_holds_under_crashes_cuts_and_changes_of_route(
    templates: Templates, times: Times, running: RunningTest
) -> None:
    examples = times(10, 1_000)
    assert run(Delivery, templates, examples, running) >= examples


@pytest.mark.timeout(0)
def test_delivery_holds_against_a_hostile_relay_and_lost_profiles(
    templates: Templates, times: Times, running: RunningTest
) -> None:
    examples = times(10, 1_000)
    assert run(HostileDelivery, templates, examples, running) >= examples


@pytest.mark.timeout(0)
def test_delivery_holds_where_a_relay_is_restored_from_its_backups(
    templates: Templates, times: Times, running: RunningTest
) -> None:
    examples = times(10, 1_000)
    assert run(RestoredDelivery, templates, examples, running) >= examples


@pytest.mark.timeout(0)
def test_what_is_said_about_messages_is_the_same_at_both_ends_in_the_end(
    templates: Templates, times: Times, running: RunningTest
) -> None:
    examples = times(10, 1_000)
    assert run(ActingDelivery, templates, examples, running) >= examples


@pytest.mark.timeout(0)
def test_notes_to_oneself_stay_and_go_to_nobody(templates: Templates, times: Times, running: RunningTest) -> None:
    examples = times(10, 1_000)
    assert run(DeliveryBesideNotes, templates, examples, running) >= examples


HONEST = (
    mutants.client_acknowledges_before_its_commit,
    mutants.relay_accepts_before_its_commit,
    mutants.ratchet_is_saved_before_the_message,
    mutants.ratchet_is_saved_before_the_envelope,
    mutants.relay_deletes_on_push,
    mutants.relay_takes_repeats_for_new,
    mutants.client_takes_repeats_for_new,
    mutants.resending_encrypts_anew,
)
"""Found by broken wires and killed processes alone."""

HOSTILE = (mutants.gaps_are_accepted_silently,)
"""Found where a relay loses and swaps letters."""

ACTING = (mutants.actions_are_receipted_and_passed_over,)
"""Found where people do something about messages."""

RARE = frozenset(
    {
        mutants.client_acknowledges_before_its_commit,
        mutants.gaps_are_accepted_silently,
        mutants.ratchet_is_saved_before_the_message,
        mutants.relay_accepts_before_its_commit,
        mutants.relay_deletes_on_push,
    }
)
"""Found only after many examples: for the full counts, and with new examples each time.

`test_scenarios` tells out for each of them how it is found at once.
"""

CASES = [
    pytest.param(machine, mutant, id=mutant.__name__, marks=[pytest.mark.long] if mutant in RARE else [])
    for machine, found in ((Delivery, HONEST), (HostileDelivery, HOSTILE), (ActingDelivery, ACTING))
    for mutant in found
]


@pytest.mark.timeout(0)
@pytest.mark.parametrize(("machine", "mutant"), CASES)
def test_the_model_notices(
    machine: type[Delivery], mutant: Callable[[], ExitStack], templates: Templates, running: RunningTest
) -> None:
    class Spoilt(machine):  # type: ignore[valid-type,misc]  # chosen by the case
        pass

    Spoilt.mutant = staticmethod(mutant)
    with pytest.raises(Violation):
        # It ends with the first one that shows the mutant. Examples depend on which modules are loaded, as their
        # constants are tried: the 50 of a run alone are others than those of a whole one.
        run(Spoilt, templates, 2_000 if mutant in RARE else 400, running)
