import msgspec
import pytest

from babilu.kernel.errors import ErrorCode
from babilu.kernel.limits import Limits
from babilu.wire.client_frames import FetchHoldings
from babilu.wire.relay_frames import HeldRows, HoldingsAre
from tests.integration.relay.conftest import House
from tests.relay_client import RawClient, RefusedError, envelopes, refused

pack = msgspec.msgpack.encode


async def read(client: RawClient, table: int = 0, key: bytes = b"") -> HoldingsAre:
    return await client.request(lambda number: FetchHoldings(number, table, key), HoldingsAre)


async def read_all(client: RawClient) -> list[HeldRows]:
    page = await read(client)
    held = list(page.held)
    while page.following is not None:
        page = await read(client, page.following.table, page.following.key)
        held += page.held
    return held


async def test_a_device_reads_all_that_is_held_about_its_account(house: House) -> None:
    await house.start()
    alice, sender = await house.register("alice")
    bob, receiver = await house.register("bob")
    receiver.writer.transport.abort()
    await sender.submit(bob, *envelopes(3))
    again, _ = await house.enter(bob)

    held = await read_all(again)

    # Where a mailbox stands is a row of its own in PostgreSQL, and three columns of the device's in SQLite.
    counted = {table.table: len(table.rows) for table in held if table.table != "mailbox"}
    assert "acknowledged" in {column for table in held for column in table.columns}
    assert counted == {"account": 1, "device": 1, "prekey_kind": 4, "prekey": 6, "mail": 3, "stored": 3}
    account = dict(zip(held[0].columns, held[0].rows[0], strict=True))
    assert account["name"] == "bob"
    assert account["identity_key"] == bob.identity.public.hex()
    assert "alice" not in str(held)
    assert alice.identity.public.hex() not in str(held)


async def test_the_answer_tells_the_relays_time(house: House) -> None:
    await house.start()
    _, client = await house.register("alice")

    assert (await read(client)).now == house.clock.now


async def test_nobody_reads_before_a_login(house: House) -> None:
    await house.start()
    with refused(ErrorCode.NOT_ALLOWED):
        await read(await house.pending_peer())


async def test_a_place_that_is_none_is_the_end(house: House) -> None:
    await house.start()
    _, client = await house.register("alice")

    for place in ((0, pack((0, 2**62))), (99, b""), (2**62, pack((2**62, b"x")))):
        page = await read(client, *place)
        assert "account" not in {table.table for table in page.held}


@pytest.mark.parametrize("key", [b"\xc1", pack([1]), pack((-1, 1)), pack((1, "x")), pack((2**63, 1))])
async def test_a_key_that_no_relay_gave_is_malformed(house: House, key: bytes) -> None:
    await house.start()
    _, client = await house.register("alice")
    with refused(ErrorCode.MALFORMED):
        await read(client, 4, key)


async def test_pages_are_read_at_a_pace(house: House) -> None:
    await house.start(Limits(disclosures=1))
    _, client = await house.register("alice")
    await read(client)

    with pytest.raises(RefusedError) as too_many:
        await read(client)
    assert too_many.value.error.code == ErrorCode.RATE_LIMITED.value
