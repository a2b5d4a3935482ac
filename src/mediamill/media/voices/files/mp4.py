"""The index of an MP4 file with one sound and the titles of its chapters. Source: ISO/IEC 14496-12; QuickTime."""

import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

#: Nothing turned, scaled or moved.
_MATRIX: Final = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000)
_UNDEFINED_LANGUAGE: Final = 0x55C4
_SOUND_TRACK, _TITLE_TRACK = 1, 2
#: About a second of sound lies together, and is found by one offset.
_PACKETS_PER_CHUNK: Final = 24
#: What Nero's list of chapters can count, and the longest title in bytes.
_NERO_LIMIT: Final = 255
#: A QuickTime text sample begins with a style that no player shows: no colours, font 1 without a name.
_TEXT_STYLE: Final = struct.pack(">I26xH10x", 1, 1) + struct.pack(">I4sHHB", 13, b"ftab", 1, 1, 0)


@dataclass(frozen=True)
class Sound:
    """AAC packets, all together. frames: of sound, without `priming` frames in front and what fills the last packet.

    sizes: bytes of each packet. packet_frames: in each of them.
    """

    rate_hz: int
    rate_index: int
    bit_rate: int
    frames: int
    priming: int
    packet_frames: int
    sizes: "array[int]"

    @property
    def media_frames(self) -> int:
        """With the priming, for the index counts that too."""
        return self.priming + self.frames


@dataclass(frozen=True)
class Chapter:
    """A part with a title; it ends where the next one begins. start: in frames of the sound."""

    start: int
    title: str


@dataclass(frozen=True)
class Tags:
    """What players show."""

    title: str = ""
    author: str = ""


def front(sound: Sound, chapters: Sequence[Chapter], tags: Tags) -> bytes:
    """Return all that comes before the packets. Behind them belongs `titles(chapters)`.

    chapters: the first at 0, each later than the one before it and before the end.
    """
    kind = box(b"ftyp", b"M4B ", bytes(4), b"M4B M4A mp42isom")
    length = len(kind) + len(_movie(sound, chapters, tags, 0)) + _MEDIA_HEAD_BYTES
    media_bytes = int(np.sum(sound.sizes, dtype=np.int64)) + len(titles(chapters))
    media_head = struct.pack(">I4sQ", 1, b"mdat", media_bytes + _MEDIA_HEAD_BYTES)
    return kind + _movie(sound, chapters, tags, length) + media_head


_MEDIA_HEAD_BYTES: Final = 16


def titles(chapters: Sequence[Chapter]) -> bytes:
    """Return the samples of the track of titles."""
    return b"".join(_title(chapter) for chapter in chapters)


def _title(chapter: Chapter) -> bytes:
    text = _clipped(chapter.title, 0xFFFF)
    return struct.pack(">H", len(text)) + text + box(b"encd", struct.pack(">I", 0x100))


def _clipped(text: str, limit: int) -> bytes:
    """Return it as UTF-8, without the letters behind byte `limit`."""
    return text.encode()[:limit].decode(errors="ignore").encode()


