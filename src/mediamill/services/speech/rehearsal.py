"""Loading ahead what the first short text would wait for."""

from mediamill.media.voices.engines.engine import engine_named
from mediamill.media.voices.prose.identifier import identifier, is_shared
from mediamill.media.voices.script import plan
from mediamill.media.voices.sounds import sound
from mediamill.media.voices.utterance import said

#: Plainly English, so that the voice is the one that most texts get.
_TEXT = "This sentence is said once, to nobody, so that the first listener waits for no model."


def rehearse() -> None:
    """Say a sentence with the voice that most texts get: a second or two, and some 200 MB.

    What tells languages apart (`prose/identifier.py`) is opened, too: few texts need it, but processes share it. Where
    each would have its own, 67 MB, it is left to a text that does need it.
    """
    if is_shared():
        identifier().classify(_TEXT)
    for line in plan(_TEXT).lines:
        if line.voice.remote:  # nothing is loaded for it here, and nobody is to hear of our start
            continue
        wave = engine_named(line.voice.engine).speak(said(line.text), line.voice, 1.0)
        sound.finished(wave, line.voice.rate_hz, line.voice.gain_db)
