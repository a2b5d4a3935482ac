"""Steps, chains with arrows and mermaid as diagrams."""

import re
from collections.abc import Sequence
from typing import Final

from mediamill.services.videos.writer.blocks import UNSPEAKABLE, Block, Code, Listing, Prose
from mediamill.services.videos.writer.visuals.bullets import core

_FEWEST_STEPS: Final = 3
_MOST_STEPS: Final = 8
#: Of what stands in a box.
_LONGEST_STEP: Final = 48

_MERMAID: Final = re.compile(r"\s*(?:%%[^\n]*\n\s*)*(?:graph|flowchart)\b", re.IGNORECASE)
_SEQUENCE: Final = re.compile(r"\s*(?:%%[^\n]*\n\s*)*sequenceDiagram\b", re.IGNORECASE)
_PARTICIPANT: Final = re.compile(
    r"^\s*(?:participant|actor)\s+(?P<id>\w{1,40})\s+as\s+(?P<name>.{1,60})$", re.MULTILINE | re.IGNORECASE
)
_MESSAGE: Final = re.compile(
    r"^\s*(?P<from>\w[\w ]{0,40}?)\s*--?(?:>>?|[x)])[+-]?\s*(?P<to>\w[\w ]{0,40}?)\s*:(?P<said>.{1,60})$", re.MULTILINE
)
_ARROW: Final = re.compile(r"\s*(?:-{1,2}>|={1,2}>|→|⇒|➜|➔|⟶)\s*")
_LONE_ARROW: Final = re.compile(r"\w\s*(?:-{1,2}>|→|⇒|➜|➔|⟶)\s*\w")
#: Languages whose own arrows are none of a diagram.
_NO_DIAGRAM: Final = re.compile(r"[{};=]")
#: What a list is of, when it is of steps, and when it is of none.
_STEPS: Final = re.compile(
    r"\b(?:steps?|process|how|workflow|flow|procedure|cycle|circle|lifecycle|pipeline|path|way|journey|stages?|states?"
    r"|phases?|methods?|install\w*|recipe|instructions|order|sequence|bước|quy trình|cách|quá trình|chu trình|vòng"
    r"|trình tự|thứ tự|giai đoạn|đường đi|luồng|hướng dẫn|phương pháp|vòng đời|trạng thái|thủ tục)\b",
    re.IGNORECASE,
)
_NO_STEPS: Final = re.compile(
    r"\b(?:top|reasons?|ranking|ranked|best|worst|types?|kinds?|benefits?|advantages?|disadvantages?|principles?|rules?"
    r"|tips?|questions?|goals?|facts?|features?|lý do|nguyên nhân|xếp hạng|loại|lợi ích|ưu điểm|nhược điểm|nguyên tắc"
    r"|quy tắc|mẹo|câu hỏi|mục tiêu|tính năng|đặc điểm|yếu tố)\b",
    re.IGNORECASE,
)
_SPECIAL: Final = re.compile(r"[\[\](){}<>=|&;:→⇒-]")


def drawing(code: Code) -> str | None:
    """Return the diagram that code is: mermaid, or lines of names with arrows between them; None: it is code."""
    if _MERMAID.match(code.text):
        return code.text.strip()
    if _SEQUENCE.match(code.text):
        return _of_sequence(code.text)
    return _of_lines(code.text) if code.language in {"", "text", "txt", "ascii"} else None


def chain(blocks: Sequence[Block]) -> str | None:
    """Return the first chain with arrows that stands in a sentence; None: there is none."""
    return next((found for text in _texts(blocks) if (found := _chain(text))), None)


def steps(blocks: Sequence[Block], about: str) -> str | None:
    """Return the steps of a numbered list, one after the other. about: what the list is said to be of."""
    for place, block in enumerate(blocks):
        if not isinstance(block, Listing) or not block.ordered:
            continue
        lead = blocks[place - 1] if place else None
        said = lead.words.spoken[-200:].rpartition(". ")[2] if isinstance(lead, Prose) else ""
        leads = said if said.endswith(":") else ""
        if _NO_STEPS.search(leads or about):
            continue
        sure = _STEPS.search(leads or about) is not None
        names = [_step(entry.words.shown, whole=not sure) for entry in block.entries]
        if _FEWEST_STEPS <= len(names) <= _MOST_STEPS and all(names) and len(set(names)) == len(names):
            return " -> ".join(map(_quoted, names))
    return None


def _of_sequence(text: str) -> str | None:
    """Return mermaid's messages between participants as arrows between boxes."""
    names = {found["id"]: found["name"].strip() for found in _PARTICIPANT.finditer(text)}
    lines = [
        f"{names.get(found['from'], found['from'])} -> {names.get(found['to'], found['to'])}: {found['said'].strip()}"
        for found in _MESSAGE.finditer(text)
    ]
    return "\n".join(dict.fromkeys(lines)) or None


def _of_lines(text: str) -> str | None:
    """Return lines that all have arrows between names."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines or _NO_DIAGRAM.search(text) or not all(_LONE_ARROW.search(line) for line in lines):
        return None
    return "\n".join(" -> ".join(_ARROW.split(line)) for line in lines)


def _texts(blocks: Sequence[Block]) -> list[str]:
    texts = list[str]()
    for block in blocks:
        if isinstance(block, Prose):
            texts.append(block.words.shown)
        elif isinstance(block, Listing):
            texts += [entry.words.shown for entry in block.entries]
    return [text for text in texts if len(_ARROW.findall(text)) >= _FEWEST_STEPS - 1]


def _chain(text: str) -> str | None:
    """Return the chain with arrows in a sentence, from which words before a colon are left out."""
    sentence = next((part for part in re.split(r"(?<=[.!?;])\s+", text) if len(_ARROW.findall(part)) > 1), "")
    _, _, behind = sentence.rpartition(": ")
    names = [_step(name, whole=True) for name in _ARROW.split(behind.rstrip(" .;,"))]
    return " -> ".join(map(_quoted, names)) if _FEWEST_STEPS <= len(names) <= _MOST_STEPS and all(names) else None


def _step(text: str, *, whole: bool) -> str:
    """Return the name of a step, "" when it is too long for a box: the term before a colon, else its core.

    whole: what has no such term is taken as it is or not at all.
    """
    plain = " ".join(text.replace("**", "").replace("`", "").replace('"', "").replace(UNSPEAKABLE, "").split())
    head, colon, _ = plain.partition(": ")
    name = (head if colon else plain).rstrip(" .;,")
    if not whole:
        return core(name, _LONGEST_STEP)
    return name if len(name) <= _LONGEST_STEP and "," not in name else ""


def _quoted(name: str) -> str:
    return f'"{name}"' if _SPECIAL.search(name) else name
