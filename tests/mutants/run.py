"""All deliberate breaks, or those named, are tried out: run it as `python3 main.py test --mutants [NAME…]`.

Most are tried in forks of this process (`warm.py`). What these cannot show is tried in a copy of the project.
"""

import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.mutants.breaks import ROOT, Break, Outcome, Trial, load_breaks, run_tests, try_out
from tests.mutants.warm import Finished, can_fork, try_warm

WORKERS = os.cpu_count() or 1
FORKS = 2 * WORKERS
"""Some breaks show by a wait that comes to its end: meanwhile others use the processor."""


def main(names: list[str]) -> int:
    """Try the breaks and return 1 when one is not caught."""
    breaks = load_breaks()
    if unknown := set(names) - {one.name for one in breaks}:
        print(f"There is no break of this name: {', '.join(sorted(unknown))}")
        return 2
    chosen = [one for one in breaks if not names or one.name in names]
    begun = time.monotonic()
    left = dict.fromkeys((one.name for one in chosen), "this machine cannot fork")
    if can_fork():
        warm = try_warm(chosen, FORKS, _tell_finished)
        left = warm.left
        print(f"{len(warm.caught)} of {len(chosen)} breaks were caught in forks, in {time.monotonic() - begun:.0f} s")
    caught = len(chosen) - len(left) + _try_in_copies([one for one in chosen if one.name in left], left)
    clock, spent = time.monotonic() - begun, _processor_seconds()
    print(f"{caught} of {len(chosen)} breaks were caught, in {clock:.0f} s ({spent:.0f} s of processors' time)")
    return 0 if caught == len(chosen) else 1


def _try_in_copies(breaks: Sequence[Break], reasons: dict[str, str]) -> int:
    """Try breaks in copies of the project, where their tests must pass without them, and count those caught."""
    if not breaks:
        return 0
    tests = sorted({one.test for one in breaks})
    print(f"{len(breaks)} breaks are tried in copies of the project", flush=True)
    whole = run_tests(ROOT, tests, WORKERS, None)
    if whole.outcome is not Outcome.SURVIVED:
        print(f"The tests fail without a break, too:\n{whole.output}")
        return 0
    with ThreadPoolExecutor(WORKERS) as pool:
        trials = list(pool.map(lambda one: _try_in_copy(one, reasons[one.name]), breaks))
    return sum(trial.outcome is Outcome.CAUGHT for trial in trials)


def _try_in_copy(one: Break, reason: str) -> Trial:
    begun = time.monotonic()
    try:
        trial = try_out(one)
    except ValueError as error:
        trial = Trial(Outcome.UNUSABLE, str(error))
    _tell(trial.outcome.name.lower(), begun, f"{one.name} (in a copy: {reason})")
    if trial.outcome is not Outcome.CAUGHT:
        print(f"            {one.test}\n{trial.output}", flush=True)
    return trial


def _tell_finished(done: Finished, outcome: str) -> None:
    name = done.job.broken.name if done.job.broken else done.job.module
    _tell("caught" if outcome == "caught" else "left", time.monotonic() - done.clock_s, name)


def _tell(outcome: str, begun: float, name: str) -> None:
    # One that takes long makes some run of the tests long: its test should fail instead of waiting.
    print(f"  {outcome:9} {time.monotonic() - begun:5.1f} s  {name}", flush=True)


def _processor_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
