"""What must not grow: the cost of a message with idle connections, with waiting mail, with the length of history.

Each curve is a list of points: how much there is of what may grow, and a figure at that point.
"""

import asyncio
import os
import statistics
import time
from pathlib import Path
from typing import Any

from babilu.crypto.password import LoginCost
from babilu.identity.device_list import verify_device_list
from babilu.identity.names import skeleton
from babilu.kernel.ids import envelope_id
from babilu.relay.base.keys import RelayKey
from babilu.relay.base.state_dir import StateDir
from babilu.relay.services.device_lists import list_record
from babilu.relay.storage.port import Storage
from babilu.relay.storage.records import (
    AccountCreated,
    Admission,
    LoginKey,
    NewAccount,
    Quota,
    Stored,
    Submission,
)
from babilu.relay.storage.sqlite import SqliteStorage
from babilu.system import SystemRandomness
from bench.load import SETTLE_S, Figures, Load
from bench.relay_client import LIST_VERSION, Account

Points = list[tuple[float, float]]
Curves = dict[str, Points]

IDLE_S = 5.0
RATE = 500
BACKLOG_MAILBOXES = 1_000
BACKLOG_BATCH = 2_000
NO_QUOTA = Quota(10**9, 10**15, 10**9, 10**15)
WAITING_PARTS = 10
HISTORY_PARTS = 6
LOOKS = 3


async def idle(load: Load, accounts: list[Any], numbers: tuple[int, ...]) -> tuple[Figures, Curves]:
    """Measure memory and processor time of idle connections to a server that was just started, which knows them all.

    Args:
        load: Where to.
        accounts: As many as there are connections in the end.
        numbers: How many connections to look at, ascending.
    """
    figures: Figures = {}
    memory: Points = []
    clients: list[Any] = []
    before = load.served.resident_kib()
    for number in numbers:
        clients += await load.sign_in(accounts[len(clients) : number])
        await asyncio.sleep(1)
        memory.append((number, (load.served.resident_kib() - before) / number))
        figures[f"idle: KiB a connection of {number:,}"] = memory[-1][1]
        cpu = load.served.cpu_seconds()
        await asyncio.sleep(IDLE_S)
        figures[f"idle: CPU % of {number:,}"] = (load.served.cpu_seconds() - cpu) / IDLE_S * 100
    for client in clients:
        client.close()
    return figures, {"idle connections: KiB each": memory}


async def beside_idle(load: Load, accounts: list[Any], numbers: tuple[int, ...]) -> tuple[Figures, Curves]:
    """Measure what a delivery costs beside idle connections; arguments as in `idle`."""
    await load.make_pairs()
    await load.saturated(1)
    slow: Points = []
    full: Points = []
    clients: list[Any] = []
    for number in (0, *numbers):
        clients += await load.sign_in(accounts[len(clients) : number])
        await asyncio.sleep(1)
        slow.append((number, (await load.at_rate(RATE))[f"at {RATE}/s: CPU µs a delivery"]))
        full.append((number, await cost(load)))
    for client in clients:
        client.close()
    figures = {f"beside {number:,} idle: cost of a delivery": cost / full[0][1] for number, cost in full[1:]}
    curves = {
        f"idle connections: CPU µs a delivery at {RATE}/s": slow,
        "idle connections: CPU µs a delivery, saturated": full,
    }
    return figures, curves


async def waiting(load: Load) -> Curves:
    """Measure what storing a message costs while ever more wait for the same device."""
    writer = await load.live("waiting-writer")
    account = load.make_accounts("waiting-reader", 1)
    await load.register_only(account)
    await asyncio.sleep(SETTLE_S)
    part = load.work.offline // WAITING_PARTS
    points: Points = []
    for step in range(WAITING_PARTS):
        cpu = load.served.cpu_seconds()
        await load.store_for(writer, account[0], part, parts=1)
        points.append(((step + 1) * part, (load.served.cpu_seconds() - cpu) / part * 1e6))
    writer.close()
    return {"waiting mail: CPU µs to store one": points}


async def history(load: Load) -> Curves:
    """Measure what a delivery costs while ever more have been delivered to the same devices before."""
    points: Points = []
    for _ in range(HISTORY_PARTS):
        spent = await cost(load)
        points.append((sum(pair.delivered for pair in load.pairs), spent))
    return {"messages delivered before: CPU µs a delivery": points}


async def cost(load: Load) -> float:
    """Return the processor time of a delivery at full speed in µs, the median of a few looks."""
    looks = [await load.saturated(load.work.seconds / 2) for _ in range(LOOKS)]
    return statistics.median(look["saturated: CPU µs a delivery"] for look in looks)


async def fresh_cost(load: Load) -> float:
    """Return the same on a server that was just started."""
    await load.make_pairs()
    await load.saturated(1)
    return await cost(load)


async def fill(home: Path, envelopes: int, size: int) -> float:
    """Let mail wait in a relay's folder, through its own storage; return the seconds that it took."""
    opened = StateDir.open(home, SystemRandomness())
    storage = await SqliteStorage.open(opened.database)
    try:
        return await fill_storage(storage, opened.key, envelopes, size)
    finally:
        await storage.close()
        opened.close()


async def fill_storage(storage: Storage, key: RelayKey, envelopes: int, size: int) -> float:
    """Let mail wait in a relay's storage, for a thousand devices; return the seconds that it took."""
    began = time.perf_counter()
    accounts = [Account.make(f"away{each}") for each in range(min(BACKLOG_MAILBOXES, envelopes))]
    for account in accounts:
        await _make(storage, account, key.public)
    number = 0
    while number < envelopes:
        batch = []
        for _ in range(min(BACKLOG_BATCH, envelopes - number)):
            recipient = accounts[number % len(accounts)]
            sender = accounts[(number + 1) % len(accounts)]
            number += 1
            envelope = number.to_bytes(8, "big") + os.urandom(size - 8)
            share = key.share(recipient.device, sender.name)
            batch.append(
                Submission(
                    sender.device,
                    number,
                    share,
                    recipient.name,
                    LIST_VERSION,
                    recipient.device,
                    envelope_id(envelope),
                    envelope,
                )
            )
        outcomes = await storage.mail.submit(batch, int(time.time() * 1000), NO_QUOTA)
        if not all(isinstance(outcome, Stored) for outcome in outcomes):
            raise TypeError(outcomes)
    return time.perf_counter() - began


async def _make(storage: Storage, account: Account, relay: bytes) -> None:
    signed = account.list_at(relay)
    listed = list_record(signed, verify_device_list(signed))
    login = LoginKey(bytes(32), LoginCost(), account.login_key.public)
    new = NewAccount(
        account.name, skeleton(account.name), login, listed, account.device, account.prekeys, int(time.time() * 1000)
    )
    made = await storage.accounts.register(new, Admission(open=True, token_hash=None, owner=False))
    if not isinstance(made, AccountCreated):
        raise TypeError(made)
