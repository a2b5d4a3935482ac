"""A small picture of a recording. Whoever made the recording, it is read in a sandbox: `still.py`."""

import shutil
import tempfile
from pathlib import Path
from typing import Final

from mediamill.core.context import Context, Sandbox
from mediamill.core.errors import PermanentError, RetryableError

WIDTH: Final = 640
_PROGRAM: Final = "mediamill.media.live.still"
_LONGEST_S: Final = 60.0
#: Of a picture of 8K that is decoded, three times.
_MEMORY_BYTES: Final = 1 * 2**30


def thumbnail(video: Path, to: Path, ctx: Context) -> Path | None:
    """Write a JPEG, 640 px wide at most, of a recording, and return its path; None: there is no picture in it.

    It is of a third of the recording, or of elsewhere where that is black. to: in the attempt's scratch, `.jpg`. A
    picture that cannot be read is none either: nobody loses a recording for it. Raises what cancels the job alone.
    """
    folder = Path(tempfile.mkdtemp(prefix="still-", dir=ctx.scratch))
    made = folder / "still.jpg"
    place = video.resolve()
    try:
        ended = ctx.run(
            *("thumbnail", place, made.name, str(WIDTH)),
            timeout_s=_LONGEST_S,
            cwd=folder,
            memory_bytes=_MEMORY_BYTES,
            sandbox=Sandbox(warm=_PROGRAM, readable=(place,)),
        )
        if ended.returncode or made.is_symlink() or not made.is_file():
            ctx.log("thumbnail.none", returncode=ended.returncode)
            return None
        return made.replace(to)
    except (PermanentError, RetryableError) as error:  # of this program's own limits
        ctx.log("thumbnail.none", code=error.code)
        return None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
