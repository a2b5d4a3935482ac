"""The interpreter of the peers and of the judge, which `scripts/setup bench` makes."""

import subprocess

from bench.machine import ROOT

PEERS = ROOT / ".venv/peers/bin/python"


def ask(code: str) -> str:
    """Return what a piece of Python prints there. Raises FileNotFoundError when it was not set up."""
    return subprocess.run((str(PEERS), "-c", code), capture_output=True, text=True, check=True).stdout
