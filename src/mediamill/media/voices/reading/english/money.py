"""English sums of money: $5.99, £3bn, €5-10 million, 5 USD, 50 cents."""

import re
from typing import Final

from mediamill.media.voices.reading.english.grammar import describes
from mediamill.media.voices.reading.english.numbers import NUMBER, cardinal, decimal
from mediamill.media.voices.reading.english.units import CODES, MAGNITUDES, SIGNS, Currency
from mediamill.media.voices.reading.rules import either, rule, table

_SIGN: Final = either(SIGNS)
_CODE: Final = either(CODES)
_MINUS: Final = "[-\N{MINUS SIGN}]"
_LONG_DASH: Final = "[\N{EN DASH}\N{EM DASH}]"
_TO: Final = rf"(?:\s?{_LONG_DASH}\s?|-|\s(?:-|to)\s)"
#: "million", or a letter for it: two groups.
_MAGNITUDE: Final = (
    rf"(?:[\s-]?(hundred|thousand|million|billion|trillion)\b|\s?({either(MAGNITUDES)})(?![\w'])(?!\s?\d))?"
)
_CENT_FIGURES: Final = 2
_PER: Final = table("mo=month yr=year hr=hour wk=week kg=kilogram lb=pound oz=ounce")
_NAMES: Final = either({currency.many for currency in (*SIGNS.values(), *CODES.values())} | {"cents"})


def _sum(number: str, currency: Currency, magnitude: str = "", *, one: bool = False) -> str:
    """Return an amount of a currency in words. one: in the singular, as before a noun."""
    bare = number.replace(",", "")
    whole, _, cents = bare.partition(".")
    if magnitude:
        return f"{decimal(number)} {MAGNITUDES.get(magnitude, magnitude)} {currency.one if one else currency.many}"
    if len(cents) != _CENT_FIGURES or not currency.cent:
        return f"{decimal(number)} {currency.one if one or bare == '1' else currency.many}"
    said = []
    if int(whole or 0) or not int(cents):
        said.append(f"{cardinal(whole or '0')} {currency.one if one or whole == '1' else currency.many}")
    if int(cents):
        said.append(f"{cardinal(str(int(cents)))} {currency.cent if one or int(cents) == 1 else currency.cents}")
    return " and ".join(said)


def _currency(written: str) -> Currency:
    return SIGNS.get(written) or CODES[written]


def _before(found: re.Match[str]) -> str:
    """Read `-$5.99`, `$1.5 million`, `USD 5`."""
    minus, sign, inner_minus, number, word, letter = found.groups()
    said = _sum(number, _currency(sign), word or letter or "", one=describes(found))
    return f"minus {said}" if minus or inner_minus else said


def _range(found: re.Match[str]) -> str:
    """Read `$5-10 million` and `$5k-$10k`: the currency once, a magnitude as often as it is written."""
    sign, low, low_word, low_letter, high, word, letter = found.groups()
    currency, magnitude = _currency(sign), low_word or low_letter or ""
    end = _sum(high, currency, word or letter or "", one=describes(found))
    if not magnitude and re.search(r"\.\d\d\Z", low):
        return f"{_sum(low, currency)} to {end}"
    return " ".join([decimal(low), *([MAGNITUDES.get(magnitude, magnitude)] if magnitude else []), "to", end])


def _behind(found: re.Match[str]) -> str:
    """Read `5 €`, `100,000₫`, `5 million USD`."""
    number, word, letter, sign, code = found.groups()
    return _sum(number, _currency(sign or code), word or letter or "", one=describes(found))


def _cents(found: re.Match[str]) -> str:
    return f"{decimal(found.group(1))} {'cent' if found.group(1) == '1' or describes(found) else 'cents'}"


def _per(found: re.Match[str]) -> str:
    return f"{found.group(1)} per {_PER.get(found.group(2), found.group(2))}"


RULES: Final = (
    rule(rf"(?<!\w)({_SIGN})\s?({NUMBER}){_MAGNITUDE}{_TO}(?:\1\s?)?({NUMBER}){_MAGNITUDE}(?!\w|-\d)", _range),
    rule(rf"(?<![\w.])({_MINUS})?({_SIGN}|(?:{_CODE})(?=[\s\d]))\s?({_MINUS})?({NUMBER}){_MAGNITUDE}", _before),
    rule(rf"(?<![\w.,:/])({NUMBER}){_MAGNITUDE}(?:\s?({_SIGN})|\s({_CODE})\b)(?!\w)", _behind),
    rule(rf"(?<![\w.,:/])({NUMBER})\s?¢", _cents, where="¢"),
    # $5/month
    rule(rf"\b({_NAMES})\s?/\s?([a-z]{{2,12}})\b", _per, where="/"),
)
