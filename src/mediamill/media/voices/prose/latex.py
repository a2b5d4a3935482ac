# ruff: noqa: RUF001 - signs of mathematics
r"""Formulas in LaTeX, put into signs that can be read out: $\frac{1}{2} \cdot x^2$ is 1/2 · x^2."""

import re
import unicodedata
from collections.abc import Callable
from types import MappingProxyType
from typing import Final

#: As Pandoc finds them: no blank inside the dollars, and no figure behind them. Amounts of money have no mark in them.
_FORMULA: Final = re.compile(
    r"(?<![\\$\w])\$\$\s*(?P<block>[^$]{1,2000}?)\s*\$\$"
    r"|(?<![\\$\w])\$(?![\s$])(?P<inline>[^$\n]{1,300}?)(?<![\s\\])\$(?![\d$])"
)
_MARK: Final = re.compile(r"[\\^_=+<>{}]|\A[A-Za-z]\Z")
_SIGNS: Final = MappingProxyType(
    {
        r"\times": "×",
        r"\cdot": "⋅",
        r"\div": "÷",
        r"\pm": "±",
        r"\leq": "≤",
        r"\le": "≤",
        r"\geq": "≥",
        r"\ge": "≥",
        r"\neq": "≠",
        r"\ne": "≠",
        r"\approx": "≈",
        r"\infty": "∞",
        r"\to": "→",
        r"\rightarrow": "→",
        r"\Rightarrow": "⇒",
        r"\sum": "∑",
        r"\int": "∫",
        r"\in": "∈",
        r"\cup": "∪",
        r"\cap": "∩",
        r"\degree": "°",
        r"\circ": "°",
        r"\%": "%",
        r"\$": "$",
        r"\ldots": "…",
        r"\cdots": "…",
        r"\dots": "…",
    }
)
_FUNCTIONS: Final = frozenset({"sin", "cos", "tan", "log", "ln", "exp", "min", "max", "lim", "det", "mod"})
_FRACTION: Final = re.compile(r"\\[dt]?frac\s*\{([^{}]{1,200})\}\s*\{([^{}]{1,200})\}")
_ROOT: Final = re.compile(r"\\sqrt\s*\{([^{}]{1,200})\}")
_RAISED: Final = re.compile(r"\^\{([^{}]{1,200})\}")
_LOWERED_GROUP: Final = re.compile(r"_\{([^{}]{1,200})\}")
_LOWERED: Final = re.compile(r"_(\w)")
_COMMAND: Final = re.compile(r"\\(?:[A-Za-z]{1,30}|[^A-Za-z\s])")
_UNREAD: Final = re.compile(r"[{}$]")
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>#|~])")
_NESTED: Final = 4


def replaced(text: str) -> str:
    """Return a Markdown text with its formulas in signs, escaped where Markdown would take them for its own."""
    return each(text, lambda formula: _MARKDOWN.sub(r"\\\1", signs(formula)))


def each(text: str, put: Callable[[str], str]) -> str:
    """Return a Markdown text in which each formula is what `put` returns for its LaTeX."""

    def replace(found: re.Match[str]) -> str:
        source = found.group("block") or found.group("inline")
        return found.group(0) if found.group("inline") and not _MARK.search(source) else put(source)

    return _FORMULA.sub(replace, text)


def signs(formula: str) -> str:
    """Return a formula without LaTeX's commands: signs for those that have one, nothing for the others."""
    for _ in range(_NESTED):
        before = formula
        formula = _FRACTION.sub(lambda found: f"{_grouped(found.group(1))}/{_grouped(found.group(2))}", formula)
        formula = _ROOT.sub(lambda found: f"√{_grouped(found.group(1))}", formula)
        formula = _RAISED.sub(lambda found: f"^{_grouped(found.group(1))}", formula)
        # In braces they would keep what is around them from being seen: \\frac{n_{1}}{2}.
        formula = _LOWERED_GROUP.sub(r" \1", formula)
        if formula == before:
            break
    formula = _LOWERED.sub(r" \1", formula)
    return " ".join(_UNREAD.sub("", _COMMAND.sub(_sign, formula)).replace("&", " ").split())


def _grouped(part: str) -> str:
    """Return a part in parentheses, unless it is one number or one letter."""
    part = part.strip()
    return part if re.fullmatch(r"\d+(?:\.\d+)?|\w|\\[A-Za-z]+", part) else f"({part})"


def _sign(found: re.Match[str]) -> str:
    command = found.group(0)
    if command in _SIGNS:
        return f" {_SIGNS[command]} "
    size = "CAPITAL" if command[1:2].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {command[1:].upper()}")
    except KeyError:
        # \sin and \log are words; \left and \text are not said.
        return f" {command[1:]} " if command[1:] in _FUNCTIONS else " "
