"""The folder of recordings: names for people that lead nowhere else, and a label beside each file."""

import asyncio
import errno
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from tests.files.weed import BUCKET

from mediamill.core.errors import Cancelled, NotFound, PermanentError, Unavailable
from mediamill.files import FileStore, S3Options
from mediamill.files.library import OURS, Label, LibraryFolder
from mediamill.files.place import Place

NAME = "7301/2026/03/01/20260301T093000_Chào buổi sáng.mp4"


@pytest.fixture
def folder(tmp_path: Path) -> LibraryFolder:
    made = LibraryFolder(tmp_path / "recordings")
    made.open_mark()
    return made


def label(asked: str = NAME, job: str = "job-1", kept_ms: int = 1_000) -> Label:
    return Label(job=job, owner="ann", asked=asked, room="7301", began_at=1.5, seconds=2.0, kept_ms=kept_ms)


def film(tmp_path: Path, body: bytes = b"film") -> Path:
    path = tmp_path / uuid4().hex
    path.write_bytes(body)
    return path


def keep(folder: LibraryFolder, tmp_path: Path, body: bytes = b"film", **of: str) -> str:
    return folder.keep(film(tmp_path, body), label(**of))  # type: ignore[arg-type]


def names(folder: LibraryFolder) -> list[str]:
    """Return everything in the folder but what is ours."""
    paths = (path for path in folder.root.rglob("*") if path.is_file())
    return sorted(
        str(path.relative_to(folder.root)) for path in paths if path.relative_to(folder.root).parts[0] != OURS
    )


def test_a_file_is_linked_and_has_its_label_beside_it(folder: LibraryFolder, tmp_path: Path) -> None:
    path = film(tmp_path)
    assert folder.keep(path, label()) == NAME
    assert folder.path(NAME).samefile(path)
    assert folder.path(NAME).stat().st_mode & 0o777 == 0o444
    assert folder.label(NAME) == label()
    head, _, last = NAME.rpartition("/")
    assert names(folder) == [f"{head}/.{last}.json", NAME]
    assert [each.name for each in (folder.root / OURS).iterdir()] == ["folder"]


def test_another_file_of_a_name_stays(folder: LibraryFolder, tmp_path: Path) -> None:
    given = [keep(folder, tmp_path, b"%d" % number, asked="a/b.mp4", job=f"job-{number}") for number in range(3)]
    assert given == ["a/b.mp4", "a/b (2).mp4", "a/b (3).mp4"]
    assert [folder.path(name).read_bytes() for name in given] == [b"0", b"1", b"2"]


def test_what_an_operator_laid_there_stays(folder: LibraryFolder, tmp_path: Path) -> None:
    (folder.root / "a").mkdir()
    (folder.root / "a/b.mp4").write_bytes(b"mine")
    assert keep(folder, tmp_path, asked="a/b.mp4") == "a/b (2).mp4"
    assert (folder.root / "a/b.mp4").read_bytes() == b"mine"
    assert names(folder) == ["a/.b (2).mp4.json", "a/b (2).mp4", "a/b.mp4"]


def test_a_job_replaces_what_it_kept_under_a_name(folder: LibraryFolder, tmp_path: Path) -> None:
    keep(folder, tmp_path, b"one", asked="a/b.mp4", job="other")
    assert keep(folder, tmp_path, b"two", asked="a/b.mp4") == "a/b (2).mp4"
    path = film(tmp_path, b"three")
    for _ in range(2):  # the same file twice is one file
        assert folder.keep(path, label("a/b.mp4", kept_ms=2_000)) == "a/b (2).mp4"
    assert folder.path("a/b (2).mp4").read_bytes() == b"three"
    kept = folder.label("a/b (2).mp4")
    assert kept is not None
    assert kept.kept_ms == 2_000
    assert len(names(folder)) == 4


def test_a_name_that_may_not_be_taken_is_passed_over(folder: LibraryFolder, tmp_path: Path) -> None:
    assert folder.keep(film(tmp_path), label("b"), barred={"b", "b (2)"}) == "b (3)"


def test_a_long_name_stays_short_enough_when_it_is_counted(folder: LibraryFolder, tmp_path: Path) -> None:
    asked = "é" * 98 + ".mp4"
    keep(folder, tmp_path, asked=asked, job="other")
    given = keep(folder, tmp_path, asked=asked)
    assert given == "é" * 96 + " (2).mp4"
    assert folder.find(given) is not None


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "/a",
            "../a",
            "a/../../b",
            "a/./b",
            "a//b",
            "a/",
            "a\\b",
            "C:a",
            "a\x00b",
            ".a",
            "a/.b",
            f"{OURS}/folder",
        ),
        *("é" * 101, "/".join(["a" * 150] * 7), "a/\u202eb", "a/ b"),
    ],
)
def test_a_name_that_is_not_safe_is_refused(folder: LibraryFolder, tmp_path: Path, name: str) -> None:
    with pytest.raises(PermanentError) as refused:
        keep(folder, tmp_path, asked=name)
    assert refused.value.code == "LIBRARY_NAME"
    assert names(folder) == []


