"""The signs and commands of a formula, each with its place, for who reads it."""

import re
from dataclasses import dataclass
from typing import Final, NoReturn

from mediamill.core.errors import InvalidInput
from mediamill.media.pictures.contents import symbols
from mediamill.media.pictures.contents.plain import shown, unfenced

_TOKEN: Final = re.compile(
    r"\\begin\s*\{[^{}\n]*\}|\\end\s*\{[^{}\n]*\}|\\[A-Za-z]+\*?|\\.|\\|\n|[ \t]+|[0-9]+(?:\.[0-9]+)?|[^\W\d_]+|.",
    re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """line and column: where it stands, from 1."""

    text: str
    line: int
    column: int


class Tokens:
    """Gives tokens one by one. Every place of an error is that of the token that was not wanted."""

    def __init__(self, source: str) -> None:
        self._tokens = _tokens(source)
        last = self._tokens[-1] if self._tokens else Token("", 1, 1)
        self._end = Token("", last.line, last.column + len(last.text))
        self._at = 0

    @property
    def ended(self) -> bool:
        """Whether all was read."""
        return self._at >= len(self._tokens)

    def peek(self) -> Token:
        """Return the next token, which stays to be read; an empty one at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else self._end

    def next(self) -> Token:
        """Read one token."""
        token = self.peek()
        self._at += 1
        return token

    def blanks(self, *, lines: bool = False) -> None:
        """Skip blanks; lines: and ends of lines."""
        while (text := self.peek().text) and (not text.strip(" \t") or (lines and text == "\n")):
            self._at += 1

    def blank_then(self) -> Token:
        """Return the next token that is not blank, and skip what is before it; it stays to be read."""
        self.blanks()
        return self.peek()

    def raw(self, of: Token) -> str:
        """Read {...} as it is written."""
        opened = self.blank_then()
        if opened.text != "{":
            self.fail(of, f"{of.text} wants {{...}} after it")
        self.next()
        depth = 1
        taken: list[str] = []
        while (token := self.next()).text:
            depth += {"{": 1, "}": -1}.get(token.text, 0)
            if depth == 0:
                return "".join(taken)
            taken.append(_as_text(token.text))
        return self.unclosed(opened, "{", "}")

    def first(self) -> str:
        """Return the first letter or figure of the next token; the rest of it stays to be read."""
        token = self.peek()
        self._tokens[self._at] = Token(token.text[1:], token.line, token.column + 1)
        return token.text[0]

    def ahead(self) -> str:
        """Return some of what comes next, as it was written."""
        return "".join(token.text for token in self._tokens[self._at : self._at + 4])

    def unclosed(self, opened: Token, mark: str, wanted: str) -> NoReturn:
        """Refuse what was opened and not closed."""
        self.fail(opened, f"{mark} has no {wanted} after it")

    def unexpected(self, token: Token) -> NoReturn:
        """Refuse a token that stands where none of its kind may."""
        without = {
            "}": "} has no { before it",
            "&": r"& stands outside of an environment: put \begin{aligned} before and \end{aligned} after",
            r"\right": r"\right has no \left before it",
            r"\middle": r"\middle has no \left before it",
        }
        self.fail(token, without.get(token.text, f"{shown(token.text)} is not expected"))

    def fail(self, token: Token, what: str) -> NoReturn:
        """Refuse the formula, naming the place of a token."""
        raise InvalidInput(f"the formula cannot be read at line {token.line}, character {max(token.column, 1)}: {what}")


def _tokens(source: str) -> list[Token]:
    found: list[Token] = []
    for number, line in enumerate("\n".join(unfenced(source.split("\n"))).split("\n"), start=1):
        if found:
            found.append(Token("\n", number - 1, 0))
        for dressed, piece, column in _undressed(line):
            if dressed:
                found.append(Token(f'"{piece}', number, column + 1))
            else:
                found += [Token(m.group(), number, column + m.start() + 1) for m in _TOKEN.finditer(piece)]
    return found


def _undressed(line: str) -> list[tuple[bool, str, int]]:
    r"""Return the pieces of a line, without \[ \] \( \) and dollars: whether each is prose, and where it begins.

    Prose is what stands beside $...$ in the same line.
    """
    marks = list(re.finditer(r"(?<!\\)(?:\\\\)*(\$\$?|\\[()\[\]](?![0-9.]+\s*(?:pt|em|ex|mm)))", line))
    if not marks:
        return [(False, line, 0)]
    pieces = []
    at = 0
    inside = False
    outer = [line[: marks[0].start(1)], line[marks[-1].end(1) :]]
    mixed = any(piece.strip(" \t.,;") for piece in outer) or len(marks) > 2  # noqa: PLR2004 - one pair
    for mark in [*marks, None]:
        end = mark.start(1) if mark else len(line)
        piece = line[at:end]
        if piece.strip():
            prose = mixed and not inside and not _looks_like_mathematics(piece)
            pieces.append((prose, piece, at))
        inside = not inside
        at = mark.end(1) if mark else at
    return pieces


def _looks_like_mathematics(piece: str) -> bool:
    return bool(re.search(r"[\\^_{}=]", piece))


def _as_text(token: str) -> str:
    r"""Return a token of \text as letters: \% is %."""
    if token in ("\n", "~"):
        return " "
    if token.startswith("\\") and len(token) == 2 and not token.isalpha():  # noqa: PLR2004 - a backslash and a sign
        return token[1:] if token[1] in "{}%$&#_ " else ""
    return symbols.SIGNS.get(token, token) if token.startswith("\\") else token.lstrip('"') or token
