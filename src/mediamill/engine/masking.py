"""Taking out of a text what must not leave the machine: secrets, and where its files lie."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

MASK: Final = "***"
#: Shorter values would be found in innocent words; no secret is that short.
SHORTEST: Final = 4
#: A line or a cookie's value within a longer secret.
SHORTEST_PART: Final = 8

#: user:password@ in a URL, whoever wrote it.
_CREDENTIALS = re.compile(r"(?<=://)[^/\s:@'\"]*:[^/\s@'\"]+(?=@)")
#: An absolute path, up to its last part. Not what follows a URL's scheme or a word.
_ABSOLUTE = re.compile(r"(?<![\w:/.~-])/(?:[^\s/'\":;,<>()]+/)+")


class Mask:
    """What one job's texts must not say.

    secrets: values of its secret parameters. places: folders of this machine and what stands for them.
    """

    def __init__(self, secrets: Iterable[str] = (), places: Mapping[Path, str] | None = None) -> None:
        needles = {needle for secret in secrets for needle in _shapes(secret)}
        ordered = sorted(needles, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        self._places = sorted(
            ((str(path), name) for path, name in (places or {}).items()), key=lambda place: len(place[0]), reverse=True
        )

    def secret(self, text: str) -> str:
        """Return `text` without secrets and URL credentials; what is no Unicode is replaced."""
        text = text.encode("utf-8", "replace").decode()
        if self._secrets is not None:
            text = self._secrets.sub(MASK, text)
        return _CREDENTIALS.sub(MASK, text) if "://" in text else text

    def public(self, text: str) -> str:
        """Return `text` as clients may see it: without secrets, and without the folders of this machine."""
        text = self.secret(text)
        for folder, name in self._places:
            text = text.replace(f"{folder}/", f"{name}/" if name else "").replace(folder, name or ".")
        return text

    def foreign(self, text: str) -> str:
        """As `public`, for words that no one of us chose: of an absolute path only its last part stays."""
        return _ABSOLUTE.sub("", self.public(text))


def _shapes(secret: str) -> Iterator[str]:
    """Yield the secret as it may turn up: whole, in parts, and quoted in the usual ways."""
    parts = [line.strip() for line in secret.splitlines()]
    parts += [line.rpartition("\t")[2] for line in parts]  # a cookie file's last column
    for text in [secret, *(part for part in parts if len(part) >= SHORTEST_PART)]:
        if len(text) >= SHORTEST:
            yield from (text, repr(text)[1:-1], json.dumps(text)[1:-1], quote(text, safe=""))
