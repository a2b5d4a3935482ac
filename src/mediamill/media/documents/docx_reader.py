"""The process that reads Word documents, in which what a hostile file does to a parser stays."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mediamill.media.answering import OnProgress, answer
from mediamill.media.documents.docx.reading import markdown_of, write_prose


def read(request: Mapping[str, Any], on_progress: OnProgress) -> Mapping[str, object]:
    """Write the text of the document at `path` to `to`: its paragraphs, or, with `markdown`, this and the title.

    Raises PermanentError: NO_TEXT, MALFORMED, ENCRYPTED, UNSUPPORTED_TYPE, TOO_LARGE, PARSER_LIMIT.
    """
    path, to = Path(request["path"]), Path(request["to"])
    if not request["markdown"]:
        write_prose(path, to, on_progress)
        return {}
    markdown, title = markdown_of(path, on_progress)
    to.write_text(json.dumps({"markdown": markdown, "title": title, "pages": None}, ensure_ascii=False), "utf-8")
    return {"chars": len(markdown)}


if __name__ == "__main__":
    answer(read)
