"""Rows and cells of a formula: matrices, cases, equations under each other."""

import re
from typing import TYPE_CHECKING, Final

from mediamill.media.pictures.contents import symbols
from mediamill.media.pictures.contents.formula_parts import Grid, Part, Row
from mediamill.media.pictures.contents.formula_tokens import Token
from mediamill.media.pictures.contents.plain import shown

if TYPE_CHECKING:
    from mediamill.media.pictures.contents.formula_reader import Reader

MOST_CELLS: Final = 12
NAMED: Final = re.compile(r"\\(begin|end)\s*\{([^{}]*)\}")


def environment(reader: "Reader", token: Token, name: str) -> Part:
    r"""Return what stands between \begin{name}, which was read, and its \end. token: that which was read."""
    if token.text.startswith(r"\end"):
        reader.fail(token, f"{token.text} has no \\begin before it")
    base = name.removesuffix("*")
    if base not in symbols.GRIDS:
        reader.fail(token, f"the environment {shown(name)} is not known here; {', '.join(symbols.GRIDS)} are")
    reader.deeper()
    columns = _columns(reader, token) if base in ("array", "alignedat") else ""
    rows = _rows(reader, token, name)
    reader.higher()
    return _grid(base, rows, columns)


def _columns(reader: "Reader", token: Token) -> str:
    """Return how the columns of an array are aligned; lines between them are left out."""
    wanted = reader.raw(token)
    return "".join(letter for letter in wanted if letter in "lcr")[:MOST_CELLS]


def _rows(reader: "Reader", begun: Token, name: str) -> tuple[tuple[Part, ...], ...]:
    rows: list[tuple[Part, ...]] = []
    cells: list[Part] = []
    while True:
        cells.append(reader.row())
        end = reader.next()
        if end.text == "&":
            continue
        if len(cells) > MOST_CELLS or len(rows) >= MOST_CELLS:
            reader.fail(begun, f"a table of more than {MOST_CELLS} rows or columns does not fit on a picture")
        rows.append(tuple(cells))
        cells = []
        if end.text in (r"\\", r"\cr", r"\newline"):
            _row_gap(reader)
            continue
        ended = NAMED.fullmatch(end.text)
        if ended is None:
            if not end.text or end.text == "\n":
                reader.fail(begun, f"{begun.text} has no \\end{{{name}}} after it")
            reader.unexpected(end)
        if ended.group(2).strip() != name:
            reader.fail(end, f"{end.text} ends what \\begin{{{name}}} in line {begun.line} began")
        return _filled(rows)


def _row_gap(reader: "Reader") -> None:
    r"""Leave out the [2pt] of \\[2pt]."""
    found = re.match(r"\[[0-9.]+ *(?:pt|em|ex|mm|cm)\]", reader.ahead())
    taken = 0
    while found and taken < found.end():
        taken += len(reader.next().text)


def _filled(rows: list[tuple[Part, ...]]) -> tuple[tuple[Part, ...], ...]:
    """Return rows of one length, without an empty last one: a row's end is often written behind the last too."""
    if len(rows) > 1 and all(cell == Row(()) for cell in rows[-1]):
        rows = rows[:-1]
    width = max(len(row) for row in rows)
    return tuple(row + (Row(()),) * (width - len(row)) for row in rows)


def _grid(name: str, rows: tuple[tuple[Part, ...], ...], columns: str) -> Part:
    """Return what an environment of `symbols.GRIDS` makes of its rows. columns: of an array, as `Grid` has them."""
    left, right = symbols.GRIDS[name]
    if name in ("equation", "displaymath", "math") and len(rows) == 1 and len(rows[0]) == 1:
        return rows[0][0]
    if name in ("cases", "dcases", "rcases"):
        return Grid(rows, left, right, "l", 1.0, display=name == "dcases")
    if name in ("aligned", "align", "alignedat", "split", "eqnarray"):
        return Grid(rows, left, right, "rl" * (len(rows[0]) // 2 + 1), 0.0, display=True)
    if name in ("gather", "gathered", "multline", "equation", "displaymath", "math"):
        return Grid(rows, left, right, "c", 0.5, display=True)
    return Grid(rows, left, right, columns or "c", 1.0)
