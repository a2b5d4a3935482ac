"""The cache as a whole, on a disk and in a bucket: index and files stay the same, whatever breaks off."""

from functools import partial
from pathlib import Path

import pytest
from tests.engine.mill import Clock

from mediamill.core.errors import PermanentError, Unavailable
from mediamill.engine.cleaner import EXPIRE_EVERY_S, HALF_S, LEAST_TTL_S, WALK_EVERY_S, Cleaner
from mediamill.engine.shelf import Shelf
from mediamill.files import FileStore, StepCache, keys
from mediamill.files.folders import MANIFEST, FolderCache
from mediamill.store.cache import DYING_MS, PUT_MS, CacheIndex, Reserved
from mediamill.store.scripts import Scripts

QUOTA = 20_000


class House:
    """A shelf with its cleaner, and a clock for each."""

    def __init__(self, store: FileStore, scripts: Scripts, folder: Path) -> None:
        self.store = store
        self.scripts = scripts
        self.clock = Clock()
        self.shelf = Shelf(CacheIndex(scripts), store, QUOTA)
        self.lacking = 0
        self.cleaner = Cleaner(self.shelf, 0, lacking=lambda: self.lacking, now=self.clock, wall=self.wall)
        self.files, self.folders = StepCache(store), FolderCache(store)
        self._folder = folder
        self._drafts = 0

    @property
    def index(self) -> CacheIndex:
        return self.shelf.index

    def wall(self) -> float:
        return self.scripts.now_ms() / 1000

    def wait(self, seconds: float) -> None:
        self.clock.forward(seconds)
        self.scripts.offset_ms += int(seconds * 1000)

    def draft(self) -> Path:
        self._drafts += 1
        return self._folder / f"draft-{self._drafts}"

    def put(self, key: str, size: int = 1_000) -> Path:
        draft = self.draft()
        draft.write_bytes(key.encode().ljust(size, b"."))
        path = self.shelf.put(self.files, key, draft, partial(self.files.get, key))
        self.shelf.notes.flush()
        return path

    def put_folder(self, key: str, size: int = 1_000, max_age_s: float | None = None) -> Path:
        draft = self.draft()
        draft.mkdir()
        (draft / "a").write_bytes(key.encode().ljust(size, b"."))
        path = self.shelf.put(self.folders, key, draft, partial(self.folders.get, key, max_age_s=max_age_s))
        self.shelf.notes.flush()
        return path

    def has(self, *names: str) -> list[str]:
        """Return which of these keys are kept, files and folders, as clients would get them."""
        return [key for key in names if self.files.get(key, self.draft()) or self.folders.get(key, self.draft())]

    def walk(self, rounds: int = 70) -> None:
        """Let the cleaner look at everything."""
        for _ in range(rounds):
            self.cleaner.round()

    def same(self) -> bool:
        """Whether index and files say the same."""
        found: dict[str, int] = {}
        for group in self.shelf.entries.groups():
            found |= {entry: seen.size_bytes for entry, seen in self.shelf.entries.look(group).items()}
        rows: dict[str, int] = {}
        for number in range(256):
            rows |= self.index.sizes(f"{number:02x}")
        return found == rows and self.index.overview().bytes == sum(found.values())

    def wipe(self) -> None:
        """Forget everything that the store knows."""
        names = self.scripts.client.run("KEYS", f"{self.scripts.keys.prefix}*")
        self.scripts.client.run("DEL", *names)


@pytest.fixture
def house(store: FileStore, scripts: Scripts, tmp_path: Path) -> House:
    return House(store, scripts, tmp_path)


def test_the_quota_is_kept_and_the_longest_unused_goes(house: House) -> None:
    house.walk(4)
    for number in range(30):
        house.put(str(number))
        house.wait(0.1)
        assert house.index.overview().bytes <= QUOTA
    assert house.has(*map(str, range(30))) == [str(number) for number in range(10, 30)]
    assert house.same()


def test_a_folder_may_push_many_files_out(house: House) -> None:
    house.walk(4)
    for number in range(20):
        house.put(str(number))
        house.wait(0.1)
    house.put_folder("folder", 15_500)
    assert house.has("folder", *map(str, range(20))) == ["folder", *map(str, range(16, 20))]
    assert house.same()


