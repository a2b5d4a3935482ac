"""Archives as arithmetic: every reader takes them, and every byte lies where the layout says."""

# ruff: noqa: S607 - unzip and the others are where this machine has them

import io
import shutil
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediamill.files.zip import Kind, Layout, Member

NOON_S = 1_790_000_000
GIB = 1 << 30


def layout_of(contents: Mapping[str, bytes], modified_s: int = NOON_S) -> Layout[bytes]:
    return Layout([Member(name, len(content), modified_s, content) for name, content in contents.items()])


def made(layout: Layout[bytes], start: int = 0, end: int | None = None) -> bytes:
    """Return the bytes of a span of an archive whose members are at hand."""
    return b"".join(_pieces(layout, start, layout.size_bytes if end is None else end))


def _pieces(layout: Layout[bytes], start: int, end: int) -> Iterator[bytes]:
    for part in layout.parts(start, end):
        if part.kind is Kind.END:
            yield layout.end()[part.start : part.end]
            continue
        content = layout.members[part.member].source
        crc32 = zlib.crc32(content)
        whole = {
            Kind.HEADER: lambda: layout.header(part.member, crc32),  # noqa: B023 - called at once
            Kind.CONTENT: lambda: content,  # noqa: B023
            Kind.LINE: lambda: layout.line(part.member, crc32),  # noqa: B023
        }[part.kind]()
        yield whole[part.start : part.end]


CONTENTS = {
    "song.mp3": bytes(range(256)) * 400,
    "empty.txt": b"",
    "Bài hát số 1.mp3": b"xin chao",
    "folder/日本語/🎵.txt": b"\x00\xff" * 50,
}


def test_python_reads_it() -> None:
    layout = layout_of(CONTENTS)
    body = made(layout)
    assert len(body) == layout.size_bytes
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        assert {each.filename: archive.read(each) for each in archive.infolist()} == CONTENTS
        for each in archive.infolist():
            assert each.date_time == (2026, 9, 21, 14, 13, 20)
            assert each.compress_type == zipfile.ZIP_STORED
            assert each.external_attr >> 16 == 0o100644


def test_unzip_and_bsdtar_read_it(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(made(layout_of(CONTENTS)))
    readers = {"unzip": ["unzip", "-tq", path], "bsdtar": ["bsdtar", "-tf", path], "7z": ["7z", "t", path]}
    there = [command for name, command in readers.items() if shutil.which(name)]
    for command in there:
        seen = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
        assert seen.returncode == 0, seen.stdout + seen.stderr
    if shutil.which("unzip"):
        subprocess.run(
            ["unzip", "-q", path, "-d", tmp_path / "out"], check=True, env={"TZ": "ICT-7", "LC_ALL": "C.UTF-8"}
        )
        found = {
            str(each.relative_to(tmp_path / "out")): each for each in (tmp_path / "out").rglob("*") if each.is_file()
        }
        assert {name: each.read_bytes() for name, each in found.items()} == CONTENTS
        assert {int(each.stat().st_mtime) for each in found.values()} == {NOON_S}


def test_a_reader_that_streams_needs_no_directory() -> None:
    """As bsdtar from a pipe, or a Java stream: sizes and sums stand before the bytes, not after them."""
    body = made(layout_of(CONTENTS))
    at, found = 0, {}
    while body[at : at + 4] == b"PK\x03\x04":
        flags, crc32, size = int.from_bytes(body[at + 6 : at + 8], "little"), *_numbers(body, at + 14, 2)
        name_bytes, extra_bytes = (int.from_bytes(body[at + n : at + n + 2], "little") for n in (26, 28))
        start = at + 30 + name_bytes + extra_bytes
        content = body[start : start + size]
        assert not flags & 8
        assert zlib.crc32(content) == crc32
        found[body[at + 30 : at + 30 + name_bytes].decode()] = content
        at = start + size
    assert found == CONTENTS


def _numbers(body: bytes, at: int, count: int) -> list[int]:
    return [int.from_bytes(body[at + 4 * n : at + 4 * n + 4], "little") for n in range(count)]


@given(
    contents=st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), st.binary(max_size=40)),
    cuts=st.lists(st.integers(0, 4_000), max_size=6),
)
@settings(max_examples=60)
def test_any_span_is_that_of_the_whole(contents: dict[str, bytes], cuts: list[int]) -> None:
    layout = layout_of(contents)
    whole = made(layout)
    places = sorted({0, layout.size_bytes, *(cut % (layout.size_bytes + 1) for cut in cuts)})
    assert b"".join(made(layout, a, b) for a, b in pairwise(places)) == whole
    for place in places:
        assert made(layout, place) == whole[place:]


def test_a_span_at_every_byte_of_the_boundaries() -> None:
    layout = layout_of({"a": b"", "b": b"123", "c/d": b"4", "e": b""})
    whole = made(layout)
    for start in range(layout.size_bytes + 1):
        assert made(layout, start) == whole[start:]
        assert made(layout, 0, start) == whole[:start]
        assert made(layout, start, start + 1) == whole[start : start + 1]


def test_an_archive_of_nothing_is_one() -> None:
    layout = layout_of({})
    assert layout.size_bytes == 22
    with zipfile.ZipFile(io.BytesIO(made(layout))) as archive:
        assert archive.namelist() == []


@pytest.mark.parametrize(("at_s", "year"), [(0, 1980), (-5, 1980), (4_900_000_000, 2107)])
def test_a_time_that_a_date_cannot_say_is_the_nearest_one(at_s: int, year: int) -> None:
    with zipfile.ZipFile(io.BytesIO(made(layout_of({"a": b"1"}, at_s)))) as archive:
        assert archive.infolist()[0].date_time[0] == year


