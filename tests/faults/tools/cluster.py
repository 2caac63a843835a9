"""A relay of several nodes under faults: its processes, and residents who write to each other and keep a ledger."""

import asyncio
import contextlib
import hashlib
import os
import random
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from babilu.wire.client_frames import Ack
from babilu.wire.relay_frames import Accepted, Deliver, Error, Gap, RelayFrame
from tests.faults.tools.cluster_node import NodePlan
from tests.relay_client import ClosedError, Person, RawClient, RefusedError
from tests.servers import free_port

ROOT: Final = Path(__file__).resolve().parents[3]
START_S: Final = 60.0
OUTSTANDING: Final = 20
"""Submissions of one resident that wait for their answer."""

LETTER_BYTES: Final = 600

_GONE: Final = (OSError, ClosedError, TimeoutError, ssl.SSLError, ConnectionError)


class NodeProcess:
    """A node's process, which can be killed, frozen and started again at the same address."""

    def __init__(self, plan: NodePlan) -> None:
        self.plan = plan
        self.address = "127.0.0.1", plan.port
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and wait until clients can come."""
        command = [sys.executable, "-m", "tests.faults.tools.cluster_node", msgspec.json.encode(self.plan).decode()]
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
        with (Path(self.plan.home).parent / f"{Path(self.plan.home).name}.log").open("a") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            process.wait()
            process.stdout.close()
            raise ChildProcessError("a node did not start: see its log")
        self._process = process

    def send(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def end(self, number: signal.Signals) -> None:
        """End it by a signal, and wait for it."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGCONT)
            process.send_signal(number)
            process.wait(START_S)
            assert process.stdout is not None
            process.stdout.close()

    def kill(self) -> None:
        self.end(signal.SIGKILL)


@contextlib.contextmanager
def running_nodes(folder: Path, number: int, storage: str, bus: str) -> "Iterator[list[NodeProcess]]":
    """Run nodes of one relay; the first one makes its key, which the others are given."""
    nodes: list[NodeProcess] = []
    try:
        for place in range(number):
            key = str(folder / "node1" / "relay.key") if place else None
            nodes.append(NodeProcess(NodePlan(str(folder / f"node{place + 1}"), free_port(), storage, bus, key)))
            nodes[-1].start()
        yield nodes
    finally:
        for node in nodes:
            node.kill()


