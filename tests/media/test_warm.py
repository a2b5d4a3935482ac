"""The process that is kept, what replaces it, and what a fork of it has and has not."""

import hashlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from tests.media.apart import WARMED, WITHOUT, Apart, running

from mediamill.core.errors import Cancelled, PermanentError, RetryableError
from mediamill.media import programs, warm
from mediamill.media.confine import Confine
from mediamill.media.limits import Limits
from mediamill.media.programs import Program
from mediamill.media.warm_parent import Lasts
from mediamill.testing import eventually


@pytest.fixture(autouse=True)
def _no_parents_are_left() -> Iterator[None]:
    yield
    warm.close()
    assert [
        each for each in psutil.Process().children(recursive=True) if "warm_parent" in " ".join(each.cmdline())
    ] == []


@pytest.fixture
def apart(tmp_path: Path) -> Apart:
    folder = tmp_path / "own"
    folder.mkdir()
    return Apart(folder, warm=True)


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Writes modules that may be imported."""
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))

    def write(name: str, body: str) -> None:
        (folder / f"{name}.py").write_text(textwrap.dedent(body))

    return write


def start(module: str, folder: Path, *words: str) -> Program:
    return warm.start(module, [module, *words], cwd=folder, limits=Limits(30), check=lambda: None)


def said(module: str, folder: Path, *words: str) -> str:
    with start(module, folder, *words) as program:
        return program.wait(lambda: None).output


def parent_of(apart: Apart) -> int:
    return int(apart.run("print(IMPORTED_BY)").output)


# ---- one process, many runs


def test_the_imports_are_made_once(apart: Apart) -> None:
    first = parent_of(apart)
    assert [parent_of(apart) for _ in range(3)] == [first] * 3
    assert int(apart.run("import os; print(os.getpid())").output) != first
    assert len(psutil.Process(first).threads()) == 1
    assert apart.run("print(PREPARED_BY)").output == f"[{first}]"


def test_a_run_has_its_own_words_folder_and_surroundings(apart: Apart) -> None:
    show = "import os, sys, tempfile; print(sys.argv[0], argv[1:], os.getcwd(), tempfile.gettempdir(), os.environ['A'])"
    assert apart.run(show, env={"A": "ế"}).output == f"code [] {apart.folder} {apart.folder} ế"
    assert apart.run("import os; print('A' in os.environ, 'PYTHONPATH' in os.environ)").output == "False False"


def test_what_a_run_returns_is_its_return_code(apart: Apart) -> None:
    assert apart.run("returned = 101").returncode == 101


def test_a_run_has_no_descriptor_but_its_own(apart: Apart) -> None:
    shown = apart.run("import os; print(*sorted(os.listdir('/proc/self/fd')))")
    assert shown.output.split()[:3] == ["0", "1", "2"]
    assert len(shown.output.split()) == 4  # and that of the listing itself


def test_of_the_runs_before_nothing_is_in_a_runs_memory(apart: Apart) -> None:
    needle = "hunter-4711-needle"
    apart.run(f"password = {needle!r}", env={"PASSWORD": needle})
    look = f"""
import re
needle = {needle[::-1]!r}[::-1].encode()
found = 0
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb") as memory:
    for line in list(maps):
        first, last = (int(each, 16) for each in line.split()[0].split("-"))
        if "rw" in line.split()[1]:
            memory.seek(first)
            found += memory.read(last - first).count(needle)
