"""What these tests share: a script of three scenes that is spoken fast, and what a finished film is judged by."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mediamill import Result
from mediamill.services.videos import run
from mediamill.services.videos.params import Params
from mediamill.testing import FakeContext

#: By a voice that is made at once.
QUICK: Final = {"voice": "espeak-en-us", "speed": 2.0}


def scene(title: str, narration: str, **more: object) -> dict[str, Any]:
    return {"title": title, "narration": narration, **more}


SCENES: Final = (
    scene("Bees dance", "A bee that has found flowers dances.", content="- Where\n- How far"),
    scene(
        "Her way home", "She flies home. The others watch her.", visual="diagram", content="Flower -> Hive -> Others"
    ),
    scene("How far", "A second is a kilometre.", visual="chart", content="bar: km\ns,km\n1,1\n2,2"),
)


def script(*scenes: Mapping[str, Any], language: str = "en") -> dict[str, Any]:
    return {"title": "How bees talk", "language": language, "scenes": [*(scenes or SCENES)]}


def changed(number: int, **news: object) -> dict[str, Any]:
    """Return the script with one scene changed, counted from 1."""
    scenes = [dict(each) for each in SCENES]
    scenes[number - 1] |= news
    return script(*scenes)


def made(ctx: FakeContext, **params: object) -> Result:
    """Make a video as the engine does, of a request that came as JSON."""
    return run(Params.model_validate({**QUICK, "script": script(), **params}), ctx)


def kinds(keys: Iterable[str]) -> Counter[str]:
    """Count cache keys by what was made: `voice`, `picture`, `film.shot`, ..."""
    return Counter(key.partition(":")[0] for key in keys)


@dataclass(frozen=True)
class Watched:
    """What a player sees of a file."""

    duration_s: float
    size: tuple[int, int]
    streams: Mapping[str, str]
    pixels: str
    sound_rate_hz: int
    chapters: tuple[tuple[str, float], ...]
    title: str


def watched(path: Path) -> Watched:
    with av.open(str(path)) as film:
        picture, sound = film.streams.video[0], film.streams.audio[0]
        chapters = tuple(
            (chapter["metadata"]["title"], float(chapter["start"] * (chapter["time_base"] or 1)))
            for chapter in film.chapters()
        )
        return Watched(
            duration_s=float(film.duration or 0) / av.time_base,
            size=(picture.width, picture.height),
            streams={each.type: each.codec_context.name for each in film.streams if each.codec_context},
            pixels=str(picture.pix_fmt),
            sound_rate_hz=sound.rate,
            chapters=chapters,
            title=film.metadata.get("title", ""),
        )


def seen(path: Path, at_s: float) -> NDArray[np.uint8]:
    """Return the frame that is shown at a time: RGB, shape (height, width, 3)."""
    with av.open(str(path)) as film:
        shown = None
        for frame in film.decode(video=0):
            if shown is not None and frame.time > at_s:
                break
            shown = frame
    assert shown is not None
    return np.asarray(shown.to_ndarray(format="rgb24"), np.uint8)


def heard(path: Path) -> NDArray[np.float64]:
    """Return the sound of a film, mono at 24 kHz, -1..1."""
    plain = av.AudioResampler("s16", "mono", 24_000)
    with av.open(str(path)) as film:
        frames = [each for frame in film.decode(audio=0) for each in plain.resample(frame)]
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]) / 32_768


def pixels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), np.uint8)


def picture(path: Path, colour: tuple[int, int, int] = (255, 0, 255), size: tuple[int, int] = (320, 180)) -> Path:
    Image.new("RGB", size, colour).save(path)
    return path
