"""Which voices there are, and which one reads a language."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engine.mill import Clock
from tests.media.voices.models import CONFIG, lay, lay_hibari

from mediamill import InvalidInput
from mediamill.media.voices import catalog
from mediamill.media.voices.catalog import Catalog, Voice, languages, stand_in, voice_for, voice_named, voices
from mediamill.settings import ProviderSettings, VoiceSettings


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    catalog.use(None)


@pytest.mark.parametrize(
    ("language", "voice"),
    [
        ("en", "heart"),
        ("en-US", "heart"),
        ("en-GB", "espeak-en-gb"),
        ("en-AU", "heart"),
        ("vi", "espeak-vi"),
        ("vi-VN", "espeak-vi"),
        ("vi-vn-x-south", "espeak-vi-vn-x-south"),
        ("pt_BR", "espeak-pt-br"),
        ("pt-PT", "espeak-pt"),
        ("nb", "espeak-no"),
        ("cmn", "espeak-zh"),
    ],
)
def test_a_language_finds_its_voice(language: str, voice: str) -> None:
    assert voice_for(language).name == voice


def test_every_language_has_a_voice_that_reads_it() -> None:
    assert all(voice_for(language).base_language == language for language in languages())
    assert set(languages()) == set(catalog.LANGUAGES)


def test_an_unread_language_is_told_with_those_there_are() -> None:
    with pytest.raises(InvalidInput, match=r"'tlh'; there are voices for .*\ben\b.*\bvi\b") as unread:
        voice_for("tlh")
    assert unread.value.field == "language"


def test_an_unknown_voice_is_told_with_some_there_are() -> None:
    with pytest.raises(InvalidInput, match=r"no voice 'alloy'; there are heart, .*more") as unknown:
        voice_named("alloy")
    assert unknown.value.field == "voice"


def test_a_voice_is_found_in_any_case() -> None:
    assert voice_named("Heart") is voices()[0]


def test_every_voice_has_a_licence_and_a_name_of_its_own() -> None:
    catalog.use(VoiceSettings(Path("nowhere"), provider=ProviderSettings("https://x"), edge=True))
    assert all(voice.licence and len(voice.name) <= 64 for voice in voices())
    assert len({voice.name.lower() for voice in voices()}) == len(voices()) > 150


# ---- what an operator chooses


def lent(*defaults: tuple[str, str], edge: bool = False, folder: Path | None = None) -> None:
    """Set this process up with a provider that has an English and a Vietnamese voice."""
    provider = ProviderSettings("https://speech.example.org", voices=(("alloy", "en"), ("linh", "vi_VN")))
    catalog.use(VoiceSettings(folder, defaults, provider, edge=edge))


def test_text_is_sent_elsewhere_only_for_a_voice_that_was_chosen_or_when_no_other_reads_it() -> None:
    lent(edge=True)
    assert {voice_for(tag).remote for tag in ("en", "en-GB", "vi", "vi-VN", "de", "fr-FR")} == {False}
    assert voice_for("km").name == "edge-km-KH-SreymomNeural"
    assert voice_for("no").name == "espeak-no"
    lent(("vi", "service-linh"))
    assert voice_for("vi").name == voice_for("vi-VN").name == "service-linh"
    assert voice_for("vi-vn-x-south").name == "espeak-vi-vn-x-south"


def test_the_operators_choice_is_for_a_language_or_for_a_region_of_it() -> None:
    lent(("en", "service-alloy"), ("en-GB", "HEART"))
    assert voice_for("en").name == voice_for("en-AU").name == "service-alloy"
    assert voice_for("en-US").name == "heart"
    assert voice_for("en_gb").name == "heart"


def test_a_choice_that_cannot_be_followed_is_passed_over_and_told() -> None:
    lent(("vi", "piper-gone"), ("en", "espeak-vi"), ("de", "espeak-de"))
    assert (voice_for("vi").name, voice_for("en").name) == ("espeak-vi", "heart")
    assert catalog.current().absent_defaults == (("vi", "piper-gone"), ("en", "espeak-vi"))


def test_a_voice_of_this_machine_stands_in() -> None:
    lent(edge=True)
    assert getattr(stand_in(voice_named("heart"), "en"), "name", None) == "espeak-en-us"
    assert getattr(stand_in(voice_named("service-linh"), "vi"), "name", None) == "espeak-vi"
    assert getattr(stand_in(voice_named("edge-en-GB-SoniaNeural"), "en"), "name", None) == "heart"
    assert stand_in(voice_named("espeak-de"), "de") is None
    assert stand_in(voice_named("edge-km-KH-SreymomNeural"), "km") is None


def test_a_provider_that_answers_nobody_without_a_key_is_not_ready_without_one() -> None:
    for key, ready in ((None, False), ("sk-1", True)):
        catalog.use(VoiceSettings(provider=ProviderSettings("https://api.openai.com/v1", key)))
        (alloy,) = (voice for voice in voices() if voice.name == "service-alloy")
        assert alloy.ready is ready
    catalog.use(VoiceSettings(provider=ProviderSettings("https://api.openai.com/v1")))
    with pytest.raises(InvalidInput, match="service-alloy is not ready here: it wants a key: TTS_SERVICE_API_KEY"):
        voice_named("service-alloy")


def test_a_voice_that_is_not_ready_reads_nothing_by_itself() -> None:
    broken = Voice("piper-x", "vi", "", "piper", "x", 22_050, None, needs="x.onnx is missing")
    with pytest.raises(InvalidInput, match="no voice reads the language 'vi'"):
        Catalog((broken,)).reading("vi")


# ---- the folder of models


def found(name: str) -> Voice | None:
    return next((voice for voice in voices() if voice.name == name), None)


def test_a_model_that_is_laid_into_the_folder_is_there_a_second_later(tmp_path: Path, clock: Clock) -> None:
    folder = tmp_path / "voices"
    catalog.use(VoiceSettings(folder), now=clock)
    before = catalog.current()
    clock.forward(1)
    assert catalog.current() is before, "nothing changed"
    folder.mkdir()
    lay(folder, "en_US-joe-medium")
    assert found("piper-en_US-joe-medium") is None, "looked at again within the second"
    clock.forward(1)
    joe = found("piper-en_US-joe-medium")
    assert joe is not None
    assert (joe.language, joe.rate_hz, joe.gain_db, joe.ready, joe.remote) == ("en-us", 22_050, None, True, False)
    assert joe.label == "English, United States: joe (neural)"
    assert catalog.current() is not before
    shutil.rmtree(folder)
    clock.forward(1)
    assert found("piper-en_US-joe-medium") is None


def test_a_model_whose_file_grows_or_is_replaced_is_looked_at_again(tmp_path: Path, clock: Clock) -> None:
    lay(tmp_path, "joe")
    whole = (tmp_path / "joe.onnx").read_bytes()
    (tmp_path / "joe.onnx").unlink()
    (tmp_path / "joe.onnx").write_bytes(whole[:1_000_000])
    catalog.use(VoiceSettings(tmp_path), now=clock)
    joe = found("piper-joe")
    assert joe is not None
    assert joe.needs.startswith("joe.onnx is cut off: it has 1,000,000 bytes of 63,201,")
    with (tmp_path / "joe.onnx").open("ab") as file:
        file.write(whole[1_000_000:])
    clock.forward(1)
    joe = found("piper-joe")
    assert joe is not None
    assert joe.ready


def test_a_vietnamese_model_reads_vietnamese_before_espeak_and_english_stays_with_heart(tmp_path: Path) -> None:
    vietnamese = {**CONFIG, "language": {"code": "vi_VN"}, "espeak": {"voice": "vi"}}
    lay(tmp_path, "vi_VN-vais1000-medium", vietnamese)
    lay(tmp_path, "en_GB-alan-medium", {**CONFIG, "language": {"code": "en_GB"}})
    catalog.use(VoiceSettings(tmp_path))
    assert voice_for("vi").name == voice_for("vi-VN").name == "piper-vi_VN-vais1000-medium"
    assert voice_for("vi-vn-x-south").name == "espeak-vi-vn-x-south"
    assert voice_for("en").name == "heart"
    assert voice_for("en-GB").name == "piper-en_GB-alan-medium"
    assert getattr(stand_in(voice_for("vi"), "vi"), "name", None) == "espeak-vi"
    lent(("vi", "service-linh"), folder=tmp_path)
    assert voice_for("vi-VN").name == "service-linh", "chosen for the language, and of that region too"
    catalog.use(VoiceSettings(tmp_path, (("vi", "espeak-vi"), ("en", "piper-en_GB-alan-medium"))))
    assert voice_for("vi").name == "espeak-vi"
    assert voice_for("en").name == "piper-en_GB-alan-medium"


def test_a_voice_of_hibaris_that_was_fetched_is_there_under_its_name(tmp_path: Path, clock: Clock) -> None:
    catalog.use(VoiceSettings(tmp_path), now=clock)
    with pytest.raises(InvalidInput, match=r"emma is not ready here: put bf_emma.int8.onnx, .* MEDIAMILL_VOICES_DIR"):
        voice_named("emma")
    lay_hibari(tmp_path / "bf_emma.int8.onnx")
    clock.forward(1)
    assert (voice_named("emma").language, voice_named("emma").gain_db) == ("en-gb", None)
    assert voice_for("en-GB").name == "emma"
    assert [voice.name for voice in voices() if voice.engine == "piper"] == []


@pytest.mark.parametrize(
    ("own", "regions", "asked", "meant"),
    [
        ("en", ("en-us",), "en", True),
        ("en", ("en-us",), "en_US", True),
        ("en", ("en-us",), "en-GB", False),
        ("en-gb", (), "en", True),
        ("en-gb", (), "en-GB", True),
        ("vi-vn-x-south", (), "vi-VN", True),
        ("vi", (), "vi-VN", False),
        ("eng", (), "en", False),
        ("no", (), "nb", True),
        ("mul", (), "en-GB", True),
    ],
)
def test_a_list_of_a_language_has_its_regions_and_what_reads_every_one(
    own: str, regions: tuple[str, ...], asked: str, *, meant: bool
) -> None:
    voice = Voice("x", own, "", "espeak-ng", "x", 22_050, None, regions=regions)
    assert voice.speaks(catalog.canonical(asked)) is meant
