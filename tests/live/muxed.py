"""Parts of recordings of every kind, made of the film that channels show."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from tests.live.film import WIDE, Encoded, Picture, film
from tests.live.reel import Container, reel

SUFFIXES = {Container.TS: ".ts", Container.FLV: ".flv", Container.FMP4: ".mp4"}
BOTH = ("video", "audio")


def copied(folder: Path, container: Container, groups: range, picture: Picture = WIDE, name: str = "part") -> Path:
    """Write a part as the copier does: groups of pictures as a server sends them, with times that go on."""
    here = reel(picture, container)
    path = folder / f"{name}-{groups.start:05d}{SUFFIXES[container]}"
    bodies = [here.group(number) for number in groups]
    path.write_bytes((b"" if container is Container.TS else here.header) + b"".join(bodies))
    return path


def muxed(
    path: Path,
    groups: Iterable[int],
    *,
    picture: Picture = WIDE,
    tracks: Iterable[str] = BOTH,
    late_s: float = 0.0,
    shift_s: float = 0.0,
) -> Path:
    """Write a part with a muxer of its own, in the container of its suffix.

    late_s: sound that is earlier is left out. shift_s: is added to all times.
    """
    of = film(picture)
    formats = {".ts": "mpegts", ".flv": "flv", ".mp4": "mp4"}
    with av.open(str(path), "w", format=formats[path.suffix], options=_options(path)) as out:
        streams: dict[str, Any] = {kind: out.add_stream_from_template(getattr(of, kind)) for kind in tracks}
        out.start_encoding()
        for number in groups:
            for encoded in of.gop(number):
                if encoded.track in streams and not (encoded.track == "audio" and _at_s(encoded) < late_s):
                    out.mux(_packet(encoded, streams[encoded.track], shift_s))
    return path


def _at_s(encoded: Encoded) -> float:
    return float(encoded.time * encoded.base)


def _packet(encoded: Encoded, stream: Any, shift_s: float) -> Any:  # noqa: ANN401 - of av
    packet: Any = av.Packet(encoded.content)
    packet.stream, packet.time_base, packet.is_keyframe = stream, encoded.base, encoded.is_key
    packet.pts = packet.dts = encoded.time + round(Fraction(shift_s) / encoded.base)
    return packet


def _options(path: Path) -> dict[str, str]:
    return {
        ".ts": {"mpegts_copyts": "1"},
        ".flv": {"flvflags": "no_duration_filesize"},
        ".mp4": {"movflags": "frag_keyframe+empty_moov+default_base_moof"},
    }[path.suffix]
