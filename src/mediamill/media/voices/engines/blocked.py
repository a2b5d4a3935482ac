"""A model of piper's, rearranged so that onnxruntime computes the same sound in three quarters of the time.

Its vocoder, which takes most of the time, consists of convolutions over one dimension. onnxruntime has its fastest
kernels, which keep channels together in blocks (NCHWc), for two dimensions only. So the vocoder gets a second one, of
length 1, and so does each larger convolution elsewhere. Between convolutions there is a LeakyReLU each time, which
those kernels know only as the end of a convolution: it gets one before it that changes nothing, channel by channel.
Measured with joe, a medium model, on AVX-512: 416 ms of CPU -> 316 ms for 5.3 s of sound, and 4 % less with those
elsewhere; samples differ by 3e-5 of full scale at most, less than what 16 bits can tell.

Source: onnx.proto3; onnxruntime/core/optimizer/nchwc_transformer.cc.
"""

import platform
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from struct import pack
from typing import Final

from mediamill.media.voices.engines.graph import (
    FLOAT,
    Tensor,
    changed,
    constant,
    ints,
    made,
    opset_of,
    tensor_of,
    whole,
    whole_numbers,
    wide_tensor,
)
from mediamill.media.voices.engines.protobuf import bytes_field, fields, head

#: Where onnxruntime has blocks; elsewhere it would be slower.
MACHINES: Final = frozenset({"x86_64", "AMD64"})
#: The longest block, with AVX-512. Fewer channels than that have no use of it.
BLOCK: Final = 16
#: From here on, Squeeze has its axes as an input.
LEAST_OPSET: Final = 13
#: Numbers of fields: of ModelProto, of GraphProto, of NodeProto, of AttributeProto, of TensorProto.
_OPSET_IMPORT, _GRAPH = 8, 7
_NODE, _INITIALIZER, _VALUE_INFO = 1, 5, 13
_INPUT, _OUTPUT, _OP_TYPE, _ATTRIBUTE, _DOMAIN = 1, 2, 4, 5, 7
_ATTRIBUTE_T: Final = 5
_CONVOLUTIONS: Final = frozenset({"Conv", "ConvTranspose"})
#: Do the same whatever the dimensions are.
_POINTWISE: Final = frozenset({"LeakyRelu", "Add", "Div", "Mul", "Tanh"})
_AXIS: Final = "mediamill/axis"
_ONES: Final = "mediamill/ones"


@dataclass(frozen=True)
class _Node:
    """One computation of a graph. raw: as it stands there."""

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    raw: memoryview


@dataclass
class _Graph:
    """What of a graph is looked at. rest: its other fields, as they stand there."""

    nodes: list[_Node] = field(default_factory=list)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    constants: dict[str, tuple[int, ...]] = field(default_factory=dict)
    rest: list[memoryview] = field(default_factory=list)


def rearranged(path: Path) -> list[bytes | memoryview] | None:
    """Return the pieces of the model that does the same faster; None where this machine has no use of it.

    Reads all of the file. Raises ValueError for a model that is made in another way, or none at all; OSError.
    """
    if platform.machine() not in MACHINES:
        return None
    model = list(fields(memoryview(path.read_bytes())))
    graphs = [each.content for each in model if each.key == _GRAPH]
    if len(graphs) != 1 or opset_of(each.content for each in model if each.key == _OPSET_IMPORT) < LEAST_OPSET:
        raise ValueError("not one graph of operators that are known")
    pieces = _rewritten(_read(graphs[0]))
    others = [each.raw for each in model if each.key != _GRAPH]
    return [*others, head(_GRAPH, sum(map(len, pieces))), *pieces]


def _read(content: memoryview) -> _Graph:
    graph = _Graph()
    for each in fields(content):
        if each.key == _NODE:
            node = _node(each.content)
            graph.nodes.append(node)
            if node.op == "Constant" and node.outputs:
                graph.constants[node.outputs[0]] = _dims_of_constant(node)
        elif each.key == _INITIALIZER:
            name, tensor = tensor_of(each.content)
            graph.tensors[name] = tensor
        elif each.key != _VALUE_INFO:  # what is said of shapes would be wrong afterwards, and nobody needs it
            graph.rest.append(each.raw)
    return graph


