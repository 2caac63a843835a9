import asyncio
import os
import signal
import socket
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from babilu.kernel.errors import ErrorCode, LinkError, ProfileError, UsageError
from babilu.kernel.limits import Limits
from babilu.relay.base.settings import Registration, RelaySettings
from babilu.relay.node.farewells import NEW_START_MS, SHORTEST_SPREAD_MS
from babilu.relay.node.server import Relay
from babilu.wire.client_frames import Ack
from babilu.wire.frame_base import Bye
from babilu.wire.relay_frames import Accepted, Deliver, Error
from tests.integration.relay.conftest import House
from tests.relay_client import (
    PATIENCE_S,
    RANDOMNESS,
    ClosedError,
    Person,
    RawClient,
    RefusedError,
    SetClock,
    envelope_id_of,
    envelopes,
)

ROOT = Path(__file__).parents[3]


CROWD = 60


def new_relay(home: Path, host: str = "127.0.0.1", port: int = 0) -> Relay:
    return Relay(RelaySettings(host, port, home), SetClock(), RANDOMNESS)


class TestStarting:
    async def test_on_a_taken_port_is_refused_and_leaves_no_folder(self, tmp_path: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            with pytest.raises(UsageError, match=f"Port {port} of 127.0.0.1 is in use"):
                await new_relay(tmp_path / "relay", port=port).start()
        assert is_empty(tmp_path)

    @pytest.mark.parametrize("host", ["not an address", "256.0.0.1", "198.51.100.7", "x" * 300, "", "\x00"])
    async def test_on_what_is_no_address_here_is_refused(self, tmp_path: Path, host: str) -> None:
        with pytest.raises(UsageError, match=r"is not an address"):
            await new_relay(tmp_path / "relay", host=host).start()

    @pytest.mark.parametrize("port", [65536, -1, 10**12])
    async def test_on_what_is_no_port_is_refused(self, tmp_path: Path, port: int) -> None:
        with pytest.raises(UsageError, match=r"is not a port"):
            await new_relay(tmp_path / "relay", port=port).start()

    async def test_in_a_folder_that_another_relay_uses_is_refused(self, house: House) -> None:
        await house.start()
        with pytest.raises(ProfileError) as refusal:
            await new_relay(house.home).start()
        assert refusal.value.code is ErrorCode.PROFILE_IN_USE
        await house.register("alice")

    async def test_in_what_is_no_folder_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(UsageError):
            await new_relay(tmp_path / "file").start()

    @pytest.mark.parametrize("file", ["relay.key", "certificate.pem", "relay.db"])
    async def test_with_a_damaged_file_is_refused_and_frees_the_port(self, tmp_path: Path, file: str) -> None:
        (tmp_path / file).write_bytes(b"garbage" * 300)
        with pytest.raises(ProfileError) as refusal:
            await new_relay(tmp_path).start()
        assert refusal.value.code is ErrorCode.PROFILE_DAMAGED
        (tmp_path / file).unlink()
        relay = new_relay(tmp_path)
        await relay.start()
        await relay.stop()

    async def test_makes_a_folder_that_only_its_owner_can_read(self, house: House) -> None:
        await house.start()
        assert modes(house.home) == {0o700, 0o600}

    @pytest.mark.parametrize(
        ("host", "registration"), [("127.0.0.1", Registration.OPEN), ("0.0.0.0", Registration.INVITE)]
    )
    async def test_decides_by_the_address_who_may_register(
        self, tmp_path: Path, host: str, registration: Registration
    ) -> None:
        relay = new_relay(tmp_path / "relay", host=host)
        await relay.start()
        decided = relay.registration
        await relay.stop()
        assert decided is registration

    async def test_on_every_address_takes_ipv4_and_ipv6(self, tmp_path: Path) -> None:
        relay = new_relay(tmp_path / "relay", host="::")
        await relay.start()
        try:
            for host in ("127.0.0.1", "::1"):
                async with RawClient.connect((host, relay.address[1])) as client:
                    await client.hello()
        finally:
            await relay.stop()


async def asked_to_wait_ms(client: RawClient) -> int:
    (bye,) = await client.closed()
    assert isinstance(bye, Bye)
    assert bye.reason == "shutting_down"
    assert bye.retry_after_ms is not None
    return bye.retry_after_ms


def assert_spread(retries: list[int], begin: int) -> None:
    """Tell that everybody has a moment of their own, and none is much fuller than another."""
    gap = SHORTEST_SPREAD_MS / len(retries)
    assert retries == pytest.approx([begin + gap * place for place in range(len(retries))], abs=1)


def is_empty(folder: Path) -> bool:
    return not list(folder.iterdir())


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}


