import codecs
import io
import zipfile
from pathlib import Path

import pytest

from mediamill import InvalidInput
from mediamill.media.text import decode, pieces, read_text

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


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"\x00\x00\x00\x20ftypisom\x00", "an MP4"),
        (b"\xff\xfb\x90\x00", "an MP3"),
        (b"fLaC\x00", "a FLAC"),
        (b"\x1aE\xdf\xa3", "a Matroska"),
        (b"SQLite format 3\x00", "a database"),
        (b"Rar!\x1a\x07\x01", "a RAR"),
        (b"GIF89a", "a GIF"),
    ],
)
def test_other_files_are_told_by_their_kind(raw: bytes, kind: str) -> None:
    with pytest.raises(InvalidInput, match=kind):
        decode(raw)


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


LONG = "".join(f"Dòng {number} — 日本 🎈\r\n" for number in range(60_000))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le"])
def test_a_long_file_comes_in_pieces_that_cut_no_character_and_no_line_end(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_bytes(LONG.encode(encoding))
    found = list(pieces(path))
    assert len(found) > 5
    assert "".join(found) == LONG.replace("\r\n", "\n") == read_text(path)


@pytest.mark.parametrize("before", [700_000, 256 * 1024 - 1, 256 * 1024, 3])
def test_what_is_invalid_far_behind_is_told_with_its_place(before: int, tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_bytes(b"a" * before + b"\xc3(" + b"b" * 300_000)
    with pytest.raises(InvalidInput, match=f"at byte {before};"):
        read_text(path)


def test_a_file_that_is_cut_within_a_character_is_invalid(tmp_path: Path) -> None:
    path = tmp_path / "cut.txt"
    path.write_bytes("é".encode()[:1])
    with pytest.raises(InvalidInput, match="not valid UTF-8 at byte 0"):
        read_text(path)


def test_a_lone_return_at_the_end_of_a_piece_is_one_line_end(tmp_path: Path) -> None:
    path = tmp_path / "returns.txt"
    path.write_bytes(b"a" * (256 * 1024 - 1) + b"\r\nb\r")
    assert read_text(path).endswith("a\nb\n")
    assert read_text(path).count("\n") == 2
