"""Coverage of processes that were killed."""

from pathlib import Path

import coverage
import pytest
from coverage.data import combine_parallel_data
from coverage.exceptions import DataError
from tests.measured import unfinished

PAGE = 4096


def part_of(data_file: Path, lines: int) -> Path:
    """Return the part that a process left which ended by itself."""
    before = set(data_file.parent.iterdir())
    data = coverage.CoverageData(str(data_file), suffix=True)
    data.add_arcs({f"/{number}.py": [(line, line + 1) for line in range(lines)] for number in range(20)})
    data.write()
    data.close()
    (part,) = set(data_file.parent.iterdir()) - before
    return part


def test_parts_that_cannot_be_added_up_are_found(tmp_path: Path) -> None:
    data_file = tmp_path / ".coverage"
    whole, torn, cut = (part_of(data_file, lines) for lines in (50, 60, 70))
    body = torn.read_bytes()
    torn.write_bytes(body[: -2 * PAGE] + bytes(2 * PAGE))
    cut.write_bytes(cut.read_bytes()[:PAGE])
    (tmp_path / ".coverage.new").touch()
    assert set(unfinished(data_file)) == {torn, cut, tmp_path / ".coverage.new"}

    with pytest.raises(DataError):
        combine_parallel_data(coverage.CoverageData(str(data_file)), data_paths=[str(torn)])
    combine_parallel_data(together := coverage.CoverageData(str(data_file)), data_paths=[str(whole)])
    assert len(together.measured_files()) == 20


def test_a_part_whose_process_was_killed_before_its_last_word_is_not_whole(tmp_path: Path) -> None:
    data_file = tmp_path / ".coverage"
    data = coverage.CoverageData(str(data_file), suffix=True)
    data.add_arcs({"/a.py": [(1, 2)]})
    data.close()
    assert unfinished(data_file) == [Path(data.data_filename())]
