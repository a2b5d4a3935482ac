"""Folders in the cache, on a disk and in a bucket: whole or not at all."""

import json
import os
from pathlib import Path

import pytest

from mediamill.core.errors import PermanentError, Unavailable
from mediamill.files import FileStore, keys
from mediamill.files.entries import Entries
from mediamill.files.folders import MANIFEST, FolderCache
from mediamill.files.steps import StepCache

#: Names that no key may have.
FILES = {"song.mp3": b"sound", "Đĩa 1/01 - Chào.mp3": b"more sound", "Đĩa 1/deep/.hidden": b"", "a b": b"x" * 5_000}


def filled(folder: Path, files: dict[str, bytes] | None = None) -> Path:
    for name, content in (FILES if files is None else files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def content(folder: Path | None) -> dict[str, bytes] | None:
    if folder is None:
        return None
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_comes_back_as_it_was(store: FileStore, tmp_path: Path) -> None:
    cache = FolderCache(store)
    assert cache.get("key", tmp_path / "got") is None
    assert content(cache.put("key", filled(tmp_path / "draft"))) == FILES
    got = cache.get("key", tmp_path / "got")
    assert content(got) == FILES
    assert got == tmp_path / "got"
    assert {path.stat().st_mode & 0o222 for path in [got, *got.rglob("*")]} == {0}


def test_it_takes_as_much_as_was_measured(store: FileStore, tmp_path: Path) -> None:
    cache = FolderCache(store)
    size = cache.measure(filled(tmp_path / "draft"))
    cache.put("key", tmp_path / "draft")
    entries, entry = Entries(store), cache.entry("key")
    assert entries.size(entry) == size == sum(found.size_bytes for found in store.list())
    [group] = entries.groups()
    assert [(name, seen.size_bytes, seen.whole) for name, seen in entries.look(group).items()] == [(entry, size, True)]


def test_what_a_job_has_outlives_its_eviction(store: FileStore, tmp_path: Path) -> None:
    cache = FolderCache(store)
    cache.put("key", filled(tmp_path / "draft"))
    got = cache.get("key", tmp_path / "got")
    Entries(store).delete([cache.entry("key")])
    assert list(store.list()) == []
    assert content(got) == FILES
    assert content(tmp_path / "draft") == FILES
    assert cache.get("key", tmp_path / "again") is None
    assert not (tmp_path / "again").exists()


def test_a_folder_that_was_never_whole_is_none_and_what_is_left_of_it_goes_with_the_next_put(
    store: FileStore, tmp_path: Path
) -> None:
    cache = FolderCache(store)
    cache.put("key", filled(tmp_path / "draft"))
    prefix = keys.entry(cache.entry("key"))
    store.delete(f"{prefix}/{MANIFEST}")  # as if its writer had been killed before
    assert cache.get("key", tmp_path / "got") is None
    entries = Entries(store)
    assert entries.size(cache.entry("key")) is None
    assert [seen.whole for seen in entries.look(entries.groups()[0]).values()] == [False]
    cache.put("key", filled(tmp_path / "other", {"one": b"1"}))
    assert len(list(store.list(prefix))) == 2
    assert content(cache.get("key", tmp_path / "again")) == {"one": b"1"}


def test_a_folder_of_which_a_file_is_gone_is_none(store: FileStore, tmp_path: Path) -> None:
    cache = FolderCache(store)
    cache.put("key", filled(tmp_path / "draft"))
    store.delete(max(found.key for found in store.list() if not found.key.endswith(MANIFEST)))
    assert cache.get("key", tmp_path / "got") is None
    assert not (tmp_path / "got").exists()


def test_a_folder_that_is_too_old_is_none(store: FileStore, tmp_path: Path) -> None:
    now = 1_000_000.0
    cache = FolderCache(store, now=lambda: now)
    cache.put("key", filled(tmp_path / "draft"))
    now += 60
    assert cache.get("key", tmp_path / "old", max_age_s=59) is None
    assert content(cache.get("key", tmp_path / "got", max_age_s=61)) == FILES


def test_a_file_and_a_folder_of_one_key_are_two_entries(store: FileStore, tmp_path: Path) -> None:
    folders, files = FolderCache(store), StepCache(store)
    folders.put("key", filled(tmp_path / "draft"))
    (tmp_path / "file").write_bytes(b"file")
    files.put("key", tmp_path / "file")
    entries = Entries(store)
    names = [folders.entry("key"), files.entry("key")]
    assert sorted(entries.look(names[0][:2])) == sorted(names)
    entries.delete([files.entry("key")])
    assert content(folders.get("key", tmp_path / "got")) == FILES
    entries.delete(names)
    assert list(store.list()) == []


def test_what_is_no_file_is_refused(disk: FileStore, tmp_path: Path) -> None:
    cache = FolderCache(disk)
    linked, piped, empty = (tmp_path / name for name in ("linked", "piped", "empty"))
    for folder in (linked, piped, empty):
        (folder / "inner").mkdir(parents=True)
    (linked / "inner" / "passwd").symlink_to("/etc/passwd")
    os.mkfifo(piped / "inner" / "pipe")
    (tmp_path / "link").symlink_to(filled(tmp_path / "draft"))
    for draft in (linked, piped, empty, tmp_path / "link", tmp_path / "missing"):
        with pytest.raises(PermanentError) as refused:
            cache.put("key", draft)
        assert refused.value.code == "STEP_MISSING"
    assert list(disk.list()) == []


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"[]",
        b'{"made_s": 1}',
        json.dumps({"made_s": 1, "files": [["../out", "a", 1]]}).encode(),
        json.dumps({"made_s": 1, "files": [["/etc/cron.d/x", "a", 1]]}).encode(),
        json.dumps({"made_s": 1, "files": [["x", "../../jobs/1/job.json", 1]]}).encode(),
        json.dumps({"made_s": 1, "files": [["x", "a"]]}).encode(),
    ],
)
def test_a_manifest_that_is_none_leads_nowhere(disk: FileStore, tmp_path: Path, manifest: bytes) -> None:
    cache = FolderCache(disk)
    disk.put_bytes(f"{keys.entry(cache.entry('key'))}/a", b"x")
    disk.put_bytes(f"{keys.entry(cache.entry('key'))}/{MANIFEST}", manifest)
    assert cache.get("key", tmp_path / "inner" / "got") is None
    assert [path.name for path in tmp_path.iterdir()] == ["files"]


def test_files_are_copied_where_they_cannot_be_linked(disk: FileStore, tmp_path: Path, elsewhere: Path) -> None:
    cache = FolderCache(disk)
    cache.put("key", filled(tmp_path / "draft"))
    got = cache.get("key", elsewhere / "got")
    assert content(got) == FILES
    Entries(disk).delete([cache.entry("key")])
    assert content(got) == FILES


def test_a_store_that_is_away_is_told(nobodys: Path) -> None:
    store = FileStore.open(nobodys / "files")
    cache = FolderCache(store)
    (nobodys / "files" / ".tmp").chmod(0o500)
    with pytest.raises(Unavailable):
        cache.put("key", filled(nobodys / "draft"))
    (nobodys / "files" / ".tmp").chmod(0o700)
    assert list(store.list()) == []
