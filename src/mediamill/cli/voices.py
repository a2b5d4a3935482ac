"""List the voices that a server has."""

import json
from dataclasses import asdict
from typing import Final

import click

from mediamill.cli.access import Access, server_options
from mediamill.cli.tables import table
from mediamill.client import Voice

_HEADS: Final = ("NAME", "LANGUAGE", "ENGINE", "RATE", "LICENCE", "READY")


@click.command()
@click.argument("language", required=False)
@click.option("--ready", "only_ready", is_flag=True, help="Only those that can speak now.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")
@server_options
def voices(access: Access, *, language: str | None, only_ready: bool, as_json: bool) -> None:
    """List the voices of the service speech, all or those of a LANGUAGE (`vi`, `en-GB`).

    A voice that is not ready says what it needs.

    \b
    Examples:
      mediamill voices vi
      mediamill submit speech --text 'Xin chào.' -p voice=espeak-vi
    """  # noqa: D301 - \b is click's mark for lines to be kept
    with access.client() as client:
        found = tuple(voice for voice in client.voices(language) if voice.ready or not only_ready)
    if as_json:
        for voice in found:
            click.echo(json.dumps(asdict(voice), ensure_ascii=False))
    else:
        table(_HEADS, map(_row, found), "no voices")


def _row(voice: Voice) -> tuple[str, ...]:
    rate = f"{voice.sample_rate_hz / 1000:g} kHz"
    return (voice.name, voice.language, voice.engine, rate, voice.licence, "ready" if voice.ready else voice.needs)
