"""How far a program is, by what it prints."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mediamill.media.adapters.parts import Progress

#: What a program does after the last byte (joining, converting) has the rest.
_SHARE: Final = 0.95
_STAGE_CHARS: Final = 60
_OF_BYTES: Final = frozenset({"done_bytes", "total_bytes", "speed", "eta_s"})
_UNITS: Final = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))
_MINUTE_S: Final = 60

Measures = Mapping[str, object]


class Meter:
    """Reads lines of progress. What it tells never goes back, whatever the program says."""

    def __init__(self, rules: Sequence[Progress]) -> None:
        self._rules = rules
        self._seen: dict[str, object] = {}
        self._fraction = 0.0

    def read(self, line: str) -> tuple[float, str] | None:
        """Return the fraction, 0..1, and words for it; None for a line that says nothing of the progress."""
        found = next((found for rule in self._rules if (found := _measures(rule, line)) is not None), None)
        if found is None:
            return None
        if "track" in found and found["track"] != self._seen.get("track"):  # what was said of the one before is over
            self._seen = {name: value for name, value in self._seen.items() if name == "tracks"}
        if "stage" in found:  # the bytes are there
            self._seen = {name: value for name, value in self._seen.items() if name not in _OF_BYTES}
        elif "done_bytes" in found:
            self._seen.pop("stage", None)
        self._seen |= found
        self._fraction = max(self._fraction, self._reckoned())
        return self._fraction, self._note()

    def _reckoned(self) -> float:
        tracks = max(_number(self._seen.get("tracks")) or 1.0, 1.0)
        track = min(max(_number(self._seen.get("track")) or 1.0, 1.0), tracks)
        return (track - 1 + self._of_this()) / tracks * _SHARE

    def _of_this(self) -> float:
        """Return how much of the track there is now is there, 0..1."""
        percent = _number(self._seen.get("percent"))
        if percent is not None:
            return min(max(percent / 100, 0.0), 1.0)
        done, total = _number(self._seen.get("done_bytes")), _number(self._seen.get("total_bytes"))
        return min(done / total, 1.0) if done is not None and total else 0.0

    def _note(self) -> str:
        done, total, speed, eta, track, tracks = (
            _number(self._seen.get(name)) for name in ("done_bytes", "total_bytes", "speed", "eta_s", "track", "tracks")
        )
        stage = self._seen.get("stage")
        parts = [
            "".join(sign for sign in stage if sign.isprintable())[:_STAGE_CHARS] if isinstance(stage, str) else "",
            f"{_size(done)} of {_size(total)}" if done is not None and total else _size(done) if done else "",
            f"{_size(speed)}/s" if speed else "",
            f"{_time(eta)} left" if eta is not None else "",
            f"track {track:.0f} of {tracks:.0f}" if track and tracks and tracks > 1 else "",
        ]
        return ", ".join(part for part in parts if part)


def _measures(rule: Progress, line: str) -> Measures | None:
    if rule.match is not None:
        found = rule.match.search(line)
        return {name: text for name, text in found.groupdict().items() if text is not None} if found else None
    if not line.startswith(rule.prefix):
        return None
    try:
        said = json.loads(line[len(rule.prefix) :])
    except (ValueError, RecursionError):  # cut, or not what the description says
        return {}
    values = {name: dotted(said, path) for name, path in rule.fields.items()}
    return {name: value for name, value in values.items() if value is not None}


def dotted(said: Any, path: str) -> Any:  # noqa: ANN401 - of a program's JSON
    """Return what a path such as `info.title` leads to in JSON; None where it leads nowhere."""
    for key in path.split("."):
        if not isinstance(said, dict):
            return None
        said = said.get(key)
    return said


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _size(count: float) -> str:
    for unit, size in _UNITS:
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f} B"


def _time(seconds: float) -> str:
    if seconds < _MINUTE_S:
        return f"{seconds:.0f} s"
    return f"{seconds / _MINUTE_S:.0f} min"
