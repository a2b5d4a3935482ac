"""A part that a recording left behind, when its job ended without it: it becomes a recording of its own."""

import shutil
from pathlib import Path

from mediamill import Context, PermanentError
from mediamill.media.live.copier import Why
from mediamill.media.live.healing import Broken, heal
from mediamill.media.live.remains import Part, name_of
from mediamill.services.recordings.tape import Tape


def put_on(tape: Tape, stray: Path, ctx: Context) -> None:
    """Put a stray part on the tape, healed.

    When it began nobody knows any more: the time of its file counts, of its end, or in a bucket of its being handed in.
    Raises PermanentError with code PART_BROKEN where nothing whole is in it.
    """
    if not tape.names:  # else an earlier attempt has done it
        at = stray.stat().st_mtime
        path = ctx.scratch / name_of(1, stray.suffix)
        shutil.copyfile(stray, path)
        try:
            cut_bytes = heal(path)
        except Broken as broken:
            raise PermanentError(f"what a recording left behind is empty: {broken.message}", code=broken.code) from None
        ctx.log("recording.rescued", size_bytes=path.stat().st_size, cut_bytes=cut_bytes)
        tape.take(Part(path, path.stat().st_size, at))
        tape.note(ended_at=at)
    tape.end(Why.LOST)
