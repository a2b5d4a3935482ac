"""Code, with its language after ``` on the first line."""

import re
from dataclasses import dataclass
from typing import Final

from mediamill.core.errors import InvalidInput

_FENCE: Final = re.compile(r"[ \t]*(?P<marks>`{3,}|~{3,})[ \t]*(?P<language>[\w+#.-]*)[^\n`]*")
_TAB_CHARS: Final = 4
#: Control characters that no editor shows.
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u2060\ufeff]")
#: On a slide one empty line is enough.
_GAPS: Final = re.compile(r"\n{3,}")
#: What people write, and how the highlighter calls it.
_ALIASES: Final = {
    "c#": "cs",
    "c++": "cpp",
    "console": "bash",
    "docker": "dockerfile",
    "golang": "go",
    "jsonc": "json",
    "jsx": "js",
    "node": "js",
    "py3": "python",
    "python3": "python",
    "shell": "bash",
    "text": "",
    "txt": "",
    "zsh": "bash",
}


@dataclass(frozen=True)
class Code:
    """language: as the highlighter knows it; "": plain.

    text: its lines, without tabs and trailing blanks, and one empty line at a time.
    """

    language: str
    text: str


def parse(text: str) -> Code:
    """Return the code. Raises InvalidInput when there is none."""
    lines = text.splitlines()
    while lines and not lines[0].strip():
        lines.pop(0)
    language = ""
    if lines and (fence := _FENCE.fullmatch(lines[0])):
        language = fence["language"].lower()
        lines = _up_to_fence(lines[1:], fence["marks"])
    code = "\n".join(_CONTROLS.sub("", line.expandtabs(_TAB_CHARS)).rstrip() for line in lines).strip("\n")
    if not code:
        raise InvalidInput("there is no code")
    return Code(_ALIASES.get(language, language), _GAPS.sub("\n\n", code))


def _up_to_fence(lines: list[str], marks: str) -> list[str]:
    for number, line in enumerate(lines):
        if line.strip().startswith(marks) and not line.strip().strip(marks[0]):
            return lines[:number]
    return lines
