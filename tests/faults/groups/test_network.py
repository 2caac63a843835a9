"""Groups over lanes that lose, delay, double and reorder: whoever is in ends with one picture and all messages."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.faults.conftest import Record, Times
from tests.faults.groups import network as stories
from tests.faults.groups.network import Duties, Network, finish, run
from tests.faults.progress import RunningTest

STEPS = 40


@pytest.mark.timeout(0)
def test_members_end_with_one_picture_of_the_group(times: Times, record: Record, running: RunningTest) -> None:
    seen: Counter[str] = Counter()
    wanted, done, seed = times(20_000, 1_000_000), 0, 0
    while done < wanted:
        network = run(seed, STEPS)
        done += network.steps
        seen += network.seen
        seed += 1
        running.note(done, wanted)
    record(f"groups: {seed} stories of {done} steps, {dict(seen)}")
    assert all(seen[each] for each in ("crashes", "asks", "forks", "dropped", "taken off", "stolen"))


CASES = {
    "no ends are joined": (stories.many_ends, Duties(joins=False)),
    "the removed are not told": (stories.a_removal_that_is_kept_from_its_target, Duties(tells_the_removed=False)),
    "nobody asks for what is missing": (stories.many_ends, Duties(asks=False)),
    "what a device is taken off by is not said": (
        stories.a_device_that_goes_on_after_it_was_taken_off,
        Duties(names_devices=False),
    ),
    "an entry is lost in a crash": (stories.a_crash_behind_an_entry, Duties(keeps_entries=False)),
}


@pytest.mark.parametrize("name", CASES)
def test_a_duty_that_clients_neglect_is_noticed(name: str) -> None:
    story, neglected = CASES[name]
    play(story, Duties())
    with pytest.raises(AssertionError):
        play(story, neglected)


def play(story: Callable[[Network], None], duties: Duties) -> None:
    network = Network(1, duties)
    network.lossy = False
    story(network)
    finish(network)
