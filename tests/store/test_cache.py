"""The index of the cache: room is reserved before it is used, and nothing goes that is put, pinned or used."""

import random

import pytest
from tests.store.kit import World

from mediamill.store.cache import DYING_MS, PUT_MS, ROWS, CacheIndex, Doomed, Put, Reserved, place

QUOTA = 1_000


def name(number: int) -> str:
    return f"{number % 256:02x}-{number}"


def put(world: World, entry: str, size: int, quota: int = QUOTA) -> Doomed:
    """Put an entry; what is evicted for it is dropped."""
    room = reserved(world, entry, size, quota)
    world.cache.drop(room.doomed.entries, room.doomed.lease)
    assert room.owed == 0
    assert world.cache.keep([Put(entry, room.lease, size)]) == 1
    return room.doomed


def reserved(world: World, entry: str, size: int, quota: int = QUOTA) -> Reserved:
    room = world.cache.reserve(entry, size, quota)
    assert isinstance(room, Reserved), room
    return room


def looked(index: CacheIndex) -> None:
    """All files were looked through: from now on entries may go."""
    index.begin("walk")
    index.end("walk")


def check(world: World) -> dict[str, int]:
    """Every row has one place and every place a row, and their bytes are the sum; return the rows."""
    rows = {}
    for key, (content, _) in world.dump().items():
        if key.startswith("cache-sizes:"):
            assert all(entry.startswith(key.removeprefix("cache-sizes:")) for entry in content)
            rows.update({entry: int(size) for entry, size in content.items()})
    places = [entry for each in ("used", "writing", "dying") for entry in world.members(f"cache_{each}")]
    assert sorted(places) == sorted(rows)
    assert world.cache.overview().bytes == sum(rows.values())
    return rows


@pytest.fixture(autouse=True)
def _checked(world: World) -> object:
    yield
    check(world)


def test_what_was_used_longest_ago_goes_first(world: World) -> None:
    looked(world.cache)
    for entry in ("aa", "bb", "cc"):
        put(world, entry, 300)
        world.wait(1)
    world.cache.use(["aa"], hits=1, misses=0, folders={})
    assert put(world, "dd", 300).entries == ["bb"]
    assert put(world, "ee", 500).entries == ["cc", "aa"]
    found = world.cache.overview()
    assert (found.bytes, found.entries, found.counts["evicted"], found.counts["hits"]) == (800, 2, 3, 1)


def test_room_is_counted_from_the_reservation_to_the_end_of_the_delete(world: World) -> None:
    looked(world.cache)
    put(world, "aa", 600)
    first = reserved(world, "bb", 600)
    assert first.doomed.entries == ["aa"]
    # The 600 bytes of `aa` are still there, so the next one evicts as much as it takes; there is nothing.
    assert world.cache.reserve("cc", 300, QUOTA) == "full"
    world.cache.drop(["aa"], first.doomed.lease)
    assert reserved(world, "cc", 300).doomed.entries == []


def test_who_reserves_more_than_there_is_to_evict_is_told_what_it_owes(world: World) -> None:
    looked(world.cache)
    for number in range(ROWS + 10):
        put(world, name(number), 1)
    room = reserved(world, "large", 995)
    assert (len(room.doomed.entries), room.owed) == (ROWS, 5)
    world.cache.drop(room.doomed.entries, room.doomed.lease)
    rest = world.cache.evict(room.owed)
    assert rest.bytes == len(rest.entries) == 5
    world.cache.drop(rest.entries, rest.lease)
    world.cache.drop(["large"], room.lease)
    assert world.cache.overview().bytes == 5


def test_what_is_larger_than_the_quota_is_not_kept(world: World) -> None:
    looked(world.cache)
    put(world, "aa", 10)
    assert world.cache.reserve("bb", QUOTA + 1, QUOTA) == "full"
    assert reserved(world, "bb", QUOTA).doomed.entries == ["aa"]


def test_before_the_files_were_looked_through_nothing_is_evicted(world: World) -> None:
    put(world, "aa", 600)
    assert world.cache.reserve("bb", 600, QUOTA) == "full"
    put(world, "cc", 300)
    looked(world.cache)
    assert put(world, "bb", 600).entries == ["aa"]


