"""Code as a picture: all of it, or its most telling lines."""

import re
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from mediamill.services.videos.writer.blocks import Code

#: What can be read in a video.
MOST_LINES: Final = 18
#: A longer line is no code that anybody reads.
_LONGEST_LINE: Final = 160
_TAB_CHARS: Final = 4
#: Of a fence; longer ones hold code with fences in it.
_SHORTEST_MARK: Final = 3
_MARKS: Final = re.compile(r"\A *(`+)")

_DEFINES: Final = re.compile(
    r"\s*(?:@?(?:export|public|private|protected|static|async|abstract|final|pub|default|override)\s+){0,4}"
    r"(?:def|class|function|func|fn|interface|struct|enum|trait|impl|type|module|SELECT|CREATE|UPDATE|INSERT)\b",
    re.IGNORECASE,
)
_FLOWS: Final = re.compile(
    r"\s*(?:if|for|while|return|yield|match|switch|try|with|await|raise|throw|print)\b|.*\w\(.*\)"
)
_IMPORTS: Final = re.compile(r"\s*(?:import|from|#include|using|require|package|use)\b")
_COMMENT: Final = re.compile(r"\s*(?:#(?!include)|//|--|/\*|\*|;|%|<!--)")
_DEFINITION, _FLOW, _STATEMENT, _NOTE = 4.0, 1.5, 1.0, 0.2
_LATE: Final = 0.25
#: Lines that begin a comment to their end, by the languages that have another than `#`.
_COMMENT_MARKS: Final = MappingProxyType(
    dict.fromkeys(("c", "cpp", "c++", "cs", "csharp", "c#", "java", "kotlin", "kt", "scala", "swift", "dart"), "// …")
    | dict.fromkeys(("js", "javascript", "jsx", "ts", "typescript", "tsx", "go", "golang", "rust", "rs", "php"), "// …")
    | dict.fromkeys(("sql", "lua", "haskell", "hs", "ada", "elm"), "-- …")
    | dict.fromkeys(("html", "xml", "svg", "json", "text", "txt", "", "css", "markdown", "md", "console"), "…")
)


def code_of(code: Code) -> str | None:
    """Return code in the form that is drawn; None where its lines are too long to be read.

    Of more than MOST_LINES lines, those that tell most stay, whole and side by side; an ellipsis stands for the others.
    """
    lines = [line.expandtabs(_TAB_CHARS).rstrip() for line in code.text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    if not lines or any(len(line) > _LONGEST_LINE for line in lines):
        return None
    if len(lines) > MOST_LINES:
        lines = _telling(lines, _COMMENT_MARKS.get(code.language, "# …"))
    lines = _dedented(lines)
    longest = max(len(found) for line in lines for found in _MARKS.findall(line) or [""])
    mark = "`" * max(_SHORTEST_MARK, longest + 1)
    return "\n".join([f"{mark}{code.language}", *lines, mark])


def _telling(lines: Sequence[str], ellipsis: str) -> list[str]:
    weights = [_weight(line) for line in lines]
    excerpts = _excerpts(lines, MOST_LINES - 2)
    # What comes later needs more to be known.
    begin, end = max(excerpts, key=lambda each: sum(weights[each[0] : each[1]]) * (1 - _LATE * each[0] / len(lines)))
    while end > begin + 1 and not lines[end - 1].strip():
        end -= 1
    inner = next((_indent(line) for line in lines[end:] if line.strip()), 0)
    before = [f"{' ' * _indent(lines[begin])}{ellipsis}"] if any(lines[:begin]) else []
    after = [f"{' ' * inner}{ellipsis}"] if any(lines[end:]) else []
    return [*before, *lines[begin:end], *after]


def _excerpts(lines: Sequence[str], room: int) -> list[tuple[int, int]]:
    """Return from where to where an excerpt may go: whole pieces of code, or the beginning of one that is too long."""
    begins = _begins(lines)
    ends = [*begins[1:], len(lines)]
    found = list[tuple[int, int]]()
    for place, begin in enumerate(begins):
        whole = [end for end in ends[place:] if end - begin <= room]
        found.append((begin, whole[-1] if whole else begin + room))
    return found


def _begins(lines: Sequence[str]) -> list[int]:
    """Return where pieces of code begin: behind an empty line, or with a definition, at the outermost level."""
    outer = min(_indent(line) for line in lines if line.strip())
    found = list[int]()
    for place, line in enumerate(lines):
        apart = place == 0 or not lines[place - 1].strip()
        decorated = place > 0 and lines[place - 1].lstrip().startswith("@")
        if line.strip() and _indent(line) == outer and (apart or (_DEFINES.match(line) and not decorated)):
            found.append(place)
    return found or [0]


def _weight(line: str) -> float:
    if not line.strip() or len(line.strip()) == 1:
        return 0.0
    if _IMPORTS.match(line):
        return -_STATEMENT
    if _COMMENT.match(line):
        return _NOTE
    if _DEFINES.match(line):
        return _DEFINITION
    return _FLOW if _FLOWS.match(line) else _STATEMENT


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _dedented(lines: Sequence[str]) -> list[str]:
    common = min((_indent(line) for line in lines if line.strip()), default=0)
    return [line[common:] for line in lines]
