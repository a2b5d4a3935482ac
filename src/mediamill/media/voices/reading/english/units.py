"""Units of measurement and currencies in English, as they are written and as they are said."""

from types import MappingProxyType
from typing import Final, NamedTuple

from mediamill.media.voices.reading.english.numbers import plural
from mediamill.media.voices.reading.rules import table


class Unit(NamedTuple):
    """A unit of measurement. length: whether it may be squared and cubed."""

    one: str
    many: str
    length: bool = False


def _units(*pairs: str, length: bool = False) -> dict[str, Unit]:
    return {sign: Unit(name, _many(name), length) for sign, name in table(*pairs).items()}


def _many(name: str) -> str:
    """Return "miles per hour" for "mile per hour"."""
    head, per, tail = name.partition(" per ")
    return f"{plural(head)}{per}{tail}"


_LENGTHS: Final = _units(
    "nm=nanometer µm=micrometer um=micrometer mm=millimeter cm=centimeter dm=decimeter m=meter km=kilometer",
    "ft=foot in=inch yd=yard mi=mile",
    length=True,
)
_WEIGHTS: Final = _units(
    "µg=microgram mcg=microgram ug=microgram mg=milligram g=gram kg=kilogram t=ton lb=pound lbs=pound oz=ounce"
)
_VOLUMES: Final = _units(
    "ml=milliliter mL=milliliter cl=centiliter dl=deciliter dL=deciliter l=liter L=liter gal=gallon qt=quart",
    "tsp=teaspoon tbsp=tablespoon",
)
_TIMES: Final = _units(
    "ns=nanosecond µs=microsecond us=microsecond ms=millisecond s=second sec=second secs=second min=minute mins=minute",
    "h=hour hr=hour hrs=hour wk=week wks=week mo=month mos=month yr=year yrs=year",
)
_SPEEDS: Final = _units("mph=mile_per_hour kmh=kilometer_per_hour kph=kilometer_per_hour mpg=mile_per_gallon")
_POWERS: Final = _units(
    "mV=millivolt V=volt kV=kilovolt mW=milliwatt W=watt kW=kilowatt MW=megawatt GW=gigawatt mA=milliamp",
    "Wh=watt_hour kWh=kilowatt_hour MWh=megawatt_hour GWh=gigawatt_hour TWh=terawatt_hour mAh=milliamp_hour",
    "Ah=amp_hour kJ=kilojoule MJ=megajoule cal=calorie kcal=kilocalorie Ω=ohm kΩ=kiloohm MΩ=megaohm Nm=newton_meter",
)
_PRESSURES: Final = _units("Pa=pascal hPa=hectopascal kPa=kilopascal MPa=megapascal mbar=millibar atm=atmosphere")
_BYTES: Final = _units(
    "KB=kilobyte kB=kilobyte MB=megabyte GB=gigabyte TB=terabyte PB=petabyte KiB=kibibyte MiB=mebibyte GiB=gibibyte",
    "TiB=tebibyte kbit=kilobit Mbit=megabit Gbit=gigabit Mb=megabit Gb=gigabit MP=megapixel px=pixel",
)
_OTHERS: Final = _units("ha=hectare ac=acre nmi=nautical_mile pt=point pts=point mol=mole mmol=millimole")
#: Said alike for one and for many.
_ALIKE: Final = table(
    "Hz=hertz kHz=kilohertz MHz=megahertz GHz=gigahertz THz=terahertz dB=decibels dBA=decibels LUFS=LUFS hp=horsepower",
    "psi=PSI bar=bar rpm=RPM dpi=DPI ppi=PPI cc=cc fps=frames_per_second bpm=beats_per_minute",
    "ppm=parts_per_million ppb=parts_per_billion mmHg=millimeters_of_mercury bps=bits_per_second",
    "kbps=kilobits_per_second Kbps=kilobits_per_second Mbps=megabits_per_second Gbps=gigabits_per_second",
)
_WITH_BLANKS: Final = {
    "fl oz": Unit("fluid ounce", "fluid ounces"),
    "sq ft": Unit("square foot", "square feet"),
    "sq mi": Unit("square mile", "square miles"),
    "sq km": Unit("square kilometer", "square kilometers"),
    "sq m": Unit("square meter", "square meters"),
}