def box(kind: bytes, *parts: bytes) -> bytes:
    """Return a box: its length, its name and what is in it."""
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _full_box(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def _movie(sound: Sound, chapters: Sequence[Chapter], tags: Tags, packets_at: int) -> bytes:
    """Return `moov`, for packets that begin at that byte of the file. Its length is the same for every place."""
    head = _full_box(
        b"mvhd",
        struct.pack(">QQIQ", 0, 0, sound.rate_hz, sound.frames),
        struct.pack(">IH10x", 0x10000, 0x100),
        _MATRIX,
        struct.pack(">24xI", _TITLE_TRACK + 1),
        version=1,
    )
    tracks = [_sound_track(sound, packets_at, with_chapters=bool(chapters))]
    if chapters:
        titles_at = packets_at + int(np.sum(sound.sizes, dtype=np.int64))
        tracks.append(_title_track(sound, chapters, titles_at))
    return box(b"moov", head, *tracks, box(b"udta", _nero(sound, chapters), _tags(sound, tags)))


def _sound_track(sound: Sound, packets_at: int, *, with_chapters: bool) -> bytes:
    # What is before the sound is cut here, to the sample; a player that knows no edit lists starts late.
    edits = _full_box(b"elst", struct.pack(">IQqHH", 1, sound.frames, sound.priming, 1, 0), version=1)
    return box(
        b"trak",
        _track_head(_SOUND_TRACK, sound.frames, flags=7, volume=0x100),
        box(b"edts", edits),
        box(b"tref", box(b"chap", struct.pack(">I", _TITLE_TRACK))) if with_chapters else b"",
        _media(
            sound.rate_hz,
            sound.media_frames,
            b"soun",
            _full_box(b"smhd", bytes(4)),
            _sound_description(sound),
            _packet_durations(sound),
            *_places(sound.sizes, packets_at, _PACKETS_PER_CHUNK),
        ),
    )


def _title_track(sound: Sound, chapters: Sequence[Chapter], titles_at: int) -> bytes:
    look = _full_box(b"gmin", struct.pack(">6H", 0x40, 0x8000, 0x8000, 0x8000, 0, 0))
    edges = [*(chapter.start for chapter in chapters), sound.frames]
    durations = [(1, end - start) for start, end in pairwise(edges)]
    sizes = array("I", [len(_title(chapter)) for chapter in chapters])
    return box(
        b"trak",
        # Neither shown nor played by itself.
        _track_head(_TITLE_TRACK, sound.frames, flags=0, volume=0),
        _media(
            sound.rate_hz,
            sound.frames,
            b"text",
            box(b"gmhd", look, box(b"text", _MATRIX)),
            box(b"text", struct.pack(">6xH", 1), _TEXT_STYLE),
            _durations(durations),
            *_places(sizes, titles_at, 1),
        ),
    )


def _track_head(number: int, duration: int, *, flags: int, volume: int) -> bytes:
    return _full_box(
        b"tkhd",
        struct.pack(">QQI4xQ8x4xHxx", 0, 0, number, duration, volume),
        _MATRIX,
        bytes(8),
        version=1,
        flags=flags,
    )


def _media(rate_hz: int, duration: int, handler: bytes, head: bytes, description: bytes, *samples: bytes) -> bytes:
    """Return `mdia`. samples: the tables that say how long each sample is and where it lies."""
    here = _full_box(b"dref", struct.pack(">I", 1), _full_box(b"url ", flags=1))
    return box(
        b"mdia",
        _full_box(b"mdhd", struct.pack(">QQIQHxx", 0, 0, rate_hz, duration, _UNDEFINED_LANGUAGE), version=1),
        _full_box(b"hdlr", struct.pack(">4x4s12xx", handler)),
        box(
            b"minf",
            head,
            box(b"dinf", here),
            box(b"stbl", _full_box(b"stsd", struct.pack(">I", 1), description), *samples),
        ),
    )


def _sound_description(sound: Sound) -> bytes:
    """Return `mp4a`. Source: ISO/IEC 14496-1, 7.2.6; 14496-3, 1.6.2.1."""
    aac_lc, mono = 2, 1
    special = _descriptor(5, struct.pack(">H", aac_lc << 11 | sound.rate_index << 7 | mono << 3))
    # MPEG-4 audio, a stream of sound; the largest packet, the highest and the mean bit rate.
    decoder = _descriptor(
        4, struct.pack(">BBxHII", 0x40, 0x15, max(sound.sizes, default=0), *[sound.bit_rate] * 2), special
    )
    stream = _descriptor(3, struct.pack(">HB", 0, 0), decoder, _descriptor(6, b"\x02"))
    return box(
        b"mp4a",
        struct.pack(">6xH8xHH4xI", 1, mono, 16, sound.rate_hz << 16),
        _full_box(b"esds", stream),
    )


def _descriptor(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return bytes([tag, len(content)]) + content


def _packet_durations(sound: Sound) -> bytes:
    whole, rest = divmod(sound.media_frames, sound.packet_frames)
    return _durations(
        [(count, frames) for count, frames in ((whole, sound.packet_frames), (1, rest)) if count and frames]
    )


def _durations(runs: Sequence[tuple[int, int]]) -> bytes:
    """Return `stts`: how many samples in a row have which duration."""
    return _full_box(b"stts", struct.pack(">I", len(runs)), *(struct.pack(">II", *run) for run in runs))


def _places(sizes: "array[int]", begin: int, per_chunk: int) -> tuple[bytes, bytes, bytes]:
    """Return `stsc`, `stsz` and `co64`: what lies where, of samples without gaps from the byte `begin` on."""
    whole, rest = divmod(len(sizes), per_chunk)
    runs = [(1, per_chunk, 1)] if whole else []
    if rest:
        runs.append((whole + 1, rest, 1))
    lengths = np.array(sizes, dtype=">u4")
    ends = np.cumsum(lengths, dtype=np.int64)
    offsets = np.concatenate([[0], ends])[: len(sizes) : per_chunk] + begin
    return (
        _full_box(b"stsc", struct.pack(">I", len(runs)), *(struct.pack(">III", *run) for run in runs)),
        _full_box(b"stsz", struct.pack(">II", 0, len(sizes)), lengths.tobytes()),
        _full_box(b"co64", struct.pack(">I", len(offsets)), offsets.astype(">u8").tobytes()),
    )


def _nero(sound: Sound, chapters: Sequence[Chapter]) -> bytes:
    """Return `chpl`, the list of chapters that players other than Apple's read."""
    listed = chapters[:_NERO_LIMIT]
    rows = []
    for chapter in listed:
        title = _clipped(chapter.title, _NERO_LIMIT)
        rows.append(struct.pack(">QB", chapter.start * 10_000_000 // sound.rate_hz, len(title)) + title)
    return _full_box(b"chpl", struct.pack(">4xB", len(listed)), *rows, version=1) if listed else b""


def _tags(sound: Sound, tags: Tags) -> bytes:
    """Return `meta`, as iTunes writes it."""
    rows = [
        _tag_text(b"\xa9nam", tags.title),
        _tag_text(b"\xa9alb", tags.title),
        _tag_text(b"\xa9ART", tags.author),
        _tag_text(b"aART", tags.author),
        _tag_text(b"\xa9gen", "Audiobook"),
        # An audiobook; no gap before the next file.
        _tag_number(b"stik", 2),
        _tag_number(b"pgap", 1),
        _gapless(sound),
    ]
    return _full_box(b"meta", _full_box(b"hdlr", struct.pack(">4x4s4s8xx", b"mdir", b"appl")), box(b"ilst", *rows))


def _tag_text(kind: bytes, text: str) -> bytes:
    return box(kind, box(b"data", struct.pack(">I4x", 1), text.encode())) if text else b""


def _tag_number(kind: bytes, number: int) -> bytes:
    return box(kind, box(b"data", struct.pack(">I4xB", 21, number)))


def _gapless(sound: Sound) -> bytes:
    """Return what Apple's players cut at both ends by."""
    padding = len(sound.sizes) * sound.packet_frames - sound.media_frames
    text = f" {0:08X} {sound.priming:08X} {max(0, padding):08X} {sound.frames:016X}" + f" {0:08X}" * 8
    return box(
        b"----",
        _full_box(b"mean", b"com.apple.iTunes"),
        _full_box(b"name", b"iTunSMPB"),
        box(b"data", struct.pack(">I4x", 1), text.encode()),
    )
