"""Everything that decides a picture, as it goes to the press."""

import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from mediamill.media.makers import made_by
from mediamill.media.pictures import fonts
from mediamill.media.pictures.slide import Frame, Slide, Theme

#: The code that draws: this package, with its templates, and what finds where code ends.
SOURCES: Final = (Path(__file__).parent, Path(__file__).parents[1] / "fences.py")
#: Whose versions change how a picture looks.
_LIBRARIES: Final = ("pillow", "typst")


@dataclass(frozen=True)
class Sheet:
    """What is printed. plain: the slide's title and its content as it is, without its image and without the logo."""

    slide: Slide
    frame: Frame
    theme: Theme
    plain: bool = False

    def write(self, path: Path) -> None:
        """Write it for the press."""
        path.write_bytes(_SHEETS.dump_json(self))

    @classmethod
    def read(cls, path: Path) -> "Sheet":
        """Return what `write` wrote."""
        return _SHEETS.validate_json(path.read_bytes())

    def key(self, digest: Callable[[Path], str]) -> str:
        """Return what names the picture in a cache: the same for the same picture, whatever its files are called.

        digest: of a file's bytes.
        """
        facts = _SHEETS.dump_python(self, mode="json")
        facts["slide"]["image"] = digest(self.slide.image) if self.slide.image else None
        facts["theme"]["logo"] = digest(self.theme.logo) if self.theme.logo else None
        whole = json.dumps([tools(), facts], sort_keys=True)
        return f"picture:{hashlib.sha256(whole.encode()).hexdigest()}"


_SHEETS: Final = TypeAdapter(Sheet)


@functools.cache
def tools() -> str:
    """Return a digest of what draws: our code, the fonts, the libraries."""
    drawn = made_by(*SOURCES, libraries=_LIBRARIES)
    written_in = "".join(f"{family.name} {family.version}\0" for family in fonts.families())
    return hashlib.sha256(f"{drawn} {written_in}".encode()).hexdigest()
