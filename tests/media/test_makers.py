"""What makes a file is told by its code and its libraries, wherever it lies."""

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import mediamill
from mediamill.media.documents import parsers
from mediamill.media.film import studio
from mediamill.media.makers import made_by
from mediamill.media.pictures import sheet
from mediamill.media.voices.files import reel

#: Loaded by what makes files, and decides nothing of what is in them: how a process is asked, and limits.
_BESIDE = {"answering", "digests", "makers", "pictures.slide", "voices.files.formats", "voices.files.growing"}

_LOADED = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
prefix = "mediamill.media."
print(*(f"{name.removeprefix(prefix)}={module.__file__}" for name, module in sys.modules.items() if prefix in name))
"""


@pytest.fixture(autouse=True)
def _anew() -> None:
    made_by.cache_clear()


def code(folder: Path, text: str = "a = 1\n", name: str = "one.py") -> Path:
    """Write a package; return it."""
    (package := folder / "package" / "inner").mkdir(parents=True)
    (package / name).write_text(text)
    (package / "notes.txt").write_text(str(folder))
    return package.parent


def test_the_same_code_is_the_same_wherever_it_lies(tmp_path: Path) -> None:
    found = {made_by(code(tmp_path / place), libraries=("pillow",)) for place in ("here", "there")}
    assert len(found) == 1


def test_other_code_another_name_and_other_files_are_others(tmp_path: Path) -> None:
    packages = [code(tmp_path / "1"), code(tmp_path / "2", "a = 2\n"), code(tmp_path / "3", name="two.py")]
    packages.append(packages[0] / "inner" / "one.py")
    assert len({made_by(each, libraries=()) for each in packages}) == 4


def test_another_version_of_a_library_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    before, alone = made_by(libraries=("pillow", "numpy")), made_by(libraries=("pillow",))
    known = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "99.0" if name == "numpy" else known(name))
    made_by.cache_clear()
    assert made_by(libraries=("pillow", "numpy")) != before
    assert made_by(libraries=("pillow",)) == alone


def test_code_is_read_once_by_a_process(tmp_path: Path) -> None:
    package = code(tmp_path)
    before = made_by(package, libraries=())
    (package / "inner" / "one.py").write_text("a = 2\n")
    assert made_by(package, libraries=()) == before


def test_code_that_is_elsewhere_is_no_maker(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        made_by(tmp_path / "moved.py", libraries=())


@pytest.mark.parametrize(
    ("makers", "sources"),
    [
        (("film.camera", "film.encoder", "film.mixer"), studio.SOURCES),
        (("pictures.press",), sheet.SOURCES),
        (
            (
                *("documents.reader", "documents.docx_reader", "documents.skimmer", "documents.prose"),
                *("documents.files", "documents.scanning", "documents.surveying"),
            ),
            parsers.SOURCES,
        ),
        (tuple(f"voices.files.{name}" for name in ("encode", "mp3", "aac", "audiobook", "containers")), reel.SOURCES),
    ],
    ids=["film", "pictures", "documents", "speech"],
)
def test_all_code_of_ours_that_makes_a_file_is_in_its_key(makers: tuple[str, ...], sources: tuple[Path, ...]) -> None:
    argv = [sys.executable, "-c", _LOADED, *(f"mediamill.media.{name}" for name in makers)]
    told = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()
    files = {name: Path(path) for name, path in (each.split("=", 1) for each in told)}
    root = Path(mediamill.__file__).parent / "media"
    missing = {
        name
        for name, path in files.items()
        if name not in _BESIDE
        and path.name != "__init__.py"
        and path.is_relative_to(root)
        and not any(path.is_relative_to(source) for source in sources)
    }
    assert not missing
