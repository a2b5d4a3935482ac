"""Words with placeholders: `--format={format}`. There is no shell and no other language in them.

A placeholder is a lower-case name in braces, `{url}`, or one with a part of its own, `{cookie.session}`. Other braces
are the program's: `%(progress.{status,eta})j` stays as it is, and `{{title}}` stands for `{title}`.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

_PLACEHOLDER: Final = re.compile(r"\{\{([a-z][a-z0-9_-]*)\}\}|\{([a-z][a-z0-9_]*(?:\.[A-Za-z0-9_-]{1,64})?)\}")

#: What stands in the words of a command, and what it means.
IN_WORDS: Final = {
    "url": "the address",
    "host": "the host in it",
    "folder": "the working folder",
    "out": "the folder for what is fetched",
    "ffmpeg": "the program ffmpeg",
    "ffmpeg_folder": "the folder that it is in",
    "python": "our Python",
    "format": "the program's word for the format",
    "quality": "its word for the quality",
    "variant": "its word for the variant",
    "playlist": "the entries that are wanted, such as 1:10,15",
    "playlist_most": "how many entries are taken at most",
    "most_bytes": "how much may be fetched",
    "cookies": "the file with the cookies",
}
#: Only in files and in the environment: a command's words are seen by everybody on the machine.
SECRET: Final = ("cookie", "secret")


def names(word: str) -> Iterator[str]:
    """Yield the placeholders in a word."""
    for found in _PLACEHOLDER.finditer(word):
        if found[2]:
            yield found[2]


def fill(word: str, value: Callable[[str], str]) -> str:
    """Return the word with the placeholders' values in their places. What a value contains is not looked at again."""
    return _PLACEHOLDER.sub(lambda found: value(found[2]) if found[2] else f"{{{found[1]}}}", word)
