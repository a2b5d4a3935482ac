"""WordNet: how its files are read, and what its database answers."""

from pathlib import Path

import pytest
from tests.media.lexicon.release import lay

from mediamill.media import installed
from mediamill.media.lexicon import wordnet, wordnet_files
from mediamill.media.lexicon.wordnet import WordNet


def built(folder: Path, counts: str = "index.sense") -> WordNet:
    wordnet.build(lay(folder / "release", counts), folder / "words.sqlite")
    return WordNet(folder / "words.sqlite")


def test_a_sense_has_its_gloss_its_examples_and_what_it_is_a_kind_of(tmp_path: Path) -> None:
    (sense,) = built(tmp_path).senses("bee")
    assert sense == wordnet.Sense(
        id="n00001740",
        part="n",
        lemmas=("bee", "insect of honey"),
        gloss="a hairy insect that makes honey",
        examples=("a bee stung her", "bees dance"),
        hypernyms=("n00001930",),
        uses=7,
    )


def test_a_gloss_may_have_semicolons_of_its_own(tmp_path: Path) -> None:
    (sense,) = built(tmp_path).senses("insect")
    assert (sense.gloss, sense.examples) == ("a small animal with six legs; i.e. no spider", ())


def test_phrases_and_capitals_are_found(tmp_path: Path) -> None:
    found = built(tmp_path)
    assert [sense.id for sense in found.senses("Insect of Honey")] == ["n00001740"]
    assert found.sense("n00002137").lemmas == ("Apis mellifera",)
    assert found.sense("n00002137").hypernyms == ("n00001740",)


def test_a_word_has_senses_of_each_part_or_of_the_asked_one(tmp_path: Path) -> None:
    found = built(tmp_path)
    assert [sense.part for sense in found.senses("dance")] == ["n", "v"]
    assert [sense.uses for sense in found.senses("dance", "v")] == [31]
    assert (*found.senses("dance", "a"), *found.senses("waltz")) == ()


def test_notes_on_where_an_adjective_stands_are_no_part_of_it(tmp_path: Path) -> None:
    (sense,) = built(tmp_path).senses("afraid")
    assert (sense.part, sense.lemmas) == ("a", ("afraid", "bee-like"))


def test_an_unknown_id_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        built(tmp_path).sense("n99999999")


@pytest.mark.parametrize("counts", ["index.sense", "cntlist.rev"])
def test_uses_are_read_from_either_file_that_releases_have(counts: str, tmp_path: Path) -> None:
    assert built(tmp_path, counts).weights("dance") == (12, 31, 0, 0)


def test_a_word_that_nobody_counted_weighs_less_than_one_use(tmp_path: Path) -> None:
    assert 0 < built(tmp_path, counts="").weights("buzz")[1] < 1


def test_the_release_is_known_by_its_licence(tmp_path: Path) -> None:
    assert built(tmp_path).release == "3.1"
    assert wordnet_files.licence(tmp_path / "release").splitlines()[0] == (
        "This software and database is being provided to you, the LICENSEE, by"
    )


def test_a_process_that_found_none_finds_it_when_it_was_built(tmp_path: Path) -> None:
    installed.use(tmp_path / "here")
    try:
        assert wordnet.wordnet() is None
        (tmp_path / "here").mkdir()
        wordnet.build(lay(tmp_path / "release"), wordnet.place())
        found = wordnet.wordnet()
        assert found is not None
        assert found.senses("buzz")
        assert wordnet.wordnet() is found
    finally:
        installed.use(None)
