# ruff: noqa: RUF001 - typographic marks are meant
"""What the document itself says a term is: "X is a ...", "X: a ...", "... is called X"."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from mediamill.services.documents.term import Part, Term

#: Shorter tells nothing, longer is no definition but a sentence.
_FEWEST_WORDS: Final = 4
_MOST_WORDS: Final = 36
_LONGEST_CHARS: Final = 220
#: How many words make a definition rich enough that none after it is looked at.
_RICH_WORDS: Final = 8

#: How a definition begins.
_KIND: Final = r"(?:an?|the|any|one of|those|each|every|all|(?:one )?(?:kind|type|form|sort|set|group|class) of)\s"
#: Before the term: an article, a quote.
_BEFORE: Final = r"(?:(?:an?|the|each|every|one)\s+)?[\"“'(]?"
#: After it: a quote, an abbreviation or another name.
_AFTER: Final = r"[\"”')]?(?:\s*\([^()]{1,40}\))?(?:,? or (?:an?\s)?[\w -]{2,30},?)?"
_ASIDE: Final = (
    r"(?:\s*,?\s*(?:in general|in short|basically|essentially|simply|therefore|thus|then|also|usually|generally),?)?"
)
_SEEN: Final = r"(?:can|may) be (?:recogni[sz]ed|seen|defined|thought of|described|understood|regarded|viewed) as"
_MEANS: Final = rf"(?:refers? to|means|denotes?|is defined as|are defined as|stands? for|{_SEEN})"
#: What the column of a table is called that tells what the terms of another one are.
_COLUMN: Final = r"(?:meaning|description|definition|explanation|what it is|what it means)"
#: What sets one apart of a kind: "a function that".
_KIND_THAT: Final = r"an? (?:[\w-]+ ){1,4}(?:that|which|used)\s"
#: Several of a kind.
_SOME: Final = r"\w+s (?:that|which|who)\s"
_WITH: Final = r"(?:by|with|in|from|through|to|of|on|for) which"
_CALLED: Final = r"(?:called|known as|termed)\s+(?:an?\s|the\s)?[\"“'(]?"
#: Stands for the term, whatever it is: a letter that no document has, so that it is compiled once.
_TERM: Final = "\u01c2"
#: Ways to say it, with what it is as `told`.
_SAYINGS: Final = tuple(
    re.compile(saying, re.IGNORECASE)
    for saying in (
        rf"\A{_BEFORE}{_TERM}{_AFTER}{_ASIDE}\s+(?:is|are){_ASIDE}\s+(?P<told>{_KIND}.+)",
        rf"\A{_BEFORE}{_TERM}{_AFTER}\s+{_MEANS}\s+(?!that\s)(?P<told>.+)",
        rf"\b(?:by|with) {_BEFORE}{_TERM}{_AFTER},? (?:we|I|they|one) (?:mean|means|understand)\s+(?P<told>{_KIND}.+)",
        rf"(?:\A|, )[\w ]+: {_TERM}, (?:[\w ]+: [^,:]+, )?{_COLUMN}: (?P<told>.+)",
        rf"(?:\A|, )(?:the |an? )?(?:\([^()]{{1,40}}\) )?(?:[a-z-]+ )?{_TERM}{_AFTER} is (?P<told>{_KIND_THAT}.+)",
        rf"\b{_TERM}: (?P<told>{_KIND_THAT}.+)",
        rf"\b{_TERM}{_AFTER}, which (?:is|are)\s+(?P<told>(?:{_KIND}|{_SOME})[^,;]+)",
        rf"\A{_BEFORE}{_TERM}{_AFTER}\s?(?::|\s[–—-])\s+(?!(?-i:The|Those)\s)(?P<told>{_KIND}.+)",
        rf"\b{_TERM}{_AFTER}, (?P<told>an? [^,;.:]+ (?:{_WITH}|who|where|whose) [^,;.:]+)(?:[.;:]|,(?! (?:and|or)\b))",
        rf"\b(?P<told>an? (?:(?!an? )[^\s,;:]+ ){{3,14}}){_CALLED}{_TERM}\b",
        rf"\A(?:(?:this|such)\s)?(?P<told>(?:{_KIND})?[^,;:]+?),?\s+(?:is|are)\s+{_CALLED}{_TERM}[\"”')]?(?:[.,;]|\Z)",
    )
)


def _any(*words: str) -> str:
    return "|".join(word for line in words for word in line.split("/"))


#: What is said of a thing without telling what it is: "a problem", "the most important part".
_DEGREES: Final = _any("very/most/more/least/less/rather/quite/really/single/only/main/real/big/whole")
_OPINIONS: Final = _any(
    "problem/issue/trouble/mistake/error/matter/question/reason/result/case/example/exception/key/pain/help/must/lot/bit",
    "few/great/good/better/best/bad/worse/worst/important/useful/nice/easy/hard/simple/common/popular/first/second/third",
    "last/next/same/right/wrong/only/way/one/ones/thing/things/place/time to/times/answer/point/idea/choice/chance",
    "part/default/rule/more/most/less/least/other/others/following/number of/total/sum/maximum/minimum/success/failure",
    "work/fact/truth/job/part of/subject/topic/end/beginning/start/aim/goal/purpose/infinite",
)
_OPINION: Final = re.compile(
    rf"\A(?:an?|the|one of the|any|all|those|each|every)\s+(?:(?:{_DEGREES})\s+)*(?:{_OPINIONS})\b", re.IGNORECASE
)
#: Words that point out of the definition.
_POINTS: Final = re.compile(
    "".join(
        (
            r"\b(?:",
            _any("this/these/those who/it/they/above/below/here/following/previous/former/latter"),
            "|",
            _any("I/we/our/us/he/she/his/her/see/today/now/however/not"),
            r")\b|\be\.g\b|\b(?:section|chapter|figure|table|page)s? \d",
        )
    ),
    re.IGNORECASE,
)
#: What sets a thing apart from others of its kind: without, it is no definition.
_APART: Final = re.compile(
    "".join(
        (
            r"\b(?:",
            _any(
                "that/which/who/whose/whom/where/when/whereby/used/for/of/in/by/with/without/from/between/to/on/at/into"
            ),
            r"|as|\w{3,}ing|\w{3,}ed)\b",
        )
    )
)
#: What is said besides.
_CUT: Final = re.compile(
    "".join(
        (
            r"\s*(?:;|\s[–—]\s|, (?:",
            _any("an?/the/but/so/because/although/though/while/whereas/however/described/introduced/proposed"),
            r"|and (?:",
            _any("so/it/they/this/the/an?/is/are/has/have/can/may/must/will"),
            r"))\b).*\Z",
        )
    )
)
#: Where a link of Markdown led.
_TARGETS: Final = re.compile(r"\s*<[\w:.-]{1,60}>")
_SIGNS: Final = re.compile(r"[{}<>|=\\`\[\]#*_]|https?:|\d{3,}")
_ENDS: Final = ".!?:,;\"”' "


def definition(term: Term) -> str:
    """Return what the document says the term is, without the term at its beginning; "" when it says nothing that holds.

    Only nouns are defined so.
    """
    if term.part is not Part.NOUN:
        return ""
    best = ""
    for told in _told(term):
        if len(told.split()) >= _RICH_WORDS:
            return told
        best = best or told
    return best


def _told(term: Term) -> Iterator[str]:
    anyone = _anyone(term.forms)
    for sentence in term.sentences:
        text, there = anyone.subn(_TERM, sentence.text)
        if not there:
            continue
        for saying in _SAYINGS:
            found = saying.search(text)
            if found and (told := _holds(found["told"].replace(_TERM, term.text), term)):
                yield told
                break


def _anyone(forms: Sequence[str]) -> re.Pattern[str]:
    words = "|".join(r"\s+".join(map(re.escape, form.split())) for form in sorted(set(forms), key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)


def _holds(text: str, term: Term) -> str:
    """Return the definition in a text, or "" when there is none."""
    told = _CUT.sub("", _TARGETS.sub("", text)).strip(_ENDS)
    told = told.split(". ")[0].strip(_ENDS)
    words = told.split()
    wrong = (
        not _FEWEST_WORDS <= len(words) <= _MOST_WORDS
        or len(told) > _LONGEST_CHARS
        or _OPINION.match(told)
        or _POINTS.search(told)
        or _SIGNS.search(told)
        or told.count("(") != told.count(")")
        or not _APART.search(" ".join(words[1:]))
        or term.text.lower() in told.lower()
    )
    return "" if wrong else told[0].lower() + told[1:]
