"""Runs rows: each on a stack of its own, with the checker at the end."""

import importlib
import pkgutil
import shutil
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from random import Random

from tests.faults import report, rows
from tests.faults.book import Book
from tests.faults.checker import Checker, Verdict
from tests.faults.load import Load
from tests.faults.report import Outcome
from tests.faults.row import Ground, Notes, Row
from tests.faults.stack import Stack, temporary

from mediamill import wiring


def every_row() -> list[Row]:
    """Return all rows of all modules in `rows/`, in the order of their modules' names."""
    found: list[Row] = []
    for module in sorted(pkgutil.iter_modules(rows.__path__), key=lambda module: module.name):
        found += importlib.import_module(f"{rows.__name__}.{module.name}").ROWS
    names = [row.name for row in found]
    assert len(set(names)) == len(names), "two rows have one name"
    return found


def run(
    chosen: list[Row],
    seed: int,
    *,
    margin: float = 1.0,
    at_once: int = 1,
    say: Callable[[str], None] = print,
    keep: Path | None = None,
) -> list[Outcome]:
    """Run rows, and say how each ended when it has.

    margin: by how much bounds in seconds are widened. at_once: rows that run beside each other.
    keep: where logs of a failed row go.
    """
    say(f"seed {seed}")
    say(report.head())
    outcomes = []
    with ThreadPoolExecutor(at_once) as pool:
        running = [pool.submit(run_one, row, seed, margin=margin, say=say, keep=keep) for row in chosen]
        for done in as_completed(running):
            outcome = done.result()
            outcomes.append(outcome)
            say(report.line(outcome))
            if outcome.failed:
                say(report.trouble(outcome))
                say(f"  again: make faults ONLY={outcome.row.name} SEED={seed}")
    say(report.total(outcomes))
    return outcomes


def run_one(
    row: Row, seed: int, *, margin: float = 1.0, say: Callable[[str], None] = print, keep: Path | None = None
) -> Outcome:
    """Run one row. What it raises is its failure; nothing of its stack is left."""
    began = time.monotonic()
    notes, verdict = Notes(), Verdict()
    if lacking := row.lacks():
        return Outcome(row, notes, verdict, 0.0, skipped=lacking)
    wrong = ""
    with temporary() as folder:
        stack = Stack(row.shape, folder)
        try:
            with stack:
                for ground in _ground(row, stack, seed, margin, notes):
                    row.run(ground)
                    ground.load.stop()
                    checker = Checker(stack, ground.book, ground.client, margin=margin)
                    verdict = checker.verdict
                    checker.check()
                    checker.close()
        except Exception as error:  # noqa: BLE001 - whatever a row raises is its failure
            wrong = "".join(traceback.format_exception(error))
        if wrong or not verdict.good:
            say(stack.tails())
            _keep(folder, keep, row.name)
    return Outcome(row, notes, verdict, time.monotonic() - began, wrong=wrong)


def _ground(row: Row, stack: Stack, seed: int, margin: float, notes: Notes) -> Iterator[Ground]:
    """Yield what the row stands on; its clients and connections are closed afterwards."""
    book = Book(stack.folder / "book")
    load = Load(stack.doors, book, seed)
    house = wiring.open_house(stack.settings())
    client = load.client()
    rng = Random(f"{seed} {row.name}")  # noqa: S311 - a choice of faults is no secret
    try:
        yield Ground(stack, book, load, client, house, rng, margin, notes)
    finally:
        client.close()
        house.scripts.client.close()


def _keep(folder: Path, keep: Path | None, name: str) -> None:
    """Copy the logs, the clients' book and the journal of a row that failed."""
    if keep is None:
        return
    target = keep / name
    target.mkdir(parents=True, exist_ok=True)
    for path in (*folder.glob("*.log"), folder / "book", folder / "side/journal", *folder.glob("data/valkey/*.log")):
        if path.exists():
            shutil.copy(path, target)
