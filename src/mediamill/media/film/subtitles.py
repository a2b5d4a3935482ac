"""Words as a track that a player can switch on and off, from our own SRT."""

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, TypeAlias

import av
from av.container import OutputContainer
from av.stream import Stream
from av.subtitles.stream import SubtitleStream

#: Not subscriptable while it runs.
Packet: TypeAlias = "av.Packet[Any]"

#: What mov_text is described by: how it looks where the player has no wish of its own.
_STYLE: Final = """\
[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


@dataclass(frozen=True)
class Kind:
    """How a container has subtitles. stream: adds their track. payload: the bytes of a cue."""

    stream: Callable[[OutputContainer], Stream]
    payload: Callable[[str], bytes]

    def packets(self, srt: Path, stream: Stream) -> Iterator[Packet]:
        """Yield the cues of an SRT file."""
        with av.open(str(srt), format="srt") as source:
            for cue in source.demux():
                if cue.pts is None or not cue.size:
                    continue
                packet: Packet = av.Packet(self.payload(bytes(cue).decode()))
                packet.stream = stream
                packet.time_base = Fraction(cue.time_base)
                packet.pts = packet.dts = cue.pts
                packet.duration = cue.duration
                packet.is_keyframe = True
                yield packet


def _mov_text(file: OutputContainer) -> Stream:
    stream = file.add_stream("mov_text")
    assert isinstance(stream, SubtitleStream)  # noqa: S101 - for mypy
    stream.codec_context.subtitle_header = _STYLE.encode()
    return stream


def _counted(text: str) -> bytes:
    """Return a sample of mov_text: its length in two bytes, then the text. Source: 3GPP TS 26.245, 5.17.1."""
    encoded = text.encode()
    return len(encoded).to_bytes(2, "big") + encoded


MOV_TEXT: Final = Kind(_mov_text, _counted)
WEBVTT: Final = Kind(lambda file: file.add_mux_stream("webvtt"), lambda text: html.escape(text, quote=False).encode())
