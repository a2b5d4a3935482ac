# ruff: noqa: RUF001 - Vietnamese letters are what is read
"""Words of capitals: which are spelled, by which names of the letters, and which are said as words."""

import re
from typing import Final

from mediamill.media.voices.reading.vietnamese.reader import LOWER, SPELLED, UPPER, table, words
from mediamill.media.voices.reading.vietnamese.syllables import bare, is_bare_syllable, is_syllable

#: Letters as they are spelled in names of firms and laws.
LETTERS: Final = table("""
    A = a
    Ă = á
    Â = ớ
    B = bê
    C = xê
    D = đê
    Đ = đê
    E = e
    Ê = ê
    F = ép
    G = giê
    H = hát
    I = i
    J = gi
    K = ca
    L = lờ
    M = em
    N = en
    O = ô
    Ô = ô
    Ơ = ơ
    P = pê
    Q = quy
    R = rờ
    S = ét
    T = tê
    U = u
    Ư = ư
    V = vê
    W = vê kép
    X = ích
    Y = i
    Z = dét
""")

#: Names of capitals as Vietnamese speakers say them: those with English letters, and those said as words.
CAPITALS: Final = table("""
    AI = ây ai
    API = ây pi ai
    AGI = ây gi ai
    AR = ây a
    VR = vi a
    IT = ai ti
    ICT = ai xi ti
    IP = ai pi
    ID = ai đi
    IQ = ai kiu
    EQ = i kiu
    IPO = ai pi ô
    CEO = xi i ô
    CFO = xi ép ô
    CTO = xi ti ô
    COO = xi ô ô
    CMO = xi em ô
    KPI = kây pi ai
    PR = pi a
    HR = ết a
    R&D = a en đi
    M&A = em en ây
    Q&A = kiu en ây
    B2B = bi tu bi
    B2C = bi tu xi
    MC = em xi
    DJ = đi giây
    VIP = víp
    MV = em vi
    CV = xi vi
    TV = ti vi
    PC = pi xi
    EU = ê u
    iOS = ai ô ét
    SpO = ét pê ô
    VNeID = vê en i ai đi
    VOA = vê ô a
    NGO = en giê ô
    UI = iu ai
    UX = iu ếch
    GPT = gi pi ti
    ChatGPT = chát gi pi ti
    LLM = eo eo em
    IoT = ai ô ti
    GPS = gi pi ét
    GDP = gi đi pi
    GRDP = gi a đi pi
    GNP = gi en pi
    CPI = xi pi ai
    PPI = pi pi ai
    PMI = pi em ai
    FDI = ép đi ai
    ESG = i ét gi
    ETF = i ti ép
    FED = phét
    BBC = bi bi xi
    CNN = xi en en
    FBI = ép bi ai
    CIA = xi ai ây
    NBA = en bi ây
    MBA = em bi ây
    GPA = gi pi ây
    IELTS = ai eo
    TOEIC = tô ích
    TOEFL = tô phồ
    VAR = va
    SEA = xi
    OK = ô kê
    USB = u ét bê
    HTML = hát tê em lờ
    KO = nốc ao
    SOS = ét ô ét
    VAT = vát
    AIDS = ết
    COVID = cô vít
    Covid = cô vít
    SARS = sác
    NATO = na tô
    ASEAN = a sê an
    APEC = a péc
    OPEC = ô péc
    UNESCO = u nét cô
    UNICEF = u ni xép
    INTERPOL = in tơ pôn
    FIFA = phi pha
    UEFA = u ê pha
    NASA = na sa
    VOV = vê ô vê
    VTV = vê tê vê
    ISO = i sô
    SIM = sim
    PIN = pin
    RAM = ram
    ROM = rom
    LED = lét
    STEM = xờ tem
    JSON = giây sần
    WiFi = oai phai
    Wi-Fi = oai phai
    WIFI = oai phai
""")

#: Short words of English; longer ones look like words.
_ENGLISH: Final = words("""
    AIR ALL AND APP ART BIG BOX BUS CAR CAT CUP DAY DOG END FAN FIT FOR FOX FUN GAS GET HIT HOT JOB KIT LOT MAX MEN MIX
    NET NEW NEWS NOT OFF ONE OUT PAY PET POP POT PRO RAP RED RUN SET SEX SHOW SIX SUN TAX TEN THE
    TOP TOY TWO WAR WEB WIN
    YES YOU ZOO
""")
#: What a word in capitals may look like that is said as one: SAMSUNG, but not HAGL.
_SAYABLE: Final = re.compile(
    r"(?=.{4})(?:[BCDFGHJKLMNPQRSTVWXZ]|[BCFGPK][LR]|[DT]R|[CPST]H|S[CKLMNPTW]|STR|WH|)"
    r"[AEIOUY]{1,2}(?:[BCDFGHJKLMNPQRSTVWXZ]{1,2}[AEIOUY]{1,2}){0,12}"
    r"(?:[BCDFGKLMNPRSTVXZ]|N[DTGKS]|[LRS][DTKPM]|RLD|RN|[CT]H|[CFP]T|CK|LL|SS|MP|)"
)
_AROUND_CHARS: Final = 24
_TONED: Final = UPPER.removeprefix("A-Z")
_SHOUTED_BEFORE: Final = re.compile(
    rf"(?:[{UPPER}]{{2,}}\s+[{UPPER}]{{2,}}|[{UPPER}]*[{_TONED}][{UPPER}]+)[\s,:/–-]+\Z"
)
_SHOUTED_AFTER: Final = re.compile(
    rf"[\s,:/–-]+(?:[{UPPER}]+[{_TONED}][{UPPER}]*|[{_TONED}][{UPPER}]+|[{UPPER}]{{2,}}\s+[{UPPER}]{{2,}})(?![{LOWER}])"
)
_MIXED: Final = re.compile(
    rf"^[{SPELLED}]{{2,12}}(?=[{SPELLED}](?=[a-z]{{0,12}}[aeiou])[a-z]{{3}})|(?<=[{LOWER}]{{3}})[{SPELLED}]{{2,12}}$"
)
_CAPITALS: Final = re.compile(rf"[{SPELLED}]+")


def spelled(word: str) -> str:
    """Return the names of its letters."""
    return " ".join(LETTERS.get(letter, letter) for letter in word)


def is_capitals(word: str) -> bool:
    """Whether a word has only letters that abbreviations are made of."""
    return _CAPITALS.fullmatch(word) is not None


def capitals(word: str) -> str:
    """Return a word of capitals as it is said by itself; "" when it is a word like others."""
    if word in CAPITALS:
        return CAPITALS[word]
    if len(word) > 1 and (is_syllable(word.lower()) or word in _ENGLISH or _SAYABLE.fullmatch(word)):
        return word.capitalize()
    return spelled(word)


def mixed(word: str) -> str:
    """Return a word such as VPBank or OpenAI with its capitals as they are said; others as they are."""
    return _MIXED.sub(lambda some: f" {capitals(some.group())} ", word).strip()


def is_shouted(found: re.Match[str]) -> bool:
    """Whether it may be a word of a heading in capitals rather than an abbreviation."""
    start, end = found.span()
    return is_bare_syllable(bare(found.group().lower())) and bool(
        _SHOUTED_BEFORE.search(found.string[max(0, start - _AROUND_CHARS) : start])
        or _SHOUTED_AFTER.match(found.string[end : end + _AROUND_CHARS])
    )
