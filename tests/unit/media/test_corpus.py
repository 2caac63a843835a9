"""A corpus of pictures: what comes out of each shows the same and says nothing; what does not is refused."""

import io
from collections.abc import Callable, Iterator

import pytest
from PIL import Image, ImageSequence

from babilu.kernel.limits import PREVIEW_SIDE, SHOWN_SIDE
from babilu.kernel.states import PictureDetail
from babilu.media.colour_profiles import colours_of
from babilu.media.decoder import PictureDecoder
from babilu.media.details import details_of
from babilu.media.formats import HEAD_BYTES, PictureFormat, recognise
from tests.unit.media import corpus
from tests.unit.media.corpus import NO_PICTURES, PICTURES, REFUSED, SECRET

Make = Callable[[], bytes]

KEPT_AS = {
    "png-alpha": PictureFormat.PNG,
    "png-few-colours": PictureFormat.PNG,
    "png-palette-clear": PictureFormat.PNG,
    "png-two-colours": PictureFormat.PNG,
    "png-16-bit": PictureFormat.PNG,
    "png-interlaced": PictureFormat.PNG,
    "png-larger-than-sent": PictureFormat.PNG,
    "png-moving": PictureFormat.PNG,
    "png-moving-screen": PictureFormat.PNG,
    "gif-comment": PictureFormat.PNG,
    "gif-xmp": PictureFormat.PNG,
    "gif-moving": PictureFormat.GIF,
    "gif-behind-its-end": PictureFormat.GIF,
    "gif-comment-in-disguise": PictureFormat.GIF,
    "gif-loop-of-any-length": PictureFormat.GIF,
    "gif-control-of-any-length": PictureFormat.GIF,
}
TURNED = {"jpeg-orientation-5", "jpeg-orientation-6", "jpeg-orientation-7", "jpeg-orientation-8", "png-exif"}


@pytest.fixture
def decoder() -> Iterator[PictureDecoder]:
    made = PictureDecoder()
    yield made
    made.close()


def by_name(files: dict[str, Make]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", files)


@by_name(PICTURES)
def test_what_comes_out_of_a_picture_shows_and_says_nothing(name: str, decoder: PictureDecoder) -> None:
    body = PICTURES[name]()
    clean = decoder.clean(body)
    assert clean is not None
    assert clean.kind is not None
    assert clean.kind is KEPT_AS.get(name, PictureFormat.WEBP if name.startswith("webp") else PictureFormat.JPEG)
    for marker in (SECRET, SECRET[::-1], b"GPS", b"Exif", b"xap", b"xmpmeta", b"Photoshop", b"PK\x03\x04", b"XMP"):
        assert marker not in clean.body
    assert details_of(clean.kind, clean.body) == ()
    preview = clean.preview
    assert preview is not None
    assert max(preview.width, preview.height) <= PREVIEW_SIDE
    assert SECRET not in preview.pixels
    with Image.open(io.BytesIO(clean.body)) as image:
        image.load()
        assert image.format is not None
        assert image.format.lower() == clean.kind.value
        assert image.size == (clean.width, clean.height)
        assert not image.getexif()
        assert max(image.size) <= SHOWN_SIDE


@by_name(PICTURES)
def test_a_picture_is_shown_as_it_was(name: str, decoder: PictureDecoder) -> None:
    body = PICTURES[name]()
    shown = decoder.show(body, 40)
    assert shown is not None
    assert len(shown.pixels) == 4 * shown.width * shown.height
    assert max(shown.width, shown.height) <= 40
    if name != "png-interlaced":
        assert (shown.width > shown.height) is (name not in TURNED)


@by_name(REFUSED)
def test_what_cannot_be_made_anew_is_refused_and_not_shown(name: str, decoder: PictureDecoder) -> None:
    body = REFUSED[name]()
    assert recognise(body[:HEAD_BYTES]) is not None
    assert decoder.clean(body) is None
    # The first of too many frames is shown all the same, and the first one before a cut.
    shown = {"gif-10000-frames", "gif-truncated", "png-moving-gamma-of-any-length"}
    assert (decoder.show(body, 64) is not None) is (name in shown)


@by_name(NO_PICTURES)
def test_what_is_no_picture_is_not_taken_for_one_and_never_decoded(name: str, decoder: PictureDecoder) -> None:
    body = NO_PICTURES[name]()
    assert recognise(body[:HEAD_BYTES]) is None
    decoder.close()
    assert decoder.show(body, 64) is None


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_picture_is_turned_as_it_was_meant(turn: int, decoder: PictureDecoder) -> None:
    """The red corner is where a viewer that obeys the orientation shows it."""
    body = PICTURES[f"jpeg-orientation-{turn}"]()
    clean = decoder.clean(body)
    assert clean is not None
    corners = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}
    right, low = corners[turn]
    with Image.open(io.BytesIO(clean.body)) as image:
        assert image.size == (corpus.SIZE if turn < 5 else corpus.SIZE[::-1])
        found = image.convert("RGB").getpixel((right * (image.width - 4) + 2, low * (image.height - 4) + 2))
    assert isinstance(found, tuple)
    assert found[0] > 200
    assert max(found[1:]) < 60


