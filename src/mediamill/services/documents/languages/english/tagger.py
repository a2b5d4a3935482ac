# ruff: noqa: RUF001 - marks of quotation are meant
"""The words of a sentence, what each of them is there, and its lemma."""

import re
from collections.abc import Sequence
from typing import Final

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

_forms: Final = Forms()
_END: Final = _forms["."]


def tokens(sentence: str) -> Sequence[Token]:
    """Return the words and marks of a sentence, in order, each as what it is there."""
    texts = _TOKEN.findall(sentence)
    if not texts:
        return ()
    forms = [_forms[text] for text in texts]
    forms[0] = _as_inside(texts[0], forms[0])
    told = []
    before: str = Class.END
    for form, after in zip(forms, [*forms[1:], _END], strict=True):
        best = _best(form, before, after.key)
        told.append(form.tokens[best])
        before = form.keys[best]
    return told


def _as_inside(text: str, form: Form) -> Form:
    """Return what the first word would be inside of a sentence, where its capital says nothing."""
    if not text[0].isupper() or text[1:].lower() != text[1:]:
        return form
    inside = _forms[text.lower()]
    first, second, third, fourth = (token._replace(text=text) for token in inside.tokens)
    return inside._replace(tokens=(first, second, third, fourth))


def _best(form: Form, before: str, after: str) -> int:
    """Return the place of the likeliest part of speech between two neighbours."""
    if form.scores is None:
        return 0
    noun, verb, adjective, adverb = form.scores
    noun_before, verb_before, adjective_before, adverb_before = form.near.before[before]
    noun_after, verb_after, adjective_after, adverb_after = form.near.after[after]
    told = (
        noun + noun_before + noun_after,
        verb + verb_before + verb_after,
        adjective + adjective_before + adjective_after,
        adverb + adverb_before + adverb_after,
    )
    return told.index(max(told))
