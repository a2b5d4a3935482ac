from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill import InvalidInput
from mediamill.media.voices.catalog import voice_named
from mediamill.media.voices.script import Cast, Script, check_vietnamese, plan

DIALOGUE = Cast.of({"alice": "heart", "bob": "espeak-en-gb"})


def said(script: Script) -> list[tuple[str, str]]:
    return [(line.voice.name, line.text) for line in script.lines]


def test_each_sentence_gets_the_voice_of_its_language() -> None:
    script = plan("The post was late again. It always is.\n\nHôm nay trời đẹp quá!")
    assert said(script) == [
        ("heart", "The post was late again."),
        ("heart", "It always is."),
        ("espeak-vi", "Hôm nay trời đẹp quá!"),
    ]
    assert [line.paragraph for line in script.lines] == [0, 0, 1]


def test_a_mark_at_the_start_of_a_line_gives_the_word_to_that_speaker() -> None:
    script = plan("Nobody yet.\n[alice] How are you? Well?\n[BOB]: Fine, [alice] said.\n[alice] Good.", cast=DIALOGUE)
    assert said(script) == [
        ("heart", "Nobody yet."),
        ("heart", "How are you?"),
        ("heart", "Well?"),
        ("espeak-en-gb", "Fine, [alice] said."),
        ("heart", "Good."),
    ]


def test_brackets_of_nobody_in_the_cast_are_text() -> None:
    assert said(plan("[carol] and [1] are here.", cast=DIALOGUE)) == [("heart", "[carol] and [1] are here.")]
    assert said(plan("[alice] is a name here.")) == [("heart", "[alice] is a name here.")]


def test_a_speaker_leaves_sentences_of_another_language_to_its_voice() -> None:
    script = plan("[alice] Hello there, my dear friend.\n[bob] Xin chào các bạn. And good morning.", cast=DIALOGUE)
    assert [voice for voice, _ in said(script)] == ["heart", "espeak-vi", "espeak-en-gb"]


@pytest.mark.parametrize(
    ("mark", "pause_s"),
    [("[pause 1.5s]", 1.5), ("[pause 500ms]", 0.5), ("[PAUSE 2]", 2.0), ("[pause]", 1.0), ("[pause 0,25 s]", 0.25)],
)
def test_a_pause_of_the_text_replaces_the_usual_one(mark: str, pause_s: float) -> None:
    script = plan(f"One moment, {mark} please. Thank you.")
    assert [(line.text, line.pause_s) for line in script.lines] == [
        ("One moment,", pause_s),
        ("please.", None),
        ("Thank you.", None),
    ]


def test_pauses_in_a_row_add_up_and_one_in_front_is_heard_before_the_text() -> None:
    script = plan("[pause 2s] Now. [pause 1s] [pause 1s] Then. [pause 3s]")
    assert script.lead_s == 2.0
    assert [line.pause_s for line in script.lines] == [2.0, 3.0]


@pytest.mark.parametrize("mark", ["[pause 31s]", "[pause 999999s]", "[pause 30001 ms]"])
def test_a_pause_without_end_is_refused(mark: str) -> None:
    with pytest.raises(InvalidInput, match=r"a pause is 30 s at most"):
        plan(f"Wait. {mark} Go.")


def test_a_text_of_marks_only_says_nothing() -> None:
    with pytest.raises(InvalidInput, match="nothing to say"):
        plan("[alice] [pause 2s] ...\n[bob] !", cast=DIALOGUE)


def test_a_chosen_voice_that_could_say_nothing_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match=r"heart reads en, and the text is in vi: .* choose espeak-vi"):
        plan("Xin chào các bạn. Hôm nay trời đẹp quá!", cast=Cast.of({"heart": "heart"}))
    with pytest.raises(InvalidInput, match="espeak-vi reads vi, and nothing that it is to say"):
        plan(
            "[an] The post was late again, and it was raining.\n[heart] Was it so?",
            cast=Cast.of({"an": "espeak-vi", "heart": "heart"}),
        )


def test_an_unknown_voice_of_the_cast_is_refused() -> None:
    with pytest.raises(InvalidInput, match="there is no voice 'nobody'"):
        Cast.of({"alice": "nobody"})


@given(st.text(max_size=300))
def test_whatever_is_sent_is_planned_or_refused(text: str) -> None:
    try:
        script = plan(text)
    except InvalidInput:
        return
    assert script.lines


def test_names_with_signs_of_regular_expressions_are_only_names() -> None:
    cast = Cast.of({"a.c": "heart", "(x": "espeak-en-gb"})
    script = plan("[abc] One of them was here.\n[(x] Two of them were there.", cast=cast)
    assert said(script) == [
        ("heart", "[abc] One of them was here."),
        ("espeak-en-gb", "Two of them were there."),
    ]


def test_a_voice_of_every_language_reads_all_of_a_text() -> None:
    polyglot = replace(voice_named("espeak-fr"), name="any", language="mul")
    script = plan("The post was late again, and it rained. Hôm nay trời đẹp quá!", cast=Cast({"any": polyglot}))
    assert [(line.voice.name, line.language) for line in script.lines] == [("any", "en"), ("any", "vi")]


def test_vietnamese_for_an_english_voice_is_refused_without_a_model() -> None:
    heart = voice_named("heart")
    with pytest.raises(InvalidInput, match="heart reads en, and the text is in vi") as refused:
        check_vietnamese("Xin chào các bạn. Hôm nay trời đẹp quá!", heart)
    assert refused.value.field == "voice"
    check_vietnamese("Xin chào các bạn. The post was late again.", heart)
    check_vietnamese("Xin chào các bạn.", voice_named("espeak-vi"))
    check_vietnamese("The post was late again.", heart)
    check_vietnamese("...", heart)
