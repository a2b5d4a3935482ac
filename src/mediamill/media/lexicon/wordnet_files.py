"""The files of a WordNet release, as its makers give them out (wndb(5WN), senseidx(5WN), cntlist(5WN))."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Final, NamedTuple

from mediamill.media.lexicon.sense import Part

FILES: Final[Mapping[Part, str]] = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
#: How adjectives may stand is noted after them: "afraid(p)".
_PLACE: Final = re.compile(r"\((?:a|p|ip)\)\Z")
_RELEASE: Final = re.compile(r"WordNet (\d+\.\d+) Copyright")
#: "is a kind of", of kinds and of single persons and places.
_KIND_OF: Final = frozenset({"@", "@i"})
#: The part of speech in a sense key; 5 is an adjective that is told by another one.
_OF_KEY: Final[Mapping[str, Part]] = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}


class Synset(NamedTuple):
    """Words of one meaning. id: part and place in its file. lemmas: as they are written."""

    id: str
    lemmas: tuple[str, ...]
    gloss: str
    hypernyms: tuple[str, ...]


class Word(NamedTuple):
    """A word and its meanings, most frequent first. lemma: in small letters. uses: of each meaning."""

    lemma: str
    part: Part
    synsets: tuple[str, ...]
    uses: tuple[int, ...]


def is_release(folder: Path) -> bool:
    """Say whether a folder has the files of a release."""
    return all((folder / f"{kind}.{name}").is_file() for kind in ("data", "index") for name in FILES.values())


def licence(folder: Path) -> str:
    """Return the licence of a release, which stands at the head of each of its files; its lines are numbered there."""
    with (folder / "data.noun").open(encoding="utf-8") as file:
        lines = [line.split(maxsplit=1)[1:] for line in takewhile(lambda line: line.startswith("  "), file)]
    return "".join(f"{line[0].rstrip()}\n" if line else "\n" for line in lines)


def release(folder: Path) -> str:
    """Return the number of a release: "3.1"; "" where its licence does not tell."""
    told = _RELEASE.search(licence(folder))
    return told[1] if told else ""


def synsets(folder: Path) -> Iterator[Synset]:
    """Yield all sets of synonyms."""
    for part, name in FILES.items():
        for line in _lines(folder / f"data.{name}"):
            fields, _, gloss = line.partition(" | ")
            yield _synset(part, fields.split(" "), gloss.strip())


def _synset(part: Part, fields: list[str], gloss: str) -> Synset:
    count = int(fields[3], 16)
    pointers = 4 + 2 * count
    lemmas = tuple(_PLACE.sub("", word).replace("_", " ") for word in fields[4:pointers:2])
    end = pointers + 1 + 4 * int(fields[pointers])
    hypernyms = tuple(
        fields[place + 2] + fields[place + 1] for place in range(pointers + 1, end, 4) if fields[place] in _KIND_OF
    )
    return Synset(part + fields[0], lemmas, gloss, hypernyms)


def words(folder: Path) -> Iterator[Word]:
    """Yield all words of each part of speech."""
    counted = _uses(folder)
    for part, name in FILES.items():
        for line in _lines(folder / f"index.{name}"):
            fields = line.split()
            lemma, number = fields[0], int(fields[2])
            uses = counted.get((lemma, part), {})
            yield Word(
                lemma.replace("_", " "),
                part,
                tuple(part + offset for offset in fields[-number:]),
                tuple(uses.get(sense, 0) for sense in range(1, number + 1)),
            )


def _uses(folder: Path) -> Mapping[tuple[str, Part], Mapping[int, int]]:
    """Return how often each meaning of each word was counted, by its number from 1. Releases differ in where it is."""
    uses: defaultdict[tuple[str, Part], dict[int, int]] = defaultdict(dict)
    rows: Iterator[tuple[str, str, str]]
    if (folder / "index.sense").is_file():  # key, offset, number, count
        rows = ((row[0], row[2], row[3]) for row in map(str.split, _lines(folder / "index.sense")))
    elif (folder / "cntlist.rev").is_file():  # key, number, count
        rows = ((row[0], row[1], row[2]) for row in map(str.split, _lines(folder / "cntlist.rev")))
    else:
        return uses
    for key, number, count in rows:
        lemma, _, rest = key.partition("%")
        if count != "0":
            uses[lemma, _OF_KEY[rest[0]]][int(number)] = int(count)
    return uses


def _lines(path: Path) -> Iterator[str]:
    """Yield a file's lines but those of its licence, which begin with two spaces."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            if not line.startswith("  "):
                yield line.rstrip("\n")
