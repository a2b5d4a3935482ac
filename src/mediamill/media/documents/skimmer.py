"""The process that skims PDFs for their lines; the hostile ones as well as the others."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mediamill.media.answering import OnProgress, answer
from mediamill.media.documents.pdf.skimming import Skim
from mediamill.media.documents.rows import Sheet, write_sheets


class Skimmer:
    """Answers two questions about the PDF at `path`, which it keeps open from one to the next."""

    def __init__(self) -> None:
        self._path = ""
        self._skim: Skim | None = None

    def __call__(self, request: Mapping[str, Any], on_progress: OnProgress) -> Mapping[str, object]:
        """With `first` and `last`: write these pages, from 1, to `to`; else what the whole file says of itself.

        Raises PermanentError: MALFORMED, ENCRYPTED, TOO_MANY_PAGES.
        """
        skim, to = self._opened(request["path"]), Path(request["to"])
        if "first" not in request:
            to.write_text(json.dumps([skim.count, skim.title, list(skim.outline())]), encoding="utf-8")
            return {"pages": skim.count}
        write_sheets(_sheets(skim, request["first"], request["last"], on_progress), to)
        return {}

    def _opened(self, path: str) -> Skim:
        if self._skim is None or self._path != path:
            self._skim, self._path = Skim(Path(path)), path
        return self._skim


def _sheets(skim: Skim, first: int, last: int, on_progress: OnProgress) -> Iterator[Sheet]:
    for number in range(first, last + 1):
        yield skim.sheet(number)
        on_progress((number - first + 1) / (last - first + 1))


if __name__ == "__main__":
    answer(Skimmer())
