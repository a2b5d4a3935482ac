"""A speech server with OpenAI's API, before a real one on this machine that speaks well, badly, or not at all."""

from threading import Thread

import numpy as np
import pytest
import structlog
from tests.engine.mill import Clock
from tests.media.loopback import Answer, dropped, endless, hanging, leaves_at_once, raw, status
from tests.media.voices import speakers
from tests.media.voices.speakers import Speaker, sound

from mediamill import PermanentError, RetryableError
from mediamill.media.remote.server import Patience
from mediamill.media.remote.wire import Wire
from mediamill.media.voices.engines.provider import Provider
from mediamill.media.voices.sounds.sound import Pcm, trimmed
from mediamill.media.voices.utterance import Span, said
from mediamill.media.voices.voice import Voice
from mediamill.settings import ProviderSettings

KEY = "sk-tiger-0123456789"
ALLOY = Voice("service-alloy", "en", "", "service", "alloy", 24_000, None, remote=True)
TEXT = "The post was late again."
QUICK = Patience(attempts=3, first_s=0.001, longest_s=0.05)


@pytest.fixture
def engine(speaker: Speaker, line: Wire, clock: Clock) -> Provider:
    settings = ProviderSettings(speaker.url, KEY, "tts-1", (("alloy", "en"),))
    return Provider(settings, line=line, patience=QUICK, now=clock)


def say(engine: Provider, text: str = TEXT, speed: float = 1.0) -> Pcm:
    return engine.speak(said(text), ALLOY, speed)


def away(engine: Provider) -> RetryableError:
    """Say something; return why nobody did."""
    with pytest.raises(RetryableError) as caught:
        say(engine)
    assert caught.value.code == "VOICE_AWAY"
    return caught.value


# ---- what is asked, and what comes


def test_a_sentence_is_asked_for_as_openai_has_it(engine: Provider, speaker: Speaker) -> None:
    wave = engine.speak((Span("The post"), Span(" was late. ")), ALLOY, 1.25)
    assert 0.5 < trimmed(wave, 24_000).size / 24_000 < 2
    (heard,) = speaker.heard
    assert heard.body == {
        "model": "tts-1",
        "input": "The post was late.",
        "voice": "alloy",
        "response_format": "wav",
        "speed": 1.25,
    }
    assert heard.headers["Authorization"] == f"Bearer {KEY}"
    assert heard.headers["Accept-Encoding"] == "identity"


def test_a_server_that_knows_no_speed_is_not_troubled_with_the_usual_one(engine: Provider, speaker: Speaker) -> None:
    say(engine)
    assert "speed" not in speaker.heard[0].body


def test_no_key_is_sent_where_there_is_none(speaker: Speaker, line: Wire) -> None:
    say(Provider(ProviderSettings(speaker.url), line=line))
    assert "Authorization" not in speaker.heard[0].headers


@pytest.mark.parametrize(
    "answer",
    [sound("mp3", "audio/mpeg"), sound("ogg"), sound("flac"), sound("wav", layout="stereo", rate_hz=48_000)],
    ids=["mp3", "opus", "flac", "wav"],
)
def test_whatever_it_sends_is_heard(engine: Provider, speaker: Speaker, answer: Answer) -> None:
    speaker.moods = [answer]
    assert trimmed(say(engine), 24_000).size / 24_000 == pytest.approx(1.2, abs=0.4)


def test_connections_are_kept(engine: Provider, speaker: Speaker) -> None:
    for _ in range(3):
        say(engine)
    assert len({heard.peer for heard in speaker.heard}) == 1


def test_nothing_is_asked_for_a_text_that_nobody_could_say(engine: Provider, speaker: Speaker) -> None:
    for text in ("", " ", "!", "🙂", "\0"):
        assert say(engine, text).size == 0
    assert speaker.heard == []


def test_the_version_changes_with_the_server_and_the_model() -> None:
    def version(url: str, model: str, key: str | None = None) -> str:
        return Provider(ProviderSettings(url, key, model)).version(ALLOY)

    assert version("http://a", "tts-1") == version("http://a/v1", "tts-1", KEY)
    assert len({version("http://a", "tts-1"), version("http://b", "tts-1"), version("http://a", "tts-2")}) == 3
    assert "http" not in version("http://a", "tts-1")


