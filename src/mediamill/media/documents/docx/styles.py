"""What a Word document's styles and lists say of its paragraphs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import IO, Final

from lxml import etree  # type: ignore[import-untyped]

from mediamill.media.documents.docx.package import elements, forget

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
#: Of Office's stricter form of the same.
STRICT: Final = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
#: Styles stand on others; a chain of more is a ring.
_LONGEST_CHAIN: Final = 20
_MOST_STYLES: Final = 20_000
_DEEPEST: Final = 9
HIGHEST_LEVEL: Final = 6
#: In every language Word's own names of its headings are these; LibreOffice has capitals.
_HEADING: Final = re.compile(r"heading (\d)", re.IGNORECASE)
_OFF: Final = frozenset({"0", "false", "off", "none"})


@dataclass(frozen=True)
class Style:
    """A paragraph's. level: of a heading, 1 to 6; None: it is none, or its style does not say.

    list_id, depth: of the list that it is an item of. contents: it is a line of a table of contents.
    """

    level: int | None = None
    title: bool = False
    contents: bool = False
    bold: bool = False
    list_id: str = ""
    depth: int = 0


def styles_in(file: IO[bytes]) -> Mapping[str, Style]:
    """Return the paragraphs' styles by id."""
    found: dict[str, Style] = {}
    bases: dict[str, str] = {}
    for _, element in elements(file, f"{W}style", f"{STRICT}style"):
        name_id = attribute(element, "styleId")
        if name_id and attribute(element, "type") in {"paragraph", ""} and len(found) < _MOST_STYLES:
            name = value_of(element.find("{*}name")).casefold()
            style = style_of(element.find("{*}pPr"), Style())
            if style.level is None and (numbered := _HEADING.fullmatch(name)):
                style = replace(style, level=min(max(int(numbered.group(1)), 1), HIGHEST_LEVEL))
            bold = is_on(element.find("{*}rPr/{*}b"))
            found[name_id] = replace(
                style, title=name == "title", contents=name.startswith("toc ") or name == "toc heading", bold=bold
            )
            bases[name_id] = value_of(element.find("{*}basedOn"))
        forget(element)
    return {name_id: _inherited(name_id, found, bases) for name_id in found}


def _inherited(name_id: str, found: Mapping[str, Style], bases: Mapping[str, str]) -> Style:
    style, base = found[name_id], bases[name_id]
    for _ in range(_LONGEST_CHAIN):
        if base not in found:
            break
        below = found[base]
        style = replace(
            style,
            level=below.level if style.level is None else style.level,
            title=style.title or below.title,
            contents=style.contents or below.contents,
            bold=style.bold or below.bold,
            list_id=style.list_id or below.list_id,
        )
        base = bases[base]
    return style


def style_of(properties: "etree._Element | None", style: Style) -> Style:
    """Return a style with what a paragraph's own properties say besides. An outline level of 9 means: no heading."""
    if properties is None:
        return style
    outline = value_of(properties.find("{*}outlineLvl"))
    if outline.isdecimal():
        level = int(outline[:2])
        style = replace(style, level=None if level >= _DEEPEST else min(level + 1, HIGHEST_LEVEL))
    numbering = properties.find("{*}numPr")
    if numbering is not None:
        list_id, depth = value_of(numbering.find("{*}numId")), value_of(numbering.find("{*}ilvl"))
        # A list of number 0 takes a paragraph out of its style's list.
        style = replace(style, list_id=list_id or style.list_id, depth=int(depth[:1]) if depth.isdecimal() else 0)
    return style


def ordered_in(file: IO[bytes]) -> frozenset[tuple[str, int]]:
    """Return the lists and depths whose items have numbers or letters, not dots."""
    kinds: dict[str, set[int]] = {}
    lists: dict[str, str] = {}
    tags = ("abstractNum", "num")
    for _, element in elements(file, *(f"{space}{tag}" for space in (W, STRICT) for tag in tags)):
        if etree.QName(element).localname == "num":
            lists[attribute(element, "numId")] = value_of(element.find("{*}abstractNumId"))
        else:
            kinds[attribute(element, "abstractNumId")] = {
                int(attribute(level, "ilvl")[:1] or 0)
                for level in element.findall("{*}lvl")
                if value_of(level.find("{*}numFmt")) not in {"bullet", "none", ""}
            }
        forget(element)
    return frozenset((list_id, depth) for list_id, kind in lists.items() for depth in kinds.get(kind, ()))


def attribute(element: "etree._Element", name: str) -> str:
    """Return an attribute of Word's, or ""."""
    return element.get(f"{W}{name}") or element.get(f"{STRICT}{name}") or ""


def value_of(element: "etree._Element | None") -> str:
    """Return what an element says by its `val`; "" where there is neither."""
    return "" if element is None else attribute(element, "val")


def is_on(element: "etree._Element | None") -> bool:
    """Whether a switch is there and not off."""
    return element is not None and value_of(element) not in _OFF
