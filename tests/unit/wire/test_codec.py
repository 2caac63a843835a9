from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from babilu.kernel.errors import ErrorCode
from babilu.kernel.limits import FRAME_BYTES, NAMES_WATCHED
from babilu.kernel.nesting import NESTING_MAX
from babilu.wire.client_frames import ClientFrame, StatusFrame, Submit
from babilu.wire.codec import FLAT, Codec, MalformedFrameError, client_frames, direct_frames, encode, relay_frames
from babilu.wire.frame_base import Frame, Ping
from babilu.wire.relay_frames import RelayFrame
from tests.unit.wire.samples import CLIENT_FRAMES, DIRECT_FRAMES, ID, RELAY_FRAMES

CODECS: list[tuple[Codec[Any], tuple[Any, ...]]] = [
    (client_frames, CLIENT_FRAMES),
    (relay_frames, RELAY_FRAMES),
    (direct_frames, DIRECT_FRAMES),
]
SAMPLES = [
    pytest.param(codec, message, id=f"{place}-{type(message).__name__}")
    for place, (codec, messages) in zip(("client", "relay", "direct"), CODECS, strict=True)
    for message in messages
]

pack = msgspec.msgpack.encode


def refusal(codec: Codec[Any], body: bytes) -> MalformedFrameError:
    with pytest.raises(MalformedFrameError) as refused:
        codec.decode(body)
    return refused.value


def test_there_is_a_sample_of_every_frame() -> None:
    assert {type(each) for each in CLIENT_FRAMES} == set(ClientFrame.__args__)
    assert {type(each) for each in RELAY_FRAMES} == set(RelayFrame.__args__)
    assert {type(each).__struct_config__.tag for each in DIRECT_FRAMES} == direct_frames._tags


@pytest.mark.parametrize(("codec", "message"), SAMPLES)
def test_every_frame_comes_back_as_it_was(codec: Codec[Any], message: Any) -> None:
    assert codec.decode(encode(message)) == message


@pytest.mark.parametrize(("codec", "message"), SAMPLES)
def test_a_frame_of_a_later_version_with_more_fields_is_understood(codec: Codec[Any], message: Any) -> None:
    fields = msgspec.msgpack.decode(encode(message))
    defaults = msgspec.structs.fields(message)[len(fields) - 1 :]
    extended = pack([*fields, *[None] * len(defaults), "something new", {"more": [1, 2]}])
    assert codec.decode(extended) == message


@pytest.mark.parametrize(("codec", "message"), SAMPLES)
def test_a_frame_cut_at_any_byte_is_refused_and_nothing_else_is_raised(codec: Codec[Any], message: Any) -> None:
    body = encode(message)
    for cut in range(len(body)):
        assert refusal(codec, body[:cut]).code is ErrorCode.MALFORMED


@pytest.mark.parametrize(("codec", "message"), SAMPLES)
def test_a_frame_with_a_field_of_another_type_is_malformed_and_keeps_its_number(
    codec: Codec[Any], message: Any
) -> None:
    fields = msgspec.msgpack.decode(encode(message))
    for place in range(1, len(fields)):
        changed = [*fields]
        changed[place] = 1.5
        error = refusal(codec, pack(changed))
        assert error.code is ErrorCode.MALFORMED
        if place > 1 and isinstance(fields[1], int):
            assert error.request == fields[1]


@pytest.mark.parametrize(("codec", "message"), SAMPLES)
def test_a_frame_without_its_last_needed_field_is_malformed(codec: Codec[Any], message: Any) -> None:
    fields = msgspec.msgpack.decode(encode(message))
    needed = sum(field.required for field in msgspec.structs.fields(message))
    if needed:
        assert refusal(codec, pack(fields[:needed])).code is ErrorCode.MALFORMED


@pytest.mark.parametrize("codec", [client_frames, relay_frames, direct_frames])
@pytest.mark.parametrize(
    ("fields", "request_number"),
    [
        (["levitate", 7, "up"], 7),
        (["levitate", 2**63 - 1], 2**63 - 1),
        (["levitate", 2**63], None),
        (["levitate", -1], None),
        (["levitate", "seven"], None),
        (["levitate", True], None),
        (["levitate", None], None),
        (["levitate", [[[7]]]], None),
        (["levitate"], None),
        (["", 7], 7),
    ],
)
def test_an_unknown_tag_is_unsupported_and_keeps_the_number_of_its_request(
    codec: Codec[Any], fields: list[Any], request_number: int | None
) -> None:
    error = refusal(codec, pack(fields))
    assert (error.code, error.request) == (ErrorCode.UNSUPPORTED, request_number)


