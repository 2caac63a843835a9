"""Sealed files at a relay: put in parts, gone on with after a kill, read by whoever has the token, and bounded."""

import asyncio

import pytest

from babilu.crypto.sealed_file import BLOCK_BYTES, sealed_size
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import BlobId, blob_id
from babilu.kernel.limits import DAY_MS, Limits
from babilu.relay.services.blobs import PENDING_BYTES, UPLOADS_OF_ONE
from babilu.relay.storage.blobs.port import ENTRY_BYTES, BlobPart
from babilu.wire.client_frames import BlobCreate, BlobDelete, BlobGet, BlobPut
from babilu.wire.frame_base import Bye
from babilu.wire.relay_frames import BlobData, BlobOk, Ok
from tests.integration.relay.conftest import House
from tests.relay_client import RANDOMNESS, Device, Person, RawClient, refused

SIZE = BLOCK_BYTES * 2 + 500


class SealedFile:
    """Bytes that look like a sealed file's, and the token with which they are read."""

    def __init__(self, size: int = SIZE) -> None:
        self.token = RANDOMNESS.token(32)
        self.id: BlobId = blob_id(self.token)
        self.octets = RANDOMNESS.token(size)


async def create(client: RawClient, file: SealedFile) -> int:
    ok = await client.request(lambda number: BlobCreate(number, file.id, len(file.octets)), BlobOk)
    assert ok.blob == file.id
    return ok.offset


async def put(client: RawClient, file: SealedFile, offset: int) -> int:
    part = file.octets[offset : offset + BLOCK_BYTES]
    return (await client.request(lambda number: BlobPut(number, file.id, offset, part), BlobOk)).offset


async def upload(client: RawClient, file: SealedFile) -> None:
    offset = await create(client, file)
    while offset < len(file.octets):
        offset = await put(client, file, offset)


async def read(client: RawClient, file: SealedFile, offset: int = 0, token: bytes | None = None) -> BlobData:
    return await client.request(lambda number: BlobGet(number, file.id, token or file.token, offset), BlobData)


async def read_whole(client: RawClient, file: SealedFile) -> bytes:
    octets = b""
    while len(octets) < len(file.octets):
        data = await read(client, file, len(octets))
        assert (data.offset, data.size) == (len(octets), len(file.octets))
        octets += data.part
    return octets


async def transfer(house: House, person: Person) -> RawClient:
    """Open a person's second connection."""
    client = await house.connect()
    await client.login_transfer(person)
    return client


async def sender(house: House, name: str = "alice") -> RawClient:
    """Make an account, and give its second connection."""
    person, _ = await house.register(name)
    return await transfer(house, person)


