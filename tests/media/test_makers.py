"""What makes a file is told by its code and its libraries, wherever it lies."""

from importlib import metadata
from pathlib import Path

import pytest

from mediamill.media.makers import made_by


def code(folder: Path, text: str = "a = 1\n", name: str = "one.py") -> Path:
    """Write a package; return it."""
    (package := folder / "package" / "inner").mkdir(parents=True)
    (package / name).write_text(text)
    (package / "notes.txt").write_text(str(folder))
    return package.parent


def test_the_same_code_is_the_same_wherever_it_lies(tmp_path: Path) -> None:
    found = {made_by(code(tmp_path / place), libraries=["pillow"]) for place in ("here", "there")}
    assert len(found) == 1


def test_other_code_another_name_and_other_files_are_others(tmp_path: Path) -> None:
    packages = [code(tmp_path / "1"), code(tmp_path / "2", "a = 2\n"), code(tmp_path / "3", name="two.py")]
    packages.append(packages[0] / "inner" / "one.py")
    assert len({made_by(each, libraries=()) for each in packages}) == 4


def test_another_version_of_a_library_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    before = made_by(libraries=["pillow", "numpy"])
    known = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "99.0" if name == "numpy" else known(name))
    assert made_by(libraries=["pillow", "numpy"]) != before
    assert made_by(libraries=["pillow"]) == made_by(libraries=["pillow"])