def test_a_frame_of_the_other_direction_is_unknown() -> None:
    assert refusal(client_frames, encode(RELAY_FRAMES[0])).code is ErrorCode.UNSUPPORTED
    assert refusal(relay_frames, encode(CLIENT_FRAMES[0])).code is ErrorCode.UNSUPPORTED
    assert refusal(direct_frames, encode(CLIENT_FRAMES[0])).code is ErrorCode.UNSUPPORTED


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        b"\xff\xff\xff",
        pack({}),
        pack({"tag": "ping"}),
        pack([]),
        pack([1, 2]),
        pack([None]),
        pack("ping"),
        pack(b"ping"),
        pack(7),
        pack(float("nan")),
        b"\x91\xa4ping\x00",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xa2\xff\xfe",
        b"\x92\xa2\xff\xfe\x01",
    ],
)
@pytest.mark.parametrize("codec", [client_frames, relay_frames, direct_frames])
def test_what_is_no_tagged_array_is_malformed(codec: Codec[Any], body: bytes) -> None:
    assert refusal(codec, body).code is ErrorCode.MALFORMED


@pytest.mark.parametrize("codec", [client_frames, relay_frames, direct_frames])
@pytest.mark.parametrize("opening", [b"\x91", b"\x81\xa1a", b"\x92\xa4ping", b"\x92\xa5hello", b"\x92\xa8levitate"])
def test_nesting_without_end_is_refused(codec: Codec[Any], opening: bytes) -> None:
    refusal(codec, opening * 10_000)
    refusal(codec, opening + b"\x91" * 90_000 + b"\x01")


def test_a_field_that_was_appended_may_nest_and_not_without_end() -> None:
    status = b"\x93\xa6status\x07"
    assert client_frames.decode(status + b"\x91" * (NESTING_MAX - 1) + b"\x01") == StatusFrame(7)
    error = refusal(client_frames, status + b"\x91" * NESTING_MAX + b"\x01")
    assert error.code is ErrorCode.MALFORMED


@pytest.mark.parametrize("frame", FLAT)
def test_a_frame_that_is_not_looked_through_holds_nothing_that_could_nest(frame: type[Frame]) -> None:
    flat = (inspect.IntType, inspect.StrType, inspect.BytesType, inspect.NoneType, inspect.BoolType)
    found = inspect.type_info(frame)
    assert isinstance(found, inspect.StructType)
    for field in found.fields:
        kinds = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
        assert all(isinstance(kind, flat) for kind in kinds)


@pytest.mark.parametrize("name", [b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"a\x80"])
def test_text_that_is_no_utf_8_is_malformed(name: bytes) -> None:
    body = b"\x93\xa8get_salt\x07" + bytes([0xA0 | len(name)]) + name
    error = refusal(client_frames, body)
    assert (error.code, error.request) == (ErrorCode.MALFORMED, 7)


@pytest.mark.parametrize(
    "fields",
    [
        ["submit", -1, "bob", 7, ID, 42, b"e"],
        ["submit", 2**63, "bob", 7, ID, 42, b"e"],
        ["submit", 1, "", 7, ID, 42, b"e"],
        ["submit", 1, "b" * 33, 7, ID, 42, b"e"],
        ["submit", 1, "bob", 7, ID[:15], 42, b"e"],
        ["submit", 1, "bob", 7, ID + b"x", 42, b"e"],
        ["submit", 1, "bob", 7, ID, 42, b""],
        ["submit", 1, "bob", 7, ID, 42, bytes(FRAME_BYTES + 1)],
        ["submit", 1, "bob", 7, ID, float("nan"), b"e"],
        ["submit", 1, b"bob", 7, ID, 42, b"e"],
        ["submit", 1, "bob", 7, ID, 42, "text"],
        ["watch", 1, [["bob", bytes(32)]] * (NAMES_WATCHED + 1)],
    ],
)
def test_values_out_of_bounds_are_malformed(fields: list[Any]) -> None:
    assert refusal(client_frames, pack(fields)).code is ErrorCode.MALFORMED


def test_an_envelope_as_large_as_a_frame_is_a_valid_field() -> None:
    frame = Submit(1, "bob", 7, ID, 42, bytes(FRAME_BYTES))
    assert client_frames.decode(encode(frame)) == frame


def test_bytes_behind_a_frame_are_malformed() -> None:
    assert refusal(client_frames, encode(Ping()) + b"\x00").code is ErrorCode.MALFORMED


def test_a_refusal_says_nothing_of_what_was_sent() -> None:
    error = refusal(client_frames, pack(["a secret tag", "a secret field"]))
    assert "secret" not in error.text


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_a_refusal(body: bytes) -> None:
    for codec, _ in CODECS:
        with suppress(MalformedFrameError):
            codec.decode(body)


@given(st.sampled_from(SAMPLES), st.integers(0, 10_000), st.integers(0, 255))
def test_a_frame_with_a_changed_byte_decodes_or_is_refused(sample: Any, place: int, value: int) -> None:
    codec, message = sample.values
    body = bytearray(encode(message))
    body[place % len(body)] = value
    with suppress(MalformedFrameError):
        codec.decode(bytes(body))
