"""What every side makes its film of: the same pictures, sounds and cues, in a folder that a JSON file describes."""

import json
import wave
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from mediamill.media.pictures import fonts
from mediamill.media.pictures.painter import Painter
from mediamill.media.pictures.slide import Frame, Kind, Slide, Theme
from mediamill.testing import FakeContext

RATE_HZ: Final = 24_000
_CUE_S: Final = 3.6
_SENTENCES: Final = (
    "Ong thợ tìm thấy hoa sẽ múa số tám, để cả tổ biết hướng bay và quãng đường phải đi.",
    "A bee that has found flowers tells the others by a dance.",
    "Góc giữa đường múa và phương thẳng đứng là góc giữa hoa và mặt trời.",
    "The longer she waggles, the farther they have to fly.",
)
_BULLETS: Final = (
    "- The dance tells the direction\n- and how far it is\n- Góc múa là hướng bay\n- `waggle` **dances** last longer"
)
_SLIDES: Final = (
    (Kind.TITLE, "How bees talk", "A short film"),
    (Kind.SLIDE, "Why bees dance", _BULLETS),
    (Kind.CHART, "Distance and duration", "bar: seconds\nmetres,dance\n100,0.4\n500,1.1\n1000,1.9\n2000,3.2"),
    (
        Kind.DIAGRAM,
        "From flower to hive",
        "Flower -> Scout: found\nScout -> Dance -> Followers\nFollowers -> Flower: fly",
    ),
    (Kind.FORMULA, "The angle", r"\alpha = \arctan\frac{y}{x} + \int_0^T \omega(t)\,dt"),
    (
        Kind.CODE,
        "A dance in code",
        "```python\ndef dance(angle, metres):\n    for _ in range(round(metres / 75)):\n        waggle(angle)\n```",
    ),
    (Kind.SLIDE, "Điều cần nhớ", "- Ong múa để chỉ đường\n- Góc và thời gian là tất cả\n- Cả tổ cùng đọc điệu múa"),
)


@dataclass(frozen=True)
class Cue:
    """Words, and when they are seen, seconds of their scene."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Scene:
    """A picture, as long as its sound: WAV, mono, 24 kHz."""

    picture: str
    sound: str
    seconds: float
    cues: tuple[Cue, ...]


@dataclass(frozen=True)
class Footage:
    """Everything there is to make a film of."""

    width: int
    height: int
    fps: int
    font: str
    scenes: tuple[Scene, ...]

    @property
    def seconds(self) -> float:
        """How long the film is."""
        return sum(scene.seconds for scene in self.scenes)

    def write(self, path: Path) -> Path:
        """Write it as JSON; return the path."""
        path.write_text(json.dumps(asdict(self)))
        return path


def read(path: Path) -> Footage:
    """Return what `write` wrote."""
    told = json.loads(path.read_text())
    return Footage(**told | {"scenes": tuple(_scene(scene) for scene in told["scenes"])})


def _scene(told: dict[str, Any]) -> Scene:
    return Scene(**told | {"cues": tuple(Cue(**cue) for cue in told["cues"])})


def made(folder: Path, frame: Frame, seconds: float, *, scene_s: float = 13.0, fps: int = 25) -> Footage:
    """Paint the slides, in turn as often as needed, and make their sounds, for a film of about so many seconds.

    scene_s: how long a scene is, about: none is a whole number of frames.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = _pictures(folder, frame)
    count = max(1, round(seconds / scene_s))
    scenes = []
    for number in range(count):
        length_s = round(seconds / count + 0.0137 * (number % 5 - 2), 4)
        sound = _sound(folder / f"sound-{number}.wav", length_s, number)
        edges = [*np.arange(0.4, length_s - 1, _CUE_S).tolist(), length_s - 0.6]
        cues = tuple(
            Cue(_SENTENCES[(number + place) % len(_SENTENCES)], round(begin, 3), round(end, 3))
            for place, (begin, end) in enumerate(pairwise(edges))
        )
        scenes.append(Scene(str(pictures[number % len(pictures)]), str(sound), length_s, cues))
    font = str(fonts.file("BeVietnamPro-Medium.ttf"))
    return Footage(frame.width, frame.height, fps, font, tuple(scenes))


def _pictures(folder: Path, frame: Frame) -> list[Path]:
    kept = []
    with Painter(FakeContext(folder / "painter"), frame, Theme()) as painter:
        for number, (kind, title, content) in enumerate(_SLIDES, 1):
            painted = painter.paint(Slide(kind, title, content, number=number, of=len(_SLIDES)))
            assert not painted.fault, painted
            path = folder / f"slide-{number}.png"  # MoviePy tells a picture by its name
            path.write_bytes(painted.path.read_bytes())
            kept.append(path)
    return kept


def _sound(path: Path, seconds: float, seed: int) -> Path:
    """Write syllables of noise, four a second, with a pause after each sentence."""
    noise = np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ))
    time_s = np.arange(noise.size) / RATE_HZ
    syllables = np.clip(np.sin(2 * np.pi * 4 * time_s), 0, 1) * (time_s % _CUE_S < _CUE_S - 0.5)
    voiced = np.convolve(noise, np.hanning(24) / 12, "same") * syllables
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((np.clip(voiced * 0.2, -1, 1) * 32_767).astype("<i2").tobytes())
    return path
