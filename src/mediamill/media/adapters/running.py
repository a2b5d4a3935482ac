"""Runs a described program for one address."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from mediamill.core.context import Completed, Context, Network, Sandbox
from mediamill.core.errors import PermanentError, RetryableError
from mediamill.core.policy import TURN_NAME_CHARS
from mediamill.media.adapters import words
from mediamill.media.adapters.adapter import Adapter
from mediamill.media.adapters.errors import KINDS, failure, refusal
from mediamill.media.adapters.fetched import Fetched, Item
from mediamill.media.adapters.outputs import Findings, collect
from mediamill.media.adapters.progress import Meter
from mediamill.media.adapters.transcript import Transcript
from mediamill.media.adapters.wanted import Wanted
from mediamill.media.adapters.workplace import Workplace, workplace

__all__ = ["Fetched", "Item", "Wanted", "fetch"]

#: How often a job is tried for what the rest of a playlist was refused for reasons that pass.
_PATIENT_ATTEMPTS: Final = 3
#: Lines that tell of something missing.
_GAPS_MOST: Final = 50
_URL: Final = re.compile(r"https?://[^\s\x00-\x1f\x7f]+", re.IGNORECASE)

Tell = Callable[[float, str], None]


def fetch(adapter: Adapter, wanted: Wanted, ctx: Context, into: Path, tell: Tell) -> Fetched:
    """Run the program in a folder of its own below the attempt's scratch, and move what it made to `into`.

    wanted.url: as `egress.check_url` returned it. into: a folder that is there; files in it are called 0001.mp3,
    0001.jpg (its picture) and so on. tell: told the fraction, 0..1, and words for it, some times a second. The
    program's lines go into the job's log.

    Takes a turn at the site first, so ask before anything else is begun: it raises Later until the turn is ours.
    Raises InvalidInput as `Adapter.completed`; PermanentError and RetryableError with the codes of `errors.KINDS`;
    whatever `ctx.run` raises. A job that is asked to finish early keeps the files that are whole.
    """
    if not _URL.fullmatch(wanted.url):
        raise PermanentError("a URL of http or https is wanted", code="USAGE")
    wanted = adapter.completed(wanted)
    turn = adapter.turn
    name = turn.name.replace("{host}", urlsplit(wanted.url).hostname or "")
    # Of a host that is longer than a turn's name the end says whose it is.
    ctx.turn(name[-TURN_NAME_CHARS:], at_once=turn.at_once, per_minute=turn.per_minute, burst=turn.burst)
    with workplace(adapter, wanted, ctx.scratch) as place:
        run = _Run(adapter, ctx, place, tell)
        return run.judged(run.through(wanted), into)


class _Run:
    """One run of a program: what it said meanwhile, and what came of it."""

    def __init__(self, adapter: Adapter, ctx: Context, place: Workplace, tell: Tell) -> None:
        self._adapter = adapter
        self._ctx = ctx
        self._place = place
        self._tell = tell
        self._meter = Meter(adapter.progress)
        self._findings = Findings(adapter.outputs, adapter.most_files + 1)
        self._transcript = Transcript(ctx)
        self._gaps: list[str] = []

    def through(self, wanted: Wanted) -> Completed:
        """Run it to its end."""
        adapter, place = self._adapter, self._place
        began = time.monotonic()
        self._ctx.log("program.started", program=adapter.name)
        try:
            ended = self._ctx.run(
                *place.argv,
                timeout_s=adapter.total_s,
                cwd=place.folder,
                file_bytes=int(adapter.most_bytes),
                sandbox=Sandbox(
                    network=Network(hosts=adapter.hosts, proxy=wanted.proxy, most_bytes=int(adapter.most_bytes)),
                    env=place.env,
                    idle_s=adapter.idle_s,
                    grace_s=adapter.grace_s,
                    readable=adapter.readable,
                    warm=adapter.warm,
                ),
                on_line=self._line,
                private=place.secrets,
            )
        except PermanentError as error:
            if error.code == "PROGRAM_FILE_SIZE":
                raise failure(KINDS["QUOTA"], adapter.title) from error
            raise
        finally:
            self._transcript.end()
        self._ctx.log(
            "program.ended",
            program=adapter.name,
            returncode=ended.returncode,
            seconds=round(time.monotonic() - began, 2),
            received_bytes=ended.received_bytes,
        )
        return ended

    def judged(self, ended: Completed, into: Path) -> Fetched:
        """Return what there is, or raise why there is nothing.

        What is not all of it is kept where the rest cannot be had; where it may be had later, the first attempts
        ask for another one.
        """
        adapter, success = self._adapter, self._adapter.success
        stopped = self._ctx.stopping
        partly = stopped or ended.returncode in {*success.returncodes, *success.partial}
        sure = success.returncodes if success.incomplete is None else {*success.returncodes, *success.partial}
        whole = ended.returncode in sure and not self._gaps
        error = None if whole else self._error(ended, stopped=stopped)
        if error is not None:
            patient = isinstance(error, RetryableError) and self._ctx.attempt < _PATIENT_ATTEMPTS
            if not partly or (patient and not stopped):
                raise error
        items = collect(adapter, self._findings.said, self._place.out, into)
        if not items:
            raise error or self._error(ended, stopped=stopped, silent="NO_OUTPUT")
        if error is None:
            return Fetched(items)
        self._ctx.log("program.incomplete", files=len(items), missing=error.code)
        return Fetched(items, missing=error.code, said=error.message)

    def _line(self, line: str) -> None:
        progress = self._meter.read(line)
        if progress is not None:
            self._tell(*progress)
        elif not self._findings.read(line):
            incomplete = self._adapter.success.incomplete
            if incomplete is not None and len(self._gaps) < _GAPS_MOST and incomplete.search(line):
                self._gaps.append(line)
            self._transcript.line(line.replace(f"{self._place.folder}/", ""))

    def _error(
        self, ended: Completed, *, stopped: bool, silent: str = "TOOL_EXIT_NONZERO"
    ) -> PermanentError | RetryableError:
        """Say why it fetched nothing, or not all. silent: the code where nothing says so."""
        adapter = self._adapter
        # Of a long list the first lines are no longer in the tail.
        output = "\n".join((*self._gaps, ended.output))
        said = words.last_words(output)
        if stopped:
            return failure(KINDS["CANCELLED"], adapter.title)
        for rule in adapter.errors:
            if rule.returncode and ended.returncode not in rule.returncode:
                continue
            found = rule.match.search(output) if rule.match is not None else None
            if rule.match is not None and found is None:
                continue
            after_s = found.groupdict().get("after_s") if found else None
            return failure(KINDS[rule.code], adapter.title, said=rule.say or said, after_s=_seconds(after_s))
        if ended.refused:
            return refusal(adapter.title, ended.refused)
        meant = words.meaning(output)
        return failure(KINDS[meant or silent], adapter.title, said=said)


def _seconds(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None
