"""A model of hibari's that works out only those frames of a sentence that can be heard.

It pads each sentence with silence, 300 ms before it and 460 ms behind it, which is cut off afterwards. Before its last
and largest part, the decoder, it predicts how strong each frame will be. So what is weak at both ends is left out
there: of a sentence of 5 s a tenth.

The rest is not the same bit by bit, for the decoder rounds all frames of a sentence by the strongest of them: it
differs from before by -29 dB, where what the model says differs from itself without any rounding by more than 0 dB.
Neither comes nearer to that: magnitudes are off by -26.2 dB both ways (medians of 60 sentences).
"""

from struct import pack
from typing import Final

from mediamill.media.voices.engines.graph import (
    FLOAT,
    INITIALIZER,
    NAME,
    NODE,
    OUTPUT,
    Node,
    constant,
    made,
    whole,
    whole_numbers,
)
from mediamill.media.voices.engines.protobuf import bytes_field, fields, message

#: Frames of less give no sample above 10 of 32,767, 70 dB below full scale. In the unit of the decoder's input.
_HEARD: Final = -8 / 5
#: Frames kept before and behind what can be heard: the decoder looks at a frame's neighbours, and sound dies away.
_BEFORE: Final = 4
_BEHIND: Final = 7

#: The number of a field of ModelProto.
_GRAPH: Final = 7
_KIND_FLOAT: Final = 1
_OURS: Final = "mediamill/heard"
_FIRST: Final = f"{_OURS}/first"
#: Of what goes into the decoder, (1, parts, frames).
_FRAMES_AXIS: Final = 2


def heard_only(model: bytes) -> tuple[bytes, str] | None:
    """Return the model that does so, and the name of a new output: the number of its first frame, even, int64, (1,).

    The other outputs are as before, but for those that come out of the decoder: theirs are fewer frames.
    None for a model with another decoder. Raises ValueError for what is no model.
    """
    parts = list(fields(memoryview(model)))
    graph = [each for one in parts if one.key == _GRAPH for each in fields(one.content)]
    nodes = [Node(each) for each in graph if each.key == NODE]
    found = _into_decoder(nodes)
    if found is None:
        return None
    frames, decoder = found
    steps = _steps(frames.takes[2].decode(), frames.gives[0].decode())
    pieces = []
    for each in graph:
        if each is decoder.field:
            pieces += [*(bytes_field(NODE, step) for step in steps), _led(decoder, frames.gives[0])]
        else:
            pieces.append(bytes(each.raw))
    pieces += [bytes_field(INITIALIZER, each) for each in _CONSTANTS]
    pieces.append(bytes_field(OUTPUT, bytes_field(NAME, _FIRST.encode())))
    return message((bytes(one.raw) for one in parts if one.key != _GRAPH), bytes_field(_GRAPH, message(pieces))), _FIRST


def _into_decoder(nodes: list[Node]) -> tuple[Node, Node] | None:
    """Return the step that puts text, pitch and strength side by side, and the decoder's first, which takes that."""
    found = []
    for node in nodes:
        users = [user for user in nodes if node.gives[0] in user.takes] if node.kind == b"Concat" else []
        if len(node.takes) == 3 and [user.kind for user in users] == [b"Conv"]:  # noqa: PLR2004 - text, pitch, strength
            found.append((node, users[0]))
    return found[0] if len(found) == 1 else None


def _steps(strength: str, frames: str) -> list[bytes]:
    """Return the steps that find the first and the last frame to be heard, and leave out the others.

    Where there is none, all are kept: the first of all the strongest is then the first, the last of them the last.
    """
    axis = whole("axis", _FRAMES_AXIS), whole("keepdims", 0)
    return [
        made("Greater", (strength, f"{_OURS}/least"), f"{_OURS}/is"),
        made("Cast", (f"{_OURS}/is",), f"{_OURS}/mask", whole("to", _KIND_FLOAT)),
        made("ArgMax", (f"{_OURS}/mask",), f"{_OURS}/from", *axis),
        made("ArgMax", (f"{_OURS}/mask",), f"{_OURS}/to", *axis, whole("select_last_index", 1)),
        made("Reshape", (f"{_OURS}/from", f"{_OURS}/one"), f"{_OURS}/from_one"),
        made("Reshape", (f"{_OURS}/to", f"{_OURS}/one"), f"{_OURS}/to_one"),
        made("Sub", (f"{_OURS}/from_one", f"{_OURS}/before"), f"{_OURS}/early"),
        made("Max", (f"{_OURS}/early", f"{_OURS}/zero"), f"{_OURS}/begin"),
        made("Div", (f"{_OURS}/begin", f"{_OURS}/two"), f"{_OURS}/half"),
        made("Mul", (f"{_OURS}/half", f"{_OURS}/two"), _FIRST),
        made("Add", (f"{_OURS}/to_one", f"{_OURS}/behind"), f"{_OURS}/end"),
        made("Slice", (frames, _FIRST, f"{_OURS}/end", f"{_OURS}/two"), f"{_OURS}/frames"),
    ]


_CONSTANTS: Final = (
    constant(f"{_OURS}/least", (), FLOAT, pack("<f", _HEARD)),
    whole_numbers(f"{_OURS}/zero", 0),
    whole_numbers(f"{_OURS}/one", 1),
    whole_numbers(f"{_OURS}/two", 2),
    whole_numbers(f"{_OURS}/before", _BEFORE),
    whole_numbers(f"{_OURS}/behind", _BEHIND + 1),
)


def _led(decoder: Node, frames: bytes) -> bytes:
    """Return the decoder's first step, led to the frames that are left."""
    ours = f"{_OURS}/frames".encode()
    inputs = [bytes_field(1, ours if name == frames else name) for name in decoder.takes]
    others = (bytes(each.raw) for each in fields(decoder.field.content) if each.key != 1)
    return bytes_field(NODE, message(inputs, others))
