"""The folder in which a program runs: what it finds there, and the words that it is started with."""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from mediamill.core.errors import PermanentError
from mediamill.media.adapters import template
from mediamill.media.adapters.adapter import OPTIONS, Adapter
from mediamill.media.adapters.ffmpeg import ffmpeg
from mediamill.media.adapters.jar import Jar
from mediamill.media.adapters.wanted import Wanted

#: A key or a password of the operator's.
_SECRET_BYTES: Final = 64 * 1024
_OURS_ONLY: Final = 0o600


@dataclass(frozen=True)
class Workplace:
    """A folder of one run. out: where the program leaves what it fetched.

    secrets: what no line of its output may show.
    """

    folder: Path
    out: Path
    argv: tuple[str, ...]
    env: dict[str, str]
    secrets: tuple[str, ...]


@contextmanager
def workplace(adapter: Adapter, wanted: Wanted, scratch: Path) -> Iterator[Workplace]:
    """Make the folder below `scratch`, and remove it, with every secret in it, afterwards.

    wanted: completed by the adapter. Raises PermanentError with code USAGE where the operator's part is not there.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{adapter.name}-", dir=scratch)).resolve()
    try:
        out = folder / "out"
        out.mkdir()
        values = _Values.of(adapter, wanted, folder, out)
        for file in adapter.files:
            quote = values.as_json if file.quote == "json" else values.plain
            _write(folder / file.name, template.fill(file.text, quote))
        yield Workplace(
            folder=folder,
            out=out,
            argv=tuple(template.fill(word, values.plain) for word in _words(adapter, wanted)),
            env={name: template.fill(text, values.plain) for name, text in adapter.env.items()},
            secrets=values.secrets,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _words(adapter: Adapter, wanted: Wanted) -> Iterator[str]:
    for word in adapter.argv:
        if word != OPTIONS:
            yield word
            continue
        for option in adapter.options:
            if option.when.holds(wanted):
                yield from option.words


@dataclass(frozen=True)
class _Values:
    """What the placeholders stand for in one run."""

    adapter: Adapter
    wanted: Wanted
    folder: Path
    out: Path
    jar: Jar | None
    kept: dict[str, str]

    @classmethod
    def of(cls, adapter: Adapter, wanted: Wanted, folder: Path, out: Path) -> Self:
        jar = Jar.of(wanted.cookies, wanted.url) if wanted.cookies else None
        kept = {name: _secret(adapter, name, path) for name, path in adapter.secrets.items()}
        return cls(adapter, wanted, folder, out, jar, kept)

    @property
    def secrets(self) -> tuple[str, ...]:
        cookies = (self.jar.text, *self.jar.secrets) if self.jar else ()
        proxy = (self.wanted.proxy,) if self.wanted.proxy else ()
        return (*cookies, *proxy, *(secret for secret in self.kept.values() if secret))

    def plain(self, name: str) -> str:
        """Return a value that is one line. Raises PermanentError for one of several: it could say more than it may."""
        value = self._value(name)
        if any(not sign.isprintable() for sign in value):
            raise PermanentError(f"{self.adapter.title}: {{{name}}} has a control character in it", code="USAGE")
        return value

    def as_json(self, name: str) -> str:
        return json.dumps(self._value(name), ensure_ascii=False).replace("\x7f", "\\u007f")

    def _value(self, name: str) -> str:
        part, _, key = name.partition(".")
        match part:
            case "cookie":
                return self.jar.values.get(key, "") if self.jar else ""
            case "secret":
                return self.kept[key]
            case "cookies":
                return str(self._cookie_file())
            case "ffmpeg":
                return str(ffmpeg())
            case "ffmpeg_folder":
                return str(ffmpeg().parent)
        return self._simple(name)

    def _simple(self, name: str) -> str:
        adapter, wanted = self.adapter, self.wanted
        return {
            "url": wanted.url,
            "host": urlsplit(wanted.url).hostname or "",
            "folder": str(self.folder),
            "out": str(self.out),
            "python": sys.executable,
            "format": adapter.formats[wanted.format],
            "quality": adapter.qualities.get(wanted.quality, ""),
            "variant": adapter.variants.get(wanted.variant, ""),
            "playlist": wanted.playlist,
            "playlist_most": str(adapter.playlist_most),
            "most_bytes": str(int(adapter.most_bytes)),
        }[name]

    def _cookie_file(self) -> Path:
        """Return the file with the cookies, an empty one where there are none. Programs write theirs back into it."""
        path = self.folder / "cookies.txt"
        if not path.exists():
            _write(path, self.jar.text if self.jar else "# Netscape HTTP Cookie File\n")
        return path


def _secret(adapter: Adapter, name: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_SECRET_BYTES).decode().strip()
    except (OSError, UnicodeDecodeError):
        raise PermanentError(f"{adapter.title}: the file of the secret {name} cannot be read", code="USAGE") from None


def _write(path: Path, text: str) -> None:
    """Write a file that nobody else may read, from its first moment on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=_OURS_ONLY, exist_ok=False)
    path.write_text(text, encoding="utf-8")
