"""hibari's network: from phonemes to frames of a spectrum."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray

from mediamill.media.voices.engines.rows import PARTS, uncovered

_PARTS: Final = [part.decode() for part in PARTS]
_PITCH: Final = "f0"


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
        model, self._rows = uncovered(model) or (model, "")
        self.session: Any = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        # Kept for a change of providers, which there is none of: 8 MB.
        self.session._model_bytes = None  # noqa: SLF001 - there is no other way

    def frames(self, ids: Sequence[int], speed: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the parts of each frame's spectrum, side by side, shape (frames, 5 * bins), and its pitch, Hz.

        ids: of the phonemes, at least one between the two 0 that pad them.
        """
        asked = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([speed], np.float32)}
        if self._rows:
            rows, pitch_hz = self.session.run([self._rows, _PITCH], asked)
            return rows[0], pitch_hz[0]
        *parts, pitch_hz = self.session.run([*_PARTS, _PITCH], asked)
        return np.concatenate([part[0] for part in parts]).T, pitch_hz[0]
