"""Which candidates are kept."""

from mediamill.services.documents.term import Kind
from mediamill.services.documents.vocabulary.candidates import Candidate
from mediamill.services.documents.vocabulary.count import Count
from mediamill.services.documents.vocabulary.selection import Scored, best_phrases, best_words


def scored(*lemmas: str, kind: Kind = Kind.PHRASE, alone: int = 2, count: int = 10) -> list[Scored]:
    return [
        Scored(
            Candidate(
                lemma=lemma,
                words=tuple(lemma.split()),
                kind=kind,
                parts="n" * len(lemma.split()),
                forms=(lemma,),
                count=count,
                alone=alone,
                whole=count,
                sections=1,
                named=0.0,
            ),
            100.0 - at,
        )
        for at, lemma in enumerate(lemmas)
    ]


def kept(found: list[Scored]) -> list[str]:
    return [each.candidate.lemma for each in found]


def never(_lemma: str) -> bool:
    return False


def test_a_longer_phrase_is_left_out_beside_what_it_is_made_of() -> None:
    count = Count()
    found = best_phrases(scored("decision tree", "decision tree learner"), 10, never, count)
    assert kept(found) == ["decision tree"]
    assert count.told() == {"kept": 1, "within_another": 1}


def test_a_longer_phrase_that_is_frequent_by_itself_is_kept_too() -> None:
    found = best_phrases(scored("rand index", "adjusted rand index", alone=8), 10, never, Count())
    assert kept(found) == ["rand index", "adjusted rand index"]


def test_a_phrase_that_a_dictionary_has_is_kept_beside_a_longer_one() -> None:
    found = best_phrases(scored("hash table lookup", "hash table"), 10, {"hash table"}.__contains__, Count())
    assert kept(found) == ["hash table lookup", "hash table"]


def test_the_same_words_in_another_order_are_one_phrase() -> None:
    assert kept(best_phrases(scored("data source", "source data"), 10, never, Count())) == ["data source"]


def test_phrases_that_are_much_alike_come_last() -> None:
    alike = [f"{kind} whale" for kind in ("sperm", "right", "fin", "grey", "blue", "white")]
    found = best_phrases(scored(*alike, "harpoon line", "spinal cord"), 5, never, Count())
    assert len(found) == 5
    assert {"harpoon line", "spinal cord"} <= set(kept(found))


def test_phrases_that_are_much_alike_fill_a_quota_that_nothing_else_fills() -> None:
    alike = [f"{kind} whale" for kind in ("sperm", "right", "fin", "grey", "blue", "white")]
    assert kept(best_phrases(scored(*alike), 10, never, Count())) == alike


def test_a_word_is_kept_once_and_its_family_comes_last() -> None:
    listed = scored("cluster", "clustering", "queue", "queue", kind=Kind.WORD)
    assert kept(best_words(listed, 2, [], Count())) == ["cluster", "queue"]
    assert kept(best_words(listed, 5, [], Count())) == ["cluster", "clustering", "queue"]


def test_a_word_of_a_kept_phrase_comes_last() -> None:
    words = scored("whale", "jaw", kind=Kind.WORD)
    assert kept(best_words(words, 1, scored("sperm whale"), Count())) == ["jaw"]
    assert kept(best_words(words, 2, scored("sperm whale"), Count())) == ["whale", "jaw"]
