"""A film by mediamill's studio: `python -m bench.video.ours FOOTAGE OUT [KEY=VALUE ...]`.

KEY=VALUE: of the look: constant_rate=1, zoom=1, container=webm.
"""

import sys
from pathlib import Path

from bench.video import footage
from bench.video.footage import Footage

from mediamill.media.film.cut import Chapter, Cut
from mediamill.media.film.look import Container, Look
from mediamill.media.film.shot import Caption, Shot
from mediamill.media.film.soundtrack import Part
from mediamill.media.film.studio import Studio
from mediamill.media.pictures.slide import Frame
from mediamill.testing import FakeContext


def main() -> None:
    """Make the film."""
    source, out, *options = sys.argv[1:]
    given = dict(option.split("=") for option in options)
    film = footage.read(Path(source))
    look = Look(
        Frame(film.width, film.height),
        film.fps,
        container=Container(given.get("container", "mp4")),
        constant_rate=given.get("constant_rate") == "1",
        zoom=given.get("zoom") == "1",
    )
    make(film, look, Path(out), FakeContext(Path(out).with_suffix(".work")))


def make(film: Footage, look: Look, out: Path, ctx: FakeContext) -> None:
    """Make a film, sound and all."""
    shots = shots_of(film)
    starts = [sum(shot.frames for shot in shots[:number]) for number in range(len(shots))]
    with Studio(ctx, look) as studio:
        segments = [studio.shoot(shot) for shot in shots]
        parts = [Part(Path(scene.sound), shot.frames) for scene, shot in zip(film.scenes, shots, strict=True)]
        sound = studio.mix(parts, None)
        chapters = tuple(Chapter(f"Scene {number}", start) for number, start in enumerate(starts, 1))
        studio.cut(Cut(tuple(segments), sound, "Bees", "en", chapters), out)


def shots_of(film: Footage) -> list[Shot]:
    """Return the shots of a film: each as many frames as its sound needs."""
    shots = list[Shot]()
    for scene in film.scenes:
        frames = -(-round(scene.seconds * footage.RATE_HZ) * film.fps // footage.RATE_HZ)
        captions = tuple(
            Caption(cue.text, round(cue.start_s * film.fps), round(cue.end_s * film.fps)) for cue in scene.cues
        )
        shots.append(Shot(Path(scene.picture), frames, captions, shots[-1].picture if shots else None))
    return shots


if __name__ == "__main__":
    main()
