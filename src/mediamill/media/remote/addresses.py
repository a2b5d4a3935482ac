"""Where things are on a server of OpenAI's kind."""

import re
from typing import Final
from urllib.parse import urlsplit

#: A version somewhere in a path: `/v1`, `/api/v1beta`, `/v1beta/openai`.
_VERSION: Final = re.compile(r"/v\d+[a-z0-9]*(?=/|$)")
#: What a base URL may end with, where somebody set the whole address of what is asked for.
_WHOLE: Final = ("/audio/speech", "/chat/completions", "/images/generations")


def endpoint(url: str, path: str) -> str:
    """Return where a thing is asked for, of a base URL with or without its version: `https://host/v1/audio/speech`.

    path: as it stands behind the version. A URL that ends with it already is the answer, with its query.
    """
    parts = urlsplit(url)
    before = parts.path.rstrip("/")
    if before.endswith(path):
        return parts._replace(path=before).geturl()
    return parts._replace(path=_versioned(before) + path).geturl()


def models(url: str) -> str:
    """Return where a server lists its models, of its base URL or of the address of one thing."""
    parts = urlsplit(url)
    before = parts.path.rstrip("/")
    for whole in _WHOLE:
        before = before.removesuffix(whole)
    return parts._replace(path=_versioned(before) + "/models", query="").geturl()


def _versioned(path: str) -> str:
    return path if _VERSION.search(path) else f"{path}/v1"
