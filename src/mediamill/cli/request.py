"""From the words of a command line to the parameters and uploads of a request."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from mediamill.client.calls import Upload


def request(
    given: str | None, params: tuple[str, ...], files: tuple[str, ...], *, is_text: bool
) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Return the parameters and uploads that the command line means. Raises click.UsageError."""
    wanted = parameters(params)
    uploads: dict[str, Upload] = dict(map(_file, files))
    if given is None:
        if is_text:
            raise click.UsageError("--text wants the text as INPUT")
    elif is_text:
        wanted["text"] = given
    elif given == "-":
        wanted["text"] = sys.stdin.read()
    elif given.startswith(("http://", "https://")):
        wanted["url"] = given
    else:
        uploads["file"] = _existing(Path(given), "; if this is the text itself, add --text")
    return wanted, uploads


def parameters(words: Iterable[str]) -> dict[str, Any]:
    """Return what `NAME=VALUE` words mean: `theme.name=dark` is `{"theme": {"name": "dark"}}`.

    A value is JSON, or else a text; `@PATH` is what is in that file. Of a name that comes twice the last counts.
    """
    wanted: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not all(name.split(".")):
            raise click.UsageError(f"-p wants NAME=VALUE, not {word!r}")
        *outer, inner = name.split(".")
        place = wanted
        for part in outer:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise click.UsageError(f"-p {name}: {part!r} has another value already")
        place[inner] = _value(value)
    return wanted


def _value(word: str) -> Any:  # noqa: ANN401 - whatever JSON has
    if word.startswith("@"):
        word = _content(word[1:])
    try:
        return json.loads(word)
    except ValueError:
        return word


def _content(name: str) -> str:
    path = _existing(Path(name), f"; for a text that begins with @ write '\"@{name}\"'")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as wrong:
        raise click.UsageError(f"the file {name!r} is not UTF-8") from wrong


def _file(word: str) -> tuple[str, Path]:
    name, equals, path = word.partition("=")
    if not equals or not name:
        raise click.UsageError(f"--file wants NAME=PATH, not {word!r}")
    return name, _existing(Path(path))


def _existing(path: Path, hint: str = "") -> Path:
    if not path.is_file():
        raise click.UsageError(f"there is no file {str(path)!r}{hint}")
    return path
