"""`mediamill doctor` says what ended jobs left that could not be handed in."""

from pathlib import Path

from mediamill.cli.finding import Finding
from mediamill.cli.lasting_here import lasting_here
from mediamill.files.lasting import Lasting, Note
from mediamill.settings import load


def test_doctor_says_what_waits_to_be_handed_in_of_which_service(tmp_path: Path) -> None:
    settings = load({"MEDIAMILL_DATA_DIR": str(tmp_path), "MEDIAMILL_MACHINE": "here"})
    lasting = Lasting(tmp_path, "here")

    def found() -> Finding:
        (one,) = lasting_here(settings)
        return one

    for number in range(3):
        note = Note(job_id=f"job-{number}", token="attempt", service="films", owner="ann", params={})  # noqa: S106
        folder = lasting.make(note)
        for name in ("1.ts", "2.ts"):
            (folder / name).write_bytes(bytes(2**20))
    assert found() == Finding("lasting", "ok", "no file of an ended job waits to be handed in")  # their jobs may run
    for number in range(2):
        assert lasting.take(f"job-{number}", "attempt")
    assert found().verdict == "note"
    assert "4 files of ended jobs (2 of films; 4 MiB)" in found().words
    assert "kept for 30 days" in found().words
