"""What the suite prints: the seed, a line per row as it ends, and what went wrong with those that failed."""

from dataclasses import dataclass
from statistics import median

from tests.faults.checker import Verdict
from tests.faults.row import Notes, Row

_HEAD = ("row", "injected", "survived", "recovery p50/max s", "accepted", "lost", "doubled", "redriven", "took s", "")
_WIDTHS = (24, 8, 8, 18, 8, 5, 7, 8, 6, 0)


@dataclass(frozen=True)
class Outcome:
    """How a row ended. skipped: why it did not run, or "". wrong: why it failed, or ""."""

    row: Row
    notes: Notes
    verdict: Verdict
    took_s: float
    skipped: str = ""
    wrong: str = ""

    @property
    def failed(self) -> bool:
        """Whether something does not hold."""
        return bool(self.wrong) or not self.verdict.good


def head() -> str:
    """Return the head of the table."""
    return _line(_HEAD)


def line(outcome: Outcome) -> str:
    """Return a row's line of the table."""
    notes, verdict = outcome.notes, outcome.verdict
    if outcome.skipped:
        return _line((outcome.row.name, *["-"] * 8, f"skipped: {outcome.skipped}"))
    recovered = notes.recovered_s
    told = "FAILED" if outcome.failed else "; ".join(["ok", *notes.said])
    return _line(
        (
            outcome.row.name,
            notes.injected,
            notes.survived,
            f"{median(recovered):.1f} / {max(recovered):.1f}" if recovered else "-",
            verdict.accepted,
            len(verdict.lost),
            len(verdict.doubled),
            verdict.redriven,
            f"{outcome.took_s:.0f}",
            told,
        )
    )


def trouble(outcome: Outcome, longest: int = 20) -> str:
    """Return what went wrong, in full."""
    verdict = outcome.verdict
    lines = [f"{outcome.row.name}: {outcome.row.holds}", outcome.wrong]
    for title, found in (("lost", verdict.lost), ("doubled", verdict.doubled), ("wrong", verdict.wrong)):
        lines += [f"  {title}: {each}" for each in found[:longest]]
        lines += [f"  {title}: and {len(found) - longest} more"] if len(found) > longest else []
    return "\n".join(line for line in lines if line)


def total(outcomes: list[Outcome]) -> str:
    """Return the last line."""
    failed, skipped = sum(o.failed for o in outcomes), sum(bool(o.skipped) for o in outcomes)
    injected = sum(o.notes.injected for o in outcomes)
    lost, doubled = sum(len(o.verdict.lost) for o in outcomes), sum(len(o.verdict.doubled) for o in outcomes)
    accepted = sum(o.verdict.accepted for o in outcomes)
    return (
        f"{len(outcomes)} rows, {failed} failed, {skipped} skipped: {injected} faults, {accepted} jobs accepted, "
        f"{lost} lost, {doubled} doubled"
    )


def _line(cells: tuple[object, ...]) -> str:
    return "  ".join(f"{cell!s:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()
