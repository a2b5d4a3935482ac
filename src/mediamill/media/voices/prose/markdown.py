"""Markdown as prose: what a person would read out of a page, block by block, so that a book takes no more memory.

Read: headings, paragraphs, quotes, list items (numbered ones with their numbers), table rows, notes
where they stand, links by their words, pictures by their descriptions, code within a sentence, and
the words in HTML. Not read: blocks of code, addresses, comments, front matter, what is struck out.
"""

import html
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mediamill.media import fences
from mediamill.media.voices.prose import latex

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

_BLOCK_MARK: Final = re.compile(r"^(?:#{1,6} +\S|```|~~~|\|?(?: *:?-{3,}:? *\|)+)", re.MULTILINE)
_INLINE_MARK: Final = re.compile(r"\[[^\[\]\n]{1,300}\]\(\S{1,2000}\)|\*\*\S[^*\n]{0,1000}\*\*")
_INLINE_MARKS: Final = 2
_HTML: Final = re.compile(r"</[a-z][a-z0-9]{0,10}>|<br ?/?>|<!--", re.IGNORECASE)

#: A block ends at an empty line once it is so long, and anywhere between two lines when it is very long.
_BLOCK_CHARS: Final = 16_384
_LONGEST_BLOCK_CHARS: Final = 262_144
_LONGEST_LINE_CHARS: Final = 65_536
_LINE: Final = re.compile(rf"[^\n]{{1,{_LONGEST_LINE_CHARS}}}\n?|\n")
_TOP_HEADING: Final = re.compile(r" {0,3}#{1,2}\s")
#: Lines that may belong to what stands above an empty line: of a list, a quote, a table, a code block.
_CONTINUES: Final = re.compile(r"\s|[-*+>|]|\d{1,9}[.)]")

