# ruff: noqa: RUF001 - typographic marks are what this file is about
"""Words that point at something on the page: figures, tables, notes, sources. A listener does not see it."""

import re
from typing import Final

_THINGS: Final = (
    r"(?:figures?|figs?\.?|tables?|tab\.|sections?|sec\.|appendix|equations?|eqs?\.?|chapters?|listings?"
    r"|hình|bảng|mục|phần|phụ lục|công thức|phương trình|chương|biểu đồ|sơ đồ)"
)
_NUMBER: Final = r"(?:\s*\(?(?:\d{1,3}(?:[.\-–]\d{1,3})*|[A-Z])(?!\w)\)?)"
_POINTER: Final = rf"(?:{_THINGS}{_NUMBER}(?:\s*(?:,|and|và|&)\s*{_NUMBER})*)"
_DIRECTION: Final = (
    r"(?:(?:the\s+)?(?:figure|table|diagram|chart|image|picture|code|example)\s+(?:above|below)|above|below|overleaf|here"
    r"|(?:hình|bảng|sơ đồ|biểu đồ|ví dụ)?\s*(?:bên dưới|dưới đây|ở trên|bên trên|phía (?:trên|dưới)|sau đây))"
)
_SEE: Final = (
    r"(?:as\s+(?:shown|seen|described|illustrated|listed|given|summari[sz]ed|depicted)\s+in|as\s+in|see(?:\s+also)?"
    r"|cf\.?|refer\s+to|shown\s+in|như(?:\s+(?:trong|ở))?|xem(?:\s+(?:thêm|ở|tại))?|trong|theo)"
)
_THERE: Final = rf"(?:the\s+)?(?:{_POINTER}|{_DIRECTION})"
#: "(see Figure 2)", "[3, 4]", "(Smith et al., 2019)"; a year in brackets is none.
_ASIDES: Final = re.compile(
    rf"\s*\((?:{_SEE}\s+)?{_THERE}[^()]{{0,40}}\)"
    r"|\s*\[\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\]"
    r"|\s*\((?:see\s+|cf\.\s+|xem\s+)?(?-i:[A-ZĐÀ-Ỹ])[^()]{1,60}(?:,|et al\.|&\s\w+)\s+(?:1[5-9]|20)\d\d[a-z]?"
    r"(?:;[^()]{1,80})?\)",
    re.IGNORECASE,
)
_BEFORE: Final = re.compile(rf"{_SEE}\s+{_THERE}\s*,\s*", re.IGNORECASE)
_BEHIND: Final = re.compile(rf",?\s+\(?{_SEE}\s+{_THERE}\)?(?=[.!?…,;]|\Z)", re.IGNORECASE)
_DANGLES: Final = re.compile(r"\b(?:is|are|was|were|be|been|and|or|được|bị|là|như|và|có thể)\W*\Z", re.IGNORECASE)
_POINTS: Final = re.compile(
    rf"\A(?:please\s+|hãy\s+|vui lòng\s+)?(?:see|refer\s+to|cf\.|xem)\b|\b{_POINTER}\b"
    r"|\b(?:table|figure|diagram|chart|code|example|listing|snippet)s?\s+(?:above|below)\b"
    r"|\b(?:following|below|above)\s+(?:table|figure|diagram|chart|code|example|listing|snippet)s?\b"
    r"|\b(?:hình|bảng|sơ đồ|biểu đồ|đoạn mã|ví dụ|công thức)\s+(?:sau|dưới|bên dưới|trên|ở trên)\b",
    re.IGNORECASE,
)
#: "a, then b, then c" can be listened to, up to a point.
_MOST_ARROWS: Final = 5
_ARROWS: Final = re.compile(r"->|=>|→|⇒")
#: "..., as follows:": what comes is shown, and the sentence is none without it.
_HANDS_OVER: Final = re.compile(
    r"\b(?:as follows|following|below|for example|for instance|e\.g\.|like this|like so|is|are|was|were|using|with|run"
    r"|by|and|or|to|of|simply|just|do|use|type|enter|add|write|call|try|install|then|this|these"
    r"|như sau|sau đây|dưới đây|ví dụ|chẳng hạn|gồm|là|bằng|với|chạy|lệnh|theo|dùng|gõ|nhập|viết|gọi"
    r"|thêm|sau|này)\s*:\Z",
    re.IGNORECASE,
)
#: A sentence that begins so is about the one before it.
_BACKWARD: Final = re.compile(
    r"(?:this|that|these|those|it|its|they|their|them|he|she|his|her|however|but|and|so|then|thus|therefore|hence|also"
    r"|moreover|furthermore|in addition|besides|instead|otherwise|for example|for instance|such|both|neither|either"
    r"|as a result|consequently|meanwhile|still|yet|nevertheless|nonetheless|finally|next|again|there|here|the former"
    r"|the latter|another|the same|similarly|likewise|conversely|on the other hand|in contrast|or"
    r"|nó|họ|chúng|điều (?:này|đó)|việc (?:này|đó)|đây|đó|này|tuy nhiên|nhưng|và|vì (?:vậy|thế)|do (?:đó|vậy)"
    r"|bởi (?:vậy|thế)|ngoài ra|hơn nữa|bên cạnh đó|đồng thời|sau đó|khi đó|lúc đó|từ đó|nhờ (?:đó|vậy)|như (?:vậy|thế)"
    r"|ví dụ|chẳng hạn|còn|rồi|thế (?:là|nhưng|nên)|mặt khác|ngược lại|trong khi đó|cuối cùng|tiếp theo"
    r"|cả hai|các .{1,30} (?:này|đó)"
    r"|những .{1,30} (?:này|đó)|một .{1,20} khác|hoặc|tương tự|ông|bà|anh|cô|chị)\b",
    re.IGNORECASE,
)


def without_asides(text: str) -> str:
    """Take out brackets that name figures, notes and sources."""
    return _ASIDES.sub("", text) if "(" in text or "[" in text else text


def without_pointers(sentence: str) -> str:
    """Take out "as shown in Figure 2"; "" where the sentence does not stand without it."""
    left = _BEHIND.sub("", _BEFORE.sub("", sentence, count=1) if _BEFORE.match(sentence) else sentence)
    return "" if left != sentence and _DANGLES.search(left) else left


def points(sentence: str) -> bool:
    """Whether a sentence is about something on the page, such as "the table below", or is a long chain of arrows."""
    return _POINTS.search(sentence) is not None or len(_ARROWS.findall(sentence)) > _MOST_ARROWS


def hands_over(sentence: str) -> bool:
    """Whether a sentence ends in a colon, and is none without what follows."""
    return _HANDS_OVER.search(sentence) is not None


def leans_back(sentence: str) -> bool:
    """Whether a sentence goes on from the one before it, and says little without."""
    return _BACKWARD.match(sentence) is not None
