"""Tags of MP3, MP4, FLAC and Ogg files."""

import base64
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol

from mutagen import MutagenError
from mutagen.flac import FLAC, Picture
from mutagen.id3 import APIC, COMM, TALB, TDRC, TIT2, TPE1, TRCK, Encoding
from mutagen.id3 import PictureType as Kind
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4, MP4Cover
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis

from mediamill.media.tags.tags import Tags, line

_JPEG: Final = "image/jpeg"
_DATE: Final = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_VORBIS: Final = MappingProxyType(
    {"title": "title", "artist": "artist", "album": "album", "date": "released", "comment": "comment"}
)
_MP4: Final = MappingProxyType(
    {"\xa9nam": "title", "\xa9ART": "artist", "\xa9alb": "album", "\xa9day": "released", "\xa9cmt": "comment"}
)
_ID3: Final = MappingProxyType(
    {"TIT2": (TIT2, "title"), "TPE1": (TPE1, "artist"), "TALB": (TALB, "album"), "TDRC": (TDRC, "released")}
)


class TagError(Exception):
    """A file's tags cannot be read or written."""


class Tagged(Protocol):
    """A file that has tags. seconds: how long it is."""

    seconds: float

    def read(self) -> Tags:
        """Return what it says."""
        ...

    def write(self, tags: Tags, cover: bytes | None) -> None:
        """Say what is said here, leave the rest. cover: a JPEG; a picture that is there stays."""
        ...


def opened(path: Path) -> Tagged | None:
    """Return a file with its tags; None: its kind has none that we write. Raises TagError for a broken one."""
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        return None
    try:
        return kind(path)
    except MutagenError as error:
        raise TagError(_words(error)) from error


class _Mp3:
    """ID3 2.4."""

    def __init__(self, path: Path) -> None:
        self._file = MP3(path)
        self.seconds = float(self._file.info.length)

    def read(self) -> Tags:
        frames = self._file.tags or {}
        texts = {name: _text(frames.get(frame)) for frame, (_, name) in _ID3.items()}
        track = _track(_text(frames.get("TRCK")))
        # Those with a description are for programs: a loudness, where a gap is.
        comments = [_text(frame) for key, frame in frames.items() if key.startswith("COMM::")]
        return Tags(**{**texts, "released": _date(texts["released"])}, track=track, comment=" ".join(comments))

    def write(self, tags: Tags, cover: bytes | None) -> None:
        if self._file.tags is None:
            self._file.add_tags()
        frames: Any = self._file.tags
        for frame, (kind, name) in _ID3.items():
            if text := getattr(tags, name):
                frames.setall(frame, [kind(encoding=Encoding.UTF8, text=[text])])
        if tags.track:
            frames.setall("TRCK", [TRCK(encoding=Encoding.UTF8, text=[str(tags.track)])])
        if tags.comment:
            frames.add(COMM(encoding=Encoding.UTF8, lang="und", desc="", text=[tags.comment]))
        if cover and not frames.getall("APIC"):
            picture = APIC(encoding=Encoding.UTF8, mime=_JPEG, type=Kind.COVER_FRONT, desc="", data=cover)
            frames.add(picture)
        _save(self._file)


class _Mp4:
    """iTunes' atoms."""

    def __init__(self, path: Path) -> None:
        self._file = MP4(path)
        self.seconds = float(self._file.info.length)

    def read(self) -> Tags:
        atoms = self._file.tags or {}
        texts = {name: _text(atoms.get(atom)) for atom, name in _MP4.items()}
        numbers = atoms.get("trkn")
        track = numbers[0][0] if numbers and numbers[0] else None
        return Tags(**{**texts, "released": _date(texts["released"])}, track=track or None)

    def write(self, tags: Tags, cover: bytes | None) -> None:
        if self._file.tags is None:
            self._file.add_tags()
        atoms: Any = self._file.tags
        for atom, name in _MP4.items():
            if text := getattr(tags, name):
                atoms[atom] = [text]
        if tags.track and tags.track < 2**15:
            atoms["trkn"] = [(tags.track, 0)]
        if cover and not atoms.get("covr"):
            atoms["covr"] = [MP4Cover(cover, imageformat=MP4Cover.FORMAT_JPEG)]
        _save(self._file)


class _Vorbis:
    """Vorbis comments: FLAC has pictures beside them, Ogg within."""

    def __init__(self, file: FLAC | OggOpus | OggVorbis) -> None:
        self._file = file
        self.seconds = float(file.info.length)

    def read(self) -> Tags:
        found: Any = self._file.tags or {}
        texts = {name: _text(found.get(key)) for key, name in _VORBIS.items()}
        return Tags(**{**texts, "released": _date(texts["released"])}, track=_track(_text(found.get("tracknumber"))))

    def write(self, tags: Tags, cover: bytes | None) -> None:
        if self._file.tags is None:
            self._file.add_tags()
        found: Any = self._file.tags
        for key, name in _VORBIS.items():
            if text := getattr(tags, name):
                found[key] = [text]
        if tags.track:
            found["tracknumber"] = [str(tags.track)]
        if cover:
            self._add(_picture(cover), found)
        _save(self._file)

    def _add(self, picture: Picture, found: Any) -> None:  # noqa: ANN401 - of mutagen
        if isinstance(self._file, FLAC):
            if not self._file.pictures:
                self._file.add_picture(picture)
        elif not found.get("metadata_block_picture"):
            found["metadata_block_picture"] = [base64.b64encode(picture.write()).decode("ascii")]


_KINDS: Final[Mapping[str, Callable[[Path], Tagged]]] = MappingProxyType(
    {
        ".mp3": _Mp3,
        ".m4a": _Mp4,
        ".m4b": _Mp4,
        ".mp4": _Mp4,
        ".flac": lambda path: _Vorbis(FLAC(path)),
        ".opus": lambda path: _Vorbis(OggOpus(path)),
        ".ogg": lambda path: _Vorbis(_ogg(path)),
        ".oga": lambda path: _Vorbis(_ogg(path)),
    }
)


def _ogg(path: Path) -> OggOpus | OggVorbis:
    try:
        return OggOpus(path)
    except MutagenError:
        return OggVorbis(path)


def _picture(cover: bytes) -> Picture:
    picture = Picture()
    picture.data, picture.mime, picture.type = cover, _JPEG, Kind.COVER_FRONT
    return picture


def _save(file: MP3 | MP4 | FLAC | OggOpus | OggVorbis) -> None:
    try:
        file.save()
    except MutagenError as error:
        raise TagError(_words(error)) from error


def _text(value: Any) -> str:  # noqa: ANN401 - a frame, a list of texts, or nothing
    texts = getattr(value, "text", value)
    return line(", ".join(str(text) for text in texts[:20])) if texts else ""


def _track(text: str) -> int | None:
    found = re.match(r"\d{1,6}", text)
    return int(found[0]) or None if found else None


def _date(text: str) -> str:
    found = _DATE.match(text)
    return found[0] if found else ""


def _words(error: MutagenError) -> str:
    return line(f"{type(error).__name__}: {error}")[:200]
