"""What stands around an amount and decides how it is said."""

import re
from typing import Final

#: Words after an amount that are no noun which it describes: "a $5 to $6 rise".
_NO_NOUN: Final = (
    "a|an|and|as|at|before|but|by|each|for|from|if|in|is|more|of|off|on|or|per|than|that|the|to|was|which|with"
)
_NOUN: Final = re.compile(rf" (?!(?:{_NO_NOUN})\b)[a-z]|-[a-z]")
_ARTICLE: Final = re.compile(r"\b[Aa]n? \Z")
_ARTICLE_CHARS: Final = 4


def describes(found: re.Match[str]) -> bool:
    """Whether an amount stands between "a" and a noun, and so is in the singular: "a $5 bill"."""
    before = found.string[max(0, found.start() - _ARTICLE_CHARS) : found.start()]
    return _ARTICLE.search(before) is not None and _NOUN.match(found.string, found.end()) is not None
