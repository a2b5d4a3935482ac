"""A model of hibari's without its last two steps, which turn its frames over: from a row each to a column each.

They take a tenth of the model's time, and what makes sound of the frames turns them back (see `spectrum`). So what
goes into these steps is taken out of the model instead.
"""

from typing import Final

from mediamill.media.voices.engines.graph import NAME, NODE, OUTPUT, Node, texts
from mediamill.media.voices.engines.protobuf import Field, bytes_field, fields, message

#: What the last step gives, each (1, bins, frames): the parts of the spectrum, as `hibari.dsp` names them.
PARTS: Final = (b"lh", b"theta", b"ln", b"lr", b"phi")

#: The number of a field of ModelProto.
_GRAPH: Final = 7


def uncovered(model: bytes) -> tuple[bytes, str] | None:
    """Return the model without these steps, and the name of its new output: (1, frames, 5 * bins), float32.

    None for a model that does not end so. Raises ValueError for what is no model.
    """
    whole = list(fields(memoryview(model)))
    graph = [each for one in whole if one.key == _GRAPH for each in fields(one.content)]
    nodes = [Node(each) for each in graph if each.key == NODE]
    split = next((node for node in nodes if node.gives == PARTS and node.kind == b"Split"), None)
    turn = next((node for node in nodes if split and node.gives == split.takes[:1] and node.kind == b"Transpose"), None)
    if split is None or turn is None or sum(turn.gives[0] in node.takes for node in nodes) != 1:
        return None
    rows = turn.takes[0]
    kept = (each.raw for each in graph if each is not split.field and each is not turn.field and not _is_part(each))
    others = (one.raw for one in whole if one.key != _GRAPH)
    output = bytes_field(OUTPUT, bytes_field(NAME, rows))
    return message(map(bytes, others), bytes_field(_GRAPH, message(map(bytes, kept), output))), rows.decode()


def _is_part(field: Field) -> bool:
    """Whether it says that a part of the spectrum is an output."""
    return field.key == OUTPUT and not set(texts(field, NAME)).isdisjoint(PARTS)