class TestStopping:
    async def test_says_goodbye_with_a_time_to_come_back(self, house: House) -> None:
        await house.start()
        _, client = await house.register("alice")
        pending_peer = await house.pending_peer()
        await house.stop()
        for each in (client, pending_peer):
            (bye,) = await each.closed()
            assert isinstance(bye, Bye)
            assert bye.reason == "shutting_down"
            assert bye.retry_after_ms

    async def test_asks_a_crowd_to_come_back_one_after_the_other(self, house: House) -> None:
        await house.start()
        crowd = [await house.pending_peer() for _ in range(CROWD)]
        await house.stop()
        assert_spread(sorted([await asked_to_wait_ms(each) for each in crowd]), NEW_START_MS)

    async def test_can_send_a_crowd_away_to_other_nodes_and_go_on(self, house: House) -> None:
        relay = await house.start()
        people = [Person(f"guest{number}") for number in range(3)]
        crowd = [(await house.register(person.name))[1] for person in people]
        crowd += [await house.pending_peer() for _ in range(CROWD)]
        relay._up.registry.send_away(other_nodes=2)
        assert_spread(sorted([await asked_to_wait_ms(each) for each in crowd]), 0)
        _, client = await house.register("alice")
        assert await client.quiet() == []

    async def test_answers_what_it_has_taken_before_it_says_goodbye(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        client.send(*(client.submit_frame(alice, envelope) for envelope in envelopes(300)))
        await client.expect(Accepted)
        await house.stop()
        said = await client.closed()
        assert isinstance(said[-1], Bye)
        accepted = 1 + sum(isinstance(each, Accepted) for each in said)
        await house.start()
        again, _ = await house.enter(alice)
        assert (await again.resume(number=300)).head == accepted

    async def test_does_not_wait_for_a_client_that_does_not_listen(self, house: House) -> None:
        await house.start(Limits(drain_ms=600_000))
        _, client = await house.register("alice")
        cast("asyncio.Transport", client.writer.transport).pause_reading()
        async with asyncio.timeout(PATIENCE_S):
            await house.stop()

    async def test_twice_is_stopping_once(self, house: House) -> None:
        relay = await house.start()
        await relay.stop()
        await relay.stop()
        with pytest.raises(LinkError):
            relay.address  # noqa: B018  # reading it is what fails

    async def test_frees_port_and_folder_for_the_next(self, house: House) -> None:
        relay = await house.start()
        _, port = relay.address
        await house.stop()
        again = new_relay(house.home, port=port)
        await again.start()
        await again.stop()


class Process:
    """A relay's process."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.address = ("127.0.0.1", port)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


@asynccontextmanager
async def relay_process(home: Path) -> AsyncIterator[Process]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.relay.relay_process",
        str(home),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            port = int(await process.stdout.readline())
        yield Process(process, port)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@dataclass
class Flood:
    """Envelopes that were submitted without end, and those of them that were accepted."""

    sent: list[bytes] = field(default_factory=list)
    accepted: set[bytes] = field(default_factory=set)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def until_killed(self, relay: "Process", client: RawClient, recipient: Person, number: int) -> None:
        """Submit, kill the relay amid that after ``number`` more were accepted, and see the connection end."""
        self.enough.clear()
        flooding = asyncio.create_task(self._submit(client, recipient, len(self.accepted) + number))
        async with asyncio.timeout(PATIENCE_S):
            await self.enough.wait()
        relay.signal(signal.SIGKILL)
        await flooding

    async def _submit(self, client: RawClient, recipient: Person, enough: int) -> None:
        waiting: dict[int, bytes] = {}
        try:
            while True:
                envelope = b"%08d" % len(self.sent) + bytes(300)
                submit = client.submit_frame(recipient, envelope)
                self.sent.append(envelope)
                waiting[submit.request] = envelope
                client.send(submit)
                if len(waiting) >= 20:
                    answer = await client.expect(Accepted)
                    self.accepted.add(waiting.pop(answer.request))
                    if len(self.accepted) >= enough:
                        self.enough.set()
        except (ClosedError, ConnectionError):
            return


class TestBeingKilled:
    async def test_loses_nothing_that_was_accepted_and_doubles_nothing(self, tmp_path: Path) -> None:
        alice, bob, flood = Person("alice"), Person("bob"), Flood()
        number = 0
        for life in range(4):
            async with relay_process(tmp_path) as relay, RawClient.connect(relay.address) as client:
                if life == 0:
                    await register(relay, bob)
                    await client.register(alice)
                else:
                    await client.login_device(alice)
                client.submitted = number
                await client.resume()
                await flood.until_killed(relay, client, bob, 50 * (life + 1))
                number = client.submitted
        async with relay_process(tmp_path) as relay, RawClient.connect(relay.address) as client:
            await client.login_device(bob)
            delivered = await fetch_all(client)
        kept = [stored_envelope.envelope for stored_envelope in delivered]
        assert len(flood.accepted) >= 500
        assert flood.accepted <= set(kept)
        assert [stored_envelope.seq for stored_envelope in delivered] == list(range(1, len(kept) + 1))
        assert kept == sorted(set(kept))

    async def test_still_stores_each_envelope_once_when_all_are_sent_again(self, tmp_path: Path) -> None:
        alice, bob, flood = Person("alice"), Person("bob"), Flood()
        async with relay_process(tmp_path) as relay, RawClient.connect(relay.address) as client:
            await register(relay, bob)
            await client.register(alice)
            await client.resume()
            await flood.until_killed(relay, client, bob, 100)
            number = client.submitted
        async with relay_process(tmp_path) as relay, RawClient.connect(relay.address) as client:
            await client.login_device(alice)
            await client.resume(number=number)
            await client.submit(bob, *flood.sent)
            async with RawClient.connect(relay.address) as other:
                await other.login_device(bob)
                assert [stored_envelope.envelope for stored_envelope in await fetch_all(other)] == flood.sent


async def register(relay: Process, person: Person) -> None:
    async with RawClient.connect(relay.address) as client:
        await client.register(person)


async def fetch_all(client: RawClient) -> list[Deliver]:
    """Resume from nothing and take everything there is."""
    head = (await client.resume()).head
    delivered: list[Deliver] = []
    while len(delivered) < head:
        delivered.append(await client.expect(Deliver))
        if len(delivered) % 50 == 0:
            client.send(Ack(delivered[-1].seq))
    return delivered


class TestAFullDisk:
    async def test_refuses_for_a_time_keeps_what_there_was_and_recovers(self, tmp_path: Path) -> None:
        alice, bob = Person("alice"), Person("bob")
        async with relay_process(tmp_path) as relay, RawClient.connect(relay.address) as client:
            await register(relay, bob)
            await client.register(alice)
            await client.resume()
            await client.submit(bob, b"before")
            relay.signal(signal.SIGUSR1)
            refusal = await until_refused(client, bob)
            assert refusal.code == "unavailable"
            assert refusal.retry_after_ms
            relay.signal(signal.SIGUSR2)
            await until_accepted(client, bob, b"after")
            async with RawClient.connect(relay.address) as other:
                await other.login_device(bob)
                await other.resume()
                first = await other.expect(Deliver)
                assert first.envelope == b"before"
            relay.signal(signal.SIGTERM)
            async with asyncio.timeout(PATIENCE_S):
                assert await relay.process.wait() == 0


async def until_refused(client: RawClient, recipient: Person) -> Error:
    """Submit large envelopes until there is no room for one."""
    for envelope in envelopes(200, 20_000):
        try:
            await client.submit(recipient, envelope)
        except RefusedError as refusal:
            return refusal.error
    pytest.fail("the disk never filled up")


async def until_accepted(client: RawClient, recipient: Person, envelope: bytes) -> None:
    """Submit one envelope until it is taken."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                (accepted,) = await client.submit(recipient, envelope)
            except RefusedError:
                continue
            assert accepted.envelope == envelope_id_of(envelope)
            return
