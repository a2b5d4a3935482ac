"""A whole job, from a document of each kind to all of its files."""

import json
import sqlite3
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Final

import docx
import psutil
import pytest
from tests.media.documents import papers

from mediamill import Cancelled, PermanentError, Result
from mediamill.services.documents import run, service
from mediamill.services.documents.card import (
    LONGEST_IPA_CHARS,
    LONGEST_TERM_CHARS,
    LONGEST_TEXT_CHARS,
    MOST_CARDS,
    Card,
    Cards,
    Level,
)
from mediamill.services.documents.checks import LARGEST_CARDS_BYTES, read_cards
from mediamill.services.documents.params import Params
from mediamill.services.documents.stages import Stage
from mediamill.services.documents.tests.written import card, cards
from mediamill.testing import FakeContext, eventually

ROOT: Final = Path(__file__).parents[5]
BEES: Final = ROOT / "examples/documents/honey-bees.md"
#: 10,000 words of public-domain prose.
LONG: Final = ROOT / "tests/quality/documents/workshop.txt"
QUICK: Final = "espeak-en-us"
SILENT: Final = {"audio": False}
MAPS: Final = {"mindmap.md", "mindmap.mmd", "graph.json"}
LISTS: Final = {*MAPS, "cards.json", "cards.csv", "deck.apkg"}
#: So many cards that a minute of a person's time is well spent: the example has 23 phrases and 10 words.
ENOUGH: Final = 20


def made(ctx: FakeContext, **params: object) -> Result:
    """Make flashcards as the engine does, of a request that came as JSON."""
    return run(Params.model_validate_json(json.dumps({"voice": QUICK, **params})), ctx)


def of_file(path: Path, tmp_path: Path, **params: object) -> tuple[Result, FakeContext]:
    ctx = FakeContext(tmp_path, inputs={"file": path})
    return made(ctx, **params), ctx


def cards_of(result: Result) -> Cards:
    return Cards.model_validate_json(result.files["cards.json"].read_bytes())


def notes_in(deck: Path, folder: Path) -> int:
    with zipfile.ZipFile(deck) as package:
        package.extract("collection.anki2", folder)
    with sqlite3.connect(folder / "collection.anki2") as collection:
        return int(collection.execute("SELECT count(*) FROM notes").fetchone()[0])


def test_as_many_cards_as_there_may_be_with_all_that_they_may_say_are_taken_in_any_script(tmp_path: Path) -> None:
    path = tmp_path / "cards.json"
    sign = "\U0001d4b2"
    terms = [sign * LONGEST_TERM_CHARS] * 20
    texts = dict.fromkeys(("meaning", "translation", "example", "example_source", "cloze"), sign * LONGEST_TEXT_CHARS)
    sounds = dict.fromkeys(("ipa", "ipa_us", "ipa_uk"), sign * LONGEST_IPA_CHARS)
    files = dict.fromkeys(("audio_word", "audio_example"), sign * 200)
    synonyms = [{"word": term, "similarity": 0.123456789} for term in terms]
    one = card(
        cluster_name=terms[0], tags=terms, related_words=terms[:10], synonyms=synonyms, **texts, **sounds, **files
    )
    full = [one.model_copy(update={"id": f"{number:016x}", "word": terms[0]}) for number in range(MOST_CARDS)]
    path.write_text(cards(*full, title=sign * 200).model_dump_json(indent=1), encoding="utf-8")
    assert path.stat().st_size > LARGEST_CARDS_BYTES // 2
    assert read_cards(path).cards == tuple(full)


def test_a_document_becomes_cards_a_deck_maps_and_sounds(tmp_path: Path) -> None:
    result, ctx = of_file(BEES, tmp_path)
    cards = cards_of(result)
    known = result.data
    assert set(result.files) == {
        *LISTS,
        *(str(name) for card in cards.cards for name in (card.audio_word, card.audio_example)),
    }
    assert cards.title == known["title"] == "How honey bees share what they know"
    assert (known["kind"], known["language"], known["pages"]) == ("markdown", "en", None)
    assert known["cards"] == len(cards.cards) == known["phrases"] + known["words"] >= ENOUGH
    assert known["sounds"] == 2 * known["cards"]
    assert (known["complete"], known["degraded"], result.reusable) == (True, False, True)
    assert sum(known["definitions"].values()) == known["cards"]
    assert notes_in(result.files["deck.apkg"], tmp_path) == known["cards"]
    assert {logged.event for logged in ctx.logged} >= {"document.read", "vocabulary.phrases", "cards.made"}
    assert len(ctx.logged) < 12, "a line for each stage, and none for each word"


