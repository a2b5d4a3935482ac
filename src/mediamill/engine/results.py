"""Looks at what a service returned before anything of it is stored."""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from mediamill.core.context import Result
from mediamill.core.errors import PermanentError

#: `data` is for small facts; it lies in the record. Larger things are files.
DATA_BYTES: Final = 256 * 1024


def checked(result: object) -> Result:
    """Return what a service returned as a Result that can be stored: its data are plain JSON values.

    The paths of its files are looked at when they are stored. Raises PermanentError with code RESULT_INVALID.
    """
    if not isinstance(result, Result):
        raise _invalid(f"the service returned a {type(result).__name__}, not a mediamill.Result")
    for name, value in (("files", result.files), ("data", result.data)):
        if not isinstance(value, Mapping):
            raise _invalid(f"the result's {name} are a {type(value).__name__}, not a mapping")
    for name in result.files:
        if not isinstance(name, str):
            raise _invalid(f"a file of the result is named by a {type(name).__name__}, not by a str")
    for name, flag in (("keep_parts", result.keep_parts), ("reusable", result.reusable)):
        if not isinstance(flag, bool):
            raise _invalid(f"the result's {name} is a {type(flag).__name__}, not a bool")
    return replace(result, data=_plain(result.data))


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    try:
        text = _json(dict(data))
    except (TypeError, ValueError, RecursionError) as error:
        raise _invalid(f"the result's data are no JSON: {_culprit(data) or error}") from error
    if len(text) > DATA_BYTES:
        raise _invalid(f"the result's data have {len(text)} bytes of JSON; the limit is {DATA_BYTES}: write a file")
    plain: dict[str, Any] = json.loads(text)
    return plain


def _json(value: object) -> bytes:
    """Return JSON as the record holds it. Raises TypeError, ValueError (also: no Unicode) or RecursionError."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False).encode()


def _culprit(data: Mapping[str, Any]) -> str | None:
    """Name the first member that JSON does not have."""
    for name, value in data.items():
        if isinstance(value, float) and not math.isfinite(value):
            return f"{name!r} is {value}"
        try:
            _json(value)
        except (TypeError, ValueError, RecursionError):
            return f"{name!r} is or holds what JSON has not ({type(value).__name__})"
    return None


def _invalid(message: str) -> PermanentError:
    return PermanentError(message, code="RESULT_INVALID")