def test_a_walk_through_the_files_does_not_count_for_an_index_that_came_meanwhile(world: World) -> None:
    world.cache.begin("walk")
    world.client.run("DEL", world.keys("cache_totals"))
    world.cache.end("walk")
    assert not world.cache.overview().looked
    world.cache.begin("other")
    world.cache.end("other")
    assert world.cache.overview().looked


def test_one_at_a_time_puts_or_deletes_an_entry(world: World) -> None:
    looked(world.cache)
    room = reserved(world, "aa", 10)
    assert world.cache.reserve("aa", 10, QUOTA) == "taken"
    assert world.cache.doom(["aa"]).entries == []
    assert world.cache.drop(["aa"]) == 0
    world.cache.keep([Put("aa", room.lease, 12)])
    assert world.cache.reserve("aa", 10, QUOTA) == "kept"
    doomed = world.cache.doom(["aa"])
    assert world.cache.reserve("aa", 10, QUOTA) == "taken"
    assert world.cache.drop(["aa"], doomed.lease + 1) == 0
    assert world.cache.drop(["aa"], doomed.lease) == 1
    assert check(world) == {}


def test_a_lease_that_is_over_is_named_and_then_anothers(world: World) -> None:
    room = reserved(world, "aa", 10)
    put(world, "bb", 10)
    dying = world.cache.doom(["bb"])
    world.wait(PUT_MS / 1000 - 1)
    assert world.cache.overview().unfinished == []
    world.wait(2)
    found = world.cache.overview()
    assert [*found.unfinished, *found.undead] == [("aa", room.lease), ("bb", dying.lease)]
    taken = world.cache.doom(["aa", "bb"])
    assert sorted(taken.entries) == ["aa", "bb"]
    assert world.cache.keep([Put("aa", room.lease, 10)]) == 0  # it came back too late
    assert world.cache.drop(["bb"], dying.lease) == 0
    assert world.cache.drop(["aa", "bb"], taken.lease) == 2


def test_an_empty_entry_is_one_too(world: World) -> None:
    put(world, "aa", 0)
    assert world.cache.drop(world.cache.doom(["bb"]).entries) == 0
    assert world.cache.drop(["aa"]) == 1
    doomed = world.cache.doom(["cc"])  # that has no row: its lease gives it one
    assert world.cache.reserve("cc", 1, QUOTA) == "taken"
    assert world.cache.drop(["cc"], doomed.lease) == 1


def test_a_large_entry_has_longer_to_be_put(world: World) -> None:
    reserved(world, "aa", 10**9, quota=10**10)
    world.wait(PUT_MS / 1000 + 100)
    assert world.cache.overview().unfinished == []


def test_pinned_entries_stay_however_full_and_old(world: World) -> None:
    looked(world.cache)
    put(world, "aa", 400)
    assert world.cache.pin(["aa", "unknown"], pinned=True) == ["aa"]
    put(world, "bb", 400)
    assert put(world, "cc", 400).entries == ["bb"]
    world.wait(1_000)
    assert world.cache.expire(world.now_ms()).entries == ["cc"]
    assert world.cache.pinned() == {"aa": 400}
    assert world.cache.reserve("dd", 700, QUOTA) == "full"
    assert world.cache.pin(["aa", "unknown"], pinned=False) == ["aa"]
    world.wait(1)
    assert "aa" in world.cache.evict(10**6).entries


def test_more_pinned_ones_than_a_move_looks_at_hide_the_others_only_once(world: World) -> None:
    looked(world.cache)
    pinned = [name(number) for number in range(ROWS + 50)]
    for entry in pinned:
        put(world, entry, 1)
    world.cache.pin(pinned, pinned=True)
    put(world, "zz", 400)
    world.wait(1)
    assert world.cache.reserve("yy", 400, QUOTA) == "full"
    assert reserved(world, "yy", 400).doomed.entries == ["zz"]


def test_what_was_not_used_for_long_is_named(world: World) -> None:
    put(world, "aa", 1)
    world.wait(100)
    put(world, "bb", 1)
    assert world.cache.expire(world.now_ms() - 50_000).entries == ["aa"]
    assert world.cache.overview().counts["expired"] == 1


