"""The commands of a formula: what each reads, and the part that it makes."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from mediamill.media.pictures.contents import symbols
from mediamill.media.pictures.contents.formula_parts import (
    Accent,
    Fenced,
    Fraction,
    Function,
    Grid,
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
from mediamill.media.pictures.contents.formula_tokens import Token
from mediamill.media.pictures.contents.plain import plain, shown

if TYPE_CHECKING:
    from mediamill.media.pictures.contents.formula_reader import Reader

_Command = Callable[["Reader", Token], Part | None]


def command(reader: "Reader", token: Token) -> Part | None:  # noqa: PLR0911 - a row for each table
    """Return what a command makes of what is behind it; None for what shows nothing."""
    name = token.text.removesuffix("*")
    short = name.removeprefix("\\")
    if short in symbols.FUNCTIONS:
        return Function(short, symbols.FUNCTIONS[short])
    if name in symbols.ACCENTS:
        return Accent(symbols.ACCENTS[name], reader.argument(token))
    if name in symbols.STYLES:
        return _styled(reader, token, symbols.STYLES[name])
    if name in symbols.WORDS:
        return Words(reader.raw(token), symbols.WORDS[name])
    if name in symbols.FRACTIONS:
        return _fraction(reader, token, name)
    if name in symbols.SIZES:
        return Sized(reader.delimiter(token), symbols.SIZES[name])
    if name in symbols.NOTHING:
        return None
    own = _COMMANDS.get(name)
    if own is None:
        reader.fail(token, f"{token.text} is not known here")
    return own(reader, token)


def _styled(reader: "Reader", token: Token, style: str) -> Part:
    body = reader.argument(token)
    if style in ("overbrace", "underbrace"):
        note = reader.blank_then()
        if note.text == ("^" if style == "overbrace" else "_"):
            reader.next()
            return Scripts(
                Styled(style, body),
                reader.argument(note) if style == "overbrace" else None,
                reader.argument(note) if style == "underbrace" else None,
                limits=True,
            )
    return Styled(style, body)


def _fraction(reader: "Reader", token: Token, name: str) -> Part:
    over, under = reader.argument(token), reader.argument(token)
    size: Literal["", "display", "inline"] = ""
    if name in (r"\dfrac", r"\cfrac", r"\dbinom"):
        size = "display"
    elif name in (r"\tfrac", r"\tbinom"):
        size = "inline"
    return Fraction(over, under, not name.endswith("binom"), size)


def _root(reader: "Reader", token: Token) -> Part:
    index = None
    if reader.blank_then().text == "[":
        opened = reader.next()
        index = reader.row(brackets=True)
        if reader.peek().text != "]":
            reader.unclosed(opened, "[", "]")
        reader.next()
    return Root(reader.argument(token), index)


def _fence(reader: "Reader", token: Token) -> Part:
    left = reader.delimiter(token)
    parts: list[Part] = []
    while True:
        parts.append(reader.row())
        end = reader.peek()
        if end.text == r"\middle":
            parts.append(Sized(reader.delimiter(reader.next()), 100, middle=True))
        elif end.text == "]":
            parts.append(Sign(reader.next().text))
        elif end.text == r"\right":
            reader.next()
            return Fenced(left, parts[0] if len(parts) == 1 else Row(tuple(parts)), reader.delimiter(end))
        else:
            reader.unclosed(token, r"\left", r"\right")


def _modulo(reader: "Reader", token: Token) -> Part:
    return Row((Space(1.0), Sign("("), Words("mod"), Space(0.33), reader.argument(token), Sign(")")))


def _not(reader: "Reader", token: Token) -> Part:
    base = reader.argument(token)
    if not isinstance(base, Sign):
        reader.fail(token, r"\not wants a single sign after it")
    # composed where there is such a sign: ≠, ∉
    return Sign(plain(base.text + "\u0338"))


def _substack(reader: "Reader", token: Token) -> Part:
    reader.blanks()
    opened = reader.next()
    if opened.text != "{":
        reader.fail(token, r"\substack wants {...} after it")
    rows = [reader.row()]
    while reader.peek().text == r"\\":
        reader.next()
        rows.append(reader.row())
    if reader.peek().text != "}":
        reader.unclosed(opened, "{", "}")
    reader.next()
    return Grid(tuple((row,) for row in rows))


def _stacked(reader: "Reader", token: Token) -> Part:
    mark, base = reader.argument(token), reader.argument(token)
    if token.text == r"\underset":
        return Scripts(base, None, mark, limits=True)
    return Scripts(base, mark, None, limits=True)


def _long_arrow(reader: "Reader", token: Token) -> Part:
    below: Part | None = None
    if reader.blank_then().text == "[":
        opened = reader.next()
        below = reader.row(brackets=True)
        if reader.next().text != "]":
            reader.unclosed(opened, "[", "]")
    above = reader.argument(token)
    return Scripts(Styled("stretch", Sign(symbols.LONG_ARROWS[token.text])), above, below, limits=True)


def _gap(reader: "Reader", token: Token) -> Part:
    width = reader.raw(token)
    found = re.fullmatch(r"\s*(-?\d{0,3}(?:\.\d{1,3})?)\s*(em|ex|pt|cm|mm|mu)\s*", width)
    if found is None or not found.group(1).strip("-"):
        reader.fail(token, f"{shown(width)} is no width; 1em is")
    em = float(found.group(1)) * {"em": 1, "ex": 0.5, "pt": 0.1, "cm": 2.8, "mm": 0.28, "mu": 1 / 18}[found.group(2)]
    return Space(max(-2.0, min(em, 8.0)))


def _unseen(reader: "Reader", token: Token) -> None:
    reader.raw(token)


_COMMANDS: Final[Mapping[str, _Command]] = MappingProxyType(
    {
        r"\sqrt": _root,
        r"\left": _fence,
        r"\operatorname": lambda reader, token: Function(reader.raw(token), token.text.endswith("*")),
        r"\mod": lambda *_: Row((Space(1.0), Words("mod"), Space(0.33))),
        r"\bmod": lambda *_: Row((Space(0.22), Words("mod"), Space(0.22))),
        r"\pmod": _modulo,
        r"\not": _not,
        r"\substack": _substack,
        r"\hspace": _gap,
        r"\tag": lambda reader, token: Row((Space(2.0), Words(f"({reader.raw(token)})"))),
        r"\label": _unseen,
        r"\phantom": _unseen,
        **dict.fromkeys((r"\overset", r"\underset", r"\stackrel"), _stacked),
        **dict.fromkeys(symbols.LONG_ARROWS, _long_arrow),
    }
)
