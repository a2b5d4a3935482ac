"""What measured processes leave of their coverage: a file each, which one that was killed leaves half written."""

import sqlite3
from contextlib import closing
from pathlib import Path


def unfinished(data_file: Path) -> list[Path]:
    """Return the parts beside `data_file` that are not whole.

    Coverage writes its SQLite files without a journal, and a hash last. Some torn files it notices when
    it opens them and leaves out; at others all adding up fails, and with it the run.
    """
    return [part for part in data_file.parent.glob(f"{data_file.name}.*") if not _whole(part)]


def _whole(part: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"{part.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as opened:
            sound = opened.execute("PRAGMA integrity_check(1)").fetchall() == [("ok",)]
            return sound and opened.execute("SELECT 1 FROM meta WHERE key = 'hash'").fetchone() is not None
    except sqlite3.Error:
        return False
