"""The camera alone, every frame stored: `python -m bench.video.bare_camera FOOTAGE OUT`.

Prints the CPU seconds of this process, from its start.
"""

import sys
import time
from pathlib import Path

from bench.video import footage, ours

from mediamill.media.film import camera
from mediamill.media.film.look import Look
from mediamill.media.film.shot import Order
from mediamill.media.pictures.slide import Frame


def main() -> None:
    """Shoot."""
    source, out = sys.argv[1:]
    film = footage.read(Path(source))
    look = Look(Frame(film.width, film.height), film.fps, constant_rate=True)
    for shot in ours.shots_of(film):
        camera.shoot(Order(shot, look, Path(out)), lambda _: None)
    print(time.process_time())


if __name__ == "__main__":
    main()
