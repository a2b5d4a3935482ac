"""The voices that come with packages, and those of hibari's whose model an operator fetched. Cheap to import."""

from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from mediamill.media.voices.engines.onnx_file import flaw
from mediamill.media.voices.engines.packages import needed
from mediamill.media.voices.voice import Voice

#: To -22 LUFS, which the loudest sentences reach without clipping.
_HEART_GAIN_DB: Final = 4.0
_ESPEAK_GAIN_DB: Final = 1.5
_ESPEAK_GAINS_DB: Final = MappingProxyType(
    {"vi": 0.5, "vi-vn-x-central": 1.0, "vi-vn-x-south": 0.0, "en-us": 2.4, "en-gb": 1.7}
)
_HIBARI_RATE_HZ: Final = 24_000
_HIBARI_LICENCE: Final = "Apache-2.0"
_ESPEAK_RATE_HZ: Final = 22_050
_ESPEAK_LICENCE: Final = "GPL-3.0-or-later"


class _Fetched(NamedTuple):
    """A voice of hibari's whose model is no part of its package."""

    name: str
    language: str
    label: str
    file: str


_FETCHED: Final = (
    _Fetched("emma", "en-gb", "English, British, female (neural)", "bf_emma.int8.onnx"),
    _Fetched("fable", "en-gb", "English, British, male (neural)", "bm_fable.int8.onnx"),
    _Fetched("fenrir", "en-us", "English, American, male (neural)", "am_fenrir_v2.int8.onnx"),
    _Fetched("kore", "en-us", "English, American, female (neural)", "af_kore.int8.onnx"),
)
#: Their files, so that nobody takes them for models of piper's.
FETCHED_FILES: Final = frozenset(each.file for each in _FETCHED)

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

#: Languages that some voice reads without any setting, without regions.
LANGUAGES: Final = ("en", *dict.fromkeys(language.split("-")[0] for language, *_ in _ESPEAK if language[:2] != "en"))


def packaged() -> tuple[Voice, ...]:
    """Return the voices that are complete with their packages."""
    needs = needed("espeakng_loader", "speech")
    heart = Voice(
        "heart",
        "en",
        "English, American, female (neural)",
        "hibari",
        "heart",
        _HIBARI_RATE_HZ,
        _HEART_GAIN_DB,
        licence=_HIBARI_LICENCE,
        needs=needed("hibari", "speech"),
        regions=("en-us",),
    )
    return (heart, *(_espeak(*row, needs) for row in _ESPEAK))


def fetched(folder: Path) -> tuple[Voice, ...]:
    """Return hibari's other voices, whose models an operator lays into a folder, under the names they come with."""
    return tuple(_fetched(each, folder / each.file) for each in _FETCHED)


def _espeak(language: str, engine_voice: str, label: str, needs: str) -> Voice:
    return Voice(
        f"espeak-{language}",
        language,
        label,
        "espeak-ng",
        engine_voice,
        _ESPEAK_RATE_HZ,
        _ESPEAK_GAINS_DB.get(language, _ESPEAK_GAIN_DB),
        licence=_ESPEAK_LICENCE,
        needs=needs,
    )


def _fetched(each: _Fetched, model: Path) -> Voice:
    missing = f"put {each.file}, from hibari's model page, into MEDIAMILL_VOICES_DIR"
    return Voice(
        each.name,
        each.language,
        each.label,
        "hibari",
        each.name,
        _HIBARI_RATE_HZ,
        None,
        licence=_HIBARI_LICENCE,
        needs=needed("hibari", "speech") or (flaw(model) if model.is_file() else missing),
        model=model,
    )
