"""The sound files that `encode` can write. Apart from it, so that naming one loads no encoder."""

from enum import StrEnum


class Format(StrEnum):
    """What a sound file is written as: its suffix."""

    WAV = "wav"
    MP3 = "mp3"
    FLAC = "flac"
