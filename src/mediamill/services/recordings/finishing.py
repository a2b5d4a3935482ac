"""Makes files of what is on a tape, keeps them, and tells of them."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

from mediamill import About, Context, Kept, Result
from mediamill.media.live.feed import Source
from mediamill.media.live.joining import Joined, join
from mediamill.media.live.thumbnail import thumbnail
from mediamill.media.naming import distinct
from mediamill.services.recordings import naming
from mediamill.services.recordings.params import Params
from mediamill.services.recordings.tape import Memo, Tape
from mediamill.services.recordings.telling import SHARE

THUMBNAIL: Final = "thumbnail.jpg"
#: Files that the facts name, and words on what is the matter: a stream that always changes makes thousands, and the
#: facts of a job have an end.
MOST_TOLD: Final = 400
_MOST_NOTES: Final = 5
#: In which a picture is looked for: each takes a program.
_MOST_LOOKED_AT: Final = 3


@dataclass(frozen=True)
class _Made:
    """A file of the recording, and where it is kept."""

    joined: Joined
    kept: Kept


def finish(params: Params, source: Source, tape: Tape, ctx: Context) -> Result:
    """Join what is on the tape, keep it beyond the job, and return it. The parts may go with the job's success."""
    made = _made(params, source, tape, ctx)
    names = distinct(PurePosixPath(each.kept.name).name for each in made)
    files = {name: each.joined.path for name, each in zip(names, made, strict=True)}
    for each in made[:_MOST_LOOKED_AT]:
        picture = thumbnail(each.joined.path, ctx.scratch / THUMBNAIL, ctx)
        if picture is not None:
            files[THUMBNAIL] = picture
            break
    return Result(files, _told(tape, made, upload=params.options.upload_s3), keep_parts=False, reusable=False)


def _made(params: Params, source: Source, tape: Tape, ctx: Context) -> list[_Made]:
    paths = tape.paths()
    if not paths:
        return []
    memo, room = tape.memo, _room(params, tape.memo)

    def tell(fraction: float, note: str) -> None:
        ctx.progress(SHARE + (1 - SHARE) * fraction, note)

    files = join(paths, ctx.scratch / f"recording.{params.options.container}", ctx, tell)
    begins = list(itertools.accumulate((each.seconds for each in files), initial=memo.began_at))[: len(files)]
    template = naming.template(params.output_template)
    names = distinct(
        template.name(
            naming.values(room or _place(source), memo.title, _site(source), memo.quality, began_at), each.path.suffix
        )
        for each, began_at in zip(files, begins, strict=True)
    )  # for what a job keeps under one name twice is there once
    made = []
    for name, began_at, each in zip(names, begins, files, strict=True):
        about = About(room=room, url=params.url or source.url, began_at=began_at, seconds=each.seconds)
        made.append(_Made(each, ctx.keep(name, each.path, about, upload=params.options.upload_s3)))
    return made


def _told(tape: Tape, made: list[_Made], *, upload: bool) -> Mapping[str, Any]:
    memo = tape.memo
    notes = [*dict.fromkeys(each.joined.note for each in made if each.joined.note)]
    if len(notes) > _MOST_NOTES:
        notes[_MOST_NOTES:] = [f"and {len(notes) - _MOST_NOTES} more"]
    if upload and not all(each.kept.s3 for each in made):
        notes.append("no copy could be put into the bucket; the job's log says why")
    if len(made) > MOST_TOLD:
        notes.append(f"there are {len(made)} files, of which {MOST_TOLD} are named here")
    told: dict[str, Any] = {
        "returncode": 0,
        "files": [each.kept.name for each in made[:MOST_TOLD]],
        "s3": [url for each in made[:MOST_TOLD] for url in each.kept.s3],
        "started_at": _moment(memo.began_at),
        "ended_at": _moment(memo.ended_at),
        "parts": len(tape.names),
        "duration": round(sum(each.joined.seconds for each in made), 3),
        "bytes": sum(each.joined.path.stat().st_size for each in made),
        "reconnects": memo.reconnects,
        "lost_segments": memo.lost,
        "ended": memo.why,
        "title": memo.title,
        "room": memo.room,
        "quality": memo.quality,
        "pictures": [[each.joined.width, each.joined.height] for each in made[:MOST_TOLD]],
    }
    if memo.missing:
        told["missing"] = memo.missing
    if fault := "; ".join(dict.fromkeys(filter(None, (memo.fault, *notes)))):
        told["fault"] = fault
    return told


def _moment(at: float) -> str | None:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def _room(params: Params, memo: Memo) -> str:
    """Return the channel that a recording is of, by the request or by its site; "": neither names one."""
    return params.room_id or memo.room


def _place(source: Source) -> str:
    """Return what stands for a channel without a name: where it is, such as `example.com/live/stream`."""
    path = urlsplit(source.url).path.rstrip("/")
    return _site(source) + path.removesuffix(PurePosixPath(path).suffix)


def _site(source: Source) -> str:
    return urlsplit(source.url).hostname or ""
