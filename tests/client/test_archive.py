"""Archives by the client: whole or not at all, and a line that breaks costs only what was on it."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.client.conftest import Connect
from tests.client.parts import Line
from tests.web.parts import UNKNOWN_ID, Served, Worker

from mediamill.client import ApiError, Client
from mediamill.client.archives import ArchiveDraft
from mediamill.client.errors import DownloadError

BIG = os.urandom(900_000)
ETAG = "ab" * 32


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def finished(client: Client, worker: Worker, **files: bytes) -> str:
    task_id = client.submit("shout", {"text": os.urandom(8).hex()}).task_id
    worker.succeed(worker.claim(), **files)
    return task_id


def content(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_files_of_a_job_come_as_one_archive(ann: Client, worker: Worker, tmp_path: Path) -> None:
    task_id = finished(ann, worker, **{"a.mp3": BIG, "parts/1.txt": b"one"})
    told: list[tuple[int, int]] = []
    path = ann.archive(task_id, tmp_path / "new" / "a.zip", told=lambda *news: told.append(news))
    assert content(path) == {"a.mp3": BIG, "parts/1.txt": b"one"}
    assert told[-1] == (path.stat().st_size, path.stat().st_size)
    assert list(path.parent.iterdir()) == [path]


def test_those_of_some_jobs_come_in_folders_and_replace_what_was_there(
    ann: Client, worker: Worker, tmp_path: Path
) -> None:
    ids = [finished(ann, worker, **{"a.txt": text}) for text in (b"one", b"two")]
    path = tmp_path / "a.zip"
    path.write_bytes(b"something else")
    ann.archive([*ids, ids[0]], path)
    assert content(path) == {f"{ids[0]}/a.txt": b"one", f"{ids[1]}/a.txt": b"two"}


@pytest.mark.parametrize("breaks", [[300], [400_000], [899_000, 1_000, 500]])
def test_a_broken_archive_goes_on_where_it_stopped(
    connect: Connect, line: Line, worker: Worker, out: Path, breaks: list[int]
) -> None:
    task_id = finished(connect(line.url), worker, **{"a.mp3": BIG, "b.mp3": BIG[:1_000]})
    path, client = out / "a.zip", connect(line.url)
    line.breaks = list(breaks)
    for _ in range(len(breaks) + 1):  # a call comes back by itself, and gives up some time
        try:
            client.archive(task_id, path)
            break
        except Exception:  # noqa: BLE001, S110 - the next call goes on
            pass
    assert content(path) == {"a.mp3": BIG, "b.mp3": BIG[:1_000]}
    assert list(out.iterdir()) == [path]
    if breaks[0] > 10_000:
        asked = b"".join(line.asked).lower()
        assert b"range: bytes=" in asked
        assert b"if-range: " in asked


@pytest.mark.parametrize("etag", [None, f'"{ETAG}"'])
def test_what_another_process_began_goes_on_and_an_archive_that_changed_begins_anew(
    ann: Client, served: Served, worker: Worker, out: Path, etag: str | None
) -> None:
    task_id = finished(ann, worker, **{"a.mp3": BIG})
    whole = served.client.get(f"/jobs/{task_id}/archive")
    headers = {"etag": etag or whole.headers["etag"], "content-length": str(len(whole.content))}
    with ArchiveDraft(out / "a.zip", [task_id]).open(200, headers) as draft:
        draft.write(whole.content[:500_000])
    assert ann.archive(task_id, out / "a.zip").read_bytes() == whole.content
    assert list(out.iterdir()) == [out / "a.zip"]


def test_what_the_server_refuses_leaves_nothing(ann: Client, out: Path) -> None:
    with pytest.raises(ApiError, match="JOB_NOT_FOUND"):
        ann.archive(UNKNOWN_ID, out / "a.zip")
    waiting = ann.submit("shout", {"text": "hi"}).task_id
    with pytest.raises(ApiError, match="JOB_NOT_FINISHED"):
        ann.archive([waiting], out / "a.zip")
    with pytest.raises(ValueError, match="a job"):
        ann.archive([], out / "a.zip")
    with pytest.raises(DownloadError, match="folder"):
        ann.archive(waiting, out)
    assert list(out.iterdir()) == []


# ---- the draft alone

BODY = b"PK\x05\x06" + bytes(18)  # an archive of nothing
FULL = {"etag": f'"{ETAG}"', "content-length": str(len(BODY))}


def begun(path: Path, count: int) -> ArchiveDraft:
    draft = ArchiveDraft(path, ["one"])
    with draft.open(200, FULL) as opened:
        opened.write(BODY[:count])
    return draft


@pytest.mark.parametrize(
    ("count", "wanted"), [(0, None), (1, None), (2, "bytes=1-"), (10, "bytes=9-"), (22, "bytes=21-")]
)
def test_the_last_byte_that_is_there_is_asked_for_again(tmp_path: Path, count: int, wanted: str | None) -> None:
    """So that one who has all of it asks for something that is there."""
    draft = begun(tmp_path / "a.zip", count)
    assert draft.headers().get("Range") == wanted
    if wanted:
        start = count - 1
        with draft.open(206, {**FULL, "content-range": f"bytes {start}-21/22"}) as opened:
            opened.write(BODY[start:])
        assert draft.finish().read_bytes() == BODY


@pytest.mark.parametrize(
    "headers", [{"content-range": "bytes 5-21/22"}, {}, {"content-range": "bytes 9-21/22", "etag": f'"{"cd" * 32}"'}]
)
def test_another_part_than_the_one_asked_for_is_refused(tmp_path: Path, headers: dict[str, str]) -> None:
    draft = begun(tmp_path / "a.zip", 10)
    with pytest.raises(DownloadError, match="another part"):
        draft.open(206, {**FULL, **headers})


@pytest.mark.parametrize(
    ("spoil", "why"), [(lambda body: body[:-1], "bytes came"), (lambda body: b"XX" + body[2:], "no archive")]
)
def test_what_is_spoilt_does_not_appear(tmp_path: Path, spoil: Callable[[bytes], bytes], why: str) -> None:
    draft = ArchiveDraft(tmp_path / "a.zip", ["one"])
    with draft.open(200, FULL) as opened:
        opened.write(spoil(BODY))
    with pytest.raises(DownloadError, match=why):
        draft.finish()
    assert not (tmp_path / "a.zip").exists()


def test_the_archives_of_others_are_not_gone_on_with(tmp_path: Path) -> None:
    begun(tmp_path / "a.zip", 10)
    assert "Range" not in ArchiveDraft(tmp_path / "a.zip", ["two"]).headers()
    assert "Range" not in ArchiveDraft(tmp_path / "b.zip", ["one"]).headers()
