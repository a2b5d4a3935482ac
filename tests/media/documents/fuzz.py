"""Documents that somebody broke at random, read in the processes that read: each is answered, and none is left.

python -m tests.media.documents.fuzz --files 500 --seed 7
"""

import argparse
import random
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Final, Self

import psutil
from tests.media.documents import papers, word
from tests.media.documents.test_hostile import nested_forms, self_shown

from mediamill.core.context import Coprocess
from mediamill.core.errors import PermanentError
from mediamill.media.documents import passages, survey
from mediamill.testing import FakeContext

#: What may be said of a broken document.
CODES: Final = frozenset({
    "MALFORMED", "NO_TEXT", "ENCRYPTED", "UNSUPPORTED_TYPE", "TOO_MANY_PAGES", "TOO_LARGE", "PARSER_LIMIT",
})  # fmt: skip
_MOST_CHANGES: Final = 6
_LONGEST_CHANGE: Final = 40


def fuzz(files: int, seed: int, folder: Path) -> Counter[str]:
    """Read so many broken documents; return how often each answer came, `read` among them.

    Raises what is no clear answer; AssertionError where a process is left.
    """
    dice = random.Random(seed)  # noqa: S311 - the same each time
    ctx, answers = _Kept(folder), Counter[str]()
    before = set(psutil.Process().children(recursive=True))
    try:
        for content in _broken(files, dice, folder):
            answers[_answer(content, ctx)] += 1
    finally:
        ctx.end()
    left = set(psutil.Process().children(recursive=True)) - before
    assert not left, f"left: {left}"
    return answers


class _Kept(FakeContext):
    """A context that keeps its processes for the next document, as none of ours does: hundreds begin in no time."""

    def __init__(self, tmp_path: Path) -> None:
        super().__init__(tmp_path)
        self._kept: dict[str, Coprocess] = {}

    def coprocess(self, module: str, **limits: int | None) -> Coprocess:  # type: ignore[override]
        if module not in self._kept:
            self._kept[module] = _Open(super().coprocess(module, **limits))
        return self._kept[module]

    def end(self) -> None:
        for kept in self._kept.values():
            kept.process.__exit__(None, None, None)  # type: ignore[attr-defined]


class _Open:
    """A process that is not ended with the document."""

    def __init__(self, process: Coprocess) -> None:
        self.process = process
        self.ask = process.ask

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def _answer(content: bytes, ctx: FakeContext) -> str:
    path = ctx.tmp_path / f"{zlib.crc32(content)}"  # another name each, for what is open stays so
    path.write_bytes(content)
    try:
        found = survey(path, ctx, lambda _: None)
        for passage in passages(found):
            assert passage.text == " ".join(passage.text.split())
    except PermanentError as refused:
        if refused.code not in CODES:
            raise
        return refused.code
    finally:
        path.unlink()
    return "read"


def _broken(files: int, dice: random.Random, folder: Path) -> Iterator[bytes]:
    sources = _sources(folder)
    for _ in range(files):
        source, breaks = dice.choice(sources)
        yield breaks(source, dice)


def _sources(folder: Path) -> list[tuple[bytes, Callable[[bytes, random.Random], bytes]]]:
    typeset = papers.typeset(
        "#set page(columns: 2)\n= Title\n#lorem(400)\n- one\n- two\n#table(columns: 2, [a], [b], [c], [d])\n"
        "#pagebreak()\nMore `code` here.",
        folder / "source.pdf",
    )
    packed = word.bees(folder / "source.docx").read_bytes()
    pdfs = (typeset.read_bytes(), papers.page(papers.HELLO), papers.encrypted(b""), nested_forms()[:600], self_shown())
    return [*((content, _changed) for content in pdfs), *((packed, each) for each in (_changed, _changed_inside) * 2)]


def _changed(content: bytes, dice: random.Random) -> bytes:
    made = bytearray(content)
    for _ in range(dice.randint(1, _MOST_CHANGES)):
        place, length = dice.randrange(len(made)), dice.randrange(1, _LONGEST_CHANGE)
        match dice.randrange(10):
            case 0 | 1 | 2 | 3:
                made[place] = dice.randrange(256)
            case 4 | 5 | 6:
                del made[place : place + length]
            case 7 | 8:
                made[place:place] = made[place : place + length]
            case _ if len(made) > 2 * _LONGEST_CHANGE:
                made = made[: dice.randrange(len(made) // 2, len(made))]
            case _:
                pass
    return bytes(made)


def _changed_inside(content: bytes, dice: random.Random) -> bytes:
    """Return a ZIP that is whole, and one file in it is not."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        names = [name for name in old.namelist() if name.endswith((".xml", ".rels"))]
        broken = dice.choice(["word/document.xml", dice.choice(names)])
        for name in old.namelist():
            new.writestr(name, _changed(old.read(name), dice) if name == broken else old.read(name))
    return made.getvalue()


def main() -> None:
    """Read the words of the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for answer, count in fuzz(asked.files, asked.seed, Path(folder)).most_common():
            print(f"{count:5} {answer}")  # noqa: T201 - a program


if __name__ == "__main__":
    main()
