"""What a word may be before its neighbours are asked: its lemmas, and how likely each part of speech is."""

import re
from collections.abc import Iterator, Mapping, Sequence
from math import log
from typing import Final, NamedTuple

from mediamill.media.lexicon.parts import Weights, parts
from mediamill.media.lexicon.wordnet import wordnet
from mediamill.services.documents.languages.english import irregular
from mediamill.services.documents.languages.english.context import Neighbours, Scores, neighbours
from mediamill.services.documents.languages.english.grammar import CLASSES, Class
from mediamill.services.documents.languages.language import Token, TokenPart

_CACHED: Final = 65_536
#: A part of speech with this share is what a form always is; one with less than the least may still be meant.
_SURE: Final = 0.98
_LEAST: Final = 0.003
#: How much the scores count beside those of context.json, which were fitted with them.
_TRUST: Final = 1.05
_MARKS: Final = dict.fromkeys(".!?:", Class.END) | dict.fromkeys(",;", Class.COMMA)
_WORD: Final = re.compile(r"[^\W\d_][^\W_]*(?:-[^\W_]+)*")
NOUN, VERB, ADJECTIVE, ADVERB = range(4)
PARTS: Final[tuple[TokenPart, ...]] = ("n", "v", "a", "r")
OPEN: Final = (Class.NOUN, Class.VERB, Class.ADJECTIVE, Class.ADVERB)

Rules = Sequence[tuple[str, str]]
#: Endings, and what they are put in the place of: in the order in which they are tried.
_RULES: Final[Mapping[int, Rules]] = {
    NOUN: (("ies", "y"), ("men", "man"), *((f"{end}es", end) for end in ("s", "x", "z", "ch", "sh", "o")), ("s", "")),
    VERB: (
        *(("ies", "y"), ("ied", "y"), ("es", "e"), ("es", ""), ("s", "")),
        *(("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", ""), ("ying", "ie")),
    ),
    ADJECTIVE: (("ier", "y"), ("iest", "y"), ("er", "e"), ("er", ""), ("est", "e"), ("est", "")),
    ADVERB: (("er", ""), ("er", "e"), ("est", ""), ("est", "e")),
}
#: The same by the last letter of a word, as each part of speech: half of all words have none of them.
_RULES_BY_LAST: Final[Mapping[str, Sequence[tuple[int, Rules]]]] = {
    last: [
        (part, ending)
        for part, rules in _RULES.items()
        if (ending := [rule for rule in rules if rule[0].endswith(last)])
    ]
    for last in {ending[-1] for rules in _RULES.values() for ending, _ in rules}
}
#: What no rule makes hides what rules would.
_IRREGULAR: Final[Sequence[tuple[int, Mapping[str, str]]]] = (
    (NOUN, irregular.NOUNS),
    (VERB, irregular.VERBS),
    (ADJECTIVE, irregular.ADJECTIVES),
)
_SHORTEST: Final = 2
#: What a word ends with itself, and has no ending then.
_NO_ENDING: Final = ("ss", "us", "is")
#: A letter that is doubled before an ending: "running", "bigger".
_DOUBLED: Final = re.compile(r"([bdgklmnprtvz])\1\Z")
#: Endings of words that nobody knows, and what such words are: longest first.
_GUESSES: Final = (
    (re.compile(r"(?:tion|ment|ness|ity|ism|ist|ance|ence|ship|hood|ware|graphy|logy|er|or|s)\Z"), Weights(1, 0, 0.05)),
    (re.compile(r"ly\Z"), Weights(0.05, 0, 0.1, 1)),
    (re.compile(r"(?:able|ible|al|ive|ous|ful|less|ic|ish|ary|oid)\Z"), Weights(0.2, 0, 1)),
    (re.compile(r"ed\Z"), Weights(0, 0.6, 0.6)),
    (re.compile(r"ing\Z"), Weights(0.5, 0.6, 0.2)),
)
_UNKNOWN: Final = Weights(1, 0.1, 0.2)
#: What an ending that tells against a part of speech leaves of it.
_LEAST_GUESS: Final = 0.2


#: Neighbours of a form that can be one thing only.
_ALONE: Final = Neighbours({}, {})


class Form(NamedTuple):
    """A word as it is written, and what it may be.

    of: its class, if it is a word of grammar or no word; else the part of speech that it is most often.
    tokens: what it is as a noun, verb, adjective and adverb; of a form that can be one thing only, four times that.
    scores: how likely each of them is, as a logarithm; none where it can be one thing only.
    near: what its neighbours add to the scores, by their keys.
    key: what it is to the word before it; keys: what it is to the word after it, as each of `tokens`: its class, with
        a note of plurals ("np") and of verbs' endings ("ving").
    """

    of: Class
    tokens: tuple[Token, Token, Token, Token]
    scores: Scores | None
    near: Neighbours
    key: str
    keys: tuple[str, str, str, str]