def test_what_finds_no_room_is_not_kept_and_the_job_has_it_all_the_same(house: House) -> None:
    house.walk(4)
    assert len(house.put("large", QUOTA + 1).read_bytes()) == QUOTA + 1
    house.put("pinned", 15_000)
    assert house.index.pin([house.files.entry("pinned")], pinned=True)
    assert len(house.put("other", 6_000).read_bytes()) == 6_000
    assert house.has("large", "pinned", "other") == ["pinned"]
    assert house.same()


def test_a_pinned_entry_outlives_quota_and_age(house: House) -> None:
    house.walk(4)
    house.put_folder("pinned")
    house.index.pin([house.folders.entry("pinned")], pinned=True)
    for number in range(40):
        house.put(str(number))
    house.wait(LEAST_TTL_S + EXPIRE_EVERY_S)
    house.walk(2)
    assert house.has("pinned", *map(str, range(40))) == ["pinned"]
    assert house.index.overview().counts["expired"] == 18
    assert house.same()


def test_what_nobody_uses_goes_when_its_time_is_over(house: House) -> None:
    house.walk(4)
    house.put("old")
    house.put_folder("old folder")
    house.wait(LEAST_TTL_S - 100)
    house.put("new")
    house.shelf.notes.hit(house.folders.entry("old folder"))
    house.shelf.notes.flush()
    house.wait(100 + EXPIRE_EVERY_S)
    house.walk(1)
    assert house.has("old", "old folder", "new") == ["old folder", "new"]
    assert house.same()


def test_a_folder_that_is_too_old_is_replaced(house: House) -> None:
    first = house.put_folder("key", 500)
    assert house.put_folder("key", 700).joinpath("a").stat().st_size == 500  # another was faster
    house.index.pin([house.folders.entry("key")], pinned=True)
    second = house.put_folder("key", 700, max_age_s=-1)
    assert (first / "a").stat().st_size == 500
    found = house.folders.get("key", house.draft())
    assert found is not None
    assert (found / "a").stat().st_size == (second / "a").stat().st_size == 700
    assert list(house.index.pinned().values()) == [house.folders.measure(second)]
    assert house.same()


# ---- what broke off


def test_a_reservation_whose_holder_died_is_taken_back(house: House) -> None:
    room = house.index.reserve(house.files.entry("never"), 5_000, QUOTA)
    assert isinstance(room, Reserved)
    house.walk(4)
    assert house.index.overview().bytes == 5_000
    house.wait(PUT_MS / 1000 + 2)
    house.walk(1)
    assert house.index.overview().bytes == 0
    house.put("never")
    assert house.has("never") == ["never"]


def test_what_was_put_and_never_told_is_kept(house: House) -> None:
    for kind, key in ((house.files, "file"), (house.folders, "folder")):
        draft = house.draft()
        if key == "folder":
            draft.mkdir()
        (draft / "a" if key == "folder" else draft).write_bytes(b"x")
        house.index.reserve(kind.entry(key), kind.measure(draft), QUOTA)
        kind.put(key, draft)
    house.wait(PUT_MS / 1000 + 2)
    house.walk(1)
    assert house.index.overview().entries == 2
    assert house.same()


def test_half_a_folder_goes_when_its_lease_is_over(house: House) -> None:
    entry = house.folders.entry("half")
    house.index.reserve(entry, 5_000, QUOTA)
    house.store.put_bytes(f"{keys.entry(entry)}/mark-00000", b"x" * 3_000)
    house.walk(4)
    assert list(house.store.list())
    house.wait(PUT_MS / 1000 + 2)
    house.walk(1)
    assert list(house.store.list()) == []
    assert house.same()


def test_half_a_folder_that_no_row_names_goes_when_it_is_old(house: House) -> None:
    entry = house.folders.entry("half")
    house.store.put_bytes(f"{keys.entry(entry)}/mark-00000", b"x")
    house.walk(4)
    assert list(house.store.list())
    house.wait(HALF_S + 60)
    house.walk()
    assert list(house.store.list()) == []
    assert house.same()


def test_deletes_that_broke_off_are_done(house: House) -> None:
    house.put("a")
    house.put_folder("b")
    house.index.doom([house.files.entry("a"), house.folders.entry("b")])
    house.store.delete(f"{keys.entry(house.folders.entry('b'))}/{MANIFEST}")
    house.walk(4)
    assert len(list(house.store.list())) == 2
    house.wait(DYING_MS / 1000 + 2)
    house.walk(1)
    assert list(house.store.list()) == []
    assert house.same()


