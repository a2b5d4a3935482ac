"""piper: neural voices for many languages, of models that an operator lays into a folder."""

import itertools
import json
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import structlog
from numpy.typing import NDArray

from mediamill.core.errors import PermanentError
from mediamill.media.voices.engines.blocked import rearranged
from mediamill.media.voices.engines.onnx_file import digest, flaw
from mediamill.media.voices.engines.packages import version_of
from mediamill.media.voices.engines.parts import cut, joined
from mediamill.media.voices.engines.piper_models import MODEL
from mediamill.media.voices.utterance import Span, Utterance, text_of
from mediamill.media.voices.voice import Voice

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]
    from piper import PiperVoice

_log = structlog.get_logger("mediamill.voices")

_FULL_SCALE: Final = 32_767.0
#: Of files of models that a process holds at once: four of the usual 63 MB, which take some 150 MB each, or two of
#: 114. To load one takes as long as to say ten sentences, so that the voices of a dialogue have to find room together.
HELD_BYTES: Final = 256 * 1024 * 1024
#: About 12 s of speech. The memory that a model takes grows with it: 200 MB for these, 1.2 GB for five times as many.
_LONGEST_PHONEMES: Final = 200
#: The share of a sentence's length that does not change with its pace: a model rounds the length of each phoneme up to
#: a frame. Measured with joe: 1.0 s of 3.78 s.
_ROUNDING: Final = 0.265
_MARKS: Final = ".,;:!?"
#: What every model of piper's is fed with; those of several speakers with `sid` as well.
_INPUTS: Final = frozenset({"input", "input_lengths", "scales"})
#: Would begin a piece in piper's own phonetic notation.
_NOTATION: Final = ("[[", "[ [")


class NoVoiceError(Exception):
    """A sound model, but not one of piper's: each sentence would be refused, and another voice say all of them."""


class _Held(NamedTuple):
    """A model that is loaded, and what its file has."""

    model: "PiperVoice"
    size_bytes: int


class Piper:
    """piper-tts behind our Engine. Its models draw noise, so that repeats differ slightly.

    held_bytes: what the files of the models that it keeps loaded have together; it keeps one in any case.
    """

    name = "piper"
    reads_ipa = True
    reads_figures = False

    def __init__(self, held_bytes: int = HELD_BYTES) -> None:
        self._lock = threading.Lock()
        self._held_bytes = held_bytes
        self._models: OrderedDict[tuple[Path, str], _Held] = OrderedDict()
        self._broken: dict[tuple[Path, str], str] = {}

    def version(self, voice: Voice) -> str:
        """Return the version of the package, and marks of the model and of what describes it."""
        path = _model_of(voice)
        return f"{version_of('piper-tts')}+{_mark(path)}"

    def speak(
        self, utterance: Utterance, voice: Voice, speed: float, check: Callable[[], None] | None = None
    ) -> NDArray[np.int16]:
        """As Engine.speak. Loads a model at its first call, about a second; says a long sentence in parts.

        Raises PermanentError with code ENGINE_BROKEN when the model cannot be loaded.
        """
        with self._lock:
            model = self._model(_model_of(voice))
            try:
                waves = []
                for number, part in enumerate(cut(_phonemes(utterance, model), _LONGEST_PHONEMES)):
                    if number > 0 and check is not None:
                        check()
                    waves.append(_said(part, model, voice, speed))
            except Exception as stumbled:
                raise PermanentError(
                    f"piper cannot read this sentence of {len(text_of(utterance))} characters", code="ENGINE_REFUSED"
                ) from stumbled
        return joined(waves, voice.rate_hz)

    def _model(self, path: Path) -> "PiperVoice":
        """Return a model that is held, or load it; those that were not used for the longest time make room."""
        key = (path, _mark(path))
        if key in self._broken:
            raise _broken(self._broken[key])
        if key not in self._models:
            size_bytes = path.stat().st_size
            self._make_room(size_bytes)
            try:
                self._models[key] = _Held(_loaded(path), size_bytes)
            except Exception as error:
                self._broken[key] = why = flaw(path) or f"{path.name} cannot be loaded ({type(error).__name__})"
                raise _broken(why) from error
        self._models.move_to_end(key)
        return self._models[key].model

    def _make_room(self, size_bytes: int) -> None:
        room_bytes = self._held_bytes - sum(held.size_bytes for held in self._models.values())
        while self._models and room_bytes < size_bytes:
            _, gone = self._models.popitem(last=False)
            room_bytes += gone.size_bytes


