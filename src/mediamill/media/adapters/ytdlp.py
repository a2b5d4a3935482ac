"""yt-dlp as a module that stays warm: its imports take a second of the processor, a job's own part a twentieth.

`main` does what the program does with the same words, for what its description uses of it, and says three things more:
how long a site that asks us to slow down wants to be left alone, that a conversion goes on, and the return code of an
interrupted download.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any, Final

import yt_dlp  # type: ignore[import-untyped]
from yt_dlp.cookies import CookieLoadError  # type: ignore[import-untyped]
from yt_dlp.extractor import gen_extractor_classes  # type: ignore[import-untyped]
from yt_dlp.globals import IN_CLI, plugin_dirs  # type: ignore[import-untyped]
from yt_dlp.networking.exceptions import HTTPError  # type: ignore[import-untyped]
from yt_dlp.utils import (  # type: ignore[import-untyped]
    DownloadCancelled,
    DownloadError,
    SameFileError,
    unified_timestamp,
)

#: What a line begins with that tells of a wait.
WAIT: Final = "@W"
#: A line of progress that says nothing new; the description knows what such lines begin with.
_SIGN: Final = b"@P {}\n"
#: As often as a download says how far it is.
_SIGN_EVERY_S: Final = 0.5
_SLOW_DOWN: Final = frozenset({429, 503})
_FAILED: Final = 1
_CANCELLED: Final = 101
_INTERRUPTED: Final = 130


class _Telling(yt_dlp.YoutubeDL):  # type: ignore[misc]
    """Says what the program itself keeps to itself: how long the site wants us to wait, and that ffmpeg still works."""

    def urlopen(self, req: Any) -> Any:  # noqa: ANN401 - the library's
        try:
            return super().urlopen(req)
        except HTTPError as error:
            wait = error.response.headers.get("Retry-After", "") if error.status in _SLOW_DOWN else ""
            if wait.isdecimal():
                print(f"{WAIT} {json.dumps({'after_s': int(wait)})}", flush=True)  # noqa: T201 - its line
            raise

    def run_pp(self, pp: Any, infodict: Any) -> Any:  # noqa: ANN401 - the library's
        with _signs_of_life():
            return super().run_pp(pp, infodict)


@contextmanager
def _signs_of_life() -> Iterator[None]:
    """Print a line now and then: hours of sound take ffmpeg minutes, and who is silent so long is taken for stalled."""
    over = Event()

    def tell() -> None:
        while not over.wait(_SIGN_EVERY_S):
            os.write(1, _SIGN)  # in one go, so that it stands in no other line

    thread = Thread(target=tell, name="signs-of-life", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def main(argv: Sequence[str]) -> int:
    """Run yt-dlp with these words and return its return code: 0, 1 for an error, 2 usage, 101 for what was skipped."""
    IN_CLI.value = True  # errors are told as to people
    try:
        options = yt_dlp.parse_options(list(argv))
        plugin_dirs.value = options.options.plugin_dirs
        location = options.options.ffmpeg_location
        if location:  # as the program does: some parts look before there is a YoutubeDL
            yt_dlp.FFmpegPostProcessor._ffmpeg_location.set(location)  # noqa: SLF001
        with _Telling(options.ydl_opts) as ydl:
            return int(ydl.download(options.urls))
    except DownloadCancelled:
        return _CANCELLED
    except (DownloadError, CookieLoadError, SameFileError) as error:
        print(f"ERROR: {error}", file=sys.stderr)  # noqa: T201
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED


def prepare() -> None:
    """Do once what every run would do again: compile 1,900 patterns of addresses, import what every site needs.

    Dates come last: Python keeps the 512 patterns that were compiled last.
    """
    for each in gen_extractor_classes():
        each.suitable("https://nowhere.invalid/")
    with yt_dlp.YoutubeDL({"quiet": True, "no_warnings": True}) as ydl:
        ydl.get_info_extractor("Generic")
    unified_timestamp("Fri, 02 Jan 2026 03:04:05 GMT")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
