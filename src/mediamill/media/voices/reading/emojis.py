"""Emoji, read out.

One that stands after words is said by its name where the name has three words at most ("thumbs up",
not "face with tears of joy"); one repeated is said once, and of a row of them the first three. One
before the first word is a bullet or a decoration and is not read, nor is any in a language for which
the Unicode names are not at hand. Skin tones are never read.
"""

import re
from typing import Any, Final

#: Languages that the names are at hand for (Unicode CLDR, by the package `emoji`).
LANGUAGES: Final = frozenset({"ar", "de", "en", "es", "fa", "fr", "id", "it", "ja", "ko", "pt", "ru", "tr", "zh"})

_NAME_WORDS: Final = 3
_NAMED_IN_A_ROW: Final = 3
#: Blocks of pictures; a few of their characters, such as a musical sharp, are no emoji and stay.
_PICTURES: Final = (
    "\U0001f000-\U0001faff\u231a\u231b\u23e9-\u23fa\u2600-\u2668\u2670-\u27bf\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55"
)
_SKIN_TONES: Final = "\U0001f3fb-\U0001f3ff"
#: Joiners, variation selectors, the cap of a key, and the letters in flags of regions.
_JOINTS: Final = "\u200d\ufe0e\ufe0f\u20e3\U000e0020-\U000e007f"
_ROW: Final = re.compile(rf"[{_PICTURES}](?:[{_PICTURES}{_JOINTS}]|\s(?=[{_PICTURES}]))*")
#: The cap of a key, as on an emoji of the figure 1, and selectors behind what is no picture.
_CAPS: Final = re.compile("[\ufe0e\ufe0f\u20e3]")
_BLANKS: Final = re.compile(r"\s{2,}")
_BLANK_BEFORE_A_STOP: Final = re.compile(r"\s+(?=[.,;:!?…])")
_UNSEEN: Final = re.compile(f"[{_SKIN_TONES}\ufe0e]")
_LEFT_OVER: Final = re.compile(f"[{_JOINTS}{_SKIN_TONES}]|[\U0001f1e6-\U0001f1ff]")


def spoken(text: str, language: str) -> str:
    """Return a sentence with its emoji as they are read out in `language`. See the module."""
    if text.isascii():
        return text
    if not _ROW.search(text):
        return _CAPS.sub("", text)
    first_word = next((place for place, character in enumerate(text) if character.isalnum()), len(text))
    said = _ROW.sub(lambda row: _said(row.group(0), language if row.start() > first_word else ""), text)
    return _BLANKS.sub(" ", _BLANK_BEFORE_A_STOP.sub("", _CAPS.sub("", said))).strip()


def _said(row: str, language: str) -> str:
    """Return what is said for some emoji in a row; "" as the language: none of their names."""
    # The names are in a file of a megabyte; most texts have no emoji.
    import emoji  # noqa: PLC0415 - see above

    row = _UNSEEN.sub("", row)
    kept = _LEFT_OVER.sub("", emoji.replace_emoji(row)).split()
    names: dict[str, None] = {}
    if language in LANGUAGES:
        emoji.config.load_language(language)
        for found in emoji.emoji_list(row):
            if name := _name(emoji.EMOJI_DATA[found["emoji"]], language):
                names[name] = None
    words = " ".join([*kept, ", ".join([*names][:_NAMED_IN_A_ROW])]).strip()
    return f" {words} " if words else " "


def _name(known: dict[str, Any], language: str) -> str:
    words = known.get(language, "").strip(":").replace("_", " ").split()
    return " ".join(words) if len(words) <= _NAME_WORDS else ""
