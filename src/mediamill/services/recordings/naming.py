"""How recordings are called: after the channel, the day and what the live was called."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from mediamill.media.naming import Fields, Template

USUAL: Final = "{room_id}/{YYYY}/{MM}/{DD}/{timestamp}_{title}.mp4"
FIELDS: Final = Fields(
    names=("room_id", "title", "timestamp", "YYYY", "MM", "DD", "site", "quality"),
    numbered=frozenset(),
    instead=("timestamp", "room_id"),
    nothing="recording",
    folders=6,
)
#: May stand at a template's end, for people; which one a file gets is the request's container.
_SUFFIXES: Final = (".mp4", ".mkv", ".ts")


def template(text: str | None) -> Template:
    """Read a request's template; None: the usual one. Raises ValueError with words for people."""
    text = USUAL if text is None else text
    suffix = next((each for each in _SUFFIXES if text.lower().endswith(each)), "")
    return Template.parse(text[: len(text) - len(suffix)], FIELDS)


def values(room_id: str, title: str, site: str, quality: str, began_at: float) -> Mapping[str, str]:
    """Return what a template may name. began_at: Unix time, seconds; days and times are those of UTC."""
    began = datetime.fromtimestamp(began_at, UTC)
    return {
        "room_id": room_id,
        "title": title,
        "timestamp": f"{began:%Y%m%dT%H%M%SZ}",
        "YYYY": f"{began:%Y}",
        "MM": f"{began:%m}",
        "DD": f"{began:%d}",
        "site": site,
        "quality": quality,
    }
