"""A real process is asked, refuses, crashes and is started again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from mediamill.core.errors import Cancelled, InvalidInput, PermanentError, RetryableError
from mediamill.media.coprocess import LONGEST_REQUEST_BYTES, Coprocess, begin
from mediamill.media.programs import Limits, Program

PARROT = "tests.media.parrot"
TIMEOUT_S = 30.0


class Owner:
    """Who asks: counts the starts, and may be cancelled."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder = folder
        self.limits = limits
        self.programs: list[Program] = []
        self.cancelled = False

    def start(self, on_line: Callable[[str], None]) -> Program:
        self.programs.append(begin(PARROT, cwd=self.folder, limits=self.limits, on_line=on_line))
        return self.programs[-1]

    def check(self) -> None:
        if self.cancelled:
            raise Cancelled


@pytest.fixture
def owner(tmp_path: Path) -> Owner:
    return Owner(tmp_path, Limits(wall_s=60))


@pytest.fixture
def parrot(owner: Owner) -> Iterator[Coprocess]:
    with Coprocess(PARROT, owner.start, owner.check) as parrot:
        yield parrot
    assert not any(psutil.pid_exists(each.pid) for each in owner.programs)


def test_one_process_answers_request_after_request(owner: Owner, parrot: Coprocess) -> None:
    assert owner.programs == []
    fractions: list[float] = []
    first = parrot.ask({"say": "xin chào"}, timeout_s=TIMEOUT_S, on_progress=fractions.append)
    second = parrot.ask({"say": "\x1e\n"}, timeout_s=TIMEOUT_S)
    assert (first["said"], second["said"]) == ("xin chào", "\x1e\n")
    assert first["pid"] == second["pid"]
    assert fractions == [0.5]
    assert len(owner.programs) == 1


def test_a_secret_that_looks_like_a_part_of_a_reply_breaks_none(owner: Owner) -> None:
    def start(on_line: Callable[[str], None]) -> Program:
        def mask(line: str) -> str:
            return line.replace("answer", "***").replace("1080", "***")

        return begin(PARROT, cwd=owner.folder, limits=owner.limits, on_line=on_line, mask=mask)

    with Coprocess(PARROT, start, owner.check) as parrot:
        assert parrot.ask({"say": "1080"}, timeout_s=TIMEOUT_S)["said"] == "1080"


def test_it_works_in_the_given_folder_and_imports_nothing_from_there(owner: Owner, parrot: Coprocess) -> None:
    (owner.folder / "ctypes.py").write_text("raise SystemExit('a client wrote this')")
    assert parrot.ask({"say": "hi"}, timeout_s=TIMEOUT_S)["cwd"] == str(owner.folder)


def test_a_refusal_arrives_as_what_it_was(parrot: Coprocess) -> None:
    with pytest.raises(InvalidInput, match="too loud") as invalid:
        parrot.ask({"refuse": "invalid"}, timeout_s=TIMEOUT_S)
    assert (invalid.value.code, invalid.value.field) == ("LOUD", "volume")
    with pytest.raises(PermanentError, match="no such word") as permanent:
        parrot.ask({"refuse": "permanent"}, timeout_s=TIMEOUT_S)
    assert permanent.value.code == "WORD"
    with pytest.raises(RetryableError, match="asleep") as retryable:
        parrot.ask({"refuse": "retryable"}, timeout_s=TIMEOUT_S)
    assert (retryable.value.code, retryable.value.after_s) == ("ASLEEP", 7.0)
    with pytest.raises(OSError, match="No space left"):
        parrot.ask({"refuse": "os"}, timeout_s=TIMEOUT_S)
    with pytest.raises(RuntimeError, match=r"parrot: KeyError: 'what'"):
        parrot.ask({}, timeout_s=TIMEOUT_S)
    assert parrot.ask({"say": "still here"}, timeout_s=TIMEOUT_S)["said"] == "still here"


def test_a_crash_is_told_and_the_next_request_has_a_new_process(owner: Owner, parrot: Coprocess) -> None:
    with pytest.raises(PermanentError, match="SIGSEGV") as crashed:
        parrot.ask({"crash": True}, timeout_s=TIMEOUT_S)
    assert crashed.value.code == "PROGRAM_CRASHED"
    with pytest.raises(PermanentError, match="code 3"):
        parrot.ask({"leave": 3}, timeout_s=TIMEOUT_S)
    assert parrot.ask({"say": "again"}, timeout_s=TIMEOUT_S)["said"] == "again"
    assert len(owner.programs) == 3


def test_a_process_that_is_killed_is_no_fault_of_the_request(parrot: Coprocess) -> None:
    victim = parrot.ask({"say": "hi"}, timeout_s=TIMEOUT_S)["pid"]
    psutil.Process(victim).kill()
    with pytest.raises(RetryableError) as lost:
        parrot.ask({"say": "hi"}, timeout_s=TIMEOUT_S)
    assert lost.value.code == "PROGRAM_LOST"


def test_memory_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    mib = 1024 * 1024
    owner = Owner(tmp_path, Limits(wall_s=60, memory_bytes=200 * mib))
    with Coprocess(PARROT, owner.start, owner.check) as parrot:
        assert parrot.ask({"take": 20 * mib}, timeout_s=TIMEOUT_S)["taken"] == 20 * mib
        with pytest.raises(PermanentError) as greedy:
            parrot.ask({"take": 400 * mib}, timeout_s=TIMEOUT_S)
    assert greedy.value.code == "PROGRAM_MEMORY"


def test_a_request_that_takes_too_long_ends_the_process(parrot: Coprocess) -> None:
    with pytest.raises(RetryableError, match=r"parrot took longer than 0.01 s") as late:
        parrot.ask({"sleep": 600.0}, timeout_s=0.01)
    assert late.value.code == "PROGRAM_TIMEOUT"


def test_a_cancel_ends_the_process(owner: Owner, parrot: Coprocess) -> None:
    running = parrot.ask({"say": "hi"}, timeout_s=TIMEOUT_S)["pid"]
    owner.cancelled = True
    with pytest.raises(Cancelled):
        parrot.ask({"sleep": 600.0}, timeout_s=TIMEOUT_S)
    parrot.close()
    assert not psutil.pid_exists(running)


def test_large_things_belong_in_files(parrot: Coprocess) -> None:
    with pytest.raises(ValueError, match=f"{LONGEST_REQUEST_BYTES} are the limit"):
        parrot.ask({"say": "x" * LONGEST_REQUEST_BYTES}, timeout_s=TIMEOUT_S)
    with pytest.raises(RuntimeError, match="4000 are the limit"):
        parrot.ask({"long": 10_000}, timeout_s=TIMEOUT_S)
    assert len(parrot.ask({"say": "x" * 3_000}, timeout_s=TIMEOUT_S)["said"]) == 3_000
