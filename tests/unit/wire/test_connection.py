import math
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.kernel.errors import ErrorCode
from babilu.kernel.limits import LENGTH_BYTES, Limits
from babilu.wire.client_frames import Ack, ClientFrame, Hello, StatusFrame, Submit
from babilu.wire.codec import encode
from babilu.wire.connection import CLOSING_S, HELLO_BYTES, STRANGER_BYTES, Expired, Phase, Stage
from babilu.wire.frame_base import Bye, Ping, Pong
from babilu.wire.framing import frame
from babilu.wire.relay_frames import Deliver, Error
from tests.unit.wire.transcripts import EMPTY, GARBAGE, LATER, LIMITS, End, octets_of

HELLO = Hello(1, (1,), "a test")
ENVELOPE = Submit(3, "bob", 1, bytes(16), 1, bytes(600))


def of_length(length: int) -> bytes:
    """Return how a frame with a body of so many bytes begins."""
    return length.to_bytes(LENGTH_BYTES, "big")


class TestFrames:
    def test_are_given_in_order_with_the_exact_bytes_of_their_bodies(self) -> None:
        end = End()
        end.wire.receive(octets_of(StatusFrame(1), ENVELOPE), 1.0)
        assert end.wire.next_event() == StatusFrame(1)
        assert end.wire.body == encode(StatusFrame(1))
        assert end.wire.next_event() == ENVELOPE
        assert end.wire.body == encode(ENVELOPE)
        assert end.wire.next_event() is None

    def test_leave_nothing_behind_once_they_were_given(self) -> None:
        end = End()
        end.hears(1.0, ENVELOPE, StatusFrame(1))
        assert end.wire.kept == 0
        assert end.wire.body == b""

    def test_wait_for_a_driver_that_stops_taking_them(self) -> None:
        end = End()
        end.wire.receive(octets_of(StatusFrame(1), StatusFrame(2), StatusFrame(3)), 1.0)
        assert end.wire.next_event() == StatusFrame(1)
        end.wire.pause_reading()
        end.wire.receive(octets_of(StatusFrame(4)), 2.0)
        end.wire.resume_reading(3.0)
        assert end.gives() == [StatusFrame(2), StatusFrame(3), StatusFrame(4)]

    def test_of_a_later_version_end_nothing(self) -> None:
        end = End()
        assert end.hears(1.0, LATER, StatusFrame(1)) == ["unknown 7", StatusFrame(1)]
        assert end.says == []
        assert end.wire.is_open

    @pytest.mark.parametrize(
        ("broken", "code"),
        [(GARBAGE, ErrorCode.MALFORMED), (EMPTY, ErrorCode.MALFORMED), (of_length(5_001), ErrorCode.TOO_LARGE)],
        ids=["garbage", "empty", "too long"],
    )
    def test_that_are_none_are_answered_by_an_error_and_nothing_after_them_is_given(
        self, broken: bytes, code: ErrorCode
    ) -> None:
        end = End()
        assert end.hears(1.0, StatusFrame(1), broken, StatusFrame(2)) == [StatusFrame(1)]
        assert end.failure is not None
        assert end.failure.code is code
        (error,) = end.says
        assert isinstance(error, Error)
        assert error.code == code.value
        assert end.wire.phase is Phase.CLOSING
        assert end.hears(2.0, StatusFrame(3)) == []
        assert end.says == []

    def test_that_do_not_fit_are_refused_under_their_number(self) -> None:
        end = End()
        end.hears(1.0, frame(msgspec.msgpack.encode(["submit", 7, "bob"])))
        (error,) = end.says
        assert isinstance(error, Error)
        assert (error.code, error.request) == ("malformed", 7)

    def test_of_exactly_the_limit_are_taken(self) -> None:
        envelope = Submit(3, "bob", 1, bytes(16), 1, bytes(5_000))
        over = len(encode(envelope)) - 5_000
        whole = Submit(3, "bob", 1, bytes(16), 1, bytes(5_000 - over))
        assert len(encode(whole)) == 5_000
        assert End().hears(1.0, whole) == [whole]

    def test_are_held_to_new_limits_from_the_next_one_on(self) -> None:
        end = End()
        end.wire.reconfigure(Limits(frame_bytes=700))
        assert end.hears(1.0, ENVELOPE, of_length(701)) == [ENVELOPE]
        assert end.failure is not None
        assert end.failure.code is ErrorCode.TOO_LARGE


