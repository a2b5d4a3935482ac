"""What a program in a sandbox can do, cannot do, and what becomes of it; started, and forked from a warm process."""

import ast
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.media.apart import GENERATIONS, STUBBORN, Apart, kill, running
from tests.site import Site, site

from mediamill.core.context import Network
from mediamill.core.errors import Cancelled, PermanentError, RetryableError
from mediamill.media import egress, landlock, programs, seccomp, warm
from mediamill.media.limits import Limits
from mediamill.media.strays import descendants
from mediamill.settings import EgressSettings
from mediamill.testing import eventually
from mediamill.variables import destinations

pytestmark = pytest.mark.skipif(landlock.version() < landlock.NETWORK_SINCE, reason="the kernel has no such Landlock")


@pytest.fixture(params=["started", "warm"])
def apart(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Apart]:
    folder = tmp_path / "own"
    folder.mkdir()
    apart = Apart(folder, request.param == "warm")
    yield apart
    kill(apart.pids())


@pytest.fixture(scope="module", autouse=True)
def _no_parents_are_left() -> Iterator[None]:
    yield
    warm.close()


@pytest.fixture(scope="module")
def pages() -> Iterator[Site]:
    with site() as pages:
        egress.use(EgressSettings(destinations(pages.address)))
        yield pages
        egress.use(None)


# ---- files


def test_it_writes_in_its_own_folder_and_nowhere_else(apart: Apart) -> None:
    wrote = apart.run("""
import os
os.makedirs("a/b"); os.mkdir("c")
open("a/b/one", "w").write("1")
os.rename("a/b/one", "c/two")
os.symlink("two", "c/three"); os.link("c/two", "four"); os.truncate("four", 0); os.remove("four")
open("/dev/null", "w").write("nothing")
print(os.listdir("c"))
""")
    assert (wrote.returncode, sorted(ast.literal_eval(wrote.output))) == (0, ["three", "two"])
    beside = apart.folder.parent / "beside"
    beside.mkdir()
    (beside / "file").touch()
    for attempt in (
        "open('../new', 'w')",
        "open('../beside/file', 'a')",
        "os.remove('../beside/file')",
        "os.truncate('../beside/file', 0)",
        "os.rename('c', '../c')",
        "os.link('c/two', '../two')",
        "os.mkdir('/tmp/mediamill-new')",
        "open('/dev/shm/mediamill-new', 'w')",
    ):
        assert apart.tried(attempt).split()[1] in {"EACCES", "EXDEV"}, attempt
    assert {path.name for path in apart.folder.parent.iterdir()} == {"beside", "own"}
    assert [path.name for path in beside.iterdir()] == ["file"]


def test_it_reads_what_every_program_reads_and_nothing_of_ours(apart: Apart) -> None:
    secrets, given = apart.folder.parent / "secrets", apart.folder.parent / "given"
    for folder in (secrets, given):
        folder.mkdir()
        (folder / "file").write_text("content")
    assert apart.tried(f"open('{given}/file').read()", readable=(given,)) == "content"
    assert apart.tried("len(open('/proc/cpuinfo').read()) > 0 and len(os.listdir('/usr')) > 0") == "True"
    for attempt in (f"open('{secrets}/file')", f"os.listdir('{secrets}')", "os.listdir('..')", "open('/etc/shadow')"):
        assert apart.tried(attempt) == "PermissionError EACCES", attempt
    # The rights that one way of reading gives are not those of writing.
    assert apart.tried(f"open('{given}/file', 'w')", readable=(given,)) == "PermissionError EACCES"


