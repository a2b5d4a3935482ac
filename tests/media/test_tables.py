"""Tables of numbers that are mapped where they lie."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file

from mediamill.media import tables

WRITTEN: dict[str, NDArray[Any]] = {
    "weights": np.arange(15, dtype=np.float16).reshape(5, 3)[:, [0, 2]],
    "moves": np.array([0, 2**32 - 1], dtype=np.uint32),
    "features": np.array([-1, 7], dtype=np.int32),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    tables.write(tmp_path / "some.safetensors", WRITTEN, {"labels": "a b"})
    return tmp_path / "some.safetensors"


def test_tables_come_back_as_they_were_and_cannot_be_written(file: Path) -> None:
    by_name, about = tables.mapped(file)
    assert about == {"labels": "a b"}
    assert by_name.keys() == WRITTEN.keys()
    for name, table in by_name.items():
        assert table.dtype == WRITTEN[name].dtype
        assert np.array_equal(table, WRITTEN[name])
        assert not table.flags.writeable


def test_others_read_what_we_write(file: Path) -> None:
    assert all(np.array_equal(table, WRITTEN[name]) for name, table in load_file(file).items())


def test_a_file_that_was_cut_off_or_grew_is_broken(file: Path) -> None:
    whole = file.read_bytes()
    for length in range(0, len(whole), 5):
        file.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"broken|empty"):
            tables.mapped(file)
    file.write_bytes(whole + b"\0")
    with pytest.raises(ValueError, match="broken: it is cut off"):
        tables.mapped(file)


def test_a_head_of_which_one_bit_has_changed_is_broken_or_means_the_same(file: Path) -> None:
    whole = file.read_bytes()
    first = int.from_bytes(whole[:8], "little") + 8
    kept = tables.mapped(file)
    for place in range(0, first, 3):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        file.write_bytes(changed)
        try:
            by_name, about = tables.mapped(file)
        except ValueError:
            continue
        # Space that became another of JSON's, or a digest that is not called so any more: who reads it sees that one.
        assert about == kept.about or about.keys() != kept.about.keys()
        assert all(np.array_equal(table, kept.by_name[name]) for name, table in by_name.items())
