"""The colours of code, as a TextMate theme: what typst's highlighter reads."""

from collections.abc import Iterator
from typing import Final

from mediamill.media.pictures.themes import TEXT_CONTRAST, Colours

#: Which colour of the palette a scope has; None: the muted one.
_SCOPES: Final = (
    ("comment, punctuation.definition.comment", None),
    ("string, punctuation.definition.string, markup.raw", 0),
    ("constant, constant.numeric, constant.language, support.constant", 1),
    ("keyword, storage, keyword.operator.word, variable.language, markup.heading", 2),
    ("entity.name.function, support.function, variable.function, entity.name.tag", 3),
    (
        "entity.name.type, entity.name.class, support.type, support.class, entity.other.attribute-name",
        4,
    ),
)
_ITALIC: Final = "comment"


def tm_theme(colours: Colours) -> str:
    """Return the theme, as XML. Every colour is readable on the panel that code stands on."""
    rules = "".join(_rule(scope, colour) for scope, colour in _rules(colours))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict>'
        "<key>name</key><string>mediamill</string><key>settings</key><array>"
        f"<dict><key>settings</key><dict><key>foreground</key><string>{colours.ink}</string></dict></dict>"
        f"{rules}</array></dict></plist>"
    )


def _rules(colours: Colours) -> Iterator[tuple[str, str]]:
    for scope, place in _SCOPES:
        colour = colours.muted if place is None else colours.palette[place]
        yield scope, str(colour.readable(TEXT_CONTRAST, colours.surface))


def _rule(scope: str, colour: str) -> str:
    style = "<key>fontStyle</key><string>italic</string>" if scope.startswith(_ITALIC) else ""
    return (
        f"<dict><key>scope</key><string>{scope}</string>"
        f"<key>settings</key><dict><key>foreground</key><string>{colour}</string>{style}</dict></dict>"
    )
