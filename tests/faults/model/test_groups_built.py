"""Who is on the screen is sent what is said, and nobody else; whatever happens, in whatever order."""

import tempfile
from pathlib import Path

import pytest

from tests.faults.conftest import Rounds, Times
from tests.faults.model.conftest import Templates
from tests.faults.model.group_story import (
    AwayGroupStory,
    BlockingGroupStory,
    EvilGroupStory,
    GroupStory,
    RoutesGroupStory,
)
from tests.faults.model.group_twins import TwinGroupStory

pytestmark = pytest.mark.usefixtures("as_in_the_model")


def tell(story: type[GroupStory], templates: Templates, seed: int, steps: int = 40) -> None:
    """Tell a story from beginning to end; what does not hold names its seed, and what had happened."""
    folder = Path(tempfile.mkdtemp(dir=templates.folder)) / "story"
    told = story(folder, templates.profile, templates.relay, seed)
    try:
        told.run(steps)
    except BaseException as error:
        error.add_note(f"{story.__name__}, seed {seed}, after: {'; '.join(told.done)}")
        raise
    finally:
        told.world.close()


@pytest.mark.timeout(0)
def test_groups_are_the_same_on_every_screen_and_reach_exactly_whom_they_show(
    templates: Templates, times: Times, rounds: Rounds
) -> None:
    for seed in rounds(times(6, 230)):
        tell(GroupStory, templates, seed)


MENDED = [
    # Whoever becomes known by one group is shown in the others.
    (GroupStory, 122, 60),
    # So is whoever becomes known by being looked up.
    (GroupStory, 232, 60),
    # Who is to go on with a group and may not by their own log takes all the same what made them try.
    (EvilGroupStory, 28, 40),
    # Words of somebody who was out, written on old ends of the log, are shown to whoever has let them in again.
    (EvilGroupStory, 47, 40),
    # Whoever is out by what an admin has shown to them alone tells it those who write to them.
    (EvilGroupStory, 61, 40),
    # Whoever is let in is shown nothing of those who were out before.
    (EvilGroupStory, 17, 60),
    # What somebody who is blocked has added one to waits until they are heard again.
    (BlockingGroupStory, 3, 60),
    # Whoever becomes known by writing, or by being looked up, is listed in all groups that have them.
    (EvilGroupStory, 72, 60),
    # Whoever has followed somebody who took that back is with the others again.
    (EvilGroupStory, 98, 60),
    # Whoever is out is told what was kept from them, also where their words still count.
    (EvilGroupStory, 129, 60),
    # Whoever leaves while others go on with a group has left what goes on, too.
    (AwayGroupStory, 5, 60),
    # Whoever has called without an account is reached by that which a group and their own list name.
    (RoutesGroupStory, 3, 90),
    # What was dropped while its sender was blocked is not called missing later.
    (BlockingGroupStory, 24, 60),
]
"""Stories that did not hold once, by seed and steps."""


@pytest.mark.timeout(0)
@pytest.mark.parametrize(("story", "seed", "steps"), MENDED)
def test_what_was_mended_holds(story: type[GroupStory], seed: int, steps: int, templates: Templates) -> None:
    tell(story, templates, seed, steps)


@pytest.mark.timeout(0)
def test_groups_hold_against_members_who_write_on_any_part_of_a_log(
    templates: Templates, times: Times, rounds: Rounds
) -> None:
    for seed in rounds(times(4, 151)):
        tell(EvilGroupStory, templates, seed, 60)


@pytest.mark.timeout(0)
def test_groups_hold_with_clocks_that_go_wrong_and_people_who_are_away(
    templates: Templates, times: Times, rounds: Rounds
) -> None:
    for seed in rounds(times(3, 61)):
        tell(AwayGroupStory, templates, seed, 60)


@pytest.mark.timeout(0)
def test_logs_stay_equal_between_people_who_block_each_other(
    templates: Templates, times: Times, rounds: Rounds
) -> None:
    for seed in rounds(times(3, 61)):
        tell(BlockingGroupStory, templates, seed, 60)


@pytest.mark.timeout(0)
def test_groups_hold_where_people_also_call_each_other(templates: Templates, times: Times, rounds: Rounds) -> None:
    for seed in rounds(times(3, 61)):
        tell(RoutesGroupStory, templates, seed, 60)


@pytest.mark.timeout(0)
def test_groups_hold_where_people_have_two_devices(templates: Templates, times: Times, rounds: Rounds) -> None:
    for seed in rounds(times(2, 61)):
        tell(TwinGroupStory, templates, seed)


# Whoever was looked up for one group is listed in all of them; and whoever is let in by one device is told what another
# one of the same person has written beside that, such as that it goes on with the group. Whoever follows one device
# knows the group in which another one of the same person went on meanwhile, and what is said and done there counts.
@pytest.mark.timeout(0)
@pytest.mark.parametrize("seed", [12, 16, 41])
def test_what_was_mended_holds_on_both_devices(seed: int, templates: Templates) -> None:
    tell(TwinGroupStory, templates, seed)
