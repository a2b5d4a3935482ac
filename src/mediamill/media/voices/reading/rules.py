"""How a reading is written down: rules, one after the other, each a pattern and what is said instead."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass


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


def applied(rules: Sequence[Rule], text: str) -> str:
    """Return a text after each rule in turn."""
    for rule in rules:
        text = rule.applied(text)
    return text
