"""Rules for every test: no thread outlives it, no file of it stays, examples repeat in CI, Qt has no screen."""

import importlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import hypothesis
import pytest

if TYPE_CHECKING:
    from tests.servers import Databases, NatsServer, Tables

THREAD_END_SECONDS = 30.0
ROOT = Path(__file__).resolve().parent.parent
BEFORE = pytest.StashKey[set[str]]()


def qt_loads() -> bool:
    """Tell whether Qt and the system libraries that it needs are there; without them all other tests still run."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["PYTEST_QT_API"] = "pyside6"
    try:
        importlib.import_module("PySide6.QtTest")
        importlib.import_module("pytestqt.plugin")
    except ImportError:
        return False
    return True


HAS_QT = qt_loads()
pytest_plugins = ["pytestqt.plugin"] if HAS_QT else []
collect_ignore = [] if HAS_QT else ["unit/desktop", "e2e/desktop"]

# What the tests' user wants of Python, such as unbuffered streams, decides nothing: everybody else's Python has none.
for variable in [name for name in os.environ if name.startswith("PYTHON") and name != "PYTHONPATH"]:
    del os.environ[variable]

if hasattr(signal, "SIGHUP"):
    # Under nohup it is ignored, also by every process that a test starts, and Babilu leaves it at that.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # So it is behind the & of a shell that runs a script, and a program that a test interrupts would hear nothing.
    signal.signal(signal.SIGINT, signal.default_int_handler)

hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
# Under a deliberate break a failure is enough; its smallest example would take longer, and is nobody's to read.
hypothesis.settings.register_profile(
    "breaks",
    deadline=None,
    derandomize=True,
    database=None,
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") == "true" else "local")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-storages", action="store_true", help="test relays over PostgreSQL too, all that can be")


def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[BEFORE] = names_here()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that leaves files in the project's folder, where a commit would take them along."""
    before = session.config.stash[BEFORE]
    left = names_here() - before
    if left and not hasattr(session.config, "workerinput"):
        said = f"The tests left {', '.join(sorted(left))} in {ROOT}: each writes into a folder of its own."
        session.config.get_terminal_writer().line(f"\n{said}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def names_here() -> set[str]:
    """Give what lies in the project's folder, but for what tools keep there for themselves."""
    return {path.name for path in ROOT.iterdir() if not path.name.startswith((".", "__"))}


@pytest.fixture(autouse=True)
def logging_stays_as_it_was() -> Iterator[None]:
    """Undo what a command of the program sets up for its whole process: the next test reads its own records."""
    root = logging.getLogger()
    level, raises, handlers = root.level, logging.raiseExceptions, set(root.handlers)
    yield
    root.setLevel(level)
    logging.raiseExceptions = raises
    logging.captureWarnings(False)
    for handler in set(root.handlers) - handlers:
        if type(handler).__module__.startswith(("babilu.", "logging")):
            root.removeHandler(handler)
            handler.close()


@pytest.fixture(autouse=True)
def no_thread_outlives_the_test() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    leaked = [thread for thread in threading.enumerate() if thread not in before]
    for thread in leaked:
        thread.join(THREAD_END_SECONDS)
    alive = sorted(thread.name for thread in leaked if thread.is_alive())
    if alive:
        pytest.fail(f"threads outlived the test: {', '.join(alive)}")


def lacks_server(why: object) -> NoReturn:
    """Skip a test whose server is not on this machine; continuous integration has to have all of them."""
    if os.environ.get("CI") == "true":
        pytest.fail(str(why))
    pytest.skip(f"NOT TESTED: {why}")


@pytest.fixture(scope="session")
def postgresql() -> "Iterator[Databases]":
    """Run one PostgreSQL server for all tests of this process, from the first that needs it."""
    if sys.platform == "win32":
        lacks_server("servers for tests are started by a shell")
    from tests.servers import Databases, NoServerError, PostgresServer  # noqa: PLC0415 -- few tests need a server

    try:
        server = PostgresServer()
    except NoServerError as error:
        lacks_server(error)
    with server:
        databases = Databases(server)
        yield databases
        databases.close()


@pytest.fixture
def database(postgresql: "Databases") -> Iterator[str]:
    """Give the URL of an empty database, which goes with the test."""
    with postgresql.fresh() as name:
        yield postgresql.server.url(name, user="babilu")


@pytest.fixture(scope="session")
def made_tables(postgresql: "Databases") -> "Iterator[Tables]":
    """Make a database with the relay's tables, which the tests of this process use one after the other."""
    from tests.servers import Tables  # noqa: PLC0415 -- few tests need a server

    made = Tables(postgresql)
    yield made
    made.close()


@pytest.fixture
def tables(made_tables: "Tables") -> str:
    """Give the URL of a database with the relay's empty tables."""
    made_tables.empty()
    return made_tables.url


@pytest.fixture(scope="session")
def nats() -> "Iterator[NatsServer]":
    """Run one NATS server for all tests of this process; each names its subjects apart from those of others."""
    if sys.platform == "win32":
        lacks_server("servers for tests are started by a shell")
    from tests.servers import NatsServer, NoServerError  # noqa: PLC0415 -- few tests need a server

    try:
        server = NatsServer()
        server.__enter__()
    except NoServerError as error:
        lacks_server(error)
    yield server
    server.__exit__()