# ---- ZIP64


def sparse(layout: Layout[int], path: Path) -> None:
    """Write an archive whose members are all zeros without writing those. source: a member's CRC-32."""
    at = 0
    with path.open("wb") as file:
        for part in layout.parts(0, layout.size_bytes):
            file.seek(at)
            if part.kind is Kind.HEADER:
                file.write(layout.header(part.member, layout.members[part.member].source))
            elif part.kind is Kind.LINE:
                file.write(layout.line(part.member, layout.members[part.member].source))
            elif part.kind is Kind.END:
                file.write(layout.end())
            at += part.end - part.start
    assert at == layout.size_bytes == path.stat().st_size


LIMIT = 0xFFFF_FFFF


@pytest.mark.parametrize(
    "sizes",
    [
        pytest.param([5 * GIB, 3], id="a large file, and one behind 4 GB"),
        pytest.param([3 * GIB, 3 * GIB, 3 * GIB], id="large only together"),
        pytest.param([LIMIT - 1], id="the largest without"),
        pytest.param([LIMIT], id="the smallest with"),
        pytest.param([LIMIT + 1, LIMIT + 1], id="just over, twice"),
        pytest.param([LIMIT - 40, 1], id="an offset at the limit"),
        pytest.param([LIMIT - 41, 1], id="an offset just below"),
        pytest.param([LIMIT - 39, 1], id="an offset just above"),
        pytest.param([1 << 40, 7, 1 << 41], id="terabytes"),
    ],
)
def test_more_than_four_gigabytes(tmp_path: Path, sizes: list[int]) -> None:
    # A reader that has read the whole of a small one compares; nobody reads the large ones to their end here.
    sums = [zlib.crc32(bytes(size)) if size < 10 else 0xDEAD + number for number, size in enumerate(sizes)]
    layout = Layout([Member(str(number), size, NOON_S, sums[number]) for number, size in enumerate(sizes)])
    path = tmp_path / "a.zip"
    sparse(layout, path)
    with zipfile.ZipFile(path) as archive:
        assert [each.file_size for each in archive.infolist()] == sizes
        assert [each.CRC for each in archive.infolist()] == sums
        for each in archive.infolist():  # its header is where the directory says, and says the same
            with archive.open(each) as file:
                assert file.read(1) == b"\x00"
    if shutil.which("zipinfo"):
        listed = subprocess.run(["zipinfo", "-l", path], capture_output=True, text=True, check=False)
        assert listed.returncode == 0, listed.stdout + listed.stderr
        assert all(str(size) in listed.stdout for size in sizes)


def test_what_needs_zip64_says_so_where_readers_look() -> None:
    """Python and unzip find their way without; stricter ones do not."""
    large = Layout([Member("zeros", LIMIT, NOON_S, 0), Member("small", 1, NOON_S, 0)])
    header, line = large.header(0, 0), large.line(1, 0)
    assert int.from_bytes(header[4:6], "little") == 45
    assert int.from_bytes(line[6:8], "little") == 45  # for its offset
    assert int.from_bytes(large.header(1, 0)[4:6], "little") == 20
    end = large.end()
    assert end[:4] == b"PK\x06\x06"
    assert end[56:60] == b"PK\x06\x07"
    at = large.size_bytes - len(end)
    assert int.from_bytes(end[64:72], "little") == at
    assert int.from_bytes(end[48:56], "little") == LIMIT + 1 + len(header) + len(large.header(1, 0))
    assert end[76:80] == b"PK\x05\x06"


def test_a_reader_finds_the_content_behind_four_gigabytes(tmp_path: Path) -> None:
    last = b"behind four gigabytes"
    large = Member("zeros", 5 * GIB, NOON_S, 0)
    layout = Layout([large, Member("last.txt", len(last), NOON_S, zlib.crc32(last))])
    path = tmp_path / "a.zip"
    sparse(layout, path)
    at = sum(
        part.end - part.start
        for part in layout.parts(0, layout.size_bytes)
        if part.member == 0 and part.kind in {Kind.HEADER, Kind.CONTENT}
    )
    with path.open("r+b") as file:
        file.seek(at + len(layout.header(1, 0)))
        file.write(last)
    with zipfile.ZipFile(path) as archive:
        assert archive.read("last.txt") == last
    if shutil.which("unzip"):
        assert subprocess.run(["unzip", "-p", path, "last.txt"], capture_output=True, check=True).stdout == last


@pytest.mark.no_cover  # the same calls again and again
@pytest.mark.parametrize("count", [65_534, 65_535, 65_536, 70_000])
def test_more_files_than_the_old_field_can_count(tmp_path: Path, count: int) -> None:
    layout = layout_of({f"{number}.txt": b"" for number in range(count)})
    path = tmp_path / "a.zip"
    path.write_bytes(made(layout))
    with zipfile.ZipFile(path) as archive:
        assert len(archive.infolist()) == count
        assert archive.read(f"{count - 1}.txt") == b""
    if shutil.which("unzip"):
        tested = subprocess.run(["unzip", "-tqq", path], capture_output=True, text=True, check=False)
        assert tested.returncode == 0, tested.stdout + tested.stderr


def test_a_layout_holds_no_headers(tmp_path: Path) -> None:
    """Sixteen bytes a file, and nothing of the files."""
    del tmp_path
    layout = Layout([Member("x" * 200, 10, NOON_S, None)] * 100_000)
    held = sum(sys.getsizeof(each) for each in vars(layout).values() if each is not layout.members)
    assert held < 2_500_000


def test_it_is_no_other_format() -> None:
    assert not tarfile.is_tarfile(io.BytesIO(made(layout_of(CONTENTS))))
