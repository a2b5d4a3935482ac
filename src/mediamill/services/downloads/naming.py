"""How downloaded files are called."""

from typing import Final

from mediamill.media.naming import Fields, Template

FIELDS: Final = Fields(
    names=("title", "artist", "album", "track", "date", "year", "id", "source", "number"),
    numbered=frozenset({"track", "number"}),
    instead=("title", "id"),
    nothing="download",
    folders=3,
)


def template(text: str | None) -> Template:
    """Read a request's template; None: what a file is called where nobody says anything else. Raises ValueError."""
    return Template.parse("{artist} - {title}" if text is None else text, FIELDS)
