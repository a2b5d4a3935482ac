"""Ending the programs of an attempt."""

from mediamill.engine.roster import Roster, process_started
from mediamill.media import programs


def kill_programs(roster: Roster, token: str) -> None:
    """Kill what still runs of the programs that an attempt noted, with all that they started."""
    for pid, started in roster.programs(token):
        if process_started(pid) == started:
            programs.kill_group(pid)
