# ruff: noqa: RUF001 - typographic marks are what this file is about
"""Lines of plain text that are titles of chapters and parts."""

import re
from typing import Final

#: Of parts of a book, and of chapters.
PART_LEVEL: Final = 1
CHAPTER_LEVEL: Final = 2
_LONGEST_LINE_CHARS: Final = 100

_PARTS: Final = "part|book|volume|act|phần|quyển|tập|thiên|teil|buch|partie|livre|parte|libro|часть|книга|deel"
_CHAPTERS: Final = (
    "chapter|canto|stave|letter|episode|scene|chương|hồi|bài|kapitel|chapitre|cap[ií]tulo|capitolo|глава|hoofdstuk"
    "|rozdział"
)
_ENGLISH: Final = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    "|(?:thir|four|fif|six|seven|eigh|nine)teen"
    "|(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?"
    "|(?:the )?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|last)"
)
_VIETNAMESE_FIGURE: Final = "một|mốt|hai|ba|bốn|tư|năm|lăm|sáu|bảy|bẩy|tám|chín|mười|mươi|trăm|nhất|nhì|cuối"
_VIETNAMESE: Final = rf"(?:thứ )?(?:{_VIETNAMESE_FIGURE})(?: (?:{_VIETNAMESE_FIGURE})){{0,3}}"
_NUMBER: Final = rf"(?:\d{{1,4}}|[IVXLC]{{1,8}}|{_ENGLISH}|{_VIETNAMESE})"
#: What follows the number: nothing, a title behind a mark, or one that begins with a capital letter.
_REST: Final = r"(?:\s{0,3}[.:–—-]{1,3}(?:\s{0,3}(?P<titled>\S.{0,80}))?|\s{1,3}(?P<bare>[^\W\d_].{0,80}))?"
_NUMBERED: Final = re.compile(
    rf"(?:(?P<part>{_PARTS})|(?P<chapter>{_CHAPTERS}))\s{{1,3}}(?:{_NUMBER})(?!\w){_REST}", re.IGNORECASE
)
_NAMED: Final = re.compile(
    "(?:prologue|epilogue|introduction|preface|foreword|afterword|acknowledge?ments|conclusion|interlude|postscript"
    "|appendix|lời nói đầu|lời mở đầu|lời giới thiệu|lời tựa|lời bạt|lời kết|mở đầu|kết luận|vĩ thanh|đoạn kết|phụ lục"
    "|ngoại truyện|khúc dạo đầu)(?: (?:[A-Z]|[IVX]{1,4}|\\d{1,3}))?(?:[.:]? {0,3}|\\s?[:–—-]\\s?\\S.{0,80})",
    re.IGNORECASE,
)
_CHINESE: Final = re.compile(
    r"第[一二三四五六七八九十百千零〇两\d]{1,7}(?:(?P<part>[部卷篇])|[章回节節])(?:[\s:：].{0,60})?"
)
#: The number of a page, in a table of contents.
_PAGE: Final = re.compile(r"(?:\.\s?){3,}\d{1,4}\Z")
_SENTENCE_ENDS: Final = re.compile(r"[.,;!?…]\s*\Z")


def level_of(line: str) -> int:
    """Return PART_LEVEL or CHAPTER_LEVEL for a line that is a title, 0 for any other.

    line: without blanks around it. `Chapter 4`, `CHAPTER IV. The storm`, `Part Two`, `Chương 3: Mưa`,
    `PHẦN THỨ NHẤT`, `Epilogue`, `第三章`; but not `Chapter 4 was long.`
    """
    if len(line) > _LONGEST_LINE_CHARS or _PAGE.search(line):
        return 0
    if _NAMED.fullmatch(line):
        return CHAPTER_LEVEL
    found = _NUMBERED.fullmatch(line) or _CHINESE.fullmatch(line)
    if found is None:
        return 0
    bare = found.groupdict().get("bare") or ""
    if bare and (bare[0].islower() or _SENTENCE_ENDS.search(bare)):
        return 0
    return PART_LEVEL if found.group("part") else CHAPTER_LEVEL


def is_bare(line: str) -> bool:
    """Whether a title is a number only, so that its name may stand on the next line."""
    found = _NUMBERED.fullmatch(line)
    return found is not None and not found.group("titled") and not found.group("bare")


def is_name(line: str) -> bool:
    """Whether a line below a bare title can be the name of the chapter: short, and no sentence."""
    return len(line) <= _LONGEST_LINE_CHARS // 2 and not line[:1].islower() and not _SENTENCE_ENDS.search(line)
