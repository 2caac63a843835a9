"""Copies of the database: PostgreSQL's own `pg_dump` writes them, from one moment, while everything goes on."""

import asyncio
import logging
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from babilu.kernel.errors import ErrorCode, LinkError, UsageError
from babilu.relay.storage.postgresql.connections import HISTORY, REFUSALS, RETRY_AFTER_MS, PostgresDatabase, end

log = logging.getLogger(__name__)

_PARAMETERS: Final = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "passfile": "PGPASSFILE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
"""What a URL can say, and the variable by which PostgreSQL's programs are told: a command line shows to everybody."""


def program(name: str) -> Path | None:
    """Find one of PostgreSQL's programs: the newest that is here, since an older one cannot read a newer server."""
    found = list(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if in_path := shutil.which(name):
        found.append(Path(in_path))
    return max(found, key=_version, default=None)


def _version(path: Path) -> int:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 -- it is theirs
    number = re.search(r"(\d+)", said.stdout)
    return int(number[1]) if number else 0


def variables(url: str) -> Mapping[str, str]:
    """Give what a URL says as variables of PostgreSQL's programs."""
    parts = urlsplit(url)
    told = {
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "dbname": unquote(parts.path.removeprefix("/")),
    }
    hosts, ports = [], []
    for each in parts.netloc.rpartition("@")[2].split(","):
        host, _, port = each.rpartition(":") if each.rpartition(":")[2].isdigit() else (each, "", "")
        hosts.append(unquote(host.strip("[]")))
        ports.append(port)
    told |= {"host": ",".join(hosts), "port": ",".join(ports) if any(ports) else ""}
    told |= dict(parse_qsl(parts.query))
    return {_PARAMETERS[name]: value for name, value in told.items() if value and name in _PARAMETERS}


class Dumper:
    """Writes copies of a database, and brings one back.

    Args:
        url: Where it is.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    async def dump(self, file: Path) -> None:
        """Write a copy into a new file, readable by its owner alone.

        Raises:
            LinkError: ``unavailable`` where there is something already, or no `pg_dump` that can read the server.
        """
        _reserve(file)
        try:
            await self._run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file", str(file))
        except BaseException:
            _drop(file)
            raise

    async def restore(self, file: Path) -> None:
        """Bring a copy back into an empty database, and name its history anew: what came later is not in it.

        What was delivered is forgotten, so that it is delivered once more, as with SQLite's copies.

        Raises:
            UsageError: ``conflict``: the database is not empty.
            LinkError: ``unavailable``.
        """
        try:
            await self._refuse_tables()
            await self._bring_back(file)
            connection = await PostgresDatabase(self._url).connect_bare()
            try:
                async with connection.transaction():
                    await connection.execute(
                        f"UPDATE relay SET epoch = substring(uuid_send(gen_random_uuid()) FOR 8), history = ({HISTORY})"
                    )
                    await connection.execute("DELETE FROM node")
                    await connection.execute(
                        "DELETE FROM stored s USING mailbox m WHERE m.id = s.mailbox AND s.seq <= m.acknowledged"
                    )
            finally:
                await end(connection)
        except REFUSALS as error:
            raise LinkError(ErrorCode.UNAVAILABLE, f"The database cannot be used: {error}") from error

    async def _refuse_tables(self) -> None:
        connection = await PostgresDatabase(self._url).connect_bare()
        try:
            tables = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
            if await connection.fetchval(tables):
                raise UsageError("The database is not empty: restore into a new one.", ErrorCode.CONFLICT)
        finally:
            await end(connection)

    async def _bring_back(self, file: Path) -> None:
        command = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
        database = variables(self._url)["PGDATABASE"]
        await self._run("pg_restore", *command, "--dbname", database, str(file))

    async def _run(self, name: str, *arguments: str) -> None:
        found = program(name)
        if found is None:
            text = f"PostgreSQL's {name} is not installed here: use pg_basebackup or pgBackRest, and keep relay.key."
            raise LinkError(ErrorCode.UNAVAILABLE, text)
        process = await asyncio.create_subprocess_exec(
            found,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **variables(self._url)},
        )
        try:
            _, said = await process.communicate()
        except BaseException:
            process.kill()
            await process.wait()
            raise
        if process.returncode:
            log.warning("%s failed: %s", name, said.decode(errors="replace")[-500:])
            raise LinkError(ErrorCode.UNAVAILABLE, f"{name} could not do it: the log says why.")


def _reserve(file: Path) -> None:
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise LinkError(ErrorCode.UNAVAILABLE, "The database cannot be copied there.", RETRY_AFTER_MS) from error


def _drop(file: Path) -> None:
    file.unlink(missing_ok=True)
