# ruff: noqa: RUF001, RUF002, RUF003 - primes are no quotation marks
"""English measures: 5 km, 120 km/h, 98.6 °F, 6'2", 3.5 %, 2h 30m."""

import re
from typing import Final

from mediamill.media.voices.reading.english.grammar import describes
from mediamill.media.voices.reading.english.numbers import NUMBER, cardinal, decimal
from mediamill.media.voices.reading.english.units import UNITS, Unit
from mediamill.media.voices.reading.rules import at_end, either, rule, table

_SIGNED: Final = rf"([-−+]?{NUMBER})"
_ALONE: Final = r"(?<![\w.,:'])(?<!\d/)(?<![A-Za-z]-)"
_UNIT: Final = either(UNITS)
#: One letter, or a word as well: only where nothing else can be meant.
_DOUBTFUL: Final = frozenset({"in", "s", "us", "ac", "t", "pt", "mo", "cal", "bar", "hp", "atm", "mol", "Ah", "l"})
_PLAIN: Final = either(UNITS.keys() - _DOUBTFUL)
_WITH_A_BLANK: Final = either(_DOUBTFUL - {"in", "us"})
_POWER: Final = r"(?:\^?([23²³])(?!\d))?"
_BELOW: Final = rf"(?:/({_UNIT}){_POWER})?"
#: A unit's own full stop: behind it the sentence goes on, or ends.
_STOP: Final = r"(\.(?=\s+[a-z(\d]|,|\s*\Z))?"
_NONE: Final = "()"

_POWERS: Final = table("2=square ²=square 3=cubic ³=cubic")
_RAISED: Final = table("2=squared ²=squared 3=cubed ³=cubed")
_SIDES: Final = table("N=north S=south E=east W=west")
_SCALES: Final = table("C=Celsius F=Fahrenheit")


def _named(number: str, one: str, many: str = "") -> str:
    return f"{decimal(number)} {one if _is_one(number) else many or one + 's'}"


def _is_one(number: str) -> bool:
    return number.lstrip("+-−") == "1"


def _end(found: re.Match[str], stop: str | None) -> str:
    return "." if stop and at_end(found) else ""


def _measure(found: re.Match[str]) -> str:
    """Read an amount of a unit, or of one unit per another; behind "a" and before a noun in the singular."""
    number, gap, sign, power, below, below_power, stop = found.groups()
    unit = UNITS[sign]
    if power and not unit.length:
        return found.group(0)
    words = [unit.one if gap == "-" or _is_one(number) or describes(found) else unit.many]
    if power:
        words.insert(0, _POWERS[power])
    if below:
        words += ["per", _below(UNITS[below], below_power)]
    said = " ".join(words)
    return f"{decimal(number)}{'-' if gap == '-' and ' ' not in said else ' '}{said}{_end(found, stop)}"


def _below(unit: Unit, power: str | None) -> str:
    if not power:
        return unit.one
    return f"{_POWERS[power]} {unit.one}" if unit.length else f"{unit.one} {_RAISED[power]}"


def _part(found: re.Match[str]) -> str:
    """Read the unit behind a fraction that is in words already."""
    fraction, sign, stop = found.groups()
    unit = UNITS[sign]
    return f"{fraction} {unit.many if fraction.startswith('and ') else unit.one}{_end(found, stop)}"


def _degrees(found: re.Match[str]) -> str:
    number, scale, side = found.groups()
    words = [_named(number, "degree")]
    words += [_SCALES[scale]] if scale else []
    words += [_SIDES[side]] if side else []
    return " ".join(words)


def _place(found: re.Match[str]) -> str:
    """Read a place on the globe: 40°26′46″N."""
    degrees, minutes, seconds, side = found.groups()
    words = [_named(degrees, "degree"), _named(minutes, "minute")]
    words += [_named(seconds, "second")] if seconds else []
    words += [_SIDES[side]] if side else []
    return " ".join(words)


def _height(found: re.Match[str]) -> str:
    feet, inches = found.groups()
    return f"{cardinal(feet)} foot {cardinal(inches)}" if int(inches) else f"{cardinal(feet)} feet"


