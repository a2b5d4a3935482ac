import codecs
import io
import zipfile
from pathlib import Path

import pytest

from mediamill import InvalidInput
from mediamill.media.text import decode, read_text

VIETNAMESE = "Bưu điện Việt Nam có từ rất lâu.\nXin chào!"


@pytest.mark.parametrize(
    "raw",
    [
        VIETNAMESE.encode(),
        codecs.BOM_UTF8 + VIETNAMESE.encode(),
        VIETNAMESE.encode("utf-16"),
        codecs.BOM_UTF16_BE + VIETNAMESE.encode("utf-16-be"),
        VIETNAMESE.encode("utf-16-le"),
        VIETNAMESE.encode("utf-16-be"),
        VIETNAMESE.encode("utf-32"),
        VIETNAMESE.replace("\n", "\r\n").encode(),
    ],
    ids=["utf-8", "utf-8 mark", "utf-16", "utf-16-be mark", "bare le", "bare be", "utf-32", "crlf"],
)
def test_text_is_read_in_every_unicode_dress(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "sent.txt"
    path.write_bytes(raw)
    assert read_text(path) == VIETNAMESE


def test_a_zip_named_txt_is_told_by_its_kind() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(InvalidInput, match="ZIP") as wrong:
        decode(packed.getvalue())
    assert wrong.value.field == "file"


def test_a_binary_file_is_no_text() -> None:
    with pytest.raises(InvalidInput, match="binary"):
        decode(bytes(range(256)) * 16)


def test_invalid_utf8_is_told_with_its_place() -> None:
    with pytest.raises(InvalidInput, match="not valid UTF-8 at byte 6"):
        decode("caf\u00e9 ".encode() + b"\xe9t\xe9")


def test_half_a_utf16_character_is_invalid() -> None:
    with pytest.raises(InvalidInput, match="not valid UTF-16"):
        decode("hello".encode("utf-16") + b"\x00")


def test_a_form_feed_and_a_tab_are_text() -> None:
    assert decode(b"one\ftwo\tthree") == "one\ftwo\tthree"


def test_an_empty_file_is_empty_text() -> None:
    assert decode(b"") == ""
