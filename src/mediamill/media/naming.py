"""How files are called: a template of names that are known to be safe, and values that are made so.

Which names there are, each service says (`Fields`).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Final, NamedTuple, Self

#: Longest name with its folders and its suffix, bytes of UTF-8: what an artifact's name may have.
NAME_BYTES: Final = 200
#: Of a folder, and of the suffix.
_FOLDER_BYTES: Final = 60
_SUFFIX_BYTES: Final = 16
TEMPLATE_CHARS: Final = 200
_SPEC: Final = re.compile(r"(?:0[1-9])?")
#: Folders of dots, or of nothing, in front of a path.
_CLIMBS: Final = re.compile(r"(?:^|(?<=[/\\]))\.*[/\\]")
#: What is left of "Part 3: /x".
_DASHES: Final = re.compile(r"(?<=[^\s-])\s*-(?:\s*-)+\s*")
#: What closed something around a field that has nothing to say.
_CLOSING: Final = ")]}"
#: Mean something to a shell, a file system or a web server, wherever they stand.
_UNSAFE: Final = str.maketrans({**dict.fromkeys("/\\|:", "-"), **dict.fromkeys('<>"?*', None)})
#: Windows takes these for devices, with any suffix.
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)", re.IGNORECASE)
_BLANKS: Final = re.compile(r"\s+")
#: Zero-width joiners belong to Persian, Indic scripts and emoji; other format characters can only mislead.
_JOINERS: Final = "\u200c\u200d"
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True)
class Fields:
    """What the templates of a service may name.

    numbered: those of them that may have a width. instead: those after which a file is called where its template has
    nothing to say, the first that has something; and `nothing`, where they have not either. folders: at most.
    """

    names: tuple[str, ...]
    numbered: frozenset[str]
    instead: tuple[str, ...]
    nothing: str
    folders: int

    def __str__(self) -> str:
        return ", ".join(f"{{{name}}}" for name in self.names)


class _Piece(NamedTuple):
    """What stands before a field, and the field; name "": nothing follows."""

    literal: str
    name: str
    width: int


@dataclass(frozen=True)
class Template:
    """A pattern such as `{album}/{track:02} {title}`.

    What stands before a field, and behind the last one, is left out where that has nothing to say, and so is what
    would only have parted it from nothing: `{artist} - {title}` is the title where no artist is known.
    """

    components: tuple[tuple[_Piece, ...], ...]
    fields: Fields

    @classmethod
    def parse(cls, text: str, fields: Fields) -> Self:
        """Read a template. Raises ValueError with words for people."""
        if len(text) > TEMPLATE_CHARS:
            raise ValueError(f"a template has {TEMPLATE_CHARS} characters at most")
        if "\\" in text or any(unicodedata.category(sign) in _HIDDEN for sign in text):
            raise ValueError("a template has no backslash and no character that is not shown")
        components = tuple(tuple(_pieces(part, fields)) for part in _folders(text, fields.folders))
        if not any(piece.name for piece in components[-1]):
            raise ValueError(f"a file is called after one of these at least: {fields}")
        return cls(components, fields)

    def name(self, values: Mapping[str, str | int | None], suffix: str) -> str:
        """Return the name of a file, `/` between its folders: safe whatever the values are.

        values: by field; what is missing has nothing to say. suffix: with its dot.
        """
        *outer, stem = (_component(pieces, values) for pieces in self.components)
        folders = [_cut(folder, _FOLDER_BYTES) for folder in outer if folder]
        suffix = _suffix(suffix)
        room = NAME_BYTES - sum(len(f"{folder}/".encode()) for folder in folders) - len(suffix)
        others = (_safe(_text(values.get(name), 0)) for name in self.fields.instead)
        stem = stem or next(filter(None, others), "")
        return "/".join((*folders, (_cut(stem, room) or self.fields.nothing) + suffix))


def distinct(names: Iterable[str]) -> list[str]:
    """Return the names with a number behind those that are there already, also for systems that tell no case."""
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    found = []
    for name in names:
        free = name
        while free.casefold() in taken:
            numbers[name] = numbers.get(name, 1) + 1
            free = _numbered(name, numbers[name])
        taken.add(free.casefold())
        found.append(free)
    return found


def shown(text: str, most: int = 500) -> str:
    """Return a text that others wrote in one line, without characters that are not shown; `most` characters of it."""
    kept = "".join(" " if sign.isspace() else sign for sign in unicodedata.normalize("NFC", text) if not _hidden(sign))
    return _BLANKS.sub(" ", kept).strip()[:most].strip()


def _hidden(sign: str) -> bool:
    return not sign.isspace() and unicodedata.category(sign) in _HIDDEN and sign not in _JOINERS


def _folders(text: str, most: int) -> list[str]:
    parts = text.split("/")
    if len(parts) > most + 1:
        raise ValueError(f"a template has {most} folders at most")
    if any(part.strip() in {"", ".", ".."} for part in parts):
        raise ValueError("a template has no empty folder in it, none of dots, and does not begin or end with a slash")
    return parts


def _pieces(text: str, fields: Fields) -> Iterator[_Piece]:
    try:
        parsed = list(Formatter().parse(text))
    except ValueError:
        raise ValueError("a template has a brace without its other one; write {{ for a brace") from None
    for literal, name, spec, conversion in parsed:
        if name is None:
            yield _Piece(literal, "", 0)
            continue
        if name not in fields.names or conversion:
            raise ValueError(f"a template knows only these: {fields}")
        if not _SPEC.fullmatch(spec or "") or (spec and name not in fields.numbered):
            raise ValueError(_widths(fields))
        yield _Piece(literal, name, int(spec or 0))


def _widths(fields: Fields) -> str:
    known = [f"{{{name}}}" for name in fields.names if name in fields.numbered]
    if not known:
        return "no field of a template has a width"
    return f"only {' and '.join(known)} have a width, such as {known[0].replace('}', ':02}')}"


def _component(pieces: tuple[_Piece, ...], values: Mapping[str, str | int | None]) -> str:
    said, before, any_before = "", True, False
    for place, piece in enumerate(pieces):
        text = _text(values.get(piece.name), piece.width)
        if piece.name == "":
            said += piece.literal if before else ""
        elif text:
            joins = any_before or not place
            said += (piece.literal if before else piece.literal.lstrip(_CLOSING)) if joins else ""
            said += text
            any_before = True
        before = bool(text)
    return _safe(said)


def _text(value: str | int | None, width: int) -> str:
    if isinstance(value, int):
        return f"{value:0{width}}"
    text = _CLIMBS.sub("", shown(value or "")).replace(": ", " - ").translate(_UNSAFE)
    return _DASHES.sub(" - ", text)


def _safe(text: str) -> str:
    """Return one part of a path that no system takes for anything else than a name; "" where nothing is left."""
    text = _BLANKS.sub(" ", shown(text).translate(_UNSAFE)).strip(" ." + _JOINERS)
    if text.startswith(("-", "~")):  # an option, a home
        text = f"_{text}"
    return _RESERVED.sub(lambda found: f"{found[0]}_", text) if _RESERVED.match(text) else text


def _cut(text: str, most_bytes: int) -> str:
    short = text.encode()[:most_bytes].decode(errors="ignore")
    # Cutting can part a letter from its accent, and leave a joiner or a blank at the end.
    return unicodedata.normalize("NFC", short).rstrip(" ." + _JOINERS)


def _suffix(suffix: str) -> str:
    known = re.fullmatch(r"\.[A-Za-z0-9]+", suffix)
    return suffix.lower() if known and len(suffix) <= _SUFFIX_BYTES else ""


def _numbered(name: str, number: int) -> str:
    folder, slash, last = name.rpartition("/")
    stem, dot, suffix = last.rpartition(".")
    if not stem:
        stem, dot, suffix = last, "", ""
    end = f" ({number}){dot}{suffix}"
    return folder + slash + _cut(stem, NAME_BYTES - len(f"{folder}{slash}{end}".encode())) + end
