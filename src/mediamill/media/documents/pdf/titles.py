"""The titles that PDFs say they have."""

import re
from typing import Final

LONGEST_TITLE_CHARS: Final = 200
#: What programs write where nobody gave a title: the name of a file, or their own.
_NO_TITLE: Final = re.compile(
    r"untitled.*|document\d*|microsoft (?:word|powerpoint|excel)\b.*|slide ?\d*|"
    r".*\.(?:docx?|pptx?|xlsx?|tex|dvi|indd|pdf|odt|rtf|qxd|pages|html?|txt)|"
    r"(?:powerpoint )?pr[eé]sentation\d*|title|no title|print|[\W\d_]*|https?:.*",
    re.IGNORECASE,
)


def given_title(words: str) -> str:
    """Return a title of the metadata, unless a program wrote it and nobody else."""
    title = " ".join("".join(sign for sign in words if sign.isprintable()).split())
    return "" if _NO_TITLE.fullmatch(title) else title[:LONGEST_TITLE_CHARS]