class TestStrangers:
    def test_are_refused_a_frame_longer_than_a_hello_before_it_comes(self) -> None:
        end = End(stage=Stage.UNGREETED)
        assert end.hears(1.0, of_length(HELLO_BYTES - LENGTH_BYTES)) == []
        assert end.failure is None
        longer = End(stage=Stage.UNGREETED)
        assert longer.hears(1.0, of_length(HELLO_BYTES - LENGTH_BYTES + 1)) == []
        assert longer.failure is not None
        assert longer.failure.code is ErrorCode.TOO_LARGE

    def test_may_say_more_from_their_hello_on_in_the_same_piece_of_the_stream(self) -> None:
        end = End(stage=Stage.UNGREETED)
        longer = Submit(3, "bob", 1, bytes(16), 1, bytes(4_000))
        end.wire.receive(octets_of(HELLO, longer), 1.0)
        assert end.wire.next_event() == HELLO
        assert end.wire.greet()
        assert end.gives() == [longer]

    def test_say_their_first_hello_once(self) -> None:
        end = End(stage=Stage.UNGREETED)
        assert [end.wire.greet(), end.wire.greet()] == [True, False]

    def test_leave_no_more_than_their_room(self) -> None:
        end = End(Limits(frame_bytes=10**6), Stage.UNGREETED)
        assert end.wire.room == HELLO_BYTES
        end.wire.greet()
        assert end.wire.room == STRANGER_BYTES
        end.hears(1.0, of_length(STRANGER_BYTES - LENGTH_BYTES + 1))
        assert end.failure is not None
        assert end.failure.code is ErrorCode.TOO_LARGE

    def test_have_to_log_in_by_their_deadline_whatever_they_say(self) -> None:
        end = End(stage=Stage.UNGREETED)
        for second in range(15):
            end.hears(second, Ping())
            assert end.wire.deadline == 15.0
            assert end.wire.expire(second) is None
        assert end.wire.expire(15.0) is Expired.LOGIN

    def test_are_not_asked_whether_they_are_there(self) -> None:
        end = End(Limits(login_ms=100_000), Stage.UNGREETED)
        assert end.wire.expire(99.0) is None
        assert end.says == []

    def test_are_asked_after_their_silence_since_they_were_let_in(self) -> None:
        end = End(stage=Stage.UNGREETED)
        end.wire.admit(14.0)
        assert end.wire.room is None
        assert end.wire.deadline == 44.0
        assert end.wire.expire(15.0) is None


class TestSilence:
    def test_is_ended_by_a_ping_and_that_by_an_answer(self) -> None:
        end = End()
        assert end.wire.deadline == 30.0
        assert end.wire.expire(29.9) is None
        assert end.says == []
        assert end.wire.expire(30.0) is None
        assert end.says == [Ping()]
        assert end.wire.deadline == 60.0
        assert end.hears(31.0, Pong()) == [Pong()]
        assert end.wire.deadline == 61.0

    def test_is_asked_about_once(self) -> None:
        end = End()
        for second in range(30, 60):
            assert end.wire.expire(second) is None
        assert end.says == [Ping()]

    def test_that_nothing_ends_means_that_the_other_end_is_gone(self) -> None:
        end = End()
        end.hears(5.0, StatusFrame(1))
        assert end.wire.expire(35.0) is None
        assert end.wire.expire(64.9) is None
        assert end.wire.expire(65.0) is Expired.SILENCE

    def test_begins_anew_with_everything_that_is_heard(self) -> None:
        end = End()
        for second in range(20, 200, 20):
            end.hears(second, b"\x00")
            assert end.wire.expire(second) is None
            assert end.wire.deadline > second
            end.hears(second, b"\x00\x00\x06" + encode(Ping()))
            assert end.wire.deadline == second + 30

    def test_follows_new_limits_at_once(self) -> None:
        end = End()
        end.wire.reconfigure(Limits(ping_ms=5_000))
        assert end.wire.deadline == 5.0


