"""WordNet: what words mean, and which others mean the same. A database of its own, built where mediamill is set up."""

import functools
import re
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final, get_args

from mediamill.media import installed
from mediamill.media.lexicon import wordnet_files
from mediamill.media.lexicon.sense import Part, Sense

__all__ = ["Part", "Sense", "WordNet", "build", "place", "wordnet"]

#: The file's name changes with its tables, so that no older one is read.
NAME: Final = "wordnet-1.sqlite"
_TABLES: Final = """
    CREATE TABLE release (number TEXT);
    CREATE TABLE word (lemma TEXT, part TEXT, synsets TEXT, uses TEXT, PRIMARY KEY (lemma, part)) WITHOUT ROWID;
    CREATE TABLE synset (id TEXT PRIMARY KEY, lemmas TEXT, gloss TEXT, hypernyms TEXT) WITHOUT ROWID;
"""
_WORDS_CACHED: Final = 32_768
_SENSES_CACHED: Final = 4_096
#: More than the file has: it is read where the system keeps it, once for all processes, without a call for each page.
_MAPPED_BYTES: Final = 64 * 1024 * 1024
_EXAMPLE: Final = re.compile(r'"([^"]+)"')
_PARTS: Final[tuple[Part, ...]] = get_args(Part)
_PART_OF: Final[Mapping[str, Part]] = {part: part for part in _PARTS}
#: What a meaning counts for beside one that was counted once, when nobody counted it.
_UNCOUNTED: Final = 0.35

Weights = tuple[float, float, float, float]
_NOTHING: Final[Weights] = (0.0, 0.0, 0.0, 0.0)
_Row = tuple[Part, str, str]


class WordNet:
    """The database. Questions are answered from memory when they come again. Safe in threads."""

    def __init__(self, path: Path) -> None:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        connection.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
        self._cursor = connection.cursor()  # one of its own for each question takes as long as the answer
        self._alone = threading.Lock()
        self._rows = functools.lru_cache(_WORDS_CACHED)(self._read_rows)
        self._synset = functools.lru_cache(_SENSES_CACHED)(self._read_synset)

    @functools.cached_property
    def release(self) -> str:
        """The release of WordNet that it was built from: "3.1". Ids of senses are its own."""
        return str(*self._ask("SELECT number FROM release")[0])

    def senses(self, lemma: str, part: str | None = None) -> Sequence[Sense]:
        """Return the meanings of a word or phrase, most frequent first; none if it is not known, or not as that part.

        lemma: as a dictionary has it; capitals do not matter. part: "n", "v", "a" or "r"; None: all, nouns first.
        """
        found = []
        for of, synsets, uses in self._rows(lemma.lower()):
            if part in {None, of}:
                counts = map(int, uses.split())
                found += [self._sense(id_, count) for id_, count in zip(synsets.split(), counts, strict=True)]
        return found

    def has(self, lemma: str, part: str | None = None) -> bool:
        """Say whether `senses` would return any; quicker."""
        return any(part in {None, of} for of, _, _ in self._rows(lemma.lower()))

    def sense(self, id_: str) -> Sense:
        """Return a meaning by its id, of no word in particular: its `uses` are 0. Raises KeyError for an unknown id."""
        return self._sense(id_, 0)

    def weights(self, lemma: str) -> Weights:
        """Return how much a word is met as noun, verb, adjective and adverb; zeros if it is not known.

        By uses that were counted; where none were, by the number of meanings.
        """
        rows = self._rows(lemma)
        if not rows:
            return _NOTHING
        weights = dict.fromkeys(_PARTS, 0.0)
        for part, _, uses in rows:
            weights[part] = sum(int(count) or _UNCOUNTED for count in uses.split())
        return weights["n"], weights["v"], weights["a"], weights["r"]

    def _sense(self, id_: str, uses: int) -> Sense:
        return self._synset(id_)._replace(uses=uses)

    def _read_rows(self, lemma: str) -> Sequence[_Row]:
        rows: list[_Row] = self._ask("SELECT part, synsets, uses FROM word WHERE lemma = ?", lemma)
        return sorted(rows, key=lambda row: _PARTS.index(row[0])) if len(rows) > 1 else rows

    def _read_synset(self, id_: str) -> Sense:
        rows = self._ask("SELECT lemmas, gloss, hypernyms FROM synset WHERE id = ?", id_)
        if not rows:
            raise KeyError(id_)
        lemmas, told, hypernyms = rows[0]
        gloss, _, examples = told.partition('; "')
        return Sense(
            id=id_,
            part=_PART_OF[id_[0]],
            lemmas=tuple(lemmas.split("|")),
            gloss=gloss.strip(),
            examples=tuple(_EXAMPLE.findall(f'"{examples}')) if examples else (),
            hypernyms=tuple(hypernyms.split()),
            uses=0,
        )

    def _ask(self, question: str, *of: str) -> list[Any]:
        with self._alone:
            return self._cursor.execute(question, of).fetchall()


#: And the folder that it is of.
_open: tuple[Path, WordNet] | None = None


def place() -> Path:
    """Return where the database is, or has to be built."""
    return installed.folder() / NAME


def wordnet() -> WordNet | None:
    """Return WordNet; None while its database was not built: a process that goes on finds it when it was."""
    global _open  # noqa: PLW0603 - asked for each word: one that is open is not looked for again
    known, folder = _open, installed.folder()
    if known is None or known[0] is not folder:
        _open = known = (folder, WordNet(place())) if place().is_file() else None
    return known[1] if known else None


def build(source: Path, to: Path) -> None:
    """Write the database, 20 MB, `to` a new file from a release's files in the folder `source`. About 2 CPU seconds."""
    with closing(sqlite3.connect(to)) as database:
        database.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES}")
        with database:
            database.execute("INSERT INTO release VALUES (?)", (wordnet_files.release(source),))
            database.executemany("INSERT INTO word VALUES (?, ?, ?, ?)", _word_rows(source))
            database.executemany("INSERT INTO synset VALUES (?, ?, ?, ?)", _synset_rows(source))
        database.execute("VACUUM")


def _word_rows(source: Path) -> Iterator[tuple[str, str, str, str]]:
    for word in wordnet_files.words(source):
        yield word.lemma, word.part, " ".join(word.synsets), " ".join(map(str, word.uses))


def _synset_rows(source: Path) -> Iterator[tuple[str, str, str, str]]:
    for synset in wordnet_files.synsets(source):
        yield synset.id, "|".join(synset.lemmas), synset.gloss, " ".join(synset.hypernyms)
