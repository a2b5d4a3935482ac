"""The process that draws pictures, with typst and Pillow: one for all slides of a job. Run as a script it answers.

A client's text reaches typst as JSON, never as markup, and typst sees one folder: our templates and the pictures of the
slide at hand.
"""

import dataclasses
import io
import json
import shutil
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import typst
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mediamill.core.errors import InvalidInput, PermanentError
from mediamill.media.answering import OnProgress, answer
from mediamill.media.pictures import fonts, pixels
from mediamill.media.pictures.contents import slides
from mediamill.media.pictures.contents.drawing import drawing
from mediamill.media.pictures.letters import showable
from mediamill.media.pictures.sheet import Sheet
from mediamill.media.pictures.slide import Kind
from mediamill.media.pictures.syntax import tm_theme
from mediamill.media.pictures.themes import Colours

#: The shorter side of a frame in the templates' points.
POINTS: Final = 720
_POINTS_PER_INCH: Final = 72
#: A logo as high as the templates show it, at 1080p; at most four times as wide.
_LOGO: Final = (4 * 78, 78)
#: zlib's: what is read once and soon needs no better.
_COMPRESSION: Final = 3
#: What typst puts before the words of an `assert`.
_ASSERTED: Final = "assertion failed: "
#: What typst says in more letters than this is of no use to a client.
_LONGEST_FAULT: Final = 200


class Press:
    """Draws one picture after another. desk: a folder of its own."""

    def __init__(self, desk: Path) -> None:
        self._desk = desk
        for template in files("mediamill.media.pictures").joinpath("typst").iterdir():
            (desk / template.name).write_bytes(template.read_bytes())
        self._compiler = typst.Compiler(
            input=desk / "main.typ",
            root=desk,
            font_paths=[family.folder for family in fonts.families()],
            ignore_system_fonts=True,
        )
        self._logos: dict[Path, str | None] = {}

    def draw(self, sheet: Sheet, to: Path) -> None:
        """Write the PNG of a sheet: of the frame's size, sRGB, opaque.

        Raises InvalidInput for content or an image that cannot be read; PermanentError where typst cannot draw it.
        """
        drawing = self._drawing(sheet)
        try:
            png = self._compiler.compile(
                format="png",
                ppi=_POINTS_PER_INCH * min(sheet.frame.width, sheet.frame.height) / POINTS,
                sys_inputs={"sheet": json.dumps(drawing)},
            )
        except typst.TypstError as error:
            raise PermanentError(_said(error.message)) from error
        _save(png, sheet, to)

    def _drawing(self, sheet: Sheet) -> dict[str, object]:
        """Return a sheet as the templates want it; frame.typ says what each name means."""
        slide, colours = sheet.slide, Colours.of(sheet.theme)
        template, content = self._content(sheet, colours)
        scale = POINTS / min(sheet.frame.width, sheet.frame.height)
        return {
            "kind": template,
            "title": " ".join(showable(slide.title).split()),
            "content": content if slide.kind is Kind.FORMULA else _showable(content),
            "language": _language(slide.language),
            "number": slide.number,
            "of": slide.of,
            "above": slide.above,
            "below": slide.below,
            "width": sheet.frame.width * scale,
            "height": sheet.frame.height * scale,
            "logo": None if sheet.plain or not sheet.theme.logo else self._logo(sheet.theme.logo),
            "theme": colours.named() | {"sans": fonts.sans(), "mono": fonts.mono(), "syntax": tm_theme(colours)},
        }

    def _content(self, sheet: Sheet, colours: Colours) -> tuple[str, object]:
        """Return the template of a sheet and what it shows."""
        slide = sheet.slide
        if sheet.plain:
            return Kind.SLIDE, dataclasses.asdict(slides.verbatim(slide.content))
        if slide.kind is Kind.IMAGE:
            return self._image(sheet, colours)
        content = drawing(slide.kind, slide.content, _language(slide.language))
        if slide.kind is Kind.SLIDE and not content["blocks"]:
            return Kind.TITLE, content
        return slide.kind, content

    def _image(self, sheet: Sheet, colours: Colours) -> tuple[str, object]:
        if sheet.slide.image is None:
            raise InvalidInput("there is no image", field="image")
        shown = pixels.shown(sheet.slide.image, (sheet.frame.width, sheet.frame.height), colours.background)
        content = {
            "picture": self._laid("picture", shown.image),
            "behind": self._laid("behind", shown.behind) if shown.behind else None,
            # It is made no larger than this: in points, of its own width.
            "widest": shown.image.width * pixels.LARGEST_SCALE * POINTS / min(sheet.frame.width, sheet.frame.height),
        }
        return (Kind.IMAGE if shown.full or shown.behind else "picture"), content

    def _laid(self, name: str, image: Image.Image) -> dict[str, object]:
        """Lay an RGB picture on the desk; pixels as they are need not be packed and unpacked."""
        (self._desk / name).write_bytes(image.tobytes())
        return {"file": name, "width": image.width, "height": image.height}

    def _logo(self, path: Path) -> str | None:
        """Return the name of a logo's file on the desk; None for one that cannot be read: it is left out."""
        if path not in self._logos:
            try:
                logo = pixels.read(path, _LOGO)
            except InvalidInput:
                self._logos[path] = None
            else:
                logo.thumbnail(_LOGO, Image.Resampling.LANCZOS)
                name = f"logo-{len(self._logos)}.png"
                logo.save(self._desk / name)
                self._logos[path] = name
        return self._logos[path]


def _said(message: str) -> str:
    """Return what typst says; what one of our templates asserts, as it says it."""
    said = message.removeprefix(_ASSERTED)
    return (said if said != message else f"typst says: {message}")[:_LONGEST_FAULT]


def _showable(content: Any) -> Any:  # noqa: ANN401 - JSON
    """Return it with every text as it can be shown."""
    match content:
        case str():
            return showable(content)
        case dict():
            return {name: _showable(value) for name, value in content.items()}
        case list() | tuple():
            return [_showable(value) for value in content]
    return content


def _save(png: object, sheet: Sheet, to: Path) -> None:
    if not isinstance(png, bytes):  # a template let something flow off its page
        raise PermanentError("it takes more than one frame")
    with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
        size = (sheet.frame.width, sheet.frame.height)
        if image.size != size:
            raise RuntimeError(f"a picture of {image.size}, not {size}")
        facts = PngInfo()
        facts.add(b"sRGB", b"\0")
        image.convert("RGB").save(to, format="PNG", pnginfo=facts, compress_level=_COMPRESSION)


def _language(tag: str) -> str:
    """Return the language of a tag as typst takes it: two or three letters."""
    language = tag.partition("-")[0].lower()
    return language if language.isascii() and language.isalpha() and len(language) in {2, 3} else "en"


def main() -> None:
    """Answer until nobody asks any more."""
    desk = Path(tempfile.mkdtemp(prefix="press-", dir=Path.cwd()))
    try:
        press = Press(desk)

        def answered(request: Mapping[str, Any], _progress: OnProgress) -> Mapping[str, object]:
            press.draw(Sheet.read(Path(request["sheet"])), Path(request["to"]))
            return {}

        answer(answered)
    finally:
        shutil.rmtree(desk, ignore_errors=True)


if __name__ == "__main__":
    main()
