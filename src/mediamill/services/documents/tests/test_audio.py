from pathlib import Path

import av
import pytest

from mediamill import Cancelled
from mediamill.services.documents.audio import spoken, unspoken
from mediamill.services.documents.card import Cards
from mediamill.services.documents.tests.written import card, cards
from mediamill.testing import FakeContext

QUICK = "espeak-en-us"
BEES = cards(card(), card("hive", example="A hive is the home of bees. They live there all year."))


def seconds(path: Path) -> float:
    with av.open(str(path)) as sound:
        stream = sound.streams.audio[0]
        assert (stream.codec_context.name, stream.codec_context.channels) == ("mp3float", 1)
        return (sound.duration or 0) / 1_000_000


def quiet(_done: float) -> None:
    """Tell nobody."""


def test_each_word_and_example_is_a_file_that_its_card_names(tmp_path: Path) -> None:
    told: list[float] = []
    found = spoken(BEES, QUICK, FakeContext(tmp_path), told.append)
    first, second = found.cards.cards
    assert first.audio_word == f"audio/{first.id}-word.mp3"
    assert second.audio_example == f"audio/{second.id}-example.mp3"
    assert set(found.files) == {name for each in (first, second) for name in (each.audio_word, each.audio_example)}
    assert (found.silent, found.left_out, found.voice) == (0, 0, QUICK)
    assert 0.3 < seconds(found.files[f"audio/{first.id}-word.mp3"]) < 2
    assert seconds(found.files[f"audio/{second.id}-example.mp3"]) > 2.5
    assert found.files[f"audio/{second.id}-example.mp3"].stat().st_size < 5 * 32_000 / 8
    assert told == [0, 0.25, 0.5, 0.75, 1]


def test_what_was_said_before_is_not_said_again(tmp_path: Path) -> None:
    spoken(BEES, QUICK, FakeContext(tmp_path), quiet)
    again = FakeContext(tmp_path, attempt=2)
    spoken(BEES, QUICK, again, quiet)
    assert again.made == []
    assert len(again.found) == 5


def test_what_no_voice_can_say_has_no_sound_and_stops_nothing(tmp_path: Path) -> None:
    mute = card("…", example="?!", audio_word="audio/old.mp3")
    ctx = FakeContext(tmp_path)
    found = spoken(cards(mute, card()), QUICK, ctx, quiet)
    assert (found.cards.cards[0].audio_word, found.cards.cards[0].audio_example) == (None, None)
    assert found.cards.cards[1].audio_word in found.files
    assert found.silent == 2
    assert len(list((ctx.scratch / "audio").iterdir())) == 2
    assert [(each.event, each.fields) for each in ctx.logged] == [("cards.silent", {"clips": 2})]


def test_a_cancelled_job_says_no_more(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        spoken(BEES, QUICK, FakeContext(tmp_path, cancel_after=3), quiet)


def test_a_job_that_is_to_finish_early_keeps_what_it_has(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)

    def tell(done: float) -> None:
        ctx.stopping = done >= 0.5

    found = spoken(BEES, QUICK, ctx, tell)
    assert (len(found.files), found.left_out) == (2, 2)
    assert found.cards.cards[1].audio_word is None
    assert Cards.model_validate_json(found.cards.model_dump_json()) == found.cards


def test_words_of_a_card_order_nothing(tmp_path: Path) -> None:
    order = card("hive", example="[pause 30s] A hive.", meaning="")
    found = spoken(cards(order), QUICK, FakeContext(tmp_path), quiet)
    assert all(seconds(path) < 5 for path in found.files.values())


def test_cards_without_sounds_name_none_of_another_job() -> None:
    others = cards(card(audio_word="audio/x-word.mp3", audio_example="audio/x-example.mp3"))
    (only,) = unspoken(others).cards
    assert (only.audio_word, only.audio_example) == (None, None)
