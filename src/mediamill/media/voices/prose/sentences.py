# ruff: noqa: RUF001 - typographic marks are what this file is about
"""Where a sentence ends, in English, Vietnamese and languages that write like them."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import Final

#: A longer sentence is cut at its clauses: an engine's memory grows with the length of what it reads.
LONGEST_CHARS: Final = 400
#: How far back a hard cut looks for a letter without a mark.
_MARKS_ON_A_LETTER: Final = 8
#: How much before and after a full stop tells whether it ends a sentence; bounded, so that no text takes long.
_AROUND_CHARS: Final = 60
#: A line shorter than this, without a full stop, is a title or a verse rather than wrapped prose.
_WRAPPED_CHARS: Final = 50
_WRAPPED_CJK_CHARS: Final = 20
#: What is looked at in one go; a paragraph that is longer counts as several.
_BLOCK_CHARS: Final = 65_536
#: No sentence is that long; what goes on without an end is cut here before its clauses are looked at.
_ENDLESS_CHARS: Final = 16_384


class Ending(StrEnum):
    """What comes after a piece of text; it decides how long the pause is."""

    CLAUSE = "clause"
    SENTENCE = "sentence"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True)
class Sentence:
    """A sentence, or a part of a very long one.

    paragraph: counted from 0. One of more than _BLOCK_CHARS characters counts as several.
    """

    text: str
    ending: Ending
    paragraph: int


def _words(text: str) -> frozenset[str]:
    return frozenset(text.casefold().split())


#: A name or a number always follows.
_TITLES: Final = _words(
    "Mr Mrs Ms Mx Dr Prof St Rev Hon Gen Col Maj Capt Cpt Lt Sgt Cpl Pvt Adm Cmdr Gov Sen Rep Pres Messrs Mme Mlle Mt"
    " Ft Insp Supt vs cf ca eg ie e.g i.e viz al approx incl esp resp"
    " GS PGS TS ThS Th.S BS CN KS LS NSND NSƯT TP Tp Tx Q P H TT TX Ô Ông Bà NXB ĐH TNHH CP KĐT KCN"
)
#: Abbreviations only before a number: "no" and "art" are words as well.
_BEFORE_NUMBERS: Final = _words(
    "No Nos Nr N° Nº № Fig Figs p pp vol vols ch chap sec art eq ed Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"
    " tel ext max min op bk ver v đ tr t k stt đt sđt"
)
#: These may end a sentence; one of _STARTERS after them says that they did. So may all of single letters: U.S., J.F.K.
_MAY_END: Final = _words("Inc Ltd Co Corp Bros Jr Sr Ave Blvd Rd St Ph.D Ph.Ds B.Sc M.Sc LL.B Cie Esq Dept Univ etc")
_LETTERS_APART: Final = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_STARTERS: Final = _words(
    "A After All Also Although An And Another Are As At Because Before Both But By Can Could Did Do Does Each Even"
    " Every Finally First For From Had Has Have He Her Here His How However I If In Indeed Instead Is It It's Its"
    " Later Let Let's Many Maybe Meanwhile Might Most My Neither Never Next No Nobody Not Nothing Now Oh On Once One"
    " Only Or Our Perhaps Please Second She She's Should Since So Some Soon Still Such That That's The Their Then"
    " There There's These They They're This Those Though Thus To Today Tomorrow Under Until Was We We're Well Were"
    " What When Where While Who Why Will With Would Yes Yesterday Yet You You're Your"
    " Anh Bà Bạn Các Chị Chúng Có Con Cô Do Đã Em Hai Hãy Hắn Hôm Họ Khi Không Là Mẹ Một Mọi Nay Nàng Nếu Ngày Người"
    " Nhà Nhưng Những Nó Ông Rồi Sau Thế Theo Tôi Trên Trong Tuy Từ Và Vậy Vì Với Xin Đây Đó Đến Để"
)
#: "Điều 5. Khoản 2", "Article 3. Scope": the number belongs to what follows.
_NUMBERED: Final = _words(
    "Điều Khoản Mục Chương Phần Bài Tập Quyển Hồi Câu Bước Hình Bảng Article Section Chapter Part Book Clause Item Step"
    " Lesson Unit Question Figure Table"
)

#: Before a number that is none of an item in running text: "article 2. The ...", but "the first item 2. ...".
_COUNTED: Final = (_NUMBERED | _BEFORE_NUMBERS) - {"item"}

_CJK_ENDERS: Final = "。！？｡"
#: Full stops of India, Arabia, Ethiopia, Burma, Cambodia, Armenia.
_OTHER_ENDERS: Final = "।॥؟۔።။។։"
_ENDERS: Final = f".!?…{_CJK_ENDERS}{_OTHER_ENDERS}"
_OPENERS: Final = "\"'“‘«([{¿¡"
_CLOSERS: Final = "\"'”’»)]}」』】》"
_DASHES: Final = "–—-"
_CJK: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"

#: The CJK full stops end a sentence without a blank after them. ". . ." is one mark.
_END: Final = re.compile(
    rf"(?<![.!?…])(?:[.!?…]+(?:\s\.)*|[{_OTHER_ENDERS}]+)[{re.escape(_CLOSERS)}]*(?:\s+|$)"
    rf"|[{_CJK_ENDERS}]+[{re.escape(_CLOSERS)}]*\s*"
    rf"|(?<=[^\W\d_]{{2}})[.!?](?=[^\W\d_][^\W\d_.@/]*(?:[\s,]|$))"
)
_SPACED_DOTS: Final = 4
_CLAUSE: Final = re.compile(r"(?<=[,;:—–，；：、،؛])\s*(?=\S)")
_CONJUNCTION: Final = re.compile(
    r"\s+(?=(?:and|or|but|which|that|because|while|when|where|và|hoặc|nhưng|mà|vì|để|rằng|khi|nên|thì)\s)",
    re.IGNORECASE,
)
_BLANK: Final = re.compile(r"\s+")
_ENUMERATOR: Final = re.compile(r"^[(\[]?(?:\d{1,3}(?:\.\d{1,3})*|[a-zA-Z]|[ivxlcIVXLC]{1,5})$")
_BULLETS: Final = "•⁃*-–— "
_LONGEST_WORD_CHARS: Final = 20
_NUMBER_OF_ITEM: Final = re.compile(r"\s*([•⁃*-]\s?|\(?)(\d{1,3}|[a-y])(\.\)|[.)])\s")
#: "... as he says." (Smith 55).
_CITATION: Final = re.compile(r"\([^()]{1,40}\)[.,;]")
_LIST_ITEM: Final = re.compile(r"(?:[-*•–—+⁃◦▪]|\(?(?:\d{1,3}|[a-zA-ZđĐ]|[ivx]{1,5}|[IVX]{1,5})[.)]|\d{1,3}\.\))\s")
#: How much longer than others a piece of a long sentence may be, the least first; at last, as long as may be.
_UNEVEN: Final = (1.1, 1.3, LONGEST_CHARS)
_SAID: Final = re.compile("と|って|などと")
_INITIALS: Final = re.compile(r"(?:^|[A-ZĐ]\.\s?)[A-ZĐ]$")
_CJK_LETTER: Final = re.compile(f"[{_CJK}]")
_NO_BLANK: Final = re.compile(f"(?<=[{_CJK}，、。！？」』])\n(?=[{_CJK}「『])")
_EMPTY_LINE: Final = "\n\n"
_PARAGRAPH_BREAK: Final = re.compile(r"\n\s*\n")
_FIRST_WORD: Final = re.compile(r"[^\s,.;:!?]*")


def split(text: str) -> Iterator[Sentence]:
    """Split a text (see `normalise.plain`) into sentences of at most LONGEST_CHARS characters.

    Every character of the text but blanks comes out again, in order. Paragraphs are apart by an
    empty line, and a lone line end is a blank, unless the line looks like a title, a verse or an
    item of a list. Memory does not grow with the text, nor does the time for each character.
    """
    for number, (sentences, whole) in enumerate(_paragraphs(text)):
        for i, sentence in enumerate(sentences):
            ending = Ending.PARAGRAPH if whole and i == len(sentences) - 1 else Ending.SENTENCE
            *clauses, rest = _pieces(sentence)
            yield from (Sentence(clause, Ending.CLAUSE, number) for clause in clauses)
            yield Sentence(rest, ending, number)


def _paragraphs(text: str) -> Iterator[tuple[list[str], bool]]:
    """Yield the sentences of each paragraph, and whether they are all of it: a very long one comes in parts."""
    begun = ""
    for block, gap in _blocks(text):
        *ended, last = _joined_lines(begun + block)
        yield from ((list(_sentences(paragraph)), True) for paragraph in ended)
        sentences = list(_sentences(last))
        whole = gap == _EMPTY_LINE
        begun = "" if whole or not sentences else f"{sentences.pop()}{gap}"
        if sentences:
            yield sentences, whole
        while len(begun) > _ENDLESS_CHARS:
            end = begun.rfind(" ", 0, _ENDLESS_CHARS) + 1 or _ENDLESS_CHARS
            yield [begun[:end].strip()], False
            begun = begun[end:]


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Cut a text at empty lines, and where there is none for long at a line's end, else at a blank, else anywhere.

    Each comes with what stands behind it: _EMPTY_LINE also behind the last.
    """
    begin = 0
    while begin < len(text):
        latest = begin + _BLOCK_CHARS
        if found := _PARAGRAPH_BREAK.search(text, begin, latest):
            yield text[begin : found.start()], _EMPTY_LINE
            begin = found.end()
        elif latest >= len(text):
            yield text[begin:], _EMPTY_LINE
            return
        else:
            gap = next((blank for blank in "\n " if text.rfind(blank, begin + 1, latest) > 0), "")
            end = text.rfind(gap, begin + 1, latest) if gap else latest
            yield text[begin:end], gap
            begin = end + len(gap)


