"""Run one program and leave nothing of it behind. A script, started by `programs.start`.

It is the program's life line: it ends the program when its own starter dies, when it is told to, or
when the time is over, and then kills every descendant, wherever it went: orphans come to us
(PR_SET_CHILD_SUBREAPER). It imports little on purpose: it costs 9 ms of CPU and starts per program.

Arguments: status descriptor, descriptor of the program's input (0: it is empty), starter's process id, wall clock s,
grace s, memory bytes, CPU s, file bytes (0: no limit), descriptor of a Landlock ruleset (0: none), a seccomp filter in
hexadecimal (-: none), path of the program, its arguments from the 0th.
Memory is what may be written to (RLIMIT_DATA): a limit of the address space (RLIMIT_AS) counts what is only
reserved, too, and a JavaScript engine reserves gigabytes before its first line.
Standard input: `i` interrupts the program (SIGINT), `k` ends it, the end of input ends it too.
SIGTERM ends it without grace.
Status: one line, `REASON RETURNCODE CPU_S PEAK_BYTES`; the reason is done, killed or timeout; CPU_S is the program's
time with that of the children it waited for, PEAK_BYTES the most that one process had in memory; or `failed ERRNO`.

Source: prctl(2), signal(7), capset(2), seccomp(2), landlock_restrict_self(2).
"""

import _signal as signal  # type: ignore[import-not-found] # a quarter of the cost would be the enums of `signal`

# ruff: noqa: PTH123, PTH208, SIM105 - pathlib and contextlib cost more to import than all the rest
import ctypes
import os
import resource
import select
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_SECCOMP = 22
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3 = 0x20080522
LANDLOCK_RESTRICT_SELF = 446
CLEAR_S = 5.0
#: A machine without memory should end a program before it ends Valkey or a worker.
OOM_SCORE = "600"

libc = ctypes.CDLL(None, use_errno=True)


