# ruff: noqa: RUF001 - phonetic letters look like others
import pytest

from mediamill.media.voices.engines.hibari import _model, _phonemes
from mediamill.media.voices.utterance import Span, Utterance


@pytest.mark.parametrize(
    ("utterance", "phonemes"),
    [
        ((Span("She said no."),), "ʃˌi sˈɛd nˈO."),
        ((Span("We like ("), Span("SQL", "ˈɛs kjuː ˈɛl"), Span("), please.")), "wˌi lˈIk (ˈɛs kju ˈɛl), plˈiz."),
        ((Span("it’s "), Span("Nguyen", "nwɪn"), Span(", here")), "ɪts nwˈɪn, hˈɪɹ"),
        ((Span("one"), Span(" "), Span("two")), "wˈʌn tˈu"),
        ((Span(""),), ""),
    ],
)
def test_the_model_is_given_the_sounds_of_an_utterance(utterance: Utterance, phonemes: str) -> None:
    assert _phonemes(utterance, _model("heart", None, "")) == phonemes


def test_sound_that_was_once_needed_is_not_held_for_ever() -> None:
    options = _model("heart", None, "").sess.get_session_options()
    assert options.enable_cpu_mem_arena is False
    assert options.enable_mem_pattern is False
    assert options.intra_op_num_threads == 1
