"""What came of one row for one system."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.faults.journal import Run
from bench.faults.records import commits
from bench.faults.stage import Stage


@dataclass(frozen=True)
class Score:
    """One row of the table.

    lost: accepted, and not done within the bound; for mediamill: not SUCCESS.
    doubled: jobs with two results: two runs that came to their end, or, where results are committed, two commits.
    begun_again: jobs that were begun more than once.
    ended_twice: jobs of which two runs came to their end, whatever was made of the second.
    again_s: for each run that the fault cut off, from the fault to the next run of its job.
    back_s: from the return of Valkey to the first run that began after it.
    """

    accepted: int
    refused: Counter[str]
    lost: list[str]
    doubled: int
    begun_again: int
    ended_twice: int
    again_s: list[float]
    back_s: float | None
    struck: bool

    @staticmethod
    def of(stage: Stage) -> "Score":
        """Judge a system that has come to rest."""
        stage.journal.refresh()
        accepted = stage.accepted()
        ended = {job: stage.journal.ended(job) for job in accepted}
        results = commits(stage.system.api) if stage.system.api else ended
        return Score(
            accepted=len(accepted),
            refused=stage.refused(),
            lost=[job for job in accepted if not results.get(job)],
            doubled=sum(results.get(job, 0) > 1 for job in accepted),
            begun_again=sum(len(stage.journal.runs.get(job, ())) > 1 for job in accepted),
            ended_twice=sum(times > 1 for times in ended.values()),
            again_s=again_s(stage.journal.runs, stage.strikes),
            back_s=_back_s(stage),
            struck=bool(stage.strikes),
        )

    def cells(self) -> list[str]:
        """Return the row without its fault and system."""
        refused = ", ".join(f"{times} {name}" for name, times in self.refused.most_common())
        return [
            str(self.accepted),
            refused or "0",
            f"**{len(self.lost)}**" if self.lost else "0",
            f"**{self.doubled}**" if self.doubled else "0",
            str(self.begun_again),
            str(self.ended_twice),
            _times(self.again_s) if self.struck else "",
            "" if self.back_s is None else f"{self.back_s:.1f}",
        ]


HEAD = [
    "fault",
    "system",
    "accepted",
    "refused",
    "lost",
    "doubled",
    "begun again",
    "ran to the end twice",
    "cut off: ran again after s, p50 / max",
    "first start after Valkey's return, s",
]


def again_s(jobs: Mapping[str, list[Run]], strikes: Sequence[tuple[float, frozenset[int]]]) -> list[float]:
    """Return, for each run that was going on in a process that was hit, how long until its job began anew, s.

    A run that nothing replaced is not in it: it went on to its end, or its job is lost and counted there.
    """
    waits = [
        _next(runs, run, hit_at)
        for hit_at, pids in strikes
        for runs in jobs.values()
        for run in runs
        if run.pid in pids and run.began_at <= hit_at and (run.ended_at is None or run.ended_at > hit_at)
    ]
    return [wait for wait in waits if wait is not None]


def _next(runs: list[Run], cut: Run, hit_at: float) -> float | None:
    later = [run.began_at - hit_at for run in runs if run is not cut and run.began_at > hit_at]
    return min(later, default=None)


def _back_s(stage: Stage) -> float | None:
    if stage.returned_at is None:
        return None
    begun = [run.began_at for runs in stage.journal.runs.values() for run in runs if run.began_at > stage.returned_at]
    return min(begun) - stage.returned_at if begun else None


def _times(seconds: list[float]) -> str:
    return f"{len(seconds)}: {median(seconds):.1f} / {max(seconds):.1f}" if seconds else "0"