def test_it_sees_nothing_of_our_environment_and_memory(apart: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS", "owner:secret")
    for what in ("environ", "mem", "maps", "root/etc/hostname"):
        seen = apart.tried(f"open('/proc/{os.getpid()}/{what}', 'rb').read(9)")
        assert seen.split()[1] in {"EACCES", "EPERM"}, what
    assert "secret" not in apart.run("import os; print(dict(os.environ))").output


def test_it_has_no_rights_of_root(apart: Apart) -> None:
    told = apart.run("print(*[line for line in open('/proc/self/status') if line.startswith(('Cap', 'NoNew'))])").output
    assert {int(line.split()[1], 16) for line in told.splitlines() if "Bnd" not in line and line.strip()} == {0, 1}


def test_what_it_starts_is_held_to_the_same(apart: Apart) -> None:
    told = apart.run("import subprocess; print(subprocess.run(['sh', '-c', 'echo 1 > ../new']).returncode != 0)")
    assert told.output.splitlines()[-1] == "True"
    assert not (apart.folder.parent / "new").exists()


def test_it_may_signal_nobody_but_its_own(apart: Apart) -> None:
    assert apart.tried(f"os.kill({os.getpid()}, 0)").split()[1] == "EPERM"
    assert apart.tried("os.kill(os.getppid(), 9)").split()[1] == "EPERM"
    assert apart.tried("os.kill(os.getpid(), 0)") == "None"


# ---- the network


def test_without_a_network_it_reaches_nothing(apart: Apart) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert apart.tried(f"socket.create_connection(('127.0.0.1', {port}))") == "PermissionError EACCES"
        assert apart.tried("socket.create_server(('127.0.0.1', 0))") == "PermissionError EACCES"
        assert apart.tried("os.environ['https_proxy']") == "http://127.0.0.1:9"


@pytest.mark.skipif(not seccomp.program(), reason="no filter was written for this machine")
def test_the_ways_to_talk_that_landlock_does_not_know_are_closed(apart: Apart) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        where = f"('127.0.0.1', {server.getsockname()[1]})"
        for attempt in (
            "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
            "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
            "socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)",  # MPTCP
            "socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)",
            "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
            "socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)",
            f"socket.socket().sendto(b'x', socket.MSG_FASTOPEN, {where})",
            f"socket.socket().sendmsg([b'x'], [], socket.MSG_FASTOPEN, {where})",
        ):
            assert apart.tried(attempt) == "PermissionError EPERM", attempt
    assert apart.tried("len(socket.socketpair())") == "2"
    assert apart.tried("__import__('ctypes').CDLL(None).syscall(425, 8, None)") == "-1"  # io_uring


@pytest.mark.skipif(not seccomp.program(), reason="no filter was written for this machine")
def test_it_changes_nothing_of_others_that_belongs_to_the_same_user(apart: Apart) -> None:
    key = apart.folder.parent / "secret-key"
    key.touch(mode=0o600)
    for attempt in ("os.chmod('../secret-key', 0o644)", "os.chown('../secret-key', 1, 1)", "os.chmod('..', 0)"):
        assert apart.tried(attempt) == "None"
    assert (key.stat().st_mode & 0o777, key.stat().st_uid) == (0o600, os.getuid())
    limit = "__import__('resource').prlimit({}, __import__('resource').RLIMIT_CORE, (0, 0))"
    assert apart.tried(limit.format(os.getpid())) == "PermissionError EPERM"
    assert apart.tried(limit.format(0)) == "(0, 0)"
    assert apart.tried("__import__('ctypes').CDLL(None).unshare(0x10000000)") == "-1"


def test_copies_threads_and_children_work_as_ever(apart: Apart) -> None:
    done = apart.run("""
import shutil, subprocess, tempfile, threading
open("a", "w").write("1")
shutil.copy2("a", "b"); shutil.copytree(".", "c/d", ignore=lambda *_: ["c"])
thread = threading.Thread(target=print, args=("thread",)); thread.start(); thread.join()
print(subprocess.run(["cat", "b"], capture_output=True, text=True).stdout)
print(len(tempfile.NamedTemporaryFile(dir=".").name) > 0)
""")
    assert (done.returncode, done.output) == (0, "thread\n1\nTrue")


def test_it_reaches_what_the_guard_lets_it_reach(apart: Apart, pages: Site) -> None:
    fetch = f"""
from urllib.request import urlopen
print(len(urlopen({pages("/audio/tone.mp3")!r}).read()))
for where in ({pages("/redirect/private")!r}, "http://127.0.0.1:1/"):
    try:
        urlopen(where)
    except OSError as error:
        print(error)
"""
    done = apart.run(fetch, network=Network())
    size, *refusals = done.output.splitlines()
    assert int(size) > 1_000
    assert done.received_bytes > int(size)
    assert all("403" in line for line in refusals)
    assert [line.split(":")[0] for line in done.refused] == ["10.0.0.1", "127.0.0.1"]
    host, port = pages.address.split(":")
    past = apart.tried(f"socket.create_connection(('{host}', {port}))", network=Network())
    assert past == "PermissionError EACCES"


def test_more_than_it_may_receive_ends_it(apart: Apart, pages: Site) -> None:
    endless = f"from urllib.request import urlopen\nfor _ in iter(urlopen({pages('/endless.mp3')!r}).read, b''): pass"
    with pytest.raises(PermanentError) as caught:
        apart.run(endless, network=Network(most_bytes=1_000_000))
    assert (caught.value.code, "1,000,000" in caught.value.message) == ("TOO_LARGE", True)


def test_the_password_of_its_gate_is_in_no_line(apart: Apart) -> None:
    show = "import os; print(os.environ['http_proxy'].rpartition('@')[0])"
    assert apart.run(show, network=Network()).output == "http://mill:***"


# ---- its end


def test_nothing_of_it_is_left_when_it_is_cancelled(apart: Apart) -> None:
    def check() -> None:
        if apart.all_up():
            raise Cancelled

    apart.check = check
    with pytest.raises(Cancelled):
        apart.run(STUBBORN, grace_s=0.2)
    assert len(apart.pids()) == GENERATIONS
    assert apart.all_gone()


def test_what_it_leaves_running_is_killed(apart: Apart) -> None:
    code = f"""
import os, time
if not os.fork():
    exec({STUBBORN!r})
while not os.path.exists("pid-2"):
    time.sleep(0.01)
print("done")
"""
    assert apart.run(code).output == "done"
    assert len(apart.pids()) == GENERATIONS
    assert apart.all_gone()


def test_one_that_neither_prints_nor_receives_has_stalled(apart: Apart, pages: Site) -> None:
    stalls = f"from urllib.request import urlopen\nurlopen({pages('/stalls/tone.mp3')!r}).read()"
    began = time.monotonic()
    for code, network in (("import time; time.sleep(600)", None), (stalls, Network())):
        with pytest.raises(RetryableError) as caught:
            apart.run(code, network=network, idle_s=0.5, grace_s=0.1)
        assert caught.value.code == "STALLED"
    assert time.monotonic() - began > 1


def test_one_that_prints_has_not_stalled(apart: Apart) -> None:
    prints = "import time\nfor n in range(16): print(n, flush=True); time.sleep(0.1)"
    assert apart.run(prints, idle_s=1.0).output.endswith("15")


def test_one_that_computes_in_silence_has_not_stalled_and_its_time_ends(apart: Apart) -> None:
    computes = """
import os, time
if not os.fork():
    while time.process_time() < {seconds}:
        pass
    os._exit(0)
os.wait()
print("done")
"""
    assert apart.run(computes.format(seconds=1.5), idle_s=0.6).output == "done"
    with pytest.raises(RetryableError) as caught:
        apart.run(computes.format(seconds=600), idle_s=0.6, grace_s=0.1, limits=Limits(wall_s=1.5))
    assert caught.value.code == "PROGRAM_TIMEOUT"


def test_one_that_only_looks_again_and_again_has_stalled(apart: Apart) -> None:
    with pytest.raises(RetryableError, match="little was computed"):
        apart.run("import time\nwhile True: time.sleep(0.05)", idle_s=0.6, grace_s=0.1)


def test_a_hundred_megabytes_of_output_are_read_and_not_kept(apart: Apart) -> None:
    done = apart.run("import os\nfor n in range(1600): os.write(1, b'x' * 65535 + b'\\n')")
    assert done.returncode == 0
    assert len(done.output) <= 64 * 1024
    assert len(apart.lines) == 1600


def test_asked_to_stop_it_gets_one_interrupt_and_its_own_time(apart: Apart) -> None:
    code = """
import signal, time
heard = []
signal.signal(signal.SIGINT, lambda *_: heard.append(1))
print("up", flush=True)
while not heard: time.sleep(0.02)
time.sleep(0.6)
print(len(heard))
"""

    def check() -> None:
        apart.stopping = apart.lines == ["up"]

    apart.check = check
    assert apart.run(code, grace_s=0).output == "up\n1"


def test_one_that_begins_when_the_job_is_stopping_already_may_finish(apart: Apart) -> None:
    apart.stopping = True
    assert apart.run("import time; time.sleep(0.5); print('finished')").output == "finished"


def test_its_grace_is_the_sandboxs_own(apart: Apart) -> None:
    code = """
import signal, time
signal.signal(signal.SIGINT, lambda *_: print("heard", flush=True))
print("up", flush=True)
while True: time.sleep(0.02)
"""

    def check() -> None:
        if "up" in apart.lines:
            raise Cancelled

    apart.check = check
    began = time.monotonic()
    with pytest.raises(Cancelled):
        apart.run(code, limits=Limits(30, grace_s=0), grace_s=0.6)
    assert 0.5 < time.monotonic() - began < 5


def test_limits_hold(apart: Apart) -> None:
    for code, limits, expected in (
        ("open('big', 'wb').write(bytes(3 << 20))", Limits(30, file_bytes=1 << 20), "PROGRAM_FILE_SIZE"),
        ("bytearray(700 << 20)", Limits(30, memory_bytes=500 << 20), "PROGRAM_MEMORY"),
        ("while True: pass", Limits(30, cpu_s=1), "PROGRAM_CPU"),
        ("import time; time.sleep(600)", Limits(0.5), "PROGRAM_TIMEOUT"),
    ):
        with pytest.raises((PermanentError, RetryableError)) as caught:
            apart.run(code, limits=limits, grace_s=0.1)
        assert caught.value.code == expected
    mine = "import resource as r; print(r.getrlimit(r.RLIMIT_CORE), r.getrlimit(r.RLIMIT_FSIZE)[0])"
    assert apart.run(mine, limits=Limits(30, file_bytes=1 << 20)).output == f"(0, 0) {1 << 20}"
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 1 << 20


@pytest.mark.parametrize(
    ("code", "returncode", "says"),
    [
        ("print('well')", 0, "well"),
        ("import sys; sys.exit(7)", 7, ""),
        ("import sys; sys.exit('no')", 1, "no"),
        ("raise ValueError('odd')", 1, "ValueError: odd"),
        ("import os; os.abort()", -signal.SIGABRT, ""),
        ("import os, signal; os.kill(os.getpid(), signal.SIGINT)", -signal.SIGINT, "KeyboardInterrupt"),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL, ""),
        ("import atexit; atexit.register(print, 'last'); print('first', end='\\n')", 0, "last"),
        ("import threading, time; threading.Timer(0.2, print, ['late']).start()", 0, "late"),
        ("import sys; print(repr(sys.stdin.read()))", 0, "''"),
    ],
)
def test_it_ends_as_python_does(apart: Apart, code: str, returncode: int, says: str) -> None:
    done = apart.run(code)
    said = done.output.splitlines()[-1] if done.output else ""
    assert (done.returncode, said) == (returncode, says)


