"""Search of the model of groups: stories of every kind over seeds, on all processors, which goes on where it stopped.

    python -m tests.faults.model.search JOURNAL [--steps 1000000] [--first 0] [--workers N]

The journal has a line for each story that was told: kind, seed, steps, and what did not hold. Whoever stops the search
begins it again with the same journal: what is told already is told no second time. A seed says all of a story, so that
one that does not hold is told again by `test_groups_built.py` or by its line here.
"""

import argparse
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.faults.model.conftest import Templates, make_templates, put_model_in_place
from tests.faults.model.group_story import (
    AwayGroupStory,
    BlockingGroupStory,
    EvilGroupStory,
    GroupStory,
    RoutesGroupStory,
)

KINDS: Final[dict[str, type[GroupStory]]] = {
    each.__name__: each for each in (GroupStory, AwayGroupStory, BlockingGroupStory, RoutesGroupStory, EvilGroupStory)
}
"""Stories that the search tells, one of each kind for every seed."""

STORY_STEPS: Final = 240
"""Steps of one story: it ends with everybody back, and everything that must hold then.

Beginning and end cost as much as 60 steps, whichever lie between them. What takes long to go wrong shows in long ones.
"""

PROGRESS_SECONDS: Final = 30
HOLDS: Final = "holds"


@dataclass(frozen=True, slots=True)
class Task:
    """One story that is to be told."""

    kind: str
    seed: int

    def line(self, outcome: str) -> str:
        """Write down what came of it."""
        return f"{self.kind} {self.seed} {STORY_STEPS} {' '.join(outcome.split())}\n"


def tasks(steps: int, first: int) -> list[Task]:
    """Return the stories of so many steps, from a seed on."""
    seeds = -(-steps // (STORY_STEPS * len(KINDS)))
    return [Task(kind, seed) for seed in range(first, first + seeds) for kind in KINDS]


def told(journal: Path) -> dict[Task, str]:
    """Read what was told, and what came of it; a line that was cut off is one that was not written."""
    found: dict[Task, str] = {}
    text = journal.read_text(encoding="utf-8") if journal.exists() else ""
    for line in text.splitlines(keepends=True):
        match line.split(" ", 3):
            case [kind, seed, steps, outcome] if kind in KINDS and steps == str(STORY_STEPS) and line.endswith("\n"):
                found[Task(kind, int(seed))] = outcome.strip()
            case _:
                continue
    return found


class Teller:
    """Tells stories in one process, which has the model in the place of sockets and disks once and for all."""

    _templates: Templates | None = None

    @classmethod
    def tell(cls, task: Task) -> str:
        """Tell one story; returns that it holds, or what does not and what had happened."""
        if cls._templates is None:
            folder = Path(tempfile.mkdtemp(prefix="babilu-search-"))
            put_model_in_place(pytest.MonkeyPatch())
            cls._templates = make_templates(folder)
        templates = cls._templates
        folder = Path(tempfile.mkdtemp(dir=templates.folder))
        story = KINDS[task.kind](folder / "story", templates.profile, templates.relay, task.seed)
        try:
            story.run(STORY_STEPS)
        except Exception as error:  # noqa: BLE001  # whatever it is, the seed has found it
            return f"{type(error).__name__}: {error} after: {'; '.join(story.done)}"
        finally:
            story.world.close()
            shutil.rmtree(folder, ignore_errors=True)
        return HOLDS


@dataclass
class Progress:
    """How far a search has come, said each half minute."""

    wanted: int
    before: int
    say: Callable[[str], object]
    done: int = 0
    began: float = 0.0
    said: float = 0.0

    def count(self) -> None:
        """Count one story more."""
        self.done += 1
        now = time.monotonic()
        if now - self.said >= PROGRESS_SECONDS:
            self.said = now
            self.say(self.sentence(now))

    def sentence(self, now: float) -> str:
        """Say how far it is, and how long the rest takes."""
        each = (now - self.began) / max(1, self.done)
        told_now, left = self.before + self.done, self.wanted - self.before - self.done
        steps, of = told_now * STORY_STEPS, self.wanted * STORY_STEPS
        return f"{steps:,} of {of:,} steps, {STORY_STEPS / each:.0f} a second, {left * each / 60:.0f} minutes more"


def search(
    journal: Path,
    steps: int,
    first: int = 0,
    workers: int | None = None,
    say: Callable[[str], object] = lambda _: None,
) -> dict[Task, str]:
    """Tell stories of so many steps, beyond those that a journal has; returns those that do not hold.

    Args:
        journal: What was told; it is added to.
        steps: How many steps there are in all.
        first: The first seed.
        workers: How many processes tell them; as many as there are processors, if it is not said.
        say: Told how far it is.
    """
    wanted, known = tasks(steps, first), told(journal)
    missing = [each for each in wanted if each not in known]
    progress = Progress(len(wanted), len(wanted) - len(missing), say, began=time.monotonic(), said=time.monotonic())
    journal.parent.mkdir(parents=True, exist_ok=True)
    count = workers or os.cpu_count() or 1
    # Each process ends after so many stories: what the model leaves in memory goes with it.
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), max_tasks_per_child=50)
    with pool, journal.open("a", encoding="utf-8") as kept:
        for task, outcome in _all(pool, missing, 2 * count):
            known[task] = outcome
            kept.write(task.line(outcome))
            kept.flush()
            progress.count()
    say(progress.sentence(time.monotonic()))
    return {each: known[each] for each in wanted if known[each] != HOLDS}


def _all(pool: ProcessPoolExecutor, missing: list[Task], at_once: int) -> Iterator[tuple[Task, str]]:
    """Have stories told, so many handed out at once; gives each as it ends."""
    waiting, running = iter(missing), dict[Future[str], Task]()
    while True:
        while len(running) < at_once and (task := next(waiting, None)) is not None:
            running[pool.submit(Teller.tell, task)] = task
        if not running:
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            yield running.pop(future), future.result()


def main(arguments: list[str]) -> int:
    """Search from the command line; the exit code says whether everything held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("journal", type=Path)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    parser.add_argument("--workers", type=int)
    options = parser.parse_args(arguments)

    def say(said: str) -> None:
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()

    # Whoever ends it lets the stories that are being told end: else their processes would wait for ever.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    failed = search(options.journal, options.steps, options.first, options.workers, say)
    sys.stdout.writelines(task.line(outcome) for task, outcome in failed.items())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
