"""Lines joined to running text: words that a line's end cut are whole again."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from mediamill.media.documents.blocks import Span
from mediamill.media.documents.pdf.lines import Line
from mediamill.media.documents.pdf.measures import Measures

_HYPHENS: Final = ("-", "\u2010", "\u00ad")
#: Where a long name or address may be cut.
_INNER: Final = ("_", "/")
_LAST_PART: Final = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)[-\u2010\u00ad]\Z")
_FIRST_PART: Final = re.compile(r"[^\W\d_]+")
#: Before these a hyphen stays where nothing else says whether it was one of the writer's.
_COMPOUND: Final = re.compile(
    "all|cross|ex|first|full|half|high|large|left|long|low|mid|multi|near|non|open|quasi|real|right|second|self|semi|short|"
    "single|small|so|third|two|three|four|five|six|well|wide|zero|one"
)
_BLANKS: Final = re.compile(r"\s+")


def joined(lines: Sequence[Line], measures: Measures) -> tuple[Span, ...]:
    """Return the words of lines that follow each other."""
    return join_spans((line.spans for line in lines), measures)


def join_spans(parts: Iterable[Sequence[Span]], measures: Measures) -> tuple[Span, ...]:
    """Return parts of a text, each of which ends where a line does, as one."""
    found: list[Span] = []
    for part in parts:
        spans = [span for span in part if span.text]
        if not spans:
            continue
        if found:
            end, glue = _ending(found[-1].text.rstrip(), spans[0].text.lstrip(), measures)
            found[-1] = found[-1]._replace(text=end + glue)
            spans[0] = spans[0]._replace(text=spans[0].text.lstrip())
        for span in spans:
            _append(found, span)
    return tuple(found)


def plain(spans: Iterable[Span]) -> str:
    """Return the words without their look."""
    return _BLANKS.sub(" ", "".join(span.text for span in spans)).strip()


def without_start(spans: Sequence[Span], length: int) -> tuple[Span, ...]:
    """Return spans without their first letters, and without a blank behind these."""
    left, kept = length, list[Span]()
    for span in spans:
        cut = min(left, len(span.text))
        left -= cut
        if text := span.text[cut:] if kept else span.text[cut:].lstrip():
            kept.append(span._replace(text=text))
    return tuple(kept)


def _append(found: list[Span], span: Span) -> None:
    if found and (found[-1].bold, found[-1].code) == (span.bold, span.code):
        found[-1] = found[-1]._replace(text=found[-1].text + span.text)
    else:
        found.append(span)


def _ending(end: str, start: str, measures: Measures) -> tuple[str, str]:
    """Return the end of a line as it is before the next one's start, and what is between the two."""
    if not end.endswith(_HYPHENS):
        return end, "" if end.endswith(_INNER) else " "
    before, after = _LAST_PART.search(end), _FIRST_PART.match(start)
    if before is None or after is None:
        # "pages 12-\n15", or a dash: "- so he thought -"
        return end, "" if end[-2:-1].isalnum() and start[:1].isalnum() else " "
    if not after.group()[0].islower():
        return end, ""
    if _stays(before.group(1).casefold(), after.group().casefold(), measures):
        return end[:-1] + "-", ""
    return end[:-1], ""


def _stays(before: str, after: str, measures: Measures) -> bool:
    """Whether a hyphen is the writer's. The document itself says so, where it has the word elsewhere."""
    if before + after in measures.words:
        return False
    if f"{before}-{after}" in measures.words:
        return True
    return measures.vietnamese or _COMPOUND.fullmatch(before) is not None
