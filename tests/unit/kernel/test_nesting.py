"""Depth is counted by what stands in a body, however it is written and whatever else is in it."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.kernel.nesting import ELEMENTS_MAX, NESTING_MAX, is_shallow

pack = msgspec.msgpack.encode


def nested(levels: int) -> Any:
    value: Any = 7
    for level in range(levels):
        value = {"k": value} if level % 2 else [b"\x91" * 300, "é" * 40, 2.5, -(2**40), value, None]
    return value


def test_the_deepest_that_is_allowed_and_one_level_more() -> None:
    assert is_shallow(pack(nested(NESTING_MAX)))
    assert not is_shallow(pack(nested(NESTING_MAX + 1)))


@pytest.mark.parametrize(
    "opening",
    [b"\x91", b"\x81\xa1a", b"\xdc\x00\x01", b"\xdd\x00\x00\x00\x01", b"\xde\x00\x01\x01", b"\xdf\x00\x00\x00\x01\x01"],
)
def test_every_way_to_open_a_level_counts(opening: bytes) -> None:
    assert is_shallow(opening * NESTING_MAX + b"\x01")
    assert not is_shallow(opening * (NESTING_MAX + 1) + b"\x01")


@pytest.mark.parametrize(
    "value",
    [b"\x91" * 70_000, ["\x91" * 300] * 50, [[]] * 1_000, b"\xdc\xdd\xde\xdf" * 100, [{}] * 300],
    ids=["bytes", "texts", "empty arrays", "marks in bytes", "empty maps"],
)
def test_what_only_looks_like_levels_does_not_count(value: Any) -> None:
    assert is_shallow(pack([value]))


def test_an_extension_is_passed_over_whole() -> None:
    ext = msgspec.msgpack.Ext(5, b"\x91" * 100)
    assert is_shallow(pack([ext, *[msgspec.msgpack.Ext(1, b"\x91" * n) for n in (1, 2, 4, 8, 16, 300, 70_000)]]))


def test_the_work_is_bounded() -> None:
    assert is_shallow(pack([[]] * (ELEMENTS_MAX - 2)))
    assert not is_shallow(pack([[]] * (ELEMENTS_MAX + 1)))


@given(st.binary(max_size=400))
def test_whatever_comes_is_judged(body: bytes) -> None:
    assert is_shallow(body) in {True, False}
