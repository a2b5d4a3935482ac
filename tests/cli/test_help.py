import subprocess
import sys

import pytest
from click.testing import CliRunner

from mediamill import __version__
from mediamill.cli import _COMMANDS, group


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_explains_itself_with_an_example(name: str) -> None:
    shown = CliRunner().invoke(group, [name, "--help"])
    assert shown.exit_code == 0
    assert _COMMANDS[name].summary.split(maxsplit=1)[0].rstrip(",.;").lower() in shown.output.lower()
    if name not in {"cancel", "stop", "retry", "doctor", "demo"}:
        assert "Example" in shown.output


def test_help_lists_every_command_and_loads_none() -> None:
    code = """
import sys
from click.testing import CliRunner
from mediamill.cli import group
print(CliRunner().invoke(group, ["--help"]).output)
heavy = {"pydantic", "fastapi", "celery", "redis", "httpx2", "rich", "uvicorn", "mediamill.wiring"} & set(sys.modules)
assert not heavy, heavy
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert [name for name in _COMMANDS if f"\n  {name} " not in shown] == []


def test_up_itself_loads_nothing_heavy() -> None:
    code = """
import sys
import mediamill.cli.servers, mediamill.cli.up
heavy = {"pydantic", "fastapi", "celery", "redis", "httpx2", "rich", "uvicorn", "mediamill.wiring"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_nursery_starts_no_thread_and_opens_nothing() -> None:
    code = """
import os
from mediamill.cli import nursery
before = len(os.listdir("/proc/self/fd"))
nursery.load()
assert len(os.listdir("/proc/self/task")) == 1
assert len(os.listdir("/proc/self/fd")) == before
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_version_is_the_package_s() -> None:
    assert __version__ in CliRunner().invoke(group, ["--version"]).output
