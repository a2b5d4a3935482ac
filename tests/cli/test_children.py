import atexit
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mediamill.cli.children import Backoff, Children
from mediamill.cli.launch import Command
from mediamill.core.errors import Unavailable
from mediamill.media import lifeline
from mediamill.testing import eventually


class Said(list[str]):
    """What the children told the operator."""

    def has(self, words: str) -> bool:
        return any(words in line for line in self)


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def children(said: Said) -> Iterator[Children]:
    with Children(said.append) as family:
        yield family


def python(code: str, *arguments: object) -> tuple[str, ...]:
    return (sys.executable, "-S", "-c", textwrap.dedent(code), *(str(argument) for argument in arguments))


def waits(file: Path) -> tuple[str, ...]:
    """A child that writes its number to `file` and then waits for ever."""
    return python("import os, signal, sys; open(sys.argv[1], 'a').write(f'{os.getpid()} '); signal.pause()", file)


def numbers(file: Path) -> list[int]:
    return [int(number) for number in file.read_text().split()] if file.exists() else []


def tell_us(number: signal.Signals) -> None:
    """Send a signal to this thread, for the test runner may have others, which do not block it."""
    signal.pthread_kill(threading.get_ident(), number)


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


# ---- crashes


def test_pauses_between_crashes_double_up_to_half_a_minute_and_begin_anew_after_a_steady_run() -> None:
    backoff = Backoff()
    assert [backoff.next_s(0.1) for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert backoff.next_s(61) == 0.5


def test_a_crashed_child_is_started_again(tmp_path: Path, children: Children, said: Said) -> None:
    file = tmp_path / "pids"
    children.start(Command("one", waits(file)))
    assert children.wait_for("a start", lambda: len(numbers(file)) == 1, 5) is None
    os.kill(numbers(file)[0], signal.SIGKILL)
    assert children.wait_for("a second start", lambda: len(numbers(file)) == 2, 5) is None
    assert children.pid("one") == numbers(file)[1]
    assert said == ["one was ended by SIGKILL; it starts again in 0.5 s"]


def test_what_a_crashed_child_had_forked_is_gone_too(tmp_path: Path, children: Children) -> None:
    file = tmp_path / "pids"
    children.start(
        Command(
            "pool",
            python(
                """
                import os, signal, sys
                if os.fork():
                    signal.pause()
                open(sys.argv[1], 'a').write(f'{os.getppid()} {os.getpid()} ')
                signal.pause()
                """,
                file,
            ),
        )
    )
    children.wait_for("a fork", lambda: len(numbers(file)) == 2, 5)
    parent, forked = numbers(file)
    os.kill(parent, signal.SIGKILL)
    children.wait_for("its end", lambda: gone(forked), 2)


def test_a_child_that_never_runs_well_ends_the_start(tmp_path: Path, children: Children, said: Said) -> None:
    children.start(Command("broken", python("raise SystemExit(7)")))
    with pytest.raises(Unavailable, match="broken keeps ending"):
        children.wait_for("nothing", (tmp_path / "never").exists, 30)
    assert said.has("broken ended with code 7")


def test_a_start_that_takes_too_long_is_told(children: Children) -> None:
    children.start(Command("slow", python("import signal; signal.pause()")))
    with pytest.raises(Unavailable, match=r"an answer within 0.2 s was expected"):
        children.wait_for("an answer", lambda: False, 0.2)


# ---- what a child gets


def test_a_child_has_signals_as_usual_no_terminal_input_and_a_group_of_its_own(
    tmp_path: Path, children: Children
) -> None:
    file = tmp_path / "facts"
    code = """
        import os, signal, sys
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        default = signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
        facts = (blocked, default, os.readlink('/proc/self/fd/0'), os.getpgid(0) == os.getpid())
        open(sys.argv[1], 'w').write(repr(facts))
        signal.pause()
    """
    children.start(Command("curious", python(code, file)))
    children.wait_for("its facts", lambda: file.exists() and bool(file.read_text()), 5)
    assert file.read_text() == "(set(), True, '/dev/null', True)"


def test_a_child_has_the_descriptors_it_shall_keep_and_no_others(tmp_path: Path, children: Children) -> None:
    file = tmp_path / "fds"
    kept, other = os.open(tmp_path, os.O_RDONLY), os.open(tmp_path, os.O_RDONLY)
    code = "import os, signal, sys; open(sys.argv[1], 'w').write(' '.join(os.listdir('/proc/self/fd'))); signal.pause()"
    try:
        children.start(Command("heir", python(code, file), keep=(kept,)))
        children.wait_for("its list", lambda: len(numbers(file)) > 3, 5)
        assert kept in numbers(file)
        assert other not in numbers(file)
    finally:
        os.close(kept)
        os.close(other)


# ---- forks


def test_a_fork_has_signals_as_usual_no_terminal_input_a_group_and_a_name(tmp_path: Path, children: Children) -> None:
    file = tmp_path / "facts"

    def tell() -> None:
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        own = os.getpgid(0) == os.getpid()
        comm = Path("/proc/self/comm").read_text().strip()
        file.write_text(repr((blocked, str(Path("/proc/self/fd/0").readlink()), own, comm, os.environ["MOOD"])))
        signal.pause()

    children.start(Command("mm-curious-and-long", run=tell, environ={"MOOD": "good"}))
    children.wait_for("its facts", lambda: file.exists() and bool(file.read_text()), 5)
    assert file.read_text() == "(set(), '/dev/null', True, 'mm-curious-and-', 'good')"
    assert "MOOD" not in os.environ


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ("raise SystemExit(7)", "code 7"),
        ("raise SystemExit", "code 0"),
        ("raise SystemExit('x')", "code 1"),
        ("1 / 0", "code 1"),
    ],
)
def test_a_fork_ends_as_a_program_would(tmp_path: Path, children: Children, said: Said, ending: str, told: str) -> None:
    file = tmp_path / "ends"

    def end() -> None:
        atexit.register(file.write_text, "left")
        exec(ending)  # noqa: S102 - one of the four above

    children.start(Command("short", run=end))
    children.wait_for("its end", lambda: bool(said), 5)
    assert said[0] == f"short ended with {told}; it starts again in 0.5 s"
    assert file.read_text() == "left"


