"""Real processes, started, limited and killed. What a program leaves running is found by its files of ids."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill.core.context import Completed
from mediamill.core.errors import Cancelled, PermanentError, RetryableError
from mediamill.media import output, programs
from mediamill.media.programs import Limits
from mediamill.testing import eventually

PYTHON = (sys.executable, "-I", "-S", "-c")

#: Makes a child that leaves its session, ignores every polite signal, and has a child of its own.
STUBBORN = """
import os, signal, sys, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
for generation in range(3):
    open(f"pid-{generation}.part", "w").write(str(os.getpid()))
    os.rename(f"pid-{generation}.part", f"pid-{generation}")
    if generation < 2 and os.fork():
        break
    if generation == 1:
        os.setsid()
time.sleep(600)
"""
GENERATIONS = 3


def nothing() -> None:
    """A check that finds nothing."""


def pids(folder: Path) -> list[int]:
    return [int(path.read_text()) for path in sorted(folder.glob("pid-?"))]


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return False


def all_up(folder: Path) -> bool:
    return len(pids(folder)) == GENERATIONS


def all_gone(folder: Path) -> bool:
    return not any(running(pid) for pid in pids(folder))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A working folder; what a failed test leaves running in it is killed."""
    yield tmp_path
    for pid in pids(tmp_path):
        if running(pid):
            os.kill(pid, signal.SIGKILL)


def run(folder: Path, *argv: str | Path, check: Callable[[], None] = nothing, **limits: float) -> Completed:
    return programs.run(argv, cwd=folder, limits=Limits(**({"wall_s": 30} | limits)), check=check)  # type: ignore[arg-type]


# ---- running


def test_output_and_errors_come_back_in_order_with_the_return_code(folder: Path) -> None:
    done = run(folder, "sh", "-c", "echo one; echo two >&2; printf three; exit 3")
    assert done == Completed(("sh", "-c", "echo one; echo two >&2; printf three; exit 3"), 3, "one\ntwo\nthree")


def test_a_program_killed_by_a_signal_has_its_number_as_negative_return_code(folder: Path) -> None:
    assert run(folder, "sh", "-c", "kill -SEGV $$").returncode == -signal.SIGSEGV


def test_arguments_reach_the_program_as_they_are(folder: Path) -> None:
    odd = ["", "a b", "$HOME;`id`", "--", "-x", "ế", "\udcff", "line\nbreak"]
    show = "import sys; print([a.encode('utf-8', 'surrogateescape') for a in sys.argv[1:]])"
    assert run(folder, *PYTHON, show, *odd).output == str([a.encode("utf-8", "surrogateescape") for a in odd])


def test_a_program_has_no_input_its_own_home_and_none_of_our_secrets(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEYS", "owner:secret")
    monkeypatch.setenv("TZ", "Asia/Ho_Chi_Minh")
    script = "cat; pwd; echo $HOME $TMPDIR $TZ; env"
    done = programs.run(["sh", "-c", script], cwd=folder, limits=Limits(30), check=nothing, env={"EXTRA": "1"})
    assert done.output.splitlines()[:2] == [str(folder), f"{folder} {folder} Asia/Ho_Chi_Minh"]
    assert "EXTRA=1" in done.output
    assert "secret" not in done.output


def test_programs_beside_our_python_are_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert run(folder, Path(sys.executable).name, "-c", "print(1)").output == "1"


def test_a_relative_path_is_relative_to_the_working_folder(folder: Path) -> None:
    (folder / "tool").write_text("#!/bin/sh\necho $0")
    (folder / "tool").chmod(0o755)
    assert run(folder, "./tool").output == f"{folder}/tool"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("no-such-program", None),
        ("/no/such/program", None),
        ("./plain", "no rights to run"),
        ("./script", "#!/no/such/interpreter\n"),
    ],
)
def test_a_program_that_is_not_there_is_named(folder: Path, name: str, body: str | None) -> None:
    if body is not None:
        (folder / name).write_text(body)
        (folder / name).chmod(0o755 if body.startswith("#!") else 0o644)
    with pytest.raises(PermanentError, match=Path(name).name) as caught:
        run(folder, name)
    assert caught.value.code == "PROGRAM_MISSING"
    assert str(folder) not in caught.value.message


