"""The import contracts hold, and every one of them can fail."""

import ast
import os
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACTS = ROOT / ".importlinter"
LINTER = Path(sys.executable).with_name("lint-imports")

#: Contract: a module that breaks it, and the import by which it does.
BREAKS = {
    "layers": ("store/wrong.py", "mediamill.engine.wrong"),
    "services": ("services/wrong/__init__.py", "mediamill.store.wrong"),
    "services-apart": ("engine/wrong.py", "mediamill.services.wrong"),
    "testing": ("web/wrong.py", "mediamill.testing"),
    "variables": ("cli/wrong.py", "mediamill.variables"),
    "core": ("core/wrong.py", "numpy"),
    "redis": ("engine/wrong_redis.py", "redis"),
    "obstore": ("store/wrong_obstore.py", "obstore"),
    "celery": ("engine/wrong_kombu.py", "kombu"),
    "fastapi": ("services/wrong/pages.py", "starlette"),
    "subprocess": ("services/wrong/programs.py", "subprocess"),
}


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the package beside a copy of the contracts, free to be broken."""
    shutil.copytree(ROOT / "src/mediamill", tmp_path / "mediamill", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CONTRACTS, tmp_path)
    return tmp_path


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run the linter on the tree that it stands in."""
    wide = {**os.environ, "COLUMNS": "300"}  # so that no name is wrapped
    command = [str(LINTER), "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=tree, env=wide, capture_output=True, text=True, check=False, timeout=60)


def names() -> dict[str, str]:
    """Return the name of every contract by its id."""
    parser = ConfigParser()
    parser.read(CONTRACTS)
    prefix = "importlinter:contract:"
    return {title.removeprefix(prefix): parser[title]["name"] for title in parser if title.startswith(prefix)}


def test_the_rooms_keep_their_contracts(copied: Path) -> None:
    linted = lint(copied)
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_every_contract_fails_when_it_is_broken(copied: Path) -> None:
    for path, imported in BREAKS.values():
        module = copied / "mediamill" / path
        module.parent.mkdir(exist_ok=True)
        module.write_text(f"import {imported}\n")
    linted = lint(copied)
    broken = set(re.findall(r"^(.+) BROKEN\b", linted.stdout, re.MULTILINE))
    assert linted.returncode == 1, linted.stderr
    assert broken == set(names().values()), linted.stdout + linted.stderr
    for path, imported in BREAKS.values():
        importer = ".".join(["mediamill", *Path(path).with_suffix("").parts]).removesuffix(".__init__")
        assert f"{importer} -> {imported} (l.1)" in linted.stdout


def test_every_contract_has_its_break() -> None:
    assert set(BREAKS) == set(names())


def test_core_needs_nothing_but_pydantic_and_the_standard_library() -> None:
    allowed = {"mediamill", "pydantic", *sys.stdlib_module_names}
    for module in (ROOT / "src/mediamill/core").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Import):
                imported = {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported = {(node.module or "").split(".")[0]}
            else:
                continue
            assert imported <= allowed, f"{module.name} line {node.lineno} imports {imported - allowed}"