def test_it_tells_how_far_it_is_through_all_of_its_stages(tmp_path: Path) -> None:
    _, ctx = of_file(BEES, tmp_path)
    fractions = [each.fraction for each in ctx.progressed]
    assert all(before <= after < before + 0.2 for before, after in pairwise(fractions))
    assert fractions[-1] >= 0.9
    told = list(dict.fromkeys(each.note.partition(":")[0] for each in ctx.progressed))
    assert told == [stage for stage in Stage if stage is not Stage.SCANS]


def as_utf16(folder: Path) -> Path:
    path = folder / "bees.txt"
    path.write_text(BEES.read_text("utf-8"), encoding="utf-16")
    return path


def as_pdf(folder: Path) -> Path:
    lines = BEES.read_text("utf-8").splitlines()
    source = "\n".join(line.replace("#", "=") if line.startswith("#") else line for line in lines)
    return papers.typeset(f'#set page(paper: "a5")\n{source}', folder / "typst" / "bees.pdf")


def as_docx(folder: Path) -> Path:
    document, path = docx.Document(), folder / "bees.docx"
    for part in BEES.read_text("utf-8").split("\n\n"):
        marks, _, title = part.partition(" ")
        if marks and not marks.strip("#"):
            document.add_heading(title, len(marks))
        else:
            document.add_paragraph(part.replace("\n", " "))
    document.save(str(path))
    return path


@pytest.mark.parametrize(("write", "kind"), [(as_utf16, "markdown"), (as_pdf, "pdf"), (as_docx, "docx")])
def test_every_kind_of_file_gives_the_same_vocabulary(write: Callable[[Path], Path], kind: str, tmp_path: Path) -> None:
    result, _ = of_file(write(tmp_path), tmp_path, **SILENT)
    wanted = made(FakeContext(tmp_path), text=BEES.read_text("utf-8"), **SILENT)
    assert result.data["kind"] == kind
    assert set(result.files) == LISTS
    words, same = ({card.word for card in cards_of(each).cards} for each in (result, wanted))
    assert len(words & same) > 0.7 * len(same), words ^ same


def test_a_page_is_named_where_there_are_pages(tmp_path: Path) -> None:
    result, _ = of_file(as_pdf(tmp_path), tmp_path, **SILENT)
    assert result.data["pages"] > 2
    assert all(", page " in card.example_source for card in cards_of(result).cards)


def test_a_document_without_a_title_is_called_as_its_file_is(tmp_path: Path) -> None:
    path = tmp_path / "notes_on bees.txt"
    path.write_text("A forager that has found nectar tells the others by a waggle dance.", encoding="utf-8")
    assert cards_of(of_file(path, tmp_path, **SILENT)[0]).title == "notes on bees"
    upload = path.rename(tmp_path / "upload")
    assert cards_of(of_file(upload, tmp_path, **SILENT)[0]).title == ""


@pytest.mark.parametrize("cards", [True, False])
def test_the_name_of_a_file_may_be_longer_than_a_title(cards: bool, tmp_path: Path) -> None:  # noqa: FBT001 - pytest's
    path = tmp_path / f"{'bees' * 60}.txt"
    path.write_text("A forager that has found nectar tells the others by a waggle dance.", encoding="utf-8")
    result, _ = of_file(path, tmp_path, generate_flashcards=cards, **SILENT)
    assert result.data["title"] == "bees" * 50


def test_without_flashcards_there_are_the_maps_only(tmp_path: Path) -> None:
    result, ctx = of_file(BEES, tmp_path, generate_flashcards=False)
    assert set(result.files) == MAPS
    assert result.data["phrases"] + result.data["words"] >= ENOUGH
    assert "cards" not in result.data
    assert "**waggle dance**" in result.files["mindmap.md"].read_text("utf-8")
    assert len(json.loads(result.files["graph.json"].read_bytes())["nodes"]) >= ENOUGH
    assert Stage.FILES in {each.note for each in ctx.progressed}


def test_the_quota_is_filled_where_the_document_has_as_much(tmp_path: Path) -> None:
    result, _ = of_file(LONG, tmp_path, **SILENT)
    assert (result.data["phrases"], result.data["words"], result.data["cards"]) == (40, 10, 50)
    more, _ = of_file(LONG, tmp_path, **SILENT, max_phrases=60, max_words=30)
    assert (more.data["phrases"], more.data["words"]) == (60, 30)


