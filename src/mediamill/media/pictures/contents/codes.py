"""Code, with its language after ``` on the first line."""

import re
from dataclasses import dataclass
from typing import Final

from mediamill.core.errors import InvalidInput
from mediamill.media import fences

_FENCE: Final = re.compile(r"(?P<blanks> *)(?P<mark>`{3,}(?!.*`)|~{3,}) *(?P<language>[\w+#.-]*).*")
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
    """Return the code. Raises InvalidInput when there is none, or something behind it."""
    lines = [_CONTROLS.sub("", line.expandtabs(_TAB_CHARS)).rstrip() for line in text.splitlines()]
    while lines and not lines[0]:
        lines.pop(0)
    language = ""
    if lines and (fence := _FENCE.fullmatch(lines[0])):
        language = fence["language"].lower()
        lines = _within(lines[1:], fence["mark"], len(fence["blanks"]))
    code = "\n".join(lines).strip("\n")
    if not code:
        raise InvalidInput("there is no code")
    return Code(_ALIASES.get(language, language), _GAPS.sub("\n\n", code))


def _within(lines: list[str], mark: str, indent: int) -> list[str]:
    """Return the lines of a block up to its end, without the blanks that its beginning had before its mark as well."""
    inner = [line[min(indent, len(line) - len(line.lstrip(" "))) :] for line in lines]
    end = next((number for number, line in enumerate(inner) if not fences.open_behind(line, mark)), len(inner))
    if any(inner[end + 1 :]):
        raise InvalidInput(f"there is something behind the {mark} that ends the code: a scene shows one block of code")
    return inner[:end]
