"""How far tests under faults are: notes in a folder, which whoever runs the tests reads meanwhile and afterwards."""

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

FOLDER_VARIABLE: Final = "BABILU_FAULTS_PROGRESS"
COUNTS: Final = "counts.json"
SUFFIX: Final = ".running"
NOTED_EACH_S: Final = 1.0
NAMES_AT_MOST: Final = 10


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tests there were, and which of them failed."""

    tests: int
    failed: tuple[str, ...]

    def sentence(self) -> str:
        """Say it in a few words."""
        if not self.failed:
            return f"{self.tests} tests"
        named = [*self.failed[:NAMES_AT_MOST], *(["…"] if len(self.failed) > NAMES_AT_MOST else [])]
        return f"{self.tests} tests, {len(self.failed)} failed: {', '.join(named)}"


def folder_of_notes() -> Path | None:
    """Return where notes are wanted."""
    name = os.environ.get(FOLDER_VARIABLE)
    return Path(name) if name else None


class RunningTest:
    """Note of one test: it is there while the test runs, and says how many rounds are done."""

    def __init__(self, folder: Path | None, name: str) -> None:
        self._file = folder / f"{os.getpid()}{SUFFIX}" if folder else None
        self._name = name
        self._noted = 0.0
        self._write(name)

    def rounds(self, count: int) -> Iterator[int]:
        """Count to a number, and note how far it is."""
        for done in range(count):
            self.note(done, count)
            yield done

    def note(self, done: int, count: int) -> None:
        """Note how many rounds are done, once a second at most."""
        if (now := time.monotonic()) - self._noted >= NOTED_EACH_S:
            self._noted = now
            self.say(f"{done:,} of {count:,}")

    def say(self, how_far: str) -> None:
        """Note how far it is, in words of its own."""
        self._write(f"{self._name} ({how_far})")

    def end(self) -> None:
        """Take the note away."""
        if self._file is not None:
            self._file.unlink(missing_ok=True)

    def _write(self, text: str) -> None:
        if self._file is not None:
            # A reader finds the note before or the note after, whole.
            new = self._file.with_suffix(".new")
            new.write_text(text, encoding="utf-8")
            new.replace(self._file)


def running_tests(folder: Path) -> list[str]:
    """Return what the notes of a folder say."""
    found = []
    for file in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            found.append(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue  # it ended meanwhile
    return found


def write_counts(folder: Path, stats: Mapping[str, Sequence[object]]) -> None:
    """Keep what a run of pytest counted."""
    bad = [report for outcome in ("failed", "error") for report in stats.get(outcome, ())]
    names = sorted({str(getattr(report, "nodeid", "")).rpartition("::")[2] for report in bad})
    counts = Counts(len(stats.get("passed", ())) + len(names), tuple(names))
    (folder / COUNTS).write_text(json.dumps(asdict(counts)), encoding="utf-8")


def read_counts(folder: Path) -> Counts | None:
    """Return what a run of pytest counted; none if it never came so far."""
    file = folder / COUNTS
    if not file.exists():
        return None
    found = json.loads(file.read_text(encoding="utf-8"))
    return Counts(found["tests"], tuple(found["failed"]))
