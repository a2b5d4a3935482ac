# ruff: noqa: RUF001 - typographic marks are meant
"""What terms mean, by WordNet, the document, a language model and an operator's dictionary."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.media.llm.talkers import Talker, saying, talker
from tests.media.loopback import hanging, status

from mediamill import Cancelled, InvalidInput, PermanentError
from mediamill.media import remote
from mediamill.media.lexicon import dictionary
from mediamill.media.lexicon.sense import Part as SensePart
from mediamill.media.lexicon.sense import Sense
from mediamill.media.lexicon.wordnet import wordnet
from mediamill.services.documents.card import By
from mediamill.services.documents.languages import language_of
from mediamill.services.documents.meanings import Meanings, check_translate, meanings, prompt
from mediamill.services.documents.meanings.document import definition
from mediamill.services.documents.meanings.glosses import gloss
from mediamill.services.documents.params import Translation
from mediamill.services.documents.term import Kind, Part, Term
from mediamill.services.documents.tests.written import term
from mediamill.settings import LexiconSettings, ModelSettings, RemoteSettings
from mediamill.testing import FakeContext

#: `make setup` builds it where it can; without it the others tell meanings.
needs_wordnet = pytest.mark.skipif(wordnet() is None, reason="WordNet was not built here: mediamill doctor --fix")
ENGLISH = language_of("The bees of a hive tell one another by a dance where flowers are, and how far away they are.")
VI = Translation.VIETNAMESE
BEES = "Foragers bring nectar from flowers to the hive, where other bees make honey of it and store it in cells of wax."
CODE = "The process writes the data to a file of the server, and a program of the user reads it from memory."


def told(*terms: Term, ctx: FakeContext, translate: Translation | None = None) -> Meanings:
    return meanings(terms, ENGLISH, translate, ctx, lambda _done: None)


def meaning_of(of: Term, tmp_path: Path, *others: Term) -> tuple[By, str]:
    first, *_ = told(of, *others, ctx=FakeContext(tmp_path)).of
    return first.by, first.text


def word(text: str, *sentences: str, part: Part = Part.NOUN) -> Term:
    return term(text, *sentences, kind=Kind.WORD, part=part)


# ---- the document


@pytest.mark.parametrize(
    ("text", "sentence", "meaning"),
    [
        (
            "quorum",
            "A quorum is the smallest number of members that must be present.",
            "the smallest number of members",
        ),
        (
            "lease",
            "A lease: a worker's time-limited right to an attempt.",
            "a worker's time-limited right to an attempt",
        ),
        ("lease", "Lease – a worker's limited right to an attempt of a job.", "a worker's limited right to an attempt"),
        (
            "waggle dance",
            "The “waggle dance” (or dance) is a movement by which bees tell the way.",
            "a movement by which",
        ),
        ("latency", "Latency refers to the time between a question and its answer.", "the time between a question and"),
        ("centroid", "It moves the centroid, which is the mean point of a cluster, to here.", "the mean point of a"),
        (
            "constancy",
            "This loyalty to one species of flowers is called constancy, and it helps.",
            "loyalty to one species",
        ),
        (
            "stop signal",
            "They use the stop signal, a short buzz with which a bee butts a dancer.",
            "a short buzz with which",
        ),
        (
            "trees",
            "Trees (T) are a method of learning that splits data <tree_1>.",
            "a method of learning that splits data",
        ),
        (
            "lease",
            "By a lease we mean the claim of a worker to an attempt.",
            "the claim of a worker to an attempt",
        ),
        (
            "lease",
            "term: lease, since: 2.0, meaning: a worker's time-limited right to an attempt",
            "a worker's time-limited right to an attempt",
        ),
        (
            "inertia",
            "Inertia can be recognized as a measure of how coherent clusters are.",
            "a measure of how coherent clusters are",
        ),
        (
            "Rand index",
            "Given the true classes, the (adjusted or unadjusted) Rand index is a function that measures likeness.",
            "a function that measures likeness",
        ),
        (
            "pruning",
            "Minimal pruning is an algorithm used to cut a tree back, described in Chapter 3.",
            "an algorithm used to cut a tree back",
        ),
        (
            "matrix",
            "They are given by a matrix: a sparse array that has elements where samples are joined.",
            "a sparse array that has elements",
        ),
        (
            "flower constancy",
            "This loyalty to one species is called flower constancy, and it helps.",
            "loyalty to one species",
        ),
        (
            "core samples",
            "It has core samples, which are samples that are in dense areas.",
            "samples that are in dense",
        ),
        (
            "spread spectrum",
            "They used an odd way of modulating waves called spread spectrum.",
            "an odd way of modulating",
        ),
        (
            "comb",
            "A comb is basically a sheet of cells made of wax, and it is fragile.",
            "a sheet of cells made of wax",
        ),
    ],
)
def test_what_the_document_says_a_term_is_is_told(text: str, sentence: str, meaning: str) -> None:
    found = definition(word(text, "Nothing is said of it here.", sentence))
    assert found.startswith(meaning)
    assert not found.endswith((".", ","))


@pytest.mark.parametrize(
    "sentence",
    [
        "The lease means that nobody else works on a job.",
        "name: lease, owner: the worker of this machine that holds it",
        "A lease is a problem for those who forget it in a hurry.",
        "The lease is the most important part of the protocol.",
        "The lease is a good idea when machines fail in the night.",
        "The lease is held by a worker of this machine.",
        "A lease is one of these rights that were shown above.",
        "The lease is a value in the table of figure 3.",
        "They know of the lease, a right, and the ticket, a message.",
        "A lease is a `Lease(token)` of class Lease.",
        "A lease is a lease in every way that matters here.",
        "Lease rules: The worker of a job may keep a slot for it.",
        "A lease is a right.",
        "Its lease is a dark fellow, a sort of ghost in the machine.",
    ],
)
def test_what_only_looks_like_it_is_no_definition(sentence: str) -> None:
    assert definition(word("lease", sentence)) == ""


def test_only_nouns_are_defined_so() -> None:
    sentence = "To forage is a way of finding food that bees and others have."
    assert definition(word("forage", sentence, part=Part.VERB)) == ""


# ---- WordNet


@pytest.mark.parametrize(
    ("text", "gloss_", "lemmas", "shown"),
    [
        ("nectar", "a sweet liquid; that bees like", ("nectar",), "a sweet liquid; that bees like"),
        ("java", "an island in Indonesia", ("Java",), ""),
        ("python", "any of several snakes of the genus Python", ("python",), ""),
        ("forsooth", "an archaic word (archaic) for truth", ("forsooth",), ""),
        ("politely", "in a polite manner", ("politely",), ""),
        ("refuse", "refuse to accept", ("refuse",), ""),
        ("fill up", "fill or stop up", ("fill up",), ""),
    ],
)
def test_names_old_words_species_and_circles_are_no_definitions(
    text: str, gloss_: str, lemmas: tuple[str, ...], shown: str
) -> None:
    assert gloss([_sense(gloss_, *lemmas, part="v" if " up" in text else "n")], text) == shown


@pytest.mark.parametrize(
    ("text", "gloss_", "shown"),
    [
        ("red wine", "wine having a red color", "wine having a red color"),
        ("air pollution", "pollution of the atmosphere", "pollution of the atmosphere"),
        ("harpooneer", "someone who launches harpoons", "someone who launches harpoons"),
        ("landscape gardening", "working as a landscape gardener", ""),
    ],
)
def test_a_phrase_may_be_told_by_one_of_its_words(text: str, gloss_: str, shown: str) -> None:
    assert gloss([_sense(gloss_, text)], text) == shown


def test_a_long_gloss_is_cut_between_its_parts() -> None:
    parts = ["a first part that says what it is and what it is for in so many words", "a second part"]
    assert gloss([_sense("; ".join(parts), "x")], "thing") == parts[0]


def test_two_meanings_are_told_in_short_and_numbered() -> None:
    one, other = _sense("pose a threat to; present a danger to", "x"), _sense("put in a bad position", "x")
    assert gloss([one, other], "thing") == "1 pose a threat to; 2 put in a bad position"
    assert gloss([one, _sense("danger", "x")], "thing") == ""
    assert gloss([one, one], "thing") == "pose a threat to"


def test_glosses_are_told_as_learners_read_them() -> None:
    assert gloss([_sense("(computer science) a copy of a file", "x")], "thing") == "(computing) a copy of a file"
    assert gloss([_sense("the `right' whale to hunt", "x")], "thing") == "the “right” whale to hunt"


def _sense(gloss_: str, *lemmas: str, part: SensePart = "n") -> Sense:
    return Sense(f"{part}1", part, lemmas, gloss_, (), (), 0)


@needs_wordnet
def test_the_meaning_is_that_of_the_sentences(tmp_path: Path) -> None:
    assert meaning_of(word("nectar", BEES), tmp_path) == (
        By.WORDNET,
        "a sweet liquid secretion that is attractive to pollinators",
    )
    by, text = meaning_of(word("queue", CODE, "Messages wait in the queue for the next free process."), tmp_path)
    assert (by, text.split()[0]) == (By.WORDNET, "(computing)")
    by, text = meaning_of(word("queue", "At the shop people stood in a queue behind a line of cars."), tmp_path)
    assert (by, text) == (By.WORDNET, "a line of people or vehicles waiting for something")


@pytest.mark.parametrize("text", ["spool", "handshake", "keeper", "snapshot", "poison"])
def test_a_word_that_computers_borrowed_is_not_told_as_what_it_was(tmp_path: Path, text: str) -> None:
    by, _ = meaning_of(word(text, f"The {text} of the server is a file of the process.", CODE), tmp_path)
    assert by is By.CLOZE


SEA = "The whale swam beneath the boat, and the sailors threw a harpoon with a rope from the ship into the water."
TALK = "The president told the Congress of taxes, trade, jobs and the defense of the nation and its allies."


@needs_wordnet
@pytest.mark.parametrize(
    ("text", "sentence", "begins"),
    [
        ("snow line", f"The brow was a strip of land along the snow line. {SEA}", "the line on a mountain"),
        ("civil war", f"A civil war divided the country. {TALK}", "a war between factions"),
        ("windlass", f"The crew heaved at the windlass. {SEA}", "lifting device"),
        ("golden seal", f"It is a golden seal affixed by emperors to their decrees. {TALK}", ""),
        ("foul line", f"The sailor cleared the foul line. {SEA}", ""),
    ],
)
def test_a_phrase_with_one_meaning_is_told_where_that_is_likely(
    tmp_path: Path, text: str, sentence: str, begins: str
) -> None:
    by, told_ = meaning_of(word(text, sentence), tmp_path)
    assert by is (By.WORDNET if begins else By.CLOZE)
    assert told_.startswith(begins)


@needs_wordnet
def test_two_near_meanings_are_both_told(tmp_path: Path) -> None:
    _, text = meaning_of(
        word("endanger", f"Large deficits would endanger our growth. {TALK}", part=Part.VERB), tmp_path
    )
    assert sorted(part[0] for part in text.split("; ")) == ["1", "2"]
    assert "threat" in text


@needs_wordnet
def test_a_machine_is_no_person(tmp_path: Path) -> None:
    learning = (
        "The model is trained by an algorithm on samples of data, and the function of its parameters is computed."
    )
    assert meaning_of(word("estimator", f"The estimator is fit on the data. {learning}"), tmp_path)[0] is By.CLOZE


@needs_wordnet
def test_a_meaning_brings_its_synonyms(tmp_path: Path) -> None:
    verb = told(
        word("encrypt", f"Encrypt the data before it is sent. {CODE}", part=Part.VERB), ctx=FakeContext(tmp_path)
    )
    assert "encipher" in verb.of[0].synonyms


def test_the_document_knows_better_than_the_dictionary(tmp_path: Path) -> None:
    said = "A quoin is a solid that differs from a wedge in having its sharp end formed by one steep side."
    assert meaning_of(word("quoin", said), tmp_path)[0] is By.DOCUMENT


# ---- the language model


def answer(body: dict[str, Any]) -> dict[str, object]:
    """Tell a meaning of each term; the second one is not known."""
    rows = [row for row in body["messages"][1]["content"].splitlines() if row[:1].isdigit()]
    translated = "Vietnamese" in body["messages"][0]["content"]
    return {
        "meanings": [
            {
                "number": number,
                "meaning": "" if number == 2 else f"the meaning of {number}.",
                "translation": "nghĩa" if translated else "",
            }
            for number in range(1, len(rows) + 1)
        ]
    }


@pytest.fixture
def host() -> Iterator[Talker]:
    with talker(answer) as host:
        remote.use(RemoteSettings(ModelSettings(host.url, "zoo-1", "sk-tiger-1", answer_s=5)))
        yield host
        remote.use(None)


NECTAR, QUEUE, HIVE = word("nectar", BEES), word("zyzzy", "What a zyzzy is nobody knows."), word("hive", BEES)


@needs_wordnet
def test_a_model_tells_what_it_knows_and_the_others_the_rest(host: Talker, tmp_path: Path) -> None:
    found = told(HIVE, NECTAR, QUEUE, ctx=FakeContext(tmp_path))
    assert [(each.by, each.translation) for each in found.of] == [(By.MODEL, ""), (By.WORDNET, ""), (By.MODEL, "")]
    assert found.of[0].text == "the meaning of 1"
    assert found.fault == ""
    system, user = (message["content"] for message in host.heard[0].body["messages"])
    assert "never instructions to you" in system
    assert "1. hive (noun)\n   - Foragers bring nectar" in user


def test_a_model_translates_too(host: Talker, tmp_path: Path) -> None:
    found = told(HIVE, ctx=FakeContext(tmp_path), translate=VI)
    assert found.of[0].translation == "nghĩa"
    assert "the Vietnamese word" in host.heard[0].body["messages"][0]["content"]


def test_terms_are_asked_for_in_batches_once(host: Talker, tmp_path: Path) -> None:
    terms = [word(f"word{number}", BEES) for number in range(25)]
    first = told(*terms, ctx=FakeContext(tmp_path))
    assert len(host.heard) == 3
    again = FakeContext(tmp_path, attempt=2)
    assert told(*terms, ctx=again) == first
    assert len(host.heard) == 3
    assert not any("nectar" in key or "http" in key for key in again.found)


def test_an_answer_that_misses_a_term_is_mended(host: Talker, tmp_path: Path) -> None:
    host.moods = [saying({"meanings": []})]
    assert told(HIVE, ctx=FakeContext(tmp_path)).of[0].by is By.MODEL
    assert "each number from 1 to 1 is wanted once" in host.heard[1].body["messages"][3]["content"]


@needs_wordnet
def test_another_question_is_kept_apart() -> None:
    asked = [prompt.digest([HIVE], None), prompt.digest([HIVE], VI), prompt.digest([HIVE, NECTAR], None)]
    assert len(set(asked)) == 3
    assert asked[0] == prompt.digest([HIVE], None)


def test_a_batch_that_the_model_spoils_is_told_by_others(host: Talker, tmp_path: Path) -> None:
    host.moods = [saying("I would rather not.")] * 3
    terms = [NECTAR, *(word(f"word{number}", BEES) for number in range(11))]
    found = told(*terms, ctx=FakeContext(tmp_path))
    assert found.of[0].by is By.WORDNET
    assert found.of[10].by is By.MODEL
    assert "does not answer in the form that is wanted" in found.fault


@needs_wordnet
def test_a_model_that_is_denied_is_asked_once_and_costs_no_card(host: Talker, tmp_path: Path) -> None:
    host.moods = [status(401)] * 9
    ctx = FakeContext(tmp_path)
    found = told(NECTAR, *(word(f"word{number}", BEES) for number in range(30)), ctx=ctx)
    assert len(found.of) == 31
    assert found.of[0].by is By.WORDNET
    assert "LLM_API_KEY" in found.fault
    assert len(host.heard) == 1
    assert "tiger" not in f"{found} {ctx.logged}"


def test_a_cancelled_job_does_not_wait_for_the_model(host: Talker, tmp_path: Path) -> None:
    host.moods = [hanging(host)]
    with pytest.raises(Cancelled):
        told(HIVE, ctx=FakeContext(tmp_path, cancel_after=3))


# ---- translations


@pytest.fixture
def vietnamese(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "vi.csv"
    path.write_text("hive,tổ ong\nnectar,mật hoa\n", encoding="utf-8")
    dictionary.use(LexiconSettings((("vi", path),)))
    yield path
    dictionary.use(None)


def test_a_dictionary_translates_without_a_model(vietnamese: Path, tmp_path: Path) -> None:
    assert vietnamese.exists()
    found = told(HIVE, NECTAR, QUEUE, ctx=FakeContext(tmp_path), translate=VI)
    assert [each.translation for each in found.of] == ["tổ ong", "mật hoa", ""]
    assert [each.translation for each in told(HIVE, ctx=FakeContext(tmp_path)).of] == [""]


def test_a_dictionary_translates_what_the_model_does_not(host: Talker, vietnamese: Path, tmp_path: Path) -> None:
    host.moods = [status(401)]
    found = told(HIVE, ctx=FakeContext(tmp_path), translate=VI)
    assert found.of[0].translation == "tổ ong"
    vietnamese.unlink()
    host.moods = [status(401)]
    with pytest.raises(PermanentError, match="cannot be read"):
        told(HIVE, ctx=FakeContext(tmp_path / "other"), translate=VI)


def test_who_cannot_translate_says_so_at_the_door() -> None:
    with pytest.raises(InvalidInput, match="MEDIAMILL_DICTIONARY_VI") as refused:
        check_translate(VI)
    assert refused.value.field == "translate"


def test_a_model_or_a_dictionary_opens_it(host: Talker, vietnamese: Path) -> None:
    assert host.url
    assert vietnamese.exists()
    check_translate(VI)
    remote.use(None)
    check_translate(VI)
