"""The docs say what the code does: states, errors, commands, links; their Python runs."""

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from mediamill.core import errors
from mediamill.core.events import EventName
from mediamill.core.states import MOVES
from mediamill.web.errors import STATUSES

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/mediamill"
READMES = [ROOT / "README.md", ROOT / "README.vi.md"]
PAGES = sorted(
    [
        *READMES,
        ROOT / "CHANGELOG.md",
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "examples").rglob("README.md"),
        *SOURCE.rglob("README.md"),
    ]
)
GUIDE = ROOT / "docs/write-a-service.md"


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def table(page: Path, *header: str) -> list[list[str]]:
    """Return the rows of every table of a page whose head begins with `header`."""
    rows: list[list[str]] = []
    inside = False
    for line in page.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if tuple(cells[: len(header)]) == header:
            inside = True
        elif not cells:
            inside = False
        elif inside and not set("".join(cells)) <= set("-: "):
            rows.append(cells)
    return rows


class Block(NamedTuple):
    """A fenced block: its language, the comment above it, its text and its first line's number."""

    language: str
    mark: str
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    lines = page.read_text().splitlines()
    number = 0
    while number < len(lines):
        if lines[number].startswith("```"):
            language, start = lines[number][3:], number + 1
            mark = lines[number - 1] if lines[number - 1].startswith("<!--") else ""
            number = lines.index("```", start)
            yield Block(language, mark, "\n".join(lines[start:number]) + "\n", start + 1)
        number += 1


# ---- states


def test_the_table_of_states_is_the_table_of_moves() -> None:
    told = {
        (before, event, after)
        for befores, events, after, *_ in table(ROOT / "docs/architecture.md", "from", "event", "to")
        for before in befores.split(", ")
        for event in events.split(", ")
    }
    moves = {
        (before.value if before else "(none)", event.value, after.value if after else "(none)")
        for (before, event), after in MOVES.items()
    }
    assert told == moves


# ---- errors


#: Class attributes, arguments, failures that the engine names, statuses that the framework raises, Lua.
CODES = {
    "*.py": r"""\bcode(?:: [\w\[\]]+)? ?= ?"([A-Z][A-Z_]+)"|\bFailure\(\s*"([A-Z_]+)"|\b[45][0-4]\d: "([A-Z_]+)",""",
    "*.lua": r"error_code = '([A-Z_]+)'",
}


def codes_in_source() -> set[str]:
    return {
        code
        for suffix, pattern in CODES.items()
        for path in SOURCE.rglob(suffix)
        if path.name != "testing.py"
        for found in re.finditer(pattern, path.read_text())
        for code in found.groups()
        if code
    }


def documented() -> dict[str, list[str]]:
    return {row[0].strip("`"): row for row in table(ROOT / "docs/errors.md", "code")}


def test_every_error_code_is_documented_and_no_other() -> None:
    assert set(documented()) == codes_in_source()


def test_documented_statuses_are_those_of_the_classes() -> None:
    rows = documented()
    for kind, status in STATUSES.items():
        if kind not in {errors.PermanentError, errors.RetryableError}:  # ends of jobs, seldom answers
            assert rows[kind.code][1] == str(status.value), kind


# ---- events and decisions


def test_every_event_is_documented_and_no_other() -> None:
    told = [row[0].strip("`") for row in table(ROOT / "docs/events.md", "event")]
    assert told == [name.value for name in EventName]


def test_every_decision_is_listed_with_its_title() -> None:
    folder = ROOT / "docs/decisions"
    pages = {path.name: path.read_text().split("\n")[0] for path in folder.glob("0*.md")}
    listed = re.findall(r"\| \[(\d+)\]\((.+?)\) \| (.+) \|", (folder / "README.md").read_text())
    assert {name: f"# {number}: {title}" for number, name, title in listed} == pages


# ---- links


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL), re.MULTILINE)
    plain = (re.sub(r"[`*]|\[|\]\([^)]*\)", "", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{target} is not there"
        assert linked.is_relative_to(ROOT), f"{target} leads out of the project"
        if anchor:
            assert anchor in anchors(linked), f"{target}: no such heading"


def test_both_readmes_have_the_same_commands() -> None:
    def commands(page: Path) -> list[str]:
        return [block.text for block in blocks(page) if block.language == "sh"]

    assert [re.sub(r"#.*", "", text) for text in commands(READMES[0])] == [
        re.sub(r"#.*", "", text) for text in commands(READMES[1])
    ]


# ---- commands


@cache
def help_of(*command: str) -> str:
    argv = [sys.executable, "-m", "mediamill.cli", *command, "--help"]
    return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=30).stdout


def lines_of_shell(page: Path) -> Iterator[str]:
    for block in blocks(page):
        if block.language == "sh":
            yield from block.text.replace("\\\n", " ").splitlines()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_and_their_options_exist(page: Path) -> None:
    listed = help_of().split("Commands:")[1]
    for line in lines_of_shell(page):
        found = re.search(r"(?:^|[ /;(])mediamill ([a-z][a-z-]*)(.*)", line.split(" #")[0])
        if found is None:
            continue
        command, arguments = found.groups()
        assert re.search(rf"^ +{command} ", listed, re.MULTILINE), line
        known = help_of(command)
        for option in re.findall(r"(?:^| )(--?[a-z][a-z-]*)", re.sub(r"'[^']*'|\"[^\"]*\"", "''", arguments)):
            assert re.search(rf"(?<![\w-]){option}(?![\w-])", known), f"{line}: {option}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for line in lines_of_shell(page):
        if found := re.match(r"make ([a-z]+)", line):
            assert found[1] in targets, line


# ---- the guide's code


@pytest.mark.parametrize("block", [b for b in blocks(GUIDE) if "file:" in b.mark], ids=lambda b: f"line {b.line}")
def test_the_guide_shows_the_example_as_it_is(block: Block) -> None:
    path = ROOT / block.mark.split("file:")[1].split()[0]
    assert path.read_text().startswith(block.text)


@pytest.mark.parametrize("block", [b for b in blocks(GUIDE) if "part of:" in b.mark], ids=lambda b: f"line {b.line}")
def test_the_guide_quotes_the_example_as_it_is(block: Block) -> None:
    path = ROOT / block.mark.split("part of:")[1].split()[0]
    assert block.text in path.read_text()


RUNNABLE = {
    f"{page.name}, line {block.line}": block
    for page in PAGES
    for block in blocks(page)
    if block.language == "python" and not block.mark
}


@pytest.mark.parametrize("name", RUNNABLE)
def test_the_docs_python_runs(name: str, tmp_path: Path) -> None:
    code = compile(RUNNABLE[name].text, name, "exec")
    exec(code, {"__name__": "docs", "tmp_path": tmp_path})  # noqa: S102 - our own pages
