"""English acronyms, and Roman numerals behind names."""

import re
from typing import Final

from mediamill.media.voices.reading.english.numbers import cardinal, ordinal, year
from mediamill.media.voices.reading.rules import either, rule, table

#: Names that voices would say wrongly. Other acronyms they know: NASA is a word to them, HTML is spelled.
_SAID: Final = table(
    "JSON=Jason YAML=yammel TOML=tommel TOEFL=toe-full VOIP=voip VoIP=voip WASM=wazzem NOAA=Noah WIFI=Wi-Fi WiFi=Wi-Fi",
    "PostgreSQL=Postgres_Q_L SQLite=S_Q_L_ite NGINX=engine_X nginx=engine_X LaTeX=lay-tech Ctrl=Control A/C=A_C",
    "WWI=World_War_One WWII=World_War_Two WW1=World_War_One WW2=World_War_Two",
    "C++=C_plus_plus C#=C_sharp F#=F_sharp Node.js=Node_J_S Vue.js=View_J_S Next.js=Next_J_S",
)
#: Names of files end so; the voice spells those that are no words.
_KINDS: Final = (
    "py|js|ts|tsx|jsx|md|txt|csv|json|yaml|yml|toml|xml|html|css|pdf|png|jpe?g|gif|svg|webp|mp3|mp4|wav|flac|ogg|zip|gz"
    "|exe|sh|log|conf|cfg|ini|env|sql|db|docx?|xlsx?|pptx?|epub|srt|vtt|cpp|java|rs|rb|php|lua|lock"
)
_SPOKEN_KINDS: Final = frozenset({"zip", "log", "java", "env", "lua", "lock", "conf"})
#: A word in capitals of so many letters is no acronym, but loud; these are both.
_LOUD_LETTERS: Final = 6
_LONG_ACRONYMS: Final = frozenset(
    {"UNESCO", "UNICEF", "NASDAQ", "NASCAR", "INTERPOL", "EUROPOL", "CAPTCHA", "WYSIWYG", "NVIDIA", "UNCTAD"}
)
_IT_WORK: Final = (
    "(?:department|support|team|staff|manager|company|system|sector|security|industry|project|service|worker)s?"
)

_VALUES: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_TENS_AND_ONES: Final = "(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
#: 1 to 399, whole words only; a lone C or L is a letter.
_ROMAN: Final = rf"(?=[IVX][IVXLC]*\b|[LC][IVXLC]+\b)(?>C{{0,3}}{_TENS_AND_ONES})"
_ROMAN_YEAR: Final = rf"(?=[MDCLXVI]{{5}})(?>M{{1,2}}(?:CM|CD|D?C{{0,3}}){_TENS_AND_ONES})"
#: Two letters at least, and no word.
_SURE_ROMAN: Final = "(?:X{1,2}(?:IX|IV|V?I{1,3}|V)|XX|IX|IV|VI{1,3}|I{2,3})"
_SMALL_ROMAN: Final = "(?:x{0,2}(?:ix|iv|vi{1,3}|i{2,3})|x{1,2}[iv]|xx)"
#: Before a numeral of whatever kind.
_NUMBERED: Final = (
    "Chapter|Part|Act|Scene|Book|Volume|Section|Article|Appendix|Title|Phase|Stage|Type|Level|Grade|Class|Mark|Mk"
    "|Division|Figure|Table|Lesson|Unit|Canto|Annex|Episode|Season|Round|Factor|Schedule|Group|Category|Amendment"
    "|World War|Super Bowl|Psalm|Sonnet|Exhibit|Step|Tier|Zone|Region|Vatican|Symphony|Sonata|SALT|START"
)
#: Before one that cannot be a word.
_COUNTED: Final = (
    "[Cc]hapters?|[Pp]arts?|[Pp]ages?|[Ss]ections?|[Bb]ooks?|[Vv]olumes?|[Aa]cts?|[Ff]igures?|[Aa]rticles?|[Pp]hase"
    "|[Ss]tage|[Tt]ype|[Ll]evel|[Gg]rade|[Cc]lass"
)
_TITLES: Final = "King|Queen|Pope|Emperor|Empress|Tsar|Czar|Sultan|Prince|Princess|Kaiser|Pharaoh|Duke|Count|Shah"
#: Names of kings, popes, and of families that hand a name down.
_RULERS: Final = (
    "Henry|Louis|Edward|George|William|Charles|James|Richard|Elizabeth|Mary|Napoleon|Pius|Benedict|Leo|John Paul"
    "|Ramses|Ramesses|Frederick|Friedrich|Philip|Felipe|Alexander|Nicholas|Peter|Catherine|Ivan|Umberto|Victor Emmanuel"
    "|Gustav|Christian|Ferdinand|Franz|Wilhelm|Otto|Francis|Alfonso|Pedro|Manuel|Mehmed|Selim|Suleiman|Murad|Darius"
    "|Xerxes|Cyrus|Ptolemy|Amenhotep|Thutmose|Constantine|Theodosius|Justinian|Leopold|Baldwin|Albert|Rama|Harald"
    "|Haakon|Olaf|Carl|Karl|Margaret|Margrethe|Juan Carlos|Robert|David|Stephen|John|Paul|Gregory|Clement|Innocent"
    "|Urban|Boniface|Julius|Sixtus|Adrian|Celestine|Thomas|Joseph|Michael|Walter|Arthur|Thurston"
)
#: What may follow "Henry I" and not "Henry, I".
_REIGNED: Final = r"(?=[.,;:!?)'\"-]|\s(?:of|was|is|had|died|ruled|reigned|became|who)\b|\s*\Z)"
#: A numeral I only where somebody reigned.
_WHOLE: Final = rf"\b(?:(?<! I)|{_REIGNED})"
_JOINT: Final = r"(\s?[-\N{EN DASH}]\s?| and | to |, )"
_NO_NAME: Final = r"(?!(?:The|An?|This|That|His|Her|My|Our|Your)\b)"


