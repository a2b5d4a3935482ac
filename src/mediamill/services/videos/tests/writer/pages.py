"""Pages for these tests, and what the writer makes of them."""

from mediamill.services.videos.script import Scene
from mediamill.services.videos.writer import write

TAIL = (
    "\n\n## Second\n\nThe second part says a little more about it.\n\n## Third\n\nThe third part says the last of it.\n"
)


def scenes(page: str, language: str = "en") -> tuple[Scene, ...]:
    return write(page, language=language).scenes


def told(page: str, language: str = "en") -> str:
    """Return what is said of one section."""
    return scenes(f"# A title\n\nIt begins here.\n\n## First\n\n{page}{TAIL}", language)[1].narration


def shown(page: str, language: str = "en") -> Scene:
    """Return the scene of one section."""
    return scenes(f"# A title\n\nIt begins here.\n\n## First\n\n{page}{TAIL}", language)[1]


def titles(page: str, language: str = "en") -> list[str]:
    return [scene.title for scene in scenes(page, language)]
