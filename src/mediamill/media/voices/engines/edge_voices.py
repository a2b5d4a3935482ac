"""The voices of Microsoft Edge's read-aloud service that we offer. Cheap to import.

A list that was written down, not asked for: asking costs a request at each start and tells Microsoft of it. A voice
that is withdrawn there answers with no sound, and a voice of this machine stands in.
"""

from typing import Final

from mediamill.media.voices.engines.packages import needed
from mediamill.media.voices.voice import Voice

#: What the service sends: MP3 of 48 kbit/s at this rate.
RATE_HZ: Final = 24_000

#: The service's name for a voice, which begins with its language; what people call that; and the speaker.
_VOICES: Final = (
    ("vi-VN-HoaiMyNeural", "Vietnamese", "female"),
    ("vi-VN-NamMinhNeural", "Vietnamese", "male"),
    ("en-US-AvaNeural", "English, American", "female"),
    ("en-US-AndrewNeural", "English, American", "male"),
    ("en-US-AriaNeural", "English, American", "female"),
    ("en-US-GuyNeural", "English, American", "male"),
    ("en-US-JennyNeural", "English, American", "female"),
    ("en-GB-SoniaNeural", "English, British", "female"),
    ("en-GB-RyanNeural", "English, British", "male"),
    ("en-AU-NatashaNeural", "English, Australian", "female"),
    ("en-CA-LiamNeural", "English, Canadian", "male"),
    ("en-IN-NeerjaNeural", "English, Indian", "female"),
    ("en-IE-ConnorNeural", "English, Irish", "male"),
    ("af-ZA-AdriNeural", "Afrikaans", "female"),
    ("ar-SA-ZariyahNeural", "Arabic", "female"),
    ("ar-EG-ShakirNeural", "Arabic, Egyptian", "male"),
    ("bg-BG-KalinaNeural", "Bulgarian", "female"),
    ("bn-BD-NabanitaNeural", "Bengali", "female"),
    ("ca-ES-JoanaNeural", "Catalan", "female"),
    ("cs-CZ-VlastaNeural", "Czech", "female"),
    ("cy-GB-NiaNeural", "Welsh", "female"),
    ("da-DK-ChristelNeural", "Danish", "female"),
    ("de-DE-KatjaNeural", "German", "female"),
    ("de-DE-ConradNeural", "German", "male"),
    ("el-GR-AthinaNeural", "Greek", "female"),
    ("es-ES-ElviraNeural", "Spanish, Spain", "female"),
    ("es-ES-AlvaroNeural", "Spanish, Spain", "male"),
    ("es-MX-DaliaNeural", "Spanish, Mexico", "female"),
    ("et-EE-AnuNeural", "Estonian", "female"),
    ("fa-IR-DilaraNeural", "Persian", "female"),
    ("fi-FI-NooraNeural", "Finnish", "female"),
    ("fil-PH-BlessicaNeural", "Filipino", "female"),
    ("fr-FR-DeniseNeural", "French", "female"),
    ("fr-FR-HenriNeural", "French", "male"),
    ("fr-CA-SylvieNeural", "French, Canadian", "female"),
    ("he-IL-HilaNeural", "Hebrew", "female"),
    ("hi-IN-SwaraNeural", "Hindi", "female"),
    ("hr-HR-GabrijelaNeural", "Croatian", "female"),
    ("hu-HU-NoemiNeural", "Hungarian", "female"),
    ("id-ID-GadisNeural", "Indonesian", "female"),
    ("it-IT-IsabellaNeural", "Italian", "female"),
    ("it-IT-DiegoNeural", "Italian", "male"),
    ("ja-JP-NanamiNeural", "Japanese", "female"),
    ("ja-JP-KeitaNeural", "Japanese", "male"),
    ("km-KH-SreymomNeural", "Khmer", "female"),
    ("ko-KR-SunHiNeural", "Korean", "female"),
    ("lo-LA-KeomanyNeural", "Lao", "female"),
    ("lt-LT-OnaNeural", "Lithuanian", "female"),
    ("lv-LV-EveritaNeural", "Latvian", "female"),
    ("ms-MY-YasminNeural", "Malay", "female"),
    ("my-MM-NilarNeural", "Burmese", "female"),
    ("nb-NO-PernilleNeural", "Norwegian", "female"),
    ("nl-NL-ColetteNeural", "Dutch", "female"),
    ("pl-PL-ZofiaNeural", "Polish", "female"),
    ("pt-BR-FranciscaNeural", "Portuguese, Brazil", "female"),
    ("pt-PT-RaquelNeural", "Portuguese, Portugal", "female"),
    ("ro-RO-AlinaNeural", "Romanian", "female"),
    ("ru-RU-SvetlanaNeural", "Russian", "female"),
    ("sk-SK-ViktoriaNeural", "Slovak", "female"),
    ("sv-SE-SofieNeural", "Swedish", "female"),
    ("ta-IN-PallaviNeural", "Tamil", "female"),
    ("th-TH-PremwadeeNeural", "Thai", "female"),
    ("tr-TR-EmelNeural", "Turkish", "female"),
    ("uk-UA-PolinaNeural", "Ukrainian", "female"),
    ("ur-PK-UzmaNeural", "Urdu", "female"),
    ("zh-CN-XiaoxiaoNeural", "Chinese, Mandarin", "female"),
    ("zh-CN-YunxiNeural", "Chinese, Mandarin", "male"),
    ("zh-TW-HsiaoChenNeural", "Chinese, Taiwan", "female"),
)
#: The services' languages that are ours under another tag.
_TAGS: Final = {"nb-no": "no-no"}


def voices() -> tuple[Voice, ...]:
    """Return them all."""
    needs = needed("edge_tts", "edge")
    return tuple(_voice(name, language, speaker, needs) for name, language, speaker in _VOICES)


def _voice(name: str, language: str, speaker: str, needs: str) -> Voice:
    tag = "-".join(name.lower().split("-")[:2])
    return Voice(
        f"edge-{name}",
        _TAGS.get(tag, tag),
        f"{language}, {speaker} (neural, of Microsoft's)",
        "edge",
        name,
        RATE_HZ,
        None,
        licence="Microsoft's terms of service",
        remote=True,
        needs=needs,
    )