def _value(roman: str) -> str:
    values = [_VALUES[letter] for letter in roman.upper()]
    return str(sum(-each if each < after else each for each, after in zip(values, [*values[1:], 0], strict=True)))


def _numbered(found: re.Match[str]) -> str:
    """Read `Chapter IV` and `Chapters IV-VI`."""
    name, first, joint, second = found.groups()
    said = f"{name} {cardinal(_value(first))}"
    if not second:
        return said
    between = joint if "," in joint or joint.strip().isalpha() else " to "
    return f"{said}{between}{cardinal(_value(second))}"


def _ordinal(found: re.Match[str]) -> str:
    return f"{found.group(1)} the {ordinal(_value(found.group(2))).capitalize()}"


def _loud(found: re.Match[str]) -> str:
    return found.group(0) if found.group(0) in _LONG_ACRONYMS else found.group(0).capitalize()


def _file(found: re.Match[str]) -> str:
    name, kind = found.groups()
    return f"{name} dot {kind if kind in _SPOKEN_KINDS else kind.upper()}"


ACRONYMS: Final = (
    # main.py, README.md
    rule(rf"(?<![\w./@-])([A-Za-z][\w-]{{0,40}})\.({_KINDS})\b(?![-.]?\w)", _file, where="."),
    rule(rf"(?<![\w.])({either(_SAID)})(?!\w)", lambda found: _SAID[found.group(1)]),
    rule("\\bC\N{MUSIC SHARP SIGN}", "C sharp", where="\N{MUSIC SHARP SIGN}"),
    rule(r"\.NET\b", lambda found: " dot net" if found.start() else "dot net", where="N"),
    # The health organisation, and information technology; a sentence all in capitals has neither.
    rule(r"(?:(?<=[a-z] )|\b(?=WHO\b[^a-z]{0,20}[a-z]))WHO\b(?! [A-Z]{2})", "W.H.O", where="W"),
    rule(
        rf"(?<=\bin )IT(?=[.,;]|\s*\Z)|(?<=\b(?:our|the) )IT\b|(?<=\ban )IT\b|\bIT(?=[ -]{_IT_WORK}\b)",
        "I.T",
        where="I",
    ),
    rule(rf"\b(?![MDCLXVI]+\b)[A-Z]{{{_LOUD_LETTERS},30}}\b", _loud),
)

ROMANS: Final = (
    rule(rf"\b{_ROMAN_YEAR}\b", lambda found: year(_value(found.group(0))), where="M"),
    # King Rama IX, Henry VIII, William Gates III
    rule(rf"\b((?:{_TITLES}) [A-Z]\w{{1,20}}) ({_ROMAN}){_WHOLE}", _ordinal),
    rule(rf"\b((?:{_RULERS})(?: (?!(?:Part|Act|Book)\b)[A-Z][a-z]{{2,20}})?) ({_ROMAN}){_WHOLE}", _ordinal),
    # Part I, Chapters IV-VI; page xii
    rule(rf"\b((?:{_NUMBERED})s?) ({_ROMAN})\b(?:{_JOINT}({_ROMAN})\b)?(?![.']\w)", _numbered),
    rule(
        rf"\b({_COUNTED}) ({_SURE_ROMAN}|[VX]|{_SMALL_ROMAN})\b(?:{_JOINT}({_SURE_ROMAN}|{_SMALL_ROMAN})\b)?(?![.']\w)",
        _numbered,
    ),
    # the XIX century; Rocky IV
    rule(rf"\b({_SURE_ROMAN}|[VX])(?=(?:th)?[ -]centur(?:y|ies)\b)", lambda found: ordinal(_value(found.group(1)))),
    rule(
        rf"\b({_NO_NAME}[A-Z][a-z]{{2,20}}) ({_SURE_ROMAN})\b(?![.']\w)",
        lambda found: f"{found.group(1)} {cardinal(_value(found.group(2)))}",
    ),
)
