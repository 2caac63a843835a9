import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.limits import FRAME_BYTES, LENGTH_BYTES, Limits
from babilu.wire.codec import encode
from babilu.wire.framing import FrameReader, frame
from tests.unit.wire.samples import CLIENT_FRAMES, DIRECT_FRAMES, RELAY_FRAMES

SMALL = Limits(frame_bytes=100)


def test_a_frame_is_its_length_in_four_big_endian_bytes_and_the_body() -> None:
    assert frame(b"abc") == b"\x00\x00\x00\x03abc"


@pytest.mark.parametrize(
    "message", [*CLIENT_FRAMES, *RELAY_FRAMES, *DIRECT_FRAMES], ids=lambda each: type(each).__name__
)
def test_every_frame_comes_out_whole_wherever_its_bytes_are_cut(message: object) -> None:
    body = encode(message)  # type: ignore[arg-type]
    octets = frame(body)
    for cut in range(1, len(octets)):
        reader = FrameReader(Limits())
        assert list(reader.feed(octets[:cut])) == []
        assert reader.kept == cut
        assert list(reader.feed(octets[cut:])) == [body]
        assert reader.kept == 0


def test_bytes_that_come_one_by_one_make_the_same_frames() -> None:
    bodies = [b"one", b"two", b"three"]
    reader = FrameReader(Limits())
    out = [body for octet in b"".join(map(frame, bodies)) for body in reader.feed(bytes([octet]))]
    assert out == bodies


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=20), st.lists(st.integers(1, 50), max_size=40))
def test_any_stream_of_frames_survives_any_cutting(bodies: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(map(frame, bodies))
    reader = FrameReader(SMALL)
    out: list[bytes] = []
    for cut in cuts:
        out += reader.feed(stream[:cut])
        stream = stream[cut:]
    out += reader.feed(stream)
    assert out == bodies
    assert reader.kept == 0


def test_a_body_of_exactly_the_limit_is_taken() -> None:
    body = bytes(FRAME_BYTES)
    assert list(FrameReader(Limits()).feed(frame(body))) == [body]


@pytest.mark.parametrize("length", [FRAME_BYTES + 1, 2**31, 2**32 - 1])
def test_a_length_over_the_limit_is_refused_before_its_body_comes(length: int) -> None:
    with pytest.raises(ProtocolError) as refused:
        list(FrameReader(Limits()).feed(length.to_bytes(LENGTH_BYTES, "big")))
    assert refused.value.code is ErrorCode.TOO_LARGE


def test_an_empty_frame_is_refused() -> None:
    with pytest.raises(ProtocolError) as refused:
        list(FrameReader(Limits()).feed(bytes(LENGTH_BYTES)))
    assert refused.value.code is ErrorCode.MALFORMED


def test_frames_in_front_of_a_bad_length_are_given_out_first() -> None:
    reader = FrameReader(SMALL)
    frames = reader.feed(frame(b"good") + (101).to_bytes(LENGTH_BYTES, "big"))
    assert next(frames) == b"good"
    with pytest.raises(ProtocolError, match="too_large"):
        next(frames)


def test_what_is_kept_of_an_unfinished_frame_is_no_more_than_has_come() -> None:
    reader = FrameReader(Limits())
    assert list(reader.feed(FRAME_BYTES.to_bytes(LENGTH_BYTES, "big") + b"x")) == []
    assert reader.kept == LENGTH_BYTES + 1


def test_what_came_and_was_not_asked_for_is_kept() -> None:
    reader = FrameReader(Limits())
    large, small = frame(bytes(50_000)), frame(b"small")
    reader.receive(large[:30_000])
    assert reader.next_body() is None
    reader.receive(large[30_000:] + small + small[:7])
    assert reader.kept == len(large) + len(small) + 7
    reader.receive(small[7:])
    assert reader.next_body() == bytes(50_000)
    assert reader.kept == 2 * len(small)
    assert [reader.next_body() for _ in range(3)] == [b"small", b"small", None]
    assert reader.kept == 0
    reader.receive(large[:30_000])
    reader.next_body()
    reader.receive(large[30_000:])
    reader.discard()
    assert (reader.kept, reader.next_body()) == (0, None)


def test_finished_frames_leave_nothing_behind() -> None:
    reader = FrameReader(Limits())
    for _ in range(1_000):
        assert len(list(reader.feed(frame(bytes(500)) * 3 + b"\x00"))) == 3
        assert list(reader.feed(frame(bytes(500))[1:])) == [bytes(500)]
    assert reader.kept == 0
