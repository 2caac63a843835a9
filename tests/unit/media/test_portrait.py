"""Portraits: what somebody chooses becomes a small square that says nothing but what it shows, or nothing at all."""

import io
import os
import sys
from collections.abc import Callable, Iterator

import msgspec
import pytest
from PIL import Image

from babilu.kernel.limits import PROFILE_PICTURE_BYTES, PROFILE_PICTURE_SIDE
from babilu.media.decoder import PictureDecoder
from babilu.media.details import details_of
from babilu.media.exchange import PictureAnswer, PictureRequest, PictureTask
from babilu.media.formats import PictureFormat
from babilu.media.pictures import UnfitError, carry_out
from tests.unit.media.corpus import NO_PICTURES, PICTURES, REFUSED, SECRET, photo, saved

Make = Callable[[], bytes]

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
BODY = PICTURES["jpeg-plain"]()


@pytest.fixture
def decoder() -> Iterator[PictureDecoder]:
    made = PictureDecoder()
    yield made
    made.close()


def by_name(files: dict[str, Make]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", files)


def opened(portrait: bytes | None) -> Image.Image:
    assert portrait is not None
    with Image.open(io.BytesIO(portrait)) as image:
        image.load()
        return image


def seen(image: Image.Image, across: int, down: int) -> tuple[int, ...]:
    """Give the purest colour that is nearest to what is seen somewhere."""
    found = image.getpixel((across, down))
    assert isinstance(found, tuple)
    return tuple(255 if part > 127 else 0 for part in found)


@by_name(PICTURES)
def test_a_portrait_of_every_picture_is_a_small_square_that_says_nothing(name: str, decoder: PictureDecoder) -> None:
    portrait = decoder.portrait(PICTURES[name]())
    image = opened(portrait)
    assert portrait is not None
    assert image.format == "JPEG"
    assert image.width == image.height <= PROFILE_PICTURE_SIDE
    assert len(portrait) <= PROFILE_PICTURE_BYTES
    assert details_of(PictureFormat.JPEG, portrait) == ()
    assert not image.getexif()
    assert "icc_profile" not in image.info
    for marker in (SECRET, SECRET[::-1], b"GPS", b"Exif", b"xap", b"Photoshop", b"PK\x03\x04"):
        assert marker not in portrait


@pytest.mark.parametrize("name", [*NO_PICTURES, *(name for name in REFUSED if name != "gif-10000-frames")])
def test_what_shows_nothing_becomes_none(name: str, decoder: PictureDecoder) -> None:
    made = {**REFUSED, **NO_PICTURES}[name]()
    portrait = decoder.portrait(made)
    # The first frame before a cut is one.
    assert (portrait is not None) is (name in {"gif-truncated", "png-moving-gamma-of-any-length"})


@pytest.mark.parametrize("size", [(900, 300), (300, 900), (1600, 90)])
def test_the_middle_of_a_wide_or_a_high_picture_is_kept(size: tuple[int, int], decoder: PictureDecoder) -> None:
    image = Image.new("RGB", size, RED)
    width, height = size
    short = min(size)
    left, top = (width - short) // 2, (height - short) // 2
    image.paste(BLUE, (left, top, left + short, top + short))
    portrait = opened(decoder.portrait(saved(image, "PNG")))
    assert portrait.width == min(short, PROFILE_PICTURE_SIDE)
    last = portrait.width - 3
    assert {seen(portrait, across, down) for across in (2, last) for down in (2, last)} == {BLUE}


def test_a_small_picture_is_not_made_larger(decoder: PictureDecoder) -> None:
    assert opened(decoder.portrait(saved(photo((20, 30)), "PNG"))).size == (20, 20)


def test_what_is_clear_becomes_white(decoder: PictureDecoder) -> None:
    image = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    image.paste((0, 255, 0, 255), (0, 0, 150, 300))
    portrait = opened(decoder.portrait(saved(image, "PNG")))
    assert seen(portrait, 20, 20) == GREEN
    assert seen(portrait, PROFILE_PICTURE_SIDE - 20, 20) == WHITE


@pytest.mark.parametrize(("turn", "corner"), [(1, (0, 0)), (3, (1, 1)), (6, (1, 0)), (8, (0, 1))])
def test_it_is_turned_as_it_was_meant(turn: int, corner: tuple[int, int], decoder: PictureDecoder) -> None:
    portrait = opened(decoder.portrait(PICTURES[f"jpeg-orientation-{turn}"]()))
    side = portrait.width
    assert seen(portrait, *(each * (side - 5) + 2 for each in corner)) == RED


def test_one_with_too_much_in_it_becomes_smaller(decoder: PictureDecoder) -> None:
    noise = Image.frombytes("RGB", (256, 256), os.urandom(3 * 256 * 256))
    assert opened(decoder.portrait(saved(noise, "PNG"))).size == (PROFILE_PICTURE_SIDE // 2, PROFILE_PICTURE_SIDE // 2)


def test_what_comes_out_is_looked_into_before_it_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    save = Image.Image.save

    def talkative(image: Image.Image, saved: io.BytesIO, kind: str, **more: object) -> None:
        save(image, saved, kind, **more, comment=b"hello")

    monkeypatch.setattr(Image.Image, "save", talkative)
    with pytest.raises(UnfitError):
        carry_out(PictureRequest(PictureTask.PORTRAIT, PictureFormat.JPEG, PROFILE_PICTURE_SIDE), BODY)


def answering(answer: PictureAnswer) -> PictureDecoder:
    """Make a decoder whose process was taken over and answers as it likes."""
    script = (
        "import os\nos.write(1, b'\\x01')\nwhile os.read(0, 65536): pass\n"
        f"os.write(1, {msgspec.msgpack.encode(answer)!r})\n"
    )
    return PictureDecoder((sys.executable, "-I", "-S", "-c", script))


@pytest.mark.parametrize(
    "answer",
    [
        PictureAnswer(done=False),
        PictureAnswer(done=True, width=8, height=8, body=b""),
        PictureAnswer(done=True, width=8, height=8, body=saved(photo((8, 8)), "PNG")),
        PictureAnswer(done=True, width=8, height=4, body=BODY),
        PictureAnswer(done=True, width=PROFILE_PICTURE_SIDE + 1, height=PROFILE_PICTURE_SIDE + 1, body=BODY),
        PictureAnswer(done=True, width=8, height=8, body=BODY[:2] + bytes(PROFILE_PICTURE_BYTES)),
    ],
)
def test_an_answer_that_is_no_portrait_is_not_taken(answer: PictureAnswer) -> None:
    assert answering(answer).portrait(BODY) is None


def test_one_that_is_a_portrait_is() -> None:
    assert answering(PictureAnswer(done=True, width=8, height=8, body=BODY)).portrait(BODY) == BODY
