"""The servers that tests use: found, started, killed, frozen and ended without a trace."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import nats as nats_client
import pytest

from tests import servers
from tests.servers import FAST, START_S, Databases, NatsServer, PostgresServer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="servers for tests are started by a shell")

HOLDS = """
import sys
from tests.servers import PostgresServer
server = PostgresServer().__enter__()
print(server.folder, server.pid, flush=True)
sys.stdin.read()
"""


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_each_test_has_a_database_of_its_own_on_a_server_that_is_new_enough(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        assert connection.get_server_version().major >= 15
        assert await connection.fetchval("SHOW server_encoding") == "UTF8"
        assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    finally:
        await connection.close()


def test_a_database_goes_even_where_a_connection_was_left_to_it(postgresql: Databases) -> None:
    with postgresql.fresh() as name:
        left = postgresql.run(asyncpg.connect(postgresql.server.url(name)))
    known = postgresql.run(postgresql._connection.fetch("SELECT datname FROM pg_database"))

    left.terminate()
    assert name not in [row["datname"] for row in known]


async def test_a_server_keeps_its_data_over_a_crash_and_is_reached_where_it_was() -> None:
    with PostgresServer({**FAST, "fsync": "on", "synchronous_commit": "on"}) as server:
        connection = await asyncpg.connect(server.url(tcp=True))
        await connection.execute("CREATE TABLE kept (number int)")
        await connection.execute("INSERT INTO kept VALUES (7)")
        server.crash()
        connection.terminate()
        server.start()
        again = await asyncpg.connect(server.url(tcp=True))
        assert await again.fetchval("SELECT number FROM kept") == 7
        await again.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as somebody else")
def test_programs_in_a_folder_that_is_closed_to_the_servers_user_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = servers.postgresql_programs()
    package = programs.parent.parent
    for folder in (package, package.with_name(f"{package.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, tmp_path / folder.name, symlinks=True)
    tmp_path.chmod(0o700)
    monkeypatch.setattr(servers, "postgresql_programs", lambda: tmp_path / programs.relative_to(package.parent))

    with PostgresServer() as server:
        assert server.programs.is_relative_to(server.folder)
        assert server.pid


def test_a_frozen_server_ends_all_the_same_and_leaves_nothing() -> None:
    with PostgresServer() as server:
        pid, folder = server.pid, server.folder
        server.signal(signal.SIGSTOP)
    assert not lives(pid)
    assert not folder.exists()


def test_a_server_ends_with_the_tests_even_where_those_are_killed() -> None:
    command = [sys.executable, "-c", HOLDS]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command,
        cwd=root,
        env={**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{root / 'src'}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        folder, pid = holder.stdout.readline().split()
        assert lives(int(pid))
        holder.kill()
    deadline = time.monotonic() + START_S
    while lives(int(pid)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not lives(int(pid))
    subprocess.run(["rm", "-r", folder.decode()], check=True)


async def test_the_bus_server_carries_messages_and_comes_back_where_it_was(nats: NatsServer) -> None:
    url = nats.url
    nats.stop()
    nats.start()
    assert nats.url == url
    client = await nats_client.connect(url)
    heard = await client.subscribe("babilu.test.servers")
    await client.publish("babilu.test.servers", b"hint")
    assert (await heard.next_msg(START_S)).data == b"hint"
    await client.close()
