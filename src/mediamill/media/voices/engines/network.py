"""hibari's network: from phonemes to frames of a spectrum."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray

from mediamill.media.voices.engines.depthwise import in_blocks
from mediamill.media.voices.engines.heard import heard_only
from mediamill.media.voices.engines.rows import PARTS, uncovered

_PARTS: Final = [part.decode() for part in PARTS]
_PITCH: Final = "f0"


class Frames(NamedTuple):
    """Frames of a sentence, those of its paddings left out.

    at: the number of the first, even. rows: the parts of each one's spectrum, side by side, float32, shape
    (frames, 5 * bins). pitch_hz: shape (frames,).
    """

    at: int
    rows: NDArray[np.float32]
    pitch_hz: NDArray[np.float32]


class Network:
    """A loaded model.

    Without onnxruntime's arena and patterns. An arena keeps what the longest sentence took, 70 MB for 25 s of speech.
    Patterns pay where shapes repeat, and sentences never have the same; without both a sentence takes the time that
    it takes with both. Two of its threads would spin for each other and halve the speed.
    """

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        model = path.read_bytes()
        model, first = heard_only(in_blocks(model)) or (model, "")
        model, rows = uncovered(model) or (model, "")
        self._first, self._parts = [first] * bool(first), [rows] if rows else _PARTS
        self.session: Any = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        # Kept for a change of providers, which there is none of: 8 MB.
        self.session._model_bytes = None  # noqa: SLF001 - there is no other way

    def frames(self, ids: Sequence[int], speed: float) -> Frames:
        """Return the frames that can be heard.

        ids: of the phonemes, at least one between the two 0 that pad them.
        """
        asked = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([speed], np.float32)}
        pitch_hz, *told = self.session.run([_PITCH, *self._first, *self._parts], asked)
        at, parts = int(told[0][0]) if self._first else 0, told[len(self._first) :]
        rows = parts[0][0] if len(parts) == 1 else np.concatenate([part[0] for part in parts]).T
        return Frames(at, rows, pitch_hz[0][at : at + len(rows)])
