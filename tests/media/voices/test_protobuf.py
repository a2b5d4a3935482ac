"""Protocol buffers are read and written as they lie in a file."""

import pytest

from mediamill.media.voices.engines.protobuf import BYTES, bytes_field, fields, message, number_field, numbers


def test_fields_come_back_as_they_were_written() -> None:
    written = message(number_field(1, 300), bytes_field(20, b"a" * 200), number_field(1, 0))
    read = list(fields(memoryview(written)))
    assert [(each.key, each.number, bytes(each.content)) for each in read] == [
        (1, 300, b""),
        (20, 0, b"a" * 200),
        (1, 0, b""),
    ]
    assert b"".join(bytes(each.raw) for each in read) == written


def test_fields_of_a_fixed_length_are_kept_whole() -> None:
    written = bytes([2 << 3 | 5, 1, 2, 3, 4, 3 << 3 | 1, 1, 2, 3, 4, 5, 6, 7, 8])
    assert [bytes(each.raw) for each in fields(memoryview(written))] == [written[:5], written[5:]]


def test_numbers_have_their_sign_packed_or_not() -> None:
    below = bytes([0xFF] * 9 + [1])
    alone, packed = fields(memoryview(bytes([8 << 3]) + below + bytes_field(8, b"\x03" + below)))
    assert packed.kind == BYTES
    assert (list(numbers(alone)), list(numbers(packed))) == ([-1], [3, -1])


@pytest.mark.parametrize(
    "broken",
    [b"\x0a\x05abc", b"\x08", b"\x08" + b"\xff" * 11, b"\x0b\x00", b"\x0d\x00"],
    ids=["text cut off", "no number", "endless number", "group", "fixed cut off"],
)
def test_what_is_no_message_is_refused(broken: bytes) -> None:
    with pytest.raises(ValueError, match=r"a field|a number"):
        list(fields(memoryview(broken)))
