"""What the driver tells a worker or a client of any system: through the environment. The standard library only."""

import os

STORE = "FAULTS_STORE"
JOURNAL = "FAULTS_JOURNAL"
LONGEST_S = "FAULTS_LONGEST_S"
#: How long running jobs may go on after SIGTERM, the same for all.
DRAIN_S = 5
#: Jobs that one worker runs at once; each system has two workers.
SLOTS = 2


def store() -> str:
    """Return the URL of the Valkey, with the database of this system."""
    return os.environ[STORE]


def journal() -> str:
    """Return the path of this system's journal."""
    return os.environ[JOURNAL]


def patience_s() -> int:
    """Return after how long a job that nobody acknowledged may be given to another: 1.5 x the longest, as users do."""
    return int(float(os.environ[LONGEST_S]) * 1.5)