# ---- who else ends it


def test_the_keeper_kills_it_by_its_id(apart: Apart) -> None:
    pids: list[int] = []

    def check() -> None:
        if apart.all_up():
            assert os.getsid(pids[0]) == pids[0]
            programs.kill_group(pids[0])
            assert apart.all_gone()
            raise Cancelled

    apart.check = check
    with pytest.raises(Cancelled):
        apart.run(STUBBORN, started=pids.append)
    assert apart.all_gone()
    assert not running(pids[0])


def test_it_is_found_by_its_tag_when_its_supervisor_is_gone(apart: Apart) -> None:
    pids: list[int] = []
    killed: list[int] = []

    def check() -> None:
        if apart.all_up() and not killed:
            os.kill(pids[0], signal.SIGKILL)
            eventually(lambda: not running(pids[0]))
            killed.append(programs.kill_tagged("attempt-7"))
            assert apart.all_gone()

    apart.check = check
    with pytest.raises(RetryableError) as caught:
        apart.run(STUBBORN, started=pids.append, tag="attempt-7")
    assert caught.value.code == "PROGRAM_LOST"
    assert killed[0] >= 1


WORKER = """
import os, sys, time
from pathlib import Path
from tests.media.apart import STUBBORN, Apart

def copy(pid):
    if sys.argv[3] == "copy" and not os.fork():
        time.sleep(600)  # holds a copy of the life line

Apart(Path(sys.argv[1]), sys.argv[2] == "True").run(STUBBORN, started=copy)
"""


@pytest.mark.parametrize("how", ["plain", "copy"])
def test_when_the_worker_is_killed_nothing_is_left(apart: Apart, how: str) -> None:
    """copy: a process that it forked holds the life line, too."""
    # A killed process would leave half a coverage file behind.
    env = {name: value for name, value in os.environ.items() if "COV" not in name}
    path = os.pathsep.join(each for each in sys.path if each)
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(apart.folder), str(apart.warm), how],
        start_new_session=True,
        env=env | {"PYTHONPATH": path},
    )
    try:
        eventually(apart.all_up, within_s=20)
        copies = {each.pid for each in psutil.Process(worker.pid).children() if WORKER in each.cmdline()}
        started = [pid for pid, _ in descendants(worker.pid) if pid not in copies]
        assert len(started) >= GENERATIONS
        worker.kill()
        eventually(lambda: apart.all_gone() and not any(map(running, started)), within_s=9)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
