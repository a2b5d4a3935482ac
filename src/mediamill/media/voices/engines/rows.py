"""A model of hibari's without its last two steps, which turn its frames over: from a row each to a column each.

They take a tenth of the model's time, and what makes sound of the frames turns them back (see `spectrum`). So what
goes into these steps is taken out of the model instead.
"""

from collections.abc import Iterator
from typing import Final

#: What the last step gives, each (1, bins, frames): the parts of the spectrum, as `hibari.dsp` names them.
PARTS: Final = (b"lh", b"theta", b"ln", b"lr", b"phi")

#: Fields of onnx.proto3: of ModelProto, GraphProto, NodeProto (a ValueInfoProto has its name in the first, too).
_GRAPH: Final = 7
_NODE, _OUTPUT = 1, 12
_TAKES, _GIVES, _KIND = 1, 2, 4
_NAME: Final = 1
#: Of protocol buffers: https://protobuf.dev/programming-guides/encoding/
_BYTES: Final = 2

#: The number of a field, its content, and all of it.
_Field = tuple[int, memoryview, memoryview]


def uncovered(model: bytes) -> tuple[bytes, str] | None:
    """Return the model without these steps, and the name of its new output: (1, frames, 5 * bins), float32.

    None for a model that does not end so. Raises ValueError for what is no model.
    """
    whole = list(_fields(memoryview(model)))
    graph = [field for number, content, _ in whole if number == _GRAPH for field in _fields(content)]
    nodes = [_Node(content, raw) for number, content, raw in graph if number == _NODE]
    split = next((node for node in nodes if tuple(node.gives) == PARTS and node.kind == b"Split"), None)
    turn = next((node for node in nodes if split and node.gives == split.takes[:1] and node.kind == b"Transpose"), None)
    if split is None or turn is None or sum(turn.gives[0] in node.takes for node in nodes) != 1:
        return None
    rows = turn.takes[0]
    dropped = {id(split.raw), id(turn.raw)}
    dropped |= {id(raw) for number, content, raw in graph if number == _OUTPUT and _named(content, _NAME)[0] in PARTS}
    kept = b"".join(raw for _, _, raw in graph if id(raw) not in dropped)
    others = b"".join(raw for number, _, raw in whole if number != _GRAPH)
    return others + _field(_GRAPH, kept + _field(_OUTPUT, _field(_NAME, rows))), rows.decode()


class _Node:
    """A step of a model: what it does, with which tensors."""

    def __init__(self, content: memoryview, raw: memoryview) -> None:
        self.raw = raw
        texts = [(number, bytes(text)) for number, text, _ in _fields(content) if number in {_TAKES, _GIVES, _KIND}]
        self.takes = [text for number, text in texts if number == _TAKES]
        self.gives = [text for number, text in texts if number == _GIVES]
        self.kind = next((text for number, text in texts if number == _KIND), b"")


def _named(message: memoryview, wanted: int) -> list[bytes]:
    return [bytes(content) for number, content, _ in _fields(message) if number == wanted]


def _fields(message: memoryview) -> Iterator[_Field]:
    """Yield the fields of a message; those that are numbers have no content. Raises ValueError."""
    at = 0
    while at < len(message):
        begin = at
        key, start = _varint(message, at)
        match key & 7:
            case 0:
                at = start = _varint(message, start)[1]
            case 1:
                at = start = start + 8
            case 2:
                length, start = _varint(message, start)
                at = start + length
            case 5:
                at = start = start + 4
            case other:
                raise ValueError(f"a protocol buffer has no field of kind {other}")
        yield key >> 3, message[start:at], message[begin:at]


def _field(number: int, content: bytes) -> bytes:
    return _written(number << 3 | _BYTES) + _written(len(content)) + content


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return a number and where it ends."""
    value = 0
    for place, byte in enumerate(message[at : at + 10]):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:  # noqa: PLR2004 - its upper bit says that the number goes on
            return value, at + place + 1
    raise ValueError("a number does not end")


def _written(value: int) -> bytes:
    """Return a number as `_varint` reads it."""
    low, high = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _written(high) if high else bytes([low])
