# ruff: noqa: RUF001 - typographic marks are what this file is about
"""Where a sentence ends, in English, Vietnamese and languages that write like them."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: A longer sentence is cut at its clauses: an engine's memory grows with the length of what it reads.
LONGEST_CHARS: Final = 400
#: How far back a hard cut looks for a letter without a mark.
_MARKS_ON_A_LETTER: Final = 8
#: How much before and after a full stop tells whether it ends a sentence; bounded, so that no text takes long.
_AROUND_CHARS: Final = 60
#: A line shorter than this, without a full stop, is a title or a verse rather than wrapped prose.
_WRAPPED_CHARS: Final = 50


class Ending(StrEnum):
    """What comes after a piece of text; it decides how long the pause is."""

    CLAUSE = "clause"
    SENTENCE = "sentence"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True)
class Sentence:
    """A sentence, or a part of a very long one. paragraph: counted from 0."""

    text: str
    ending: Ending
    paragraph: int


def _words(text: str) -> frozenset[str]:
    return frozenset(text.casefold().split())


#: A name or a number always follows.
_TITLES: Final = _words(
    "Mr Mrs Ms Mx Dr Prof St Rev Hon Gen Col Maj Capt Cpt Lt Sgt Cmdr Gov Sen Rep Pres Messrs Mt Ft vs cf ca eg ie viz"
    " al approx GS PGS TS ThS Th.S BS CN KS TP Tp Q P H TT TX Ô Ông Bà LS NSND NSƯT NXB ĐH TNHH CP"
)
#: Abbreviations only before a number: "no" and "art" are words as well.
_BEFORE_NUMBERS: Final = _words(
    "No Nos Nr Fig Figs p pp vol ch sec art eq ed Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec tel ext max min"
    " đ tr t k stt đt"
)
#: These may end a sentence; one of _STARTERS after them says that they did.
_MAY_END: Final = _words(
    "Inc Ltd Co Corp Bros Jr Sr Ave Blvd Rd a.m p.m U.S U.S.A U.K U.N E.U D.C Ph.D B.C A.D B.Sc M.Sc"
)
_STARTERS: Final = _words(
    "A After All Although An And As At Because Before But By Each Every For From He Her Here His How However I If In"
    " It Its Later Many Meanwhile Most My No Nobody Not Now On Once One Or Our She Since So Some Soon Such That The"
    " Their Then There These They This Those Though Thus To Today Under Until We What When Where While Who Why With"
    " Yet You Your Anh Bà Các Chúng Có Do Em Hôm Khi Không Một Nay Nếu Người Nhưng Những Ông Sau Theo Tôi Trong Tuy"
    " Từ Và Vì Với Đây Đó Để"
)
#: "Điều 5. Khoản 2", "Article 3. Scope": the number belongs to what follows.
_NUMBERED: Final = _words("Điều Khoản Mục Chương Phần Bài Tập Quyển Article Section Chapter Part Book Clause Item Step")

_ENDERS: Final = ".!?…。！？"
_CLOSERS: Final = "\"'”’»)]}」』"
#: The CJK full stops end a sentence without a blank after them.
_END: Final = re.compile(rf"(?<![.!?…])[.!?…]+[{re.escape(_CLOSERS)}]*(?:\s+|$)|[。！？]+[{re.escape(_CLOSERS)}]*\s*")
_CLAUSE: Final = re.compile(r"(?<=[,;:—–，；：、])\s*(?=\S)")
_CONJUNCTION: Final = re.compile(
    r"\s+(?=(?:and|or|but|which|that|because|while|và|hoặc|nhưng|mà|vì|để|rằng|khi)\s)", re.IGNORECASE
)
_ENUMERATOR: Final = re.compile(r"^[(\[]?(?:\d{1,3}(?:\.\d{1,3})*|[a-zA-Z]|[ivxlcIVXLC]{1,5})$")
_LIST_ITEM: Final = re.compile(r"(?:[-*•–—+]|\(?\w{1,3}[.)])\s")
_PARAGRAPH_BREAK: Final = re.compile(r"\n\s*\n")


def split(text: str) -> Iterator[Sentence]:
    """Split a text (see `normalise.plain`) into sentences of at most LONGEST_CHARS characters.

    Every character of the text but blanks comes out again, in order. Paragraphs are apart by an
    empty line, and a lone line end is a blank, unless the line looks like a title, a verse or an
    item of a list.
    """
    for number, paragraph in enumerate(_paragraphs(text)):
        sentences = list(_sentences(paragraph))
        for i, sentence in enumerate(sentences):
            pieces = _pieces(sentence)
            for j, piece in enumerate(pieces):
                if j < len(pieces) - 1:
                    ending = Ending.CLAUSE
                elif i < len(sentences) - 1:
                    ending = Ending.SENTENCE
                else:
                    ending = Ending.PARAGRAPH
                yield Sentence(piece, ending, number)


def _paragraphs(text: str) -> Iterator[str]:
    for block in _PARAGRAPH_BREAK.split(text):
        lines = [" ".join(line.split()) for line in block.split("\n")]
        lines = [line for line in lines if line]
        begun: list[str] = []
        for line in lines:
            if begun and _starts_anew(begun[-1], line):
                yield " ".join(begun)
                begun = []
            begun.append(line)
        if begun:
            yield " ".join(begun)


def _starts_anew(before: str, line: str) -> bool:
    if _LIST_ITEM.match(line):
        return True
    title = len(before) < _WRAPPED_CHARS and before[-1] not in _ENDERS + ",;:" + _CLOSERS
    return title and not line[0].islower()


def _sentences(paragraph: str) -> Iterator[str]:
    begin = 0
    for found in _END.finditer(paragraph):
        end = found.end()
        before = paragraph[max(begin, found.start() - _AROUND_CHARS) : found.start()]
        if end < len(paragraph) and _ends(before, found.group(), paragraph[end : end + _AROUND_CHARS]):
            yield paragraph[begin:end].strip()
            begin = end
    if rest := paragraph[begin:].strip():
        yield rest


def _ends(before: str, mark: str, after: str) -> bool:
    """Whether `mark` between them ends a sentence. `before` starts where the sentence does."""
    if mark[0] in "。！？":
        return True
    following = after.lstrip("\"'“‘«([{")
    if following[:1].islower():
        return False
    if mark.strip() != ".":
        return True
    word = before.rsplit(None, 1)[-1].lstrip("\"'“‘«([{") if before.strip() else ""
    return _word_may_end(before, word, following)


def _word_may_end(before: str, word: str, following: str) -> bool:
    """Whether a full stop behind `word`, itself behind the rest of `before`, ends the sentence."""
    folded = word.casefold()
    last = folded.rsplit(".", 1)[-1]
    started = re.split(r"[\s,.;:!?]", following, maxsplit=1)[0].casefold() in _STARTERS
    if before.strip() == word and _ENUMERATOR.match(word):
        ends = False
    elif folded in _MAY_END:
        ends = started
    elif last in _TITLES:
        ends = False
    elif last in _BEFORE_NUMBERS:
        ends = not following[:1].isdigit()
    elif len(word) == 1 and word.isupper():
        ends = word == "I" and started
    elif word.isdigit():
        *_, head, _ = ("", *before.split())
        ends = head.casefold() not in _NUMBERED
    else:
        ends = True
    return ends


def _pieces(sentence: str) -> list[str]:
    """Cut a sentence that is too long: at clauses, else before conjunctions, else at blanks, else anywhere."""
    if len(sentence) <= LONGEST_CHARS:
        return [sentence]
    for pattern in (_CLAUSE, _CONJUNCTION, re.compile(r"\s+")):
        parts = [part for part in pattern.split(sentence) if part]
        if len(parts) > 1:
            return [piece for joined in _joined(sentence, parts) for piece in _pieces(joined)]
    return _hard_cut(sentence)


def _joined(sentence: str, parts: list[str]) -> Iterator[str]:
    """Put neighbouring parts together again, up to LONGEST_CHARS, with the blanks they had."""
    begin = end = 0
    for part in parts:
        start = sentence.index(part, end)
        stop = start + len(part)
        if end > begin and stop - begin > LONGEST_CHARS:
            yield sentence[begin:end].strip()
            begin = start
        end = stop
    yield sentence[begin:end].strip()


def _hard_cut(word: str) -> list[str]:
    """Cut a word without blanks; a mark stays with the letter that it sits on."""
    pieces, begin = [], 0
    while len(word) - begin > LONGEST_CHARS:
        latest = begin + LONGEST_CHARS
        ends = range(latest, latest - _MARKS_ON_A_LETTER, -1)
        end = next((end for end in ends if unicodedata.category(word[end])[0] != "M"), latest)
        pieces.append(word[begin:end])
        begin = end
    return [*pieces, word[begin:]]
