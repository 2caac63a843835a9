"""Colour profiles: the colours stay as they were, what else one says goes, and what is none is none."""

import io

import pytest
from PIL import Image, ImageCms

from babilu.kernel.states import PictureDetail
from babilu.media.colour_profiles import HEADER_BYTES, PROFILE_BYTES, colours_of, says_more
from babilu.media.details import details_of
from babilu.media.formats import PictureFormat
from tests.unit.media.corpus import SECRET, of_screen, photo, profile, saved, with_segment


def converted(colour_profile: bytes) -> bytes:
    source = ImageCms.ImageCmsProfile(io.BytesIO(colour_profile))
    made = ImageCms.profileToProfile(
        photo(), source, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")), outputMode="LAB"
    )
    assert isinstance(made, Image.Image)
    return made.tobytes()


@pytest.mark.parametrize("version", [2, 4])
def test_the_colours_stay_and_nothing_else_does(version: int) -> None:
    said = bytearray(of_screen(profile()))
    said[8] = version
    said[24:36], said[48:56], said[80:84], said[84:100] = b"\7" * 12, b"\7" * 8, b"\7" * 4, b"\7" * 16
    made = colours_of(bytes(said))
    assert made is not None
    assert SECRET not in made
    assert b"\7\7" not in made
    assert colours_of(made) == made
    assert converted(made) == converted(profile())
    assert ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(made))).strip() == "colours"


def test_what_is_no_profile_is_none() -> None:
    whole = profile()
    for cut in range(0, len(whole) - 40, 7):
        assert colours_of(whole[:cut]) is None
    assert colours_of(whole + bytes(PROFILE_BYTES)) is None
    assert colours_of(whole[:36] + b"none" + whole[40:]) is None
    assert colours_of(whole[:HEADER_BYTES] + b"\xff" * 4 + whole[HEADER_BYTES + 4 :]) is None
    assert colours_of(whole.replace(b"rXYZ", b"text")) is None


def test_tags_of_a_maker_are_told_and_those_of_the_standard_are_not() -> None:
    whole = profile()
    plain = colours_of(whole)
    assert plain is not None
    assert not any(map(says_more, (plain, whole)))
    assert all(map(says_more, (of_screen(whole), whole[:200], b"")))


@pytest.mark.parametrize("says", [True, False])
def test_a_profile_that_lies_in_several_segments_is_put_together(says: bool) -> None:
    whole = of_screen(profile()) if says else profile()
    body = saved(photo(), "JPEG")
    # Each is put at the beginning: the second one comes first here.
    for number, part in ((1, whole[:200]), (2, whole[200:])):
        body = with_segment(body, 0xE2, b"ICC_PROFILE\0" + bytes([number, 2]) + part)
    assert details_of(PictureFormat.JPEG, body) == ((PictureDetail.OTHER,) if says else ())
