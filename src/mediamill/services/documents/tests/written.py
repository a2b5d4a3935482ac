# ruff: noqa: RUF001 - signs of the IPA are meant
"""A small vocabulary and its cards, written by hand."""

from mediamill.services.documents.card import By, Card, Cards, Difficulty, Level, SynonymView
from mediamill.services.documents.term import (
    Cluster,
    Edge,
    Entry,
    Kind,
    Part,
    Role,
    Sentence,
    Synonym,
    Term,
    Vocabulary,
)

DIGEST = "ab" * 32


def term(
    text: str, *sentences: str | Sentence, kind: Kind = Kind.PHRASE, part: Part = Part.NOUN, **more: object
) -> Term:
    """Return a term whose only form is its text, unless `forms` are given."""
    stands = tuple(each if isinstance(each, Sentence) else Sentence(each, "The dance", 3) for each in sentences)
    forms = more.pop("forms", (text,))
    assert isinstance(forms, tuple)
    assert not more
    return Term(text, kind, part, max(1, len(stands)), 1.0, forms, stands or (Sentence(f"Here is a {text}."),))


def entry(of: Term, cluster: int = 0, role: Role = Role.UMBRELLA, importance: float = 0.5, *synonyms: Synonym) -> Entry:
    """Return a term among others."""
    return Entry(of, importance, synonyms, (), cluster, role)


WAGGLE = term(
    "waggle dance",
    "The waggle dance shows the way.",
    Sentence("A forager that has found nectar tells the others by a waggle dance on the comb.", "The dance", 3),
    "A waggle dance is a figure-of-eight dance of the honeybee.",
    forms=("waggle dance", "waggle dances"),
)
COMB = term("wax comb", "Bees keep honey and young bees in a wax comb of cells with six sides.")
FORAGE = term(
    "forage",
    "Bees forage within a few miles of the hive.",
    kind=Kind.WORD,
    part=Part.VERB,
    forms=("forage", "foraging"),
)
VOCABULARY = Vocabulary(
    entries=(
        Entry(WAGGLE, 0.9, (Synonym("bee dance", 0.9),), ("forage", "wax comb"), 0, Role.CORE),
        Entry(COMB, 0.6, (), ("waggle dance",), 1, Role.CORE),
        Entry(FORAGE, 0.4, (), ("waggle dance",), 0, Role.UMBRELLA),
    ),
    clusters=(Cluster(0, "waggle dance", 1), Cluster(1, "wax comb", 2)),
    edges=(Edge("waggle dance", "forage", 0.7, "related"), Edge("waggle dance", "wax comb", 0.3, "related")),
    stages={"phrases": {"kept": 2}},
)


def card(word: str = "waggle dance", **fields: object) -> Card:
    """Return a card; its id is made of its word."""
    known: dict[str, object] = {
        "id": word.encode().hex().ljust(16, "0")[:16],
        "word": word,
        "word_type": Kind.PHRASE,
        "part_of_speech": Part.NOUN,
        "meaning": f"what {word} means",
        "definition_source": By.DOCUMENT,
        "example": f"The {word} shows the way.",
        "example_source": "The dance, page 3",
        "cloze": "The _____ shows the way.",
        "ipa": "ˈwæɡəl dæns",
        "ipa_us": "ˈwæɡəl dæns",
        "ipa_uk": "ˈwaɡəl dɑːns",
        "synonyms": (SynonymView(word="bee dance", similarity=0.9),),
        "related_words": ("forage", "wax comb"),
        "cluster_id": 0,
        "cluster_name": "dance",
        "cluster_rank": 1,
        "semantic_role": Role.CORE,
        "importance_score": 0.9,
        "level": Level.C1,
        "difficulty": Difficulty.ADVANCED,
        "tags": ("level::C1", "type::phrase", "cluster::dance"),
    }
    return Card.model_validate(known | fields)


def cards(*made: Card, title: str = "Of bees") -> Cards:
    """Return the cards as a file has them."""
    return Cards(title=title, document=DIGEST, language="en", cards=made)
