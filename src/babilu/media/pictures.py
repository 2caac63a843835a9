"""Decoding and making anew of pictures, by Pillow: imported by the confined process alone.

Everything that Pillow imports late is imported here at once: once the process is confined, no module can be opened.
"""

import io
from collections import deque
from collections.abc import Callable
from typing import Final

from PIL import (
    ExifTags,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageFile,
    ImageOps,
    ImagePalette,
    ImageSequence,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from babilu.kernel.limits import PICTURE_SIDE, PREVIEW_SIDE, PROFILE_PICTURE_BYTES
from babilu.kernel.states import PictureDetail
from babilu.media.animations import stripped
from babilu.media.colour_profiles import colours_of
from babilu.media.details import details_of, gif_blocks, in_order
from babilu.media.exchange import PictureAnswer, PictureRequest, PictureTask, RawPicture
from babilu.media.exif import exif_details, xmp_details
from babilu.media.formats import PictureFormat

PIXELS_MAX: Final = 200_000_000
"""Most pixels of a picture that is decoded; memory and time may end it sooner."""

FRAMES_MAX: Final = 1_000
"""Most frames of a moving picture that is sent; of one that is shown, the first is."""

FRAME_PIXELS_MAX: Final = 150_000_000
"""Most pixels of all frames together of a moving picture that is sent."""

FEW_COLOURS: Final = 4_096
"""A PNG picture of no more colours stays one: a drawing or a page of text, which JPEG blurs."""

PORTRAIT_QUALITIES: Final = (88, 80, 70, 60, 45, 30)
"""Qualities of JPEG that are tried one after the other until a portrait is small enough; then half the side."""

PORTRAIT_FROM: Final = 8
"""A portrait is made of a picture of so many times its side at most: of a wide one the middle still fills it."""

_JPEG_QUALITY: Final = 87
_WEBP_QUALITY: Final = 82
_TEXT_BYTES: Final = 16 * 1024 * 1024
_ORIENTATION: Final = ExifTags.Base.Orientation
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_MOVING: Final = frozenset({PictureFormat.GIF, PictureFormat.WEBP, PictureFormat.PNG})

_IMPORTED_EARLY = (GifImagePlugin, ImageOps, ImagePalette, ImageSequence, JpegImagePlugin, MpoImagePlugin)
_IMPORTED_EARLY_TOO = (TiffImagePlugin, WebPImagePlugin)


class UnfitError(Exception):
    """A picture is out of bounds, or what was made of it is not what it must be."""


def prepare(*, heic: bool) -> None:
    """Get the decoders ready; the one of HEIC only where it is needed.

    Raises:
        ImportError: There is no decoder for HEIC.
    """
    # Sizes are judged by `_checked`, from the header; texts of a PNG file are bounded by the memory.
    Image.MAX_IMAGE_PIXELS = None
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    PngImagePlugin.MAX_TEXT_CHUNK = _TEXT_BYTES
    if heic:
        import pillow_heif  # noqa: PLC0415 -- an optional package

        pillow_heif.options.DECODE_THREADS = 1
        pillow_heif.register_heif_opener()
    _srgb()
    Image.preinit()


def carry_out(request: PictureRequest, body: bytes) -> PictureAnswer:
    """Do a task; any exception says that it cannot be done."""
    match request.task:
        case PictureTask.SHOW:
            return _show(request, body)
        case PictureTask.CLEAN:
            return _clean(request, body)
        case PictureTask.PORTRAIT:
            return _portrait(request, body)
        case PictureTask.INSPECT:
            return _inspect(request, body)


def _show(request: PictureRequest, body: bytes) -> PictureAnswer:
    image, profile = _decoded(request.kind, body, request.side)
    shown = _in_srgb(image, profile).convert("RGBA")
    return PictureAnswer(done=True, width=shown.width, height=shown.height, body=shown.tobytes())


def _inspect(request: PictureRequest, body: bytes) -> PictureAnswer:
    details = details_of(request.kind, body)
    try:
        with _opened(request.kind, body) as image:
            if request.kind is PictureFormat.HEIC:
                details = _heic_details(image)
            turned = _orientation(image) >= 5
            width, height = (image.height, image.width) if turned else image.size
        small, profile = _decoded(request.kind, body, request.side)
    except Exception:  # noqa: BLE001 -- it cannot be decoded, and what it says is told all the same
        return PictureAnswer(done=False, details=details)
    return PictureAnswer(done=True, width=width, height=height, details=details, preview=_preview(small, profile))


def _portrait(request: PictureRequest, body: bytes) -> PictureAnswer:
    """Make a square of the middle of a picture, small enough to be told in one message."""
    image, profile = _decoded(request.kind, body, PORTRAIT_FROM * request.side)
    image = _on_white(_in_srgb(image, profile))
    most = min(*image.size, request.side)
    for side in (most, most // 2):
        square = ImageOps.fit(image, (side, side), Image.Resampling.LANCZOS)
        for quality in PORTRAIT_QUALITIES:
            saved = io.BytesIO()
            square.save(saved, "JPEG", quality=quality, optimize=True)
            made = saved.getvalue()
            if len(made) <= PROFILE_PICTURE_BYTES:
                if details_of(PictureFormat.JPEG, made):
                    raise UnfitError("what comes out says more than it shows")
                return PictureAnswer(done=True, width=side, height=side, kind=PictureFormat.JPEG, body=made)
    raise UnfitError("too much for so little room")


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGBA":
        ground = Image.new("RGBA", image.size, "white")
        ground.alpha_composite(image)
        image = ground
    return image.convert("RGB")


def _heic_details(image: Image.Image) -> tuple[PictureDetail, ...]:
    found = set[PictureDetail]()
    if exif := image.info.get("exif"):
        found.update(exif_details(exif.removeprefix(b"Exif\0\0")))
    if xmp := image.info.get("xmp"):
        found.update(xmp_details(xmp))
    if image.info.get("thumbnails"):
        found.add(PictureDetail.THUMBNAIL)
    if image.info.get("metadata") or image.info.get("aux") or image.info.get("depth_images"):
        found.add(PictureDetail.OTHER)
    return in_order(found)


def _clean(request: PictureRequest, body: bytes) -> PictureAnswer:
    moving = _moving(request, body)
    if moving is not None:
        clean, kind = moving, request.kind
        image, profile = _decoded(kind, clean, PREVIEW_SIDE)
        with _opened(kind, clean) as first:
            width, height = first.size
    else:
        image, profile = _decoded(request.kind, body, request.side)
        kind = _target(request.kind, image)
        clean = _encoded(image, kind, profile)
        width, height = image.size
    # The same eyes that look into pictures before they are sent look at what is sent.
    if details_of(kind, clean):
        raise UnfitError("what comes out says more than it shows")
    return PictureAnswer(done=True, width=width, height=height, preview=_preview(image, profile), kind=kind, body=clean)


def _moving(request: PictureRequest, body: bytes) -> bytes | None:
    """Return a moving picture with nothing but its frames; None for one that stands still."""
    if request.kind not in _MOVING:
        return None
    if request.kind is PictureFormat.GIF:
        # Pillow takes the frames before a cut for all there are.
        deque(gif_blocks(body), maxlen=0)
    with _opened(request.kind, body) as image:
        frames: int = getattr(image, "n_frames", 1)
        if frames < 2:
            return None
        if frames > FRAMES_MAX or frames * image.width * image.height > FRAME_PIXELS_MAX:
            raise UnfitError("too many frames")
        if max(image.size) > request.side or _orientation(image) != 1:
            raise UnfitError("its frames would have to be made anew")
        for place in range(frames):
            image.seek(place)
            image.load()
    return stripped(request.kind, body)


def _opened(kind: PictureFormat, body: bytes) -> Image.Image:
    """Open a picture by the one decoder of its format, and judge its size before anything is decoded."""
    image = Image.open(io.BytesIO(body), formats=("HEIF",) if kind is PictureFormat.HEIC else (kind.value.upper(),))
    width, height = image.size
    if not (0 < width <= PICTURE_SIDE and 0 < height <= PICTURE_SIDE and width * height <= PIXELS_MAX):
        raise UnfitError("too large")
    return image


def _orientation(image: Image.Image) -> int:
    """Tell how a picture is to be turned; pillow-heif turns by itself."""
    if image.format == "HEIF":
        return 1
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 -- a crooked table turns nothing
        return 1
    return found if isinstance(found, int) and found in _TURNS else 1


def _decoded(kind: PictureFormat, body: bytes, side: int) -> tuple[Image.Image, bytes | None]:
    """Decode the first frame: in 8 bits a colour, turned as it was meant, within ``side``, and its colour profile."""
    with _opened(kind, body) as image:
        turn = _TURNS.get(_orientation(image))
        profile = image.info.get("icc_profile")
        if max(image.size) > side:
            # A JPEG decoder makes it smaller by powers of two for less than nothing.
            image.draft(image.mode, (side, side))
        image.load()
        plain, profile = _in_plain_colours(image, profile)
    if max(plain.size) > side:
        plain.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    if turn is not None:
        plain = plain.transpose(turn)
    if plain.mode == "RGBA" and plain.getchannel("A").getextrema() == (255, 255):
        plain = plain.convert("RGB")
    # Whatever the file said of itself stays behind.
    plain.info = {}
    return plain, profile


def _in_plain_colours(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, bytes | None]:
    """Bring a picture to grey, RGB, or RGB with opacity; a profile of other colours is used up or left behind."""
    match image.mode:
        case "L" | "RGB" if "transparency" not in image.info:
            plain = image.copy()
        case "1":
            plain = image.convert("L")
        case "I" | "F" | "I;16" | "I;16B" | "I;16L" | "I;16N":
            plain = _of_deep_grey(image)
        case "CMYK":
            converted = _converted(image, profile, "RGB")
            return (converted, None) if converted is not None else (image.convert("RGB"), None)
        case "LA" | "La" | "PA" | "RGBA" | "RGBa":
            plain = image.convert("RGBA")
        case _:
            plain = image.convert("RGBA" if "transparency" in image.info else "RGB")
    wanted = b"GRAY" if plain.mode == "L" else b"RGB "
    return plain, colours_of(profile) if profile is not None and profile[16:20] == wanted else None


def _of_deep_grey(image: Image.Image) -> Image.Image:
    """Bring a grey picture of 16 bits to 8: Pillow's own conversion cuts what is brighter."""
    if image.mode == "F":
        return image.convert("L")
    return image.convert("I").point(lambda value: value / 256).convert("L")


def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _converted(image: Image.Image, profile: bytes | None, mode: str) -> Image.Image | None:
    """Convert a picture to sRGB by its profile; None where that does not fit."""
    if profile is None:
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, source, _srgb(), outputMode=mode)
    except Exception:  # noqa: BLE001 -- a profile of no use is none
        return None


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if image.mode == "L":
        return image
    return _converted(image, profile, image.mode) or image


def _preview(image: Image.Image, profile: bytes | None) -> RawPicture:
    small = image.copy()
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    small = _in_srgb(small, profile)
    if small.mode == "RGBA":
        ground = Image.new("RGBA", small.size, "white")
        ground.alpha_composite(small)
        small = ground
    return RawPicture(small.width, small.height, small.convert("RGB").tobytes())


def _target(kind: PictureFormat, image: Image.Image) -> PictureFormat:
    """Choose the format in which a picture is sent."""
    if kind is PictureFormat.WEBP:
        return kind
    if kind in {PictureFormat.PNG, PictureFormat.GIF} and (
        image.mode == "RGBA" or image.getcolors(FEW_COLOURS) is not None
    ):
        return PictureFormat.PNG
    return PictureFormat.PNG if image.mode == "RGBA" else PictureFormat.JPEG


def _encoded(image: Image.Image, kind: PictureFormat, profile: bytes | None) -> bytes:
    saved = io.BytesIO()
    _SAVES[kind](image, saved, profile)
    return saved.getvalue()


def _save_jpeg(image: Image.Image, saved: io.BytesIO, profile: bytes | None) -> None:
    image.save(saved, "JPEG", quality=_JPEG_QUALITY, optimize=True, icc_profile=profile, exif=b"", comment=b"")


def _save_png(image: Image.Image, saved: io.BytesIO, profile: bytes | None) -> None:
    image.save(saved, "PNG", icc_profile=profile, exif=b"")


def _save_webp(image: Image.Image, saved: io.BytesIO, profile: bytes | None) -> None:
    image.save(saved, "WEBP", quality=_WEBP_QUALITY, icc_profile=profile or b"", exif=b"", xmp=b"")


_SAVES: Final[dict[PictureFormat, Callable[[Image.Image, io.BytesIO, bytes | None], None]]] = {
    PictureFormat.JPEG: _save_jpeg,
    PictureFormat.PNG: _save_png,
    PictureFormat.WEBP: _save_webp,
}
