"""All deliberate breaks, or those named, are tried out: run it as `python3 main.py test --mutants [NAME…]`."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from tests.mutants.breaks import ROOT, Break, Outcome, Trial, load_breaks, run_tests, try_out


def main(names: list[str]) -> int:
    """Try the breaks and return 1 when one is not caught."""
    breaks = load_breaks()
    if unknown := set(names) - {one.name for one in breaks}:
        print(f"There is no break of this name: {', '.join(sorted(unknown))}")
        return 2
    chosen = [one for one in breaks if not names or one.name in names]
    begun = time.monotonic()
    tests = sorted({one.test for one in chosen})
    whole = run_tests(ROOT, tests, os.cpu_count() or 1, None)
    if whole.outcome is not Outcome.SURVIVED:
        print(f"The tests fail without a break, too:\n{whole.output}")
        return 1
    print(f"{len(chosen)} breaks; their {len(tests)} tests pass without them ({time.monotonic() - begun:.0f} s)")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        trials = list(pool.map(_try_and_tell, chosen))
    caught = sum(trial.outcome is Outcome.CAUGHT for trial in trials)
    print(f"{caught} of {len(chosen)} breaks were caught, in {time.monotonic() - begun:.0f} s")
    return 0 if caught == len(chosen) else 1


def _try_and_tell(one: Break) -> Trial:
    begun = time.monotonic()
    try:
        trial = try_out(one)
    except ValueError as error:
        trial = Trial(Outcome.UNUSABLE, str(error))
    # One that takes long makes some run of the tests long: its test should fail instead of waiting.
    print(f"  {trial.outcome.name.lower():9} {time.monotonic() - begun:4.0f} s  {one.name}", flush=True)
    if trial.outcome is not Outcome.CAUGHT:
        print(f"            {one.test}\n{trial.output}", flush=True)
    return trial


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
