# ruff: noqa: RUF001 - signs of the IPA are meant
"""Decks, imported by Anki itself."""

import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from anki.collection import Collection, ImportAnkiPackageRequest

from mediamill.services.documents.card import By, Card, Cards
from mediamill.services.documents.exports.deck import deck
from mediamill.services.documents.exports.fields import shown
from mediamill.services.documents.tests.written import card, cards

if TYPE_CHECKING:
    from anki.cards import Card as AnkiCard  # its own import of us goes in a circle

CHANGED_S = 1_790_000_000
NASTY = '<b>Bold</b> & "quoted" {{Term}} [sound:other.mp3] C++ \\(x\\)'


@pytest.fixture
def anki(tmp_path: Path) -> Iterator[Collection]:
    collection = Collection(str(tmp_path / "anki" / "collection.anki2"))
    yield collection
    collection.close()


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    (tmp_path / "anki").mkdir()


def imported(anki: Collection, path: Path) -> tuple[int, int]:
    """Import as Anki does when a deck is opened; return how many notes are new, and how many changed."""
    log = anki.import_anki_package(ImportAnkiPackageRequest(package_path=str(path))).log
    return len(log.new), len(log.updated)


def packed(made: Cards, path: Path, sounds: dict[str, Path] | None = None) -> Path:
    dated = (each if each.changed_s else each.changed(CHANGED_S) for each in made.cards)
    deck(made.model_copy(update={"cards": tuple(dated)}), sounds or {}, path)
    return path


def the(anki: Collection, word: str, template: str = "Recognition") -> "AnkiCard":
    (found,) = [each for id_ in anki.find_cards(f'card:{template} "Term:{word}"') for each in [anki.get_card(id_)]]
    return found


def test_each_card_is_a_note_in_the_deck_of_its_cluster(anki: Collection, tmp_path: Path) -> None:
    many = [card(f"word {number}", cluster_id=number % 3, cluster_name=f"cluster {number % 3}") for number in range(50)]
    path = packed(cards(*many), tmp_path / "deck.apkg")
    assert imported(anki, path) == (50, 0)
    assert anki.note_count() == 50
    assert imported(anki, path) == (0, 0)
    assert anki.note_count() == 50
    names = {deck.name for deck in anki.decks.all_names_and_ids()}
    assert {"Of bees", "Of bees::cluster 0", "Of bees::cluster 1", "Of bees::cluster 2"} <= names
    assert len(anki.find_notes('deck:"Of bees"')) == 50
    assert len(anki.find_notes('"deck:Of bees::cluster 1"')) == 17
    assert len(anki.find_notes("tag:level::C1 tag:type::phrase")) == 50
    assert len(anki.find_cards("")) == 100


def test_cards_are_learnt_in_their_order(anki: Collection, tmp_path: Path) -> None:
    words = ["zebra", "apple", "mango"]
    made = [card(each, cluster_name=f"cluster {place % 2}") for place, each in enumerate(words)]
    imported(anki, packed(cards(*made), tmp_path / "deck.apkg"))
    found = sorted((anki.get_card(id_) for id_ in anki.find_cards("card:Recognition")), key=lambda each: each.due)
    assert [each.note()["Term"] for each in found] == words


def test_a_meaning_that_was_changed_is_changed_in_anki(anki: Collection, tmp_path: Path) -> None:
    imported(anki, packed(cards(card("hive"), card("comb")), tmp_path / "deck.apkg"))
    changed = card("hive", meaning="a home of bees", definition_source=By.CLIENT, changed_s=CHANGED_S + 60)
    assert imported(anki, packed(cards(changed, card("comb")), tmp_path / "mended.apkg")) == (0, 1)
    assert anki.note_count() == 2
    assert the(anki, "hive").note()["Definition"] == "a home of bees"
    assert "a home of bees" in the(anki, "hive").answer()


def test_a_cards_sides_show_what_they_should(anki: Collection, tmp_path: Path) -> None:
    imported(anki, packed(cards(card(translation="điệu nhảy lắc")), tmp_path / "deck.apkg"))
    asked, told = (the(anki, "waggle dance").question(), the(anki, "waggle dance").answer())
    assert "waggle dance" in asked
    assert "/ˈwæɡəl dæns/" in asked
    assert "what waggle dance means" not in asked
    for words in (
        "what waggle dance means",
        "điệu nhảy lắc",
        "The <b>waggle dance</b> shows the way.",
        "bee dance",
        "forage, wax comb",
        "The dance, page 3",
    ):
        assert words in told
    asked, told = (the(anki, "waggle dance", "Production").question(), the(anki, "waggle dance", "Production").answer())
    assert 'The <b class="gap">_____</b> shows the way.' in asked
    assert "waggle dance</" not in asked
    assert '<p class="term">waggle dance</p>' in told


def test_without_a_gap_nothing_is_asked_backwards(anki: Collection, tmp_path: Path) -> None:
    bare = card("hive", cloze="", meaning="", definition_source=By.CLOZE, synonyms=(), related_words=())
    imported(anki, packed(cards(bare), tmp_path / "deck.apkg"))
    assert len(anki.find_cards("")) == 1
    told = the(anki, "hive").answer()
    assert 'class="meaning"' not in told
    assert 'class="more"' not in told


