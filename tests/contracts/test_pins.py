"""requirements/*.txt fit the project file and install from any mirror."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PINS = {name: (ROOT / "requirements" / name).read_text() for name in ("all.txt", "dev.txt", "bench.txt")}


def pinned(name: str) -> dict[str, set[str]]:
    """Return the versions of every package in a file of pins; a package has several when Pythons differ."""
    versions: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([\w.-]+)==([^ ;]+)", PINS[name], re.MULTILINE):
        versions.setdefault(canonicalize_name(package), set()).add(version)
    return versions


def wanted(name: str) -> list[Requirement]:
    """Return what the project file asks for; all extras are in, but the peers of the benchmarks live apart."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    if name == "bench.txt":
        return [Requirement(text) for text in project["dependency-groups"]["bench"]]
    texts = [*project["project"]["dependencies"]]
    for extra in project["project"]["optional-dependencies"].values():
        texts += extra
    if name == "dev.txt":
        texts += project["dependency-groups"]["dev"]
    return [requirement for text in texts if (requirement := Requirement(text)).name != "mediamill"]


@pytest.mark.parametrize("name", PINS)
def test_pins_name_no_index_no_host_and_no_path(name: str) -> None:
    suspicious = re.compile(r"://|--[a-z-]*index|--find-links|@ |^[./]|localhost|\d+\.\d+\.\d+\.\d+/", re.MULTILINE)
    assert not suspicious.findall(PINS[name])


@pytest.mark.parametrize("name", PINS)
def test_every_dependency_is_pinned_to_a_version_that_fits(name: str) -> None:
    pins = pinned(name)
    for requirement in wanted(name):
        versions = pins.get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement} is not in requirements/{name}; run: make pins"
        for version in versions:
            assert requirement.specifier.contains(version, prereleases=True), f"{requirement} is pinned to {version}"


def test_development_uses_the_versions_that_users_get() -> None:
    dev = pinned("dev.txt")
    assert {package: dev[package] for package in pinned("all.txt")} == pinned("all.txt")
