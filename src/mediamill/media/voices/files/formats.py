"""The sound files that `encode` can write. Apart from it, so that naming one loads no encoder."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from mediamill.core.errors import InvalidInput


class Format(StrEnum):
    """What a sound file is written as: its suffix. All of them are mono."""

    WAV = "wav"
    MP3 = "mp3"
    FLAC = "flac"
    #: In Ogg.
    OPUS = "opus"
    #: In ADTS, as internet radio sends it.
    AAC = "aac"
    #: Samples without a header: 16 bits, signed, little-endian.
    PCM = "pcm"
    #: An audiobook: AAC in MP4, with chapters.
    M4B = "m4b"

    @property
    def media_type(self) -> str:
        """For a Content-Type header."""
        return _MEDIA_TYPES[self]

    @property
    def streams(self) -> bool:
        """Whether its beginning can be played while its end is still being made."""
        return self is not Format.M4B

    @property
    def encoded(self) -> bool:
        """Whether an encoder works on it; the others are the samples as they are."""
        return self not in {Format.WAV, Format.PCM}

    @property
    def rates_hz(self) -> tuple[int, ...]:
        """The sample rates it can have, rising."""
        return _OPUS_RATES_HZ if self is Format.OPUS else _RATES_HZ

    def longest_s(self, rate_hz: int) -> float | None:
        """Return how many seconds of sound fit into one file, or None where there is no limit.

        A WAV counts its bytes in 32 bits: 24.8 hours at 24 kHz.
        """
        return (LONGEST_WAV_BYTES // 2) / rate_hz if self is Format.WAV else None

    def delay_s(self, rate_hz: int) -> float:
        """Return how long after a player's beginning the sound begins.

        A decoder of AAC begins with 1,024 samples of silence, and ADTS has no word to have them cut.
        """
        return _AAC_PRIMING / rate_hz if self is Format.AAC else 0.0


#: What the header of a WAV can count, less the header and a byte: 0xFFFFFFFF means that the length is not known.
LONGEST_WAV_BYTES: Final = 0xFFFF_FFFE - 44
_AAC_PRIMING: Final = 1_024

_MEDIA_TYPES: Final[Mapping[Format, str]] = MappingProxyType(
    {
        Format.WAV: "audio/wav",
        Format.MP3: "audio/mpeg",
        Format.FLAC: "audio/flac",
        Format.OPUS: "audio/ogg",
        Format.AAC: "audio/aac",
        Format.PCM: "audio/pcm",
        Format.M4B: "audio/mp4",
    }
)

#: All that MPEG layer III and AAC know in this range, and what sound cards play.
_RATES_HZ: Final = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_OPUS_RATES_HZ: Final = (8_000, 12_000, 16_000, 24_000, 48_000)


def check_rate(form: Format, rate_hz: int) -> None:
    """Raise InvalidInput, naming what there is, unless the format can have the sample rate."""
    if rate_hz not in form.rates_hz:
        *some, last = (f"{rate:,}" for rate in form.rates_hz)
        raise InvalidInput(
            f"{form} has no sample rate of {rate_hz:,} Hz; there are {', '.join(some)} and {last}", field="sample_rate"
        )
