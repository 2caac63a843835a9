"""The search of the model of groups tells each story once, says how far it is, and goes on where it stopped."""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from tests.faults.model.search import KINDS, STORY_STEPS, Progress, Task, search, tasks, told


def test_every_kind_is_told_of_every_seed_until_there_are_enough_steps() -> None:
    found = tasks(1_000, 7)
    assert len(found) * STORY_STEPS >= 1_000
    assert {each.seed for each in found} == set(range(7, 7 + len(found) // len(KINDS)))
    assert {each.kind for each in found if each.seed == 7} == KINDS.keys()


def test_what_a_journal_has_is_told_no_second_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def submit(*_: object) -> None:
        raise AssertionError("it was told already")

    monkeypatch.setattr(ProcessPoolExecutor, "submit", submit)
    journal = tmp_path / "journal"
    wanted = tasks(2 * STORY_STEPS * len(KINDS), 3)
    lines = [each.line("holds") for each in wanted]
    lines[1] = wanted[1].line("Violation: somebody\nsees too much after: a; b")
    journal.write_text("".join(lines))
    assert search(journal, 2 * STORY_STEPS * len(KINDS), first=3) == {
        wanted[1]: "Violation: somebody sees too much after: a; b"
    }
    # Whoever was stopped in the middle of a line tells that story again.
    journal.write_text("".join(lines)[:-3])
    assert wanted[-1] not in told(journal)
    with pytest.raises(AssertionError, match="already"):
        search(journal, 2 * STORY_STEPS * len(KINDS), first=3)


def test_stories_of_other_steps_and_kinds_are_not_taken_for_told(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    lines = "GroupStory 1 40 holds", f"NoStory 1 {STORY_STEPS} holds", f"GroupStory 2 {STORY_STEPS} holds", ""
    journal.write_text("".join(f"{line}\n" for line in lines))
    assert told(journal) == {Task("GroupStory", 2): "holds"}


def test_progress_says_how_far_it_is_and_how_long_the_rest_takes() -> None:
    progress = Progress(wanted=100, before=40, say=lambda _: None, began=0.0)
    progress.done = 20
    assert progress.sentence(40.0) == "14,400 of 24,000 steps, 120 a second, 1 minutes more"
