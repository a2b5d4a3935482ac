"""What is said of a sound."""

from dataclasses import dataclass, fields
from typing import Any, Final, Self

_TEXT_CHARS: Final = 500
_TRACK_MOST: Final = 999_999


@dataclass(frozen=True)
class Tags:
    """Title and the like. "" and None where nothing is said. released: "2024", "2024-05" or "2024-05-17"."""

    title: str = ""
    artist: str = ""
    album: str = ""
    track: int | None = None
    released: str = ""
    comment: str = ""

    @classmethod
    def of(cls, told: dict[str, Any]) -> Self:
        """Return what a JSON object tells; what is of no use is left out."""
        texts = {name: told.get(name) for name in ("title", "artist", "album", "released", "comment")}
        track = told.get("track")
        return cls(
            **{name: line(text) for name, text in texts.items() if isinstance(text, str)},
            track=track if isinstance(track, int) and 0 < track <= _TRACK_MOST else None,
        )

    def before(self, other: "Tags") -> "Tags":
        """Return these, and of the others what these do not say."""
        return Tags(**{each.name: getattr(self, each.name) or getattr(other, each.name) for each in fields(self)})

    def beyond(self, other: "Tags") -> "Tags":
        """Return of these what the others do not say."""
        return Tags(**{each.name: getattr(self, each.name) for each in fields(self) if not getattr(other, each.name)})


def line(text: str) -> str:
    """Return a text that others wrote in one line, 500 characters of it."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text[: 4 * _TEXT_CHARS])
    return " ".join(plain.split())[:_TEXT_CHARS]
