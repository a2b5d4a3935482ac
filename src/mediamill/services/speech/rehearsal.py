"""Loading ahead what the first short text would wait for."""

from mediamill.media.voices.engines.engine import engine_named
from mediamill.media.voices.script import plan
from mediamill.media.voices.sounds import sound
from mediamill.media.voices.utterance import said

#: Plainly English: what tells other languages apart (`prose/language.py`) takes 84 MB, and few texts need it.
_TEXT = "This sentence is said once, to nobody, so that the first listener waits for no model."


def rehearse() -> None:
    """Say a sentence with the voice that most texts get: a second or two, and some 200 MB."""
    for line in plan(_TEXT).lines:
        if line.voice.remote:  # nothing is loaded for it here, and nobody is to hear of our start
            continue
        wave = engine_named(line.voice.engine).speak(said(line.text), line.voice, 1.0)
        sound.finished(wave, line.voice.rate_hz, line.voice.gain_db)