#: What stands before a page, between two lines of its own: YAML or TOML.
FRONT_MATTER: Final = re.compile(r"\A(---|\+\+\+)[ \t]*\n(?:(?!\1).*\n){0,400}(?:\1|\.\.\.)[ \t]*(?:\n|\Z)")
#: An address, and behind it a title at most: `[bob]: And back.` gives a speaker the word.
_REFERENCE: Final = re.compile(
    r"^ {0,3}\[([^\[\]\n]{1,300})\]:[ \t]*(<[^<>\n]{0,2000}>|[^\s<]\S{0,2000})[ \t]*(?:$|[\"'(])", re.MULTILINE
)
#: The same to the parser, whose address may stand in the next line.
_EXPLAINED: Final = re.compile(r"\[[^\[\]\n]{1,300}\]:[ \t]*(?:\n[ \t]*)?(\S{1,2000})")
_OF_ADDRESSES: Final = re.compile(r"^<|[/#@]|:\S|\.[^\W\d_]")
_MOST_REFERENCES: Final = 20_000
_NOTE: Final = re.compile(r"[ \t]*\[\^[^\]\s]{1,64}\](?!:)")
_NOTE_TEXT: Final = re.compile(r"^ {0,3}\[\^[^\]\s]{1,64}\]:[ \t]*", re.MULTILINE)
_FENCED_DIV: Final = re.compile(r"^:{3,}.*$", re.MULTILINE)
_BOX: Final = re.compile(r"^(?:\[[ xX]\]\s+|\[!(\w{1,20})\]\s*)")
_ANCHOR: Final = re.compile(r"\s*\{#[\w.:-]{1,100}\}\s*$")
_SHORTCODE: Final = re.compile(r"(?<![\w:]):[a-z][a-z0-9_+-]{1,40}:(?![\w:])")
_HIDDEN: Final = re.compile(r"<(script|style|template|head)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)", re.DOTALL)
_DESCRIPTION: Final = re.compile(r"<img\b[^<>]{0,2000}?\balt\s*=\s*(?:\"([^\"]*)\"|'([^']*)')[^<>]*>", re.IGNORECASE)
_NEW_LINE: Final = re.compile(
    r"</?(?:p|div|h[1-6]|li|ul|ol|tr|table|section|article|blockquote|header|footer|dt|dd|summary|details|hr|figcaption)\b"
    r"[^<>]*>|<br\b[^<>]*>",  # no tag in a tag: of those that never end, each would be looked for up to the end
    re.IGNORECASE,
)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>|<![A-Za-z\[][^<>]*>")
#: Tables so narrow are read cell by cell; in wider ones each cell has its column's name before it.
_NARROW_COLUMNS: Final = 2


@dataclass(frozen=True)
class Paragraph:
    """What is read in one go. level: of a heading, 1 to 6; 0: no heading."""

    text: str
    level: int = 0


def is_markdown(text: str) -> bool:
    """Whether a text has a heading, a code block, a table or HTML, or two links or bold words.

    Its content decides and not the name of a file, so that the same bytes are always read the same way.
    """
    if _BLOCK_MARK.search(text) or _HTML.search(text):
        return True
    return sum(1 for _ in itertools.islice(_INLINE_MARK.finditer(text), _INLINE_MARKS)) == _INLINE_MARKS


def paragraphs(text: str, check: Callable[[], None] | None = None) -> Iterator[Paragraph]:
    """Yield what is read of a Markdown text, in order. Lines end in LF. Memory does not grow with the text.

    check: called before each block, of which nothing may be read; what it raises ends the reading. A block takes
    a few seconds at worst: of brackets that never close, the parser sees 70 kB a second, of prose 700.
    """
    reader = parser()
    front = FRONT_MATTER.match(text)
    references = _references(text)
    for block in _blocks(text, front.end() if front else 0):
        if check is not None:
            check()
        tokens = reader.parse(_prepared(block), {"references": dict(references)})
        for paragraph in _Reader(tokens).paragraphs():
            if words := paragraph.text.strip():
                yield Paragraph(words, paragraph.level)


def parser() -> "MarkdownIt":
    """Return a new parser of Markdown as it is read here: CommonMark, tables, what is struck out."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only Markdown needs it

    made = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    made.block.ruler.at("reference", _explains_link)
    return made


def _explains_link(state: "StateBlock", line: int, last: int, silent: bool) -> bool:  # noqa: FBT001 - the parser's
    """Take a line for the explanation of a link, as the parser does, unless it gives somebody the word."""
    from markdown_it.rules_block import reference  # noqa: PLC0415 - as above

    explained = _EXPLAINED.match(state.src, state.bMarks[line] + state.tShift[line])
    return (explained is None or _is_address(explained.group(1))) and reference(state, line, last, silent)


def _is_address(word: str) -> bool:
    """Whether it is no word that somebody says, as in `[bob]: Yes.`, though CommonMark takes any for an address."""
    return _OF_ADDRESSES.search(word) is not None or (word[0].islower() and word[-1].isalnum())


def _references(text: str) -> Mapping[str, Any]:
    """Return the labels of links that are explained somewhere in the text, as the parser wants them."""
    from markdown_it.common.utils import normalizeReference  # noqa: PLC0415 - only Markdown needs it

    explained = itertools.islice(_REFERENCE.finditer(text), _MOST_REFERENCES)
    labels = (found.group(1) for found in explained if _is_address(found.group(2)))
    return {normalizeReference(label): {"title": "", "href": "#"} for label in labels if not label.startswith("^")}


def _blocks(text: str, begin: int) -> Iterator[str]:
    """Cut a text where no list, quote, table or block of code goes on."""
    kept: list[str] = []
    length = 0
    after_empty = True
    for line in _seen(text, begin):
        ends = after_empty and length > _BLOCK_CHARS and not _CONTINUES.match(line)
        if kept and (_TOP_HEADING.match(line) or ends or length > _LONGEST_BLOCK_CHARS):
            yield "".join(kept)
            kept, length = [], 0
        kept.append(line)
        length += len(line)
        after_empty = not line.strip()
    yield "".join(kept)


def _seen(text: str, begin: int) -> Iterator[str]:
    """Yield the lines of a text without those of fenced code and of comments, which may be as long as they like."""
    fence, in_comment = "", False
    for found in _LINE.finditer(text, begin):
        line = found.group(0)
        if in_comment:
            in_comment = "-->" not in line
            continue
        around, fence = fence, fences.open_behind(line, fence)
        if around:
            continue
        if fence:
            yield "\n"
        elif line.rfind("<!--") > line.rfind("-->"):
            in_comment = True
            yield f"{line[: line.rfind('<!--')]}\n"
        else:
            yield line


def _prepared(block: str) -> str:
    """Take out what the parser does not know: notes, formulas, boxes around paragraphs."""
    block = _NOTE_TEXT.sub("", _NOTE.sub("", block)) if "[^" in block else block
    block = _FENCED_DIV.sub("", block) if ":::" in block else block
    return latex.replaced(block) if "$" in block else block


class _Reader:
    """Turns the tokens of one block into paragraphs."""

    def __init__(self, tokens: "list[Token]") -> None:
        self._tokens = tokens
        self._level = 0
        #: Of each list that is open: the number of its next item, None where items have none.
        self._numbers: list[int | None] = []
        self._number = ""
        self._head: list[str] = []
        self._row: list[str] | None = None
        self._in_head = False

    def paragraphs(self) -> Iterator[Paragraph]:
        for token in self._tokens:
            if token.type == "inline":
                yield from self._inline(token)
            elif token.type == "html_block":
                yield from (Paragraph(words) for words in words_of_html(token.content))
            elif token.type == "tr_close" and self._row is not None:
                yield from self._row_read()
            else:
                self._note(token)

    def _note(self, token: "Token") -> None:
        """Take notice of what begins or ends."""
        match token.type:
            case "heading_open":
                self._level = int(token.tag[1])
            case "heading_close":
                self._level = 0
            case "ordered_list_open":
                self._numbers.append(int(token.attrGet("start") or 1))
            case "bullet_list_open":
                self._numbers.append(None)
            case "ordered_list_close" | "bullet_list_close":
                self._numbers.pop()
            case "list_item_open" if self._numbers and self._numbers[-1] is not None:
                self._number = f"{self._numbers[-1]}. "
                self._numbers[-1] += 1
            case "thead_open":
                self._in_head, self._head = True, []
            case "thead_close":
                self._in_head = False
            case "tr_open":
                self._row = []

    def _inline(self, token: "Token") -> Iterator[Paragraph]:
        words = "".join(_words(token.children or []))
        if self._row is not None:
            self._row.append(" ".join(words.split()))
            return
        words = _BOX.sub(lambda box: f"{box.group(1).capitalize()}\n" if box.group(1) else "", words)
        if self._level:
            words = _ANCHOR.sub("", " ".join(words.split()))
        if words.strip():
            yield Paragraph(self._number + words, self._level)
            self._number = ""

    def _row_read(self) -> Iterator[Paragraph]:
        cells, self._row = self._row or [], None
        if self._in_head:
            self._head = cells
            if len(cells) > _NARROW_COLUMNS:
                return
        named = not self._in_head and len(self._head) > _NARROW_COLUMNS
        names = self._head if named else []
        read = [
            f"{name}: {cell}" if name else cell
            for name, cell in itertools.zip_longest(names, cells, fillvalue="")
            if cell
        ]
        yield Paragraph(", ".join(read))


def _words(children: "list[Token]") -> Iterator[str]:
    struck = 0
    for child, after in itertools.zip_longest(children, children[1:]):
        if child.type in {"s_open", "s_close"}:
            struck += child.nesting
        elif struck:
            continue
        elif child.type == "text":
            yield _SHORTCODE.sub("", child.content)
        elif child.type in {"code_inline", "image"}:
            # An image's content is its description.
            yield child.content
        elif child.type == "softbreak":
            # `[bob]` gives somebody the word only where a line begins.
            yield "\n" if after is not None and after.content.startswith("[") else " "
        elif child.type == "hardbreak" or (child.type == "html_inline" and _NEW_LINE.match(child.content)):
            yield "\n"
        elif child.type == "html_inline" and (described := _DESCRIPTION.match(child.content)):
            yield described.group(1) or described.group(2) or ""


def words_of_html(source: str) -> Iterator[str]:
    """Yield the paragraphs of a piece of HTML, without its tags."""
    source = _HIDDEN.sub("", _COMMENT.sub("", source))
    source = _DESCRIPTION.sub(lambda found: found.group(1) or found.group(2) or "", source)
    text = html.unescape(_TAG.sub("", _NEW_LINE.sub("\n\n", source)))
    for part in re.split(r"\n\s*\n", text):
        if words := " ".join(part.split()):
            yield words
