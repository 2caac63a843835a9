"""Shows by the relay's own system calls that durable means durable: what is answered was synced to the disk before.

One message at a time is submitted to a relay that runs under strace. Between reading it from the sender's socket and
writing the answer there, the log of the database must have been synced. At the end nothing acknowledged is left over.
"""

import asyncio
import re
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench.relay_client import RelayClient
from bench.served import our_server

MESSAGES = 20
SIZE = 600
WRITES = ("write", "writev", "sendmsg")
TRACED = ",".join(("read", "fsync", "fdatasync", *WRITES))
WAIT_S = 5.0
DELETED_S = 1.0
"""Acknowledged mail is deleted in batches; by then the last one is through."""

_RETURNED = re.compile(r"^\d+ +(?:<\.\.\. )?(\w+)(?:\((\d+<[^ ]*>)| resumed>).* = (-?\d+)")
_BEGUN = re.compile(r"^(\d+) +(\w+)\((\d+<[^ ]*>).*<unfinished")


class CheckFailedError(Exception):
    """Something was answered that was not on the disk."""


@dataclass(frozen=True)
class Call:
    """A system call that has returned.

    Attributes:
        name: Its name.
        file: Descriptor and path or address of its first argument.
        result: What it returned.
    """

    name: str
    file: str
    result: int


def check(home: Path) -> str:
    """Run a relay under strace and look at what it does; return what was seen in one sentence.

    Raises:
        CheckFailedError: An answer came before its sync, TLS is older than 1.3, or acknowledged mail was kept.
    """
    strace = shutil.which("strace")
    if strace is None:
        return "not traced: strace is not installed"
    trace = home / "trace"
    with our_server("babilu", home / "relay", None) as served:
        tracing = subprocess.Popen(
            [strace, "-f", "-yy", "-e", f"trace={TRACED}", "-o", str(trace), "-p", str(served.pid)],
            stderr=subprocess.PIPE,
            text=True,
        )
        if tracing.stderr is None or "attached" not in tracing.stderr.readline():
            tracing.kill()
            tracing.wait()
            return "not traced: the system does not let a process be traced"
        sender = asyncio.run(_submit_one_by_one(served.address))
        tracing.terminate()
        tracing.wait()
        tracing.stderr.close()
    answered = answers(trace, sender)
    left = _left(home / "relay" / "relay.db")
    if answered < MESSAGES or left:
        raise CheckFailedError(f"{answered} answers after a sync of {MESSAGES}, {left} acknowledged messages left")
    return f"{answered} answers, each after an fdatasync of the log; TLS 1.3; nothing acknowledged was left"


async def _submit_one_by_one(address: tuple[str, int]) -> str:
    """Submit and await one message after the other; return the sender's end of its connection."""
    clients = []
    for name in ("sender", "recipient"):
        client = await RelayClient.connect(RelayClient.make_account(name), address, SIZE)
        await client.register()
        await client.go_live()
        clients.append(client)
    sender, recipient = clients
    if sender.tls_version != "TLSv1.3":
        raise CheckFailedError(f"the connection speaks {sender.tls_version}")
    for _ in range(MESSAGES):
        accepted, delivered = (asyncio.get_running_loop().create_future() for _ in range(2))
        sender.accepted = accepted.set_result
        recipient.delivered = delivered.set_result
        sender.submit(recipient.account, time.perf_counter_ns())
        await asyncio.wait_for(asyncio.gather(accepted, delivered), WAIT_S)
    await asyncio.sleep(DELETED_S)
    for client in clients:
        client.close()
    return f"127.0.0.1:{sender.port}"


def answers(trace: Path, sender: str) -> int:
    """Count the answers to the sender that came after a sync; one without a sync is an error."""
    heard, synced, count = False, False, 0
    for call in _calls(trace):
        if call.name == "read" and sender in call.file and call.result > 0:
            heard, synced = True, False
        elif call.name in {"fsync", "fdatasync"} and "relay.db-wal" in call.file and call.result == 0:
            synced = True
        elif call.name in WRITES and sender in call.file and heard:
            # The handshake and the login are answered too; of those, a login syncs nothing.
            count += synced
            if count and not synced:
                raise CheckFailedError("something was answered before the log was synced")
            heard = False
    return count


def _calls(trace: Path) -> list[Call]:
    """Return the calls that name a file, in the order in which they returned; writes in that of their beginning."""
    calls: list[Call] = []
    begun: dict[tuple[str, str], str] = {}
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        if started := _BEGUN.match(line):
            begun[started[1], started[2]] = started[3]
            if started[2] in WRITES:
                calls.append(Call(started[2], started[3], 0))
        elif (returned := _RETURNED.match(line)) and (returned[2] or returned[1] not in WRITES):
            file = returned[2] or begun.pop((line.split()[0], returned[1]), "")
            calls.append(Call(returned[1], file, int(returned[3])))
    return calls


def _left(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM mail").fetchone()[0])
