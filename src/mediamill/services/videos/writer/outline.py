"""What a page is called, and what stands under which heading."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mediamill.media.voices.prose import titles as chapters
from mediamill.services.videos.writer import tables
from mediamill.services.videos.writer.blocks import BOLD_LEVEL, Block, Entry, Heading, Listing, Prose, Words, size_of
from mediamill.services.videos.writer.page import Page
from mediamill.services.videos.writer.titles import cleaned

#: Sections that nobody wants to be told.
_ASIDE: Final = re.compile(
    "(?:table of )?contents|toc|(?:\\w+ )?index|copying(?: information)?|copyright"
    "|references|bibliography|works cited|further reading|see also|external links|licen[cs]e"
    "|licensing|acknowledge?ments|credits|authors|contributors|contributing|code of conduct|changelog|change log"
    "|release notes|footnotes|notes|badges|sponsors|support us|funding|conflicts? of interest|citation|how to cite"
    "|mục lục|tài liệu tham khảo|tham khảo|lời cảm ơn|giấy phép|bản quyền|đóng góp|tác giả|nhật ký thay đổi|chú thích"
    "|ghi chú|xem thêm|liên kết ngoài|đọc thêm|nguồn",
    re.IGNORECASE,
)
#: A section that begins a page may as well have its title.
_INTRODUCES: Final = re.compile(
    "abstract|summary|executive summary|overview|introduction|intro|about|background|purpose|motivation|tl;?dr"
    "|mục đích|tóm tắt|tổng quan|giới thiệu|mở đầu|lời mở đầu|lời nói đầu|đặt vấn đề|sapo",
    re.IGNORECASE,
)
#: A line of a text without headings that is one.
_LONGEST_TITLE_LINE: Final = 80
_SHORTEST_TITLE_LINE: Final = 3
_SENTENCE_ENDS: Final = re.compile(r"[.!?…:;,。！？]\W*\Z")  # noqa: RUF001 - full stops of China
_LONGEST_NUMBERED_TITLE: Final = 80
_COUNT: Final = re.compile(r"(\d{1,2})\s+(?=[^\W\d_])")
#: A list of this share of a page's own headings is its table of contents.
_CONTENTS_SHARE: Final = 0.6
_CONTENTS_ENTRIES: Final = 3


@dataclass(frozen=True)
class Part:
    """What stands under a heading. blocks: up to the first heading below it; parts: under those."""

    title: str
    blocks: tuple[Block, ...]
    parts: tuple["Part", ...] = ()

    @property
    def flat(self) -> Iterator[Block]:
        """All blocks, those of the parts below with their headings."""
        yield from self.blocks
        for part in self.parts:
            if part.title:
                yield Heading(Words(part.title, part.title), BOLD_LEVEL)
            yield from part.flat

    @property
    def names(self) -> Iterator[str]:
        """All titles, its own first."""
        yield self.title
        for part in self.parts:
            yield from part.names

    @property
    def size(self) -> int:
        """How much there is to tell, about characters."""
        return sum(map(size_of, self.blocks)) + sum(part.size for part in self.parts)


@dataclass(frozen=True)
class Outline:
    """title: of the page, "" when it has none. opening: what stands before the first part."""

    title: str
    opening: tuple[Block, ...]
    parts: tuple[Part, ...]


def outlined(page: Page) -> Outline:
    """Return the outline of a page. In one without headings, lines that look like titles are."""
    blocks = _without_counts(_without_contents(_with_headings(tables.told(page.blocks))))
    title = cleaned(page.title)
    levels = [block.level for block in blocks if isinstance(block, Heading)]
    place = next((number for number, block in enumerate(blocks) if isinstance(block, Heading)), None)
    # One heading above all others, at the top: it names the page.
    if place is not None and levels.count(levels[0]) == 1 and levels[0] == min(levels):
        heading = blocks[place]
        above = [block for block in blocks[:place] if not isinstance(block, Listing)]
        title = title or (cleaned(heading.words.spoken) if isinstance(heading, Heading) else "")
        blocks = [*above, *blocks[place + 1 :]]
    root = _tree("", blocks)
    parts = tuple(_kept(root.parts)) or root.parts
    if parts and not root.blocks and _INTRODUCES.fullmatch(parts[0].title):
        root, parts = replace(root, blocks=tuple(parts[0].flat)), parts[1:]
    if parts and not any(part.size for part in parts):
        # Headings without a word below them are what the page says.
        entries = tuple(Entry(Words(name, name)) for part in parts for name in part.names if name)
        return Outline(title, (*root.blocks, Listing(entries)) if entries else root.blocks, ())
    if len(parts) == 1 and parts[0].parts and not root.blocks:
        # A single part around all others says no more than a title.
        title = title or parts[0].title
        return Outline(title, parts[0].blocks, tuple(_kept(parts[0].parts)))
    return Outline(title, root.blocks, parts)


def _kept(parts: Sequence[Part]) -> Iterator[Part]:
    for part in parts:
        if not _ASIDE.fullmatch(part.title) and part.size:
            yield replace(part, parts=tuple(_kept(part.parts)))


def _tree(title: str, blocks: Sequence[Block]) -> Part:
    """Put blocks under their headings."""
    places = [number for number, block in enumerate(blocks) if isinstance(block, Heading)]
    if not places:
        return Part(title, tuple(blocks))
    top = min(block.level for block in blocks if isinstance(block, Heading))
    starts = [number for number in places if (heading := blocks[number]) and _level(heading) == top]
    parts = list[Part]()
    before = _tree(title, blocks[: starts[0]])
    for start, end in zip(starts, [*starts[1:], len(blocks)], strict=True):
        heading = blocks[start]
        assert isinstance(heading, Heading)  # noqa: S101 - tells the type
        parts.append(_tree(cleaned(heading.words.spoken), blocks[start + 1 : end]))
    return Part(title, before.blocks, (*before.parts, *parts))


def _level(block: Block) -> int:
    return block.level if isinstance(block, Heading) else 0


def _without_contents(blocks: Sequence[Block]) -> list[Block]:
    """Leave out lists of the page's own headings."""
    headings = {cleaned(block.words.spoken).casefold() for block in blocks if isinstance(block, Heading)}

    def is_contents(block: Block) -> bool:
        if not isinstance(block, Listing) or len(block.entries) < _CONTENTS_ENTRIES:
            return False
        same = sum(cleaned(entry.words.spoken).casefold() in headings for entry in block.entries)
        return same >= len(block.entries) * _CONTENTS_SHARE

    return [block for block in blocks if not is_contents(block)]


