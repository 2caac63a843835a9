"""The log is held against a reference model: every random log means the same to both, in any order of arrival."""

import pytest

from babilu.group.changes import MoveOn
from babilu.group.group_log import EntryTaken, GroupLog
from babilu.group.succession import Succession
from tests.unit.group.logs import build
from tests.unit.group.model import Model
from tests.unit.group.properties import a_gone_owner
from tests.unit.group.stories import EVIL, PEOPLE, SYBILS, Story, a_log


def seen_of(log: GroupLog) -> tuple[object, ...]:
    """Return everything that can be seen of a group, as the model shows it."""
    state = log.state
    return (
        {each.identity: tuple(each.rank) for each in state.members},
        {each.hash for each in log.entries if log.counts(each.hash)},
        state.raw_title,
        state.openings,
        set(state.hidden),
        set(state.pinned),
        set(state.stepped_down),
    )


def spoilt(seed: int) -> Story:
    """A log to which evil people have written as well, some of them from far back."""
    story = a_log(seed)
    for _ in range(story.r.randint(0, 10)):
        story.act(story.r.choice([*PEOPLE, *SYBILS]), (*PEOPLE, *SYBILS), EVIL)
        if story.r.random() < 0.2:
            story.evil_move(story.r.choice(PEOPLE))
    return story


def check(seed: int) -> int:
    """Hold one random log against the model, whole and in part, one after the other and all at once."""
    story = spoilt(seed)
    log, r = story.log, story.r
    model = Model(log.entries)
    assert list(model.entries) == [each.hash for each in log.entries]
    expected = model.picture()
    assert seen_of(log) == expected

    # One after the other, with the state asked for each time or now and then; in another order, and twice.
    entries = list(log.entries) * 2
    r.shuffle(entries)
    assert seen_of(build(entries)) == expected
    stepwise = GroupLog(log.entries[0])
    for each in log.entries[1:]:
        assert isinstance(stepwise.add(each), EntryTaken)
        if r.random() < 0.7:
            stepwise.counts(each.hash)
    assert seen_of(stepwise) == expected
    assert {each.hash: stepwise.why_not(each.hash) for each in log.entries} == {
        each.hash: build(entries).why_not(each.hash) for each in log.entries
    }

    # What somebody sees who knows a part of it.
    heads = tuple(sorted({r.choice(log.entries).hash for _ in range(r.randint(1, 3))}))
    part = model.part(set(heads).union(*(model.past[each] for each in heads)))
    assert {each.identity: tuple(each.rank) for each in log.state_at(heads).members} == part.members()
    assert log.state_at(heads).heads == part.ends_of_log()

    succession = Succession(log)
    successor, wanted = succession.successor(), model.successor()
    assert (successor and successor.hash) == (wanted and wanted.hash)
    return len(log)


@pytest.mark.parametrize("seed", range(0, 400, 20))
def test_every_log_means_the_same_as_in_the_model_in_any_order(seed: int) -> None:
    assert sum(check(each) for each in range(seed, seed + 20)) > 100


def check_moves(seed: int) -> int:
    """Hold a group whose owner has gone against the model: which `moved` holds, stands and is followed."""
    begun = a_gone_owner(seed)
    if begun is None:
        return 0
    story = begun[0]
    for _ in range(story.r.randint(0, 6)):
        who = story.r.choice(PEOPLE)
        if story.r.random() < 0.6:
            story.evil_move(who)
        else:
            targets = tuple(each for each in PEOPLE if each != who)
            story.act(who, targets, ("leave", "demote", "remove", "appoint", "devices"))
    log, model = story.log, Model(story.log.entries)
    succession = Succession(log)
    moves = [each for each in log.entries if isinstance(each.change, MoveOn)]
    for each in moves:
        assert succession.holds(each.hash) == model.holds(each)
        assert succession.stands(each.hash) == model.stands(each)
    successor, wanted = succession.successor(), model.successor()
    assert (successor and successor.hash) == (wanted and wanted.hash)
    return sum(model.holds(each) for each in moves)


@pytest.mark.parametrize("seed", range(0, 200, 20))
def test_which_group_goes_on_is_the_same_as_in_the_model(seed: int) -> None:
    assert sum(check_moves(each) for each in range(seed, seed + 20)) > 10