# ---- stopping


def writes_its_end(name: str, file: Path) -> tuple[str, ...]:
    code = """
        import os, signal, sys
        signal.signal(signal.SIGTERM, lambda *_: (open(sys.argv[2], 'a').write(sys.argv[1]), os._exit(0)))
        open(sys.argv[2] + '.' + sys.argv[1], 'w')
        while True:
            signal.pause()
    """
    return python(code, name, file)


def test_children_are_stopped_stage_by_stage(tmp_path: Path, children: Children) -> None:
    file = tmp_path / "ends"
    for name, stage in {"c": 2, "a": 0, "b": 1}.items():
        children.start(Command(name, writes_its_end(name, file), stage=stage))
    children.wait_for("all of them", lambda: len(list(tmp_path.glob("ends.*"))) == 3, 5)
    assert children.stop()
    assert file.read_text() == "abc"


def deaf(file: Path) -> tuple[str, ...]:
    code = """
        import os, signal, sys
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        open(sys.argv[1], 'a').write(f'{os.getpid()} ')
        while True:
            signal.pause()
    """
    return python(code, file)


def test_a_child_that_does_not_listen_is_killed_after_its_time(tmp_path: Path, children: Children, said: Said) -> None:
    file = tmp_path / "pids"
    children.start(Command("deaf", deaf(file), stop_s=0.3))
    children.wait_for("a start", lambda: len(numbers(file)) == 1, 5)
    assert children.stop()
    assert said.has("deaf did not end within 0.3 s and is killed")
    assert gone(numbers(file)[0])


