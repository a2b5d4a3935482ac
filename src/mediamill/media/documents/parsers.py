"""What reads documents, as a part of the keys by which their text is kept: what others read is read anew."""

from pathlib import Path
from typing import Final

from mediamill.media.makers import made_by

#: All of this package, for text goes through much of it; of others, what changes the text.
_MEDIA: Final = Path(__file__).parents[1]
SOURCES: Final = tuple(
    _MEDIA / name for name in ("documents", "fences.py", "text.py", "voices/prose/latex.py", "voices/prose/markdown.py")
)


def read_by(*libraries: str) -> str:
    """Return a digest of our code, and of the libraries that read with it."""
    return made_by(*SOURCES, libraries=libraries)