def _joined_lines(block: str) -> list[str]:
    """Return the paragraphs in some lines, of which one wraps into the next unless it is a title or the like."""
    paragraphs: list[list[str]] = [[]]
    for line in filter(None, (" ".join(line.split()) for line in block.split("\n"))):
        if paragraphs[-1] and _starts_anew(paragraphs[-1][-1], line):
            paragraphs.append([])
        paragraphs[-1].append(line)
    return [_NO_BLANK.sub("", "\n".join(lines)).replace("\n", " ") for lines in paragraphs]


def _starts_anew(before: str, line: str) -> bool:
    if _LIST_ITEM.match(line):
        return True
    wrapped = _WRAPPED_CJK_CHARS if _CJK_LETTER.match(before[-1]) else _WRAPPED_CHARS
    title = len(before) < wrapped and before[-1] not in f"{_ENDERS}{_CLOSERS},;:，、；："
    return title and not line[0].islower()


def _sentences(paragraph: str) -> Iterator[str]:
    for item in _items(paragraph):
        begin = 0
        for found in _END.finditer(item):
            end = found.end()
            before = item[max(begin, found.start() - _AROUND_CHARS) : found.start()]
            if end < len(item) and _ends(before, found.group(), item[end : end + _AROUND_CHARS]):
                yield item[begin:end].strip()
                begin = end
        if rest := item[begin:].strip():
            yield rest


