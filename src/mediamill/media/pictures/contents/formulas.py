r"""Read formulas: a subset of LaTeX, one display formula a line.

Why a reader of our own and no library: tex2typst (0.1.7) and tylax write typst's markup, which would have to be
evaluated. tex2typst leaves the quotation marks of \text as they are, so that `\text{" panic() "}` runs as code, and its
errors name no place ("Unmatched '\{'"). Here a formula becomes parts, and the template builds each from a function.
"""

import re
from collections.abc import Callable
from typing import Final, Literal

from mediamill.core.errors import InvalidInput
from mediamill.media.pictures.contents import symbols
from mediamill.media.pictures.contents.formula_grids import filled, grid
from mediamill.media.pictures.contents.formula_parts import (
    Accent,
    Fenced,
    Formula,
    Fraction,
    Function,
    Grid,
    Ordinary,
    Part,
    Root,
    Row,
    Scripts,
    Sign,
    Sized,
    Space,
    Styled,
    Words,
)
from mediamill.media.pictures.contents.formula_tokens import Token, Tokens
from mediamill.media.pictures.contents.plain import plain, shown

MOST_CHARS: Final = 4_000
MOST_LINES: Final = 12
#: Each level of a formula takes some of typst's calls, of which it allows 80 inside each other.
DEEPEST: Final = 16
MOST_CELLS: Final = 12

_NAMED: Final = re.compile(r"\\(begin|end)\s*\{([^{}]*)\}")
_LATIN_BEYOND_ASCII: Final = re.compile("[\u00c0-\u024f\u1e00-\u1eff\u0300-\u036f]")
_STACKED: Final = frozenset({r"\overset", r"\underset", r"\stackrel"})
_ENDS: Final = frozenset({"}", "]", "&", r"\\", r"\right", r"\middle", "\n", r"\cr", r"\newline"})


def parse(text: str) -> Formula:
    """Read formulas, each on a line of its own, with or without dollar signs around it.

    Raises InvalidInput that names the place, by line and character, for what is not understood.
    """
    source = plain(text)
    if len(source) > MOST_CHARS:
        raise InvalidInput(f"the formulas have {len(source)} characters; {MOST_CHARS} are the limit")
    lines = _Reader(source).formulas()
    if not lines:
        raise InvalidInput("there is no formula: write LaTeX, a formula a line, such as E = mc^2")
    if len(lines) > MOST_LINES:
        raise InvalidInput(f"there are {len(lines)} formulas; {MOST_LINES} fit on a picture")
    return Formula(tuple(lines))


