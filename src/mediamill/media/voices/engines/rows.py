"""A model of hibari's without its last two steps, which turn its frames over: from a row each to a column each.

They take a tenth of the model's time, and what makes sound of the frames turns them back (see `spectrum`). So what
goes into these steps is taken out of the model instead.
"""

from typing import Final

from mediamill.media.voices.engines.protobuf import Field, bytes_field, fields, message

#: What the last step gives, each (1, bins, frames): the parts of the spectrum, as `hibari.dsp` names them.
PARTS: Final = (b"lh", b"theta", b"ln", b"lr", b"phi")

#: Numbers of fields in onnx.proto3: of ModelProto, of GraphProto, of NodeProto; the first of ValueInfoProto.
_GRAPH: Final = 7
_NODE, _OUTPUT = 1, 12
_TAKES, _GIVES, _KIND = 1, 2, 4
_NAME: Final = 1


def uncovered(model: bytes) -> tuple[bytes, str] | None:
    """Return the model without these steps, and the name of its new output: (1, frames, 5 * bins), float32.

    None for a model that does not end so. Raises ValueError for what is no model.
    """
    whole = list(fields(memoryview(model)))
    graph = [each for one in whole if one.key == _GRAPH for each in fields(one.content)]
    nodes = [_Node(each) for each in graph if each.key == _NODE]
    split = next((node for node in nodes if node.gives == PARTS and node.kind == b"Split"), None)
    turn = next((node for node in nodes if split and node.gives == split.takes[:1] and node.kind == b"Transpose"), None)
    if split is None or turn is None or sum(turn.gives[0] in node.takes for node in nodes) != 1:
        return None
    rows = turn.takes[0]
    kept = (each.raw for each in graph if each is not split.field and each is not turn.field and not _is_part(each))
    others = (one.raw for one in whole if one.key != _GRAPH)
    output = bytes_field(_OUTPUT, bytes_field(_NAME, rows))
    return message(map(bytes, others), bytes_field(_GRAPH, message(map(bytes, kept), output))), rows.decode()


class _Node:
    """A step of a model: what it does, with which tensors. field: as it stands there."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.takes = _texts(field, _TAKES)
        self.gives = _texts(field, _GIVES)
        self.kind = b"".join(_texts(field, _KIND))


def _is_part(field: Field) -> bool:
    """Whether it says that a part of the spectrum is an output."""
    return field.key == _OUTPUT and not set(_texts(field, _NAME)).isdisjoint(PARTS)


def _texts(field: Field, wanted: int) -> tuple[bytes, ...]:
    return tuple(bytes(each.content) for each in fields(field.content) if each.key == wanted)
