"""Which picture a scene has, from what the page has drawn, tabled or set there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mediamill import InvalidInput
from mediamill.media.pictures import contents
from mediamill.media.pictures.contents import diagrams as boxes
from mediamill.media.pictures.slide import Kind
from mediamill.services.videos.script import LONGEST_CONTENT, Visual
from mediamill.services.videos.writer.blocks import Block, Code, Formula, Listing, Table
from mediamill.services.videos.writer.phrases import Phrases
from mediamill.services.videos.writer.visuals import charts, codes, diagrams, formulas
from mediamill.services.videos.writer.wording import joined, sentence_of

_LANGUAGES: Final = {
    "py": "Python",
    "js": "JavaScript",
    "ts": "TypeScript",
    "sql": "SQL",
    "html": "HTML",
    "css": "CSS",
    "json": "JSON",
    "yaml": "YAML",
    "yml": "YAML",
    "toml": "TOML",
    "xml": "XML",
    "cpp": "C++",
    "c++": "C++",
    "cs": "C sharp",
    "c#": "C sharp",
    "rs": "Rust",
    "javascript": "JavaScript",
    "typescript": "TypeScript",
    "php": "PHP",
}
_SHELLS: Final = frozenset({"console", "sh", "shell", "bash", "zsh", "shell-session", "powershell", "cmd", "bat"})
#: Languages whose names say nothing about what is seen.
_NAMELESS: Final = frozenset(
    {"", "text", "txt", "console", "sh", "shell", "bash", "zsh", "plain", "plaintext", "output"}
)


@dataclass(frozen=True)
class Picture:
    """title, caption: what it can be called, and what can be said of it, where the page says nothing; "": nothing."""

    visual: Visual
    content: str
    title: str = ""
    caption: str = ""


def picture_of(blocks: Sequence[Block], about: str, language: str, phrases: Phrases) -> Picture | None:
    """Return the first of these that there is and that can be drawn; None: the scene is a slide.

    What stands on its own on the page, in its order: code, a formula, a table of numbers, a drawing. Then steps, a
    chain in a sentence, an equation in a sentence. about: what the blocks are said to be about. language: of numbers.
    """
    candidates = _candidates(blocks, about, language, phrases)
    return next((picture for picture in candidates if _can_be_drawn(picture)), None)


def _candidates(blocks: Sequence[Block], about: str, language: str, phrases: Phrases) -> Iterator[Picture]:
    for block in blocks:
        if isinstance(block, Code):
            yield from _of_code(block, phrases)
        elif isinstance(block, Formula) and (lines := formulas.displayed(blocks)):
            yield Picture(Visual.FORMULA, lines, phrases.formula_title, phrases.formula)
        elif isinstance(block, Table) and (chart := charts.chart_of(block, language)):
            told = [sentence_of(fact, phrases) for fact in charts.facts(chart, phrases)]
            yield Picture(Visual.CHART, chart.content, charts.title_of(chart, phrases), joined(told))
    if steps := diagrams.steps(blocks, about):
        yield Picture(Visual.DIAGRAM, steps)
    if chain := diagrams.chain(blocks):
        yield Picture(Visual.DIAGRAM, chain)
    has_list = any(isinstance(block, Listing) for block in blocks)
    if not has_list and (equations := formulas.mentioned(blocks)):
        yield Picture(Visual.FORMULA, equations, phrases.formula_title, phrases.formula)


def _of_code(code: Code, phrases: Phrases) -> Iterator[Picture]:
    if drawing := diagrams.drawing(code):
        try:
            names = [box.name for box in boxes.parse(drawing).boxes]
        except InvalidInput:
            return
        yield Picture(Visual.DIAGRAM, drawing, caption=sentence_of(phrases.enumerated(names), phrases))
    elif excerpt := codes.code_of(code):
        if code.language in _SHELLS:
            yield Picture(Visual.CODE, excerpt, phrases.code_title, phrases.command)
            return
        named = code.language.isalpha() and code.language not in _NAMELESS
        name = _LANGUAGES.get(code.language, code.language.capitalize() if named else "")
        caption = phrases.code_in.format(language=name) if name else phrases.code
        yield Picture(Visual.CODE, excerpt, name or phrases.code_title, caption)


def _can_be_drawn(picture: Picture) -> bool:
    if len(picture.content) > LONGEST_CONTENT:
        return False
    try:
        contents.check(Kind(picture.visual.value), picture.content)
    except InvalidInput:
        return False
    return True