def test_a_link_leads_nowhere(folder: LibraryFolder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    (folder.root / "out").symlink_to(outside)
    (folder.root / "secret").symlink_to(outside / "secret")
    (folder.root / "file").write_bytes(b"no folder")
    for name in ("out/a.mp4", "file/a.mp4"):
        with pytest.raises(PermanentError, match="no folder of ours") as refused:
            keep(folder, tmp_path, asked=name)
        assert refused.value.code == "LIBRARY_NAME"
    assert [path.name for path in outside.iterdir()] == ["secret"]
    assert folder.find("out/secret") is None
    assert folder.find("secret") is None
    assert folder.label("out/secret") is None
    for name in ("out/secret", "secret"):
        with pytest.raises((NotFound, Unavailable)):
            asyncio.run(_read(folder, name))
    folder.remove("out/secret")
    assert (outside / "secret").read_bytes() == b"secret"
    assert keep(folder, tmp_path, asked="secret") == "secret (2)"


def test_no_file_and_a_link_to_one_are_not_kept(folder: LibraryFolder, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(film(tmp_path))
    for path in (tmp_path / "none", link, tmp_path):
        with pytest.raises(FileNotFoundError):
            folder.keep(path, label())
    assert names(folder) == []


def test_from_another_disk_it_is_copied_and_that_ends_when_it_has_to(folder: LibraryFolder, elsewhere: Path) -> None:
    path = elsewhere / "film"
    path.write_bytes(os.urandom(3_000_000))
    asked = []
    folder.keep(path, label(), check=lambda: asked.append(1))
    assert folder.path(NAME).read_bytes() == path.read_bytes()
    assert len(asked) == 3

    def cancel() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        folder.keep(path, label("b"), check=cancel)
    assert [each.name for each in (folder.root / OURS).iterdir()] == ["folder"]


def test_threads_that_keep_one_name_lose_nothing(folder: LibraryFolder, tmp_path: Path) -> None:
    """And folders that are removed meanwhile because they are empty are made again."""

    def one(number: int) -> str:
        name = keep(folder, tmp_path, b"%d" % number, asked="a/b/c.mp4", job=f"job-{number}")
        found = folder.find(name)
        assert found is not None
        assert found.size_bytes == len(str(number))
        if number % 2:
            folder.remove(name)
        return name

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(one, range(60)))
    assert len({name for number, name in enumerate(given) if number % 2 == 0}) == 30
    assert sorted(folder.walk()) == sorted(name for number, name in enumerate(given) if number % 2 == 0)


def test_a_file_goes_with_its_label_and_its_empty_folders(folder: LibraryFolder, tmp_path: Path) -> None:
    keep(folder, tmp_path, asked="a/b/c.mp4")
    keep(folder, tmp_path, asked="a/d.mp4")
    for _ in range(2):
        folder.remove("a/b/c.mp4")
    assert names(folder) == ["a/.d.mp4.json", "a/d.mp4"]
    assert not (folder.root / "a/b").exists()
    folder.remove("a/d.mp4")
    assert [path.name for path in folder.root.iterdir()] == [OURS]


def test_a_walk_finds_what_has_a_label(folder: LibraryFolder, tmp_path: Path) -> None:
    kept = [keep(folder, tmp_path, asked=name) for name in ("a.mp4", "b/c.mp4", "b/d/e.mp4")]
    (folder.root / "b/mine.mp4").write_bytes(b"an operator's")
    (folder.root / "b/.old.mp4.json").write_text("{}")
    (folder.root / "b/.young.mp4.json").write_text("{}")
    assert sorted(folder.walk()) == kept
    assert (folder.root / "b/.old.mp4.json").exists()
    assert folder.label("b/mine.mp4") is None


def test_a_label_without_its_file_goes_after_an_hour(
    folder: LibraryFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(folder, tmp_path, asked="a.mp4")
    (folder.root / "a.mp4").unlink()
    assert list(folder.walk()) == []
    assert names(folder) == [".a.mp4.json"]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3_700)
    assert list(folder.walk()) == []
    assert names(folder) == []


def test_a_spoilt_label_is_none_and_is_not_written_over(folder: LibraryFolder, tmp_path: Path) -> None:
    keep(folder, tmp_path, asked="a.mp4")
    (folder.root / ".a.mp4.json").write_text('{"job": 1}')
    assert folder.label("a.mp4") is None
    assert keep(folder, tmp_path, b"more", asked="a.mp4") == "a (2).mp4"


def test_the_mark_is_made_once_and_stays(tmp_path: Path) -> None:
    folder = LibraryFolder(tmp_path / "deep" / "recordings")
    assert folder.mark() is None
    with ThreadPoolExecutor(8) as pool:
        [mark] = set(pool.map(lambda _: folder.open_mark(), range(16)))
    assert LibraryFolder(folder.root).open_mark() == mark == folder.mark()


def test_a_folder_that_is_not_mounted_takes_nothing(folder: LibraryFolder, tmp_path: Path) -> None:
    folder.root.rename(tmp_path / "gone")
    folder.root.mkdir()
    with pytest.raises(Unavailable) as refused:
        keep(folder, tmp_path)
    assert refused.value.code == "FILES_UNAVAILABLE"
    with pytest.raises(Unavailable, match="mounted"):
        folder.open_mark()
    assert list(folder.root.iterdir()) == []
    assert folder.find(NAME) is None


@pytest.mark.parametrize("apart", [True, False])
def test_after_a_restart_the_empty_folder_of_an_unmounted_disk_is_known_and_one_that_was_removed_is_not_waited_for(
    tmp_path: Path, *, apart: bool
) -> None:
    root, disks = tmp_path / "recordings", {"mounted": apart}
    root.mkdir()

    def started() -> LibraryFolder:
        device = lambda path: 2 if path == root and disks["mounted"] else 1  # noqa: E731
        return LibraryFolder(root, Place(root, tmp_path / "recordings.apart", device))

    first = started()
    assert first.trouble() is None
    mark = first.open_mark()
    assert started().trouble() is None
    disks["mounted"] = False
    root.rename(tmp_path / "gone")
    root.mkdir()
    assert "mounted" in (first.trouble() or "")
    again = started()
    if not apart:
        assert again.trouble() is None
        assert again.open_mark() not in {None, mark}
        return
    assert "mounted" in (again.trouble() or "")
    with pytest.raises(Unavailable, match="mounted"):
        again.open_mark()
    root.rmdir()
    assert started().trouble()
    (tmp_path / "gone").rename(root)
    disks["mounted"] = True
    assert again.open_mark() == mark


def test_what_was_kept_before_a_disk_was_mounted_over_it_is_not_taken_for_that_disk(tmp_path: Path) -> None:
    root, disks = tmp_path / "recordings", {"mounted": False}

    def started() -> LibraryFolder:
        device = lambda path: 2 if path == root and disks["mounted"] else 1  # noqa: E731
        return LibraryFolder(root, Place(root, tmp_path / "recordings.apart", device))

    started().open_mark()
    root.rename(tmp_path / "beneath")
    root.mkdir()
    disks["mounted"] = True
    mark = started().open_mark()
    root.rename(tmp_path / "disk")
    (tmp_path / "beneath").rename(root)
    disks["mounted"] = False
    again = started()
    assert "mounted" in (again.trouble() or "")
    with pytest.raises(Unavailable, match="mounted"):
        again.open_mark()
    root.rename(tmp_path / "beneath")
    (tmp_path / "disk").rename(root)  # moved to this disk, as it was
    assert (again.trouble(), again.open_mark()) == (None, mark)


def test_a_range_of_it_is_read(folder: LibraryFolder, tmp_path: Path) -> None:
    body = os.urandom(600_000)
    keep(folder, tmp_path, body)
    assert asyncio.run(_read(folder, NAME)) == body
    assert asyncio.run(_read(folder, NAME, 10, 300_000)) == body[10:300_000]
    with pytest.raises(NotFound) as missing:
        asyncio.run(_read(folder, "none"))
    assert missing.value.code == "FILE_GONE"


async def _read(folder: LibraryFolder, name: str, start: int = 0, end: int = 1 << 40) -> bytes:
    return b"".join([piece async for piece in folder.aread(name, start, end)])


def test_old_drafts_are_swept_and_the_mark_is_none(folder: LibraryFolder) -> None:
    (folder.root / OURS / "draft").write_bytes(b"of one that was killed")
    assert folder.sweep() == 0
    assert folder.sweep(older_than_s=-1) == 1
    assert folder.mark() is not None


def test_a_full_disk_says_so_and_leaves_nothing(
    folder: LibraryFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    path = film(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable) as refused:
        folder.keep(path, label())
    assert refused.value.code == "FILES_FULL"
    assert names(folder) == []
    assert [each.name for each in (folder.root / OURS).iterdir()] == ["folder"]


# ---- copies in a bucket


@pytest.mark.xdist_group("s3")
@pytest.mark.parametrize("name", [NAME, "a/50% #1? *+&=(2)[x]{y}|~'\"<>^`@:,;!$.mp4", "plain.mp4"])
def test_a_copy_is_sent_under_its_own_name(s3_options: S3Options, tmp_path: Path, name: str) -> None:
    prefix = uuid4().hex
    store = FileStore.open(f"s3://{BUCKET}/{prefix}", s3=s3_options)
    body = os.urandom(100_000)
    for _ in range(2):
        assert store.send(name, film(tmp_path, body)) == f"s3://{BUCKET}/{prefix}/recordings/{name}"
    [entry] = store.list("recordings")
    assert (entry.key, entry.size_bytes) == (f"recordings/{name}", len(body))
    store.unsend(name)
    store.unsend(name)
    assert list(store.list("recordings")) == []


def test_a_disk_sends_nothing(disk: FileStore, tmp_path: Path) -> None:
    assert disk.send(NAME, film(tmp_path)) is None
    disk.unsend(NAME)
