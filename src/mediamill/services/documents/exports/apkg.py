"""The file of an Anki deck: a database and sounds in a ZIP, the same bytes for the same cards."""

import itertools
import json
import sqlite3
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import genanki  # type: ignore[import-untyped]

#: The first moment that a ZIP knows.
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE: Final = 0o644 << 16


def write(decks: Sequence["genanki.Deck"], sounds: Mapping[str, Path], to: Path, changed_s: Mapping[str, int]) -> None:
    """Write `to`, an .apkg. sounds: name in the deck -> file. changed_s: when each note was, by its guid, Unix seconds.

    genanki's own way leaves its database in the machine's folder for temporary files; this one is in memory.
    """
    with zipfile.ZipFile(to, "w") as file:
        _add(file, "collection.anki2", _database(decks, changed_s), zipfile.ZIP_DEFLATED)
        _add(file, "media", json.dumps(dict(enumerate(sounds))).encode(), zipfile.ZIP_DEFLATED)
        for number, sound in enumerate(sounds.values()):
            _add(file, str(number), sound.read_bytes(), zipfile.ZIP_STORED)


def _database(decks: Sequence["genanki.Deck"], changed_s: Mapping[str, int]) -> bytes:
    import genanki  # noqa: PLC0415 - only who makes a deck needs it

    connection = sqlite3.connect(":memory:")
    try:
        last_s = max(changed_s.values(), default=0)
        genanki.Package(list(decks)).write_to_db(connection.cursor(), last_s, itertools.count(last_s * 1_000))
        # genanki knows one time for all notes, and Anki would take the learner's own changes from those that are old.
        times = [(at, guid) for guid, at in changed_s.items()]
        connection.executemany("UPDATE notes SET mod = ? WHERE guid = ?", times)
        connection.commit()
        return connection.serialize()
    finally:
        connection.close()


def _add(file: zipfile.ZipFile, name: str, content: bytes, how: int) -> None:
    entry = zipfile.ZipInfo(name, _LONG_AGO)
    entry.external_attr = _PLAIN_FILE
    file.writestr(entry, content, compress_type=how)
