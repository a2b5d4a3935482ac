"""How terms are written, and the sentences that are kept of them."""

from collections.abc import Sequence

from mediamill.media.documents import Passage
from mediamill.services.documents.term import Kind
from mediamill.services.documents.tests.vocabulary.finds import ENGLISH
from mediamill.services.documents.vocabulary.candidates import Candidate
from mediamill.services.documents.vocabulary.count import Count
from mediamill.services.documents.vocabulary.quotations import MOST, Quotations, quoted
from mediamill.services.documents.vocabulary.sentences import lines
from mediamill.services.documents.vocabulary.terms import terms_of


def candidate(*forms: str, kind: Kind = Kind.PHRASE, parts: str = "nn") -> Candidate:
    return Candidate(forms[0], tuple(forms[0].split()), kind, parts, forms, 3, 3, 3, 1, 0.0)


def quotations_in(text: str | Sequence[Passage], one: Candidate) -> Quotations:
    passages = [Passage(text, "The dance", 3)] if isinstance(text, str) else text
    (found,) = quoted([one], lines(passages, ENGLISH, Count()), ENGLISH)
    return found


DANCE = candidate("waggle dance", "waggle dances")


def text_of(text: str, one: Candidate) -> str:
    (term,) = terms_of([quotations_in(text, one)], [1.0], ENGLISH)
    return term.text


def test_forms_are_those_of_the_document() -> None:
    found = quotations_in("Waggle dances are long. A waggle dance is a sign. Each waggle dance ends.", DANCE)
    assert found.forms == {"Waggle dances": 1, "waggle dance": 2}


def test_sentences_know_where_they_stand() -> None:
    (sentence,) = quotations_in("A forager shows the way by a waggle dance.", DANCE).sentences
    assert sentence == ("A forager shows the way by a waggle dance.", "The dance", 3)


def test_few_sentences_are_kept_the_first_ones_among_them_in_order() -> None:
    text = " ".join(f"Bee number {at} shows the others a waggle dance on the old comb of the hive." for at in range(90))
    kept = [sentence.text for sentence in quotations_in(text, DANCE).sentences]
    assert len(kept) == MOST
    assert all(f"number {at} " in kept[at] for at in range(3))
    assert kept == sorted(kept, key=text.index)


def test_a_better_sentence_takes_the_place_of_a_worse_one() -> None:
    worse = [Passage(f"waggle dance {at}") for at in range(30)]
    good = Passage("In the dark hive a forager tells the way by a waggle dance on the comb.")
    found = quotations_in([*worse, good], DANCE)
    assert good.text in [sentence.text for sentence in found.sentences]


def test_parts_of_names_of_files_and_options_are_no_quotations() -> None:
    queue = candidate("queue", kind=Kind.WORD, parts="n")
    text = "Set --queue now. Read docs/queue.md first. It is queue_size here. See queue.py too. A queue is a line."
    found = quotations_in(text, queue)
    assert [sentence.text for sentence in found.sentences] == ["A queue is a line."]


def test_words_apart_are_no_phrase() -> None:
    assert not quotations_in("The waggle, dance and song. A waggle of dance.", DANCE).sentences


def test_a_word_is_quoted_as_the_part_of_speech_that_it_is() -> None:
    drain = candidate("drain", "drains", kind=Kind.WORD, parts="n")
    found = quotations_in("They will drain the pool. The drain of the pool is wide.", drain)
    assert [sentence.text for sentence in found.sentences] == ["The drain of the pool is wide."]


def test_capitals_that_a_term_always_has_are_kept() -> None:
    gini = candidate("gini impurity")
    text = "We use Gini impurity here. A low Gini impurity is good. The Gini impurity of a leaf is small."
    assert text_of(text, gini) == "Gini impurity"


def test_capitals_that_a_dictionary_does_not_have_are_not() -> None:
    whale = candidate("sperm whale")
    text = "We saw a Sperm Whale here. A small Sperm Whale is rare. The Sperm Whale of the south is big."
    assert text_of(text, whale) == "sperm whale"


def test_capitals_that_a_slip_leaves_out_are_kept() -> None:
    text = "".join(f"In part {at} the DER encoding is shown. " for at in range(5)) + "Here the der encoding is not."
    assert text_of(text, candidate("der encoding")) == "DER encoding"


def test_capitals_of_titles_are_not() -> None:
    assert text_of("The Waggle Dance of the Bees. It is the waggle dance of bees that we saw.", DANCE) == "waggle dance"
