"""`mediamill doctor` says whether the recorder that an operator brings is here, and the one that we know."""

from pathlib import Path

from mediamill.cli.finding import Finding
from mediamill.cli.recorder_here import recorder_here
from mediamill.media.live.tlr import COMMIT
from mediamill.settings import load


def findings(root: Path | None) -> list[Finding]:
    return list(recorder_here(load({"TLR_ROOT": str(root)} if root else {}, None)))


def test_doctor_says_nothing_of_what_nobody_wants() -> None:
    assert findings(None) == []


def test_doctor_says_that_it_is_missing_at_another_version_or_the_one_we_know(tmp_path: Path) -> None:
    (missing,) = findings(tmp_path)
    assert missing.verdict == "bad"
    (tmp_path / "src").mkdir()
    (tmp_path / "src/main.py").touch()
    (unknown,) = findings(tmp_path)
    assert unknown.verdict == "note"
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("0" * 40)
    (other,) = findings(tmp_path)
    assert other.verdict == "note"
    assert f"checkout {COMMIT}" in other.words
    (tmp_path / ".git/HEAD").write_text(COMMIT)
    (known,) = findings(tmp_path)
    assert known.verdict == "ok"