class TestAFile:
    async def test_is_put_in_parts_and_read_by_whoever_has_its_token(self, house: House) -> None:
        await house.start()
        client = await sender(house)
        file = SealedFile()
        await upload(client, file)
        assert await read_whole(client, file) == file.octets
        assert await read_whole(await house.pending_peer(), file) == file.octets

    async def test_is_not_read_with_another_token(self, house: House) -> None:
        await house.start()
        client = await sender(house)
        file = SealedFile()
        await upload(client, file)
        with refused(ErrorCode.NOT_FOUND):
            await read(client, file, token=bytes(32))
        # Nor once it is open and in memory.
        assert (await read(client, file)).part == file.octets[:BLOCK_BYTES]
        with refused(ErrorCode.NOT_FOUND):
            await read(client, file, token=bytes(32))

    async def test_is_not_read_before_all_of_it_is_there(self, house: House) -> None:
        await house.start()
        client = await sender(house)
        file = SealedFile()
        await put(client, file, await create(client, file))
        with refused(ErrorCode.NOT_FOUND):
            await read(client, file)

    async def test_goes_on_where_it_stopped_after_the_relay_was_started_anew(self, house: House) -> None:
        await house.start()
        alice, _ = await house.register("alice")
        file = SealedFile()
        client = await transfer(house, alice)
        await put(client, file, await create(client, file))
        await house.start()
        client = await transfer(house, alice)
        assert await create(client, file) == BLOCK_BYTES
        await upload(client, file)
        assert await create(client, file) == SIZE
        assert await read_whole(client, file) == file.octets

    async def test_that_was_written_whole_and_not_yet_named_so_is_finished_when_it_is_asked_for(
        self, house: House
    ) -> None:
        await house.start()
        client = await sender(house)
        file = SealedFile()
        await create(client, file)
        await house.relay._up.services.blobs._files.write(file.id, 0, file.octets)
        assert await create(client, file) == SIZE
        assert await read_whole(client, file) == file.octets

    async def test_whose_bytes_were_lost_is_put_anew(self, house: House) -> None:
        await house.start()
        client = await sender(house)
        file = SealedFile()
        await upload(client, file)
        await house.relay._up.services.blobs._files.delete((file.id,))
        with refused(ErrorCode.NOT_FOUND):
            await read(client, file)
        await upload(client, file)
        assert await read_whole(client, file) == file.octets

    async def test_takes_a_part_where_it_ends_and_nowhere_else(self, house: House) -> None:
        await house.start()
        client = await sender(house)
        file = SealedFile()
        await put(client, file, await create(client, file))
        assert await put(client, file, 0) == BLOCK_BYTES
        assert await put(client, file, BLOCK_BYTES * 2) == BLOCK_BYTES
        await upload(client, file)
        assert await read_whole(client, file) == file.octets

    async def test_has_no_more_than_it_was_said_to_have(self, house: House) -> None:
        await house.start()
        client = await sender(house)
        file = SealedFile(100)
        await create(client, file)
        with refused(ErrorCode.TOO_LARGE):
            await client.request(lambda number: BlobPut(number, file.id, 0, bytes(101)), BlobOk)

    async def test_is_put_after_it_was_begun(self, house: House) -> None:
        await house.start()
        client = await sender(house)
        one, two = SealedFile(), SealedFile()
        await create(client, one)
        with refused(ErrorCode.NOT_ALLOWED):
            await put(client, two, 0)

    async def test_is_deleted_by_its_maker_alone(self, house: House) -> None:
        await house.start()
        alice, bob = await sender(house), await sender(house, "bob")
        file = SealedFile()
        await upload(alice, file)
        await bob.request(lambda number: BlobDelete(number, file.id), Ok)
        assert await read_whole(bob, file) == file.octets
        await alice.request(lambda number: BlobDelete(number, file.id), Ok)
        with refused(ErrorCode.NOT_FOUND):
            await read(bob, file)
        assert house.relay._up.services.blobs._files.total == 0

    async def test_of_one_account_is_not_begun_by_another(self, house: House) -> None:
        await house.start()
        alice, bob = await sender(house), await sender(house, "bob")
        file = SealedFile()
        await create(alice, file)
        with refused(ErrorCode.CONFLICT):
            await create(bob, file)

    @pytest.mark.parametrize("offset", [SIZE, SIZE + 1, 2**62])
    async def test_is_not_read_behind_its_end(self, house: House, offset: int) -> None:
        await house.start()
        client = await sender(house)
        file = SealedFile()
        await upload(client, file)
        with refused(ErrorCode.MALFORMED):
            await read(client, file, offset)


class TestASecondConnection:
    async def test_leaves_the_first_one_and_its_mail_alone(self, house: House) -> None:
        await house.start()
        alice, first = await house.register("alice")
        _, bob = await house.register("bob")
        await upload(await transfer(house, alice), SealedFile())
        await bob.submit(alice, b"one")
        assert [each.envelope for each in await first.deliveries(1)] == [b"one"]
        assert house.relay.online == 2

    async def test_takes_the_place_of_the_one_before(self, house: House) -> None:
        await house.start()
        alice, _ = await house.register("alice")
        before, after = await transfer(house, alice), await transfer(house, alice)
        assert await before.closed() == [Bye(ErrorCode.REPLACED.value)]
        await upload(after, SealedFile())

    async def test_ends_with_the_device(self, house: House) -> None:
        await house.start()
        alice, first = await house.register("alice")
        second = await transfer(house, alice)
        await first.publish(alice, Device())
        assert await second.closed() == [Bye(ErrorCode.DEVICE_UNKNOWN.value)]

    async def test_ends_with_the_account(self, house: House) -> None:
        await house.start()
        alice, first = await house.register("alice")
        second = await transfer(house, alice)
        await first.delete_account(alice, alice.login_key, Ok)
        assert await second.closed() == [Bye(ErrorCode.DEVICE_UNKNOWN.value)]

    async def test_is_nobody_s_who_is_not_listed(self, house: House) -> None:
        await house.start()
        alice, _ = await house.register("alice")
        client = await house.connect()
        with refused(ErrorCode.DEVICE_UNKNOWN):
            await client.login_transfer(alice, Device())