def _feet(found: re.Match[str]) -> str:
    feet, inches, stop = found.groups()
    return f"{_named(feet, 'foot', 'feet')} {_named(inches, 'inch', 'inches')}{_end(found, stop)}"


def _prime(found: re.Match[str]) -> str:
    unit = UNITS["in" if found.group(2) == "″" else "ft"]
    return _named(found.group(1), unit.one, unit.many)


def _percent(found: re.Match[str]) -> str:
    low, high, sign = found.groups()
    name = "percent" if sign == "%" else "per mille"
    return f"{decimal(low)} to {decimal(high)} {name}" if high else f"{decimal(low)} {name}"


def _span(found: re.Match[str]) -> str:
    """Read `2h30m`, `5m 30s`."""
    names = zip(found.groups(), ("hour", "minute", "second"), strict=True)
    return " ".join(_named(number, name) for number, name in names if number)


_HOURS: Final = r"\s?h(?:rs?)?"
_MINUTES: Final = r"\s?m(?:ins?)?"
_SECONDS: Final = r"\s?s(?:ecs?)?\b"

RULES: Final = (
    rule(rf"(?<![\w.,/-]){_SIGNED}\s?(?:%?\s?[-–—]\s?{_SIGNED}\s?)?([%‰])(?!\w)", _percent, where="%‰"),
    # 40°26′46″N, 98.6 °F, 45°N
    rule(
        r"(?<![\w.,])(\d{1,3})\s?°\s?(\d{1,2}(?:\.\d++)?)['′](?:\s?(\d{1,2}(?:\.\d++)?)[\"″])?\s?([NSEW]\b)?",
        _place,
        where="°",
    ),
    rule(rf"(?<![\w.,]){_SIGNED}\s?(?:°|º)\s?(?:([CF])(?!\w)|([NSEW])(?!\w))?", _degrees, where="°º"),
    # 5'10", 5 ft 10 in, 12″
    rule(rf"{_ALONE}([3-8])['′]\s?(1[01]|\d)(?:\"|″|''|(?!\w))", _height, where="'′"),
    rule(rf"\b(\d{{1,2}}) ?(?:ft|feet|foot)\.? (\d{{1,2}}) ?in\b{_STOP}", _feet, where="f"),
    rule(rf"{_ALONE}({NUMBER})([″′])", _prime, where="″′"),
    # 2h30m15s, 5m 30s
    rule(rf"{_ALONE}(\d{{1,3}}){_HOURS}\s?(\d{{1,2}}){_MINUTES}\b(?:\s?(\d{{1,2}}){_SECONDS})?", _span, where="h"),
    rule(rf"{_ALONE}{_NONE}(\d{{1,3}}){_MINUTES}\s?(\d{{1,2}}){_SECONDS}", _span, where="m"),
    rule(rf"{_ALONE}{_SIGNED}(\s|-)?({_PLAIN}){_POWER}{_BELOW}(?![\w'²³]){_STOP}", _measure),
    rule(rf"(?<=\bper )({_PLAIN})(?![\w'])", lambda found: UNITS[found.group(1)].one, where="p"),
    # A blank before "in" makes it a word, but for "in." amid a sentence; "us" is always one then.
    rule(rf"{_ALONE}{_SIGNED}(-)?(in){_POWER}{_NONE}{_NONE}(?![\w'-]){_STOP}", _measure, where="i"),
    rule(rf"{_ALONE}{_SIGNED}(\s)(in){_NONE * 3}(\.)(?=,| [a-z])", _measure, where="i"),
    rule(rf"{_ALONE}{_SIGNED}{_NONE}(us){_NONE * 3}(?![\w'-]){_STOP}", _measure, where="u"),
    rule(rf"{_ALONE}{_SIGNED}(\s|-)?({_WITH_A_BLANK}){_NONE}{_BELOW}(?![\w'²³-]){_STOP}", _measure),
)

_FRACTION: Final = "(?:half|thirds?|quarters?|fifths?|sixths?|eighths?|sixteenths?)"
#: After fractions: half a mile.
PARTS: Final = (rule(rf"\b((?:and (?:a )?)?(?:[a-z]+ )?{_FRACTION}) ({_PLAIN})(?![\w']){_STOP}", _part),)
