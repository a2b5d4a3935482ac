"""What the logs of a process say, on a terminal and off it."""

import json
import os
import pty
import subprocess
import sys

import pytest

#: Fails with a value in its hands that no log may show; the value itself stands in no line of its source.
FAILING = """
import structlog
from mediamill import logs

def decrypted():
    cookie = "".join(["a-decr", "ypted-co", "okie"])
    raise ValueError("the site is gone")

logs.configure("INFO")
try:
    decrypted()
except ValueError:
    structlog.get_logger("mediamill.tests").exception("attempt.error", job_id="j")
"""


@pytest.mark.parametrize("terminal", [False, True])
def test_a_traceback_shows_no_values(*, terminal: bool) -> None:
    ours, theirs = pty.openpty() if terminal else os.pipe()
    try:
        subprocess.run([sys.executable, "-c", FAILING], stderr=theirs, check=True, env={"COLUMNS": "200"})
        told = os.read(ours, 1_000_000).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert "attempt.error" in told
    assert "the site is gone" in told
    assert "a-decrypted-cookie" not in told


WRITING = """
import os, sys, logging
import structlog
from mediamill import logs

logs.configure("INFO")
log = structlog.get_logger("mediamill.tests")
log.debug("unheard")
log.info("told", text="Xin chào", path=os.PathLike)
logging.getLogger("another").warning("told too")
os.close(2)
log.info("nobody reads this")
print("still there")
"""


def test_a_line_is_json_and_one_that_cannot_be_written_stops_nobody() -> None:
    run = subprocess.run([sys.executable, "-c", WRITING], capture_output=True, check=True, text=True)
    ours, theirs = [json.loads(line) for line in run.stderr.splitlines()]
    assert (ours["event"], ours["level"], ours["logger"], ours["text"]) == (
        *("told", "info", "mediamill.tests"),
        "Xin chào",
    )
    assert set(ours) - set(theirs) == {"text", "path"}
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("told too", "warning", "another")
    assert run.stdout == "still there\n"
