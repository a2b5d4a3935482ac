# ruff: noqa: RUF001 - typographic marks
"""How a reading is written down: rules, one after the other, each a pattern and what is said instead."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_END: Final = re.compile(r"[\s\"'”’»)\]]{0,8}\Z")


@dataclass(frozen=True)
class Rule:
    """What `pattern` finds is said as `say` returns; the text unchanged means: this was something else.

    where: characters one of which the pattern needs. A text without any of them is not searched at
        all, which spares most sentences most rules. Empty: every text is searched.

    A pattern takes time linear in the length of any text: what it repeats has a limit, or cannot
    overlap with what comes after it.
    """

    pattern: re.Pattern[str]
    say: Callable[[re.Match[str]], str]
    where: str = ""

    def applied(self, text: str) -> str:
        """Return the text with all that the pattern finds as it is said."""
        if self.where and not any(sign in text for sign in self.where):
            return text
        return self.pattern.sub(self.say, text)


def rule(pattern: str, say: Callable[[re.Match[str]], str] | str, where: str = "") -> Rule:
    """Return a rule. say: what is said, or how it comes from what was found."""
    if isinstance(say, str):
        words = say
        return Rule(re.compile(pattern), lambda _: words, where)
    return Rule(re.compile(pattern), say, where)


def applied(rules: Sequence[Rule], text: str) -> str:
    """Return a text after each rule in turn."""
    for each in rules:
        text = each.applied(text)
    return text


def at_end(found: re.Match[str]) -> bool:
    """Whether nothing but closing marks comes after it: then its full stop ends the sentence as well."""
    return _END.match(found.string, found.end()) is not None


def stop_of(found: re.Match[str]) -> str:
    """Return the full stop of an abbreviation where it ends the sentence as well, else ""."""
    return "." if found.group(0).endswith(".") and at_end(found) else ""


def table(*pairs: str) -> Mapping[str, str]:
    """Return a table of `written=said` pairs with blanks between them; _ stands for a blank inside."""
    return MappingProxyType(dict(pair.replace("_", " ").split("=") for pair in " ".join(pairs).split()))


def either(signs: Iterable[str]) -> str:
    """Return a pattern of any of some signs, the longest first."""
    return "|".join(re.escape(sign) for sign in sorted(signs, key=len, reverse=True))
