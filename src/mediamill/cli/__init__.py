"""The command line. Importing it is cheap: a command's own module is loaded when it is called."""

import sys
from importlib import import_module
from typing import IO, Final, NamedTuple

import click

from mediamill import __version__
from mediamill.core.errors import MediamillError


class Exit:
    """Exit codes; `mediamill --help` lists them."""

    FAILED: Final = 1
    USAGE: Final = 2
    UNREACHABLE: Final = 3
    REFUSED: Final = 4
    INTERRUPTED: Final = 130


class Ended(click.ClickException):
    """A command's end with a code of ours and a line that says why."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code

    def show(self, file: IO[str] | None = None) -> None:
        """Write the line to standard error."""
        click.echo(f"mediamill: {self.message}", file=file, err=file is None)


class _Entry(NamedTuple):
    place: str
    summary: str


_COMMANDS: Final = {
    "up": _Entry("servers:up", "Start everything on this machine."),
    "api": _Entry("servers:api", "Serve the HTTP API only."),
    "worker": _Entry("servers:worker", "Serve queues on this machine."),
    "submit": _Entry("submit:submit", "Hand in a job, follow it, fetch its files."),
    "jobs": _Entry("jobs:jobs", "List jobs, or show one."),
    "logs": _Entry("jobs:logs", "Print a job's log; -f follows it."),
    "cancel": _Entry("jobs:cancel", "Cancel jobs."),
    "stop": _Entry("jobs:stop", "Ask jobs to finish early and keep what there is."),
    "retry": _Entry("jobs:retry", "Run failed or cancelled jobs again."),
    "dead-letters": _Entry("dead_letters:dead_letters", "List failed jobs."),
    "redrive": _Entry("dead_letters:redrive", "Run failed jobs again, by the hundred."),
    "archive": _Entry("archive:archive", "Fetch the files of jobs as one ZIP archive."),
    "watchers": _Entry("watchers:watchers", "List what waits for something live; add, pause, resume, delete."),
    "files": _Entry("kept:files", "List and get recordings, and what else outlives its job."),
    "voices": _Entry("voices:voices", "List the voices of the service speech."),
    "queues": _Entry("queues:queues", "List the queues; pause and resume them."),
    "cache": _Entry("cache:cache", "Look at the cache of finished steps; clear, pin, warm it."),
    "purge": _Entry("purge:purge", "Remove finished jobs with their files."),
    "backup": _Entry("backup:backup", "Copy everything to a folder, while the server runs."),
    "restore": _Entry("restore:restore", "Bring a backup back to the data folder."),
    "rebuild": _Entry("rebuild:rebuild", "Bring finished jobs back from their files."),
    "doctor": _Entry("doctor:doctor", "Say what this machine lacks, in plain words."),
    "demo": _Entry("demo:demo", "Start everything, read two texts aloud, make two videos and flashcards, stop."),
}


class _Lazy(click.Group):
    """A group that lists its commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        entry = _COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, name = entry.place.partition(":")
        command = getattr(import_module(f"mediamill.cli.{module}"), name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in _COMMANDS.items()])


@click.command(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Exit codes: 0 all is well, 1 a job failed or was cancelled, 2 wrong usage or settings,
3 the server cannot be reached or did not start, 4 the server refused, 130 interrupted.

Settings come from the environment and from .env: docs/settings.md.""",
)
@click.version_option(__version__, prog_name="mediamill")
def group() -> None:
    """A job server for long media work.

    \b
    Begin with:
      mediamill demo                      see it work
      mediamill up                        start everything here
      mediamill submit speech book.txt    in another shell: hand in a job
    """  # noqa: D301 - \b is click's mark for lines to be kept


_CODES: Final = {"SETTINGS": Exit.USAGE, "UNAVAILABLE": Exit.UNREACHABLE, "CONFLICT": Exit.UNREACHABLE}


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        code = group.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = Exit.INTERRUPTED
    except Ended as error:
        error.show()
        code = error.code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except MediamillError as error:
        click.echo(f"mediamill: {error.message}", err=True)
        code = _CODES.get(error.code, Exit.FAILED)
    sys.exit(code if isinstance(code, int) else 0)
