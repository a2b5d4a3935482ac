# ruff: noqa: RUF001 - Vietnamese letters
"""What one rule of reading Vietnamese is, and what rules may ask about the words around."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

#: Letters of Vietnamese, in NFC.
LOWER: Final = "a-zàáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"
UPPER: Final = LOWER.upper()
#: Letters of any language in Latin script; figures that are raised or in circles are none.
LATIN: Final = "A-Za-zÀ-ÖØ-öø-ʯḀ-ỿ"
#: Capitals that abbreviations are made of: those without a tone.
SPELLED: Final = "A-ZĂÂĐÊÔƠƯ"

#: Before an ordinal.
THU: Final = re.compile(r"\bthứ\s*\Z")
#: A rule looks no further around than this, so that reading takes time linear in the length of any text.
_AROUND_CHARS: Final = 48


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads what `pattern` finds at a place of the text.

    read: returns the words, or None when this is something else, which the next reader may know. It
        sees the text as it was written, never what another reader made of it.
    """

    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], str | None]


def before(found: re.Match[str]) -> str:
    """Return the end of what is written before it, in lower case."""
    return found.string[max(0, found.start() - _AROUND_CHARS) : found.start()].lower()


def after(found: re.Match[str]) -> str:
    """Return the beginning of what is written after it."""
    return found.string[found.end() : found.end() + _AROUND_CHARS]


def table(rows: str) -> MappingProxyType[str, str]:
    """Return a table of lines `written = words`."""
    lines = (row.strip().partition(" = ") for row in rows.strip().splitlines())
    return MappingProxyType({written: said for written, _, said in lines})


def words(listed: str) -> frozenset[str]:
    """Return words that are listed with blanks between them."""
    return frozenset(listed.split())


def one_of(words: Iterable[str]) -> str:
    """Return a pattern for one of some literal words; the longest is tried first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