def _items(paragraph: str) -> Iterator[str]:
    """Take apart a list in running text: "1) milk 2) bread", "a. milk b. bread"; what is none comes back whole."""
    begin = 0
    while numbered := _NUMBER_OF_ITEM.match(paragraph, begin):
        place = _next_item(paragraph, numbered)
        if not place:
            break
        yield paragraph[begin:place]
        begin = place + 1
    yield paragraph[begin:]


def _next_item(paragraph: str, numbered: re.Match[str]) -> int:
    """Return where the blank before the next item is, 0 without one. "See article 2. The ..." is none."""
    bullet, number, mark = numbered.groups()
    after = str(int(number) + 1) if number.isdecimal() else chr(ord(number) + 1)
    wanted = re.compile(rf"(\S{{0,{_LONGEST_WORD_CHARS}}})\s{re.escape(bullet)}{after}{re.escape(mark)}\s+\S")
    for found in wanted.finditer(paragraph, numbered.end() - 1):
        if found.group(1).rstrip(".").casefold() not in _COUNTED:
            return found.end(1)
    return 0


def _ends(before: str, mark: str, after: str) -> bool:
    """Whether `mark` between them ends a sentence. `before` starts where the sentence does."""
    following = after.lstrip(_OPENERS)
    if mark[0] in _CJK_ENDERS:
        # A quotation and who said it: 「行く。」と言った。
        return not (mark.rstrip()[-1] in _CLOSERS and _SAID.match(after))
    if following.lstrip(f"{_DASHES} {_OPENERS}")[:1].islower():
        return False
    word = before.rsplit(None, 1)[-1].lstrip(_OPENERS) if before.strip() else ""
    if not mark[-1].isspace():
        # A blank is missing: "done.Then" but not "System.Console".
        return _begins(following) and mark in {".", "!", "?"}
    if mark.count(" .") and mark.count(".") < _SPACED_DOTS:
        return False
    if _CITATION.match(after):
        return False
    return mark.strip() not in {".", ".)"} or _word_may_end(before, word, following)


