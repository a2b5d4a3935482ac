"""Reads the parts of a formula, one by one; a command and an environment each read what is theirs with it."""

import re
from typing import Final

from mediamill.media.pictures.contents import symbols
from mediamill.media.pictures.contents.formula_commands import command
from mediamill.media.pictures.contents.formula_grids import NAMED, environment
from mediamill.media.pictures.contents.formula_parts import Ordinary, Part, Row, Scripts, Sign, Space, Words
from mediamill.media.pictures.contents.formula_tokens import Token, Tokens
from mediamill.media.pictures.contents.plain import shown

#: Each level of a formula takes some of typst's calls, of which it allows 80 inside each other.
DEEPEST: Final = 16

_LATIN_BEYOND_ASCII: Final = re.compile("[\u00c0-\u024f\u1e00-\u1eff\u0300-\u036f]")
_ENDS: Final = frozenset({"}", "]", "&", r"\\", r"\right", r"\middle", "\n", r"\cr", r"\newline"})


class Reader(Tokens):
    """Reads parts, one by one."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self._depth = 0

    # ---- whole formulas

    def formulas(self) -> list[Part]:
        """Read all that there is, a formula a line."""
        found: list[Part] = []
        while not self.ended:
            part = self.row(alone=True)
            if part != Row(()):
                found.append(part)
            if not self.ended:
                token = self.next()
                if token.text not in ("\n", r"\\", r"\newline", r"\cr"):
                    self.unexpected(token)
        return found

    def row(self, *, alone: bool = False, brackets: bool = False) -> Part:
        """Read parts up to what ends them, which is left to be read.

        alone: a line of its own ends with it. brackets: so does a closing square bracket.
        """
        self.deeper()
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
        self.higher()
        return parts[0] if len(parts) == 1 else Row(tuple(_joined(parts)))

    def deeper(self) -> None:
        """Go one level down. Raises InvalidInput where there are too many."""
        self._depth += 1
        if self._depth > DEEPEST:
            self.fail(self.peek(), f"more than {DEEPEST} levels are inside each other")

    def higher(self) -> None:
        """Go one level up again."""
        self._depth -= 1

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
                above = self.argument(mark)
            elif mark.text == "_":
                self.next()
                if below is not None:
                    self.fail(mark, "a second _ below the same sign: put braces around what belongs together")
                below = self.argument(mark)
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
        if text.startswith(("\\begin", "\\end")) and (named := NAMED.fullmatch(text)):
            return environment(self, token, named.group(2).strip())
        if text in symbols.SIGNS:
            return Sign(symbols.SIGNS[text])
        if text.startswith("\\"):
            return command(self, token)
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
        body = self.row()
        if self.peek().text != "}":
            self.unclosed(opened, "{", "}")
        self.next()
        if isinstance(body, Sign) and body.text in ",;:":
            return Ordinary(body.text)
        return body

    def argument(self, of: Token) -> Part:
        """Read what a command or ^ is about: a group, or a single sign."""
        self.blanks(lines=True)
        token = self.peek()
        if not token.text or token.text in _ENDS or token.text in ("^", "_") or token.text.startswith(r"\end"):
            self.fail(of, f"{of.text} has nothing after it")
        if (token.text.isalpha() or token.text.isdigit()) and len(token.text) > 1:
            return Sign(self.first())  # \frac12 is a half, x^23 is x squared and a 3
        if token.text != "{":  # whose row is a level
            self.deeper()
        part = self._part()
        if token.text != "{":
            self.higher()
        return Row(()) if part is None else part

    def delimiter(self, of: Token) -> str:
        """Read what stands around something: a bracket, a bar, or nothing by a dot."""
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
