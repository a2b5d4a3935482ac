"""The index of kept files: who finds what, whose bytes count where, and what has to go."""

import itertools
from dataclasses import replace

import pytest
from tests.store.kit import World

from mediamill.store.library import ROWS, Dying, LibraryIndex, Row, Wanted

FOLDER, OTHER = "folder-a", "folder-b"


@pytest.fixture
def index(world: World) -> LibraryIndex:
    return LibraryIndex(world.scripts)


def row(name: str = "r/a.mp4", **changes: object) -> Row:
    plain = Row(
        name=name,
        owner="ann",
        job=f"job of {name}",
        asked=name,
        room="r",
        url="",
        began_ms=500,
        seconds=1.5,
        size_bytes=100,
        kept_ms=1_000,
        folder=FOLDER,
        machine="here",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def check(world: World, index: LibraryIndex) -> list[Row]:
    """Every row has its places and every place a row, and all bytes are the sums; return the rows."""
    dump = {key: content for key, (content, _) in world.dump().items() if key.startswith("library-")}
    ids = {key.removeprefix("library-row:") for key in dump if key.startswith("library-row:")}
    rows = [each for folder in (FOLDER, OTHER) for some in index.all_in(folder) for each in some]
    assert {each.id for each in rows} == ids
    sums: dict[str, int] = {}
    for each in rows:
        for key in (f"library-channels:{each.folder} {each.channel}", f"library-totals:{each.folder} bytes"):
            sums[key] = sums.get(key, 0) + each.size_bytes
    told = {}
    for key, content in dump.items():
        kind = key.partition(":")[0]
        if kind in {"library-view", "library-folder", "library-channel"}:
            assert {str(member) for member, _ in content} <= ids
        elif kind == "library-of":
            assert set(content.values()) <= ids
        elif kind == "library-channels":
            told.update({f"{key} {member}": int(float(size)) for member, size in content})
        elif kind == "library-totals" and "bytes" in content:
            told[f"{key} bytes"] = int(content["bytes"])
    assert {key: size for key, size in told.items() if size} == sums
    return sorted(rows, key=lambda each: each.name)


@pytest.fixture(autouse=True)
def _checked(world: World, index: LibraryIndex) -> object:
    yield
    check(world, index)


def names(index: LibraryIndex, **wanted: object) -> list[str]:
    return [each.name for each in index.page(Wanted(**{"owner": "ann", **wanted}), 0, 100).rows]  # type: ignore[arg-type]


def test_a_row_comes_back_as_it_was(index: LibraryIndex) -> None:
    kept = row('r/Chào "1".mp4', url="https://e.example/ä?b=1&c", s3=("s3://b/c",), seconds=0.25, size_bytes=2**40)
    assert index.adopt([kept]) == []
    assert index.page(Wanted("ann"), 0, 10).rows == [kept]
    assert index.find("ann", kept.name) == kept
    assert index.of_job(kept.job) == [kept]
    assert index.known([kept.name, "none"]) == {kept.name: kept}


def test_an_owner_finds_only_what_is_theirs(index: LibraryIndex) -> None:
    index.adopt([row("a"), row("b", owner="bob"), row("c", owner="ann room r")])
    assert names(index) == ["a"]
    assert names(index, room="r") == ["a"]
    assert index.page(Wanted("bob"), 0, 10).total == 1
    assert index.page(Wanted("ann room r"), 0, 10).rows[0].name == "c"
    assert index.find("ann", "b") is None
    assert index.find("bob", "b") is not None


def test_files_are_found_by_room_and_url_and_time(index: LibraryIndex) -> None:
    index.adopt(
        [
            row("a", room="1", url="u", kept_ms=1_000),
            row("b", room="1", url="v", kept_ms=2_000),
            row("c", room="2", url="u", kept_ms=3_000),
            row("d", room="", url="u", kept_ms=4_000),
            row("e", room="u", url="", kept_ms=5_000),
        ]
    )
    assert names(index) == ["e", "d", "c", "b", "a"]
    assert names(index, room="1") == ["b", "a"]
    assert names(index, url="u") == ["d", "c", "a"]
    assert names(index, room="1", url="u") == ["a"]
    assert names(index, room="u") == ["e"]
    assert names(index, from_ms=2_000, to_ms=4_000) == ["d", "c", "b"]
    assert names(index, url="u", from_ms=1_001) == ["d", "c"]
    assert names(index, from_ms=6_000) == names(index, to_ms=999) == names(index, room="3") == []
    assert names(index, from_ms=4_000, to_ms=2_000) == []


def test_pages_have_all_once_and_stay_as_they_are_behind_a_time(index: LibraryIndex) -> None:
    index.adopt([row(f"{number:03}", kept_ms=1_000 + number // 3) for number in range(50)])
    wanted = Wanted("ann", to_ms=1_016)

    def pages() -> list[str]:
        found = [index.page(wanted, start, 7) for start in range(0, 63, 7)]
        assert {page.total for page in found} == {50}
        assert [len(page.rows) for page in found] == [7] * 7 + [1, 0]
        return [each.name for page in found for each in page.rows]

    before = pages()
    assert sorted(before) == [f"{number:03}" for number in range(50)]
    assert [int(name) // 3 for name in before] == sorted((number // 3 for number in range(50)), reverse=True)
    index.adopt([row("new", kept_ms=1_017)])
    assert pages() == before
    assert index.page(Wanted("ann"), 0, 1000).total == 51


def test_only_the_attempt_that_has_the_job_keeps(world: World, index: LibraryIndex) -> None:
    held = world.running()
    mine = row(job=held.id)
    assert index.keep(mine, "another token") == "stale"
    assert index.keep(mine, held.token) == "kept"
    world.jobs.cancel(held.id)
    assert index.keep(mine, held.token) == "stale"
    assert index.keep(row("b", job="unknown"), held.token) == "stale"
    assert names(index) == ["r/a.mp4"]


def test_a_name_is_given_once_whichever_folder(world: World, index: LibraryIndex) -> None:
    held = world.running()
    index.adopt([row("a")])
    assert index.keep(row("a", job=held.id, folder=OTHER), held.token) == "taken"
    assert index.keep(row("a", job=held.id, owner="bob"), held.token) == "taken"
    assert [each.name for each in index.adopt([row("a", folder=OTHER), row("b")])] == ["a"]


def test_a_job_that_keeps_again_has_one_file(world: World, index: LibraryIndex) -> None:
    held = world.running()
    index.keep(row("a", job=held.id), held.token)
    index.keep(row("a", job=held.id, size_bytes=50, kept_ms=2_000, room="s"), held.token)
    [now] = check(world, index)
    assert (now.size_bytes, now.kept_ms) == (50, 2_000)
    assert names(index, room="r") == []
    assert index.bytes(FOLDER) == 50
    assert index.dying(FOLDER) == []


@pytest.mark.parametrize("name", ["a", "a (2)"])
def test_what_an_attempt_kept_on_another_machine_has_to_go(world: World, index: LibraryIndex, name: str) -> None:
    held = world.running()
    index.keep(row("a", job=held.id), held.token)
    assert index.keep(row(name, job=held.id, asked="a", folder=OTHER, kept_ms=2_000), held.token) == "kept"
    assert names(index) == [name]
    assert index.dying(FOLDER) == [Dying("a", 1_000)]
    assert (index.bytes(FOLDER), index.bytes(OTHER)) == (0, 100)
    # It lies there until then, and is not taken for a new one.
    assert index.adopt([row("a", job=held.id)]) == [row("a", job=held.id)]
    assert index.drop(FOLDER, index.dying(FOLDER)) == 1
    assert names(index) == [name]


def test_what_has_to_go_is_found_by_nobody_and_is_removed_once(index: LibraryIndex) -> None:
    index.adopt([row("a"), row("b", owner="bob"), row("c", folder=OTHER)])
    assert index.doom([row("a"), row("b"), row("none")]) == 2
    assert index.doom([row("a")]) == 0
    assert names(index) == ["c"]
    assert index.page(Wanted("bob"), 0, 10).total == 0
    assert sorted(index.dying(FOLDER)) == [Dying("a", 1_000), Dying("b", 1_000)]
    assert index.dying(OTHER) == []
    assert index.drop(FOLDER, [Dying("a", 1_000), Dying("b", 999)]) == 1
    assert index.dying(FOLDER) == [Dying("b", 1_000)]


def test_what_is_kept_again_need_not_go(index: LibraryIndex) -> None:
    index.adopt([row("a")])
    index.doom([row("a")])
    index.adopt([row("a", kept_ms=2_000)])
    assert index.dying(FOLDER) == []
    assert index.drop(FOLDER, [Dying("a", 1_000)]) == 0
    assert names(index) == ["a"]


def test_all_that_a_job_kept_goes_with_it(index: LibraryIndex) -> None:
    index.adopt([row("a", job="j"), row("b", job="j", folder=OTHER), row("c")])
    assert index.doom_of("j") == 2
    assert index.doom_of("j") == 0
    assert names(index) == ["c"]
    assert index.dying(OTHER) == [Dying("b", 1_000)]


def test_a_file_that_is_not_there_leaves_the_index(index: LibraryIndex) -> None:
    index.adopt([row("a"), row("b")])
    assert index.drop(OTHER, [Dying("a", 1_000)]) == 0
    assert index.drop(FOLDER, [Dying("a", 1_000), Dying("none", 1_000)]) == 1
    assert index.drop(FOLDER, []) == 0
    assert names(index) == ["b"]


def test_the_oldest_of_a_folder_and_of_a_channel(index: LibraryIndex) -> None:
    index.adopt(
        [
            row("a", kept_ms=3_000),
            row("b", kept_ms=1_000, room="s"),
            row("c", kept_ms=2_000, owner="bob"),
            row("d", kept_ms=500, folder=OTHER),
            row("e", kept_ms=4_000, url="u", size_bytes=1_000),
            row("f", kept_ms=5_000, room="", url="r"),
        ]
    )
    assert [each.name for each in index.oldest(FOLDER)] == ["b", "c", "a", "e", "f"]
    assert [each.name for each in index.oldest(FOLDER, until_ms=2_000)] == ["b", "c"]
    assert [each.name for each in index.oldest(FOLDER, channel=row("a").channel)] == ["a", "e"]
    assert [(each.digest, each.bytes) for each in index.large_channels(FOLDER, 100)] == [(row().channel, 1_100)]
    assert index.large_channels(FOLDER, 1_100) == []
    assert index.bytes(FOLDER) == 1_400


def test_a_folder_is_known_once_it_was_looked_through(index: LibraryIndex) -> None:
    assert not index.looked(FOLDER)
    index.note_looked(FOLDER)
    assert index.looked(FOLDER)
    assert not index.looked(OTHER)


def test_thousands_in_a_folder_are_walked_through(index: LibraryIndex) -> None:
    rows = [row(f"r/{number:05}", kept_ms=number) for number in range(1_200)]
    for start in range(0, len(rows), ROWS):
        index.adopt(rows[start : start + ROWS])
    assert {each.name for some in index.all_in(FOLDER) for each in some} == {each.name for each in rows}
    index.doom(rows[:ROWS])
    found = set()
    for _ in itertools.takewhile(lambda _: index.dying(FOLDER), itertools.count()):
        some = index.dying(FOLDER)
        found |= {each.name for each in some}
        assert index.drop(FOLDER, some) == len(some)
    assert found == {each.name for each in rows[:ROWS]}
