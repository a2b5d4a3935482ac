"""Where ffmpeg is: the one of the package imageio-ffmpeg, else the machine's."""

import shutil
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from mediamill.core.errors import PermanentError
from mediamill.media.adapters.errors import KINDS


@cache
def ffmpeg() -> Path:
    """Return the program's path. Raises PermanentError with code FFMPEG_MISSING."""
    if find_spec("imageio_ffmpeg") is not None:
        try:
            return Path(import_module("imageio_ffmpeg").get_ffmpeg_exe())
        except RuntimeError:  # its wheel has none for this machine
            pass
    found = shutil.which("ffmpeg")
    if found is None:
        raise PermanentError(f"{KINDS['FFMPEG_MISSING'].words}; see mediamill doctor", code="FFMPEG_MISSING")
    return Path(found)