def test_what_a_text_holds_is_shown_and_not_obeyed(anki: Collection, tmp_path: Path) -> None:
    hostile = card(NASTY, id="0" * 16, meaning=NASTY, example=f"Of {NASTY} here.", cloze="Of _____ here.", ipa_us="<i>")
    imported(anki, packed(cards(hostile, title="A::B <i>"), tmp_path / "deck.apkg"))
    (id_,) = anki.find_cards("card:Recognition")
    found = anki.get_card(id_)
    shown = '&lt;b&gt;Bold&lt;/b&gt; &amp; "quoted" &#123;&#123;Term&#125;&#125; &#91;sound:other.mp3&#93; C++ \\(x\\)'
    assert found.question().count(shown) == 1
    assert found.answer().count(shown) == 3
    assert "&amp;lt;" not in found.answer()
    assert found.question_av_tags() == []
    assert {deck.name for deck in anki.decks.all_names_and_ids()} == {"A - B <i>", "A - B <i>::dance", "Default"}


def test_sounds_are_in_the_deck_once_each_by_what_they_hold(anki: Collection, tmp_path: Path) -> None:
    for name, sound in (("word", b"one"), ("same", b"one"), ("example", b"two")):
        (tmp_path / f"{name}.mp3").write_bytes(sound)
    spoken = card("hive", audio_word="audio/hive-word.mp3", audio_example="audio/hive-example.mp3")
    other = card("comb", audio_word="audio/comb-word.mp3", audio_example="audio/lost.mp3")
    sounds = {
        "audio/hive-word.mp3": tmp_path / "word.mp3",
        "audio/comb-word.mp3": tmp_path / "same.mp3",
        "audio/hive-example.mp3": tmp_path / "example.mp3",
    }
    imported(anki, packed(cards(spoken, other), tmp_path / "deck.apkg", sounds))
    kept = {path.name: path.read_bytes() for path in Path(anki.media.dir()).iterdir()}
    assert sorted(kept.values()) == [b"one", b"two"]
    assert len(the(anki, "hive").question_av_tags()) == 1
    assert len(the(anki, "hive").answer_av_tags()) == 1, "Anki does not say the front once more"
    assert len(the(anki, "hive", "Production").answer_av_tags()) == 2
    assert len(the(anki, "comb").question_av_tags()) == 1
    assert the(anki, "comb").answer_av_tags() == []
    assert anki.media.check().missing == []
    assert anki.media.check().unused == []


def test_the_same_cards_are_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "word.mp3").write_bytes(b"one")
    made = cards(card("hive", audio_word="audio/hive-word.mp3"), card("comb", cluster_name="wax"))
    sounds = {"audio/hive-word.mp3": tmp_path / "word.mp3"}
    first, second = (packed(made, tmp_path / name, sounds).read_bytes() for name in ("1.apkg", "2.apkg"))
    assert first == second
    with zipfile.ZipFile(tmp_path / "1.apkg") as file:
        assert file.namelist() == ["collection.anki2", "media", "0"]
        assert {each.date_time for each in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize(
    ("example", "cloze", "bold"),
    [
        ("An angle.", "A(n) _____.", "An <b>angle</b>."),
        (
            "Hives, a  hive & more hives",
            "_____, a  _____ & more _____",
            "<b>Hives</b>, a <b>hive</b> &amp; more <b>hives</b>",
        ),
        ("A hive.", "", "A hive."),
        ("A hive.", "Another _____.", "A hive."),
        ("f(a|n) is a hive.", "f(a|n) is a(n) _____.", "f(a|n) is a <b>hive</b>."),
        ("A hive is a hive", "A(n) _____ is a(n) _____", "A <b>hive</b> is a <b>hive</b>"),
        ("A hive.", "_____", "<b>A hive.</b>"),
        ("A hive.", "A hive._____", "A hive."),
    ],
)
def test_what_the_gap_stands_for_is_bold(example: str, cloze: str, bold: str) -> None:
    assert shown(example, cloze) == bold


def test_an_example_and_a_cloze_that_a_client_made_up_take_no_time() -> None:
    example, cloze = "a" * 1_000, "a".join(["_____"] * 160) + "b"
    began = time.process_time()
    assert shown(example, cloze) == example
    assert time.process_time() - began < 1.0


def test_colons_and_slashes_of_names_part_no_decks(anki: Collection, tmp_path: Path) -> None:
    title = f"{'x' * 99}: a {'y' * 20} :: of / slashes"
    imported(anki, packed(cards(card("hive", cluster_name="a/b::c"), title=title), tmp_path / "deck.apkg"))
    names = {deck.name for deck in anki.decks.all_names_and_ids()}
    assert names == {"Default", "x" * 99, f"{'x' * 99}::a/b - c"}


def test_a_deck_without_a_title_has_a_name(anki: Collection, tmp_path: Path) -> None:
    nameless: Card = card("hive", cluster_name="::")
    imported(anki, packed(cards(nameless, title=" "), tmp_path / "deck.apkg"))
    assert "Vocabulary::Vocabulary" in {deck.name for deck in anki.decks.all_names_and_ids()}
