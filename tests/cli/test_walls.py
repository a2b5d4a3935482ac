"""What `mediamill doctor` says of the walls around programs that fetch."""

import subprocess
import sys

import pytest
from tests.media.apart import WITHOUT

from mediamill.media import apart

ASK = """
from mediamill.cli.walls_here import walls_here
(finding,) = walls_here(None)
print(finding.verdict, finding.words)
"""


@pytest.mark.skipif(bool(apart.missing_walls()), reason="this kernel lacks some")
def test_doctor_says_what_is_held_back() -> None:
    done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("ok files, TCP, signals are held back by Landlock ")


def test_doctor_says_what_the_kernel_does_not_hold_back() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT, ASK], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("note this kernel does not hold back files (Landlock), TCP (Landlock)")