def _without_counts(blocks: Sequence[Block]) -> list[Block]:
    """Take bare numbers from headings where they count them: 2 Methods, 3 Results; but not 3 ways to sleep."""
    counted = [
        (place, found)
        for place, block in enumerate(blocks)
        if isinstance(block, Heading) and (found := _COUNT.match(block.words.spoken))
    ]
    left = list(blocks)
    for (before, first), (after, second) in itertools.pairwise(counted):
        if int(second.group(1)) == int(first.group(1)) + 1:
            for place, found in ((before, first), (after, second)):
                heading = blocks[place]
                title = heading.words.spoken[found.end() :] if isinstance(heading, Heading) else ""
                left[place] = Heading(Words(title, title), _level(heading))
    return left


def _with_headings(blocks: Sequence[Block]) -> Sequence[Block]:
    """Return the blocks, with lines that look like titles made headings where there are no others."""
    levels = Counter(block.level for block in blocks if isinstance(block, Heading))
    real = sum(count for level, count in levels.items() if level < BOLD_LEVEL)
    if real > 1:
        return blocks
    found = list(_titled([part for block in blocks for part in _lines_apart(block)]))
    return found if real == 0 or any(isinstance(block, Heading) for block in found[1:]) else blocks


def _titled(blocks: Sequence[Block]) -> Iterator[Block]:
    for number, block in enumerate(blocks):
        following = blocks[number + 1] if number + 1 < len(blocks) else None
        line = _title_line(block)
        if line and following is not None and not _title_line(following):
            level = 1 if number == 0 else BOLD_LEVEL
            yield Heading(Words(line, line), level)
        else:
            yield block


def _title_line(block: Block) -> str:
    """Return the line of a block that is a title, or a list of a single short entry: `1. Introduction`."""
    if isinstance(block, Listing):
        single = block.ordered and len(block.entries) == 1 and not block.entries[0].inner
        line = block.entries[0].words.spoken if single else ""
        return line if len(line) <= _LONGEST_NUMBERED_TITLE and not _SENTENCE_ENDS.search(line) else ""
    if not isinstance(block, Prose):
        return ""
    line = block.words.spoken
    return line if _looks_like_title(line) else ""


def _looks_like_title(line: str) -> bool:
    if chapters.level_of(line):
        return True
    short = _SHORTEST_TITLE_LINE <= len(line) <= _LONGEST_TITLE_LINE and "\n" not in line
    return short and not line[0].islower() and not _SENTENCE_ENDS.search(line) and any(map(str.isalpha, line))


def _lines_apart(block: Block) -> Iterator[Block]:
    """Cut a paragraph behind a first line that is a title, where the next line is no such."""
    lines = block.words.spoken.split("\n") if isinstance(block, Prose) else []
    if len(lines) > 1 and _looks_like_title(lines[0]) and _runs_on(lines[1]):
        rest = "\n".join(lines[1:])
        yield Prose(Words(lines[0], lines[0]))
        yield Prose(Words(rest, " ".join(lines[1:]), block.words.formulas if isinstance(block, Prose) else ()))
    else:
        yield block


def _runs_on(line: str) -> bool:
    """Whether a line begins a paragraph, rather than another title or the rest of the line before it."""
    return not line[:1].islower() and _is_prose(line)


def _is_prose(line: str) -> bool:
    return len(line) > _LONGEST_TITLE_LINE or _SENTENCE_ENDS.search(line) is not None
