"""The process that reads PDFs, in which what a hostile file does to a parser stays."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mediamill.media.answering import OnProgress, answer
from mediamill.media.documents.pdf.reading import markdown_of


def read(request: Mapping[str, Any], on_progress: OnProgress) -> Mapping[str, object]:
    """Write the text of the PDF at `path` to `to`, as JSON: `markdown`, `title`, `pages`.

    Raises PermanentError: MALFORMED, ENCRYPTED, TOO_MANY_PAGES, NO_TEXT.
    """
    found = markdown_of(Path(request["path"]), on_progress)
    told = {"markdown": found.markdown, "title": found.title, "pages": found.pages}
    Path(request["to"]).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return {
        "pages": found.pages,
        "unreadable_pages": found.unreadable_pages,
        "wordless_pages": found.wordless_pages,
    }


if __name__ == "__main__":
    answer(read)
