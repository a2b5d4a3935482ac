"""The fonts that pictures are set in: those of installed wheels, never the machine's own.

Two machines draw the same picture, and what is drawn is known to have every letter of Vietnamese. A script that these
fonts lack (Arabic, Thai, Khmer, Tamil ...) is had by installing its wheel: `pip install fontpkg-noto-sans-thai`.
"""

import functools
import importlib.resources
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

#: The entry points by which the wheels are found.
_GROUP: Final = "fontpkg.family"
SANS: Final = "Be Vietnam Pro"
MONO: Final = "JetBrains Mono"
#: What the first two lack of Latin, Greek and Cyrillic.
FALLBACK: Final = "Noto Sans"
_OURS: Final = (SANS, MONO, FALLBACK)


@dataclass(frozen=True)
class Family:
    """A font in all its weights. folder: where its files are."""

    name: str
    version: str
    folder: Path


@functools.cache
def families() -> Sequence[Family]:
    """Return our three families, then what else is installed, by name."""
    found = sorted((_family(each.value) for each in entry_points(group=_GROUP)), key=lambda family: family.name)
    return tuple(sorted(found, key=lambda family: _OURS.index(family.name) if family.name in _OURS else len(_OURS)))


def sans() -> Sequence[str]:
    """Return the names of families for text, the best first."""
    return [SANS, FALLBACK, *_more(), MONO]


def mono() -> Sequence[str]:
    """Return the names of families for code, the best first."""
    return [MONO, FALLBACK, *_more()]


def file(name: str) -> Path:
    """Return a font file of our three families by its name: `file("BeVietnamPro-SemiBold.ttf")`.

    Raises FileNotFoundError where there is none.
    """
    for family in families():
        if (path := family.folder / name).is_file():
            return path
    raise FileNotFoundError(name)


def _more() -> Sequence[str]:
    return [family.name for family in families() if family.name not in _OURS]


def _family(package: str) -> Family:
    root = Path(str(importlib.resources.files(package)))
    facts = json.loads((root / "metadata.json").read_text(encoding="utf-8"))
    return Family(facts["family"], facts["version"], root / "files")
