"""Ages on the command line: 90s, 30min, 12h, 7d, 4w."""

import re
from types import MappingProxyType
from typing import Final

import click

_UNITS: Final = MappingProxyType({"s": 1, "min": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400})
_AGE: Final = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)(s|min|h|d|w)")


class Age(click.ParamType[float]):
    """Reads an age; returns seconds."""

    name = "age"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds of an age."""
        if isinstance(value, float):
            return value
        found = _AGE.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no age; 90s, 30min, 12h, 7d or 4w is wanted", param, ctx)
        return float(found[1]) * _UNITS[found[2]]
