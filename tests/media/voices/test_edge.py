"""Edge's read-aloud service, before a server of this machine that speaks its protocol; edge-tts is the real one."""

from threading import Thread

import pytest
import structlog
from tests.engine.mill import Clock
from tests.media.loopback import leaves_at_once
from tests.media.voices.speakers import Speaker

from mediamill import Cancelled, RetryableError
from mediamill.media.remote.wire import Wire
from mediamill.media.voices.engines.edge import Edge
from mediamill.media.voices.engines.edge_voices import voices
from mediamill.media.voices.sounds.sound import Pcm, trimmed
from mediamill.media.voices.utterance import Span, said

HOAI_MY, SONIA = (
    next(voice for voice in voices() if voice.name == name)
    for name in ("edge-vi-VN-HoaiMyNeural", "edge-en-GB-SoniaNeural")
)
TEXT = "The post was late again."


@pytest.fixture
def engine(edge_speaker: Speaker, line: Wire, clock: Clock) -> Edge:
    del edge_speaker
    return Edge(line=line, now=clock)


def say(engine: Edge, text: str = TEXT, speed: float = 1.0) -> Pcm:
    return engine.speak(said(text), SONIA, speed)


def away(engine: Edge) -> RetryableError:
    """Say something; return why nobody did."""
    with pytest.raises(RetryableError) as caught:
        say(engine)
    assert caught.value.code == "VOICE_AWAY"
    return caught.value


def test_a_sentence_is_asked_for_by_voice_and_pace(engine: Edge, edge_speaker: Speaker) -> None:
    wave = engine.speak((Span("Tom & Jerry"), Span(" <were> late. ")), SONIA, 1.25)
    assert 0.5 < trimmed(wave, 24_000).size / 24_000 < 4
    engine.speak(said("Xin chào."), HOAI_MY, 0.5)
    first, second = edge_speaker.heard
    assert first.text == "Tom &amp; Jerry &lt;were&gt; late."
    assert first.voice == "Microsoft Server Speech Text to Speech Voice (en-GB, SoniaNeural)"
    assert first.speed == 1.25
    assert second.voice == "Microsoft Server Speech Text to Speech Voice (vi-VN, HoaiMyNeural)"
    assert second.speed == 0.5


def test_nothing_is_sent_of_a_text_that_nobody_could_say(engine: Edge, edge_speaker: Speaker) -> None:
    for text in ("", " ", "!", "🙂", "\0"):
        assert say(engine, text).size == 0
    assert edge_speaker.heard == []


@pytest.mark.parametrize(
    ("mood", "why"),
    [
        ("says nothing", r"gives no sound \(NoAudioReceived\)"),
        ("talks nonsense", r"gives no sound \(UnknownResponse\)"),
        ("breaks off", "broke off in the middle of a sentence"),
        ("is silent", "nothing can be heard in it"),
        ("sends noise", "it is no sound"),
        (503, "answers 503"),
    ],
)
def test_a_service_that_answers_badly_is_away_and_comes_back(
    engine: Edge, edge_speaker: Speaker, mood: str | int, why: str
) -> None:
    edge_speaker.moods = [mood]
    with pytest.raises(RetryableError, match=why) as caught:
        say(engine)
    assert caught.value.code == "VOICE_AWAY"
    assert say(engine).size > 10_000


def test_a_refusal_may_be_of_our_clock_and_is_tried_once_more(engine: Edge, edge_speaker: Speaker) -> None:
    edge_speaker.moods = [403]
    assert say(engine).size > 10_000
    edge_speaker.moods = [403, 403]
    assert "answers 403" in away(engine).message


def test_a_service_that_is_not_there_is_away(
    engine: Edge, monkeypatch: pytest.MonkeyPatch, logged: list[structlog.typing.EventDict]
) -> None:
    monkeypatch.setattr("edge_tts.communicate.WSS_URL", "ws://127.0.0.1:9/edge/v1?x=y")
    assert "gives no sound (ClientConnectorError)" in away(engine).message
    assert logged == []


def test_a_cancelled_job_does_not_wait_for_a_service_that_hangs(engine: Edge, edge_speaker: Speaker) -> None:
    edge_speaker.moods = ["hangs"]
    leaves_at_once(edge_speaker, lambda check: engine.speak(said(TEXT), SONIA, 1.0, check))
    assert say(engine).size > 10_000


def test_a_service_that_hangs_is_given_up(edge_speaker: Speaker, line: Wire) -> None:
    edge_speaker.moods = ["hangs"]
    assert "did not answer in time" in away(Edge(line=line, read_s=0.05)).message


def test_it_is_asked_for_one_sentence_at_a_time(engine: Edge, edge_speaker: Speaker) -> None:
    edge_speaker.moods = ["hangs"]
    waves: list[Pcm] = []
    second = Thread(target=lambda: waves.append(say(engine, "Second.")))
    looks = iter(range(4))

    def check() -> None:
        look = next(looks, None)
        if look == 0:
            assert edge_speaker.waiting.wait(5)
            second.start()
        if look is None:
            raise Cancelled

    with pytest.raises(Cancelled):
        engine.speak(said("First."), SONIA, 1.0, check)
    second.join()
    assert [heard.text for heard in edge_speaker.heard] == ["First.", "Second."]
    assert edge_speaker.left.is_set(), "the second was asked for when the first was over"
    assert waves[0].size > 5_000


def test_a_service_that_fails_again_and_again_is_left_alone_for_a_minute(
    engine: Edge, edge_speaker: Speaker, clock: Clock
) -> None:
    edge_speaker.moods = ["says nothing"] * 4
    for _ in range(3):
        away(engine)
    assert "failed 3 times in a row; it is asked again in" in away(engine).message
    assert len(edge_speaker.heard) == 3
    clock.forward(60)
    away(engine)
    assert len(edge_speaker.heard) == 4
    assert "asked again" in away(engine).message
    clock.forward(60)
    assert say(engine).size > 10_000
