# ruff: noqa: RUF001 - signs of the IPA are meant
from dataclasses import replace
from pathlib import Path

import pytest

from mediamill.media.documents import survey_text
from mediamill.media.lexicon.wordnet import wordnet
from mediamill.services.documents.card import By, Cards
from mediamill.services.documents.cards import Made, made
from mediamill.services.documents.languages import language_of
from mediamill.services.documents.params import Params
from mediamill.services.documents.term import Cluster, Entry, Kind, Part, Role, Sentence, Synonym, Vocabulary
from mediamill.services.documents.tests.written import VOCABULARY, WAGGLE, term
from mediamill.testing import FakeContext

TEXT = "# Of bees\n\nA forager that has found nectar tells the others by a waggle dance on the comb."


def cards_of(vocabulary: Vocabulary, ctx: FakeContext, text: str = TEXT) -> Made:
    english = language_of("The bees of a hive tell one another by a dance where flowers are, and how far away.")
    return made(vocabulary, survey_text(text, ctx), english, Params(text=text), ctx, lambda _done: None)


def test_a_card_has_all_that_is_known_of_its_term(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    found = cards_of(VOCABULARY, ctx)
    waggle = found.cards.cards[0]
    assert (found.fault, found.cards.title, found.cards.language) == ("", "Of bees", "en")
    assert found.cards.document == survey_text(TEXT, ctx).digest
    assert (waggle.word, waggle.word_type, waggle.part_of_speech) == ("waggle dance", Kind.PHRASE, Part.NOUN)
    assert (waggle.definition_source, waggle.meaning) == (By.DOCUMENT, "a figure-of-eight dance of the honeybee")
    assert waggle.example.startswith("A forager that has found nectar")
    assert waggle.cloze == "A forager that has found nectar tells the others by a(n) _____ on the comb."
    assert waggle.example_source == "The dance, page 3"
    assert (waggle.ipa, waggle.ipa_us, waggle.ipa_uk) == ("ˈwæɡəl ˈdæns", "ˈwæɡəl ˈdæns", "ˈwæɡəl ˈdɑːns")
    assert waggle.related_words == ("forage", "wax comb")
    assert (waggle.cluster_name, waggle.cluster_rank, waggle.semantic_role) == ("waggle dance", 1, Role.CORE)
    assert (waggle.importance_score, waggle.difficulty.value[:1]) == (
        0.9,
        {"A": "b", "B": "i", "C": "a"}[waggle.level[0]],
    )
    assert waggle.tags == (f"level::{waggle.level}", "type::phrase", "cluster::waggle_dance")
    assert (waggle.audio_word, waggle.translation) == (None, "")
    assert [each.event for each in ctx.logged] == ["cards.made"]
    assert Cards.model_validate_json(found.cards.model_dump_json()) == found.cards


def test_a_cluster_is_learnt_before_the_next_and_what_stands_for_it_first(tmp_path: Path) -> None:
    *others, forage = VOCABULARY.entries
    vocabulary = replace(VOCABULARY, entries=(replace(forage, importance=1.0), *others))
    found = cards_of(vocabulary, FakeContext(tmp_path))
    assert [card.word for card in found.cards.cards] == ["waggle dance", "forage", "wax comb"]


def test_ids_are_of_the_document_and_the_term(tmp_path: Path) -> None:
    first, again, other = (
        cards_of(VOCABULARY, FakeContext(tmp_path), text).cards.cards for text in (TEXT, TEXT, f"{TEXT} More.")
    )
    assert [card.id for card in first] == [card.id for card in again]
    assert not {card.id for card in first} & {card.id for card in other}
    assert len({card.id for card in first}) == 3


def test_terms_that_are_written_alike_are_one_card(tmp_path: Path) -> None:
    noun, verb = (term("spool", "A spool is here.", kind=Kind.WORD, part=part) for part in (Part.NOUN, Part.VERB))
    entries = tuple(Entry(each, 0.1 * place, (), (), 0, Role.CORE) for place, each in enumerate((noun, verb)))
    found = cards_of(replace(VOCABULARY, entries=entries), FakeContext(tmp_path))
    assert [(card.word, card.part_of_speech) for card in found.cards.cards] == [("spool", Part.VERB)]


@pytest.mark.skipif(wordnet() is None, reason="WordNet was not built here: mediamill doctor --fix")
def test_synonyms_are_the_documents_and_those_of_the_meaning(tmp_path: Path) -> None:
    encrypt = term(
        "encrypt",
        "Programs encrypt the data of a user before a server writes it to a file of the network.",
        kind=Kind.WORD,
        part=Part.VERB,
    )
    scramble = term("scramble", "Some servers scramble data.", kind=Kind.WORD, part=Part.VERB)
    told = (Synonym("scramble", 0.8), Synonym("cloak", 0.7))
    entries = (
        Entry(encrypt, 0.9, told, (), 0, Role.CORE),
        Entry(scramble, 0.1, (), (), 0, Role.UMBRELLA),
    )
    found = cards_of(replace(VOCABULARY, entries=entries), FakeContext(tmp_path)).cards.cards[0]
    assert found.definition_source is By.WORDNET
    words = [each.word for each in found.synonyms]
    assert words[0] == "scramble"
    assert "encipher" in words
    assert "cloak" not in words, "it is no synonym of the meaning that the card tells"
    assert all(0 <= each.similarity <= 1 for each in found.synonyms)


@pytest.mark.parametrize(
    ("heading", "page", "source"),
    [("", None, ""), ("", 3, "page 3"), ("The  dance", None, "The dance"), ("word " * 40, 2, "…, page 2")],
)
def test_an_example_says_where_it_stands(tmp_path: Path, heading: str, page: int | None, source: str) -> None:
    sentence = Sentence("The waggle dance shows the way.", heading, page)
    entry = Entry(replace(WAGGLE, sentences=(sentence,)), 0.5, (), (), 0, Role.CORE)
    vocabulary = Vocabulary((entry,), (Cluster(0, "dance :: of bees", 1),), (), {})
    (card,) = cards_of(vocabulary, FakeContext(tmp_path)).cards.cards
    assert card.example_source.endswith(source)
    assert len(card.example_source) < 100
    assert card.tags[-1] == "cluster::dance_of_bees"


def test_what_is_very_long_is_cut_to_what_a_card_holds(tmp_path: Path) -> None:
    long = term("x" * 300, "word " * 400)
    entry = Entry(long, 0.5, (), ("y" * 300,) * 9, 0, Role.CORE)
    vocabulary = Vocabulary((entry,), (Cluster(0, "z" * 300, 1),), (), {})
    (card,) = cards_of(vocabulary, FakeContext(tmp_path)).cards.cards
    assert (len(card.word), len(card.example), len(card.cluster_name)) == (120, 1000, 120)
    assert card.definition_source is By.CLOZE


def test_what_is_spelt_out_over_several_lines_has_no_pronunciation(tmp_path: Path) -> None:
    entry = replace(VOCABULARY.entries[0], term=term("-".join(["xqzk"] * 60)))
    (card,) = cards_of(replace(VOCABULARY, entries=(entry,)), FakeContext(tmp_path)).cards.cards
    assert (card.ipa, card.ipa_us, card.ipa_uk) == ("", "", "")


def test_without_entries_there_are_no_cards(tmp_path: Path) -> None:
    assert cards_of(Vocabulary((), (), (), {}), FakeContext(tmp_path)).cards.cards == ()