class Forms(dict[str, Form]):
    """Forms by how they are written. Knows them when it is asked, and forgets all when there are too many."""

    def __missing__(self, text: str) -> Form:
        if len(self) >= _CACHED:
            self.clear()
        found = self[text] = _form(text)
        return found


def _form(text: str) -> Form:
    word = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    closed = CLASSES.get(word) or _no_word(word)
    if closed is not None:
        return _one_thing(Token(text, word, "o"), closed, closed)
    weights, lemmas = _met(word, is_name=text[0].isupper())
    shape = _shape(word, lemmas[VERB])
    weights = _with_participles(weights, shape)
    if text[0].isupper():  # a name, where it does not begin a sentence
        weights = weights._replace(noun=weights.noun + 2 * sum(weights))
    whole = sum(weights)
    best = weights.index(max(weights))
    keys = "np" if lemmas[NOUN] != word else "n", f"v{shape}", "a", "r"
    if weights[best] > _SURE * whole:
        return _one_thing(Token(text, lemmas[best], PARTS[best]), OPEN[best], keys[best])
    noun, verb, adjective, adverb = (Token(text, lemma, part) for lemma, part in zip(lemmas, PARTS, strict=True))
    n, v, a, r = (_TRUST * log(max(weight / whole, _LEAST)) for weight in weights)
    return Form(OPEN[best], (noun, verb, adjective, adverb), (n, v, a, r), neighbours(shape), keys[best], keys)


def _one_thing(token: Token, of: Class, key: str) -> Form:
    return Form(of, (token, token, token, token), None, _ALONE, key, (key, key, key, key))


def _no_word(text: str) -> Class | None:
    """Return the class of what is no word: a number, a mark, an address, a name in a program."""
    if _WORD.fullmatch(text):
        return None
    if text[0].isdecimal():
        return Class.NUMBER
    return _MARKS.get(text, Class.MARK if len(text) == 1 else Class.NAME)


def _met(word: str, *, is_name: bool) -> tuple[Weights, tuple[str, str, str, str]]:
    """Return how much a form is met as each part of speech, and its lemmas."""
    weights, lemmas = list(parts(word)), [word] * 4
    for part, rules in () if word.endswith(_NO_ENDING) else _RULES_BY_LAST.get(word[-1], ()):
        best, of = 0.0, word
        for lemma in _stems(word, part, rules):
            weight = parts(lemma)[part]
            if weight > best:
                best, of = weight, lemma
        if best and best >= weights[part]:  # of two that are met as much, not the form itself
            weights[part], lemmas[part] = best, of
    for part, forms in _IRREGULAR:
        if word in forms:
            weights[part] = parts(forms[word])[part]
            lemmas[part] = forms[word] if weights[part] else word
    known = any(weights)
    if known and wordnet() is not None:
        return Weights(*weights), (lemmas[0], lemmas[1], lemmas[2], lemmas[3])
    guess = next((guess for ending, guess in _GUESSES if ending.search(word)), _UNKNOWN)
    if known:
        # The gradings alone call every other adjective a noun as well.
        if 1 in {guess.adjective, guess.adverb}:
            weights = [weight * (_LEAST_GUESS + likely) for weight, likely in zip(weights, guess, strict=True)]
        return Weights(*weights), (lemmas[0], lemmas[1], lemmas[2], lemmas[3])
    singular = irregular.NOUNS.get(word) or _singular(word)
    return guess, (word if is_name else singular, word, word, word)


def _stems(word: str, part: int, rules: Rules) -> Iterator[str]:
    """Yield what the word may be a form of by rules."""
    for ending, put in rules:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            stem = word[: -len(ending)]
            if stem + put not in CLASSES:
                yield stem + put
            if part != NOUN and not put and _DOUBLED.search(stem):
                yield stem[:-1]


def _singular(word: str) -> str:
    if word.endswith(_NO_ENDING) or not word.endswith("s") or len(word) <= _SHORTEST + 1:
        return word
    return f"{word[:-3]}y" if word.endswith("ies") else word[:-1]


def _shape(word: str, verb: str) -> str:
    """Return "s", "ed" or "ing" for a verb's form with that ending, or one that is used alike; "" for others."""
    if word in irregular.VERBS:
        return "ed"
    if verb == word:
        return ""
    return next((ending for ending in ("ing", "ed", "s") if word.endswith(ending)), "")


def _with_participles(weights: Weights, shape: str) -> Weights:
    """Let participles be adjectives, and those in -ing nouns."""
    if shape == "ed":
        return weights._replace(adjective=weights.adjective + 0.35 * weights.verb)
    if shape == "ing":
        return weights._replace(
            adjective=weights.adjective + 0.35 * weights.verb, noun=weights.noun + 0.2 * weights.verb
        )
    return weights