# ---- refusals


@pytest.mark.parametrize(
    ("code", "told", "why", "error_code"),
    [
        (400, {"code": "content_policy"}, r"refused the text \(400 content_policy\)", "ENGINE_REFUSED"),
        (400, {"param": "input"}, r"refused the text \(400 invalid_request_error\)", "ENGINE_REFUSED"),
        (422, {}, r"refused the text \(422 invalid_request_error\)", "ENGINE_REFUSED"),
        (400, {"code": "voice_not_found"}, "answers 400 voice_not_found; .* TTS_SERVICE_VOICES", "VOICE_DENIED"),
        (400, {"param": "voice"}, "answers 400 invalid_request_error; .* TTS_SERVICE_VOICES", "VOICE_DENIED"),
        (422, {"detail": [{"loc": ["body", "model"]}]}, "answers 422 .* TTS_SERVICE_MODEL", "VOICE_DENIED"),
        (401, {"code": "invalid_api_key"}, "answers 401 invalid_api_key; it does not take our key", "VOICE_DENIED"),
        (403, {}, "does not take our key: TTS_SERVICE_API_KEY", "VOICE_DENIED"),
        (404, {"code": "model_not_found"}, "answers 404 model_not_found; .* TTS_SERVICE_MODEL", "VOICE_DENIED"),
        (402, {}, "answers 402", "VOICE_DENIED"),
    ],
)
def test_a_refusal_is_final_and_tells_neither_the_key_nor_the_text(  # noqa: PLR0917 - fixtures
    engine: Provider,
    speaker: Speaker,
    logged: list[structlog.typing.EventDict],
    code: int,
    told: dict[str, object],
    why: str,
    error_code: str,
) -> None:
    body = {"error": {"message": f"{KEY} may not say {TEXT}", "type": "invalid_request_error", **told}}
    speaker.moods = [status(code, body)]
    with pytest.raises(PermanentError, match=why) as refused:
        say(engine)
    assert refused.value.code == error_code
    assert len(speaker.heard) == 1
    all_told = f"{refused.value!r} {refused.value.__cause__!r} {logged}"
    assert "tiger" not in all_told
    assert "post" not in all_told


def test_a_server_that_wants_a_key_is_told_so(speaker: Speaker, line: Wire) -> None:
    speaker.moods = [status(401)]
    with pytest.raises(PermanentError, match="answers 401; it wants a key: TTS_SERVICE_API_KEY"):
        say(Provider(ProviderSettings(speaker.url), line=line))


def test_a_redirect_is_not_followed(engine: Provider, speaker: Speaker) -> None:
    speaker.moods = [status(307, None, Location="/elsewhere")]
    with pytest.raises(PermanentError, match="answers 307") as refused:
        say(engine)
    assert refused.value.code == "VOICE_DENIED"
    assert len(speaker.heard) == 1


# ---- a server that is busy, or away


@pytest.mark.parametrize("moods", [[status(429)], [status(503), status(500)], [dropped]])
def test_a_busy_server_is_asked_again(
    engine: Provider, speaker: Speaker, logged: list[structlog.typing.EventDict], moods: list[Answer]
) -> None:
    speaker.moods = list(moods)
    assert say(engine).size > 10_000
    assert len(speaker.heard) == len(moods) + 1
    assert "post" not in str(logged)


def test_it_is_asked_three_times_and_not_more(engine: Provider, speaker: Speaker) -> None:
    speaker.moods = [status(503)] * 5
    assert "answers 503" in away(engine).message
    assert len(speaker.heard) == 3


def test_it_is_asked_again_when_it_wants_to_be(speaker: Speaker, line: Wire) -> None:
    speaker.moods = [status(429, None, **{"Retry-After": "0"})]
    impatient = Patience(attempts=2, first_s=30, longest_s=60)
    assert say(Provider(ProviderSettings(speaker.url), line=line, patience=impatient)).size > 10_000


def test_a_server_that_wants_a_long_rest_gets_it(engine: Provider, speaker: Speaker) -> None:
    speaker.moods = [status(429, None, **{"Retry-After": "90"})]
    assert away(engine).after_s == 90
    assert len(speaker.heard) == 1


