"""Breaks tried in forks of one warm process: each loads only the broken module and what depends on it.

The process loads the tools and, one after another, the program's modules. Just before it loads a module that a break is
made in, it forks: the child takes that module from its broken source, and runs the test. Nothing that was loaded before
can have a part of the whole module. What forks of this process cannot show is left to a copy on the disk: a test that
does not pass here without a break, and a break that no test here minds, which may count in another process alone.
"""

import contextlib
import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import CodeType, ModuleType
from typing import Final

from tests.mutants.breaks import (
    HYPOTHESIS_PROFILE,
    PATIENCE_S,
    ROOT,
    SOME_TESTS_FAILED,
    TEST_TIMEOUT_S,
    Break,
    Outcome,
    Trial,
    broken_source,
    surroundings,
)
from tests.mutants.imports import in_turn, modules_below, needed_by_each

PACKAGE: Final = "babilu"
PLUGINS: Final = ("pytest_asyncio.plugin", "pytest_timeout", "_hypothesis_pytestplugin")
TOOLS: Final = (
    "PySide6.QtTest",
    "PySide6.QtWidgets",
    "hypothesis.stateful",
    "hypothesis.strategies",
    "pytestqt.plugin",
    "textual.pilot",
)
NEVER_BEGUN: Final = 70
OUTPUT_BYTES: Final = 3000
LOOK_EVERY_S: Final = 0.005


def can_fork() -> bool:
    """Tell whether this machine's processes can go on in two, with a window system's library loaded."""
    return sys.platform.startswith("linux")


