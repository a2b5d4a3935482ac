"""From a client's picture file to pixels that can be drawn: upright, sRGB, no larger than wanted. Runs in the press."""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageCms, ImageFilter, ImageOps, PngImagePlugin

from mediamill.core.errors import InvalidInput
from mediamill.media.pictures.colours import Colour
from mediamill.media.pictures.image import MOST_PIXELS, check_image

#: What Pillow raises for files that are not what they say.
_BROKEN: Final = (
    ArithmeticError,
    AttributeError,
    EOFError,
    Image.DecompressionBombError,
    ImageCms.PyCMSError,
    LookupError,
    OSError,
    RuntimeError,
    struct.error,
    SyntaxError,
    TypeError,
    ValueError,
    zlib.error,
)
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
#: Pillow refuses twice as many, also inside a file whose header says less.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2
#: Of a PNG's colour profile, and of each of its texts. Pillow's 1 MiB is less than profiles of printers have.
PngImagePlugin.MAX_TEXT_CHUNK = _MOST_BESIDE = 8 * 2**20
#: So Pillow says that there is more.
_MORE_BESIDE: Final = ("Decompressed data too large", "Too much memory used in text chunks")
#: A picture of nearly the frame's shape fills it: so much of its width or height may be lost.
_CROPPED_SHARE: Final = 0.2
#: More pixels than there are make a picture larger, not clearer.
LARGEST_SCALE: Final = 2.0
#: An edge of one colour: so far its pixels may be from each other, 0..255.
_FLAT: Final = 14
_EDGE_SAMPLE: Final = 48
#: A blurred side: made small, blurred, made large again.
_BLUR_PART: Final = 24
_BLUR_RADIUS: Final = 3.0
_BLUR_BRIGHTNESS: Final = 0.45

Size = tuple[int, int]


@dataclass(frozen=True)
class Shown:
    """A picture as it is drawn, RGB.

    full: it fills the frame; else it stands under the title like anything else. behind: what fills the frame then.
    """

    image: Image.Image
    full: bool = False
    behind: Image.Image | None = None


def shown(path: Path, frame: Size, background: Colour) -> Shown:
    """Return how a picture is shown in a frame of that size, pixels: a photo fills it, if need be out of focus.

    Raises InvalidInput for one that cannot be read.
    """
    image = read(path, frame)
    transparent = image.mode == "RGBA"
    image = _upon(image, background)
    scale = max(frame[0] / image.width, frame[1] / image.height)
    if _lost(image.size, frame) <= _CROPPED_SHARE and scale <= LARGEST_SCALE:
        return Shown(ImageOps.fit(image, frame, Image.Resampling.LANCZOS), full=True)
    behind = None if transparent or _flat_edges(image) else _blurred(image, frame)
    image.thumbnail(frame, Image.Resampling.LANCZOS)
    return Shown(image, behind=behind)


def read(path: Path, least: Size) -> Image.Image:
    """Return the picture upright, RGB or (if it is transparent anywhere) RGBA; an animated one's first frame.

    It may be smaller than stored, but not than `least`, in which it is to fit.

    Raises InvalidInput for one that cannot be read, or has more pixels than the door lets in.
    """
    kind = check_image(path, field="image").kind
    with _told(kind), warnings.catch_warnings(action="ignore"), Image.open(path, formats=_FORMATS) as file:
        file.draft("RGB", _turned(file, least))
        file.load()
        image = _coloured(_reduced(_deep(file), least), file.info.get("icc_profile"))
        return _upright(image, file.getexif().get(_ORIENTATION, 1))


_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@contextmanager
def _told(kind: str) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's, not the picture's
        why = "it is broken or cut off"
        if str(error).startswith(_MORE_BESIDE):
            why = f"its colour profile or a text in it has more than {_MOST_BESIDE // 2**20} MiB; save it without"
        raise InvalidInput(f"the {kind} cannot be read: {why}") from error


def _turned(image: Image.Image, least: Size) -> Size:
    """Return a size that is enough whichever way the picture is turned."""
    side = max(least)
    return (min(side, image.width), min(side, image.height))


def _deep(image: Image.Image) -> Image.Image:
    """Return a picture of 8 bits a channel, without a palette."""
    if image.mode.startswith("I") or image.mode == "F":
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"P", "PA", "1"} or "transparency" in image.info:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image


def _reduced(image: Image.Image, least: Size) -> Image.Image:
    factor = min(image.size) // max(least)
    return image.reduce(factor) if factor > 1 else image


def _coloured(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return it as RGB or RGBA; of a profile that cannot be understood, as if there were none."""
    if image.has_transparency_data:
        opaque, alpha = _coloured(image.convert("RGBA").convert("RGB"), profile), image.convert("RGBA").getchannel("A")
        opaque.putalpha(alpha)
        return opaque
    if profile:
        try:
            ours = ImageCms.createProfile("sRGB")
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if (converted := ImageCms.profileToProfile(image, source, ours, outputMode="RGB")) is not None:
                return converted
        except _BROKEN:
            pass
    return image.convert("RGB")


def _upright(image: Image.Image, turn: int) -> Image.Image:
    return image.transpose(_TURNS[turn]) if turn in _TURNS else image


def _upon(image: Image.Image, background: Colour) -> Image.Image:
    if image.mode != "RGBA":
        return image
    below = Image.new("RGB", image.size, (background.red, background.green, background.blue))
    below.paste(image, mask=image.getchannel("A"))
    return below


def _lost(size: Size, frame: Size) -> float:
    """Return which share of a picture does not show when it fills a frame."""
    shape, wanted = size[0] / size[1], frame[0] / frame[1]
    return 1 - min(shape, wanted) / max(shape, wanted)


def _flat_edges(image: Image.Image) -> bool:
    """Whether it is a drawing rather than a photo: all around it there is one colour."""
    small = image.resize((_EDGE_SAMPLE, _EDGE_SAMPLE), Image.Resampling.BOX)
    last = _EDGE_SAMPLE - 1
    around = Image.new("L", small.size, 255)
    around.paste(0, (1, 1, last, last))
    return all(_spread(channel.histogram(around)) <= _FLAT for channel in small.split())


def _spread(histogram: list[int]) -> int:
    values = [value for value, count in enumerate(histogram) if count]
    return values[-1] - values[0]


def _blurred(image: Image.Image, frame: Size) -> Image.Image:
    """Return it as large as the frame, dark and out of focus."""
    small = ImageOps.fit(image, (frame[0] // _BLUR_PART, frame[1] // _BLUR_PART), Image.Resampling.BOX)
    blurred = small.filter(ImageFilter.GaussianBlur(_BLUR_RADIUS)).point(lambda value: value * _BLUR_BRIGHTNESS)
    return blurred.resize(frame, Image.Resampling.BICUBIC)
