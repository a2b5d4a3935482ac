"""tiktok-live-recorder as a recorder, for operators who keep it: it is theirs to bring (TLR_ROOT).

One run of its manual mode is one recording. It says how it went in words alone: its return code is 0 whatever happens.
What is known of it here was read in the source of neighbouring versions (7.7.1 and older, not of COMMIT itself), and
seen against a stand-in, never against TikTok itself.
"""

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mediamill.core.context import Completed, Context, Network
from mediamill.core.errors import MediamillError, PermanentError
from mediamill.media import live
from mediamill.media.adapters.errors import KINDS, failure
from mediamill.media.adapters.ffmpeg import ffmpeg
from mediamill.media.adapters.transcript import Transcript
from mediamill.media.confine import Confine
from mediamill.media.live.copier import Ended, Why, Wishes
from mediamill.media.live.feed import DiskFull, Offline, Source, refused
from mediamill.media.live.jar import Jar
from mediamill.media.live.outside import Came, Order, Outside
from mediamill.media.live.parts import Parts
from mediamill.media.live.tiktok import room_of

#: The version that operators are asked to keep: 7.6.0.
COMMIT: Final = "5eea05a7a50e3d7a28fb0e6ca1985d2bbb9e9372"
TITLE: Final = "tiktok-live-recorder"
_MAIN: Final = Path("src/main.py")
_SITE: Final = "https://www.tiktok.com/"
_ENVIRONMENTS: Final = (".venv", "venv")
#: Imports, and a handful of questions to TikTok.
_BEGIN_S: Final = 90.0
#: It writes half a megabyte at once: of a small picture that is what comes in so long.
_STALL_S: Final = 45.0
_SECRET_CHARS: Final = 8
#: Its log begins each line with a mark and the time.
_LOGGED: Final = re.compile(r"\[[*!]\] \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d+)? - ")
#: Behind it the program converts what it recorded; we have that, and join it ourselves.
_FINISHED: Final = re.compile(r"Recording finished: |Finished converting ")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_VERSION: Final = re.compile(r"VERSION = \"([0-9.]{1,20})\"")

#: What it says, and what that means: the first that fits. Read in src/utils/enums.py of versions about COMMIT's.
_WORDS: Final = tuple(
    (re.compile(pattern), code)
    for pattern, code in (
        (r"not hosting a live stream|has never hosted a live stream|is no longer live", "LIVE_OFFLINE"),
        (r"blocked by TikTok WAF", "BLOCKED"),
        (r"Captcha required or country blocked|only in unblocked countries", "GEO_OR_CAPTCHA"),
        (r"(?:Account|[Aa]ccount|Live) is private", "AUTH_REQUIRED"),
        (r"Username / RoomID not found|not a valid TikTok live", "NOT_FOUND"),
        (r"Unable to retrieve live streaming url|Error extracting RoomID", "UPSTREAM"),
        (r"No space left on device", "DISK_FULL"),
        (r"FFmpeg (?:binary )?is not installed", "FFMPEG_MISSING"),
        (r"library is not installed|ModuleNotFoundError|ImportError", "USAGE"),
        (r"unrecognized arguments|Incorrect \w+ value|Missing (?:URL|mode)", "USAGE"),
        (r"ConnectionError|Max retries exceeded|Could not resolve host|Connection broken", "NETWORK"),
    )
)


def is_here() -> bool:
    """Whether the operator brought it."""
    return _root() is not None


@dataclass(frozen=True)
class Found:
    """What lies in the operator's folder. commit, version: "" where they cannot be told."""

    commit: str
    version: str


def found(root: Path) -> Found | None:
    """Return what lies in a folder; None: it is not the program."""
    if not (root / _MAIN).is_file():
        return None
    said = _VERSION.search(_read(root / "src/utils/enums.py"))
    return Found(_commit(root / ".git"), said[1] if said else "")


def record(source: Source, to: Parts, wishes: Wishes, ctx: Context, check: Callable[[], bool]) -> Ended:
    """Record a room of TikTok into parts until it is over: one run of the program in its manual mode.

    source.url: as `resolve.source_of` makes them. The program is run from a copy of its source with the cookies beside
    it, for it takes them from nowhere else; the copy goes with the run. All that it asks for goes through the egress
    guard. Otherwise as `ffmpeg.record`; it looks after reconnects by itself, so there is none to count.

    Raises PermanentError with code PROGRAM_MISSING where it is not here, and UNSUPPORTED_URL for what is no room of
    TikTok's; where nothing was recorded, what its words mean, else RECORDER_EXIT_NONZERO; whatever `ctx.run` raises.
    """
    root = _root()
    if root is None:
        raise PermanentError(f"{TITLE} is not in TLR_ROOT, or TLR_ROOT is not set", code="PROGRAM_MISSING")
    outside, heard = Outside(to, wishes, ctx, check), _Heard(ctx)
    folder = outside.folder()
    try:
        came = outside.run(_order(source, root, folder, wishes), folder, heard.line)
    finally:
        heard.end()
        shutil.rmtree(folder, ignore_errors=True)
    why, error = _why(came, heard, recorded=bool(to.bytes))
    if not to.bytes and why is not Why.STOPPED:
        raise error or Offline
    now = time.time()
    return Ended(why, to.bytes, outside.began_at or now, now, 0, 0, error)


