"""The crew alone: what it takes of memory, and what it says to nonsense."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.media.film.footage import LOOKS, STILL, painted

from mediamill.media.answering import SEPARATOR
from mediamill.media.film import orders
from mediamill.media.film.look import Look
from mediamill.media.film.shot import Caption, Order, Shot
from mediamill.media.pictures.slide import Aspect, Frame, Resolution


class Crew:
    """The process, asked without a studio."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, request: Mapping[str, object]) -> Mapping[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith(SEPARATOR) and "progress" not in (reply := json.loads(line[1:])):
                return dict(reply)
        raise AssertionError("it ended")

    @property
    def peak_mib(self) -> float:
        """The most memory that it has had at a time."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
        assert found
        return int(found[1]) / 1024


@pytest.fixture
def crew() -> Iterator[Crew]:
    with _crew() as crew:
        yield crew


@contextmanager
def _crew() -> Iterator[Crew]:
    argv = (sys.executable, "-m", "mediamill.media.film.crew")
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Crew(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0


def shoot(crew: Crew, folder: Path, resolution: Resolution, frames: int, look: Look) -> float:
    """Have a shot with everything shot; return the crew's peak, MiB."""
    frame = Frame.of(Aspect.WIDE, resolution)
    pictures = [painted(folder / f"{colour}.png", colour, frame) for colour in ("white", "black")]
    captions = tuple(Caption("Ong thợ tìm thấy hoa sẽ múa số tám. " * 2, n, n + 40) for n in range(0, frames, 50))
    order = Order(Shot(pictures[0], frames, captions, pictures[1]), replace(look, frame=frame), folder / "segment")
    answer = crew.ask({"do": "shoot", "order": str(orders.write(order, folder))})
    assert "answer" in answer, answer
    return crew.peak_mib


@pytest.mark.parametrize("name", ["constant", "zoom", "WebM, constant, 30 fps"])
def test_a_shot_takes_no_more_memory_than_it_may(name: str, tmp_path: Path) -> None:
    limits = {Resolution.HD: 250, Resolution.FULL_HD: 350}
    for resolution, limit in limits.items():
        with _crew() as crew:
            assert shoot(crew, tmp_path, resolution, 30, LOOKS[name]) < limit


def test_shot_after_shot_takes_no_more_memory(crew: Crew, tmp_path: Path) -> None:
    first = [shoot(crew, tmp_path, Resolution.HD, 30, STILL) for _ in range(3)][-1]
    assert [shoot(crew, tmp_path, Resolution.HD, 60, STILL) for _ in range(5)][-1] < first * 1.1


def test_nonsense_is_answered_with_an_error_and_the_crew_works_on(crew: Crew, tmp_path: Path) -> None:
    assert "asked for" in crew.ask({"do": "dance"})["failed"]
    assert crew.ask({"do": "shoot", "order": str(tmp_path / "nowhere.json")})["os"] == 2
    (tmp_path / "order.json").write_text("{}")
    assert "ValidationError" in crew.ask({"do": "shoot", "order": str(tmp_path / "order.json")})["failed"]
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    order = Order(Shot(broken, 10), STILL, tmp_path / "segment")
    assert "no picture" in crew.ask({"do": "shoot", "order": str(orders.write(order, tmp_path))})["failed"]
    assert shoot(crew, tmp_path, Resolution.HD, 10, STILL) > 0
