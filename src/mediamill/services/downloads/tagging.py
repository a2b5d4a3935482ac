"""Completes the tags of what was downloaded, in a process apart: the files come from anywhere."""

import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from mediamill import Context, PermanentError, RetryableError, Sandbox
from mediamill.media.adapters.fetched import Item
from mediamill.media.tags.tags import Tags
from mediamill.services.downloads.facts import FileFacts

_PROGRAM: Final = "mediamill.media.tags.program"
_LIST: Final = "tags.json"
#: Writing a file anew: of 8 GiB on a slow disk.
_LONGEST_S: Final = 600.0
_MEMORY_BYTES: Final = 512 * 2**20


def completed(items: Sequence[Item], folder: Path, ctx: Context) -> tuple[tuple[FileFacts, ...], str]:
    """Write into the files of `folder` what the site said and they do not; return what is known now, and a fault.

    A file whose tags cannot be read is as it was; its own `fault` says why. The other fault, "" for none, is of what
    may do better next time: the files that it left out are as they were.
    """
    listed = folder / _LIST
    listed.write_text(json.dumps([_told(item) for item in items]), "utf-8")
    answers: dict[str, dict[str, Any]] = {}
    fault = ""
    try:
        ended = ctx.run(
            "tags",
            _LIST,
            cwd=folder,
            timeout_s=_LONGEST_S,
            memory_bytes=_MEMORY_BYTES,
            sandbox=Sandbox(warm=_PROGRAM),
            on_line=lambda line: _take(line, answers),
        )
        if ended.returncode:
            fault = f"the tags could not be completed: returncode {ended.returncode}"
    except (PermanentError, RetryableError) as error:  # of this program's own limits: the files are whole
        fault = f"the tags could not be completed: {error.message}"
    finally:
        for left in (listed, *folder.glob(".*")):
            _remove(left)
    return tuple(_known(item, answers.get(item.path.name, {})) for item in items), fault


def _remove(left: Path) -> None:
    """Remove what the program left, whatever it has become; what cannot be removed hides no other error."""
    with suppress(OSError):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink(missing_ok=True)


def _told(item: Item) -> dict[str, object]:
    return {
        "path": item.path.name,
        "cover": item.thumbnail.name if item.thumbnail else None,
        "title": item.title,
        "artist": item.artist,
        "album": item.album,
        "track": item.track,
        "released": item.released,
        "comment": FileFacts.of(item).url,
    }


def _take(line: str, answers: dict[str, dict[str, Any]]) -> None:
    """Keep an answer; what a library prints besides is none."""
    with suppress(ValueError):
        answer = json.loads(line)
        if isinstance(answer, dict):
            answers[str(answer.get("path"))] = answer


def _known(item: Item, answer: dict[str, Any]) -> FileFacts:
    facts = FileFacts.of(item)
    tags = Tags.of(answer)
    return replace(
        facts,
        title=tags.title or facts.title,
        artist=tags.artist or facts.artist,
        album=tags.album or facts.album,
        track=tags.track or facts.track,
        released=tags.released or facts.released,
        duration_s=facts.duration_s if facts.duration_s is not None else answer.get("seconds"),
        tagged=answer.get("tagged", False),
        fault=answer.get("fault", ""),
    )
