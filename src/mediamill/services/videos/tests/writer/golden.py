"""The documents beside this file, and the scripts that are written of them: `python golden.py` writes those anew."""

import json
import random
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from mediamill.services.videos.script import Script
from mediamill.services.videos.writer import write

HERE: Final = Path(__file__).parent
SCRIPTS: Final = HERE / "scripts"
_EXAMPLES: Final = HERE.parents[5] / "examples" / "documents"
#: Those of the examples that are there for videos.
_FILMED: Final = ("compound-interest.md", "hang-doi.md")
LONG: Final = "a-long-book"


def documents() -> Mapping[str, str]:
    """Return the text of each document by its name."""
    paths = sorted([*(HERE / "documents").iterdir(), *(_EXAMPLES / name for name in _FILMED)])
    return MappingProxyType({path.stem: path.read_text(encoding="utf-8") for path in paths} | {LONG: long_book()})


def long_book(chapters: int = 60) -> str:
    """Return a book of about 6,000 characters a chapter, always the same."""
    dice = random.Random(5)  # noqa: S311 - a document, no secret
    subjects = ("The river", "A fisherman", "The old bridge", "Every spring", "The village", "Her brother", "The mill")
    verbs = ("carried", "remembered", "crossed", "repaired", "followed", "lost", "painted", "measured")
    objects = (
        "the water",
        "a letter",
        "seven boats",
        "the stones of the tower",
        "the long road",
        "a map of the valley",
    )
    ends = ("before the rain came", "in the year of the flood", "without a word", "as everybody had expected", "again")

    def sentence() -> str:
        return f"{dice.choice(subjects)} {dice.choice(verbs)} {dice.choice(objects)} {dice.choice(ends)}."

    def chapter(number: int) -> str:
        paragraphs = (" ".join(sentence() for _ in range(12)) for _ in range(8))
        return "\n\n".join([f"## Chapter {number}: {dice.choice(subjects)} and {dice.choice(objects)}", *paragraphs])

    return "\n\n".join(["# The valley", *(chapter(number) for number in range(1, chapters + 1))])


def dumped(script: Script) -> Any:  # noqa: ANN401 - JSON
    """Return a script as it stands in its file."""
    return script.model_dump(mode="json", exclude_defaults=True)


if __name__ == "__main__":
    SCRIPTS.mkdir(exist_ok=True)
    for name, text in documents().items():
        written = json.dumps(dumped(write(text)), ensure_ascii=False, indent=1)
        (SCRIPTS / f"{name}.json").write_text(f"{written}\n", encoding="utf-8")