@dataclass
class Resident:
    """Somebody with one device who writes to others, keeps what was accepted and what came, and moves between nodes.

    Attributes:
        person: Who it is.
        nodes: Where they may connect.
        chance: What they do.
        sent: Envelopes that were given to the relay, with their recipients.
        accepted: Those of them that it has accepted.
        shown: Envelopes that came, by their hash, with how often; those that came again after another history took
            over count once, as clients drop them by their ids.
        broken: What was wrong with numbers.
        histories: Names of the histories that the relay has named, in order.
        rest_s: How long they rest at most each time all they have written is accepted; 0 for nobody who ever rests.
    """

    person: Person
    nodes: list[NodeProcess]
    chance: random.Random
    others: "list[Resident]" = field(default_factory=list)
    sent: dict[bytes, str] = field(default_factory=dict)
    accepted: set[bytes] = field(default_factory=set)
    shown: dict[bytes, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    cursor: int = 0
    last: bytes | None = None
    number: int = 0
    waiting: "dict[int, tuple[Resident, bytes]]" = field(default_factory=dict)
    writes: bool = True
    moves: int = 0
    histories: list[bytes] = field(default_factory=list)
    kept: "dict[int, tuple[Resident, bytes]]" = field(default_factory=dict)
    renumbered: bool = False
    refusals: dict[str, int] = field(default_factory=dict)
    rest_s: float = 0.0
    rests_until: float = 0.0

    async def register(self) -> None:
        async with RawClient.connect(self.nodes[0].address) as client:
            await client.register(self.person)

    async def live(self) -> None:
        """Connect again and again, at any node, for ever."""
        while True:
            try:
                async with RawClient.connect(self.chance.choice(self.nodes).address) as client:
                    self._hear_of_history((await client.login_device(self.person)).epoch)
                    await client.resume(self.cursor, self.last, self.number)
                    await self._talk(client)
            except RefusedError as refusal:
                self.refusals[refusal.error.code] = self.refusals.get(refusal.error.code, 0) + 1
            except _GONE:
                pass
            self.moves += 1
            await asyncio.sleep(self.chance.uniform(0.02, 0.2))

    def _hear_of_history(self, epoch: bytes | None) -> None:
        """Send again what nobody is known to have, where another history has taken the place of the one before."""
        if epoch is None or epoch in self.histories[-1:]:
            return
        self.histories.append(epoch)
        if len(self.histories) > 1:
            self.renumbered = True
            lost = {number: each for number, each in self.kept.items() if _hash(each[1]) not in each[0].shown}
            self.waiting = lost | self.waiting

    async def _talk(self, client: RawClient) -> None:
        """Send what waits again and then more, and take what comes, until the connection ends or they move."""
        asked: dict[int, int] = {}
        for number, (recipient, envelope) in sorted(self.waiting.items()):
            self._submit(client, asked, number, recipient, envelope)
        time = asyncio.get_running_loop().time
        leaving = time() + self.chance.expovariate(1 / 8)
        receiving = asyncio.ensure_future(client.receive())
        try:
            while time() < leaving:
                rest = self.rests_until - time()
                if rest <= 0 and not (self.rest_s and self.waiting):
                    self._write_all(client, asked)
                # Never cut off in the middle of a frame, of which the rest would be taken for the next one.
                await asyncio.wait([receiving], timeout=min(rest, 0.5) if rest > 0 else 0.5)
                if receiving.done():
                    if not self._take(client, asked, receiving.result()):
                        return
                    receiving = asyncio.ensure_future(client.receive())
        finally:
            receiving.cancel()
            await asyncio.gather(receiving, return_exceptions=True)

    def _write_all(self, client: RawClient, asked: dict[int, int]) -> None:
        """Write as much as may be under way."""
        while self.writes and len(self.waiting) < OUTSTANDING:
            self._write(client, asked)

    def _write(self, client: RawClient, asked: dict[int, int]) -> None:
        recipient = self.chance.choice(self.others)
        envelope = self.chance.randbytes(LETTER_BYTES)
        self.number += 1
        self.sent[_hash(envelope)] = recipient.person.name
        self.waiting[self.number] = recipient, envelope
        self._submit(client, asked, self.number, recipient, envelope)

    def _rest(self) -> None:
        """Write nothing more for a while once all is accepted: a day's run has other things to do."""
        if self.rest_s and not self.waiting:
            self.rests_until = asyncio.get_running_loop().time() + self.chance.uniform(0, self.rest_s)

    def _submit(
        self, client: RawClient, asked: dict[int, int], number: int, recipient: "Resident", envelope: bytes
    ) -> None:
        client.submitted = number - 1
        submit = client.submit_frame(recipient.person, envelope)
        asked[submit.request] = number
        client.send(submit)

    def _take(self, client: RawClient, asked: dict[int, int], received: RelayFrame) -> bool:
        """Take a frame; tell whether to go on."""
        match received:
            case Accepted(request=request):
                number = asked.pop(request)
                if number in self.waiting:
                    self.kept[number] = self.waiting.pop(number)
                    self.accepted.add(_hash(self.kept[number][1]))
                    self._rest()
            case Deliver(seq=seq, envelope=envelope):
                if seq != self.cursor + 1 and not (self.renumbered and seq > self.cursor):
                    self.broken.append(f"{self.person.name}: {seq} after {self.cursor}")
                self.cursor, self.last = seq, _hash(envelope)[:16]
                key = _hash(envelope)
                self.shown[key] = 1 if self.renumbered else self.shown.get(key, 0) + 1
                client.send(Ack(seq))
            case Gap(first=first, last=last):
                self.broken.append(f"{self.person.name}: gap {first} to {last}")
            case Error(code=code):
                self.refusals[code] = self.refusals.get(code, 0) + 1
                return False
            case _:
                pass
        return True


def _hash(envelope: bytes) -> bytes:
    return hashlib.sha256(envelope).digest()


class Town:
    """Residents of a relay of several nodes.

    Args:
        nodes: The nodes.
        residents: How many there are.
        seed: What they do.
        rest_s: How long each rests at most once all they have written is accepted.
    """

    def __init__(self, nodes: list[NodeProcess], residents: int, seed: int, rest_s: float = 0.0) -> None:
        self.residents = [
            Resident(Person(f"resident{number}"), nodes, random.Random(f"{seed}/{number}"), rest_s=rest_s)
            for number in range(residents)
        ]
        for resident in self.residents:
            resident.others = [other for other in self.residents if other is not resident]
        self._lives: list[asyncio.Task[None]] = []

    async def move_in(self) -> None:
        for resident in self.residents:
            await resident.register()
        self._lives = [asyncio.ensure_future(resident.live()) for resident in self.residents]

    @property
    def accepted(self) -> int:
        """How much was accepted so far."""
        return sum(len(resident.accepted) for resident in self.residents)

    async def settle(self, patience_s: float) -> None:
        """Let nobody write anything new, and wait until all that was accepted has come."""
        for resident in self.residents:
            resident.writes = False
        deadline = asyncio.get_running_loop().time() + patience_s
        while not self._is_settled():
            self._check_lives()
            assert asyncio.get_running_loop().time() < deadline, self._unsettled()
            await asyncio.sleep(0.05)

    async def move_out(self) -> None:
        for life in self._lives:
            life.cancel()
        if self._lives:
            await asyncio.wait(self._lives)

    def _check_lives(self) -> None:
        for life in self._lives:
            if life.done():
                life.result()

    def _unsettled(self) -> list[str]:
        """Say what is missing, for whoever reads that a test failed."""
        shown = {envelope for resident in self.residents for envelope in resident.shown}
        return [
            f"{each.person.name}: {len(each.waiting)} wait, {len(each.accepted - shown)} are missing, at {each.cursor},"
            f" refused with {each.refusals}, {each.broken[:3]}"
            for each in self.residents
        ]

    def _is_settled(self) -> bool:
        shown = {envelope for resident in self.residents for envelope in resident.shown}
        return all(not each.waiting and each.accepted <= shown for each in self.residents)

    def judge(self) -> str:
        """Check the ledger: all that was accepted came, to whom it was for, once, and under numbers without a hole."""
        accepted = {envelope for resident in self.residents for envelope in resident.accepted}
        for resident in self.residents:
            assert resident.broken == []
            assert [times for times in resident.shown.values() if times != 1] == []
        shown = {envelope: each.person.name for each in self.residents for envelope in each.shown}
        sent = {envelope: name for each in self.residents for envelope, name in each.sent.items()}
        assert {envelope for envelope in accepted if shown.get(envelope) != sent[envelope]} == set()
        assert shown.items() <= sent.items()
        moves = sum(resident.moves for resident in self.residents)
        return f"{len(sent)} sent, {len(accepted)} accepted, {len(shown)} shown, {moves} moves, 0 lost, 0 twice"
