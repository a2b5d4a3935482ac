"""Break the product on purpose, one promise at a time, and see the fault suite notice.

    make faults-mutations [ONLY=name,...]

`mutations.toml` names the texts to change, and the row that must fail then. Each mutation is made in
a copy of the tree, and the servers under test run that copy. Before that, every row named must pass on
an unchanged copy. Ends with 1 when a mutation survives, fails for another reason than it should, or
no longer finds its text.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
LIST: Final = Path(__file__).with_suffix(".toml")
#: What servers and rows are made of.
COPIED: Final = ("src", "tests", "examples", "pyproject.toml")
ROW_WITHIN_S: Final = 300.0
#: For a row that was interrupted to take its servers down.
_CLEARS_WITHIN_S: Final = 30.0
_SHOWN: Final = 70


class Stale(Exception):  # noqa: N818 - the list is stale
    """A mutation's text is not there, or more than once."""


@dataclass(frozen=True)
class Edit:
    """A change of one file: `before` stands there exactly once."""

    file: str
    before: str
    after: str

    def apply(self, tree: Path) -> None:
        """Make it. Raises Stale."""
        path = tree / self.file
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if (found := text.count(self.before)) != 1:
            raise Stale(f"{self.file} has {found} times, not once: {self.before!r}")
        path.write_text(text.replace(self.before, self.after), encoding="utf-8")


@dataclass(frozen=True)
class Mutation:
    """One promise broken. row, seed: what must fail then. says: what its output must hold."""

    name: str
    why: str
    row: str
    says: str
    edits: tuple[Edit, ...]
    seed: int = 7


@dataclass(frozen=True)
class Outcome:
    """How a row ended."""

    code: int | None
    output: str
    took_s: float

    @property
    def passed(self) -> bool:
        return self.code == 0

    def line(self, holding: str = "") -> str:
        """Return the first line of its output that holds this, else the last one."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        return next((line for line in lines if holding and holding in line), lines[-1] if lines else "")


def load() -> list[Mutation]:
    """Read the list."""
    with LIST.open("rb") as file:
        listed = tomllib.load(file)["mutation"]
    return [Mutation(**{**each, "edits": tuple(Edit(**edit) for edit in each["edits"])}) for each in listed]


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of the tree, without anything compiled."""
    with tempfile.TemporaryDirectory(prefix="mmm-") as folder:
        tree = Path(folder)
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
            else:
                shutil.copy(ROOT / name, tree / name)
        yield tree


def environment(tree: Path) -> dict[str, str]:
    """Return an environment in which Python takes our packages from a copy; servers inherit it through the row.

    Nobody measures the coverage of a copy: its files are gone when the report is made.
    """
    ours = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    return {**ours, "PYTHONPATH": os.pathsep.join([str(tree / "src"), str(tree)]), "PYTHONDONTWRITEBYTECODE": "1"}


def check_home(tree: Path) -> None:
    """See that the copy is what runs, for the servers' way to start too (`-P`). Raises AssertionError."""
    look = "import mediamill, tests.faults; print(mediamill.__file__, *tests.faults.__path__)"
    for options in ((), ("-P",)):
        argv = [sys.executable, *options, "-c", look]
        seen = subprocess.run(argv, cwd=tree, env=environment(tree), check=True, capture_output=True, text=True)
        for path in seen.stdout.split():
            assert Path(path).is_relative_to(tree), f"{path} is not of the copy {tree}"


def run_row(tree: Path, row: str, seed: int, within_s: float = ROW_WITHIN_S) -> Outcome:
    """Run one row of a copy. code: None when it took too long."""
    argv = [sys.executable, "-P", "-m", "tests.faults", "--only", row, "--seed", str(seed)]
    began = time.monotonic()
    program = subprocess.Popen(
        argv,
        cwd=tree,
        env=environment(tree),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    code: int | None = None
    try:
        output, _ = program.communicate(timeout=within_s)
        code = program.returncode
    except subprocess.TimeoutExpired:
        program.send_signal(signal.SIGINT)  # so that it takes its servers down
        try:
            output, _ = program.communicate(timeout=_CLEARS_WITHIN_S)
        except subprocess.TimeoutExpired:
            program.kill()
            output, _ = program.communicate()
    return Outcome(code, output, time.monotonic() - began)


def baseline(mutations: Sequence[Mutation]) -> bool:
    """Run each row that is named on an unchanged copy; say whether all pass."""
    fine = True
    with copied() as tree:
        check_home(tree)
        for row, seed in dict.fromkeys((each.row, each.seed) for each in mutations):
            outcome = run_row(tree, row, seed)
            _say("unchanged", row, "passes" if outcome.passed else "FAILS", outcome, outcome.line())
            if not outcome.passed:
                print(outcome.output)
                fine = False
    return fine


def killed(mutation: Mutation) -> bool:
    """Make the mutation in a copy and run its row; say whether it fails, and says why as it should."""
    with copied() as tree:
        for edit in mutation.edits:
            edit.apply(tree)
        outcome = run_row(tree, mutation.row, mutation.seed)
    if outcome.passed:
        verdict = "SURVIVES"
    elif mutation.says not in outcome.output:
        verdict = "OTHER REASON"
        print(outcome.output)
    else:
        verdict = "killed"
    _say(mutation.name, mutation.row, verdict, outcome, outcome.line(mutation.says))
    return verdict == "killed"


def stale(mutations: Sequence[Mutation]) -> list[str]:
    """Try every edit on a copy; return what does not fit any more."""
    found = []
    for mutation in mutations:
        with copied() as tree:
            try:
                for edit in mutation.edits:
                    edit.apply(tree)
            except Stale as old:
                found.append(f"{mutation.name}: {old}")
    return found


def _say(name: str, row: str, verdict: str, outcome: Outcome, line: str) -> None:
    print(f"{name:<24} {row:<20} {verdict:<12} {outcome.took_s:5.0f} s  {line[:_SHOWN]}", flush=True)


def main() -> int:
    """Run the list, or the part of it that was asked for."""
    parser = argparse.ArgumentParser(description="Break the product and see the fault suite notice.")
    parser.add_argument("--only", default="", help="names of mutations, comma-separated")
    names = {name for name in parser.parse_args().only.split(",") if name}
    mutations = [each for each in load() if not names or each.name in names]
    if unknown := names - {each.name for each in mutations}:
        parser.error(f"no such mutation: {', '.join(sorted(unknown))}")
    if old := stale(mutations):
        print("stale:", *old, sep="\n  ")
        return 1
    if not baseline(mutations):
        return 1
    survivors = [each.name for each in mutations if not killed(each)]
    print(
        f"{len(mutations) - len(survivors)} of {len(mutations)} killed" + (f"; not: {survivors}" if survivors else "")
    )
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