class TestRoom:
    async def test_is_told_before_anything_is_sent(self, house: House) -> None:
        await house.start(Limits(file_bytes=1_000, files_kept_ms=5_000))
        client = await house.connect()
        welcome = await client.hello()
        assert (welcome.file_bytes, welcome.files_kept_ms) == (1_000, 5_000)

    async def test_is_not_there_for_a_file_that_is_too_large(self, house: House) -> None:
        await house.start(Limits(file_bytes=1_000))
        client = await sender(house)
        await upload(client, SealedFile(sealed_size(1_000)))
        with refused(ErrorCode.TOO_LARGE):
            await create(client, SealedFile(sealed_size(1_000) + 1))
        with refused(ErrorCode.TOO_LARGE):
            await create(client, SealedFile(10))

    async def test_of_an_account_is_reserved(self, house: House) -> None:
        house.clock.pass_ms(DAY_MS)
        await house.start(Limits(account_file_bytes=2 * (1_000 + ENTRY_BYTES)))
        client = await sender(house)
        one = SealedFile(1_000)
        await create(client, one)
        await upload(client, SealedFile(1_000))
        with refused(ErrorCode.QUOTA):
            await create(client, SealedFile(1_000))
        await client.request(lambda number: BlobDelete(number, one.id), Ok)
        await upload(client, SealedFile(1_000))

    async def test_of_a_new_account_is_a_part_of_all(self, house: House) -> None:
        await house.start(Limits(all_file_bytes=20 * (1_000 + ENTRY_BYTES)))
        alice, _ = await house.register("alice")
        client = await transfer(house, alice)
        await upload(client, SealedFile(1_000))
        with refused(ErrorCode.QUOTA):
            await create(client, SealedFile(1_000))
        house.clock.pass_ms(DAY_MS)
        await upload(client, SealedFile(1_000))

    async def test_of_all_is_made_by_whoever_has_most(self, house: House) -> None:
        await house.start(Limits(all_file_bytes=3 * (1_000 + ENTRY_BYTES)))
        alice, _ = await house.register("alice")
        bob, _ = await house.register("bob")
        house.clock.pass_ms(DAY_MS)
        a, b = await transfer(house, alice), await transfer(house, bob)
        one, two, three, four, five = (SealedFile(1_000) for _ in range(5))
        for file in (one, two, three):
            await upload(a, file)
        await upload(b, four)
        with refused(ErrorCode.NOT_FOUND):
            await read(a, one)
        assert await read_whole(a, two) == two.octets
        with refused(ErrorCode.QUOTA):
            await upload(a, five)
        assert await read_whole(a, four) == four.octets

    async def test_that_two_fill_at_once_is_not_more_than_there_is(self, house: House) -> None:
        await house.start(Limits(all_file_bytes=1_500 + 2 * ENTRY_BYTES))
        alice, _ = await house.register("alice")
        bob, _ = await house.register("bob")
        house.clock.pass_ms(DAY_MS)
        a, b = await transfer(house, alice), await transfer(house, bob)
        one, two = SealedFile(1_000), SealedFile(1_000)
        await create(a, one)
        await create(b, two)
        await put(a, one, 0)
        with refused(ErrorCode.QUOTA):
            await put(b, two, 0)

    async def test_that_the_disk_needs_for_mail_is_left_to_it(self, house: House) -> None:
        await house.start(Limits(disk_reserve_bytes=2**62))
        client = await sender(house)
        with refused(ErrorCode.QUOTA):
            await create(client, SealedFile())

    async def test_is_given_back_in_time(self, house: House) -> None:
        await house.start()
        limits = house.limits
        client = await sender(house)
        done, begun = SealedFile(), SealedFile()
        await upload(client, done)
        await put(client, begun, await create(client, begun))
        house.clock.pass_ms(limits.unfinished_file_ms + 1)
        await house.relay.tidy()
        assert house.relay._up.services.blobs._files.total == SIZE + ENTRY_BYTES
        house.clock.pass_ms(limits.files_kept_ms)
        await house.relay.tidy()
        assert house.relay._up.services.blobs._files.total == 0
        with refused(ErrorCode.NOT_FOUND):
            await read(client, done)

    async def test_of_a_deleted_account_is_given_back(self, house: House) -> None:
        await house.start()
        alice, first = await house.register("alice")
        await upload(await transfer(house, alice), SealedFile())
        await first.delete_account(alice, alice.login_key, Ok)
        await house.relay.tidy()
        assert house.relay._up.services.blobs._files.total == 0

    async def test_of_files_that_no_row_tells_of_is_given_back(self, house: House) -> None:
        await house.start()
        await house.relay._up.services.blobs._files.write(SealedFile().id, 0, b"abc")
        await house.relay.tidy()
        assert house.relay._up.services.blobs._files.total == 0


