"""Spoilt pictures: whatever bytes come, what looks at them says something or refuses, and never breaks."""

import sys

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from babilu.kernel.file_names import NAME_BYTES, safe_file_name
from babilu.kernel.states import PictureDetail
from babilu.media.animations import stripped
from babilu.media.decoder import PictureDecoder
from babilu.media.details import details_of, in_order
from babilu.media.exchange import PictureAnswer, RawPicture
from babilu.media.exif import exif_details, iptc_details, xmp_details
from babilu.media.formats import HEAD_BYTES, MADE_ANEW, PictureFormat, name_for, recognise
from tests.unit.media.corpus import PICTURES, exif, iptc, xmp

SEEDS = {name: make() for name, make in PICTURES.items() if name != "jpeg-large"}
WALKED = sorted(MADE_ANEW)


@st.composite
def spoilt(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """Change a few bytes of a seed, or cut it."""
    body = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(body)))
        body[place : place + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
    if draw(st.booleans()):
        del body[draw(st.integers(0, len(body))) :]
    return bytes(body)


@given(spoilt(list(SEEDS.values())))
def test_what_a_spoilt_picture_says_is_told(body: bytes) -> None:
    for kind in PictureFormat:
        details = details_of(kind, body)
        assert details == in_order(set(details))


@given(st.binary(max_size=300))
def test_what_noise_says_is_told(body: bytes) -> None:
    for kind in PictureFormat:
        details = details_of(kind, body)
        assert details == in_order(set(details))
    assert recognise(body[:HEAD_BYTES]) in {None, *PictureFormat}


@given(spoilt([exif().tobytes(), exif(6).tobytes()[6:], xmp(), iptc()]))
def test_spoilt_metadata_says_something(block: bytes) -> None:
    for read in (exif_details, xmp_details, iptc_details):
        assert set(read(block)) <= set(PictureDetail)


@given(spoilt([body for name, body in SEEDS.items() if name.endswith("-moving")]))
def test_a_spoilt_moving_picture_that_is_stripped_says_nothing(body: bytes) -> None:
    for kind in WALKED:
        try:
            clean = stripped(kind, body)
        except (ValueError, IndexError):
            continue
        assert details_of(kind, clean) == ()


@given(st.text(max_size=300), st.sampled_from(WALKED))
def test_any_name_becomes_one_of_a_picture_of_its_format(name: str, kind: PictureFormat) -> None:
    named = safe_file_name(name_for(safe_file_name(name), kind))
    assert len(named.encode()) <= NAME_BYTES
    assert name_for(named, kind) == named


@settings(max_examples=6, deadline=None)
@given(spoilt(list(SEEDS.values())))
def test_a_spoilt_picture_is_decoded_or_not_and_the_client_goes_on(body: bytes) -> None:
    decoder = PictureDecoder()
    shown = decoder.show(body, 48)
    assert shown is None or len(shown.pixels) == 4 * shown.width * shown.height
    clean = decoder.clean(body)
    assert clean is None or (clean.kind is not None and details_of(clean.kind, clean.body) == ())


ANSWER = msgspec.msgpack.encode(
    PictureAnswer(
        done=True,
        width=2,
        height=2,
        details=(PictureDetail.PLACE,),
        preview=RawPicture(1, 1, b"abc"),
        kind=PictureFormat.JPEG,
        body=bytes(16),
    )
)


BROKEN_WORD = ANSWER.replace(b"\xa5place", b"\xa5\x80lace")


class Answering(PictureDecoder):
    """A process that says what it is told to."""

    answer = b""

    def _exchange(self, *given: object) -> bytes:
        del given
        return self.answer


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is decoded there")
@given(spoilt([ANSWER]))
@example(BROKEN_WORD)
def test_a_spoilt_answer_is_none_or_holds(answer: bytes) -> None:
    decoder = Answering()
    decoder.answer = answer
    body = SEEDS["jpeg-plain"]
    shown = decoder.show(body, 2)
    assert shown is None or (
        max(shown.width, shown.height) <= 2 and len(shown.pixels) == 4 * shown.width * shown.height
    )
    clean = decoder.clean(body)
    assert clean is None or recognise(clean.body[:HEAD_BYTES]) is clean.kind
    found = decoder.inspect(body)
    assert found.preview is None or len(found.preview.pixels) == 3 * found.preview.width * found.preview.height
