"""The titles that PDFs say they have."""

import re
from typing import Final

LONGEST_TITLE_CHARS: Final = 200
#: What programs write where nobody gave a title: the name of a file, or their own.
_NO_TITLE: Final = (
    r"untitled.*|document\d*|microsoft (?:word|powerpoint|excel)\b.*|slide ?\d*|"
    r".*\.(?:docx?|pptx?|xlsx?|tex|dvi|indd|pdf|odt|rtf|qxd|pages|html?|txt)|"
    r"(?:powerpoint )?pr[eé]sentation\d*|title|no title|print|[\W\d_]*|https?:.*"
)


def given_title(words: str) -> str:
    """Return a title of the metadata, unless a program wrote it and nobody else."""
    title = " ".join("".join(sign for sign in words if sign.isprintable()).split())
    # Compiled where there is a title: 5 ms.
    return "" if not title or re.fullmatch(_NO_TITLE, title, re.IGNORECASE) else title[:LONGEST_TITLE_CHARS]
