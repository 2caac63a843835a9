"""A search of the model of groups for hours, which goes on where an earlier run was stopped."""

import pytest

from tests.faults.conftest import Record
from tests.faults.model.search import search
from tests.faults.progress import RunningTest

STEPS = 1_000_000


@pytest.mark.long
@pytest.mark.timeout(0)
def test_a_million_steps_hold(pytestconfig: pytest.Config, record: Record, running: RunningTest) -> None:
    """Search for hours, and go on where an earlier run was stopped; the journal says which seeds were told."""
    journal = pytestconfig.cache.mkdir("search") / "groups"
    record(f"search of groups: {journal}")
    failed = search(journal, STEPS, say=running.say)
    assert not failed, "\n".join(each.line(outcome) for each, outcome in failed.items())
