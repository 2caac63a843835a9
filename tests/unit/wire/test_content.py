from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.limits import TEXT_BYTES
from babilu.wire.codec import encode
from babilu.wire.content import (
    Again,
    ChainLink,
    Content,
    ContentPart,
    Delivered,
    Gone,
    Hush,
    ListMark,
    Read,
    RetryRequest,
    Settled,
    Text,
    Typing,
    decode_content,
)

ID = bytes(range(16))
KEY = bytes(range(32))
MARK = ListMark(1, KEY)
PARTS: list[ContentPart] = [
    Text("hi"),
    Delivered((ID,)),
    Read((ID,)),
    Typing(True),
    RetryRequest((ID,)),
    Again(ID, b"content"),
    Settled((ID,)),
    Gone(ID, 1, KEY),
    Hush(),
]


def content(part: ContentPart) -> Content:
    return Content(KEY, ID, ID, ID, 1_800_000_000_000, ChainLink(1, KEY), MARK, MARK, part)


def fields_of(part: ContentPart) -> list[Any]:
    fields: list[Any] = msgspec.msgpack.decode(encode(content(part)))
    return fields


def refusal(body: bytes) -> ErrorCode:
    with pytest.raises(ProtocolError) as refused:
        decode_content(body)
    return refused.value.code


def test_there_is_a_sample_of_every_part() -> None:
    assert {type(part) for part in PARTS} == set(ContentPart.__args__)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_every_part_comes_back_as_it_was(part: ContentPart) -> None:
    assert decode_content(encode(content(part))) == content(part)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_fields_of_a_later_version_are_passed_over(part: ContentPart) -> None:
    fields = fields_of(part)
    extended = msgspec.msgpack.encode([*fields[:-1], [*fields[-1], "more"], "something new"])
    assert decode_content(extended) == content(part)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_a_content_cut_at_any_byte_is_malformed(part: ContentPart) -> None:
    body = encode(content(part))
    for cut in range(len(body)):
        assert refusal(body[:cut]) is ErrorCode.MALFORMED


@pytest.mark.parametrize("text", ["a" * TEXT_BYTES, "é" * (TEXT_BYTES // 2), "𝄞" * (TEXT_BYTES // 4)])
def test_a_text_of_exactly_the_limit_in_bytes_is_taken(text: str) -> None:
    assert decode_content(encode(content(Text(text)))).part == Text(text)


@pytest.mark.parametrize("text", ["a" * (TEXT_BYTES + 1), "é" * (TEXT_BYTES // 2) + "a", "𝄞" * (TEXT_BYTES // 4 + 1)])
def test_a_text_over_the_limit_in_bytes_is_too_large_however_few_characters_it_has(text: str) -> None:
    assert refusal(encode(content(Text(text)))) is ErrorCode.TOO_LARGE


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, KEY[:31]),
        (1, ID[:15]),
        (2, ID + b"x"),
        (3, None),
        (4, -1),
        (4, 2**63),
        (4, float("nan")),
        (5, [0, KEY]),
        (5, [2**63, KEY]),
        (5, [1, KEY[:31]]),
        (6, None),
        (7, [1]),
        (8, ["text"]),
        (8, ["text", b"bytes"]),
        (8, ["delivered", []]),
        (8, ["delivered", [ID] * 1_001]),
        (8, ["read", [ID[:15]]]),
        (8, ["unheard_of", 1]),
        (8, []),
        (8, {}),
    ],
)
def test_a_field_that_does_not_fit_is_malformed(place: int, value: object) -> None:
    fields = fields_of(Text("hi"))
    fields[place] = value
    assert refusal(msgspec.msgpack.encode(fields)) is ErrorCode.MALFORMED


def test_text_that_is_no_utf_8_is_malformed() -> None:
    body = encode(content(Text("hi")))
    assert refusal(body.replace(b"\xa2hi", b"\xa2\xff\xfe")) is ErrorCode.MALFORMED


def test_nesting_without_end_is_malformed() -> None:
    assert refusal(b"\x99" + b"\x91" * 60_000) is ErrorCode.MALFORMED


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_a_refusal(body: bytes) -> None:
    with suppress(ProtocolError):
        decode_content(body)
