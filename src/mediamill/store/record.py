"""A job's record as the store holds it: one hash, values as text, collections as JSON."""

import json
from collections.abc import Mapping
from typing import Any, Final

from mediamill.core.job import Artifact, Attempt, Job, Upload

_JSON_FIELDS = frozenset({"params", "uploads", "files", "data"})
_FLAGS = frozenset({"stop", "is_child", "published", "keep_dedupe", "identified"})


def dump_json(value: object) -> str:
    """Return compact JSON, text as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def dump_models(models: Mapping[str, Artifact | Upload]) -> str:
    """Return named files as one JSON object."""
    return dump_json({name: model.model_dump() for name, model in models.items()})


def load_job(job_id: str, fields: Mapping[str, str]) -> Job:
    """Return the record that the hash `fields` holds. Unknown fields are the scripts' own and left out."""
    values: dict[str, Any] = {"id": job_id}
    for name, text in fields.items():
        if name == "history":
            values[name] = tuple(Attempt.model_validate_json(line) for line in text.split("\n"))
        elif name in _JSON_FIELDS:
            values[name] = json.loads(text)
        elif name in _FLAGS:
            values[name] = text == "1"
        elif name in Job.model_fields:
            values[name] = text
    return Job.model_validate(values)


def dump_job(job: Job) -> dict[str, str]:
    """Return the fields of the hash that `load_job` reads as `job`; what is empty has no field."""
    fields = {name: getattr(job, name) for name in Job.model_fields if name not in {"id", "params"}}
    # A flag that is not set has no field: a script asks whether it is there.
    texts = {name: _text(name, value) for name, value in fields.items() if value not in _EMPTY and value is not False}
    return {"params": dump_json(job.params), **texts}


_EMPTY: Final[tuple[object, ...]] = (None, "", {}, ())


def _text(name: str, value: Any) -> str:  # noqa: ANN401 - any field of a record
    if name == "history":
        return "\n".join(dump_json(attempt.model_dump(exclude_none=True)) for attempt in value)
    if name in {"uploads", "files"}:
        return dump_models(value)
    if name in _FLAGS:
        return "1"
    if name == "data":
        return dump_json(value)
    return f"{value:.14g}" if isinstance(value, float) else str(value)


def pairs(flat: list[str]) -> dict[str, str]:
    """Return name, value, name, value, ... as a mapping."""
    return dict(zip(flat[::2], flat[1::2], strict=True))