class Supervisor:
    """One run. Single-threaded: all that happens comes through one `poll`."""

    def __init__(self, arguments: list[str]) -> None:
        status, heard, starter, wall_s, grace_s, memory, cpu_s, file_bytes, rules = map(float, arguments[:9])
        self.status = int(status)
        self.heard = int(heard)
        self.starter = int(starter)
        self.wall_at = time.monotonic() + wall_s
        self.step_s = grace_s / 2
        self.limits = (int(memory), int(cpu_s), int(file_bytes))
        self.rules = int(rules)
        self.filter, self.path, *self.argv = arguments[9:]
        self.reason: str | None = None  # why we end it, once we do
        self.signals: list[int] = []  # what is still to be sent, each `step_s` after the last
        self.next_at = 0.0
        self.child = 0
        self.returncode: int | None = None
        self.cpu_s = 0.0
        self.peak_bytes = 0
        self.woken = -1

    def run(self) -> None:
        """Run the program to its end and tell how it was."""
        os.set_inheritable(self.status, False)  # noqa: FBT003 - it takes no keyword
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self.woken = self.listen()
        self.child = self.spawn()
        poller = select.poll()
        poller.register(0, select.POLLIN)
        poller.register(self.woken, select.POLLIN)
        watch = self.watch_starter()
        if watch is not None:
            poller.register(watch, select.POLLIN)
        while self.returncode is None:
            self.press()
            for descriptor, _ in poller.poll(self.patience_ms()):
                if descriptor == 0:
                    self.obey(poller)
                elif descriptor == self.woken:
                    self.wake()
                else:
                    poller.unregister(descriptor)
                    self.end("killed")
            self.reap()
        self.clear()
        self.tell(f"{self.reason or 'done'} {self.returncode} {self.cpu_s:.2f} {self.peak_bytes}")

    # ---- before

    def listen(self) -> int:
        """Make signals arrive as bytes in a pipe, which is returned."""
        readable, writable = os.pipe()
        for end in (readable, writable):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(writable)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        return readable

    def watch_starter(self) -> int | None:
        """Return a descriptor that tells the starter's death, even while a copy of the pipe is open elsewhere."""
        try:
            watch = os.pidfd_open(self.starter)
        except OSError:  # it is dead already, or the kernel is older than 5.3
            watch = None
        if os.getppid() != self.starter:
            self.end("killed")
        return watch

    def spawn(self) -> int:
        """Start the program in a session of its own and return its process id."""
        me = os.getpid()
        # Whoever interrupts it before it is the program shall not be ignored, as we are to ignore it: it waits.
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
        child = os.fork()
        if child:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))
            for passed in (self.heard, self.rules):
                if passed:
                    os.close(passed)
            return child
        try:
            os.setsid()
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != me:
                os._exit(127)
            self.prepare()
            self.confine()
            self.become()
        except OSError as error:
            self.tell(f"failed {error.errno}")
        finally:
            os._exit(127)

    def prepare(self) -> None:
        """Undo what the program would inherit (a Celery worker ignores SIGINT), and set its limits."""
        signal.set_wakeup_fd(-1)
        for number in signal.valid_signals():
            try:
                signal.signal(number, signal.SIG_DFL)
            except (OSError, ValueError):  # SIGKILL, SIGSTOP
                pass
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        kinds = (resource.RLIMIT_DATA, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE)
        for kind, limit in zip(kinds, self.limits, strict=True):
            if limit:
                self.lower(kind, limit)
        self.lower(resource.RLIMIT_CORE, 0)
        try:
            with open("/proc/self/oom_score_adj", "w") as file:
                file.write(OOM_SCORE)
        except OSError:
            pass
        os.dup2(self.heard or os.open(os.devnull, os.O_RDONLY), 0)
        if self.heard:
            os.close(self.heard)

    def confine(self) -> None:
        """Raise the walls, which nothing takes down again. Whatever cannot be raised ends the start."""
        if not self.rules and self.filter == "-":
            return
        # Root without its rights is a user as any other: with them it reads other programs' environments.
        self.ask(libc.capset((ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()))
        self.ask(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        if self.rules:
            self.ask(libc.syscall(LANDLOCK_RESTRICT_SELF, self.rules, 0))
            os.close(self.rules)
        if self.filter != "-":
            body = bytes.fromhex(self.filter)
            # struct sock_fprog: how many instructions, and where they are.
            kept = ctypes.create_string_buffer(body, len(body))
            where = (ctypes.c_size_t * 2)(len(body) // 8, ctypes.addressof(kept))
            self.ask(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, where, 0, 0))

    @staticmethod
    def ask(answer: int) -> None:
        """Take the kernel's answer."""
        if answer:
            raise OSError(ctypes.get_errno(), "the walls cannot be raised")

    def become(self) -> None:
        """Be the program."""
        os.execv(self.path, self.argv)  # noqa: S606 - no shell is what is wanted

    @staticmethod
    def lower(kind: int, limit: int) -> None:
        """Set a limit, never above the one we have."""
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            limit = min(limit, hard)
        # The CPU limit's soft end sends SIGXCPU, which may be caught; its hard end kills.
        resource.setrlimit(kind, (limit, limit + 2 if kind == resource.RLIMIT_CPU and limit != hard else limit))

    # ---- while it runs

    def obey(self, poller: select.poll) -> None:
        """Do what the life line says."""
        words = os.read(0, 64)
        if b"i" in words:
            self.send(signal.SIGINT)
        if not words:
            poller.unregister(0)
        if not words or b"k" in words:
            self.end("killed")

    def wake(self) -> None:
        """Look which signals came."""
        if signal.SIGTERM in os.read(self.woken, 512):
            self.end("killed")
            self.signals = [signal.SIGKILL]
            self.next_at = 0.0

    def end(self, reason: str) -> None:
        """Begin to end the program, unless that has begun."""
        if self.reason is None:
            self.reason = reason
            self.signals = [signal.SIGINT, signal.SIGINT, signal.SIGKILL]

    def press(self) -> None:
        """Send what is due."""
        now = time.monotonic()
        if now >= self.wall_at:
            self.end("timeout")
        if self.signals and now >= self.next_at:
            self.send(self.signals.pop(0))
            self.next_at = now + self.step_s

    def patience_ms(self) -> int | None:
        """Return how long nothing is due."""
        due = self.wall_at if self.reason is None else self.next_at if self.signals else None
        if due is None:
            return None
        return min(max(0, int((due - time.monotonic()) * 1000) + 1), 3_600_000)

    def send(self, number: int) -> None:
        """Send a signal to the program's group."""
        for kill in (os.killpg, os.kill):  # it may not have called setsid yet
            try:
                kill(self.child, number)
            except OSError:
                continue
            return

    def reap(self) -> bool:
        """Take the end of every child; of ours, and of orphans that came to us. Return whether some are left."""
        try:
            while True:
                pid, status, used = os.wait4(-1, os.WNOHANG)
                self.peak_bytes = max(self.peak_bytes, used.ru_maxrss * 1024)
                if pid == self.child:
                    self.returncode = os.waitstatus_to_exitcode(status)
                    self.cpu_s = used.ru_utime + used.ru_stime
                if not pid:
                    return True
        except ChildProcessError:
            return False

    # ---- after

    def clear(self) -> None:
        """Kill what the program left behind, generation by generation."""
        until = time.monotonic() + CLEAR_S
        while self.reap() and time.monotonic() < until:
            for pid in children():
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:  # gone, or it took another user's rights
                    pass
            select.select([self.woken], [], [], 0.05)
            try:
                os.read(self.woken, 512)
            except BlockingIOError:
                pass

    def tell(self, line: str) -> None:
        """Write a line to our starter."""
        try:
            os.write(self.status, line.encode() + b"\n")
        except OSError:  # the starter is dead
            pass


def children() -> list[int]:
    """Return the ids of our children."""
    mine = os.getpid()
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    parent = file.read().rpartition(b")")[2].split()[1]
            except OSError:
                continue
            if int(parent) == mine:
                found.append(int(name))
    return found


if __name__ == "__main__":
    Supervisor(sys.argv[1:]).run()
