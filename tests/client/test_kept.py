"""Files beyond their jobs by both clients: pages that stay, and a line that breaks."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.client.conftest import Connect
from tests.client.parts import Line, Shelf
from tests.web.parts import Worker

from mediamill.client import ApiError, Client, DownloadError, KeptFilter, Unreachable
from mediamill.web.rooms import Rooms

NAME = "@ann/2026/03/01/Chợ nổi 50% #1?.mp4"
BIG = os.urandom(900_000)


@pytest.fixture
def shelf(rooms: Rooms, worker: Worker, tmp_path: Path) -> Shelf:
    return Shelf(rooms, worker, tmp_path)


def test_a_list_goes_on_over_pages_that_stay_while_others_are_kept(ann: Client, shelf: Shelf) -> None:
    paths = [shelf.put(f"{number}.mp4", b"x") for number in range(5)]
    found = ann.kept_files(page_size=2)
    seen = [next(found).path]
    shelf.put("new.mp4", b"y")
    assert seen + [each.path for each in found] == paths[::-1]
    assert list(ann.kept_files(KeptFilter(room_id="@nobody"))) == []


def test_files_are_found_by_channel_address_and_time(ann: Client, shelf: Shelf) -> None:
    shelf.put("a.mp4", b"abc", room="@a", url="https://e.example/?a=1&b=2")
    shelf.put("b.mp4", b"b", room="@b")
    shelf.put("of-bob.mp4", b"b", owner="bob", room="@a")
    [file] = ann.kept_files(KeptFilter(room_id="@a"))
    assert (file.path, file.size_bytes, file.duration_s, file.room_id) == ("a.mp4", 3, 60.0, "@a")
    assert file.began_at == datetime.fromtimestamp(5, UTC)
    assert list(ann.kept_files(KeptFilter(url="https://e.example/?a=1&b=2"))) == [file]
    assert list(ann.kept_files(KeptFilter(until=file.kept_at - timedelta(hours=1)))) == []
    assert len(list(ann.kept_files(KeptFilter(since=file.kept_at - timedelta(hours=1))))) == 2


@pytest.mark.parametrize("breaks", [[300], [400_000, 1_000]])
def test_a_broken_download_goes_on_where_it_stopped(
    connect: Connect, line: Line, shelf: Shelf, tmp_path: Path, breaks: list[int]
) -> None:
    path, client, out = shelf.put(NAME, BIG), connect(line.url), tmp_path / "out"
    line.breaks = list(breaks)
    told: list[tuple[int, int]] = []
    for _ in range(len(breaks) + 1):  # a call comes back by itself, and gives up some time
        try:
            found = client.download_kept(path, out, told=lambda *news: told.append(news))
            break
        except (DownloadError, Unreachable):
            pass
    assert found == out / "Chợ nổi 50% #1?.mp4"
    assert found.read_bytes() == BIG
    assert told[-1] == (len(BIG), len(BIG))
    assert list(out.iterdir()) == [found]
    if breaks[0] > 10_000:
        assert b"if-range: " in b"".join(line.asked).lower()


def test_it_is_given_another_name_and_replaces_what_was_there(ann: Client, shelf: Shelf, tmp_path: Path) -> None:
    path = shelf.put("a.mp4", b"")
    (tmp_path / "b.mp4").write_bytes(b"something else")
    assert ann.download_kept(path, tmp_path, name="b.mp4").read_bytes() == b""
    with pytest.raises(DownloadError, match="no name"):
        ann.download_kept(path, tmp_path, name="../b.mp4")


def test_a_file_is_deleted_by_its_owner(ann: Client, shelf: Shelf) -> None:
    assert ann.delete_kept(shelf.put(NAME, b"film")).path == NAME
    assert list(ann.kept_files()) == []
    for path in (NAME, shelf.put("of-bob.mp4", b"b", owner="bob")):
        with pytest.raises(ApiError, match="FILE_NOT_FOUND"):
            ann.delete_kept(path)


def test_what_is_not_there_leaves_nothing(ann: Client, shelf: Shelf, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for path in ("nothing.mp4", shelf.put("of-bob.mp4", b"b", owner="bob")):
        with pytest.raises(ApiError, match="FILE_NOT_FOUND"):
            ann.download_kept(path, out)
    assert list(out.iterdir()) == []
