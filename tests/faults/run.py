"""Tests under faults, part by part: what runs, how far it is, and at the end what came of each.

Run it as `python3 main.py test --faults [PART…]`. A part that fails does not end the others.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.faults.parts import FUZZ, FUZZ_SECONDS, PARTS, Part
from tests.faults.progress import FOLDER_VARIABLE, Counts, read_counts, running_tests

SAID_EACH_S: Final = 60.0
BELOW: Final = "tests/faults"
NOTHING_CHOSEN: Final = 5


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a part."""

    part: Part
    outcome: str
    seconds: float
    counts: Counts | None = None

    def line(self) -> str:
        """Say it in one line of the summary."""
        tests = self.counts.sentence() if self.counts else ""
        return f"  {self.part.name:10} {self.outcome:9} {self.seconds / 60:7.1f} min  {tests}".rstrip()


def main(arguments: Sequence[str]) -> int:
    """Run the parts and return 1 when one failed or none ran."""
    options = parse(arguments)
    known = {part.name: part for part in PARTS}
    if unknown := [name for name in options.parts if name not in known]:
        print(f"There is no part {', '.join(unknown)}. The parts are:")
        print("\n".join(f"  {part.name:10} {part.minutes:4} min  {part.what}" for part in PARTS))
        return 2
    chosen = [known[name] for name in dict.fromkeys(options.parts)] or list(PARTS)
    if options.k:
        # Tests are chosen by their names: in one run, whichever parts they belong to.
        files = tuple(file for part in chosen for file in part.files)
        chosen = [Part("chosen", options.k, 0, files, ("-k", options.k))]
    results: list[Result] = []
    try:
        for place, part in enumerate(chosen, 1):
            print(
                f"== {part.name}, part {place} of {len(chosen)}, some {part.minutes} minutes: {part.what}", flush=True
            )
            results.append(run_fuzzer() if part is FUZZ else run_part(part, options.pytest))
            print(results[-1].line(), flush=True)
    except KeyboardInterrupt:
        print("\nstopped")
    print("\n".join(["", "summary", *(result.line() for result in results)]))
    if missing := [part.name for part in chosen[len(results) :]]:
        print(f"  not run: {', '.join(missing)}")
    good = {"passed", "left out"}
    return 0 if not missing and {result.outcome for result in results} <= good else 1


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="main.py test --faults", description="Run the tests under faults.")
    parser.add_argument("parts", nargs="*", metavar="PART", help="only these parts")
    parser.add_argument("-k", metavar="EXPRESSION", help="of these only the tests whose names match")
    own, _, rest = _split(arguments)
    options = parser.parse_args(own)
    options.pytest = rest
    return options


def _split(arguments: Sequence[str]) -> tuple[list[str], str, list[str]]:
    given = list(arguments)
    place = given.index("--") if "--" in given else len(given)
    return given[:place], "--", given[place + 1 :]


def run_part(part: Part, more: Sequence[str]) -> Result:
    """Run a part's tests, on every processor and one more, since many of them wait for processes."""
    begun = time.monotonic()
    files = [f"{BELOW}/{file}" for file in part.files]
    workers = str((os.cpu_count() or 1) + 1)
    command = [sys.executable, "-m", "pytest", "-n", workers, "--dist", "worksteal", "--verbose", "--all-faults"]
    with TemporaryDirectory(prefix="babilu-faults-") as folder:
        environment = {**os.environ, FOLDER_VARIABLE: folder}
        with saying_how_far(Path(folder), begun):
            code = subprocess.run([*command, *files, *part.options, *more], env=environment, check=False).returncode
        counts = read_counts(Path(folder))
    outcome = {0: "passed", NOTHING_CHOSEN: "no tests"}.get(code, "FAILED")
    return Result(part, outcome, time.monotonic() - begun, counts)


def run_fuzzer() -> Result:
    """Fuzz every decoder, where atheris is there: it is none of the locked tools."""
    if importlib.util.find_spec("atheris") is None:
        return Result(FUZZ, "left out", 0.0, None)
    begun = time.monotonic()
    code = subprocess.run([sys.executable, f"{BELOW}/fuzz/run.py", str(FUZZ_SECONDS)], check=False).returncode
    return Result(FUZZ, "FAILED" if code else "passed", time.monotonic() - begun)


@contextmanager
def saying_how_far(folder: Path, begun: float) -> Iterator[None]:
    """Say each minute which tests run, and how far each is."""
    ended = threading.Event()

    def say() -> None:
        while not ended.wait(SAID_EACH_S):
            minutes = (time.monotonic() - begun) / 60
            if lines := running_tests(folder):
                print(f"   after {minutes:.0f} min: {'; '.join(lines)}", flush=True)

    thread = threading.Thread(target=say, name="progress")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
