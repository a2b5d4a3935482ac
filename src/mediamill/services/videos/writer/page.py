# ruff: noqa: RUF001 - signs of mathematics
"""Markdown as blocks: what can be told, and what can be drawn."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mediamill.media import fences
from mediamill.media.voices.prose import latex, markdown
from mediamill.media.voices.prose.normalise import plain, speakable
from mediamill.services.videos.writer.blocks import (
    BOLD_LEVEL,
    UNSPEAKABLE,
    Block,
    Code,
    Entry,
    Formula,
    Heading,
    Listing,
    Prose,
    Table,
    Words,
)

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

#: More of a page is not read: from each of as many stretches as there are, what stands first.
LONGEST_CHARS: Final = 600_000
_STRETCHES: Final = 60
_LINES_A_CHECK: Final = 10_000
#: A longer paragraph is looked at in several pieces: brackets that never close take long.
_LONGEST_PARAGRAPH: Final = 16_384
_LONGEST_FORMULA_LINES: Final = 40
_MOST_ROWS: Final = 200

_PRIVATE: Final = re.compile("[\ue000-\uf8ff]")
_PLACE: Final = re.compile("\ue001(\\d{1,6})\ue002")
_TITLE: Final = re.compile(r"^title\s*[:=]\s*(\S.{0,300})$", re.MULTILINE | re.IGNORECASE)
#: A line, or as much of a very long one.
_LINE: Final = re.compile(r"[^\n]{0,4000}\n|[^\n]{1,4000}(?:(?<=\s)|\Z)|[^\n]{1,4000}")
_MARKED: Final = re.compile(r"[*_`\[\]<>&\\~!$\n]")
_NOTE: Final = re.compile(r"[ \t]*\[\^[^\]\s]{1,64}\](?!:)")
_NOTE_TEXT: Final = re.compile(r"\s*\[\^[^\]\s]{1,64}\]:")
_DIV: Final = re.compile(r"^:{3,}.*$", re.MULTILINE)
_BOX: Final = re.compile(r"^(?:\[[ xX]\]\s+|\[!\w{1,20}\]\s*)")
_SHORTCODE: Final = re.compile(r"(?<![\w:]):[a-z][a-z0-9_+-]{1,40}:(?![\w:])")
_ANCHOR: Final = re.compile(r"\s*\{#[\w.:-]{1,100}\}\s*$")
_LINE_BREAK: Final = re.compile(r"<br\b", re.IGNORECASE)
_LATEX_BRACKETS: Final = re.compile(r"\\\\?\((?P<inline>[^\n]{1,300}?)\\\\?\)|\\\\?\[(?P<block>[^\n]{1,1000}?)\\\\?\]")
#: Brackets with a backslash before them are more often just brackets.
_MATHEMATICAL: Final = re.compile(r"[\\^_=]")
_ENDS_SENTENCE: Final = re.compile(r"[.!…:;,]\s*$")
_LONGEST_BOLD_TITLE: Final = 90
#: What a person can say of a formula: a few letters and signs.
_SAYABLE: Final = re.compile(r"[\w\s=+×⋅·÷±≤≥<>≈≠.,%/→∞°^()-]{1,28}")
_CODE_SIGN: Final = re.compile(r"[{}();=<>\[\]$#\\|]|^\s*(?:def|class|import|return|if|for|while)\b", re.MULTILINE)
_CHARS_A_CODE_SIGN: Final = 40


@dataclass(frozen=True)
class Page:
    """title: of what stands before the page; "": it does not say."""

    title: str
    blocks: tuple[Block, ...]


def read(text: str, check: Callable[[], None] = lambda: None) -> Page:
    """Return the blocks of a Markdown text, which may be plain as well. Of a very long one, parts.

    check: called all along; what it raises ends the reading.
    """
    text = _PRIVATE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff"))
    front = markdown.FRONT_MATTER.match(text)
    titled = _TITLE.search(front.group(0)) if front else None
    text = _DIV.sub("", _abridged(text[front.end() :] if front else text, check))
    parser = markdown.parser()
    parser.block.ruler.before("table", "check", _asking(check))
    parser.block.ruler.before("fence", "formula", _formula_rule, {"alt": ["paragraph"]})
    # The words of a block are parsed by _Reader: most of a page needs no parsing, and formulas go first.
    parser.core.ruler.disable(["inline", "text_join"])
    environment: dict[str, object] = {}
    tokens = parser.parse(text, environment)
    blocks = tuple(_Reader(parser, tokens, environment, check).blocks())
    if all(isinstance(block, Heading) for block in blocks):
        # Links on their own, what pictures show and notes are beside the story; here they are all that there is.
        blocks = tuple(_Reader(parser, tokens, environment, check, everything=True).blocks())
    return Page(plain(titled.group(1).strip(" \"'")) if titled else "", blocks)


def _abridged(text: str, check: Callable[[], None]) -> str:
    """Return what is read of a page: all, or of a very long one its headings and the beginning of each stretch."""
    if len(text) <= LONGEST_CHARS:
        return text
    length, share = len(text) / _STRETCHES, LONGEST_CHARS // _STRETCHES
    kept = list[str]()
    stretch, used, titled, behind = 0, 0, 0, ""
    for number, found in enumerate(_LINE.finditer(text)):
        if number % _LINES_A_CHECK == 0:
            check()
        line = found.group(0)
        fence, behind = behind, fences.open_behind(line, behind)
        # A stretch begins at an empty line; where there is none for long, anywhere.
        late = found.start() - (stretch + 1) * length
        if late >= 0 and not fence and (not line.strip() or late > length / 2):
            stretch, used, titled = int(found.start() // length), 0, 0
        if used + len(line) <= share:
            kept.append(line)
            used += len(line)
        elif line.startswith("#") and not fence and titled + len(line) <= share // 4:
            kept.append(line)
            titled += len(line)
        elif used <= share:
            # What comes next is another paragraph, and no code.
            kept.append(f"\n{fence}\n\n")
            used = share + 1
    return "".join(kept)


def _asking(check: Callable[[], None]) -> "Callable[[StateBlock, int, int, bool], bool]":
    """Return a rule that takes nothing for a block, and only asks whether to go on."""

    def rule(_state: "StateBlock", _line: int, _last: int, _silent: bool) -> bool:  # noqa: FBT001 - the parser's
        check()
        return False

    return rule


def _formula_rule(state: "StateBlock", line: int, last: int, silent: bool) -> bool:  # noqa: FBT001 - the parser's
    r"""Take `$$ ... $$` and `\[ ... \]` for a block, whatever its lines begin with."""
    first = state.getLines(line, line + 1, state.blkIndent, keepLastLF=False).strip()
    ending = {"$$": "$$", "\\[": "\\]"}.get(first[:2])
    if ending is None:
        return False
    source = first[2:]
    end = line + 1
    while not source.rstrip().endswith(ending):
        if end >= min(last, line + _LONGEST_FORMULA_LINES) or ending in source:
            return False
        source += "\n" + state.getLines(end, end + 1, state.blkIndent, keepLastLF=False)
        end += 1
    source = " ".join(source.rstrip().removesuffix(ending).split())
    if not source or "$" in source.replace("\\$", ""):
        return False
    if not silent:
        state.line = end
        token = state.push("formula", "math", 0)
        token.content = source
        token.map = [line, end]
    return True


class _Reader:
    """Turns the tokens of a page into blocks, one after the other.

    everything: what is beside the story as well.
    """

    def __init__(
        self,
        parser: "MarkdownIt",
        tokens: "list[Token]",
        environment: dict[str, object],
        check: Callable[[], None],
        *,
        everything: bool = False,
    ) -> None:
        self._parser = parser
        self._tokens = tokens
        self._environment = environment
        self._check = check
        self._everything = everything
        self._place = 0
        #: How many lists are open.
        self._lists = 0

    def blocks(self, until: str = "") -> Iterator[Block]:
        """Yield blocks up to a token of the type `until`, which is taken, or to the end."""
        while self._place < len(self._tokens):
            self._check()
            token = self._next()
            if token.type == until:
                return
            yield from self._block(token)

    def _next(self) -> "Token":
        self._place += 1
        return self._tokens[self._place - 1]

    def _block(self, token: "Token") -> Iterator[Block]:
        match token.type:
            case "heading_open":
                words = self._words(self._next().content)
                if speakable(words.spoken):
                    title = Words(_ANCHOR.sub("", words.spoken), words.shown, words.formulas)
                    yield Heading(title, int(token.tag[1]))
            case "inline":
                yield from self._prose(token.content)
            case "bullet_list_open" | "ordered_list_open":
                yield from self._listing(ordered=token.type == "ordered_list_open")
            case "table_open":
                yield from self._table()
            case "fence":
                language = (token.info.split() or [""])[0].strip("{}.").lower()
                yield from _code(language, token.content)
            case "code_block":
                yield from self._indented(token.content)
            case "formula":
                yield Formula(token.content)
            case "html_block":
                shown = (Words(words, words) for words in map(plain, markdown.words_of_html(token.content)))
                yield from (Prose(words) for words in shown if speakable(words.spoken))

    def _prose(self, content: str) -> Iterator[Block]:
        if note := _NOTE_TEXT.match(content):
            if not self._everything:
                return
            content = content[note.end() :]
        for piece in _pieces(content):
            source, formulas = _without_formulas(piece)
            if formulas and not _PLACE.sub("", source).strip(" .,;\n"):
                yield from map(Formula, formulas)
                continue
            children = self._parsed(source)
            words = _words_of(children, formulas)
            elsewhere = not (self._lists or self._everything) and _is_link_only(children, words)
            if elsewhere or not speakable(words.spoken):
                continue
            if _is_bold_only(words):
                yield Heading(words, BOLD_LEVEL)
            else:
                yield Prose(words)

    def _indented(self, content: str) -> Iterator[Block]:
        """Yield what is indented: code, or words that a text without Markdown sets in a little."""
        if len(_CODE_SIGN.findall(content)) * _CHARS_A_CODE_SIGN > len(content):
            yield from _code("", content)
            return
        for paragraph in re.split(r"\n\s*\n", content):
            yield from self._prose("\n".join(line.strip() for line in paragraph.split("\n")))

    def _listing(self, *, ordered: bool) -> Iterator[Block]:
        entries = list[Entry]()
        others = list[Block]()
        closing = "ordered_list_close" if ordered else "bullet_list_close"
        self._lists += 1
        while self._place < len(self._tokens):
            token = self._next()
            if token.type == closing:
                break
            if token.type != "list_item_open":
                continue
            entry, drawn = _entry(list(self.blocks(until="list_item_close")))
            entries += [entry] if entry else []
            others += drawn
        self._lists -= 1
        if entries:
            yield Listing(tuple(entries), ordered)
        yield from others

    def _table(self) -> Iterator[Block]:
        head, rows, row = tuple[str, ...](), list[tuple[str, ...]](), list[str]()
        while (token := self._next()).type != "table_close":
            self._check()
            match token.type:
                case "inline" if len(rows) < _MOST_ROWS:
                    row.append(" ".join(self._words(token.content).spoken.replace(UNSPEAKABLE, "").split()))
                case "tr_open":
                    row = []
                case "tr_close" if not head:
                    head = tuple(row)
                case "tr_close" if any(row) and len(rows) < _MOST_ROWS:
                    rows.append(tuple(row[: len(head)]) + ("",) * (len(head) - len(row)))
        if not rows and any(head):
            head, rows = ("",) * len(head), [head]
        if rows:
            yield Table(head, tuple(rows))

    def _words(self, content: str) -> Words:
        """Read the words of a block."""
        if not _MARKED.search(content):
            text = plain(_SHORTCODE.sub("", content))
            return Words(text, text)
        source, formulas = _without_formulas(content)
        return _words_of(self._parsed(source), formulas)

    def _parsed(self, content: str) -> "list[Token]":
        children = list["Token"]()
        self._parser.inline.parse(_NOTE.sub("", content), self._parser, self._environment, children)
        return list(map(_described, children)) if self._everything else children


def _words_of(children: "Sequence[Token]", formulas: Sequence[str]) -> Words:
    """Return what a parsed text says. formulas: for the marks that stand in it."""
    spoken = _PLACE.sub(lambda found: _said(formulas[int(found.group(1))]), "".join(_spoken(children)))
    shown = _PLACE.sub(lambda found: latex.signs(formulas[int(found.group(1))]), "".join(_shown(children)))
    return Words(_plain_lines(_BOX.sub("", spoken)), " ".join(_BOX.sub("", shown).split()), tuple(formulas))


def _without_formulas(content: str) -> tuple[str, list[str]]:
    """Return a text with a mark in the place of each formula, and the formulas."""
    formulas = list[str]()

    def put(source: str) -> str:
        formulas.append(" ".join(source.split()))
        return f"\ue001{len(formulas) - 1}\ue002"

    def put_bracketed(found: re.Match[str]) -> str:
        source = found.group("inline") or found.group("block")
        return put(source) if _MATHEMATICAL.search(source) else found.group(0)

    if "\\" in content:
        content = _LATEX_BRACKETS.sub(put_bracketed, content)
    if "$" in content:
        content = latex.each(content, put)
    return content, formulas


def _entry(blocks: Sequence[Block]) -> tuple[Entry | None, Sequence[Block]]:
    """Return an entry of a list of the blocks in it, and what in it can be drawn."""
    texts = [block.words for block in blocks if isinstance(block, Prose | Heading)]
    inner = [entry.words for block in blocks if isinstance(block, Listing) for entry in block.entries]
    drawn = [block for block in blocks if isinstance(block, Table | Code | Formula)]
    if not texts:
        texts, inner = inner[:1], inner[1:]
    if not texts:
        return None, drawn
    words = Words(
        "\n".join(each.spoken for each in texts),
        " ".join(each.shown for each in texts),
        tuple(formula for each in texts for formula in each.formulas),
    )
    return Entry(words, tuple(inner)), drawn


def _code(language: str, content: str) -> Iterator[Block]:
    if content.strip():
        yield Code(language, content.strip("\n"))


def _pieces(content: str) -> Iterator[str]:
    """Cut a paragraph without end at its lines, else at a blank, else anywhere."""
    while len(content) > _LONGEST_PARAGRAPH:
        ends = (content.rfind(mark, _LONGEST_PARAGRAPH // 2, _LONGEST_PARAGRAPH) for mark in ("\n", ". ", " "))
        end = next((end + 1 for end in ends if end > 0), _LONGEST_PARAGRAPH)
        yield content[:end]
        content = content[end:]
    yield content


def _described(child: "Token") -> "Token":
    """Return what a picture shows as words."""
    return child.copy(type="text", children=None) if child.type == "image" else child


def _is_link_only(children: "Sequence[Token]", words: Words) -> bool:
    """Whether a paragraph is nothing but where to go from here: `[Tiếng Việt](README.vi.md)`."""
    depth, links = 0, 0
    for child in children:
        links += child.type == "link_open"
        depth += child.nesting if child.type in {"link_open", "link_close"} else 0
        if child.type == "text" and depth == 0 and speakable(child.content):
            return False
    return links > 0 and len(words.spoken) <= _LONGEST_BOLD_TITLE


def _is_bold_only(words: Words) -> bool:
    shown = words.shown
    bold = shown.startswith("**") and shown.endswith("**") and "**" not in shown[2:-2]
    return bold and len(shown) <= _LONGEST_BOLD_TITLE and not _ENDS_SENTENCE.search(words.spoken)


def _said(formula: str) -> str:
    """Return a formula as it can be read out; UNSPEAKABLE for one that cannot."""
    signs = latex.signs(formula)
    return signs if _SAYABLE.fullmatch(signs) and signs.count("(") <= 1 and signs.count("^") <= 1 else UNSPEAKABLE


def _plain_lines(text: str) -> str:
    """Make a text plain, but for UNSPEAKABLE, which no plain text has."""
    return UNSPEAKABLE.join(map(_plain_part, text.split(UNSPEAKABLE))).strip()


def _plain_part(text: str) -> str:
    # A blank at an end stays: what is cut off there comes back.
    return f"{' ' * text[:1].isspace()}{plain(text)}{' ' * text[-1:].isspace()}" if text.strip() else " " * bool(text)


def _spoken(children: "Sequence[Token]") -> Iterator[str]:
    for child in _seen(children):
        match child.type:
            case "text":
                yield _SHORTCODE.sub("", child.content)
            case "code_inline":
                yield child.content
            case "softbreak" | "hardbreak":
                yield "\n"
            case "html_inline" if _LINE_BREAK.match(child.content):
                yield "\n"


def _shown(children: "Sequence[Token]") -> Iterator[str]:
    for child in _seen(children):
        match child.type:
            case "text":
                yield _SHORTCODE.sub("", child.content).replace("*", "").replace("`", "")
            case "code_inline":
                yield f"`{child.content.replace('`', '')}`"
            case "strong_open" | "strong_close":
                yield "**"
            case "softbreak" | "hardbreak":
                yield " "
            case "html_inline" if _LINE_BREAK.match(child.content):
                yield " "


def _seen(children: "Sequence[Token]") -> Iterator["Token"]:
    """Yield what is not struck out."""
    struck = 0
    for child in children:
        if child.type in {"s_open", "s_close"}:
            struck += child.nesting
        elif not struck:
            yield child