print(found)
"""
    # Once: what the code above has just put together.
    assert int(apart.run(look).output) <= 1


def test_many_threads_run_at_once(apart: Apart) -> None:
    codes: list[int] = []
    threads = [
        threading.Thread(
            target=lambda n=n: codes.append(apart.run(f"import time; time.sleep(0.2); returned = {n}").returncode)
        )
        for n in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == list(range(12))
    assert len([each for each in psutil.Process().children() if "warm_parent" in " ".join(each.cmdline())]) == 1


def test_threads_that_find_it_stale_at_once_all_run(apart: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "LASTS", Lasts(runs=3))
    with ThreadPoolExecutor(8) as threads:
        codes = list(threads.map(lambda n: apart.run(f"returned = {n}").returncode, range(40)))
    assert codes == list(range(40))


def test_runs_leave_no_descriptor(apart: Apart) -> None:
    parent = psutil.Process(parent_of(apart))
    me = psutil.Process()
    before = me.num_fds(), parent.num_fds()
    for number in range(30):
        apart.run(f"returned = {number % 3}")
    eventually(lambda: not parent.children())
    assert (me.num_fds(), parent.num_fds()) == before


def test_a_run_costs_a_fraction_of_a_start(apart: Apart) -> None:
    """The limit is four times what it takes here: other programs run, too."""
    parent = psutil.Process(parent_of(apart))

    def spent_s() -> float:
        each = parent.cpu_times()
        return each.user + each.system + each.children_user + each.children_system

    runs = 20
    before = spent_s()
    for _ in range(runs):
        apart.run("pass")
    eventually(lambda: not parent.children())
    assert (spent_s() - before) / runs < 0.03


# ---- the parent


def test_a_crash_of_a_run_does_not_touch_the_next(apart: Apart) -> None:
    before = parent_of(apart)
    for number in ("SIGSEGV", "SIGKILL", "SIGTERM"):
        code = f"import os, signal; os.kill(os.getpid(), signal.{number})"
        assert apart.run(code).returncode == -getattr(signal, number)
    assert parent_of(apart) == before


def test_it_is_replaced_when_it_was_killed(apart: Apart) -> None:
    before = parent_of(apart)
    os.kill(before, signal.SIGKILL)
    assert parent_of(apart) != before


def test_a_run_that_cannot_begin_waits_for_no_other(apart: Apart, modules: Callable[[str, str], None]) -> None:
    modules("patient", "import time\ndef main(argv): time.sleep(60)")
    with start("patient", apart.folder) as running:
        limits = Limits(30)
        with pytest.raises(RetryableError, match="ends before it can be run"):
            # A mark longer than any is what no run can begin with.
            warm.start("patient", ["patient"], cwd=apart.folder, limits=limits, check=lambda: None, tag="x" * 500)
        assert not running.ended


def test_what_runs_goes_on_when_there_is_no_room_for_another_process(
    apart: Apart, modules: Callable[[str, str], None]
) -> None:
    modules(
        "crowded",
        """
        import errno, os, time

        fork, forks, here = os.fork, [], os.getpid()

        def once():
            forks.append(1)
            if os.getpid() == here and len(forks) > 1:
                raise OSError(errno.EAGAIN, "no room")
            return fork()

        os.fork = once

        def main(argv):
            print(*argv, flush=True)
            time.sleep(float(argv[0]))
        """,
    )
    with start("crowded", apart.folder, "60") as running:
        assert said("crowded", apart.folder, "0") == "0"
        assert not running.ended


@pytest.mark.parametrize(("walled", "room"), [(False, 0), (False, 2), (False, 4), (False, 5), (True, 5)])
def test_what_runs_goes_on_when_there_is_no_room_for_the_next_ones_descriptors(
    apart: Apart, modules: Callable[[str, str], None], *, walled: bool, room: int
) -> None:
    modules(
        "full",
        f"""
        import os, resource, socket, time

        receive, calls, here = socket.recv_fds, [], os.getpid()

        def scant(*words):
            calls.append(1)
            if len(calls) > 1:
                free = [number for number in range(999) if not os.path.exists(f"/proc/self/fd/{{number}}")]
                resource.setrlimit(resource.RLIMIT_NOFILE, (free[{room}], 999))
            return receive(*words)

        socket.recv_fds = scant

        def main(argv):
            print(here, flush=True)
            time.sleep(float(argv[0]))
        """,
    )
    confine = Confine(writable=(apart.folder,)) if walled else None

    def run(seconds: str) -> Program:
        words, limits = ["full", seconds], Limits(30)
        return warm.start("full", words, cwd=apart.folder, limits=limits, check=lambda: None, confine=confine)

    with run("60") as running:
        first = psutil.Process(running.pid).ppid()
        with run("0") as next_one:
            assert int(next_one.wait(lambda: None).output) != first
        assert not running.ended


def test_what_runs_dies_with_it_and_is_lost(apart: Apart) -> None:
    parent = parent_of(apart)
    with start(WARMED, apart.folder, "import time; time.sleep(600)") as program:
        os.kill(parent, signal.SIGKILL)
        eventually(lambda: program.ended)
    assert not running(program.pid)


def test_a_changed_file_replaces_it_and_what_runs_of_it_goes_on(
    tmp_path: Path, modules: Callable[[str, str], None]
) -> None:
    body = "import os, sys\ndef main(argv):\n    print({version}, os.getppid() and argv)\n    {rest}\n"
    modules("changing", body.format(version=1, rest="sys.stdout.flush(); os.read(os.open('go', os.O_RDONLY), 1)"))
    os.mkfifo(tmp_path / "go")
    lines: list[str] = []
    with warm.start(
        "changing", ["changing"], cwd=tmp_path, limits=Limits(30), check=lambda: None, on_line=lines.append
    ) as old:
        assert old.follow(lambda: None, lambda: bool(lines)) is None
        modules("changing", body.format(version=2, rest="pass  # and longer"))
        assert said("changing", tmp_path) == "2 []"
        os.close(os.open(tmp_path / "go", os.O_WRONLY))
        assert old.wait(lambda: None).returncode == 0
    assert lines == ["1 []"]
    # The old one ends with its last run, and is buried with the next start.
    eventually(lambda: len(parents()) == 1)


def parents() -> list[psutil.Process]:
    return [
        each
        for each in psutil.Process().children(recursive=True)
        if each.status() != psutil.STATUS_ZOMBIE and "mediamill.media.warm_parent" in each.cmdline()[3:6]
    ]


def test_a_module_that_cannot_be_imported_is_named_with_the_reason(
    tmp_path: Path, modules: Callable[[str, str], None]
) -> None:
    modules("broken", "import no_such_library")
    modules("empty", "")
    modules("threaded", "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()")
    for name, why in (("broken", "no_such_library"), ("empty", "main"), ("threaded", "thread"), ("missing", "missing")):
        with pytest.raises(PermanentError, match=why) as caught:
            start(name, tmp_path)
        assert caught.value.code == "PROGRAM_MISSING"


def test_a_module_is_imported_while_the_job_can_be_cancelled(
    tmp_path: Path, modules: Callable[[str, str], None]
) -> None:
    modules("slow", "import time\ntime.sleep(600)")

    def check() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        warm.start("slow", ["slow"], cwd=tmp_path, limits=Limits(30), check=check)


def test_arguments_and_folders_that_none_can_be_started_with_are_told(tmp_path: Path) -> None:
    with pytest.raises(PermanentError) as caught:
        start(WARMED, tmp_path, "zero\0byte")
    assert caught.value.code == "PROGRAM_ARGUMENT"
    with pytest.raises(PermanentError) as caught:
        start(WARMED, tmp_path / "missing")
    assert caught.value.code == "PROGRAM_FOLDER"


def test_odd_arguments_reach_main_as_they_are(apart: Apart) -> None:
    odd = ["", "a b", "--", "ế", "\udcff", "line\nbreak", "x" * 300_000]
    show = "import hashlib; print(hashlib.sha256(repr(argv[1:]).encode('utf-8', 'surrogateescape')).hexdigest())"
    expected = hashlib.sha256(repr(odd).encode("utf-8", "surrogateescape")).hexdigest()
    assert said(WARMED, apart.folder, show, *odd) == expected


def test_a_process_that_forked_has_parents_of_its_own(apart: Apart) -> None:
    mine = parent_of(apart)
    readable, writable = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writable, str(parent_of(apart)).encode())
            warm.close()
        finally:
            os._exit(0)
    os.close(writable)
    with os.fdopen(readable) as file:
        assert int(file.read()) != mine
    os.waitpid(child, 0)
    assert parent_of(apart) == mine


def test_the_keeper_does_not_take_a_parent_for_a_programs_supervisor(apart: Apart) -> None:
    parent = parent_of(apart)
    programs.kill_group(parent)
    assert running(parent)


@pytest.mark.parametrize("lasts", [Lasts(runs=2), Lasts(age_s=0.2)], ids=["runs", "age"])
def test_it_is_replaced_when_it_has_lasted_long_enough(
    apart: Apart, monkeypatch: pytest.MonkeyPatch, lasts: Lasts
) -> None:
    monkeypatch.setattr(warm, "LASTS", lasts)
    first = parent_of(apart)
    eventually(lambda: parent_of(apart) != first)
    eventually(lambda: not running(first))


def test_it_goes_when_nobody_asks_and_another_answers_who_asks_then(
    apart: Apart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "LASTS", Lasts(idle_s=0.1))
    first = parent_of(apart)
    eventually(lambda: not running(first))
    assert parent_of(apart) != first


ONCE = """
from pathlib import Path
from tests.media.apart import Apart
done = [Apart(Path(sys.argv[2]), warm=True).run("print(argv[1:]); returned = 7") for _ in range(2)]
print([(each.returncode, each.output) for each in done])
"""


def test_a_kernel_that_tells_nobody_of_ends_runs_it_all_the_same(tmp_path: Path) -> None:
    older = WITHOUT.replace("[444]", "[444, 434]")  # pidfd_open
    env = os.environ | {"PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
    argv = [sys.executable, "-c", older, ONCE, str(tmp_path)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, env=env)
    assert done.stdout.splitlines()[-1] == "[(7, '[]'), (7, '[]')]"