UNITS: Final = MappingProxyType(
    _LENGTHS
    | _WEIGHTS
    | _VOLUMES
    | _TIMES
    | _SPEEDS
    | _POWERS
    | _PRESSURES
    | _BYTES
    | _OTHERS
    | {sign: Unit(name, name) for sign, name in _ALIKE.items()}
    | _WITH_BLANKS
)


class Currency(NamedTuple):
    """A currency, and its hundredth part where it has one."""

    one: str
    many: str
    cent: str = ""
    cents: str = ""


def _dollar(country: str) -> Currency:
    return Currency(f"{country} dollar", f"{country} dollars", "cent", "cents")


_DOLLAR: Final = Currency("dollar", "dollars", "cent", "cents")
_POUND: Final = Currency("pound", "pounds", "penny", "pence")
_EURO: Final = Currency("euro", "euros", "cent", "cents")
_RUPEE: Final = Currency("rupee", "rupees", "paisa", "paise")
_REAL: Final = Currency("real", "reais", "centavo", "centavos")
_YEN: Final = Currency("yen", "yen")
_YUAN: Final = Currency("yuan", "yuan")
_DONG: Final = Currency("dong", "dong")
_WON: Final = Currency("won", "won")
_BAHT: Final = Currency("baht", "baht")
_PESO: Final = Currency("peso", "pesos")
_RUBLE: Final = Currency("ruble", "rubles")
_BITCOIN: Final = Currency("bitcoin", "bitcoins")

#: Signs that stand before an amount or behind it.
SIGNS: Final = MappingProxyType(
    {
        "$": _DOLLAR,
        "£": _POUND,
        "€": _EURO,
        "¥": _YEN,
        "₹": _RUPEE,
        "₩": _WON,
        "₫": _DONG,
        "₽": _RUBLE,
        "₺": Currency("lira", "lira"),
        "₪": Currency("shekel", "shekels"),
        "฿": _BAHT,
        "₱": _PESO,
        "₦": Currency("naira", "naira"),
        "₴": Currency("hryvnia", "hryvnias"),
        "₿": _BITCOIN,
        "US$": _dollar("US"),
        "A$": _dollar("Australian"),
        "AU$": _dollar("Australian"),
        "C$": _dollar("Canadian"),
        "CA$": _dollar("Canadian"),
        "NZ$": _dollar("New Zealand"),
        "HK$": _dollar("Hong Kong"),
        "S$": _dollar("Singapore"),
        "NT$": _dollar("New Taiwan"),
        "R$": _REAL,
        "CN¥": _YUAN,
    }
)
#: Codes of ISO 4217, which stand before an amount, or behind it with a blank.
CODES: Final = MappingProxyType(
    {
        "USD": _dollar("US"),
        "EUR": _EURO,
        "GBP": _POUND,
        "JPY": _YEN,
        "CNY": _YUAN,
        "RMB": _YUAN,
        "VND": _DONG,
        "KRW": _WON,
        "INR": _RUPEE,
        "AUD": _dollar("Australian"),
        "CAD": _dollar("Canadian"),
        "NZD": _dollar("New Zealand"),
        "SGD": _dollar("Singapore"),
        "HKD": _dollar("Hong Kong"),
        "CHF": Currency("Swiss franc", "Swiss francs", "centime", "centimes"),
        "SEK": Currency("Swedish krona", "Swedish kronor"),
        "NOK": Currency("Norwegian krone", "Norwegian kroner"),
        "DKK": Currency("Danish krone", "Danish kroner"),
        "PLN": Currency("zloty", "zlotys"),
        "CZK": Currency("Czech koruna", "Czech korunas"),
        "RUB": _RUBLE,
        "TRY": Currency("Turkish lira", "Turkish lira"),
        "BRL": _REAL,
        "MXN": Currency("Mexican peso", "Mexican pesos"),
        "ZAR": Currency("rand", "rand"),
        "THB": _BAHT,
        "IDR": Currency("rupiah", "rupiah"),
        "MYR": Currency("ringgit", "ringgit"),
        "PHP": _PESO,
        "BTC": _BITCOIN,
    }
)
#: Letters behind an amount of money.
MAGNITUDES: Final = table(
    "k=thousand K=thousand m=million M=million mn=million mm=million mil=million b=billion B=billion bn=billion",
    "bil=billion t=trillion T=trillion tn=trillion",
)
