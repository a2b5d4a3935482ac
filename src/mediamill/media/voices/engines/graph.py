"""What a graph of ONNX is made of: steps, what they are told, and constants, as they lie in a file.

Source: onnx.proto3.
"""

from collections.abc import Sequence
from struct import pack
from typing import Final

from mediamill.media.voices.engines.protobuf import Field, bytes_field, fields, message, number_field

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
#: Kinds of numbers, of TensorProto.DataType.
FLOAT, INT64 = 1, 7


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