class _Heard:
    """What the program said. code: what it means; finished: that the recording is over; last: its last words."""

    def __init__(self, ctx: Context) -> None:
        self._transcript = Transcript(ctx)
        self.code = ""
        self.last = ""
        self.finished = False

    def line(self, line: str) -> None:
        """Take a line."""
        said = _LOGGED.sub("", line).strip()
        if not said:
            return
        self._transcript.line(said)
        self.last = said
        self.finished = self.finished or bool(_FINISHED.match(said))
        self.code = next((code for pattern, code in _WORDS if pattern.search(said)), self.code)

    def end(self) -> None:
        """Nothing more comes."""
        self._transcript.end()


def _why(came: Came, heard: _Heard, *, recorded: bool) -> tuple[Why, MediamillError | None]:
    """Return how a run ended. Its return code says nothing."""
    if came.why is not None:
        return came.why, came.error
    if heard.finished or (recorded and heard.code == "LIVE_OFFLINE"):
        return Why.ENDED, None
    if heard.code == "DISK_FULL":
        return Why.DISK_FULL, DiskFull("the disk is full")
    return Why.LOST, came.error or _error(heard, came.ended)


def _error(heard: _Heard, ended: Completed | None) -> MediamillError:
    if heard.code == "LIVE_OFFLINE":
        return Offline()
    if not heard.code and ended is not None and ended.refused:
        return refused(ended.refused[0])
    return failure(KINDS[heard.code or "RECORDER_EXIT_NONZERO"], TITLE, said=heard.last)


def _order(source: Source, root: Path, folder: Path, wishes: Wishes) -> Order:
    """Lay out the run's folder; return what is run in it."""
    room = room_of(source.url)
    if room is None:
        raise PermanentError(f"{TITLE} records rooms of TikTok only", code="UNSUPPORTED_URL")
    shutil.copytree(root / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    (folder / "src").chmod(0o700)  # the operator's may be read-only
    cookies = _cookies(source)
    if cookies:
        _write(folder / "src/cookies.json", json.dumps(cookies))
    (folder / "out").mkdir()
    (folder / "bin").mkdir()
    (folder / "bin/ffmpeg").symlink_to(ffmpeg())
    python = _python(root)
    return Order(
        (
            *(python, "-u", "src/main.py", "-mode", "manual", "-no-update-check", "-output", "out"),
            f"-room_id={room.number}" if room.number else f"-user={room.name}",
        ),
        "out/TK_*_flv.mp4",
        Network(proxy=source.proxy),
        begin_s=min(_BEGIN_S, wishes.outage_s),
        stall_s=max(_STALL_S, wishes.stall_s),
        env={
            "PATH": f"{folder / 'bin'}{os.pathsep}{python.parent}{os.pathsep}{os.defpath}",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        readable=(root, *Confine((), ()).around(python).readable),
        private=tuple(value for value in cookies.values() if len(value) >= _SECRET_CHARS),
        over=lambda line: bool(_FINISHED.match(_LOGGED.sub("", line))),
    )


def _cookies(source: Source) -> dict[str, str]:
    """Return the cookies that are TikTok's, by name."""
    pairs = Jar.of(source.cookies, source.url).header(_SITE).split("; ")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def _write(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _python(root: Path) -> Path:
    """Return the interpreter that has the program's packages: of its own environment, or ours."""
    places = (root / name / "bin/python" for name in _ENVIRONMENTS)
    return next((place for place in places if place.exists()), Path(sys.executable))


def _root() -> Path | None:
    used = live.used()
    root = used.tlr_root if used is not None else None
    return root if root is not None and (root / _MAIN).is_file() else None


def _commit(git: Path) -> str:
    """Return which commit is checked out; "": it cannot be told."""
    head = _read(git / "HEAD").strip()
    if head.startswith("ref: "):
        name = head.removeprefix("ref: ")
        packed = re.search(rf"^([0-9a-f]{{40}}) {re.escape(name)}$", _read(git / "packed-refs"), re.MULTILINE)
        head = _read(git / name).strip() or (packed[1] if packed else "")
    return head if _COMMIT.fullmatch(head) else ""


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(256 * 1024)
    except OSError:
        return ""