def _word_may_end(before: str, word: str, following: str) -> bool:
    """Whether a full stop behind `word`, itself behind the rest of `before`, ends the sentence."""
    folded = word.casefold()
    last = folded.rsplit(".", 1)[-1]
    if before.lstrip(_BULLETS) == word.lstrip(_BULLETS) and _ENUMERATOR.match(word.lstrip(_BULLETS)):
        ends = False
    elif folded in _MAY_END or (_LETTERS_APART.fullmatch(folded) and folded not in _TITLES and last not in _TITLES):
        ends = _begins(following)
    elif folded in _TITLES or last in _TITLES:
        ends = False
    elif len(word) == 1 and word.isupper():
        # "vitamin C. The" and "you and I. Did", but "Albert I. Jones" and "J. R. R. Tolkien".
        ends = _begins(following) and not _INITIALS.search(before)
    elif folded in _BEFORE_NUMBERS or last in _BEFORE_NUMBERS:
        ends = not following[:1].isdigit()
    elif word.isdigit():
        *_, head, _ = ("", *before.split())
        ends = head.casefold() not in _NUMBERED
    else:
        ends = True
    return ends


def _begins(following: str) -> bool:
    """Whether its first word is one that sentences begin with."""
    found = _FIRST_WORD.match(following)
    return found is not None and found.group(0).replace("’", "'").casefold() in _STARTERS


def _pieces(sentence: str) -> list[str]:
    """Cut a sentence that is too long: at clauses, else before conjunctions, else at blanks, else anywhere."""
    if len(sentence) <= LONGEST_CHARS:
        return [sentence]
    for pattern in (_CLAUSE, _CONJUNCTION, _BLANK):
        ends = [*(found.end() for found in pattern.finditer(sentence)), len(sentence)]
        if len(ends) > 1:
            return [piece for joined in _balanced(sentence, ends) for piece in _pieces(joined)]
    return _hard_cut(sentence)


def _balanced(sentence: str, ends: list[int]) -> list[str]:
    """Put neighbouring parts together again: into as few pieces as there must be, of about equal length."""
    fewest = ceil(len(sentence) / LONGEST_CHARS)
    for uneven in _UNEVEN:
        pieces = list(_joined(sentence, ends, min(LONGEST_CHARS, len(sentence) / fewest * uneven)))
        if len(pieces) <= fewest:
            break
    return pieces


def _joined(sentence: str, ends: list[int], most_chars: float) -> Iterator[str]:
    begin = end = 0
    for stop in ends:
        if end > begin and len(sentence[begin:stop].strip()) > most_chars:
            yield sentence[begin:end].strip()
            begin = end
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
