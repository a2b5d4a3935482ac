import json
from dataclasses import asdict

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mediamill import InvalidInput
from mediamill.media.pictures.contents import symbols
from mediamill.media.pictures.contents.formula_parts import (
    Accent,
    Fenced,
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
from mediamill.media.pictures.contents.formula_reader import DEEPEST
from mediamill.media.pictures.contents.formulas import parse

A, B, N, X = Sign("a"), Sign("b"), Sign("n"), Sign("x")


def only(text: str) -> Part:
    (line,) = parse(text).lines
    return line


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("x", X),
        ("$x$", X),
        ("$$x$$", X),
        (r"\[ x \]", X),
        (r"\(x\)", X),
        ("```latex\nx\n```", X),
        ("ab", Row((A, B))),
        ("a-b", Row((A, Sign("−"), B))),  # noqa: RUF001 - the sign of minus
        ("3.14", Sign("3.14")),
        ("3{,}14", Row((Sign("3"), Ordinary(","), Sign("14")))),
        (r"\alpha", Sign("α")),  # noqa: RUF001 - Greek
        (r"\le", Sign("≤")),
        ("≤", Sign("≤")),
        (r"\frac{a}{b}", Fraction(A, B)),
        (r"\frac12", Fraction(Sign("1"), Sign("2"))),
        (r"\frac ab", Fraction(A, B)),
        (r"\dfrac{a}{b}", Fraction(A, B, size="display")),
        (r"\binom{n}{a}", Fraction(N, A, bar=False)),
        (r"\sqrt{x}", Root(X, None)),
        (r"\sqrt[n]{x}", Root(X, N)),
        ("x^2", Scripts(X, Sign("2"), None)),
        ("x_a^b", Scripts(X, B, A)),
        ("x^23", Row((Scripts(X, Sign("2"), None), Sign("3")))),
        ("x''", Scripts(X, None, None, primes=2)),
        ("x'^a", Scripts(X, A, None, primes=1)),
        ("^a x", Row((Scripts(Row(()), A, None), X))),
        (r"\sum\limits_a", Scripts(Sign("∑"), None, A, limits=True)),
        (r"\lim_{a}", Scripts(Function("lim", limits=True), None, A)),
        (r"\sin x", Row((Function("sin", limits=False), X))),
        (r"\operatorname*{argmax}", Function("argmax", limits=True)),
        (r"\operatorname{rank}", Function("rank", limits=False)),
        (r"\left( x \right]", Fenced("(", X, "]")),
        (r"\left. x \right|", Fenced("", X, "|")),
        (r"\left\{ a \middle| b \right\}", Fenced("{", Row((A, Sized("|", 100, middle=True), B)), "}")),
        (r"\Bigl( x", Row((Sized("(", 160), X))),
        (r"\hat{x}", Accent("\u0302", X)),
        (r"\vec x", Accent("\u20d7", X)),
        (r"\mathbb{R}", Styled("bb", Sign("R"))),
        (r"\text{nếu } x", Row((Words("nếu "), X))),
        (r"\text{50\% \& \$}", Words("50% & $")),
        (r"\textbf{a b}", Words("a b", "bold")),
        ("Diện tích = a", Row((Words("Diện tích"), Sign("="), A))),
        ("Vận tốc là $x$", Row((Words("Vận tốc là "), X))),
        (r"a \quad b", Row((A, Space(1.0), B))),
        (r"a\not=b", Row((A, Sign("≠"), B))),
        (r"a \not\in b", Row((A, Sign("∉"), B))),
        (r"a\%", Row((A, Sign("%")))),
        (r"\begin{pmatrix} a & b \\ n & x \end{pmatrix}", Grid(((A, B), (N, X)), "(", ")")),
        (r"\begin{cases} a & b \\ n \end{cases}", Grid(((A, B), (N, Row(()))), "{", "", "l")),
        ("\\begin{aligned}\na &= b \\\\[2pt]\n&= x \\\\\n\\end{aligned}", None),
        (r"\begin{equation} x \end{equation}", X),
        (r"\begin{array}{l|r} a & b \end{array}", Grid(((A, B),), columns="lr")),
        (r"\substack{a \\ b}", Grid(((A,), (B,)))),
        (r"\underbrace{a}_{n}", Scripts(Styled("underbrace", A), None, N, limits=True)),
        (r"\overset{a}{=}", Scripts(Sign("="), A, None, limits=True)),
        (r"\xrightarrow{a}", Scripts(Styled("stretch", Sign("→")), A, None, limits=True)),
    ],
)
def test_latex_becomes_parts(text: str, part: Part | None) -> None:
    found = only(text)
    if part is None:
        assert isinstance(found, Grid)
        assert [len(row) for row in found.rows] == [2, 2]
    else:
        assert found == part