@dataclass(frozen=True, slots=True)
class Job:
    """Tests to run with one module taken from a source: a broken one, or the module's own."""

    module: str
    file: Path
    source: str
    tests: tuple[str, ...]
    broken: Break | None = None

    @property
    def patience_s(self) -> float:
        """How long all tests together may take."""
        return PATIENCE_S + TEST_TIMEOUT_S * (len(self.tests) - 1)


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of a job: how its process ended, whether the module was loaded, and which tests passed."""

    job: Job
    code: int | None
    """Exit code of pytest; none if the process had to be killed."""
    loaded: bool
    passed: frozenset[str]
    output: str
    clock_s: float
    processor_s: float


@dataclass(slots=True)
class WarmTrials:
    """What forks found out: the breaks that were caught, and those that a copy has to show, with the reason."""

    caught: dict[str, Trial] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    processor_s: float = 0.0


def try_warm(breaks: Sequence[Break], workers: int, tell: Callable[[Finished, str], None]) -> WarmTrials:
    """Try all breaks, each in a fork of this process, which must have loaded nothing of the program yet.

    ``tell`` hears of each break when its process has ended, and how it ended.
    """
    results, whole = WarmTrials(), {}
    broken: list[Finished] = []
    with TemporaryDirectory(prefix="b-") as folder:
        for done in _run(list(_jobs(breaks, results)), workers, Path(folder)):
            results.processor_s += done.processor_s
            if done.job.broken is None:
                whole.update({(done.job.module, test): test in done.passed for test in done.job.tests})
            else:
                broken.append(done)
                tell(done, _verdict(done))
    for done in broken:
        one = done.job.broken
        assert one is not None
        verdict = _verdict(done)
        if not whole.get((one.module, one.test)):
            results.left[one.name] = "its test does not pass without it"
        elif verdict != "caught":
            results.left[one.name] = verdict
        else:
            results.caught[one.name] = Trial(Outcome.CAUGHT, done.output)
    early = {one.name for one in breaks} - set(results.caught) - set(results.left)
    results.left.update(dict.fromkeys(early, "its module was loaded too early"))
    return results


def _verdict(done: Finished) -> str:
    if not done.loaded:
        return "its module was not loaded"
    if done.code is None or done.code == SOME_TESTS_FAILED:
        return "caught"
    return "survived" if done.code == 0 else f"pytest ended with {done.code}"


def _jobs(breaks: Iterable[Break], results: WarmTrials) -> Iterator[Job]:
    """Yield what is to be run, and note the breaks for which that is nothing."""
    whole: defaultdict[tuple[str, Path], set[str]] = defaultdict(set)
    for one in breaks:
        if one.module.partition(".")[0] != PACKAGE:
            results.left[one.name] = "it is beside the package"
            continue
        file = ROOT / one.source
        try:
            source = broken_source(file.read_text(encoding="utf-8"), one)
        except ValueError as error:
            results.left[one.name] = str(error)
            continue
        yield Job(one.module, file, source, (one.test,), one)
        whole[one.module, file].add(one.test)
    for (module, file), named in whole.items():
        yield Job(module, file, file.read_text(encoding="utf-8"), tuple(sorted(named)))


def _run(jobs: Sequence[Job], workers: int, folder: Path) -> Iterator[Finished]:
    """Load one module after another, and run the jobs of each just before it is loaded."""
    by_module: defaultdict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        by_module[job.module].append(job)
    plugins = _load_tools()
    needed = needed_by_each(modules_below(ROOT / "src", PACKAGE))
    processes = _Processes(workers, folder, plugins)
    for ready, turn in in_turn(needed, Counter({name: len(each) for name, each in by_module.items()})):
        for name in ready:
            # What this machine lacks, the tests that need it say.
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        if threading.active_count() != 1:
            raise RuntimeError(f"loading {', '.join(ready)} started a thread, which no fork would have")
        if turn in sys.modules:
            # Something imports it in a function that runs while modules load.
            continue
        # Children look at nothing of the past when they collect what is unused.
        gc.freeze()
        for job in by_module[turn]:
            yield from processes.start(job)
    yield from processes.all_ended()


def _load_tools() -> list[ModuleType]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for name in TOOLS:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    return [importlib.import_module(name) for name in PLUGINS]


@dataclass(frozen=True, slots=True)
class _Running:
    job: Job
    folder: Path
    begun: float


class _Processes:
    """The forks that run: as many at once as there are workers."""

    def __init__(self, workers: int, folder: Path, plugins: Sequence[ModuleType]) -> None:
        self._workers = workers
        self._folder = folder
        self._plugins = plugins
        self._running: dict[int, _Running] = {}
        self._count = 0

    def start(self, job: Job) -> Iterator[Finished]:
        """Start a job when there is room, and yield what ended until then."""
        while len(self._running) >= self._workers:
            yield from self._ended()
        folder = self._folder / str(self._count)
        folder.mkdir()
        self._count += 1
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            _be_the_child(job, folder, self._plugins)
        self._running[pid] = _Running(job, folder, time.monotonic())

    def all_ended(self) -> Iterator[Finished]:
        """Yield what has not ended yet, when it has."""
        while self._running:
            yield from self._ended()

    def _ended(self) -> Iterator[Finished]:
        for pid, running in list(self._running.items()):
            late = time.monotonic() - running.begun > running.job.patience_s
            if late:
                _kill(pid)
            done, status, usage = os.wait4(pid, 0 if late else os.WNOHANG)
            if done:
                del self._running[pid]
                # Nothing that a test has started outlives it.
                _kill(pid)
                yield _finished(running, None if late else status, usage.ru_utime + usage.ru_stime)
        time.sleep(LOOK_EVERY_S)


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _finished(running: _Running, status: int | None, processor_s: float) -> Finished:
    folder = running.folder
    reports = folder / "reports"
    passed = json.loads(reports.read_text(encoding="utf-8")) if reports.exists() else []
    output = (folder / "output").read_bytes()[-OUTPUT_BYTES:].decode("utf-8", "replace")
    loaded = (folder / "loaded").exists()
    shutil.rmtree(folder, ignore_errors=True)
    code = None if status is None else os.waitstatus_to_exitcode(status)
    return Finished(running.job, code, loaded, frozenset(passed), output, time.monotonic() - running.begun, processor_s)


def _be_the_child(job: Job, folder: Path, plugins: Sequence[ModuleType]) -> None:
    """Run the job's tests in this process, which is its own from here, and end it."""
    code = NEVER_BEGUN
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        said = os.open(folder / "output", os.O_WRONLY | os.O_CREAT)
        for source, target in ((nothing, 0), (said, 1), (said, 2)):
            os.dup2(source, target)
        environment = surroundings(ROOT)
        os.environ.clear()
        os.environ.update(environment, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
        os.chdir(ROOT)
        sys.meta_path.insert(0, _OneModule(job, folder / "loaded"))
        code = _run_pytest(job, folder, plugins)
    except BaseException:  # noqa: BLE001 -- the parent reads it, and nothing of this process goes on
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _run_pytest(job: Job, folder: Path, plugins: Sequence[ModuleType]) -> int:
    import pytest  # noqa: PLC0415 -- the copy's way needs none of it

    reports = _Reports(job.tests)
    arguments = ["-q", "-p", "no:cacheprovider", "--tb=short", "--timeout", str(TEST_TIMEOUT_S)]
    arguments += ["--timeout-method", "thread", f"--hypothesis-profile={HYPOTHESIS_PROFILE}"]
    arguments += ["-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"]
    arguments += [f"--basetemp={folder / 't'}", *(["-x"] if job.broken else []), *job.tests]
    code = int(pytest.main(arguments, plugins=[*plugins, reports]))
    (folder / "reports").write_text(json.dumps(sorted(reports.passed())), encoding="utf-8")
    return code


class _Reports:
    """What pytest reports, for each test that was asked for: one with parameters passes when all of it does."""

    def __init__(self, tests: Sequence[str]) -> None:
        self._tests = tests
        self._good: set[str] = set()
        self._bad: set[str] = set()

    def pytest_runtest_logreport(self, report: object) -> None:
        node, outcome = getattr(report, "nodeid", ""), getattr(report, "outcome", "")
        for test in self._tests:
            if node == test or node.startswith((f"{test}[", f"{test}::")):
                if outcome == "failed":
                    self._bad.add(test)
                elif outcome == "passed" and getattr(report, "when", "") == "call":
                    self._good.add(test)

    def passed(self) -> set[str]:
        """Return the tests that ran, and of which nothing failed."""
        return self._good - self._bad


class _OneModule(importlib.abc.MetaPathFinder):
    """Finder of one module: it is loaded from the source of a job, and leaves a mark when it is."""

    def __init__(self, job: Job, mark: Path) -> None:
        self._job = job
        self._mark = mark

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        if fullname != self._job.module:
            return None
        file = str(self._job.file)
        folders = [str(self._job.file.parent)] if self._job.file.name == "__init__.py" else None
        loader = _SourceLoader(fullname, file, self._job.source, self._mark)
        return importlib.util.spec_from_file_location(fullname, file, loader=loader, submodule_search_locations=folders)


class _SourceLoader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, source: str, mark: Path) -> None:
        super().__init__(fullname, path)
        self._source = source
        self._mark = mark

    def get_code(self, fullname: str) -> CodeType:
        del fullname
        code = compile(self._source, self.path, "exec", dont_inherit=True)
        self._mark.touch()
        return code

    def get_source(self, fullname: str) -> str:
        del fullname
        return self._source
