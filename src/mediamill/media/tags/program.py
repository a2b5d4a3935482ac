"""A program that completes the tags of files: run apart, for the files come from anywhere.

Its only argument is a folder's file with a JSON list: of each file its `path` (beside that file), what is said of it,
and `cover`, the JPEG to be put in. It prints one line of JSON per file: its `path`, what it says now, and `seconds`, or
`fault`.
"""

import json
import shutil
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mediamill.media.tags.files import TagError, opened
from mediamill.media.tags.tags import Tags, line


def main(argv: list[str]) -> int:
    """Complete the tags of the files that `argv[0]` lists."""
    # Asked to finish early, it has something to finish: files that are kept as they are now.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listed = Path(argv[0])
    for told in json.loads(listed.read_text("utf-8")):
        # A line per file at once: after a crash it is known which one it was.
        answer = {"path": told["path"], **_completed(listed.parent, told)}
        # Not as ASCII: a line may be cut at 8,192 characters.
        sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
        sys.stdout.buffer.flush()
    return 0


def _completed(folder: Path, told: dict[str, Any]) -> dict[str, object]:
    """Return what a file says now: what it said before, and of what is said of it what was missing."""
    said = Tags.of(told)
    path = folder / told["path"]
    copy = path.with_name(f".{path.name}")  # whatever happens to it, the file is whole before and after
    try:
        shutil.copyfile(path, copy)
        file = opened(copy)
        if file is None:
            return {"tagged": False, **asdict(said)}
        own = file.read()
        tags = own.before(said)
        # Only what is missing: of several artists in a file one line would remain.
        file.write(said.beyond(own), (folder / told["cover"]).read_bytes() if told.get("cover") else None)
        copy.replace(path)
    except TagError as error:
        return {"tagged": False, "fault": str(error), **asdict(said)}
    except (MemoryError, OSError):
        raise  # a full disk and a limit of memory are told from how a program ends
    except Exception as error:  # noqa: BLE001 - a reader's own slips with a file that nobody makes by mistake
        return {"tagged": False, "fault": line(f"{type(error).__name__}: {error}")[:200], **asdict(said)}
    finally:
        copy.unlink(missing_ok=True)
    return {"tagged": True, "seconds": round(file.seconds, 3), **asdict(tags)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
