"""A disk that fills up while a file comes: what is told, and that nothing is left of it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.disk import NoSmallDisk, SmallDisk
from tests.site import Site

_MIB = 1024 * 1024
#: Runs one request in the small disk's namespace; prints the code of its error and what is left.
_RUN = """
import json, sys
from pathlib import Path
from mediamill import PermanentError, RetryableError
from mediamill.media import egress
from mediamill.services.downloads.tests.parts import asked
from mediamill.services.downloads import service
from mediamill.settings import EgressSettings
from mediamill.testing import FakeContext
from mediamill.variables import destinations
address, url, folder = sys.argv[1:]
egress.use(EgressSettings(destinations(address)))
try:
    service.run(asked(url=url, format="original"), FakeContext(Path(folder)))
    code = ""
except (PermanentError, RetryableError) as failed:
    code = failed.code
left = [str(path) for path in Path(folder).rglob("*") if path.is_file()]
print(json.dumps([code, left]))
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    try:
        small = SmallDisk(tmp_path / "disk", 8 * _MIB)
    except NoSmallDisk as not_here:
        pytest.skip(f"mounting is not allowed here: {not_here}")
    with small:
        yield small


def test_a_disk_that_fills_up_meanwhile_leaves_no_byte(disk: SmallDisk, site: Site) -> None:
    argv = [sys.executable, "-c", _RUN, site.address, site("/stalls/tone.wav"), str(disk.folder / "work")]
    process = subprocess.Popen(disk.within(argv), stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own words
    try:
        assert site.stalled.wait(30)
        disk.fill()
        site.let_go.set()
        told, _ = process.communicate(timeout=60)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    code, left = json.loads(told.splitlines()[-1])
    assert code == "DISK_FULL"
    assert [path for path in left if "filler" not in path] == []