def _node(raw: memoryview) -> _Node:
    told: dict[int, list[str]] = {_INPUT: [], _OUTPUT: [], _OP_TYPE: [], _DOMAIN: []}
    for each in fields(raw):
        if each.key in told:
            told[each.key].append(bytes(each.content).decode())
    op = "".join(told[_OP_TYPE]) if not any(told[_DOMAIN]) else "another's"
    return _Node(op, tuple(told[_INPUT]), tuple(told[_OUTPUT]), raw)


def _dims_of_constant(node: _Node) -> tuple[int, ...]:
    for attribute in fields(node.raw):
        if attribute.key == _ATTRIBUTE:
            for each in fields(attribute.content):
                if each.key == _ATTRIBUTE_T:
                    return tensor_of(each.content)[1].dims
    return ()


def _rewritten(graph: _Graph) -> list[bytes | memoryview]:
    """Return the fields of the graph, rearranged."""
    vocoder = _Vocoder(graph)
    alone = _alone(graph, vocoder)
    nodes = [
        piece
        for number, node in enumerate(graph.nodes)
        for piece in (_by_itself(node) if number in alone else vocoder.nodes(number, node))
    ]
    wide = vocoder.weights | {graph.nodes[number].inputs[1] for number in alone}
    pieces: list[bytes | memoryview] = []
    for content in nodes:
        pieces += [head(_NODE, len(content)), content]
    for name, tensor in graph.tensors.items():
        content = wide_tensor(tensor.raw) if name in wide else tensor.raw
        pieces += [head(_INITIALIZER, len(content)), content]
    pieces += [
        bytes_field(_INITIALIZER, each) for each in (whole_numbers(_AXIS, 2), *map(_ones, sorted(vocoder.blocks)))
    ]
    return [*pieces, *graph.rest]


def _alone(graph: _Graph, vocoder: "_Vocoder") -> frozenset[int]:
    """Return the convolutions outside the vocoder that are faster in blocks, although each has to go there and back.

    Those of one neighbour are no more than a product of matrices, which is as fast without.
    """
    uses = Counter(name for node in graph.nodes for name in node.inputs)
    return frozenset(
        number
        for number, node in enumerate(graph.nodes)
        if node.op == "Conv" and number not in vocoder.members and _fits(graph.tensors.get(node.inputs[1]), node, uses)
    )


def _fits(weights: Tensor | None, node: _Node, uses: Mapping[str, int]) -> bool:
    if weights is None or len(weights.dims) != 3 or uses[node.inputs[1]] > 1:  # noqa: PLR2004 - as in `_check`
        return False
    after, before, length = weights.dims
    return length > 1 and after % BLOCK == before % BLOCK == 0


def _by_itself(node: _Node) -> Iterator[bytes]:
    """Yield a convolution over two dimensions, and the steps to there and back."""
    inside, output = f"mediamill/alone/{node.outputs[0]}", node.outputs[0]
    yield made("Unsqueeze", (node.inputs[0], _AXIS), f"{inside}/in")
    yield changed(node.raw, (f"{inside}/in", *node.inputs[1:]), f"{inside}/out", wide=True)
    yield made("Squeeze", (f"{inside}/out", _AXIS), output)