def test_only_what_is_of_the_wanted_levels_is_taken(tmp_path: Path) -> None:
    result, _ = of_file(LONG, tmp_path, **SILENT, levels=["B2", "C1"])
    assert {card.level for card in cards_of(result).cards} == {Level.B2, Level.C1}


def test_a_document_without_anything_to_learn_says_so(tmp_path: Path) -> None:
    with pytest.raises(PermanentError) as nothing:
        made(FakeContext(tmp_path), text="It is what it is. You and I are here, and we go there. They were there too.")
    assert nothing.value.code == "NO_VOCABULARY"
    with pytest.raises(PermanentError, match="of the wanted levels"):
        made(FakeContext(tmp_path), text="A forager tells the others by a waggle dance.", levels=["B1"])


def test_a_document_in_another_language_says_so(tmp_path: Path) -> None:
    with pytest.raises(PermanentError) as vietnamese:
        of_file(ROOT / "examples/documents/hang-doi.md", tmp_path)
    assert vietnamese.value.code == "WRONG_LANGUAGE"


def test_cards_that_were_changed_become_a_deck(tmp_path: Path) -> None:
    first, _ = of_file(BEES, tmp_path, **SILENT)
    cards = cards_of(first)
    kept = cards.model_copy(update={"cards": tuple(each.model_copy(update={"tags": ()}) for each in cards.cards[:3])})
    request, files = service.put_aside(Params(cards=kept, voice=QUICK))
    path = tmp_path / "aside.json"
    path.write_text(files["cards"], encoding="utf-8")
    ctx = FakeContext(tmp_path, inputs={"cards": path})
    result = run(request, ctx)
    assert [card.word for card in cards_of(result).cards] == [card.word for card in kept.cards]
    assert len(result.files) == len(LISTS) - 1 + 6, "there is no document of which to make a graph"
    assert notes_in(result.files["deck.apkg"], tmp_path) == 3
    assert {each.note for each in ctx.progressed} == {Stage.AUDIO, Stage.FILES}
    assert result.data["cards"] == 3


class StoppedAt(FakeContext):
    """Is asked to finish early when it tells of a stage."""

    at = Stage.AUDIO

    def progress(self, fraction: float, note: str = "") -> None:
        super().progress(fraction, note)
        self.stopping = self.stopping or note == self.at


@pytest.mark.parametrize("at", [Stage.READING, Stage.AUDIO])
def test_a_job_that_is_to_finish_early_keeps_what_there_is(at: Stage, tmp_path: Path) -> None:
    ctx = StoppedAt(tmp_path, inputs={"file": BEES})
    ctx.at = at
    result = made(ctx)
    assert set(result.files) >= LISTS
    assert result.data["cards"] >= ENOUGH
    assert result.data["sounds"] == 0
    assert (result.data["complete"], result.reusable) == (False, False)


def undated(result: Result) -> list[Card]:
    return [each.model_copy(update={"changed_s": None}) for each in cards_of(result).cards]


def test_nothing_is_done_twice(tmp_path: Path) -> None:
    path = as_pdf(tmp_path)
    first, before = of_file(path, tmp_path)
    again = FakeContext(tmp_path, attempt=2, inputs={"file": path})
    second = made(again)
    assert before.ran
    assert (again.made, again.ran) == ([], []), "no page is read and no sentence said again"
    assert undated(second) == undated(first)


def test_a_cancel_ends_it_at_any_time_and_leaves_nothing_running(tmp_path: Path) -> None:
    path, before = as_pdf(tmp_path), set(psutil.Process().children(recursive=True))
    whole = FakeContext(tmp_path / "whole", cancel_after=1_000_000, inputs={"file": path})
    made(whole)
    asked = 1_000_000 - (whole._patience.left or 0)
    assert asked > 50
    for nth in (1, 2, 3, 4, 5, 6, 8, 10, asked // 2, asked - 1):
        ctx = FakeContext(tmp_path / str(nth), cancel_after=nth, inputs={"file": path})
        with pytest.raises(Cancelled):
            made(ctx)
        assert not list(ctx.tmp_path.glob("making-*"))
    eventually(lambda: set(psutil.Process().children(recursive=True)) <= before)
