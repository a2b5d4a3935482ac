"""What tells languages apart: one copy of it for all processes, that says what the model itself says."""

import os
import subprocess
import sys
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mediamill.cli.finding import Finding
from mediamill.cli.languages_here import languages_here
from mediamill.core.errors import PermanentError
from mediamill.media import installed, tables
from mediamill.media.voices.prose import identifier as identifiers
from mediamill.media.voices.prose.identifier import has_copy, identifier, install, is_shared, place
from mediamill.settings import load

_FOLDER = Path(__file__).parent
_SENTENCES = [
    line.rsplit("\t", 1)[-1]
    for table in ("language.tsv", "sentences.tsv")
    for line in (_FOLDER / table).read_text(encoding="utf-8").splitlines()
]
#: More languages than the tables have, each line one of them.
_ELSEWHERE = (_FOLDER / "test_language.py").read_text(encoding="utf-8").splitlines()
_TEXTS = [*_SENTENCES, *_ELSEWHERE, " ".join(_SENTENCES), "", " ", "1984", "\ud800", "\0", "?!", "\N{SNOWMAN}" * 9]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that was made where a killed machine had left a half."""
    with _use(tmp_path_factory.mktemp("languages")):
        place().write_bytes(b"half")
        assert not has_copy()
        assert is_shared()
        return place()


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401 - py3langid has no types
    """The model where no copy can be made."""
    (file := tmp_path_factory.mktemp("languages") / "file").write_text("")
    with _use(file / "share"):
        with pytest.raises(PermanentError, match="file"):
            install()
        assert not is_shared()
        return identifier()


@contextmanager
def _use(folder: Path) -> Iterator[None]:
    installed.use(folder)
    identifier.cache_clear()
    try:
        yield
    finally:
        installed.use(None)
        identifier.cache_clear()


def test_the_copy_says_what_the_model_says_to_the_last_bit(loaded: Any, copy: Path) -> None:  # noqa: ANN401
    with _use(copy.parent):
        model = identifier()
    assert isinstance(model.tk_nextmove, memoryview)
    assert isinstance(loaded.tk_nextmove, array)
    told = [model.classify(text) for text in _TEXTS]
    assert told == [loaded.classify(text) for text in _TEXTS]
    assert len({language for language, _ in told}) > 20
    assert model.labels == loaded.labels
    assert len(_TEXTS) > 300


def test_a_copy_that_is_cut_off_or_says_something_else_is_not_read(copy: Path, tmp_path: Path) -> None:
    size = copy.stat().st_size
    with copy.open("rb") as file:
        head = file.read(5_000)
    with _use(tmp_path):
        assert not has_copy()
        for begins, length in ((b"", 0), (b"half", 4), (head, 5_000), (head, size - 1), (_other(head), size)):
            place().write_bytes(begins)
            os.truncate(place(), length)
            assert not has_copy()
        tables.write(place(), {"moves": tables.mapped(copy).by_name["priors"]}, {})
        assert not has_copy()


def _other(head: bytes) -> bytes:
    assert b" de " in head
    return head.replace(b" de ", b" df ", 1)


def test_a_copy_is_of_one_release_and_of_certain_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    before = place()
    monkeypatch.setattr("py3langid.__version__", "99.0")
    assert place() != before
    monkeypatch.undo()
    monkeypatch.setattr(identifiers, "_WANTED", {"en", "de"})
    assert place() != before


def test_doctor_says_where_the_copy_is_or_what_it_costs_to_have_none(copy: Path, tmp_path: Path) -> None:
    def found(folder: Path) -> Finding:
        with _use(folder):
            known = {"MEDIAMILL_LEXICON_DIR": str(folder), "MEDIAMILL_DATA_DIR": str(tmp_path)}
            (finding,) = languages_here(load(known))
            return finding

    assert found(copy.parent) == Finding("languages", "ok", f"their model is in {copy}")
    lacking = found(tmp_path / "words")
    assert lacking.verdict == "note"
    assert lacking.fix is not None
    assert not (tmp_path / "words").exists()


def test_a_process_with_a_copy_unpacks_nothing(copy: Path) -> None:
    code = f"""
import lzma, pathlib
lzma.open = None
from mediamill.media import installed
from mediamill.media.voices.prose.language import language_of_text
installed.use(pathlib.Path({str(copy.parent)!r}))
assert language_of_text("Bonjour tout le monde, il fait beau.") == "fr"
"""
    subprocess.run([sys.executable, "-c", code], check=True)
