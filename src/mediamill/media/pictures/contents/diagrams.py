r"""Read diagrams: lines such as `A -> B: label`, and what language models write of mermaid."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mediamill.core.errors import InvalidInput
from mediamill.media.pictures.contents.plain import plain, shown, unfenced

MOST_BOXES: Final = 14
MOST_ARROWS: Final = 24
LONGEST_NAME: Final = 120
LONGEST_LABEL: Final = 60
MOST_CHARS: Final = 8_000

#: Between two names. A bare hyphen only between blanks: "end-to-end" is a name.
_LINK: Final = re.compile(
    r"""\s*(?P<left><)?(?:
            --\s+(?P<dashed>[^-|>\n]{1,80}?)\s+(?:-->|--->|---|->)      # A -- label --> B
          | -\[(?P<boxed>[^\]\n]{1,80})\]->?                          # A -[label]-> B
          | (?:-+\.+-+|={1,3}|-{1,4})(?P<head>>)                       # -> --> => -.->
          | (?P<arrow>[→⟶➜➔➝⇒⟹])
          | (?P<both>[↔⇔])
          | (?P<back>(?<=<)-{1,3})                                      # <-, <--
          | (?P<plain>-{2,4}|(?<=\s)-(?=\s))                            # A - B, A --- B
        )\s*(?:\|(?P<piped>[^|\n]{0,80})\|)?\s*""",
    re.VERBOSE,
)
_HEADER: Final = re.compile(r"(?:graph|flowchart)(?:\s+(?:TB|TD|BT|RL|LR))?\s*;?", re.IGNORECASE)
#: Lines of mermaid that say how it looks or is grouped; they add no box.
_IGNORED: Final = re.compile(
    r"(?:%%|subgraph\b|end\s*$|style\s|classDef\s|class\s|linkStyle\s|click\s|direction\s)", re.IGNORECASE
)
_BULLET: Final = re.compile(r"^\s*(?:[-*+•]|\d{1,2}[.)])\s+")
#: A[Text], A(Text), A{Text}, A((Text)), A([Text]), A[(Text)]...
_NODE: Final = re.compile(
    r"""(?P<id>[^\s\[\](){}<>"'|]{1,60})
        (?:\[\[(?P<a>.+)\]\]|\[\((?P<b>.+)\)\]|\(\[(?P<c>.+)\]\)|\(\((?P<d>.+)\)\)|\{\{(?P<e>.+)\}\}
          |\[/(?P<i>.+)[/\\]\]|\[(?P<f>.+)\]|\{(?P<g>.+)\}|\((?P<h>.+)\)|>(?P<j>.+)\])
        (?::::\w+)?""",
    re.VERBOSE | re.DOTALL,
)
_HIDDEN_LINK: Final = "\ue000"


@dataclass(frozen=True)
class Box:
    """A box. question: it asks, and answers lead out of it (mermaid's braces)."""

    name: str
    question: bool = False


@dataclass(frozen=True)
class Arrow:
    """From one box to another, by their places. heads: at its end, at its beginning too, or at none."""

    start: int
    end: int
    label: str = ""
    head: bool = True
    tail: bool = False


@dataclass(frozen=True)
class Diagram:
    """Boxes in the order in which they are named first, and what leads from one to another."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def parse(text: str) -> Diagram:
    """Read a diagram. Raises InvalidInput for no box, too many, and names that do not fit into one."""
    source = plain(text)
    if len(source) > MOST_CHARS:
        raise InvalidInput(f"the diagram has {len(source)} characters; {MOST_CHARS} are the limit")
    lines = [line.strip() for line in unfenced(source.split("\n"))]
    mermaid = any(_HEADER.fullmatch(line) for line in lines) or "-->|" in source.replace(" ", "")
    found = _Found(mermaid=mermaid, names=_names(lines))
    for number, line in enumerate(lines, start=1):
        for statement in _statements(line, mermaid=mermaid):
            found.add(statement, number)
    return found.diagram()


def _statements(line: str, *, mermaid: bool) -> Iterator[str]:
    if not line or _HEADER.fullmatch(line) or (mermaid and _IGNORED.match(line)):
        return
    for statement in re.split(r";(?=\s|$)", line):
        if bare := _BULLET.sub("", statement).strip():
            yield bare


def _names(lines: list[str]) -> frozenset[str]:
    """Return names that hold a colon for certain: they stand alone, or another arrow leads out of them."""
    names = set()
    for line in lines:
        pieces = [_BULLET.sub("", piece).strip() for piece in _LINK.sub("\n", line).split("\n")]
        names |= {piece for piece in (pieces if len(pieces) == 1 else pieces[:-1]) if ": " in piece}
    return frozenset(names)


class _Found:
    """The boxes and arrows that were read so far."""

    def __init__(self, *, mermaid: bool, names: frozenset[str]) -> None:
        self._mermaid = mermaid
        self._names = names
        self._boxes: dict[str, Box] = {}
        self._arrows: dict[tuple[str, str, str], Arrow] = {}

    def add(self, statement: str, line: int) -> None:
        """Read one statement: a box, or boxes with links between them."""
        hidden, kept = _hide(statement)
        links = list(_LINK.finditer(hidden))
        ends = [0, *(link.end() for link in links)]
        begins = [*(link.start() for link in links), len(hidden)]
        pieces = [_shown_again(hidden[end:begin], kept).strip() for end, begin in zip(ends, begins, strict=True)]
        label = ""
        if links:
            pieces[-1], label = self._labelled(pieces)
        groups = [self._group(piece, line, statement) for piece in pieces]
        for number, link in enumerate(links):
            own = link["piped"] or link["dashed"] or link["boxed"] or (label if number == len(links) - 1 else "")
            for start in groups[number]:
                for end in groups[number + 1]:
                    self._link(link, start, end, _shown_again(own or "", kept))

    def _labelled(self, pieces: list[str]) -> tuple[str, str]:
        """Part the last name from the label behind its colon.

        A colon that the names before it have too ("Step 1: wash -> Step 2: dry") is part of the name.
        """
        last = pieces[-1]
        if quoted := re.fullmatch(r'("[^"]+")\s*:\s*(.*)', last):
            return quoted[1], quoted[2]
        if last in self._names or any(": " in piece for piece in pieces[:-1]) or last.startswith('"'):
            return last, ""
        name, colon, label = last.partition(":")
        if not colon or not name.strip() or (label and not label[0].isspace() and not self._mermaid and "]" in label):
            return last, ""
        return name.strip(), label.strip()

    def _group(self, piece: str, line: int, statement: str) -> list[str]:
        names = re.split(r"\s+&\s+", piece) if self._mermaid else [piece]
        if any(not name for name in names):
            raise InvalidInput(f"an arrow in line {line} has no box beside it: {shown(statement)}")
        return [self._box(name) for name in names]

    def _box(self, text: str) -> str:
        """Note a box and return what it is called in the arrows."""
        node = _NODE.fullmatch(text)
        if node is not None and (self._mermaid or node["h"] is None):
            name = next(node[group] for group in "abcdefghij" if node[group] is not None)
            key, question = node["id"], node["g"] is not None or node["e"] is not None
            known = self._boxes.get(key)
            if known is None or known.name == key:
                self._boxes[key] = Box(_name(name), question)
            return key
        name = _name(text)
        key = re.sub(r":::\w+$", "", text).strip() if self._mermaid else name
        self._boxes.setdefault(key, Box(_name(key)))
        if len(self._boxes) > MOST_BOXES:
            raise InvalidInput(f"the diagram has more than {MOST_BOXES} boxes: split it, or name fewer")
        return key

    def _link(self, link: re.Match[str], start: str, end: str, label: str) -> None:
        label = _name(label)
        if len(label) > LONGEST_LABEL:
            raise InvalidInput(f"the label {shown(label)} has {len(label)} characters; {LONGEST_LABEL} are the limit")
        both = bool(link["both"])
        forward = both or bool(link["head"] or link["arrow"] or link["boxed"]) or self._dashed_head(link)
        backward = both or bool(link["left"])
        if backward and not forward:
            start, end, forward, backward = end, start, True, False
        order = list(self._boxes)
        arrow = Arrow(order.index(start), order.index(end), label, forward, backward)
        self._arrows.setdefault((start, end, label), arrow)
        if len(self._arrows) > MOST_ARROWS:
            raise InvalidInput(f"the diagram has more than {MOST_ARROWS} arrows: split it")

    @staticmethod
    def _dashed_head(link: re.Match[str]) -> bool:
        return link["dashed"] is not None and ">" in link.group()

    def diagram(self) -> Diagram:
        """Return all that was read. Raises InvalidInput where that is nothing, or too much for a picture."""
        if not self._boxes:
            raise InvalidInput("the diagram has no box: write lines such as `Client -> Server: asks`")
        if len(self._boxes) > MOST_BOXES:
            raise InvalidInput(f"the diagram has {len(self._boxes)} boxes; {MOST_BOXES} are the limit")
        for box in self._boxes.values():
            if len(box.name) > LONGEST_NAME:
                raise InvalidInput(
                    f"the box {shown(box.name)} has {len(box.name)} characters; {LONGEST_NAME} are the limit"
                )
            if not box.name:
                raise InvalidInput("a box has no name")
        return Diagram(tuple(self._boxes.values()), tuple(self._arrows.values()))


def _hide(statement: str) -> tuple[str, list[str]]:
    """Put a sign in the place of what is in quotation marks or brackets: an arrow in there is none."""
    kept: list[str] = []

    def hide(found: re.Match[str]) -> str:
        kept.append(found.group())
        return f"{_HIDDEN_LINK}{len(kept) - 1}{_HIDDEN_LINK}"

    return re.sub(r'"[^"\n]*"|(?<!-)[\[({][^\[\](){}\n]*[\])}]', hide, statement), kept


def _shown_again(text: str, kept: list[str]) -> str:
    for _ in range(2):
        text = re.sub(f"{_HIDDEN_LINK}(\\d+){_HIDDEN_LINK}", lambda found: kept[int(found.group(1))], text)
    return text


def _name(text: str) -> str:
    bare = re.sub(r"<br\s*/?>", " ", text, flags=re.IGNORECASE).replace("**", "").replace("`", "")
    bare = " ".join(bare.split())
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'":
        bare = bare[1:-1].strip()
    return bare
