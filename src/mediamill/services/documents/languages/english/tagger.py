# ruff: noqa: RUF001 - marks of quotation are meant
"""The words of a sentence, what each of them is there, and its lemma."""

import functools
import re
from collections.abc import Sequence
from typing import Final

from mediamill.services.documents.languages.english.context import Scores
from mediamill.services.documents.languages.english.forms import Form, Forms
from mediamill.services.documents.languages.english.grammar import Class
from mediamill.services.documents.languages.language import Token

#: Plain words, which none of the others but that of words could be: first, for most are; addresses; names of programs,
#: with what joins their parts; words; numbers; any other mark.
_TOKEN: Final = re.compile(
    r"""
    [A-Za-z]++(?=\s)
    | (?:https?://|www\.)[^\s<>"]*[^\s<>".,;:!?)\]}'’]
    | [^\s@<>()]++@[\w-]+(?:\.[\w-]+)+
    | [\w.]*_[\w.]*\w
    | (?:e\.g|i\.e|etc|vs|cf|al)\.
    | (?:[A-Z]\.){2,}
    | [^\W\d_]+n['’]t\b
    | [^\W\d_][^\W_]*(?:-[^\W_]+)*
    | ['’](?:s|re|ve|ll|d|m)\b
    | \d[\d.,]*(?<![.,])\w*
    | \S
    """,
    re.VERBOSE,
)

#: First words of sentences that are remembered.
_CACHED: Final = 8_192

_forms: Final = Forms()
_END: Final = _forms["."]


def tokens(sentence: str) -> Sequence[Token]:
    """Return the words and marks of a sentence, in order, each as what it is there."""
    texts = _TOKEN.findall(sentence)
    if not texts:
        return ()
    forms = [_opening(texts[0]), *[_forms[text] for text in texts[1:]]]
    told = []
    before: str = Class.END
    for form, after in zip(forms, [*forms[1:], _END], strict=True):
        best = _best(form, form.scores, before, after.key) if form.scores else 0
        told.append(form.tokens[best])
        before = form.keys[best]
    return told


@functools.lru_cache(_CACHED)
def _opening(text: str) -> Form:
    """Return what the first word of a sentence would be inside of one, where its capital says nothing."""
    if not text[0].isupper() or text[1:].lower() != text[1:]:
        return _forms[text]
    inside = _forms[text.lower()]
    first, second, third, fourth = (token._replace(text=text) for token in inside.tokens)
    return inside._replace(tokens=(first, second, third, fourth))


def _best(form: Form, scores: Scores, before: str, after: str) -> int:
    """Return the place of the likeliest part of speech between two neighbours."""
    noun, verb, adjective, adverb = scores
    noun_before, verb_before, adjective_before, adverb_before = form.near.before[before]
    noun_after, verb_after, adjective_after, adverb_after = form.near.after[after]
    told = (
        noun + noun_before + noun_after,
        verb + verb_before + verb_after,
        adjective + adjective_before + adjective_after,
        adverb + adverb_before + adverb_after,
    )
    return told.index(max(told))
