"""A NATS server that demands credentials: nodes that have them hear each other, and others hear nothing."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.kernel.errors import UsageError
from babilu.relay.bus import nats as nats_module
from babilu.relay.bus.nats import NatsCarrier, NatsPlace
from babilu.relay.bus.port import BusCounts, NodeCame
from tests.contract.bus.conftest import Cluster, until
from tests.nats_accounts import NatsAccount, Nkey
from tests.servers import NatsServer

pytestmark = pytest.mark.usefixtures("nats")
"""Without NATS' server these tests are skipped, and in CI they fail."""


@pytest.fixture
def account() -> NatsAccount:
    return NatsAccount()


@pytest.fixture
def guarded(account: NatsAccount) -> Iterator[NatsServer]:
    """Give a server that takes in users of one account alone."""
    with NatsServer(account.configuration) as server:
        yield server


def cluster_of(server: NatsServer, credentials: Path | None) -> Cluster:
    return Cluster(lambda node, counts: NatsCarrier(NatsPlace(server.url, "test", credentials), node, counts))


def lets_in(nkey: Nkey) -> str:
    """Say in a server's file that it lets in whoever has a key."""
    return f"authorization {{ users: [ {{ nkey: {nkey.public} }} ] }}\n"


async def hear_each_other(cluster: Cluster) -> None:
    first, second = await cluster.join(1), await cluster.join(2)
    first.bus.publish(NodeCame(1), 2)
    second.bus.publish(NodeCame(2), 1)
    await second.until(NodeCame(1))
    await first.until(NodeCame(2))


async def test_nodes_with_a_file_of_credentials_hear_each_other(
    account: NatsAccount, guarded: NatsServer, tmp_path: Path
) -> None:
    file = tmp_path / "node.creds"
    file.write_text(account.credentials())
    cluster = cluster_of(guarded, file)
    try:
        await hear_each_other(cluster)
    finally:
        await cluster.close()


async def test_nodes_with_an_nkey_alone_hear_each_other(tmp_path: Path) -> None:
    nkey, file = Nkey(), tmp_path / "node.nk"
    file.write_text(f"{nkey.seed}\n")
    with NatsServer(lets_in(nkey)) as server:
        cluster = cluster_of(server, file)
        try:
            await hear_each_other(cluster)
        finally:
            await cluster.close()


async def test_a_node_that_the_server_does_not_know_is_refused_and_says_so(
    guarded: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(nats_module, "START_S", 0.1)
    stranger = tmp_path / "stranger.creds"
    stranger.write_text(NatsAccount().credentials())
    for credentials in (stranger, None):
        caplog.clear()
        cluster = cluster_of(guarded, credentials)
        try:
            end = await cluster.join(1, up=False)
            await until(lambda: "the NATS server refuses this node" in caplog.text)
            assert not end.bus.is_up
        finally:
            await cluster.close()


async def test_a_node_that_is_sent_away_comes_back_by_what_its_file_holds_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nats_module, "REFUSED_S", 0.05)
    old, new, file = Nkey(), Nkey(), tmp_path / "node.nk"
    file.write_text(old.seed)
    with NatsServer(lets_in(old)) as server:
        cluster = cluster_of(server, file)
        try:
            end = await cluster.join(1)
            file.write_text(new.seed)
            server.reconfigure(lets_in(new))
            await until(lambda: not end.bus.is_up)
            await until(lambda: end.bus.is_up)
        finally:
            await cluster.close()


async def test_a_certificate_that_runs_out_ends_a_connection_and_not_the_bus(
    account: NatsAccount, guarded: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nats_module, "REFUSED_S", 0.05)
    monkeypatch.setattr(nats_module, "START_S", 0.1)
    file = tmp_path / "node.creds"
    cluster = cluster_of(guarded, file)
    try:
        # Servers count in whole seconds. On a slow machine one certificate may run out before it is shown.
        file.write_text(account.credentials(int(time.time()) + 2))
        end = await cluster.join(1, up=False)
        while not end.bus.is_up:
            file.write_text(account.credentials(int(time.time()) + 2))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await until(lambda: end.bus.is_up)
        await until(lambda: not end.bus.is_up)
        file.write_text(account.credentials())
        await until(lambda: end.bus.is_up)
    finally:
        await cluster.close()


async def test_a_certificate_that_has_run_out_is_replaced_while_the_node_tries(
    account: NatsAccount, guarded: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nats_module, "START_S", 0.1)
    file = tmp_path / "node.creds"
    file.write_text(account.credentials(int(time.time()) - 60))
    cluster = cluster_of(guarded, file)
    try:
        end = await cluster.join(1, up=False)
        assert not end.bus.is_up
        file.write_text(account.credentials())
        await until(lambda: end.bus.is_up)
    finally:
        await cluster.close()


def test_a_node_without_its_credentials_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        NatsCarrier(NatsPlace("nats://127.0.0.1:4222", "test", tmp_path / "missing"), 1, BusCounts())
