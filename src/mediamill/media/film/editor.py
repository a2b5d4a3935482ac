"""Puts a film together: segments and their sound packet by packet, and what players show beside them.

Runs in the crew. Nothing is drawn or encoded again, so that the time of a packet is counted, not guessed.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from mediamill.media.answering import OnProgress
from mediamill.media.film import encoder, subtitles
from mediamill.media.film.cut import Chapter, Cut, Order
from mediamill.media.film.languages import iso_639_2
from mediamill.media.film.look import Container

#: Not subscriptable while it runs.
Packet: TypeAlias = "av.Packet[Any]"


@dataclass(frozen=True)
class _Kind:
    """How a container is written, and what its subtitles are."""

    container: str
    options: Mapping[str, str]
    words: subtitles.Kind


_KINDS: Final[Mapping[Container, _Kind]] = MappingProxyType(
    {
        Container.MP4: _Kind(
            "mp4",
            # What is where comes first: a browser begins to play before it has the file.
            {"movflags": "+faststart"},
            subtitles.MOV_TEXT,
        ),
        Container.WEBM: _Kind(
            "webm",
            # The same: where the key frames are, so that a browser can jump.
            {"cues_to_front": "1"},
            subtitles.WEBVTT,
        ),
    }
)


def cut(order: Order, on_progress: OnProgress) -> Mapping[str, object]:
    """Write a film. Its picture and its sound are equally long, to the sample.

    on_progress: told once for each hundredth.

    Raises ValueError for a sound that is not as long as the segments, for segments of different kinds and what
    encoder.py does; OSError.
    """
    film, kind, fps = order.cut, _KINDS[order.look.container], order.look.fps
    frames = sum(track.frames for track in film.sound)
    with av.open(str(order.to), "w", format=kind.container, container_options=dict(kind.options)) as file:
        language = iso_639_2(film.language)
        file.metadata["title"] = film.title
        file.set_chapters(_chapters(film.chapters, frames, fps))
        tracks = [
            _pictures(film.segments, _picture_stream(file, film), frames, fps),
            encoder.joined(film.sound, _sound_stream(file, film), order.look.container, fps),
        ]
        if film.subtitles is not None:
            tracks.append(kind.words.packets(film.subtitles, kind.words.stream(file)))
        for stream in file.streams:
            stream.metadata["language"] = language
        file.start_encoding()
        told = 0
        for packet in heapq.merge(*tracks, key=_when):
            file.mux(packet)
            if packet.stream_index == 0 and (done := int(_when(packet) * fps * 100 / frames)) > told:
                told = done
                on_progress(done / 100)
    return {"frames": frames}


def _when(packet: Packet) -> Fraction:
    """Return when a packet is to be decoded, seconds."""
    return (packet.dts or 0) * Fraction(packet.time_base)


def _chapters(chapters: Sequence[Chapter], frames: int, fps: int) -> list[Any]:
    """Return them as PyAV takes them; each ends where the next one begins."""
    edges = [*(chapter.frame for chapter in chapters), frames]
    return [
        {
            "id": number,
            "start": edges[number - 1],
            "end": edges[number],
            "time_base": Fraction(1, fps),
            "metadata": {"title": chapter.title},
        }
        for number, chapter in enumerate(chapters, 1)
    ]


def _picture_stream(file: OutputContainer, film: Cut) -> VideoStream:
    with av.open(str(film.segments[0])) as segment:
        return file.add_stream_from_template(segment.streams.video[0])


def _sound_stream(file: OutputContainer, film: Cut) -> AudioStream:
    with av.open(str(film.sound[0].path)) as piece:
        return file.add_stream_from_template(piece.streams.audio[0])


def _pictures(segments: Sequence[Path], stream: VideoStream, frames: int, fps: int) -> Iterator[Packet]:
    """Yield the packets of all segments, each shown at its own frame behind all frames of the segments before."""
    begin, kind = 0, None
    for path in segments:
        last = -1
        with av.open(str(path)) as segment:
            pictures = segment.streams.video[0]
            kind = kind or _kind(pictures)
            if _kind(pictures) != kind:
                raise ValueError(f"segments differ: {_kind(pictures)} after {kind}")
            for packet in segment.demux(pictures):
                if packet.pts is None:
                    continue  # the end
                # WebM counts milliseconds; frames are exact again here.
                number = round(packet.pts * Fraction(packet.time_base) * fps)
                if number <= last or (last < 0 and not (number == 0 and packet.is_keyframe)):
                    raise ValueError(f"frame {number} of a segment behind {last}: {path.name}")
                last = number
                packet.stream, packet.time_base = stream, Fraction(1, fps)
                packet.pts = packet.dts = begin + number
                packet.duration = 1
                yield packet
        begin += last + 1
    if begin != frames:
        raise ValueError(f"{begin} frames of picture, and sound for {frames}")


def _kind(stream: VideoStream) -> tuple[object, ...]:
    """Return what has to be the same in all segments."""
    codec = stream.codec_context
    return codec.name, codec.width, codec.height, codec.pix_fmt, codec.extradata
