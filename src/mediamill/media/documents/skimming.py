"""What the processes that skim PDFs answer, whoever reads the pages."""

import json
import resource
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from mediamill.media.answering import OnProgress
from mediamill.media.documents.pdf.outline import Outline
from mediamill.media.documents.rows import Sheet, write_sheets

#: For one request: what a page can cost that a parser never ends with. A range of usual pages takes a quarter second.
_REQUEST_CPU_S: Final = 60
#: Pages between two words of progress: each wakes who asked, for as long as a tenth of a page takes.
_TOLD_PAGES: Final = 5


class Pages(Protocol):
    """An open PDF."""

    @property
    def count(self) -> int:
        """How many pages it has."""
        ...

    @property
    def title(self) -> str:
        """What it says of itself."""
        ...

    def outline(self) -> Iterator[Outline]:
        """Yield its bookmarks."""
        ...

    def sheet(self, number: int) -> Sheet:
        """Return a page, from 1."""
        ...


class Skimmer:
    """Answers two questions about the PDF at `path`, which it keeps open from one to the next."""

    def __init__(self, opened: Callable[[Path], Pages]) -> None:
        self._open = opened
        self._path = ""
        self._pages: Pages | None = None

    def __call__(self, request: Mapping[str, Any], on_progress: OnProgress) -> Mapping[str, object]:
        """With `first` and `last`: write these pages, from 1, to `to`; else what the whole file says of itself.

        Raises PermanentError: MALFORMED, ENCRYPTED, TOO_MANY_PAGES.
        """
        _limit_cpu()
        pages, to = self._opened(request["path"]), Path(request["to"])
        if "first" not in request:
            to.write_text(json.dumps([pages.count, pages.title, list(pages.outline())]), encoding="utf-8")
            return {"pages": pages.count}
        write_sheets(_sheets(pages, request["first"], request["last"], on_progress), to)
        return {}

    def _opened(self, path: str) -> Pages:
        if self._pages is None or self._path != path:
            self._pages, self._path = self._open(Path(path)), path
        return self._pages


def _sheets(pages: Pages, first: int, last: int, on_progress: OnProgress) -> Iterator[Sheet]:
    for number in range(first, last + 1):
        yield pages.sheet(number)
        done = number - first + 1
        if done % _TOLD_PAGES == 0 or number == last:
            on_progress(done / (last - first + 1))


def _limit_cpu() -> None:
    """Let the kernel end the process when this request takes too long; its whole life has a limit of its own."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + _REQUEST_CPU_S
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard - 2), hard))
