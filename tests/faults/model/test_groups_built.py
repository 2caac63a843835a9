"""Who is on the screen is sent what is said, and nobody else; whatever happens, in whatever order."""

import pytest

from tests.faults.conftest import Times
from tests.faults.model.conftest import Templates
from tests.faults.model.group_story import EvilGroupStory, GroupStory

pytestmark = pytest.mark.usefixtures("as_in_the_model")


def tell(story: type[GroupStory], templates: Templates, seed: int, steps: int = 40) -> None:
    """Tell a story from beginning to end; what does not hold names its seed, and what had happened."""
    folder = templates.folder / f"{story.__name__}{seed}"
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
    templates: Templates, times: Times
) -> None:
    for seed in range(times(6, 2_000)):
        tell(GroupStory, templates, seed)


@pytest.mark.timeout(0)
def test_groups_hold_against_members_who_write_on_any_part_of_a_log(templates: Templates, times: Times) -> None:
    for seed in range(times(4, 2_000)):
        tell(EvilGroupStory, templates, seed)