class _Reader(Tokens):
    """Reads parts, one by one."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self._depth = 0

    # ---- whole formulas

    def formulas(self) -> list[Part]:
        found: list[Part] = []
        while not self.ended:
            part = self._row(alone=True)
            if part != Row(()):
                found.append(part)
            if not self.ended:
                token = self.next()
                if token.text not in ("\n", r"\\", r"\newline", r"\cr"):
                    self.unexpected(token)
        return found

    def _row(self, *, alone: bool = False, brackets: bool = False) -> Part:
        """Read parts up to what ends them, which is left to be read.

        alone: a line of its own ends with it. brackets: so does a closing square bracket.
        """
        self._deeper()
        parts: list[Part] = []
        while (token := self.peek()).text:
            if token.text == "\n" and not alone:
                self.next()
            elif token.text.startswith(r"\end"):
                if alone:
                    self.fail(token, f"{token.text} has no \\begin before it")
                break
            elif token.text in _ENDS and not (token.text == "]" and not brackets):
                break
            elif (part := self._with_scripts()) is not None:
                parts.append(part)
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Row(tuple(_joined(parts)))

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            self.fail(self.peek(), f"more than {DEEPEST} levels are inside each other")

    # ---- one part

    def _with_scripts(self) -> Part | None:
        """Read one part and what is above and below it; None for what shows nothing."""
        self.blanks()
        token = self.peek()
        base: Part | None
        if token.text in ("^", "_"):
            base = Row(())
        elif token.text == "'":
            self.fail(token, "a prime has nothing before it")
        else:
            base = self._part()
        if base is None:
            return None
        return self._scripts(base)

    def _scripts(self, base: Part) -> Part:
        above: Part | None = None
        below: Part | None = None
        primes = 0
        limits: bool | None = None
        while True:
            mark = self.blank_then()
            if mark.text in (r"\limits", r"\nolimits"):
                self.next()
                limits = mark.text == r"\limits"
            elif mark.text in ("'", "\u2019"):
                self.next()
                primes += 1
            elif mark.text == "^":
                self.next()
                if above is not None:
                    self.fail(mark, "a second ^ above the same sign: put braces around what belongs together")
                above = self._argument(mark)
            elif mark.text == "_":
                self.next()
                if below is not None:
                    self.fail(mark, "a second _ below the same sign: put braces around what belongs together")
                below = self._argument(mark)
            else:
                break
        if above is None and below is None and not primes:
            return base
        return Scripts(base, above, below, primes, limits)

    def _part(self) -> Part | None:  # noqa: PLR0911 - a row for each form that a part may have
        token = self.next()
        text = token.text
        if text == "{":
            return self._group(token)
        if text.startswith('"') and len(text) > 1:
            return Words(text[1:])
        if text in symbols.SPACES:
            return Space(symbols.SPACES[text])
        if text.startswith(("\\begin", "\\end")) and (named := _NAMED.fullmatch(text)):
            return self._environment(token, named.group(2).strip())
        if text in symbols.SIGNS:
            return Sign(symbols.SIGNS[text])
        if text.startswith("\\"):
            return self._command(token)
        if text == "#":
            self.fail(token, r"a bare # means nothing here: write \#")
        if len(text) > 1 and text.isalpha():
            return self._letters(text)
        return Sign(text)

    def _letters(self, text: str) -> Part:
        """Letters are signs each; a word in an alphabet that no sign is of is a word."""
        if _LATIN_BEYOND_ASCII.search(text):
            return Words(text)
        return Row(tuple(Sign(letter) for letter in text))

    def _group(self, opened: Token) -> Part:
        body = self._row()
        if self.peek().text != "}":
            self.unclosed(opened, "{", "}")
        self.next()
        if isinstance(body, Sign) and body.text in ",;:":
            return Ordinary(body.text)
        return body

    def _argument(self, of: Token) -> Part:
        """Read what a command or ^ is about: a group, or a single sign."""
        self.blanks(lines=True)
        token = self.peek()
        if not token.text or token.text in _ENDS or token.text in ("^", "_") or token.text.startswith(r"\end"):
            self.fail(of, f"{of.text} has nothing after it")
        if (token.text.isalpha() or token.text.isdigit()) and len(token.text) > 1:
            return Sign(self.first())  # \frac12 is a half, x^23 is x squared and a 3
        if token.text != "{":  # whose row is a level
            self._deeper()
        part = self._part()
        if token.text != "{":
            self._depth -= 1
        return Row(()) if part is None else part

    def _command(self, token: Token) -> Part | None:  # noqa: PLR0911 - a row for each table
        name = token.text.removesuffix("*")
        short = name.removeprefix("\\")
        if short in symbols.FUNCTIONS:
            return Function(short, symbols.FUNCTIONS[short])
        if name in symbols.ACCENTS:
            return Accent(symbols.ACCENTS[name], self._argument(token))
        if name in symbols.STYLES:
            return self._styled(token, symbols.STYLES[name])
        if name in symbols.WORDS:
            return Words(self.raw(token), symbols.WORDS[name])
        if name in symbols.FRACTIONS:
            return self._fraction(token, name)
        if name in symbols.SIZES:
            return Sized(self._delimiter(token), symbols.SIZES[name])
        if name in symbols.NOTHING:
            return None
        reader = self._readers().get(name)
        if reader is None:
            self.fail(token, f"{token.text} is not known here")
        return reader(token)

    def _readers(self) -> dict[str, Callable[[Token], Part | None]]:
        return {
            r"\sqrt": self._root,
            r"\left": self._fence,
            r"\operatorname": lambda token: Function(self.raw(token), token.text.endswith("*")),
            r"\mod": lambda _: Row((Space(1.0), Words("mod"), Space(0.33))),
            r"\bmod": lambda _: Row((Space(0.22), Words("mod"), Space(0.22))),
            r"\pmod": self._modulo,
            r"\not": self._not,
            r"\substack": self._substack,
            r"\hspace": self._gap,
            r"\tag": lambda token: Row((Space(2.0), Words(f"({self.raw(token)})"))),
            r"\label": self._unseen,
            r"\phantom": self._unseen,
            **dict.fromkeys(_STACKED, self._stacked),
            **dict.fromkeys(symbols.LONG_ARROWS, self._long_arrow),
        }

    def _styled(self, token: Token, style: str) -> Part:
        body = self._argument(token)
        if style in ("overbrace", "underbrace"):
            note = self.blank_then()
            if note.text == ("^" if style == "overbrace" else "_"):
                self.next()
                return Scripts(
                    Styled(style, body),
                    self._argument(note) if style == "overbrace" else None,
                    self._argument(note) if style == "underbrace" else None,
                    limits=True,
                )
        return Styled(style, body)

    def _fraction(self, token: Token, name: str) -> Part:
        over, under = self._argument(token), self._argument(token)
        size: Literal["", "display", "inline"] = ""
        if name in (r"\dfrac", r"\cfrac", r"\dbinom"):
            size = "display"
        elif name in (r"\tfrac", r"\tbinom"):
            size = "inline"
        return Fraction(over, under, not name.endswith("binom"), size)

    def _root(self, token: Token) -> Part:
        index = None
        if self.blank_then().text == "[":
            opened = self.next()
            index = self._row(brackets=True)
            if self.peek().text != "]":
                self.unclosed(opened, "[", "]")
            self.next()
        return Root(self._argument(token), index)

    def _fence(self, token: Token) -> Part:
        left = self._delimiter(token)
        parts: list[Part] = []
        while True:
            parts.append(self._row())
            end = self.peek()
            if end.text == r"\middle":
                parts.append(Sized(self._delimiter(self.next()), 100, middle=True))
            elif end.text == "]":
                parts.append(Sign(self.next().text))
            elif end.text == r"\right":
                self.next()
                return Fenced(left, parts[0] if len(parts) == 1 else Row(tuple(parts)), self._delimiter(end))
            else:
                self.unclosed(token, r"\left", r"\right")

    def _modulo(self, token: Token) -> Part:
        return Row((Space(1.0), Sign("("), Words("mod"), Space(0.33), self._argument(token), Sign(")")))

    def _not(self, token: Token) -> Part:
        base = self._argument(token)
        if not isinstance(base, Sign):
            self.fail(token, r"\not wants a single sign after it")
        # composed where there is such a sign: ≠, ∉
        return Sign(plain(base.text + "\u0338"))

    def _substack(self, token: Token) -> Part:
        self.blanks()
        opened = self.next()
        if opened.text != "{":
            self.fail(token, r"\substack wants {...} after it")
        rows = [self._row()]
        while self.peek().text == r"\\":
            self.next()
            rows.append(self._row())
        if self.peek().text != "}":
            self.unclosed(opened, "{", "}")
        self.next()
        return Grid(tuple((row,) for row in rows))

    def _stacked(self, token: Token) -> Part:
        mark, base = self._argument(token), self._argument(token)
        if token.text == r"\underset":
            return Scripts(base, None, mark, limits=True)
        return Scripts(base, mark, None, limits=True)

    def _long_arrow(self, token: Token) -> Part:
        below: Part | None = None
        if self.blank_then().text == "[":
            opened = self.next()
            below = self._row(brackets=True)
            if self.next().text != "]":
                self.unclosed(opened, "[", "]")
        above = self._argument(token)
        return Scripts(Styled("stretch", Sign(symbols.LONG_ARROWS[token.text])), above, below, limits=True)

    def _gap(self, token: Token) -> Part:
        width = self.raw(token)
        found = re.fullmatch(r"\s*(-?\d{0,3}(?:\.\d{1,3})?)\s*(em|ex|pt|cm|mm|mu)\s*", width)
        if found is None or not found.group(1).strip("-"):
            self.fail(token, f"{shown(width)} is no width; 1em is")
        em = (
            float(found.group(1)) * {"em": 1, "ex": 0.5, "pt": 0.1, "cm": 2.8, "mm": 0.28, "mu": 1 / 18}[found.group(2)]
        )
        return Space(max(-2.0, min(em, 8.0)))

    def _unseen(self, token: Token) -> None:
        self.raw(token)

    # ---- environments

    def _environment(self, token: Token, name: str) -> Part:
        if token.text.startswith(r"\end"):
            self.fail(token, f"{token.text} has no \\begin before it")
        base = name.removesuffix("*")
        if base not in symbols.GRIDS:
            self.fail(token, f"the environment {shown(name)} is not known here; {', '.join(symbols.GRIDS)} are")
        self._deeper()
        columns = self._columns(token) if base in ("array", "alignedat") else ""
        rows = self._rows(token, name)
        self._depth -= 1
        return grid(base, rows, columns)

    def _columns(self, token: Token) -> str:
        """Return how the columns of an array are aligned; lines between them are left out."""
        wanted = self.raw(token)
        return "".join(letter for letter in wanted if letter in "lcr")[:MOST_CELLS]

    def _rows(self, begun: Token, name: str) -> tuple[tuple[Part, ...], ...]:
        rows: list[tuple[Part, ...]] = []
        cells: list[Part] = []
        while True:
            cells.append(self._row())
            end = self.next()
            if end.text == "&":
                continue
            if len(cells) > MOST_CELLS or len(rows) >= MOST_CELLS:
                self.fail(begun, f"a table of more than {MOST_CELLS} rows or columns does not fit on a picture")
            rows.append(tuple(cells))
            cells = []
            if end.text in (r"\\", r"\cr", r"\newline"):
                self._row_gap()
                continue
            ended = _NAMED.fullmatch(end.text)
            if ended is None:
                if not end.text or end.text == "\n":
                    self.fail(begun, f"{begun.text} has no \\end{{{name}}} after it")
                self.unexpected(end)
            if ended.group(2).strip() != name:
                self.fail(end, f"{end.text} ends what \\begin{{{name}}} in line {begun.line} began")
            return filled(rows)

    def _row_gap(self) -> None:
        r"""Leave out the [2pt] of \\[2pt]."""
        found = re.match(r"\[[0-9.]+ *(?:pt|em|ex|mm|cm)\]", self.ahead())
        taken = 0
        while found and taken < found.end():
            taken += len(self.next().text)

    def _delimiter(self, of: Token) -> str:
        token = self.blank_then()
        if token.text not in symbols.DELIMITERS:
            seen = shown(token.text) if token.text.strip() else "nothing"
            self.fail(of, f"{of.text} wants a delimiter such as ( or \\{{ or . after it, not {seen}")
        self.next()
        return symbols.DELIMITERS[token.text]


def _joined(parts: list[Part]) -> list[Part]:
    """Join words beside each other: the blank between them was left out as that between signs is."""
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, Words) and isinstance(last, Words) and part.style == last.style:
            joined[-1] = Words(f"{last.text.rstrip()} {part.text.lstrip()}", part.style)
        else:
            joined.append(part)
    return joined