class _Vocoder:
    """The part of a graph that hangs together with its transposed convolutions. Raises ValueError where there is none.

    members: numbers of its nodes. weights: of its convolutions. blocks: numbers of channels for which convolutions
    that change nothing were made.
    """

    def __init__(self, graph: _Graph) -> None:
        self._graph = graph
        self._makers = {output: number for number, node in enumerate(graph.nodes) for output in node.outputs}
        self._users: dict[str, list[int]] = {}
        for number, node in enumerate(graph.nodes):
            for name in node.inputs:
                self._users.setdefault(name, []).append(number)
        self.members = self._found()
        self.weights = {graph.nodes[number].inputs[1] for number in self.members if self._convolves(number)}
        self._check()
        self.blocks: set[int] = set()
        self._channels: dict[str, int] = {}
        self._brought: dict[str, str] = {}

    def nodes(self, number: int, node: _Node) -> Iterator[bytes | memoryview]:
        """Yield what stands for a node of the graph."""
        if number not in self.members:
            yield node.raw
            return
        for name in node.inputs:
            if self._comes_from_outside(name) and name not in self._brought:
                self._brought[name] = f"mediamill/wide/{name}"
                yield made("Unsqueeze", (name, _AXIS), self._brought[name])
        inputs = [self._brought.get(name, name) for name in node.inputs]
        output = node.outputs[0]
        self._channels[output] = channels = self._channels_of(node)
        if node.op == "LeakyRelu" and self._is_between_convolutions(node):
            inputs = [f"mediamill/same/{output}"]
            yield self._unchanged(node.inputs[0], inputs[0], channels)
        raw = output
        if node.op == "ConvTranspose" and channels % BLOCK == 0:
            raw = f"mediamill/raw/{output}"
        elif self._is_used_outside(output):
            raw = f"mediamill/wide/{output}"
        yield changed(node.raw, inputs, raw, wide=node.op in _CONVOLUTIONS)
        if raw.startswith("mediamill/raw/"):
            yield self._unchanged(raw, output, channels)
        elif raw != output:
            yield made("Squeeze", (raw, _AXIS), output)

    def _found(self) -> frozenset[int]:
        waiting = [number for number, node in enumerate(self._graph.nodes) if node.op == "ConvTranspose"]
        found = set(waiting)
        while waiting:
            node = self._graph.nodes[waiting.pop()]
            before = [self._makers[name] for name in node.inputs if name in self._makers]
            behind = [user for name in node.outputs for user in self._users.get(name, [])]
            for number in (*before, *behind):
                if number not in found and self._graph.nodes[number].op in _CONVOLUTIONS | _POINTWISE:
                    found.add(number)
                    waiting.append(number)
        return frozenset(found)

    def _check(self) -> None:
        """Raise ValueError unless the second dimension changes nothing in any member."""
        if not self.members:
            raise ValueError("no transposed convolution")
        for number in self.members:
            node = self._graph.nodes[number]
            if len(node.outputs) != 1 or any(name.startswith("mediamill/") for name in (*node.inputs, *node.outputs)):
                raise ValueError(f"a strange {node.op}")
            if node.op in _POINTWISE and any(len(self._dims(name)) > 1 for name in node.inputs):
                raise ValueError("a constant of several dimensions")
            if node.op == "ConvTranspose" and self._is_used_outside(node.outputs[0]):
                raise ValueError("it ends with a transposed convolution")
        for name in self.weights:
            tensor, users = self._graph.tensors.get(name), self._users[name]
            of_one = tensor is not None and len(tensor.dims) == 3  # noqa: PLR2004 - one dimension, and both channels
            if not of_one or not all(self._convolves(user) and user in self.members for user in users):
                raise ValueError("weights that are computed, of other dimensions, or used elsewhere")

    def _convolves(self, number: int) -> bool:
        return self._graph.nodes[number].op in _CONVOLUTIONS

    def _dims(self, name: str) -> tuple[int, ...]:
        tensor = self._graph.tensors.get(name)
        return tensor.dims if tensor is not None else self._graph.constants.get(name, ())

    def _comes_from_outside(self, name: str) -> bool:
        constant = not name or name in self._graph.tensors or name in self._graph.constants
        return not constant and self._makers.get(name) not in self.members

    def _is_used_outside(self, name: str) -> bool:
        users = self._users.get(name, [])
        return not users or any(user not in self.members for user in users)

    def _channels_of(self, node: _Node) -> int:
        """Return how many channels come out of a member; 0 where that is not known."""
        if node.op == "Conv":
            return self._graph.tensors[node.inputs[1]].dims[0]
        if node.op == "ConvTranspose":
            return self._graph.tensors[node.inputs[1]].dims[1]
        return max(self._channels.get(name, 0) for name in node.inputs)

    def _is_between_convolutions(self, node: _Node) -> bool:
        """Whether what comes into a LeakyReLU is in blocks, and what goes out should be."""
        maker = self._makers.get(node.inputs[0])
        blocked = maker in self.members and self._graph.nodes[maker].op in {"Conv", "ConvTranspose", "Add"}
        users = [self._graph.nodes[user].op for user in self._users.get(node.outputs[0], [])]
        return blocked and set(users) == {"Conv"} and self._channels_of(node) % BLOCK == 0

    def _unchanged(self, name: str, output: str, channels: int) -> bytes:
        """Return a convolution that changes nothing, each channel by itself."""
        self.blocks.add(channels)
        square = (ints("kernel_shape", (1, 1)), ints("pads", (0, 0, 0, 0)), whole("group", channels))
        return made("Conv", (name, f"{_ONES}/{channels}"), output, *square)


def _ones(channels: int) -> bytes:
    return constant(f"{_ONES}/{channels}", (channels, 1, 1, 1), FLOAT, pack("<f", 1.0) * channels)
