"""What comes out of documents of all kinds."""

from pathlib import Path

import pytest
from wordfreq import top_n_list

from mediamill import Cancelled
from mediamill.media.documents import Passage
from mediamill.services.documents.term import Kind
from mediamill.services.documents.tests.vocabulary.finds import DOCUMENTS, ENGLISH, found_in, texts_of
from mediamill.services.documents.vocabulary import Wanted, find
from mediamill.testing import FakeContext

REPORT = (DOCUMENTS / "workshop.txt").read_text(encoding="utf-8")
MANUAL = (DOCUMENTS / "scikit-learn.md").read_text(encoding="utf-8")
NOVEL = (DOCUMENTS / "moby-dick.md").read_text(encoding="utf-8")

FLOODS = ("village", "harbour", "valley", "bridge")


def words_to_learn(many: int) -> list[str]:
    frequent = (word for word in top_n_list("en", 30_000)[3_000:] if len(word) > 4 and ENGLISH.known(word, "n"))
    return [word for word in frequent if not ENGLISH.vague(word)][: many * 40 : 40]


@pytest.mark.parametrize(("phrases", "words"), [(10, 5), (40, 10), (100, 30)])
def test_the_quota_is_filled_where_the_document_has_enough(tmp_path: Path, phrases: int, words: int) -> None:
    vocabulary = found_in(MANUAL, tmp_path, phrases=phrases, words=words)
    assert len(texts_of(vocabulary, Kind.PHRASE)) == phrases
    assert len(texts_of(vocabulary, Kind.WORD)) == words


def test_verbs_of_everyday_words_come_where_there_is_room(tmp_path: Path) -> None:
    text = "\n\n".join(f"The {one} was cut off from the town. They gave up after the {one} came." for one in FLOODS)
    verbs = {"cut off", "give up"}
    assert verbs & set(texts_of(found_in(text, tmp_path), Kind.PHRASE))
    assert not verbs & set(texts_of(found_in(MANUAL + text, tmp_path, phrases=10), Kind.PHRASE))


def test_terms_of_one_meaning_keep_a_card_each(tmp_path: Path) -> None:
    text = "\n\n".join(
        f"The optical disk of set {name} stores books. An optical disc holds as much in reading room {name}."
        for name in ("one", "two", "three")
    )
    vocabulary = found_in(text, tmp_path)
    entries = {entry.term.text: entry for entry in vocabulary.entries}
    assert {"optical disk", "optical disc"} <= entries.keys()
    assert "optical disc" in [synonym.word for synonym in entries["optical disk"].synonyms]


@pytest.mark.parametrize("between", ["\n", ", ", "\n\n", "\n- "])
def test_a_list_of_words_gives_as_many_as_are_wanted(tmp_path: Path, between: str) -> None:
    listed = words_to_learn(200)
    vocabulary = found_in(between.join(listed), tmp_path, words=30)
    words = texts_of(vocabulary, Kind.WORD)
    assert len(words) == 30
    # Words that only stand side by side make no phrases.
    assert all(ENGLISH.known(phrase) for phrase in texts_of(vocabulary, Kind.PHRASE))


def test_text_in_capitals_is_read_as_other_text_and_its_terms_are_small(tmp_path: Path) -> None:
    vocabulary = found_in(REPORT[:20_000].upper(), tmp_path)
    assert len(vocabulary.entries) >= 30
    assert all(entry.term.text.islower() for entry in vocabulary.entries)
    assert "user interface" in texts_of(vocabulary, Kind.PHRASE)


def test_names_are_no_vocabulary(tmp_path: Path) -> None:
    text = "\n\n".join(
        f"In {year} old Captain Ahab spoke to Peter Coffin about the harpoon line, and Queequeg held the harpoon line."
        for year in ("spring", "summer", "autumn", "winter")
    )
    found = " ".join(entry.term.text.lower() for entry in found_in(text, tmp_path, words=30).entries)
    assert "harpoon line" in found
    assert not [name for name in ("ahab", "coffin", "peter", "queequeg") if name in found]


def test_a_document_of_one_sentence_has_a_vocabulary(tmp_path: Path) -> None:
    vocabulary = found_in("The waggle dance of a forager tells the other bees where the nectar is.", tmp_path)
    assert texts_of(vocabulary, Kind.PHRASE) == ["waggle dance"]
    assert "nectar" in texts_of(vocabulary, Kind.WORD)


