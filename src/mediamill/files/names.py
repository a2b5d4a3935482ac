"""Names that people see: of artifacts and of uploads."""

import mimetypes
import re
import unicodedata
from collections.abc import Callable
from typing import Final

from mediamill.core.errors import PermanentError

#: Longest name, UTF-8. File systems take 255; archives and quoting need some room.
NAME_BYTES: Final = 200

#: Longest path of a kept file; each part of it has NAME_BYTES at most.
PATH_BYTES: Final = 1_000

#: Zero-width joiners belong to Persian, Indic scripts and emoji; other format characters can only mislead.
_JOINERS = "\u200c\u200d"
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_DRIVE = re.compile(r"[A-Za-z]:")
_BLANKS = re.compile(r"\s+")

#: The tables of the machine are left out, so that every machine says the same.
_TYPES = mimetypes.MimeTypes(filenames=())
for _extension, _type in {
    ".apkg": "application/zip",
    ".flac": "audio/flac",
    ".jsonl": "application/x-ndjson",
    ".m4a": "audio/mp4",
    ".m4b": "audio/mp4",
    ".m4s": "video/iso.segment",
    ".md": "text/markdown",
    ".mkv": "video/x-matroska",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".pcm": "audio/pcm",
    ".srt": "application/x-subrip",
    ".ts": "video/mp2t",
    ".vtt": "text/vtt",
    ".wav": "audio/wav",
    ".webm": "video/webm",
    ".webp": "image/webp",
}.items():
    _TYPES.add_type(_type, _extension)


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN and character not in _JOINERS


def _dotted(name: str) -> bool:
    return any(part in {"", ".", ".."} for part in name.split("/"))


def _blank_edged(name: str) -> bool:
    return any(part != part.strip() for part in name.split("/"))


_Faults = tuple[tuple[Callable[[str], bool], str], ...]

#: What may be wrong with a name in normal form C, in words.
_FAULTS: Final[_Faults] = (
    (lambda name: not name, "it is empty"),
    (lambda name: any(map(_hidden, name)), "it has a control character"),
    (lambda name: len(name.encode()) > PATH_BYTES, f"it is longer than {PATH_BYTES} bytes"),
    (lambda name: "\\" in name, "it has a backslash"),
    (lambda name: name.startswith("/") or bool(_DRIVE.match(name)), "it is not relative"),
    (_dotted, "a part of it is empty or dots"),
    (_blank_edged, "a part of it begins or ends with a blank"),
)
_ARTIFACT_FAULTS: Final[_Faults] = (
    *_FAULTS,
    (lambda name: len(name.encode()) > NAME_BYTES, f"it is longer than {NAME_BYTES} bytes"),
)
_KEPT_FAULTS: Final[_Faults] = (
    *_FAULTS,
    (lambda name: any(part.startswith(".") for part in name.split("/")), "a part of it is hidden"),
    (
        lambda name: any(len(part.encode()) > NAME_BYTES for part in name.split("/")),
        f"a part of it is longer than {NAME_BYTES} bytes",
    ),
)


def _fault(name: str, faults: _Faults = _ARTIFACT_FAULTS) -> str | None:
    return next((words for wrong, words in faults if wrong(name)), None)


def safe_name(name: str) -> str:
    """Return an artifact's name in normal form C.

    One path component or a relative path of several; at most 200 bytes of UTF-8. Raises
    PermanentError with code ARTIFACT_NAME when it is empty, absolute, has `.` or `..` or blank
    edges in it, a backslash, or a character that is not shown.
    """
    normal = unicodedata.normalize("NFC", name)
    fault = _fault(normal)
    if fault is not None:
        raise PermanentError(f"{name[:80]!a} cannot name an artifact: {fault}", code="ARTIFACT_NAME")
    return normal


def kept_name(name: str) -> str:
    """Return the name of a file in the folder of recordings in normal form C.

    As `safe_name`, but a path of 1,000 bytes whose parts have 200 each, and none of them is hidden: those are ours.
    Raises PermanentError with code LIBRARY_NAME.
    """
    normal = unicodedata.normalize("NFC", name)
    fault = _fault(normal, _KEPT_FAULTS)
    if fault is not None:
        raise PermanentError(f"{name[:80]!a} cannot name a file to be kept: {fault}", code="LIBRARY_NAME")
    return normal


def clean_name(text: str, fallback: str = "file") -> str:
    """Make a safe name of one component from any text, such as a title or a browser's file name.

    Keeps the extension when the name is too long. Never fails: what cannot be kept becomes
    `fallback`, which must be a safe name.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", text))[-1]
    shown = "".join(" " if c.isspace() else c for c in last if c.isspace() or not _hidden(c))
    name = _BLANKS.sub(" ", shown).strip()
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension.encode()) > 16:  # noqa: PLR2004 - longer ones are part of a title
        stem, dot, extension = name, "", ""
    room = NAME_BYTES - len((dot + extension).encode())
    short = stem.encode()[:room].decode(errors="ignore").strip() + dot + extension
    # Cutting can part a letter from its accent, and a letter may be one that does not compose alone.
    short = unicodedata.normalize("NFC", short)
    return fallback if _fault(short) else short


def media_type(name: str) -> str:
    """Guess a media type from a name's extension; `application/octet-stream` when there is none."""
    guess, encoding = _TYPES.guess_type(f"x/{name}")
    return "application/octet-stream" if guess is None or encoding else guess