@pytest.mark.parametrize("name", ["jpeg-icc", "png-icc", "webp-icc"])
def test_the_colour_profile_stays(name: str, decoder: PictureDecoder) -> None:
    clean = decoder.clean(PICTURES[name]())
    assert clean is not None
    with Image.open(io.BytesIO(clean.body)) as image:
        assert image.info["icc_profile"] == colours_of(corpus.profile())


@pytest.mark.parametrize(
    "name", ["jpeg-screen", "png-screen", "webp-screen", "png-moving-screen", "webp-moving-screen"]
)
def test_a_colour_profile_says_nothing_of_the_screen(name: str, decoder: PictureDecoder) -> None:
    body = PICTURES[name]()
    with Image.open(io.BytesIO(body)) as image:
        assert SECRET in image.info["icc_profile"]
    clean = decoder.clean(body)
    assert clean is not None
    with Image.open(io.BytesIO(clean.body)) as image:
        assert image.info["icc_profile"] == colours_of(corpus.profile())


@pytest.mark.parametrize("name", ["gif-moving", "webp-moving", "png-moving"])
def test_a_moving_picture_keeps_its_frames(name: str, decoder: PictureDecoder) -> None:
    body = PICTURES[name]()
    clean = decoder.clean(body)
    assert clean is not None
    with Image.open(io.BytesIO(body)) as before, Image.open(io.BytesIO(clean.body)) as after:
        assert len(list(ImageSequence.Iterator(before))) == len(list(ImageSequence.Iterator(after))) == 4
        for place in range(4):
            before.seek(place)
            after.seek(place)
            assert before.convert("RGBA").tobytes() == after.convert("RGBA").tobytes()


def test_grey_of_16_bits_is_not_burnt_out(decoder: PictureDecoder) -> None:
    shown = decoder.show(PICTURES["png-16-bit"](), 96)
    plain = decoder.show(corpus.saved(corpus.photo(mode="L"), "PNG"), 96)
    assert shown is not None
    assert plain is not None
    assert max(abs(one - other) for one, other in zip(shown.pixels, plain.pixels, strict=True)) <= 1


@pytest.mark.parametrize(
    ("name", "details"),
    [
        ("jpeg-plain", ""),
        ("jpeg-exif-gps", "place time camera person text"),
        ("jpeg-exif-without-place", "time camera person text"),
        ("jpeg-xmp", "place person text"),
        ("jpeg-iptc", "place person text"),
        ("jpeg-comment", "text"),
        ("jpeg-thumbnail", "thumbnail"),
        ("jpeg-mpf", "thumbnail other"),
        ("jpeg-unknown-segment", "other"),
        ("jpeg-crooked-exif", "other"),
        ("jpeg-icc", "text"),
        ("jpeg-screen", "other"),
        ("png-screen", "other"),
        ("webp-screen", "other"),
        ("webp-icc", "place time camera person text"),
        ("jpeg-zip-behind", "other"),
        ("png-photo", ""),
        ("png-texts", "place person text"),
        ("png-exif", "place time camera person text"),
        ("png-time", "time"),
        ("png-unknown-chunk", "other"),
        ("png-zip-behind", "other"),
        ("webp-exif-xmp", "place time camera person text"),
        ("webp-unknown-chunk", "place time camera person text other"),
        ("gif-comment", "text"),
        ("gif-xmp", "other"),
        ("gif-control-of-any-length", "other"),
        ("gif-loop-of-any-length", "other"),
        ("gif-comment-in-disguise", "text"),
        ("png-size-of-any-length", "other"),
        ("jpeg-long-header", "other"),
        ("gif-behind-its-end", "other"),
    ],
)
def test_what_a_picture_says_is_told(name: str, details: str, decoder: PictureDecoder) -> None:
    found = decoder.inspect(PICTURES[name]())
    assert found.done
    assert found.details == tuple(map(PictureDetail, details.split()))
    assert found.preview is not None


def test_what_a_picture_says_is_told_although_it_cannot_be_decoded(decoder: PictureDecoder) -> None:
    whole = corpus.saved(corpus.photo((400, 300)), "JPEG", exif=corpus.exif())
    found = decoder.inspect(whole[:3000])
    assert not found.done
    assert PictureDetail.PLACE in found.details