def test_arguments_that_no_program_can_take_are_permanent_faults(folder: Path) -> None:
    for argument in ("zero\0byte", "x" * 200_000):
        with pytest.raises(PermanentError) as caught:
            run(folder, "echo", argument)
        assert caught.value.code == "PROGRAM_ARGUMENT"


def test_a_missing_working_folder_is_told(folder: Path) -> None:
    with pytest.raises(PermanentError) as caught:
        run(folder / "missing", "true")
    assert caught.value.code == "PROGRAM_FOLDER"


def test_a_machine_without_descriptors_is_a_reason_to_try_again(folder: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.dup(0)
    os.close(lowest_free)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
        with pytest.raises(RetryableError) as caught:
            run(folder, "true")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert caught.value.code == "PROGRAM_START"
    assert run(folder, "true").returncode == 0


# ---- output


def test_lines_are_told_as_they_come_and_masked(folder: Path) -> None:
    lines: list[str] = []
    script = "printf 'key=hunter2\\n10%%\\r20%%\\r'; printf hun; printf 'ter2\\n'"
    done = programs.run(
        ["sh", "-c", script],
        cwd=folder,
        limits=Limits(30),
        check=nothing,
        mask=lambda line: line.replace("hunter2", "***"),
        on_line=lines.append,
    )
    assert lines == ["key=***", "10%", "20%", "***"]
    assert done.output == "\n".join(lines)


def test_of_endless_output_only_the_tail_is_kept(folder: Path) -> None:
    done = run(folder, *PYTHON, "for n in range(200_000): print(n)")
    assert done.output.endswith("199998\n199999")
    assert len(done.output) <= output.TAIL_CHARS


def test_a_line_without_end_is_cut_after_it_was_masked() -> None:
    kept = output.Output(lambda line: line.replace("secret", "***"), None)
    kept.feed(b"x" * (output.LINE_CHARS - 3) + b"secret" + b"y" * 100_000)
    kept.feed(b"y" * 100_000, final=True)
    assert kept.tail == "x" * (output.LINE_CHARS - 3) + "***…"


@given(st.lists(st.binary(max_size=40)), st.integers(1, 7))
def test_lines_do_not_depend_on_how_they_were_read(parts: list[bytes], size: int) -> None:
    body = b"\n".join(parts)
    whole, pieces = output.Output(str, None), output.Output(str, None)
    whole.feed(body, final=True)
    for at in range(0, len(body), size):
        pieces.feed(body[at : at + size])
    pieces.feed(b"", final=True)
    assert pieces.tail == whole.tail


# ---- ending


def test_cancel_kills_every_descendant_and_goes_on(folder: Path) -> None:
    def check() -> None:
        if all_up(folder):
            raise Cancelled

    began = time.monotonic()
    with pytest.raises(Cancelled):
        run(folder, *PYTHON, STUBBORN, check=check)
    assert time.monotonic() - began < 4
    assert len(pids(folder)) == GENERATIONS
    assert all_gone(folder)


def test_whatever_goes_wrong_while_waiting_kills_the_program(folder: Path) -> None:
    def on_line(line: str) -> None:
        raise ZeroDivisionError(line)

    with pytest.raises(ZeroDivisionError):
        programs.run(
            ["sh", "-c", "echo $$ > pid-0; echo line; sleep 600"],
            cwd=folder,
            limits=Limits(30),
            check=nothing,
            on_line=on_line,
        )
    assert len(pids(folder)) == 1
    assert all_gone(folder)


def test_time_over_kills_and_is_a_reason_to_try_again(folder: Path) -> None:
    with pytest.raises(RetryableError, match=r"took longer than 0\.5 s") as caught:
        run(folder, *PYTHON, STUBBORN, wall_s=0.5, grace_s=0.2)
    assert caught.value.code == "PROGRAM_TIMEOUT"
    assert all_gone(folder)


def test_a_program_may_end_well_on_the_first_interrupt(folder: Path) -> None:
    script = "trap 'echo bye; exit 0' INT; echo $$ > pid-0; while :; do sleep 0.05; done"
    with programs.start(["sh", "-c", script], cwd=folder, limits=Limits(30, grace_s=20)) as program:
        eventually(lambda: len(pids(folder)) == 1)
        program.kill()
        done = program.wait(nothing)
    assert (done.returncode, done.output) == (0, "bye")


def test_an_interrupt_lets_the_program_finish_in_its_own_time(folder: Path) -> None:
    script = "trap 'sleep 0.3; echo finished; exit 7' INT; echo $$ > pid-0; while :; do sleep 0.05; done"
    with programs.start(["sh", "-c", script], cwd=folder, limits=Limits(30, grace_s=0)) as program:
        eventually(lambda: len(pids(folder)) == 1)
        program.interrupt()
        done = program.wait(nothing)
    assert (done.returncode, done.output) == (7, "finished")


def test_an_interrupt_in_its_first_moment_is_not_lost(folder: Path) -> None:
    for _ in range(20):
        with programs.start(["sleep", "600"], cwd=folder, limits=Limits(30, grace_s=0)) as program:
            program.interrupt()
            assert program.wait(nothing).returncode == -signal.SIGINT


def test_interrupts_reach_programs_of_a_worker_that_ignores_them(folder: Path) -> None:
    """Celery's prefork children ignore SIGINT, and what they start would too."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        done = run(folder, *PYTHON, "import signal as s; print(s.getsignal(s.SIGINT) is s.default_int_handler)")
        ignored = run(folder, "sh", "-c", "grep -E 'Sig(Ign|Blk)' /proc/self/status")
    finally:
        signal.signal(signal.SIGINT, before)
    assert done.output == "True"
    # Of the standard signals, 1 to 31; the C library blocks some of its own beyond.
    assert [int(line.split()[1], 16) & 0x7FFFFFFF for line in ignored.output.splitlines()] == [0, 0]


def test_what_a_finished_program_left_running_is_killed(folder: Path) -> None:
    script = f"{sys.executable} -I -S -c '{STUBBORN}' & while [ ! -e pid-2 ]; do sleep 0.02; done; echo done"
    assert run(folder, "sh", "-c", script).output == "done"
    assert len(pids(folder)) == GENERATIONS
    assert all_gone(folder)


def test_a_program_left_as_a_context_is_gone(folder: Path) -> None:
    with programs.start([*PYTHON, STUBBORN], cwd=folder, limits=Limits(30, grace_s=0)) as program:
        eventually(lambda: all_up(folder))
    assert all_gone(folder)
    program.kill()
    program.close()


def test_any_thread_may_kill(folder: Path) -> None:
    with programs.start(["sleep", "600"], cwd=folder, limits=Limits(30)) as program:
        threading.Timer(0.1, program.kill).start()
        assert program.wait(nothing).returncode == -signal.SIGINT


# ---- limits


def refused(folder: Path, *argv: str, **limits: float) -> PermanentError:
    with pytest.raises(PermanentError) as caught:
        run(folder, *argv, check=nothing, **limits)
    return caught.value


def test_limits_hold_for_the_program_and_not_for_us(folder: Path) -> None:
    before = [resource.getrlimit(kind) for kind in (resource.RLIMIT_DATA, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE)]
    limits = Limits(30, memory_bytes=300 << 20, file_bytes=1 << 20, cpu_s=60)
    kinds = "(r.RLIMIT_DATA, r.RLIMIT_CPU, r.RLIMIT_FSIZE, r.RLIMIT_CORE)"
    show = f"import resource as r; print([r.getrlimit(k) for k in {kinds}])"
    done = programs.run([*PYTHON, show], cwd=folder, limits=limits, check=nothing)
    assert done.output == str([(300 << 20, 300 << 20), (60, 62), (1 << 20, 1 << 20), (0, 0)])
    after = [resource.getrlimit(kind) for kind in (resource.RLIMIT_DATA, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE)]
    assert after == before


def test_a_program_that_wants_more_memory_than_it_may_have_says_so_or_crashes(folder: Path) -> None:
    said = refused(folder, *PYTHON, "bytearray(400 << 20)", memory_bytes=300 << 20)
    assert (said.code, "300 MiB" in said.message) == ("PROGRAM_MEMORY", True)
    crashes = "import os\nx = []\ntry:\n while True: x.append(bytearray(1 << 20))\nexcept BaseException: os.abort()"
    assert refused(folder, *PYTHON, crashes, memory_bytes=100 << 20).code == "PROGRAM_MEMORY"


def test_memory_that_is_only_reserved_does_not_count(folder: Path) -> None:
    reserve = "import mmap; mmap.mmap(-1, 8 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ)"
    assert run(folder, *PYTHON, reserve, memory_bytes=100 << 20).returncode == 0


def test_a_program_that_crashes_or_fails_by_itself_is_not_said_to_be_over_a_limit(folder: Path) -> None:
    limits = Limits(30, memory_bytes=300 << 20, file_bytes=1 << 20, cpu_s=60)
    aborts, fails = (*PYTHON, "import os; os.abort()"), ("sh", "-c", "exit 3")
    ended = [programs.run(argv, cwd=folder, limits=limits, check=nothing).returncode for argv in (aborts, fails)]
    assert ended == [-signal.SIGABRT, 3]


@pytest.mark.parametrize("shell", [(), ("sh", "-c", '"$@" && true', "sh")], ids=["itself", "in a shell"])
def test_a_file_is_not_longer_than_it_may_be(folder: Path, shell: tuple[str, ...]) -> None:
    copied = ("dd", "if=/dev/zero", "of=big", "bs=1M", "count=3")
    assert refused(folder, *shell, *copied, file_bytes=1 << 20).code == "PROGRAM_FILE_SIZE"
    assert (folder / "big").stat().st_size == 1 << 20


def test_a_program_that_is_told_that_its_file_is_too_large_is_understood(folder: Path) -> None:
    """Python ignores the signal and gets EFBIG."""
    error = refused(folder, *PYTHON, "open('big', 'wb').write(bytes(3 << 20))", file_bytes=1 << 20)
    assert error.code == "PROGRAM_FILE_SIZE"


@pytest.mark.parametrize("trap", ["", "trap '' XCPU; "], ids=["ends", "ignores the signal"])
def test_a_program_that_burns_the_processor_is_ended(folder: Path, trap: str) -> None:
    assert refused(folder, "sh", "-c", f"{trap}while :; do :; done", cpu_s=1).code == "PROGRAM_CPU"


def test_a_limit_above_our_own_becomes_our_own(folder: Path) -> None:
    script = f"""
import resource
from pathlib import Path
from mediamill.media import programs
resource.setrlimit(resource.RLIMIT_FSIZE, (4096 * 10, 4096 * 10))
limits = programs.Limits(30, file_bytes=1 << 30)
done = programs.run(["sh", "-c", "ulimit -f"], cwd=Path({str(folder)!r}), limits=limits, check=lambda: None)
print(done.output)
"""
    worker = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(worker.stdout) in {40, 80}


# ---- the deaths of others

WORKER = """
import os, multiprocessing, sys, threading, time
from pathlib import Path
from mediamill.media import programs

folder, how, code = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

def work():
    with programs.start([sys.executable, "-I", "-S", "-c", code], cwd=folder, limits=programs.Limits(600)) as program:
        if how == "copy" and not os.fork():
            time.sleep(600)  # holds a copy of the life line
        (folder / "worker.part").write_text(f"{os.getpid()} {program.pid}")
        (folder / "worker.part").rename(folder / "worker")
        program.wait(lambda: None)

if how == "thread":
    # The thread that starts a program ends before the program does.
    start = lambda: globals().update(kept=programs.start([sys.executable, "-I", "-S", "-c", code],
                                     cwd=folder, limits=programs.Limits(600)))
    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    (folder / "worker.part").write_text(f"{os.getpid()} {kept.pid}")
    (folder / "worker.part").rename(folder / "worker")
    kept.wait(lambda: None)
elif how == "daemon":
    process = multiprocessing.get_context("fork").Process(target=work, daemon=True)
    process.start()
    process.join()
else:
    work()
"""


@pytest.mark.parametrize("how", ["plain", "copy", "thread", "daemon"])
def test_when_the_worker_is_killed_nothing_of_its_program_is_left(folder: Path, how: str) -> None:
    """plain; a forked process holds the life line too; started by a thread that ended; in a daemonic child."""
    # A killed process would leave half a coverage file behind.
    env = {name: value for name, value in os.environ.items() if "COV" not in name}
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(folder), how, STUBBORN], start_new_session=True, cwd=folder, env=env
    )
    try:
        eventually(lambda: all_up(folder) and (folder / "worker").exists(), within_s=20)
        starter, supervisor = map(int, (folder / "worker").read_text().split())
        assert not all_gone(folder)
        os.kill(starter, signal.SIGKILL)
        eventually(lambda: all_gone(folder) and not running(supervisor), within_s=4)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def test_when_the_supervisor_is_killed_nothing_of_its_program_is_left(folder: Path) -> None:
    with programs.start([*PYTHON, STUBBORN], cwd=folder, limits=Limits(30)) as program:
        eventually(lambda: all_up(folder))
        os.kill(program.pid, signal.SIGKILL)
        # The program itself goes at once: its worker may have been killed too, and could do nothing.
        eventually(lambda: not running(pids(folder)[0]))
        with pytest.raises(RetryableError) as caught:
            program.wait(nothing)
    assert caught.value.code == "PROGRAM_LOST"
    assert all_gone(folder)


def test_a_supervisor_that_does_not_react_is_killed_with_all_it_has(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "PATIENCE_S", 0.3)
    began = time.monotonic()
    with programs.start([*PYTHON, STUBBORN], cwd=folder, limits=Limits(30, grace_s=0)) as program:
        eventually(lambda: all_up(folder))
        os.kill(program.pid, signal.SIGSTOP)
        program.kill()
        assert program.wait(nothing).returncode == -signal.SIGKILL
    assert all_gone(folder)
    assert time.monotonic() - began < 8


def test_a_supervisor_that_does_not_react_is_killed_on_cancel_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "PATIENCE_S", 0.1)

    def check() -> None:
        if all_up(folder):
            raise Cancelled

    with programs.start([*PYTHON, STUBBORN], cwd=folder, limits=Limits(30, grace_s=0)) as program:
        eventually(lambda: all_up(folder))
        os.kill(program.pid, signal.SIGSTOP)
        with pytest.raises(Cancelled):
            program.wait(check)
        assert all_gone(folder)


# ---- killing from another process


def test_the_keeper_kills_a_group_by_its_id(folder: Path) -> None:
    with programs.start([*PYTHON, STUBBORN], cwd=folder, limits=Limits(30)) as program:
        eventually(lambda: all_up(folder))
        began = time.monotonic()
        programs.kill_group(program.pid)
        assert time.monotonic() - began < 1
        assert all_gone(folder)
        cancelled = threading.Event()
        assert program.wait(cancelled.set).returncode == -signal.SIGKILL
        assert cancelled.is_set()


def test_a_program_that_has_just_been_started_is_killed(folder: Path) -> None:
    """In its first moment the kernel has no arguments and no environment of it to show; so many, to meet it."""
    for _ in range(80):
        with programs.start(["sleep", "60"], cwd=folder, limits=Limits(30)) as program:
            programs.kill_group(program.pid)
            eventually(lambda: not running(program.pid), within_s=2)


def test_the_keeper_kills_a_group_whose_supervisor_is_stopped(folder: Path) -> None:
    with programs.start([*PYTHON, STUBBORN], cwd=folder, limits=Limits(30)) as program:
        eventually(lambda: all_up(folder))
        os.kill(program.pid, signal.SIGSTOP)
        programs.kill_group(program.pid, patience_s=0.1)
        assert all_gone(folder)


def test_what_dropped_the_mark_is_killed_though_its_supervisor_is_stopped(folder: Path) -> None:
    script = 'env -i setsid "$0" -c "sleep 600" & echo $!; wait'
    lines: list[str] = []
    lost: list[Exception] = []

    def wait(program: programs.Program) -> None:
        try:
            program.wait(nothing)
        except RetryableError as error:
            lost.append(error)

    limits = Limits(30)
    with programs.start(["sh", "-c", script], cwd=folder, limits=limits, on_line=lines.append) as program:
        waiting = threading.Thread(target=wait, args=(program,))
        waiting.start()
        eventually(lambda: lines)
        stray = int(lines[0])
        eventually(lambda: b"MEDIAMILL" not in Path(f"/proc/{stray}/environ").read_bytes())
        os.kill(program.pid, signal.SIGSTOP)
        programs.kill_group(program.pid, patience_s=0.1)
        eventually(lambda: not running(stray))
        waiting.join(10)
    assert len(lost) == 1


def test_an_id_that_is_another_process_by_now_is_left_alone(folder: Path) -> None:
    with subprocess.Popen([*PYTHON, "input()"], stdin=subprocess.PIPE) as other:
        programs.kill_group(other.pid)
        assert other.poll() is None
        other.kill()
    programs.kill_group(other.pid)
    with programs.start([*PYTHON, STUBBORN], cwd=folder, limits=Limits(30, grace_s=0)):
        eventually(lambda: all_up(folder))
        programs.kill_group(pids(folder)[0])  # the program, not its supervisor
        assert not all_gone(folder)


def test_what_is_left_of_an_attempt_is_found_by_its_tag(folder: Path) -> None:
    (folder / "a").mkdir()
    (folder / "b").mkdir()
    limits = Limits(30, grace_s=0)
    with (
        programs.start([*PYTHON, STUBBORN], cwd=folder / "a", limits=limits, tag="attempt-a") as mine,
        programs.start([*PYTHON, STUBBORN], cwd=folder / "b", limits=limits, tag="attempt-ab"),
    ):
        eventually(lambda: all_up(folder / "a") and all_up(folder / "b"))
        os.kill(mine.pid, signal.SIGKILL)
        eventually(lambda: not running(mine.pid))
        assert programs.kill_tagged("attempt-a") >= 1
        assert all_gone(folder / "a")
        assert len([pid for pid in pids(folder / "b") if running(pid)]) == GENERATIONS
        assert programs.kill_tagged("attempt-a") == 0
    with pytest.raises(ValueError, match="without a tag"):
        programs.kill_tagged("")


# ---- many


def test_fifty_runs_leave_no_descriptor_and_no_process(folder: Path) -> None:
    def left() -> tuple[int, set[int]]:
        return len(list(Path("/proc/self/fd").iterdir())), {child.pid for child in psutil.Process().children()}

    run(folder, "true")
    before = left()
    for number in range(50):
        run(folder, "sh", "-c", f"exit {number % 3}")
    assert left() == before


def test_many_threads_run_programs_at_once(folder: Path) -> None:
    codes: list[int] = []
    threads = [
        threading.Thread(
            target=lambda n=number: codes.append(run(folder, "sh", "-c", f"sleep 0.1; exit {n}").returncode)
        )
        for number in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == list(range(16))