def test_a_second_signal_ends_the_patience(tmp_path: Path, children: Children) -> None:
    file = tmp_path / "pids"
    children.start(Command("deaf", deaf(file), stop_s=600))
    children.wait_for("a start", lambda: len(numbers(file)) == 1, 5)
    tell_us(signal.SIGINT)
    assert children.watch() == signal.SIGINT
    tell_us(signal.SIGINT)
    assert not children.stop()
    assert gone(numbers(file)[0])


def test_who_has_not_heard_that_it_should_stop_hears_too_that_it_should_hurry(
    tmp_path: Path, children: Children
) -> None:
    code = """
        import signal, sys, time
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        open(sys.argv[1], 'w')
        while len(signal.sigpending()) < 2:
            time.sleep(0.01)
        open(sys.argv[1], 'w').write('both')
    """
    file = tmp_path / "heard"
    children.start(Command("busy", python(code, file), hurried_s=20, hurry=signal.SIGINT))
    children.wait_for("a start", file.exists, 5)
    tell_us(signal.SIGTERM)
    assert children.watch() == signal.SIGTERM
    tell_us(signal.SIGTERM)
    assert not children.stop()
    assert file.read_text() == "both"


def test_a_signal_while_starting_stops_the_start(children: Children) -> None:
    tell_us(signal.SIGTERM)
    assert children.wait_for("never", lambda: False, 30) == signal.SIGTERM


def test_leaving_kills_what_still_runs(tmp_path: Path, said: Said) -> None:
    file = tmp_path / "pids"
    with Children(said.append) as family:
        family.start(Command("deaf", deaf(file)))
        family.wait_for("a start", lambda: len(numbers(file)) == 1, 5)
    assert gone(numbers(file)[0])


# ---- the parent is killed

PARENT = """
import signal, sys
from mediamill.cli.children import Children
from mediamill.cli.launch import Command
with Children(print) as family:
    family.start(Command("killed", ({waits!r})))
    family.start(Command("told", ({told!r}), death_signal=signal.SIGTERM))
    family.start(Command("forked", run=signal.pause))
    family.watch()
"""


def test_children_die_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    pids, ends = tmp_path / "pids", tmp_path / "ends"
    code = PARENT.format(waits=waits(pids), told=writes_its_end("t", ends))
    with subprocess.Popen([sys.executable, "-c", code]) as parent:
        eventually(lambda: len(numbers(pids)) == 1 and (tmp_path / "ends.t").exists(), within_s=10)
        kids = [child.pid for child in psutil.Process(parent.pid).children()]
        assert len(kids) == 3
        parent.kill()
    eventually(lambda: all(gone(pid) for pid in kids), within_s=3)
    assert ends.read_text() == "t"  # it was told, not killed: so a Valkey writes out what it has


def test_a_child_whose_parent_died_before_it_could_ask_ends_at_once() -> None:
    somebody_else = "1"
    done = subprocess.run(
        [sys.executable, "-I", "-S", lifeline.__file__, "9", somebody_else, "/", "/bin/false"], check=False
    )
    assert done.returncode == 0  # 1 would be /bin/false's


def test_signals_that_the_shell_asked_to_ignore_do_not_stop_us() -> None:
    code = """
import os, signal
from mediamill.cli.children import Children
signal.signal(signal.SIGHUP, signal.SIG_IGN)  # nohup does this
with Children(print) as family:
    os.kill(os.getpid(), signal.SIGHUP)
    os.kill(os.getpid(), signal.SIGTERM)
    print(family.watch() == signal.SIGTERM)
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "True\n"


def test_a_fork_does_not_do_what_its_parent_wants_done_at_its_own_end(children: Children, tmp_path: Path) -> None:
    done, forked = tmp_path / "done", tmp_path / "forked"
    atexit.register(done.touch)
    try:
        children.start(Command("fork", run=forked.touch))
        eventually(forked.exists)
        assert children.stop()
    finally:
        atexit.unregister(done.touch)
    assert not done.exists()
