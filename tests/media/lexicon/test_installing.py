"""Building WordNet's database at set-up: once, whole, and by one process at a time."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.media.lexicon.release import lay

from mediamill.core.errors import PermanentError
from mediamill.media import installed
from mediamill.media.lexicon import sources, wordnet
from mediamill.media.lexicon.installing import LICENCE, install


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where the database is to be."""
    installed.use(tmp_path / "share" / "words")
    yield wordnet.place().parent
    installed.use(None)


def whole(folder: Path) -> Path:
    return lay(folder / "release")


def without_adverbs(folder: Path) -> Path:
    (lay(folder / "release") / "data.adv").unlink()
    return folder / "release"


def nothing(_folder: Path) -> Path:
    raise PermanentError("no source of WordNet answered")


def unexpected(_folder: Path) -> Path:
    raise AssertionError("it was there already")


def test_the_database_is_built_with_its_licence_beside_it(folder: Path) -> None:
    assert install(whole) == folder / wordnet.NAME
    found = wordnet.wordnet()
    assert found is not None
    assert found.senses("bee")
    assert "Princeton University" in (folder / LICENCE).read_text()


def test_nothing_is_asked_for_when_it_is_there() -> None:
    install(whole)
    install(unexpected)


def test_without_a_source_there_is_no_half_database_and_the_reason_is_told(folder: Path) -> None:
    with pytest.raises(PermanentError, match="no source"):
        install(nothing)
    with pytest.raises(PermanentError, match=r"data\.adv|No such file"):
        install(without_adverbs)
    assert {path.name for path in folder.iterdir()} <= {f".{wordnet.NAME}.lock"}
    assert install(whole).is_file()


def test_what_a_killed_one_left_behind_goes(folder: Path) -> None:
    left = folder / f".{wordnet.NAME}-building-dead"
    left.mkdir(parents=True)
    (left / wordnet.NAME).write_bytes(b"half")
    install(whole)
    assert not left.exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    installed.use(tmp_path / "file" / "words")
    with pytest.raises(PermanentError, match="file"):
        install(whole)


def _in_a_process(
    folder: Path, gate: "multiprocessing.synchronize.Barrier", told: "multiprocessing.Queue[str]"
) -> None:
    def counted(place: Path) -> Path:
        told.put("built")
        return lay(place / "release")

    installed.use(folder)
    gate.wait(10)
    install(counted)
    told.put("done")


def test_of_several_at_once_one_builds_and_the_others_wait_for_it(folder: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    gate, told = spawn.Barrier(4), spawn.Queue()
    processes = [spawn.Process(target=_in_a_process, args=(folder, gate, told)) for _ in range(4)]
    for process in processes:
        process.start()
    words = [told.get(timeout=20) for _ in range(5)]
    for process in processes:
        process.join(10)
    assert sorted(words) == ["built", "done", "done", "done", "done"]
    assert words[0] == "built"


def test_a_machine_without_npm_and_apt_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "files").mkdir()
    with pytest.raises(PermanentError, match=r"npm: .*npm.*; apt: .*apt-get"):
        sources.fetch(tmp_path / "files")
