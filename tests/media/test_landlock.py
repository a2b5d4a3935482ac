"""Rules as the kernel takes them: of each version, and where it has none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.media.apart import WITHOUT

from mediamill.media import landlock
from mediamill.media.confine import Confine

RESTRICTED = """
import ctypes, os, sys
rules, *attempts = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.syscall(446, int(rules), 0) == 0
for attempt in attempts:
    try:
        eval(attempt)
        print("done")
    except OSError as error:
        print(type(error).__name__)
"""

GOES_ON = """
from pathlib import Path
import structlog
from mediamill.core.context import Sandbox
from mediamill.media import apart, landlock
from mediamill.media.limits import Limits
folder = Path(sys.argv[2])
with structlog.testing.capture_logs() as lines:
    for _ in range(2):
        done = apart.run(
            ["sh", "-c", "echo 1 > ../beside; echo well"], Sandbox(), cwd=folder, limits=Limits(30),
            check=lambda: None, stopping=lambda: False,
        )
print(landlock.version(), done.output, [line["event"] for line in lines])
"""

pytestmark = pytest.mark.skipif(not landlock.version(), reason="the kernel has no Landlock")


def tried(confine: Confine, version: int, *attempts: str) -> list[str]:
    rules = landlock.ruleset(confine, version)
    assert rules is not None
    try:
        argv = [sys.executable, "-I", "-S", "-c", RESTRICTED, str(rules), *attempts]
        done = subprocess.run(argv, pass_fds=[rules], capture_output=True, text=True, check=True)
    finally:
        os.close(rules)
    return done.stdout.split()


@pytest.mark.parametrize("version", range(1, 9))
def test_each_version_holds_what_it_knows(tmp_path: Path, version: int) -> None:
    if version > landlock.version():
        pytest.skip("the kernel has an older one")
    own, other = tmp_path / "own", tmp_path / "other"
    for folder in (own, other):
        folder.mkdir()
        (folder / "file").write_text("content")
    refused = "PermissionError"
    asked = {
        f"open('{own}/new', 'w')": "done",
        f"open('{own}/file').read()": "done",
        "open('/dev/null', 'w')": "done",
        "open('/usr/bin/env', 'rb')": "done",
        f"open('{other}/file')": refused,
        f"open('{other}/new', 'w')": refused,
        f"os.listdir('{other}')": refused,
        "open('/etc/shadow')": refused,
        "__import__('socket').create_server(('127.0.0.1', 0))": refused if version >= 4 else "done",
        f"os.kill({os.getpid()}, 0)": refused if version >= 6 else "done",
    }
    assert tried(Confine((own,)), version, *asked) == list(asked.values())


def test_a_file_may_be_named_as_well_as_a_folder(tmp_path: Path) -> None:
    for name in ("named", "beside"):
        (tmp_path / name).write_text("content")
    own = tmp_path / "own"
    own.mkdir()
    confine = Confine((own,), readable=(tmp_path / "named", tmp_path / "missing"))
    attempts = [f"open('{tmp_path}/{name}')" for name in ("named", "beside")]
    assert tried(confine, landlock.version(), *attempts) == ["done", "PermissionError"]


def test_a_folder_to_write_to_that_is_not_there_is_an_error_and_no_descriptor_is_left(tmp_path: Path) -> None:
    before = sorted(path.name for path in Path("/proc/self/fd").iterdir())
    with pytest.raises(FileNotFoundError):
        landlock.ruleset(Confine((tmp_path / "missing",)))
    assert sorted(path.name for path in Path("/proc/self/fd").iterdir()) == before


def test_a_program_in_a_virtual_environment_may_read_it(tmp_path: Path) -> None:
    """As those of pipx are: a link to a script, whose interpreter and libraries are elsewhere in the home."""
    made, base = tmp_path / "venvs" / "tool", tmp_path / "pythons" / "3.13"
    for folder in (made / "bin", base / "bin"):
        folder.mkdir(parents=True)
    (made / "pyvenv.cfg").write_text(f"home = {base}/bin\nversion = 3.13.1\n")
    (made / "bin" / "tool").write_text("#!/bin/sh")
    link = tmp_path / "bin" / "tool"
    link.parent.mkdir()
    link.symlink_to(made / "bin" / "tool")
    assert set(Confine(()).around(link).readable) == {link, made / "bin", made, base}


def test_where_the_kernel_has_no_landlock_the_run_goes_on_and_one_line_says_so(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    argv = [sys.executable, "-c", WITHOUT, GOES_ON, str(own)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0 well ['sandbox.walls_missing']"
    assert (tmp_path / "beside").exists()
