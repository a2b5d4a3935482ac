"""Protocol buffers as they lie in a file: fields of a message, and messages from fields. Knows no schema.

Source: https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

VARINT: Final = 0
BYTES: Final = 2
#: How many bytes the kinds of a fixed length have.
_FIXED: Final = {1: 8, 5: 4}
_LONGEST_VARINT: Final = 10
#: Negative numbers have all 64 bits.
_BITS: Final = 64


class Field(NamedTuple):
    """One field of a message.

    number: of a VARINT, else 0. content: of BYTES, else empty. raw: the field as it lies there, with its key.
    """

    key: int
    kind: int
    number: int
    content: memoryview
    raw: memoryview


def fields(message: memoryview) -> Iterator[Field]:
    """Yield the fields of a message, in order. Raises ValueError when it is none."""
    at = 0
    while at < len(message):
        begin = at
        key, at = _varint(message, at)
        kind, number, content = key & 7, 0, message[:0]
        if kind == VARINT:
            number, at = _varint(message, at)
        elif kind == BYTES:
            length, at = _varint(message, at)
            content = message[at : at + length]
            at += length
        elif kind in _FIXED:
            at += _FIXED[kind]
        else:
            raise ValueError(f"a field of kind {kind}")
        if at > len(message):
            raise ValueError("a field goes on behind the end")
        yield Field(key >> 3, kind, number, content, message[begin:at])


def numbers(field: Field) -> Iterator[int]:
    """Yield the whole numbers of a repeated field, packed or not, with their sign. Raises ValueError."""
    if field.kind == VARINT:
        yield _signed(field.number)
        return
    at = 0
    while at < len(field.content):
        number, at = _varint(field.content, at)
        yield _signed(number)


def number_field(key: int, number: int) -> bytes:
    """Return a field with a whole number, not below 0."""
    return _encoded(key << 3 | VARINT) + _encoded(number)


def bytes_field(key: int, content: bytes) -> bytes:
    """Return a field with bytes, a text or a message."""
    return head(key, len(content)) + content


def head(key: int, length: int) -> bytes:
    """Return what stands before so many bytes of a field."""
    return _encoded(key << 3 | BYTES) + _encoded(length)


def message(*parts: bytes | Iterable[bytes]) -> bytes:
    """Return fields as one message."""
    return b"".join(part if isinstance(part, bytes) else b"".join(part) for part in parts)


def _signed(number: int) -> int:
    return number - (1 << _BITS) if number >> (_BITS - 1) else number


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return a number and where it ends."""
    number = 0
    for place in range(_LONGEST_VARINT):
        if at + place >= len(message):
            break
        byte = message[at + place]
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:  # noqa: PLR2004 - its upper bit says that the number goes on
            return number, at + place + 1
    raise ValueError("a number without an end")


def _encoded(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - as above
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
