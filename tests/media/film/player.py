"""A browser that plays a film to its end, and a server that it gets the film from."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from typing import Final, cast
from urllib.parse import parse_qsl, urlsplit

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

#: Plays it four times as fast, jumps back to its middle, plays it to its end again, and tells what came of it.
PAGE: Final = """\
<!doctype html><meta charset="utf-8"><title>player</title>
<video src="/film" muted autoplay playsinline></video>
<script>
const video = document.querySelector("video");
const tell = (what) => fetch("/told?" + new URLSearchParams({
  what, at: video.currentTime, duration: video.duration, width: video.videoWidth, height: video.videoHeight,
  error: video.error ? video.error.code + " " + video.error.message : "", jumped,
}));
let jumped = -1;
video.playbackRate = 4;
video.addEventListener("ended", () => {
  if (jumped < 0) video.currentTime = video.duration / 2;
  else tell("ended");
});
video.addEventListener("seeked", () => {
  jumped = video.currentTime;
  video.play();
});
video.addEventListener("error", () => tell("error"));
</script>
"""


@dataclass(frozen=True)
class Told:
    """What the page told: `ended` or `error`, and what the browser knows of the film.

    at, jumped: where it stands, and where it went on after a jump; seconds, -1: it did not jump.
    """

    what: str
    at: float
    duration: float
    width: int
    height: int
    error: str
    jumped: float


def browser() -> str | None:
    """Return the path of a browser, or None where there is none that starts."""
    found = (path for name in BROWSERS if (path := shutil.which(name)))
    return next((path for path in found if _starts(path)), None)


def _starts(program: str) -> bool:
    """Whether it is a browser; Ubuntu has a chromium-browser that only says where to get it."""
    return subprocess.run([program, "--version"], check=False, capture_output=True).returncode == 0


class _Stage(ThreadingHTTPServer):
    """Serves one film, in ranges, and hears what the page tells."""

    daemon_threads = True

    def __init__(self, film: Path, media_type: str) -> None:
        super().__init__(("127.0.0.1", 0), _Reply)
        self.film = film
        self.media_type = media_type
        self.told = Queue[Told]()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a browser closes what it has heard enough of."""


class _Reply(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        stage = cast("_Stage", self.server)
        where = urlsplit(self.path)
        if where.path == "/":
            self._send(200, "text/html; charset=utf-8", PAGE.encode())
        elif where.path == "/film":
            self._send_film(stage)
        elif where.path == "/told":
            words = dict(parse_qsl(where.query, keep_blank_values=True))
            numbers = {name: float(words.pop(name)) for name in ("at", "duration", "jumped")}
            counts = {name: int(words.pop(name)) for name in ("width", "height")}
            stage.told.put(Told(**words, **numbers, **counts))  # type: ignore[arg-type]  # the page's own words
            self._send(204, "text/plain", b"")
        else:
            self._send(404, "text/plain", b"")

    def _send_film(self, stage: _Stage) -> None:
        film = stage.film.read_bytes()
        wanted = self.headers.get("Range", "")
        if not wanted.startswith("bytes="):
            self._send(200, stage.media_type, film)
            return
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        begin, end = int(first), min(int(last) + 1 if last else len(film), len(film))
        self._send(206, stage.media_type, film[begin:end], f"bytes {begin}-{end - 1}/{len(film)}")

    def _send(self, status: int, media_type: str, body: bytes, content_range: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Accept-Ranges", "bytes")
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def played(program: str, film: Path, folder: Path, *, within_s: float = 60.0) -> Told:
    """Play a film in a browser without a screen; return how it ended. Raises AssertionError when it does not end."""
    media_type = {".mp4": "video/mp4", ".webm": "video/webm"}[film.suffix]
    with _serving(_Stage(film, media_type)) as stage, _browsing(program, stage.server_port, folder) as log:
        try:
            return stage.told.get(timeout=within_s)
        except Empty:
            raise AssertionError(f"it did not play to its end: {log.read_text()[-2_000:]}") from None


@contextmanager
def _serving(stage: _Stage) -> Iterator[_Stage]:
    thread = threading.Thread(target=stage.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield stage
    finally:
        stage.shutdown()
        stage.server_close()
        thread.join()


@contextmanager
def _browsing(program: str, port: int, folder: Path) -> Iterator[Path]:
    """Run a browser in a session of its own, which is killed with all its processes."""
    argv = [
        program,
        "--headless=new",
        # As root there is none; the only page is ours.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--mute-audio",
        "--autoplay-policy=no-user-gesture-required",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-extensions",
        "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        f"--user-data-dir={folder / 'profile'}",
        f"http://127.0.0.1:{port}/",
    ]
    log = folder / "browser.log"
    environ = {**os.environ, "HOME": str(folder)}
    with (
        log.open("wb") as words,
        subprocess.Popen(argv, stdout=words, stderr=words, env=environ, start_new_session=True) as process,
    ):
        try:
            yield log
        finally:
            os.killpg(process.pid, signal.SIGKILL)
