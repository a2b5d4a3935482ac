"""What a graph of ONNX is made of: steps, what they are told, and constants, as they lie in a file.

Source: onnx.proto3.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from struct import pack
from typing import Final

from mediamill.media.voices.engines.protobuf import Field, bytes_field, fields, message, number_field, numbers

#: Numbers of fields of GraphProto and of ValueInfoProto.
NODE: Final = 1
INITIALIZER: Final = 5
OUTPUT: Final = 12
NAME: Final = 1
#: Of NodeProto, of AttributeProto, of TensorProto.
_TAKES, _GIVES, _CALLED, _KIND, _ATTRIBUTE = 1, 2, 3, 4, 5
_ATTRIBUTE_NAME, _ATTRIBUTE_I, _ATTRIBUTE_INTS, _ATTRIBUTE_TYPE = 1, 3, 8, 20
_DIMS, _DATA_TYPE, _TENSOR_NAME, _RAW_DATA = 1, 2, 8, 9
_INT, _INTS = 2, 7
#: What an attribute of a convolution says of the dimension that is new, in front of what it says of the other one.
_OF_THE_NEW: Final = {"dilations": 1, "kernel_shape": 1, "strides": 1, "output_padding": 0, "pads": 0}
#: Kinds of numbers, of TensorProto.DataType.
FLOAT, INT64 = 1, 7


@dataclass(frozen=True)
class Tensor:
    """A constant. raw: as it stands there."""

    dims: tuple[int, ...]
    raw: memoryview


class Node:
    """A step of a model: what it does, with which tensors. field: as it stands there."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.takes = texts(field, _TAKES)
        self.gives = texts(field, _GIVES)
        self.kind = b"".join(texts(field, _KIND))


def texts(field: Field, wanted: int) -> tuple[bytes, ...]:
    """Return the texts of a message that have a number."""
    return tuple(bytes(each.content) for each in fields(field.content) if each.key == wanted)


def told(node: Field, name: str) -> tuple[int, ...]:
    """Return the whole numbers that a step is told under a name."""
    attributes = (each.content for each in fields(node.content) if each.key == _ATTRIBUTE)
    of_name = (list(fields(each)) for each in attributes if _called(each) == name)
    return tuple(number for each in of_name for one in each if one.key == _ATTRIBUTE_INTS for number in numbers(one))


def _called(attribute: memoryview) -> str:
    return next((bytes(each.content).decode() for each in fields(attribute) if each.key == _ATTRIBUTE_NAME), "")


def opset_of(imports: Iterable[memoryview]) -> int:
    """Return the version of ONNX's own operators, from what a model imports; 0 without any."""
    for each in imports:
        told_ = {one.key: one for one in fields(each)}
        if 1 not in told_ or not told_[1].content:
            return told_[2].number if 2 in told_ else 0  # noqa: PLR2004 - OperatorSetIdProto: 1 domain, 2 version
    return 0


def tensor_of(raw: memoryview) -> tuple[str, Tensor]:
    """Return a constant and its name."""
    name, dims = "", list[int]()
    for each in fields(raw):
        if each.key == _DIMS:
            dims += numbers(each)
        elif each.key == _TENSOR_NAME:
            name = bytes(each.content).decode()
    return name, Tensor(tuple(dims), raw)


def made(op: str, inputs: Sequence[str], output: str, *attributes: bytes) -> bytes:
    """Return a new step, named as what it makes."""
    return message(
        (bytes_field(_TAKES, name.encode()) for name in inputs),
        bytes_field(_GIVES, output.encode()),
        bytes_field(_CALLED, output.encode()),
        bytes_field(_KIND, op.encode()),
        (bytes_field(_ATTRIBUTE, attribute) for attribute in attributes),
    )


def ints(name: str, values: Sequence[int]) -> bytes:
    """Return what a step is told in several whole numbers, none below 0."""
    return message(
        bytes_field(_ATTRIBUTE_NAME, name.encode()),
        (number_field(_ATTRIBUTE_INTS, value) for value in values),
        number_field(_ATTRIBUTE_TYPE, _INTS),
    )


def whole(name: str, value: int) -> bytes:
    """Return what a step is told in one whole number, not below 0."""
    return message(
        bytes_field(_ATTRIBUTE_NAME, name.encode()),
        number_field(_ATTRIBUTE_I, value),
        number_field(_ATTRIBUTE_TYPE, _INT),
    )


def whole_numbers(name: str, *values: int) -> bytes:
    """Return a constant of one dimension."""
    return constant(name, (len(values),), INT64, pack(f"<{len(values)}q", *values))


def constant(name: str, dims: Sequence[int], kind: int, content: bytes) -> bytes:
    """Return a constant. content: its numbers, little-endian."""
    return message(
        (number_field(_DIMS, each) for each in dims),
        number_field(_DATA_TYPE, kind),
        bytes_field(_TENSOR_NAME, name.encode()),
        bytes_field(_RAW_DATA, content),
    )


def changed(raw: memoryview, inputs: Sequence[str], output: str, *, wide: bool) -> bytes:
    """Return a step that reads and writes these; `wide`: a convolution over two dimensions, the first of length 1."""
    kept = (each for each in fields(raw) if each.key not in {_TAKES, _GIVES})
    return message(
        (bytes_field(_TAKES, name.encode()) for name in inputs),
        bytes_field(_GIVES, output.encode()),
        (
            bytes_field(_ATTRIBUTE, _widened(each.content)) if wide and each.key == _ATTRIBUTE else bytes(each.raw)
            for each in kept
        ),
    )


def wide_tensor(raw: memoryview) -> bytes:
    """Return a convolution's weights for two dimensions, from those for one."""
    first, second, length = tensor_of(raw)[1].dims
    dims = (number_field(_DIMS, each) for each in (first, second, 1, length))
    return message(dims, (bytes(each.raw) for each in fields(raw) if each.key != _DIMS))


def _widened(attribute: memoryview) -> bytes:
    name = _called(attribute)
    if name not in _OF_THE_NEW:
        return bytes(attribute)
    of_one = [number for each in fields(attribute) if each.key == _ATTRIBUTE_INTS for number in numbers(each)]
    new = _OF_THE_NEW[name]
    return ints(name, [part for number in of_one for part in (new, number)])
