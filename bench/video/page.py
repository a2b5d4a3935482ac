"""A page of Markdown becomes a film, and one of seven scenes is changed: the whole job, through `mediamill up`."""

import json
import time
from collections.abc import Mapping
from statistics import median
from typing import Any, Final

from bench.machine import table, tree
from bench.speech.mill import WAIT_S, Mill, mill
from bench.speech.texts import sentence, sentences
from bench.video.scale import Scale

_SCENES: Final = 7
_ENDED: Final = frozenset({"SUCCESS", "FAILURE", "REVOKED"})
_HEAD: Final = ["", "film s", "wall s", "share", "CPU s", "target"]


def measure(scale: Scale) -> str:
    """Return the tables."""
    with mill({"cpu": 1, "interactive": 0}) as ours:
        first = _timed(ours, {"text": page(0)})
        later = [_timed(ours, {"text": page(number)}) for number in range(1, scale.pages + 1)]
        changes = [_changed(ours, 100 + number) for number in range(scale.pages)]
    whole, change = _middle([pair[0] for pair in changes]), _middle([pair[1] for pair in changes])
    share = median(after[1] / before[1] for before, after in changes)
    return table(
        "A page of Markdown, from submit to a finished film of 720p, one `cpu` slot",
        [
            _HEAD,
            _row("the first one after the start", first, f"{first[1] / first[0]:.2f} of playing", ""),
            _row(
                "a later one (median)",
                _middle(later),
                f"{median(b / a for a, b, _ in later):.2f} of playing",
                "<= 0.25",
            ),
        ],
    ) + table(
        "A script of seven scenes, and again with other words and another picture in one of them",
        [
            _HEAD,
            _row("at first", whole, "", ""),
            _row("one scene changed", change, f"{share:.2f} of the first", "<= 0.35"),
        ],
    )


def page(number: int) -> str:
    """Return a page that nobody asked for before: 300 words with a list, a table, a formula, code and steps."""
    said = iter(sentences(number * 24, 24))

    def some(count: int) -> str:
        return " ".join(next(said) for _ in range(count))

    return "\n\n".join(
        (
            f"# Page {number}\n\n{some(4)}",
            f"## What is needed\n\n{some(3)}\n\n- A map of the coast\n- **Fresh water** for two days\n- A lamp",
            f"## How long it takes\n\n{some(3)}\n\n| Way | Hours |\n|---|---|\n| river | 3 |\n| hills | {5 + number} |",
            f"## The formula\n\n{some(3)}\n\n$$t = \\frac{{s}}{{v}} + {number}$$",
            f"## In code\n\n{some(3)}\n\n```python\nhours = way / speed + {number}\n```",
            f"## Step by step\n\n{some(3)}\n\n1. Load the boat\n2. Cross the river\n3. Light the lamp",
            f"## At the end\n\n{some(3)}",
        )
    )


def script(number: int) -> dict[str, Any]:
    """Return seven scenes that nobody asked for before."""
    scenes = [
        {
            "title": f"Scene {place + 1} of film {number}",
            "narration": " ".join(sentences(40_000 + (number * _SCENES + place) * 3, 3)),
            "content": f"- {sentence(50_000 + number * _SCENES + place)}\n- and nothing else",
        }
        for place in range(_SCENES)
    ]
    return {"title": f"Film {number}", "language": "en", "scenes": scenes}


def _changed(ours: Mill, number: int) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Return what a script took, and the same with a changed scene."""
    first = script(number)
    second = json.loads(json.dumps(first))
    second["scenes"][3] |= {key: script(number + 5_000)["scenes"][3][key] for key in ("narration", "content")}
    return _timed(ours, {"script": first}), _timed(ours, {"script": second})


def _timed(ours: Mill, params: Mapping[str, object]) -> tuple[float, float, float]:
    """Have a film made; return how long it plays, how long that took, and the CPU seconds of all processes."""
    used_s, began = _spent_s(ours), time.perf_counter()
    headers = {"Prefer": f"wait={WAIT_S}"}
    job = ours.server.ask("POST", "/videos", json.dumps(params).encode(), **headers)
    while job["status"] not in _ENDED:
        job = ours.server.ask("GET", f"/jobs/{job['task_id']}", b"", **headers)
    assert job["status"] == "SUCCESS", job
    told = job["data"]
    assert isinstance(told, dict)
    return float(told["duration_s"]), time.perf_counter() - began, _spent_s(ours) - used_s


def _spent_s(ours: Mill) -> float:
    """Return the CPU seconds of all processes, of those too that have ended and were waited for: crews among them."""
    times = [member.cpu_times() for member in tree(ours.server.pid)]
    return sum(each.user + each.system + each.children_user + each.children_system for each in times)


def _middle(films: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    plays_s, wall_s, cpu = (median(film[side] for film in films) for side in range(3))
    return plays_s, wall_s, cpu


def _row(name: str, film: tuple[float, float, float], share: str, target: str) -> list[str]:
    return [name, f"{film[0]:.0f}", f"{film[1]:.1f}", share, f"{film[2]:.1f}", target]
