"""A client's picture is looked at without being opened, and what the press makes of it is upright, sRGB and small."""

import io
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from mediamill.core.errors import InvalidInput
from mediamill.media.pictures import pixels
from mediamill.media.pictures.colours import WHITE
from mediamill.media.pictures.image import Header, check_image

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
HD = (1280, 720)


def _saved(image: Image.Image, path: Path, **options: object) -> Path:
    image.save(path, **options)  # type: ignore[arg-type]
    return path


def _png(width: int, height: int, rows: bytes = b"") -> bytes:
    """Return a PNG whose header says one thing and whose rows are another."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


WAYS: list[tuple[str, str, dict[str, object]]] = [
    ("PNG", "RGB", {}),
    ("PNG", "RGBA", {}),
    ("PNG", "P", {}),
    ("PNG", "1", {}),
    ("PNG", "I;16", {}),
    ("JPEG", "RGB", {}),
    ("JPEG", "L", {}),
    ("JPEG", "CMYK", {}),
    ("JPEG", "RGB", {"progressive": True}),
    ("JPEG", "RGB", {"exif": b"Exif\0\0" + b"x" * 60_000}),
    ("WEBP", "RGB", {}),
    ("WEBP", "RGB", {"lossless": True}),
    ("WEBP", "RGBA", {}),
    ("WEBP", "RGB", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}),
    ("GIF", "P", {}),
]


@pytest.mark.parametrize(("kind", "mode", "options"), WAYS)
@pytest.mark.parametrize("size", [(1, 1), (37, 23), (640, 1025)])
def test_the_header_says_what_pillow_would(
    tmp_path: Path, kind: str, mode: str, options: dict[str, object], size: tuple[int, int]
) -> None:
    path = _saved(Image.new(mode, size), tmp_path / "picture", format=kind, **options)
    assert check_image(path, field="logo") == Header("WebP" if kind == "WEBP" else kind, *size)
    image = pixels.read(path, HD)
    assert image.size == size
    assert image.mode in {"RGB", "RGBA"}


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (b"", "no PNG, JPEG, WebP or GIF"),
        (b"hello", "no PNG, JPEG, WebP or GIF"),
        (b"%PDF-1.7", "no PNG, JPEG, WebP or GIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no PNG, JPEG, WebP or GIF"),
        (b"BM" + bytes(60), "no PNG, JPEG, WebP or GIF"),
        (b"\x89PNG\r\n\x1a\n", "broken at its beginning"),
        (b"GIF89a\x01", "broken at its beginning"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "broken at its beginning"),
        (b"RIFF\x10\0\0\0WEBPJUNK" + bytes(20), "broken at its beginning"),
        (b"\xff\xd8\xff\xe0", "broken at its beginning"),
        (b"\xff\xd8\xff\xe0\0\0" * 3_000, "broken at its beginning"),
        (b"\xff\xd8" + b"\xff\xfe\0\x02" * 3_000, "broken at its beginning"),
        (b"\xff\xd8\xff\xda\0\x02", "broken at its beginning"),
        (_png(0, 5), "PNG has 0 x 5 pixels: nothing to see"),
        (_png(20_001, 1), "PNG has 20,001 x 1 pixels; a side has at most 20,000"),
        (_png(40_000, 40_000), "40,000 x 40,000"),
        (_png(2**31, 2**31), "a side has at most 20,000"),
        (_png(6_400, 6_401), "6,400 x 6,401 pixels; at most 40 megapixels are read"),
        (b"GIF89a" + struct.pack("<HH", 65_535, 65_535), "GIF has 65,535 x 65,535"),
    ],
)
def test_what_cannot_be_drawn_is_refused_at_the_door(tmp_path: Path, content: bytes, seen: str) -> None:
    (tmp_path / "picture").write_bytes(content)
    with pytest.raises(InvalidInput) as refused:
        check_image(tmp_path / "picture", field="logo")
    assert seen in refused.value.message
    assert refused.value.field == "logo"


def test_forty_megapixels_are_let_in(tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(_png(8_000, 5_000))
    assert check_image(tmp_path / "picture", field="logo").width == 8_000


def _cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_that_is_cut_off_is_refused_by_the_press(tmp_path: Path, kind: str) -> None:
    noise = Image.effect_noise((300, 200), 80).convert("RGB")
    path = _saved(noise, tmp_path / "picture", format=kind)
    _cut(path)
    with pytest.raises(InvalidInput, match="broken or cut off"):
        pixels.read(path, HD)


@pytest.mark.parametrize("rows", [b"", b"\0" * 100, b"\xff" * 400_000])
def test_rows_that_do_not_fit_the_header_are_refused_or_read(tmp_path: Path, rows: bytes) -> None:
    (tmp_path / "picture").write_bytes(_png(200, 200, rows))
    with suppress(InvalidInput):
        assert pixels.read(tmp_path / "picture", HD).size == (200, 200)


def test_a_gif_whose_frame_is_larger_than_it_says_is_refused(tmp_path: Path) -> None:
    gif = bytearray(_saved(Image.new("P", (10, 10)), tmp_path / "picture", format="GIF").read_bytes())
    frame = gif.index(b",")
    gif[frame + 5 : frame + 9] = struct.pack("<HH", 60_000, 60_000)
    (tmp_path / "picture").write_bytes(gif)
    with pytest.raises(InvalidInput, match="GIF"):
        pixels.read(tmp_path / "picture", HD)


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_turned_photo_is_shown_upright(tmp_path: Path, turn: int) -> None:
    upright = Image.new("RGB", (80, 40), BLUE)
    upright.paste(RED, (0, 0, 40, 20))
    back = {**pixels._TURNS, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    stored = upright.transpose(back[turn]) if turn > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = turn
    read = pixels.read(_saved(stored, tmp_path / "picture", format="PNG", exif=exif.tobytes()), HD)
    assert read.size == (80, 40)
    assert (read.getpixel((10, 5)), read.getpixel((70, 35))) == (RED, BLUE)


def test_exif_that_is_nonsense_turns_nothing(tmp_path: Path) -> None:
    path = _saved(Image.new("RGB", (8, 4)), tmp_path / "picture", format="JPEG", exif=b"Exif\0\0" + b"\xff" * 50)
    assert pixels.read(path, HD).size == (8, 4)


def test_sixteen_bits_keep_their_greys(tmp_path: Path) -> None:
    image = Image.new("I;16", (3, 1))
    for x, value in enumerate((0, 0x8080, 0xFFFF)):
        image.putpixel((x, 0), value)
    read = pixels.read(_saved(image, tmp_path / "picture", format="PNG"), HD)
    assert [read.getpixel((x, 0)) for x in range(3)] == [(0, 0, 0), (128, 128, 128), (255, 255, 255)]


def test_cmyk_becomes_the_colours_that_were_meant(tmp_path: Path) -> None:
    path = _saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), tmp_path / "picture", format="JPEG", quality=95)
    red, green, blue = pixels.read(path, HD).getpixel((4, 4))  # type: ignore[misc]
    assert red > 200
    assert green < 60
    assert blue < 60


def test_a_large_colour_profile_is_read_and_a_huge_one_is_told_of(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    large = _saved(Image.new("RGB", (4, 4), RED), tmp_path / "large", format="PNG", icc_profile=profile + bytes(2**22))
    huge = _saved(Image.new("RGB", (4, 4), RED), tmp_path / "huge", format="PNG", icc_profile=profile + bytes(2**24))
    assert pixels.read(large, HD).getpixel((1, 1)) == RED
    with pytest.raises(InvalidInput, match=r"the PNG cannot be read: its colour profile or a text .* more than 8 MiB"):
        pixels.read(huge, HD)


def test_a_colour_profile_is_followed_and_a_broken_one_is_not(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # One whose red is what others call green.
    swapped = profile.replace(b"rXYZ", b"tmpZ").replace(b"gXYZ", b"rXYZ").replace(b"tmpZ", b"gXYZ")
    good = _saved(Image.new("RGB", (4, 4), RED), tmp_path / "good", format="PNG", icc_profile=swapped)
    broken = _saved(Image.new("RGB", (4, 4), RED), tmp_path / "broken", format="PNG", icc_profile=b"nonsense")
    assert pixels.read(good, HD).getpixel((1, 1)) == GREEN
    assert pixels.read(broken, HD).getpixel((1, 1)) == RED


@pytest.mark.parametrize(
    "make",
    [
        lambda: Image.new("RGBA", (40, 10), (0, 0, 0, 0)),
        lambda: Image.new("LA", (40, 10), (0, 0)),
        lambda: Image.new("RGBA", (40, 10), (0, 0, 0, 0)).quantize(4),
    ],
)
def test_what_is_transparent_lets_the_background_through(tmp_path: Path, make: Callable[[], Image.Image]) -> None:
    path = _saved(make(), tmp_path / "picture", format="PNG")
    assert pixels.read(path, HD).mode == "RGBA"
    shown = pixels.shown(path, HD, WHITE)
    assert not shown.full
    assert shown.image.getpixel((5, 5)) == (255, 255, 255)


def test_of_an_animated_picture_the_first_frame_is_shown(tmp_path: Path) -> None:
    first, second = Image.new("RGB", (9, 9), RED), Image.new("RGB", (9, 9), BLUE)
    path = tmp_path / "picture"
    first.save(path, format="GIF", save_all=True, append_images=[second])
    assert pixels.read(path, HD).convert("RGB").getpixel((4, 4)) == RED


def test_a_large_picture_is_made_small_and_a_small_one_is_not_made_large(tmp_path: Path) -> None:
    large = pixels.read(_saved(Image.new("RGB", (6_000, 4_000), RED), tmp_path / "large", format="JPEG"), HD)
    assert large.width < 3_001
    assert large.height >= 720
    small = pixels.shown(_saved(Image.new("RGB", (16, 9), RED), tmp_path / "small", format="PNG"), HD, WHITE)
    assert small.image.size == (16, 9)
    assert not small.full


def _photo(size: tuple[int, int]) -> Image.Image:
    return Image.merge("RGB", [Image.effect_noise(size, 90) for _channel in range(3)])


def test_a_photo_fills_the_frame_and_a_drawing_does_not(tmp_path: Path) -> None:
    wide = pixels.shown(_saved(_photo((1500, 1000)), tmp_path / "wide", format="PNG"), HD, WHITE)
    assert wide.full
    assert wide.image.size == HD
    tall = pixels.shown(_saved(_photo((500, 1000)), tmp_path / "tall", format="PNG"), HD, WHITE)
    assert not tall.full
    assert tall.behind is not None
    assert tall.behind.size == HD
    assert tall.image.size == (360, 720)
    drawing = Image.new("RGB", (900, 900), (250, 250, 250))
    drawing.paste(BLUE, (200, 200, 600, 500))
    shown = pixels.shown(_saved(drawing, tmp_path / "drawing", format="PNG"), HD, WHITE)
    assert (shown.full, shown.behind) == (False, None)


@pytest.mark.parametrize("size", [(20_000, 1), (1, 20_000)])
def test_a_line_is_a_picture_too(tmp_path: Path, size: tuple[int, int]) -> None:
    shown = pixels.shown(_saved(Image.new("RGB", size, RED), tmp_path / "picture", format="PNG"), HD, WHITE)
    assert min(shown.image.size) >= 1
    assert shown.image.width <= 1280
    assert shown.image.height <= 720


def test_the_disks_error_is_not_the_pictures(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        pixels.read(tmp_path / "gone", HD)


def test_bytes_at_random_are_refused_or_read(tmp_path: Path) -> None:
    """Flips bytes of good files all over."""
    for kind in ("PNG", "JPEG", "WEBP", "GIF"):
        picture = io.BytesIO()
        _photo((40, 30)).save(picture, format=kind)
        good = picture.getvalue()
        for at in range(0, len(good), max(1, len(good) // 60)):
            (tmp_path / "picture").write_bytes(good[:at] + bytes([good[at] ^ 0xA5]) + good[at + 1 :])
            with suppress(InvalidInput):
                pixels.shown(tmp_path / "picture", (64, 36), WHITE)