class TestPace:
    async def test_of_new_files_is_an_account_s(self, house: House) -> None:
        await house.start(Limits(file_creations=2, file_creation_ms=1_000))
        client = await sender(house)
        for _ in range(2):
            await create(client, SealedFile())
        with refused(ErrorCode.RATE_LIMITED):
            await create(client, SealedFile())
        house.clock.pass_ms(1_000)
        await create(client, SealedFile())

    async def test_of_reading_without_a_login_is_an_address_s(self, house: House) -> None:
        await house.start(Limits(file_reads=2, file_read_ms=1_000, limit_loopback=True))
        client = await sender(house)
        file = SealedFile(1_000)
        await upload(client, file)
        stranger = await house.pending_peer()
        for _ in range(2):
            await read(stranger, file)
        with refused(ErrorCode.RATE_LIMITED):
            await read(await house.pending_peer(), file)
        await read_whole(client, file)

    async def test_more_parts_than_the_disk_has_taken_are_not_read(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await house.start()
        client = await sender(house)
        file = SealedFile(40 * BLOCK_BYTES)
        await create(client, file)
        service = house.relay._up.services.blobs
        write, asked, ready = service._files.write, 0, asyncio.Event()

        async def slowly(blob: BlobId, offset: int, part: bytes) -> int:
            await ready.wait()
            return await write(blob, offset, part)

        def slow(blob: BlobId, offset: int, part: bytes) -> asyncio.Future[int]:
            nonlocal asked
            asked += 1
            return asyncio.ensure_future(slowly(blob, offset, part))

        monkeypatch.setattr(service._files, "write", slow)
        puts = [
            BlobPut(1_000 + place, file.id, place * BLOCK_BYTES, file.octets[place * BLOCK_BYTES :][:BLOCK_BYTES])
            for place in range(40)
        ]
        client.send(*puts)
        await house.until(lambda: asked * BLOCK_BYTES >= PENDING_BYTES)
        await (await house.pending_peer()).quiet()
        assert asked == -(-PENDING_BYTES // BLOCK_BYTES)
        ready.set()
        for put_ in puts:
            assert (await client.answer(put_.request, BlobOk)).offset == put_.offset + BLOCK_BYTES
        assert await read_whole(client, file) == file.octets

    async def test_what_is_in_memory_is_given_without_a_thread_and_some_of_it_at_a_time(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await house.start()
        client = await sender(house)
        file = SealedFile(40 * BLOCK_BYTES)
        await upload(client, file)
        first = await read(client, file)
        files = house.relay._up.services.blobs._files
        turns, loop = [0], asyncio.get_running_loop()

        def at_hand(_: BlobId, offset: int, most: int) -> BlobPart:
            if not turns[-1]:
                loop.call_soon(turns.append, 0)
            turns[-1] += 1
            return BlobPart(file.octets[offset : offset + most], len(file.octets))

        async def by_a_thread(*_: object) -> BlobPart:
            raise AssertionError

        monkeypatch.setattr(files, "at_hand", at_hand)
        monkeypatch.setattr(files, "read", by_a_thread)
        gets = [BlobGet(1_000 + place, file.id, file.token, place * BLOCK_BYTES) for place in range(40)]
        client.send(*gets)
        parts = [(await client.answer(get.request, BlobData)).part for get in gets]
        assert (parts[0], b"".join(parts)) == (first.part, file.octets)
        # So much is in memory of one connection, and no more.
        assert max(turns) == -(-PENDING_BYTES // BLOCK_BYTES)

    async def test_of_blobs_that_are_written_at_once_the_one_begun_first_makes_room(self, house: House) -> None:
        await house.start()
        client = await sender(house)
        files = [SealedFile(100) for _ in range(UPLOADS_OF_ONE + 1)]
        for file in files:
            await create(client, file)
        with refused(ErrorCode.NOT_ALLOWED):
            await put(client, files[0], 0)
        assert await put(client, files[1], 0) == 100