def test_a_sentence_counts_once_however_often_it_is_repeated(tmp_path: Path) -> None:
    vocabulary = found_in("The waggle dance of a forager tells the bees where nectar is. " * 50, tmp_path)
    assert [entry.term.count for entry in vocabulary.entries] == [1] * len(vocabulary.entries)
    assert vocabulary.stages["sentences"]["repeated"] == 49


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "12 + 7 = 19",
        "!!! ??? ...",
        "x" * 100_000,
        "word " * 3_000,
        "```python\nfor i in range(3):\n    print(i)\n```",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "# Title only",
        "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE} stanbul is a city of bridges and ferries. " * 3,
    ],
)
def test_documents_with_hardly_a_word_give_little_and_break_nothing(tmp_path: Path, text: str) -> None:
    assert len(found_in([Passage(text)], tmp_path).entries) <= 6


def test_a_letter_misread_by_a_scanner_makes_no_term(tmp_path: Path) -> None:
    misread = REPORT[:25_000].replace("m", "rn")
    words = texts_of(found_in(misread, tmp_path, words=30), Kind.WORD)
    assert len(words) == 30
    assert all(ENGLISH.known(word) for word in words)


def test_levels_are_asked_before_the_quota_is_filled(tmp_path: Path) -> None:
    vocabulary = found_in(MANUAL, tmp_path, phrases=20, words=20, levels=["B1", "B2"])
    assert len(texts_of(vocabulary, Kind.PHRASE)) == 20
    assert len(texts_of(vocabulary, Kind.WORD)) == 20
    letters = {"noun": "n", "verb": "v", "adjective": "a", "adverb": "r"}
    levels = {ENGLISH.level(entry.term.text.lower(), letters[entry.term.part]) for entry in vocabulary.entries}
    assert levels <= {"B1", "B2"}


def test_easy_words_are_found_when_they_are_asked_for(tmp_path: Path) -> None:
    assert len(texts_of(found_in(NOVEL, tmp_path, words=30, levels=["A1", "A2"]), Kind.WORD)) == 30


def test_a_word_that_has_no_other_singular_is_shown_as_it_is_said(tmp_path: Path) -> None:
    text = "The training data is split. All training data is noisy. We clean the training data first."
    assert "training data" in texts_of(found_in(text, tmp_path), Kind.PHRASE)


def test_the_log_has_one_line_for_each_stage(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    vocabulary = found_in(REPORT, tmp_path, ctx=ctx)
    assert [line.event for line in ctx.logged] == [f"vocabulary.{stage}" for stage in vocabulary.stages]
    assert list(vocabulary.stages) == ["sentences", "phrases", "words", "terms", "clusters"]
    assert vocabulary.stages["terms"]["kept"] == len(vocabulary.entries)
    assert vocabulary.stages["clusters"]["kept"] == len(vocabulary.clusters)
    # Numbers only: what a document says is nobody's business.
    assert all(isinstance(number, int) for line in ctx.logged for number in line.fields.values())


def test_progress_grows_to_its_end(tmp_path: Path) -> None:
    told: list[float] = []
    read = [Passage(f"{sentence}.", f"Part {at // 9}") for at, sentence in enumerate(REPORT.split(". "))]
    chars = sum(len(passage.text) for passage in read)
    find(lambda: read, ENGLISH, Wanted(40, 10), FakeContext(tmp_path), told.append, chars=chars)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 5


def test_a_cancelled_job_stops_in_the_middle_of_a_document(tmp_path: Path) -> None:
    taken = []
    ctx = FakeContext(tmp_path, cancel_after=3)

    def endless() -> object:
        while True:
            taken.append(1)
            yield Passage(f"The waggle dance of bee {len(taken)} is a long dance.")

    with pytest.raises(Cancelled):
        find(endless, ENGLISH, Wanted(40, 10), ctx, lambda _: None)  # type: ignore[arg-type]
    assert len(taken) < 500


def test_a_long_document_is_read_again_and_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = found_in(REPORT, tmp_path)
    monkeypatch.setattr("mediamill.services.documents.vocabulary.reading._KEPT_CHARS", 10_000)
    assert found_in(REPORT, tmp_path) == short
