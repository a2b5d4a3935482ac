"""An operator's dictionary of another language: a table of words and what they mean there. Cheap to import.

A process says once what it was set up with (`use`), as it does with voices.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mediamill.core.errors import PermanentError

if TYPE_CHECKING:
    from mediamill.settings import LexiconSettings

#: Rows of a dictionary, and meanings that one word is given.
MOST_ROWS: Final = 1_000_000
_MOST_MEANINGS: Final = 3
_LONGEST_CHARS: Final = 300
_COLUMNS: Final = 2
_BETWEEN: Final = "; "
#: Of the first column, in a first row that says what the columns are.
_HEADER: Final = "word"

_used: "LexiconSettings | None" = None


def use(settings: "LexiconSettings | None") -> None:
    """Say what this process was set up with; None: nothing."""
    global _used  # noqa: PLW0603 - there is one in a process, and the module's docstring says why
    _used = settings


def dictionary(language: str) -> Path | None:
    """Return the dictionary from English to a base language, such as `vi`; None where none was set."""
    return dict(_used.dictionaries).get(language) if _used else None


def looked_up(path: Path, words: Iterable[str]) -> Mapping[str, str]:
    """Return what the dictionary says of words, by the words as they were asked; those that it does not have are out.

    path: a CSV in UTF-8, `word,meaning` in each row; capitals do not matter; rows of the same word are put together.
    It is read through at each call, in flat memory: a CPU second for a million rows.
    Raises PermanentError with code DICTIONARY_UNREADABLE when it cannot be read, with whoever runs this to mend it.
    """
    wanted = {_key(word): word for word in words}
    found: dict[str, list[str]] = {}
    try:
        for row in _rows(path):
            asked = wanted.get(_key(row[0]))
            meaning = " ".join(row[1].split())[:_LONGEST_CHARS]
            if asked is not None and meaning:
                meanings = found.setdefault(asked, [])
                if meaning not in meanings and len(meanings) < _MOST_MEANINGS:
                    meanings.append(meaning)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else type(error).__name__
        raise PermanentError(
            f"the dictionary of this server cannot be read ({why}); whoever runs it has to mend it",
            code="DICTIONARY_UNREADABLE",
        ) from error
    return {word: _BETWEEN.join(meanings) for word, meanings in found.items()}


def _rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.reader(file), 1):
            if number > MOST_ROWS:
                break
            if len(row) >= _COLUMNS and not (number == 1 and _key(row[0]) == _HEADER):
                yield row


def _key(word: str) -> str:
    return " ".join(word.casefold().split())