def test_each_line_is_a_formula_of_its_own() -> None:
    assert parse("a\n\nb \\\\ x\n$$\nn\n$$").lines == (A, B, X, N)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no formula"),
        ("$$ $$", "there is no formula"),
        (r"\frac{a}{b", r"line 1, character 9: { has no } after it"),
        (r"\frac{a}", r"line 1, character 1: \frac has nothing after it"),
        ("a }", "line 1, character 3: } has no { before it"),
        ("a\n  \\foo{b}", r"line 2, character 3: \foo is not known here"),
        (r"\def\a{b}", r"\def is not known here"),
        (r"\input{/etc/passwd}", r"\input is not known here"),
        (r"\newcommand{\a}{b}", r"\newcommand is not known here"),
        (r"\write18{ls}", r"\write is not known here"),
        (r"\left( x", r"\left has no \right after it"),
        (r"x \right)", r"\right has no \left before it"),
        (r"\left x", r"\left wants a delimiter such as ( or \{ or . after it, not 'x'"),
        (r"\begin{pmatrix} a", r"\begin{pmatrix} has no \end{pmatrix} after it"),
        (r"\begin{pmatrix} a \end{cases}", r"\end{cases} ends what \begin{pmatrix} in line 1 began"),
        (r"\begin{tikzpicture} \end{tikzpicture}", "the environment 'tikzpicture' is not known here"),
        (r"a \end{cases}", r"\end{cases} has no \begin before it"),
        ("a & b", r"put \begin{aligned} before"),
        ("x^2^3", "line 1, character 4: a second ^"),
        ("x_1_2", "line 1, character 4: a second _"),
        ("x^", "line 1, character 2: ^ has nothing after it"),
        ("'a", "a prime has nothing before it"),
        ("#panic()", r"a bare # means nothing here: write \#"),
        (r"\sqrt[n x", "[ has no ] after it"),
        (r"\text x", r"\text wants {...} after it"),
        (r"\hspace{x}", "is no width"),
        ("{" * (DEEPEST + 1) + "a" + "}" * (DEEPEST + 1), f"more than {DEEPEST} levels"),
        ("a" * 10_000, "10000 characters; 4000 are the limit"),
        ("a\n" * 20, "20 formulas; 12 fit"),
        ("a\x07b", "U+0007"),
        ("\ud800", "U+D800"),
        (r"\begin{matrix} " + "a & " * 20 + r"a \end{matrix}", "more than 12 rows or columns"),
    ],
)
def test_broken_latex_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(text)
    assert message in refused.value.message


COMMANDS = [rf"\{name}" for name in ("frac", "sqrt", "left", "right", "middle", "big", "text", "operatorname", "not")]
COMMANDS += [rf"\{name}" for name in ("substack", "overset", "xrightarrow", "tag", "hspace", "binom", "pmod", "limits")]
MARKS = ["\\\\", "\\ ", *"{}[]()^_&'|.,$%#~ab∑ế", "$$", "12", "3.4"]
PIECES = st.sampled_from(
    [
        *symbols.SIGNS,
        *symbols.STYLES,
        *symbols.ACCENTS,
        *symbols.SPACES,
        *(f"\\{name}" for name in symbols.FUNCTIONS),
        *(rf"\begin{{{name}}}" for name in symbols.GRIDS),
        *(rf"\end{{{name}}}" for name in symbols.GRIDS),
        *COMMANDS,
        *MARKS,
        " ",
        "\n",
    ]
)


@given(st.text() | st.lists(PIECES, max_size=25).map("".join))
@example("\\")
@example("\\\\[")
@example("\\begin")
@example("\\begin{}")
@example("$\\$")
def test_whatever_is_sent_is_read_or_refused(text: str) -> None:
    try:
        formula = parse(text)
    except InvalidInput:
        return
    assert formula.lines
    assert json.loads(json.dumps(asdict(formula)))["lines"]
