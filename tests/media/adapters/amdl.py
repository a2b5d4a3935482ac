"""A program such as apple-music-downloader: it reads config.yaml in its folder, prints its progress, writes below the
folder that this names, and ends with 0 whatever happened. The last word, an address, says what it does."""

# ruff: noqa: T201 - a program prints
import os
import re
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

SOUND = b"ID3" + bytes(2_000)
JPEG = b"\xff\xd8\xff\xe0" + bytes(100)


def folder() -> Path:
    try:
        config = Path("config.yaml").read_text(encoding="utf-8")
    except FileNotFoundError:
        sys.exit("failed to load Config: open config.yaml: no such file or directory")
    print(f"settings: {len(config.splitlines())} lines, mode {Path('config.yaml').stat().st_mode & 0o777:o}")
    print("token", re.search(r'media-user-token: "(.*)"', config)[1])  # type: ignore[index]
    return Path(re.search(r'save-folder: "(.*)"', config)[1])  # type: ignore[index]


def finish(done: int, tracks: int, errors: int = 0) -> None:
    print(f"=======  [✔ ] Completed: {done}/{tracks}  |  [⚠ ] Warnings: 0  |  [✖ ] Errors: {errors}  =======")


def album(out: Path, tracks: int = 3, missing: int = 0) -> None:
    place = out / "Ann" / "Album of songs"
    place.mkdir(parents=True)
    (place / "cover.jpg").write_bytes(JPEG)
    for number in range(1, tracks + 1):
        print(f"Track {number} of {tracks}:", flush=True)
        if number > tracks - missing:
            print("Failed to dl song: Unavailable")
            continue
        print("Downloading... 100%", flush=True)
        (place / f"{number}. Song {number}.m4a").write_bytes(SOUND)
    finish(tracks - missing, tracks, missing)


def links(out: Path) -> None:
    """Leave what must not be taken: links, a name with folders up, a pipe, a second name of a file of others."""
    outside = Path("outside.m4a")
    outside.write_bytes(SOUND)
    (out / "symlink.m4a").symlink_to(outside.resolve())
    (out / "folder").symlink_to(Path.cwd())
    (out / "hard.m4a").hardlink_to(outside)
    os.mkfifo(out / "pipe.m4a")
    (out / "empty.m4a").touch()
    (out / "notes.exe").write_bytes(SOUND)
    (out / "--exec").write_bytes(SOUND)
    (out / "--exec=touch x\n.m4a").write_bytes(SOUND)
    finish(1, 1)


def up(out: Path) -> None:
    """Say that files lie where they must not be taken from."""
    (out.parent / "x.m4a").write_bytes(SOUND)
    (out / "good.m4a").write_bytes(SOUND)
    (out / "folder").symlink_to(out.parent)
    for path in (
        "folder/x.m4a",
        "../x.m4a",
        out.parent / "x.m4a",
        "../../x.m4a",
        "/etc/hostname",
        "good.m4a",
        "good.m4a",
    ):
        print("saved", path)


def flood(out: Path) -> None:
    (out / "flood.m4a").write_bytes(SOUND)
    line = "x" * 999
    for _ in range(50_000):
        print(line)


def chatty(out: Path) -> None:
    """Fail early and go on, with more words than anybody keeps."""
    print("Failed to dl song: Errors: 1")
    (out / "1. Song.m4a").write_bytes(SOUND)
    for number in range(1_000):
        print(number, "x" * 99)


def refused(_out: Path) -> None:
    print("Failed to get album response.")
    finish(0, 1, 1)


def hangs(_out: Path) -> None:
    print("Track 1 of 2", flush=True)
    time.sleep(3_600)


def stops(out: Path) -> None:
    (out / "1.m4a").write_bytes(SOUND)
    try:
        hangs(out)
    except KeyboardInterrupt:
        sys.exit(130)


def large(out: Path) -> None:
    (out / "large.m4a").write_bytes(bytes(600_000))
    (out / "larger.m4a").write_bytes(bytes(600_000))


def huge(out: Path) -> None:
    (out / "huge.m4a").write_bytes(bytes(3_000_000))


def says(*lines: str) -> Callable[[Path], None]:
    def say(_out: Path) -> None:
        print(*lines, sep="\n")
        sys.exit(1)

    return say


WHAT: dict[str, Callable[[Path], None]] = {
    "album": album,
    "most": partial(album, missing=1),
    "many": partial(album, tracks=30),
    "refused": refused,
    "silent": lambda _out: None,
    "links": links,
    "up": up,
    "flood": flood,
    "chatty": chatty,
    "hangs": hangs,
    "stops": stops,
    "large": large,
    "file-size": huge,
    "wait": says("HTTP Error 429: Too Many Requests", "Retry-After: 7"),
    "404": says("HTTP Error 404: Not Found"),
    "timeout": says("error: dial tcp: i/o timeout"),
    "odd": says("gurgle"),
}

place = folder()
print("arguments", *sys.argv[1:-1], flush=True)
WHAT[urlsplit(sys.argv[-1]).path.strip("/")](place)