class TestSlowFrames:
    def test_are_late_although_something_always_comes(self) -> None:
        end = End()
        octets = octets_of(ENVELOPE)
        for second in range(10, 40):
            assert end.hears(second, octets[second - 10 : second - 9]) == []
            assert end.wire.deadline == 40.0
            assert end.wire.expire(second) is None
        assert end.wire.expire(40.0) is Expired.FRAME

    def test_are_not_the_frames_of_a_stream_that_is_cut_in_their_middle(self) -> None:
        end = End()
        octets = octets_of(ENVELOPE)
        end.hears(0.0, octets[:9])
        for second in range(10, 200, 10):
            assert end.hears(second, octets[9:] + octets[:9]) == [ENVELOPE]
            assert end.wire.deadline == second + 30.0
            assert end.wire.expire(second) is None

    def test_are_in_time_again_when_they_are_whole(self) -> None:
        end = End()
        octets = octets_of(ENVELOPE)
        end.hears(0.0, octets[:9])
        end.hears(29.0, octets[9:])
        assert end.wire.expire(30.0) is None

    def test_are_not_late_while_nothing_is_read_and_have_all_their_time_after_that(self) -> None:
        end = End(Limits(frame_ms=30_000, ping_ms=300_000, silence_ms=600_000))
        octets = octets_of(ENVELOPE)
        end.hears(0.0, octets[:9])
        end.wire.pause_reading()
        assert end.wire.expire(29.0) is None
        end.hears(30.0, octets[9:10])
        assert end.wire.expire(45.0) is None
        end.wire.resume_reading(50.0)
        assert end.wire.deadline == 80.0
        assert end.gives() == []
        end.hears(51.0, octets[10:12])
        assert end.wire.deadline == 80.0
        assert end.wire.expire(79.9) is None
        assert end.wire.expire(80.0) is Expired.FRAME


class TestPings:
    def test_are_answered_in_their_place(self) -> None:
        end = End()
        assert end.hears(1.0, Ping(), StatusFrame(1), Ping()) == [Ping(), StatusFrame(1), Ping()]
        assert end.wire.has_output
        assert end.says == [Pong(), Pong()]
        assert not end.wire.has_output

    def test_of_an_end_that_reads_nothing_have_one_answer_for_all_when_it_reads(self) -> None:
        end = End()
        end.wire.pause_writing()
        end.hears(1.0, *[Ping()] * 100)
        assert end.says == []
        end.wire.resume_writing()
        assert end.says == [Pong()]
        end.wire.pause_writing()
        assert end.wire.is_congested
        end.wire.resume_writing()
        assert end.says == []
        assert not end.wire.is_congested


class TestFarewells:
    def test_are_said_once_behind_all_that_was_said_before(self) -> None:
        end = End()
        letter = Deliver(1, 2, b"envelope")
        end.wire.send(letter)
        end.wire.close(1.0, Bye("done"))
        end.wire.close(2.0, Bye("again"))
        assert end.says == [letter, Bye("done")]
        end.wire.close(3.0, Bye("again"))
        assert end.says == []

    def test_are_the_last_that_is_said_and_heard(self) -> None:
        end = End()
        end.wire.receive(octets_of(StatusFrame(1), StatusFrame(2)), 1.0)
        assert end.wire.next_event() == StatusFrame(1)
        end.wire.close(1.0, Bye("done"))
        assert end.gives() == []
        assert end.hears(2.0, StatusFrame(3), Ping(), GARBAGE) == []
        end.wire.send(Deliver(1, 2, b"envelope"))
        end.wire.send_octets(octets_of(Ping()))
        assert end.says == [Bye("done")]
        assert not end.wire.is_open
        assert end.wire.kept == 0

    def test_have_a_moment_to_leave(self) -> None:
        end = End()
        end.wire.close(10.0, Bye("done"))
        end.wire.close(11.0)
        assert end.wire.deadline == 10.0 + CLOSING_S
        assert end.wire.expire(10.0 + CLOSING_S - 0.1) is None
        assert end.wire.expire(10.0 + CLOSING_S) is Expired.FAREWELL

    def test_of_the_other_end_are_the_last_that_is_read_of_it(self) -> None:
        end = End()
        assert end.hears(1.0, Bye("done"), StatusFrame(1), GARBAGE) == [Bye("done")]
        assert end.hears(2.0, StatusFrame(2), GARBAGE) == []
        assert end.failure is None
        end.wire.send(Deliver(1, 2, b"envelope"))
        assert end.says == [Deliver(1, 2, b"envelope")]

    def test_of_the_other_end_leave_a_driver_no_more_time_than_silence_does(self) -> None:
        end = End()
        end.hears(1.0, Bye("done"))
        assert end.wire.expire(60.9) is None
        assert end.says == []
        assert end.wire.expire(61.0) is Expired.SILENCE

    def test_are_not_said_on_a_stream_that_is_over(self) -> None:
        end = End()
        end.hears(1.0, Ping(), octets_of(ENVELOPE)[:50])
        end.wire.end()
        end.wire.close(2.0, Bye("done"))
        assert end.says == []
        assert end.wire.phase is Phase.CLOSED
        assert end.wire.kept == 0
        assert end.wire.deadline == math.inf
        assert end.wire.next_look(2.0) is None
        assert end.wire.expire(1_000.0) is None


