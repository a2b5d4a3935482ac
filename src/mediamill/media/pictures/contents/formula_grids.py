"""Rows and cells of a formula: matrices, cases, equations under each other."""

from mediamill.media.pictures.contents import symbols
from mediamill.media.pictures.contents.formula_parts import Grid, Part, Row


def filled(rows: list[tuple[Part, ...]]) -> tuple[tuple[Part, ...], ...]:
    """Return rows of one length, without an empty last one: a row's end is often written behind the last too."""
    if len(rows) > 1 and all(cell == Row(()) for cell in rows[-1]):
        rows = rows[:-1]
    width = max(len(row) for row in rows)
    return tuple(row + (Row(()),) * (width - len(row)) for row in rows)


def grid(name: str, rows: tuple[tuple[Part, ...], ...], columns: str) -> Part:
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
