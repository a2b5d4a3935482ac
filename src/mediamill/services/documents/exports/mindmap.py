"""Mind maps: as Markdown, which markmap draws, and in Mermaid's own language."""

import re
from pathlib import Path
from typing import Final

from mediamill.services.documents.exports.outline import Outline

#: What Markdown, HTML in it, and markmap's formulas and checkboxes are made of within a line: a hyphen is none of it.
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>#|~$&])")
#: Mermaid ends a text at its quote, reads #..; as a sign, ` as Markdown and < as HTML.
_MERMAID: Final = {"&": "#amp;", "#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;", "%": "#37;"}


def markdown(outline: Outline, to: Path) -> None:
    """Write the map as `to`, in Markdown: a heading for the title and each cluster, a list of its terms."""
    lines = [f"# {_plain(outline.title)}"]
    for branch in outline.branches:
        lines += ["", f"## {_plain(branch.name)}", ""]
        lines += [
            f"- **{_plain(leaf.word)}**{f': {_plain(leaf.meaning)}' if leaf.meaning else ''}" for leaf in branch.leaves
        ]
    to.write_text("\n".join(lines) + "\n", encoding="utf-8")


def mermaid(outline: Outline, to: Path) -> None:
    """Write the map as `to`, in Mermaid's language, without meanings: its boxes hold a few words only."""
    lines = ["mindmap", f'  root(("{_quoted(outline.title)}"))']
    for number, branch in enumerate(outline.branches):
        lines.append(f'    c{number}("{_quoted(branch.name)}")')
        lines += [f'      c{number}t{place}["{_quoted(leaf.word)}"]' for place, leaf in enumerate(branch.leaves)]
    to.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _plain(text: str) -> str:
    """Return a text in one line that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def _quoted(text: str) -> str:
    return "".join(_MERMAID.get(sign, sign) for sign in " ".join(text.split()))