frames = st.sampled_from(
    [
        StatusFrame(1),
        Ack(2),
        ENVELOPE,
        HELLO,
        Ping(),
        Pong(),
        LATER,
        Ack(2**62),
        Submit(4, "bob", 1, bytes(16), 2, b"x"),
    ]
)
ends = st.sampled_from([b"", GARBAGE, EMPTY, of_length(5_001), octets_of(Bye("done"), StatusFrame(9)), b"\x00\x00"])
streams = st.builds(lambda said, last: octets_of(*said) + last, st.lists(frames, max_size=12), ends)
places = st.lists(st.integers(0, 3_000), max_size=12)


def cut(octets: bytes, at: list[int]) -> list[bytes]:
    """Cut bytes at some places, of which those beyond the end count from the beginning again."""
    cuts = sorted({0, len(octets), *(place % (len(octets) + 1) for place in at)})
    return [octets[start:stop] for start, stop in pairwise(cuts)]


Picture = tuple[list[ClientFrame | str], list[object], Phase, float, int, str]


def picture(end: End, given: list[ClientFrame | str]) -> Picture:
    """Return all that a driver can see."""
    failure = "" if end.failure is None else str(end.failure)
    return given, list(end.says), end.wire.phase, end.wire.deadline, end.wire.kept, failure


@given(streams, places, places, st.sampled_from(list(Stage)))
def test_however_bytes_are_cut_the_same_frames_and_the_same_deadlines_come(
    stream: bytes, pieces: list[int], crumbs: list[int], stage: Stage
) -> None:
    whole, cut_up = End(stage=stage), End(stage=stage)
    for second, piece in enumerate(cut(stream, pieces)):
        seen = picture(whole, whole.hears(second, piece))
        given_to_driver = [each for crumb in cut(piece, crumbs) for each in cut_up.hears(second, crumb)]
        assert picture(cut_up, given_to_driver) == seen


@given(streams, places)
def test_byte_for_byte_the_same_frames_come_as_in_one_piece(stream: bytes, pauses: list[int]) -> None:
    whole, crumbled = End(), End()
    given_to_driver: list[ClientFrame | str] = []
    for place in range(len(stream)):
        given_to_driver += crumbled.hears(0.0, stream[place : place + 1])
        if place in pauses:
            crumbled.wire.pause_reading()
            crumbled.wire.resume_reading(0.0)
    assert picture(crumbled, given_to_driver) == picture(whole, whole.hears(0.0, stream))


steps = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(["hear", "begin", "admit", "pause", "resume"])), max_size=30
)


@given(steps, st.sampled_from([Stage.UNGREETED, Stage.ADMITTED]))
def test_no_deadline_passes_by_a_driver_that_looks_only_when_it_was_told_to(
    steps: list[tuple[int, str]], stage: Stage
) -> None:
    end, now = End(LIMITS, stage), 0.0
    look = end.wire.next_look(now)
    for pause, step in steps:
        now += pause
        assert look is not None
        if now >= look:
            if end.wire.expire(now) is not None:
                return
            look = end.wire.next_look(now)
            assert look is not None
        match step:
            case "hear":
                end.hears(now, b"" if end.wire.kept else octets_of(StatusFrame(1)))
            case "begin":
                end.hears(now, octets_of(ENVELOPE)[:5] if not end.wire.kept else b"\x00")
            case "admit":
                end.wire.admit(now)
            case "pause":
                end.wire.pause_reading()
            case _:
                end.wire.resume_reading(now)
                end.gives()
        assert end.wire.deadline >= look