def test_a_server_that_is_not_there_is_away(line: Wire) -> None:
    engine = Provider(ProviderSettings("http://127.0.0.1:9"), line=line, patience=QUICK)
    assert away(engine).message == "the speech server cannot be reached (ConnectError)"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (raw("audio/wav", b""), "sent 0 bytes for a sentence, and it is no sound"),
        (raw("text/html", b"<html>Sign in, please</html>"), "it is no sound"),
        (raw("audio/wav", speakers.packed(np.zeros(22_050, np.int16), "wav")), "nothing can be heard in it"),
        (raw("audio/wav", speakers.packed(speakers.spoken("No."), "wav")), "is too little for 24 characters"),
        (raw("audio/wav", speakers.packed(speakers.spoken("On and on. " * 30), "wav")), "is too much for the text"),
        (raw("audio/mpeg", b"\xff\xfb" + b"\0" * 3_000), "cannot be decoded as mp3"),
        (endless(b"\0" * 2**20), "sent more than 33,554,432 bytes"),
    ],
    ids=["empty", "page", "silence", "short", "long", "noise", "endless"],
)
def test_an_answer_that_is_no_speech_of_the_text_is_an_error(
    engine: Provider, speaker: Speaker, answer: Answer, why: str
) -> None:
    speaker.moods = [answer]
    assert why in away(engine).message
    assert len(speaker.heard) == 1, "what is sent twice is not better"


# ---- waiting


@pytest.mark.parametrize(
    "first", [b"", speakers.packed(speakers.spoken(TEXT), "wav")[:4_000]], ids=["no word", "a word"]
)
def test_a_cancelled_job_does_not_wait_for_a_server_that_hangs(
    engine: Provider, speaker: Speaker, first: bytes
) -> None:
    speaker.moods = [hanging(speaker, first)]
    leaves_at_once(speaker, lambda check: engine.speak(said(TEXT), ALLOY, 1.0, check))
    assert say(engine).size > 10_000, "it was no failure of the server's"


def test_a_server_that_hangs_is_given_up(speaker: Speaker, line: Wire) -> None:
    engine = Provider(ProviderSettings(speaker.url), line=line, patience=Patience(read_s=0.1))
    speaker.moods = [hanging(speaker)]
    assert "did not answer in time" in away(engine).message
    assert len(speaker.heard) == 1, "the listener has waited long enough"


def test_a_server_that_sends_a_byte_now_and_then_is_given_up_too(speaker: Speaker, line: Wire) -> None:
    engine = Provider(ProviderSettings(speaker.url), line=line, patience=Patience(read_s=0.1))
    speaker.moods = [endless(b"\0", 0.01)]
    with pytest.raises(RetryableError, match="did not answer in time"):
        say(engine, "No.")


# ---- the circuit breaker


def test_a_server_that_fails_again_and_again_is_left_alone_for_a_while(
    engine: Provider, speaker: Speaker, clock: Clock
) -> None:
    speaker.moods = [raw("audio/wav", b"")] * 4
    for _ in range(3):
        away(engine)
    assert "failed 3 times in a row; it is asked again in" in away(engine).message
    assert 10 < (away(engine).after_s or 0) <= 15
    assert len(speaker.heard) == 3
    clock.forward(15)
    assert "it is no sound" in away(engine).message
    assert len(speaker.heard) == 4
    assert "asked again" in away(engine).message
    clock.forward(15)
    assert say(engine).size > 10_000
    assert say(engine).size > 10_000


def test_a_refusal_is_an_answer(engine: Provider, speaker: Speaker) -> None:
    speaker.moods = [status(400)] * 5
    for _ in range(5):
        with pytest.raises(PermanentError):
            say(engine)
    assert say(engine).size > 10_000


def test_threads_share_an_engine(engine: Provider, speaker: Speaker) -> None:
    waves: list[Pcm] = []
    threads = [Thread(target=lambda: waves.append(say(engine))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [wave.size > 10_000 for wave in waves] == [True] * 6
    assert len(speaker.heard) == 6