def _model_of(voice: Voice) -> Path:
    if voice.model is None:
        raise PermanentError(f"the voice {voice.name} has no model", code="ENGINE_BROKEN")
    return voice.model


def _mark(path: Path) -> str:
    """Return what changes with the model and with its description. Raises PermanentError when one is not there."""
    try:
        return f"{digest(path)}+{digest(_described(path))}"
    except OSError as error:
        raise _broken(f"{Path(error.filename or path).name} cannot be read: {error.strerror}") from error


def _described(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _broken(why: str) -> PermanentError:
    return PermanentError(f"a model of piper's is broken: {why}", code="ENGINE_BROKEN")


def _loaded(path: Path) -> "PiperVoice":
    # Not PiperVoice.load, which takes a thread for each core.
    from piper import PiperConfig, PiperVoice  # noqa: PLC0415 - after a fork, and only where piper speaks

    session = _session(path)
    if not {one.name for one in session.get_inputs()} >= _INPUTS:
        raise NoVoiceError(path.name)
    return PiperVoice(session, PiperConfig.from_dict(json.loads(_described(path).read_bytes())))


def _session(path: Path) -> "InferenceSession":
    """Return the model, the faster way where it can be had."""
    try:
        pieces = rearranged(path)
        if pieces is None:
            return _opened(path)
        with NamedTemporaryFile(prefix="mediamill-", suffix=MODEL) as file:  # of bytes, a session keeps a copy
            file.writelines(pieces)
            file.flush()
            return _opened(Path(file.name))
    except Exception as error:  # noqa: BLE001 - a full disk, or a model of another kind; if it is broken, that is told now
        _log.info("piper.model_as_it_is", model=path.name, why=f"{type(error).__name__}: {error}")
        return _opened(path)


def _opened(path: Path) -> "InferenceSession":
    import onnxruntime  # noqa: PLC0415 - as above

    options = onnxruntime.SessionOptions()
    # A second thread spins while it waits. The arena saves a seventh; no other option saves anything.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # an error of a broken model is raised, too
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _phonemes(utterance: Utterance, model: "PiperVoice") -> list[str]:
    """Return what the model is to say, one sign each; blanks where the spans have them. Strange signs are left out."""
    signs: list[str] = []
    for span in utterance:
        lead, tail = span.text[:1].isspace(), span.text[-1:].isspace()
        signs += [*" " * lead, *_sounds(span, model), *" " * tail]
    known = [sign for sign in signs if sign in model.config.phoneme_id_map]
    if all(sign in f"{_MARKS} " for sign in known):
        return []
    return [sign for before, sign in itertools.pairwise([" ", *known]) if not before == sign == " "]


def _sounds(span: Span, model: "PiperVoice") -> Iterator[str]:
    if span.ipa:
        yield from unicodedata.normalize("NFD", span.ipa.strip())
        return
    # Marks in front it leaves out, though they are pauses after a word in IPA; of "!" alone it makes a word.
    words = span.text.replace("\0", " ").lstrip()
    bare = words.lstrip(_MARKS)
    yield from words[: len(words) - len(bare)]
    if bare[:1].isspace():
        yield " "
    words = bare.replace(*_NOTATION)
    if not words.strip():
        return
    # It takes "Dr. Smith" for two sentences; what we are given is one.
    for number, sentence in enumerate(model.phonemize(words)):
        if number > 0:
            yield " "
        yield from sentence


def _said(part: list[str], model: "PiperVoice", voice: Voice, speed: float) -> NDArray[np.int16]:
    from piper import SynthesisConfig  # noqa: PLC0415 - as above

    speaker = int(voice.engine_voice.rpartition("#")[2])
    scale = (1 / speed - _ROUNDING) / (1 - _ROUNDING)
    manner = SynthesisConfig(speaker_id=speaker, length_scale=model.config.length_scale * scale)
    wave = model.phoneme_ids_to_audio(model.phonemes_to_ids(part), manner)
    if isinstance(wave, tuple):  # with alignments, which we do not ask for
        wave = wave[0]
    return np.asarray(np.clip(np.atleast_1d(wave), -1.0, 1.0) * _FULL_SCALE, dtype=np.int16)