def test_an_entry_without_a_row_is_adopted_with_its_age_and_one_with_another_size_corrected(world: World) -> None:
    put(world, "aa", 10)
    writing = reserved(world, "bb", 10)
    now_ms = world.now_ms()
    used = {"aa": 1, "bb": 1, "cc": now_ms - 5_000, "dd": now_ms + 10**9}
    assert world.cache.adopt({"aa": 11, "bb": 12, "cc": 13, "dd": 14}, used) == 2
    assert check(world) == {"aa": 11, "bb": 10, "cc": 13, "dd": 14}
    assert world.members("cache_used") == ["cc", "aa", "dd"]
    assert world.cache.page(None, 3)[-1].used_ms <= world.now_ms()  # not for ever the last one to go
    assert world.cache.keep([Put("bb", writing.lease, 10)]) == 1


def test_what_a_job_used_is_known_by_its_id_for_a_month(world: World) -> None:
    world.cache.use([], hits=0, misses=2, folders={"one": ["aa", "bb"], "two": ["aa"]})
    assert world.cache.folders_of(["one", "two", "three"]) == {"one": ["aa", "bb"], "two": ["aa"], "three": []}
    assert world.client.run("PTTL", world.keys("cache_of", "one")) > 29 * 86_400_000
    assert world.cache.overview().counts["misses"] == 2


def test_entries_are_listed_page_by_page_the_longest_unused_first(world: World) -> None:
    names = [name(number) for number in range(7)]
    for entry in names:
        put(world, entry, 1)
        world.wait(0.01)
    world.cache.pin(names[:1], pinned=True)
    first = world.cache.page(None, 3)
    assert [row.entry for row in first] == names[:3]
    assert [row.pinned for row in first] == [True, False, False]
    second = world.cache.page(place(first[-1]), 3)
    assert [row.entry for row in second] == names[3:6]
    world.wait(1)
    world.cache.use([names[5]], hits=1, misses=0, folders={})
    assert [row.entry for row in world.cache.page(place(second[-1]), 3)] == []  # it went to the end itself
    world.cache.drop(names[5:6])
    assert [row.entry for row in world.cache.page(place(second[-1]), 3)] == names[6:]


def test_whatever_happens_the_bytes_are_those_of_the_rows_and_within_the_quota(world: World) -> None:
    rng = random.Random(7)  # noqa: S311 - to be repeated
    looked(world.cache)
    writing: dict[str, tuple[Reserved, int]] = {}
    dying: list[Doomed] = []
    on_disk: dict[str, int] = {}
    for _ in range(600):
        entry, size = name(rng.randrange(60)), rng.randrange(1, 120)
        match rng.randrange(8):
            case 0 | 1 | 2:
                room = world.cache.reserve(entry, size, QUOTA)
                if isinstance(room, Reserved):
                    writing[entry] = (room, size)
                    dying.append(room.doomed)
                    for gone in room.doomed.entries:  # before it is put
                        on_disk.pop(gone, None)
            case 3 | 4 if writing:
                entry = rng.choice(list(writing))
                room, size = writing.pop(entry)
                if room.owed == 0 and rng.random() < 0.8:
                    on_disk[entry] = size
                    world.cache.keep([Put(entry, room.lease, size)])
                else:
                    world.cache.drop([entry], room.lease)
            case 5 if dying:
                gone_now = dying.pop(rng.randrange(len(dying)))
                world.cache.drop(gone_now.entries, gone_now.lease)
            case 6:
                world.cache.use([entry], hits=1, misses=0, folders={})
            case 7:
                world.cache.pin([entry], pinned=rng.random() < 0.3)
        assert sum(on_disk.values()) <= QUOTA
    rows = check(world)
    assert on_disk.items() <= rows.items()


def test_an_entry_of_a_lease_lives_as_long_as_it_says(world: World) -> None:
    put(world, "aa", 1)
    before = world.now_ms()
    assert before + DYING_MS <= world.cache.doom(["aa"]).lease <= world.now_ms() + DYING_MS
