"""The voices that there are, and which one reads a language. Cheap to import."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from mediamill.core.errors import InvalidInput


@dataclass(frozen=True)
class Voice:
    """A voice as clients choose it.

    name: what they send. language: BCP 47, lower case. label: for people.
    engine: which engine speaks, and engine_voice: what that engine calls the voice.
    rate_hz: at which the engine speaks; what we hand out is always `sound.RATE_HZ`.
    gain_db: makes all voices equally loud; measured on the texts in `examples/`, by BS.1770.
    """

    name: str
    language: str
    label: str
    engine: str
    engine_voice: str
    rate_hz: int
    gain_db: float

    @property
    def base_language(self) -> str:
        """The language without its region: `vi` of `vi-vn-x-south`."""
        return self.language.split("-")[0]


#: To -22 LUFS, which the loudest sentences reach without clipping.
_HIBARI_GAIN_DB: Final = 4.0
_ESPEAK_GAIN_DB: Final = 1.5
_ESPEAK_GAINS_DB: Final = MappingProxyType(
    {"vi": 0.5, "vi-vn-x-central": 1.0, "vi-vn-x-south": 0.0, "en-us": 2.4, "en-gb": 1.7}
)
_ESPEAK_RATE_HZ: Final = 22_050

#: (language, espeak-ng's name for the voice, label). The first of a language reads it by default.
#: Left out: constructed languages, and those whose script the engine spells out letter by letter.
_ESPEAK: Final = (
    ("vi", "aav/vi", "Vietnamese, northern"),
    ("vi-vn-x-central", "aav/vi-VN-x-central", "Vietnamese, central"),
    ("vi-vn-x-south", "aav/vi-VN-x-south", "Vietnamese, southern"),
    ("en-us", "gmw/en-US", "English, American"),
    ("en-gb", "gmw/en", "English, British"),
    ("af", "gmw/af", "Afrikaans"),
    ("am", "sem/am", "Amharic"),
    ("ar", "sem/ar", "Arabic"),
    ("as", "inc/as", "Assamese"),
    ("az", "trk/az", "Azerbaijani"),
    ("be", "zle/be", "Belarusian"),
    ("bg", "zls/bg", "Bulgarian"),
    ("bn", "inc/bn", "Bengali"),
    ("bs", "zls/bs", "Bosnian"),
    ("ca", "roa/ca", "Catalan"),
    ("cs", "zlw/cs", "Czech"),
    ("cy", "cel/cy", "Welsh"),
    ("da", "gmq/da", "Danish"),
    ("de", "gmw/de", "German"),
    ("el", "grk/el", "Greek"),
    ("eo", "art/eo", "Esperanto"),
    ("es", "roa/es", "Spanish, Spain"),
    ("es-419", "roa/es-419", "Spanish, Latin America"),
    ("et", "urj/et", "Estonian"),
    ("eu", "eu", "Basque"),
    ("fa", "ira/fa", "Persian"),
    ("fi", "urj/fi", "Finnish"),
    ("fr", "roa/fr", "French"),
    ("ga", "cel/ga", "Irish"),
    ("gd", "cel/gd", "Scottish Gaelic"),
    ("gu", "inc/gu", "Gujarati"),
    ("he", "sem/he", "Hebrew"),
    ("hi", "inc/hi", "Hindi"),
    ("hr", "zls/hr", "Croatian"),
    ("ht", "roa/ht", "Haitian Creole"),
    ("hu", "urj/hu", "Hungarian"),
    ("hy", "ine/hy", "Armenian"),
    ("id", "poz/id", "Indonesian"),
    ("is", "gmq/is", "Icelandic"),
    ("it", "roa/it", "Italian"),
    ("ja", "jpx/ja", "Japanese (kana)"),
    ("ka", "ccs/ka", "Georgian"),
    ("kk", "trk/kk", "Kazakh"),
    ("kn", "dra/kn", "Kannada"),
    ("ko", "ko", "Korean"),
    ("ku", "ira/ku", "Kurdish"),
    ("ky", "trk/ky", "Kyrgyz"),
    ("la", "itc/la", "Latin"),
    ("lb", "gmw/lb", "Luxembourgish"),
    ("lt", "bat/lt", "Lithuanian"),
    ("lv", "bat/lv", "Latvian"),
    ("mi", "poz/mi", "Māori"),
    ("mk", "zls/mk", "Macedonian"),
    ("ml", "dra/ml", "Malayalam"),
    ("mr", "inc/mr", "Marathi"),
    ("ms", "poz/ms", "Malay"),
    ("mt", "sem/mt", "Maltese"),
    ("my", "sit/my", "Burmese"),
    ("ne", "inc/ne", "Nepali"),
    ("nl", "gmw/nl", "Dutch"),
    ("no", "gmq/nb", "Norwegian"),
    ("om", "cus/om", "Oromo"),
    ("or", "inc/or", "Odia"),
    ("pa", "inc/pa", "Punjabi"),
    ("pl", "zlw/pl", "Polish"),
    ("pt", "roa/pt", "Portuguese, Portugal"),
    ("pt-br", "roa/pt-BR", "Portuguese, Brazil"),
    ("ro", "roa/ro", "Romanian"),
    ("ru", "zle/ru", "Russian"),
    ("si", "inc/si", "Sinhala"),
    ("sk", "zlw/sk", "Slovak"),
    ("sl", "zls/sl", "Slovenian"),
    ("sq", "ine/sq", "Albanian"),
    ("sr", "zls/sr", "Serbian"),
    ("sv", "gmq/sv", "Swedish"),
    ("sw", "bnt/sw", "Swahili"),
    ("ta", "dra/ta", "Tamil"),
    ("te", "dra/te", "Telugu"),
    ("th", "tai/th", "Thai"),
    ("tk", "trk/tk", "Turkmen"),
    ("tr", "trk/tr", "Turkish"),
    ("tt", "trk/tt", "Tatar"),
    ("ug", "trk/ug", "Uyghur"),
    ("uk", "zle/uk", "Ukrainian"),
    ("ur", "inc/ur", "Urdu"),
    ("uz", "trk/uz", "Uzbek"),
    ("yue", "sit/yue", "Chinese, Cantonese"),
    ("zh", "sit/cmn", "Chinese, Mandarin"),
)

#: Other names of the same languages.
_ALIASES: Final = MappingProxyType({"nb": "no", "nn": "no", "cmn": "zh", "iw": "he", "in": "id"})

VOICES: Final[Mapping[str, Voice]] = MappingProxyType(
    {
        "heart": Voice("heart", "en", "English, American, female (neural)", "hibari", "heart", 24_000, _HIBARI_GAIN_DB),
    }
    | {
        f"espeak-{language}": Voice(
            f"espeak-{language}",
            language,
            label,
            "espeak-ng",
            engine_voice,
            _ESPEAK_RATE_HZ,
            _ESPEAK_GAINS_DB.get(language, _ESPEAK_GAIN_DB),
        )
        for language, engine_voice, label in _ESPEAK
    }
)

#: Languages that some voice reads, without regions.
LANGUAGES: Final = tuple(dict.fromkeys(voice.base_language for voice in VOICES.values()))


def voice_named(name: str) -> Voice:
    """Return the voice. Raises InvalidInput, naming some, when there is none of that name."""
    voice = VOICES.get(name.lower())
    if voice is None:
        some = ", ".join(list(VOICES)[:6])
        raise InvalidInput(f"there is no voice {name!r}; there are {some} and {len(VOICES) - 6} more", field="voice")
    return voice


def voice_for(language: str) -> Voice:
    """Return the voice that reads a language by default: `vi`, `en-GB`, `pt_BR`.

    An unknown region falls back to its language. Raises InvalidInput, naming the languages there
    are, when no voice reads it.
    """
    tag = _canonical(language)
    by_language = [voice for voice in VOICES.values() if voice.base_language == tag.split("-")[0]]
    if not by_language:
        raise InvalidInput(
            f"no voice reads the language {language!r}; there are voices for {', '.join(sorted(LANGUAGES))}",
            field="language",
        )
    return next((voice for voice in by_language if voice.language == tag), by_language[0])


def stand_in(voice: Voice) -> Voice | None:
    """Return a voice of another engine for the same language, for what the engine of `voice` stumbles over."""
    others = (v for v in VOICES.values() if v.base_language == voice.base_language and v.engine != voice.engine)
    return next(others, None)


def _canonical(language: str) -> str:
    base, *region = language.strip().lower().replace("_", "-").split("-")
    return "-".join([_ALIASES.get(base, base), *region])