def test_a_put_that_fails_leaves_nothing(house: House) -> None:
    draft = house.draft()
    draft.mkdir()
    (draft / "a").write_bytes(b"x")

    class Failing(FolderCache):
        def put(self, key: str, draft: Path) -> Path:
            house.store.put(f"{keys.entry(self.entry(key))}/mark-00000", draft / "a")
            raise Unavailable("the disk is full", code="FILES_FULL")

    assert house.shelf.put(Failing(house.store), "key", draft, lambda _path: None) == draft
    assert list(house.store.list()) == []
    assert house.same()
    with pytest.raises(PermanentError, match="made no folder"):
        house.shelf.put(house.folders, "key", house.draft(), lambda _path: None)
    assert house.same()


# ---- what is there and what the index says


def test_after_the_store_was_wiped_everything_is_known_again_and_nothing_was_deleted(house: House) -> None:
    house.walk(4)
    names = [str(number) for number in range(15)]
    for key in names:
        house.put(key)
    house.put_folder("folder")
    house.wipe()
    assert house.index.overview().bytes == 0
    house.put("new", 3_000)  # nothing may be evicted for it before everything is known
    house.walk(4)
    assert house.has("folder", "new", *names) == ["folder", "new", *names]
    assert house.same()
    assert house.index.overview().looked
    house.put("next", 6_000)
    assert house.index.overview().bytes <= QUOTA
    assert house.same()


def test_what_was_adopted_is_not_taken_for_old(house: House) -> None:
    house.put("key")
    house.wait(10 * LEAST_TTL_S)
    house.wipe()
    house.walk(4)
    house.wait(LEAST_TTL_S / 2 - 10)
    house.walk(2)
    assert house.has("key") == ["key"]
    house.wait(EXPIRE_EVERY_S + 20)
    house.walk(2)
    assert house.has("key") == []


def test_more_than_the_quota_that_is_found_goes_down_to_it(house: House) -> None:
    for number in range(30):  # by an earlier version, without an index
        (draft := house.draft()).write_bytes(b"x" * 1_000)
        house.files.put(str(number), draft)
    house.walk(4)
    assert house.index.overview().bytes == 30_000
    house.walk(2)
    assert house.index.overview().bytes == QUOTA
    assert house.same()


def test_what_jobs_wait_for_on_the_disk_goes_before_they_wait_for_long(house: House) -> None:
    house.walk(4)
    for number in range(10):
        house.put(str(number))
        house.wait(0.1)
    house.lacking = 2_500
    house.cleaner.round()
    house.lacking = 0
    house.walk(2)
    assert house.has(*map(str, range(10))) == list(map(str, range(3, 10)))
    assert house.same()


def test_rows_without_files_go(house: House) -> None:
    house.put("a")
    house.put_folder("b")
    house.walk(4)
    for found in list(house.store.list()):
        house.store.delete(found.key)
    house.put("a", 2_000)  # its maker sees at once that the file is gone
    assert house.has("a", "b") == ["a"]
    house.wait(WALK_EVERY_S)
    house.walk()
    assert house.index.overview().bytes == 2_000
    assert house.same()


def test_a_file_of_another_size_than_its_row_is_counted_as_it_is(house: House) -> None:
    house.walk(4)
    (draft := house.draft()).write_bytes(b"x" * 700)
    house.files.put("key", draft)  # that the index does not know
    house.put("key", 900)
    assert house.has("key") == ["key"]
    assert house.index.overview().bytes == 700
    assert house.same()


def test_what_does_not_belong_to_the_cache_is_left_alone(house: House) -> None:
    strange = ["cache/zz/file", "cache/aa/short", "cache/README.txt", f"cache/00/{'f' * 64}", "jobs/job/job.json"]
    for key in strange:
        house.store.put_bytes(key, b"x")
    house.walk(4)
    house.wait(10 * WALK_EVERY_S)
    house.walk()
    assert sorted(found.key for found in house.store.list()) == sorted(strange)
    assert house.index.overview().bytes == 0


def test_a_group_that_cannot_be_looked_at_is_looked_at_again(disk: FileStore, scripts: Scripts, tmp_path: Path) -> None:
    house = House(disk, scripts, tmp_path)
    key = next(str(number) for number in range(99) if house.files.entry(str(number)) < "4")
    house.put(key)
    house.wipe()
    spoilt = scripts.keys("cache_sizes", house.files.entry(key)[:2])
    scripts.client.run("SET", spoilt, "spoilt")
    house.walk(1)
    assert not house.index.overview().looked
    scripts.client.run("DEL", spoilt)
    house.walk(4)
    assert house.index.overview().looked
    assert house.same()
