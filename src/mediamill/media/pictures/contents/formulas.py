r"""Read formulas: a subset of LaTeX, one display formula a line.

Why a reader of our own and no library: tex2typst (0.1.7) and tylax write typst's markup, which would have to be
evaluated. tex2typst leaves the quotation marks of \text as they are, so that `\text{" panic() "}` runs as code, and its
errors name no place ("Unmatched '\{'"). Here a formula becomes parts, and the template builds each from a function.
"""

from typing import Final

from mediamill.core.errors import InvalidInput
from mediamill.media.pictures.contents.formula_parts import Formula
from mediamill.media.pictures.contents.formula_reader import Reader
from mediamill.media.pictures.contents.plain import plain

MOST_CHARS: Final = 4_000
MOST_LINES: Final = 12


def parse(text: str) -> Formula:
    """Read formulas, each on a line of its own, with or without dollar signs around it.

    Raises InvalidInput that names the place, by line and character, for what is not understood.
    """
    source = plain(text)
    if len(source) > MOST_CHARS:
        raise InvalidInput(f"the formulas have {len(source)} characters; {MOST_CHARS} are the limit")
    lines = Reader(source).formulas()
    if not lines:
        raise InvalidInput("there is no formula: write LaTeX, a formula a line, such as E = mc^2")
    if len(lines) > MOST_LINES:
        raise InvalidInput(f"there are {len(lines)} formulas; {MOST_LINES} fit on a picture")
    return Formula(tuple(lines))
