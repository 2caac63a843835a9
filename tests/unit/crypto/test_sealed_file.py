"""Tests of sealed files: every size comes back, and no block passes for another one."""

import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.crypto.sealed_file import (
    BLOCK_BYTES,
    CHUNK_BYTES,
    HEADER_BYTES,
    block_count,
    block_span,
    open_block,
    padded_size,
    padme,
    prefix_of,
    seal_blocks,
    sealed_size,
)
from babilu.crypto.secret import Secret
from babilu.kernel.errors import CryptoError, ErrorCode
from babilu.kernel.ids import blob_id
from tests.vectors.vectors import protocol

KEY = Secret(bytes(range(32)))
PREFIX = b"seven b"

EDGES = (0, 1, 8, CHUNK_BYTES - 9, CHUNK_BYTES - 8, CHUNK_BYTES, CHUNK_BYTES * 2 - 8, CHUNK_BYTES * 3 + 17)


def a_file(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def sealed(content: bytes) -> list[bytes]:
    return list(seal_blocks(KEY, PREFIX, len(content), io.BytesIO(content).read))


def opened(size: int, blocks: list[bytes]) -> bytes:
    prefix = prefix_of(blocks[0])
    return b"".join(open_block(KEY, prefix, size, place, block) for place, block in enumerate(blocks))


@pytest.mark.parametrize("size", EDGES)
def test_what_was_sealed_is_opened_and_has_the_size_that_was_foretold(size: int) -> None:
    content = a_file(size)
    blocks = sealed(content)
    assert opened(size, blocks) == content
    assert len(blocks) == block_count(size)
    assert sum(map(len, blocks)) == sealed_size(size)


@pytest.mark.parametrize("size", EDGES)
def test_every_block_begins_at_a_multiple_of_the_same_number(size: int) -> None:
    blocks = sealed(a_file(size))
    assert {len(block) for block in blocks[:-1]} <= {BLOCK_BYTES}
    assert 0 < len(blocks[-1]) <= BLOCK_BYTES


@given(st.integers(0, 2**45))
def test_blocks_hold_the_whole_padded_file_without_holes(size: int) -> None:
    count = block_count(size)
    first, last = block_span(size, 0), block_span(size, count - 1)
    assert (first.start, last.start + last.length, last.is_last) == (0, padded_size(size), True)
    middle = count // 2
    if middle:
        before, after = block_span(size, middle - 1), block_span(size, middle)
        assert (before.start + before.length, before.is_last) == (after.start, False)


@given(st.integers(1, 2**62))
def test_padding_costs_at_most_twelve_percent_and_tells_little(length: int) -> None:
    padded = padme(length)
    assert length <= padded <= length * 1.12 + 1
    assert padme(padded) == padded


def test_sizes_that_are_near_to_each_other_cannot_be_told_apart() -> None:
    assert {padded_size(size) for size in range(1_000_000, 1_010_000)} == {1_015_808}


def test_a_pipe_that_gives_little_at_once_is_read_whole() -> None:
    content = a_file(CHUNK_BYTES + 5)
    source = io.BytesIO(content)
    blocks = list(seal_blocks(KEY, PREFIX, len(content), lambda most: source.read(min(most, 1000))))
    assert blocks == sealed(content)


@pytest.mark.parametrize("claimed", [4, 6, CHUNK_BYTES])
def test_a_file_that_changes_while_it_is_read_is_refused(claimed: int) -> None:
    with pytest.raises(CryptoError) as refused:
        list(seal_blocks(KEY, PREFIX, claimed, io.BytesIO(b"fives").read))
    assert refused.value.code is ErrorCode.CONFLICT


def test_the_published_files_are_opened() -> None:
    given = protocol()["sealed_files"]
    short = bytes.fromhex(given["short"])
    content = hashlib.shake_256(b"file of 100 bytes").digest(100)
    assert open_block(Secret(bytes.fromhex(given["key"])), prefix_of(short), 100, 0, short) == content
    assert blob_id(bytes.fromhex(given["read_token"])).hex() == given["blob"]


class TestTampering:
    SIZE = CHUNK_BYTES * 3

    def refused(self, blocks: list[bytes], size: int = SIZE) -> ErrorCode:
        with pytest.raises(CryptoError) as error:
            opened(size, blocks)
        return error.value.code

    def test_two_blocks_that_change_places_are_refused(self) -> None:
        first, second, third, last = sealed(a_file(self.SIZE))
        assert self.refused([first, third, second, last]) is ErrorCode.DECRYPTION_FAILED

    def test_a_file_that_is_cut_off_is_refused(self) -> None:
        blocks = sealed(a_file(self.SIZE))
        shorter = CHUNK_BYTES * 2
        assert len(blocks) - 1 == block_count(shorter)
        assert self.refused(blocks[:-1], shorter) is ErrorCode.DECRYPTION_FAILED

    def test_a_file_that_is_made_longer_is_refused(self) -> None:
        blocks = sealed(a_file(CHUNK_BYTES * 2))
        assert self.refused([*blocks, blocks[-1]]) is ErrorCode.DECRYPTION_FAILED

    def test_every_changed_byte_is_noticed(self) -> None:
        (block,) = sealed(b"a small file")
        for place in range(1, len(block)):
            changed = bytearray(block)
            changed[place] ^= 1
            assert self.refused([bytes(changed)], 12) is ErrorCode.DECRYPTION_FAILED

    def test_another_version_is_refused(self) -> None:
        (block,) = sealed(b"a small file")
        assert self.refused([b"\x02" + block[1:]], 12) is ErrorCode.UNSUPPORTED

    @pytest.mark.parametrize("length", [0, 1, HEADER_BYTES - 1])
    def test_too_few_bytes_are_refused(self, length: int) -> None:
        assert self.refused([bytes([1])[:length] + bytes(max(length - 1, 0))], 12) is ErrorCode.MALFORMED

    def test_a_place_that_the_file_does_not_have_is_refused(self) -> None:
        with pytest.raises(CryptoError) as error:
            open_block(KEY, PREFIX, 12, 1, bytes(40))
        assert error.value.code is ErrorCode.MALFORMED
