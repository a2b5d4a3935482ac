"""Which words sound when: SRT, WebVTT and JSON, from exact frame counts."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: Frames per second, as in `sound.RATE_HZ`; written out, so that captions need no numpy.
_RATE_HZ: Final = 24_000


@dataclass(frozen=True)
class Cue:
    """A sentence, or a part of a very long one, and where it sounds. Frames count from the start."""

    text: str
    language: str
    voice: str
    paragraph: int
    start_frame: int
    end_frame: int

    @property
    def start_s(self) -> float:
        """Where it begins, seconds."""
        return self.start_frame / _RATE_HZ

    @property
    def end_s(self) -> float:
        """Where it ends, seconds."""
        return self.end_frame / _RATE_HZ


def write_srt(cues: Iterable[Cue], path: Path) -> None:
    """Write SubRip subtitles."""
    with path.open("w", encoding="utf-8") as file:
        for number, cue in enumerate(cues, start=1):
            file.write(f"{number}\n{_clock(cue.start_s, ',')} --> {_clock(cue.end_s, ',')}\n{_one_line(cue.text)}\n\n")


def write_vtt(cues: Iterable[Cue], path: Path) -> None:
    """Write WebVTT captions, which browsers show beside an <audio> or <video>."""
    with path.open("w", encoding="utf-8") as file:
        file.write("WEBVTT\n\n")
        for cue in cues:
            text = _one_line(cue.text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            file.write(f"{_clock(cue.start_s, '.')} --> {_clock(cue.end_s, '.')}\n{text}\n\n")


def write_json(cues: Iterable[Cue], path: Path) -> None:
    """Write a list of {start_s, end_s, text, language, voice, paragraph}; seconds to the millisecond."""
    rows = [
        {
            "start_s": round(cue.start_s, 3),
            "end_s": round(cue.end_s, 3),
            "text": cue.text,
            "language": cue.language,
            "voice": cue.voice,
            "paragraph": cue.paragraph,
        }
        for cue in cues
    ]
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _one_line(text: str) -> str:
    """Both formats end a cue at an empty line, and take --> for a time."""
    return " ".join(text.split()).replace("-->", "→")


def _clock(seconds: float, comma: str) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{comma}{ms % 1000:03}"
