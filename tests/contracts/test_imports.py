"""The import contracts hold, and every one of them can fail."""

import ast
import itertools
import os
import re
import shutil
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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
    "apart": ("services/wrong/tags.py", "mutagen"),
}


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the package beside a copy of the contracts, free to be broken."""
    shutil.copytree(ROOT / "src/mediamill", tmp_path / "mediamill", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CONTRACTS, tmp_path)
    return tmp_path


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run the linter on the tree that it stands in."""
    # Wide, so that no name is wrapped; unmeasured, since coverage would count the copy as the package.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COV")} | {"COLUMNS": "300"}
    command = [str(LINTER), "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=tree, env=environ, capture_output=True, text=True, check=False, timeout=60)


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


def imported_by(module: Path) -> set[str]:
    """Return the top-level packages that a file imports, anywhere in it."""
    packages: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            packages |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            packages.add((node.module or "").split(".")[0])
    return packages - sys.stdlib_module_names - {"mediamill"}


def test_core_needs_nothing_but_pydantic_and_the_standard_library() -> None:
    for module in (ROOT / "src/mediamill/core").rglob("*.py"):
        assert imported_by(module) <= {"pydantic"}, module.name


def test_every_imported_package_is_a_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    texts = [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]
    declared = {canonicalize_name(Requirement(text).name) for text in texts} | {"pydantic-core"}  # pydantic pins it
    distributions = packages_distributions()
    for module in (ROOT / "src/mediamill").rglob("*.py"):
        if "tests" in module.parts:
            continue
        for package in imported_by(module):
            found = {canonicalize_name(name) for name in distributions.get(package, [package])}
            assert found & declared, f"{module.relative_to(ROOT)} imports {package}, which pyproject.toml does not name"
