import os
import subprocess
import sys
from pathlib import Path

import pytest

from mediamill.cli.lock import FolderLock
from mediamill.core.errors import Conflict


def test_a_second_server_on_a_folder_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    with FolderLock(tmp_path), pytest.raises(Conflict, match=f"process {os.getpid()}"):
        FolderLock(tmp_path, wait_s=0)


def test_a_released_folder_can_be_taken_again(tmp_path: Path) -> None:
    with FolderLock(tmp_path):
        pass
    with FolderLock(tmp_path, wait_s=0):
        pass


def test_a_child_that_inherits_the_descriptor_holds_the_lock_on(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[lock.fd]) as child:
        lock.release()
        with pytest.raises(Conflict):
            FolderLock(tmp_path, wait_s=0)
        child.communicate(b"\n")
    with FolderLock(tmp_path, wait_s=0):
        pass


def test_a_server_that_is_just_ending_is_waited_for(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(0.5)"], stdin=subprocess.DEVNULL, pass_fds=[lock.fd]
    ):
        lock.release()
        with FolderLock(tmp_path, wait_s=5):
            pass
