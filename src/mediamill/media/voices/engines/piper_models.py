"""The models of piper's that an operator laid into a folder, as voices. Loads none of them, nor piper."""

import functools
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISREG
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from mediamill.media.voices.engines.built_in import FETCHED_FILES
from mediamill.media.voices.engines.onnx_file import flaw
from mediamill.media.voices.engines.packages import needed
from mediamill.media.voices.voice import UNDETERMINED, Voice

MODEL: Final = ".onnx"
CONFIG: Final = ".onnx.json"
CARD: Final = "MODEL_CARD"
_UNKNOWN_LICENCE: Final = "see the model"
_UNKNOWN_RATE_HZ: Final = 22_050
#: Of a model with a thousand speakers it has 100 kB.
_LONGEST_CONFIG_BYTES: Final = 4 * 2**20
_MOST_NAMES: Final = 2_000
_LONGEST_CARD_BYTES: Final = 64 * 2**10
#: Names of voices have 64 characters at most.
_LONGEST_NAME: Final = 64
_STRANGE: Final = re.compile(r"[^A-Za-z0-9_.]+")
_LICENCE: Final = re.compile(r"^[\s*#-]*licen[cs]e\W+(\S.*?)\s*$", re.IGNORECASE | re.MULTILINE)


def _tag(code: str) -> str:
    return code.strip().lower().replace("_", "-")


LanguageCode = Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$"), AfterValidator(_tag)]
#: Each sign and the numbers that the model knows it by.
Numbers = dict[str, list[Annotated[int, Field(ge=0)]]]


class _Audio(BaseModel):
    sample_rate: int = Field(ge=8_000, le=192_000)


class _Espeak(BaseModel):
    voice: str = Field(min_length=1)


class _Language(BaseModel):
    code: LanguageCode
    name_english: str = ""
    country_english: str = ""


class Speaker(NamedTuple):
    """One of the people that a model can be. name: "" where it is the only one."""

    name: str
    number: int


class PiperConfig(BaseModel):
    """What `name.onnx.json` says, as far as it concerns us. piper's own reader takes all of it."""

    audio: _Audio
    espeak: _Espeak
    num_symbols: int
    num_speakers: int = Field(ge=1, le=10_000)
    phoneme_id_map: Numbers = Field(min_length=1)
    phoneme_type: Literal["espeak", "text"] = "espeak"
    speaker_id_map: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    language: _Language | None = None
    dataset: str = ""
    licence: str = Field(default="", validation_alias="license")

    @property
    def tag(self) -> str:
        """The language that the model reads. Old models name only espeak-ng's voice."""
        return self.language.code if self.language else _tag(self.espeak.voice.rpartition("/")[2])

    @property
    def speakers(self) -> list[Speaker]:
        """Everybody that the model can be. Some name only how many they are."""
        if self.num_speakers == 1:
            return [Speaker("", 0)]
        if not self.speaker_id_map:
            return [Speaker(str(number), number) for number in range(self.num_speakers)]
        return [Speaker(name, number) for name, number in self.speaker_id_map.items()]

    @property
    def words(self) -> str:
        """The language for people."""
        if self.language is None or not self.language.name_english:
            return self.tag
        return ", ".join(filter(None, (self.language.name_english, self.language.country_english)))


class _Pair(NamedTuple):
    """A model and its description, as they should be; either may be missing."""

    model: Path
    config: Path

    @property
    def stem(self) -> str:
        return self.model.name.removesuffix(MODEL)


def files_of(folder: Path) -> Iterator[Path]:
    """Yield what may belong to models, in the folder and in the folders right in it.

    Of each folder the first 2,000 names are looked at, should somebody have named the wrong one. Raises OSError.
    """
    for path in _names(folder):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from (each for each in _names(path) if _belongs(each.name))
        elif _belongs(path.name):
            yield path


def voices_of(files: list[Path]) -> list[Voice]:
    """Return a voice for each model, or for each of its speakers. One that is broken says in `needs` what is wrong."""
    stems = dict.fromkeys(
        path.with_name(path.name.removesuffix(".json").removesuffix(MODEL))
        for path in files
        if path.name.endswith((MODEL, CONFIG)) and path.name not in FETCHED_FILES
    )
    pairs = [_Pair(stem.with_name(stem.name + MODEL), stem.with_name(stem.name + CONFIG)) for stem in stems]
    return [voice for pair in pairs for voice in _voices(pair)]


def _names(folder: Path) -> list[Path]:
    return sorted(itertools.islice(folder.iterdir(), _MOST_NAMES))


def _belongs(name: str) -> bool:
    return name.endswith((MODEL, CONFIG, CARD)) and not name.startswith(".")


def _voices(pair: _Pair) -> Iterator[Voice]:
    try:
        config = _read(pair.config)
    except (OSError, ValueError) as error:
        yield _voice(pair, pair.stem, UNDETERMINED, pair.stem, needs=_why(pair, error))
        return
    missing = "" if pair.model.is_file() else f"{pair.model.name} is missing"
    needs = needed("piper", "piper") or missing or flaw(pair.model)
    licence = config.licence or _licence(pair)
    for speaker in config.speakers:
        yield _voice(
            pair,
            f"{pair.stem}-{speaker.name}" if speaker.name else pair.stem,
            config.tag,
            f"{config.words}: {', '.join(filter(None, (config.dataset or pair.stem, speaker.name)))} (neural)",
            rate_hz=config.audio.sample_rate,
            licence=licence,
            engine_voice=f"{pair.stem}#{speaker.number}",
            needs=needs,
        )


def _voice(  # noqa: PLR0913 - what a model may say of itself, each by its name
    pair: _Pair,
    name: str,
    language: str,
    label: str,
    *,
    needs: str,
    rate_hz: int = _UNKNOWN_RATE_HZ,
    licence: str = _UNKNOWN_LICENCE,
    engine_voice: str = "",
) -> Voice:
    return Voice(
        ("piper-" + _STRANGE.sub("-", name).strip("-"))[:_LONGEST_NAME],
        language,
        label,
        "piper",
        engine_voice or pair.stem,
        rate_hz,
        None,
        licence=licence,
        needs=needs,
        model=pair.model,
    )


def _read(path: Path) -> PiperConfig:
    stat = path.stat()
    if not S_ISREG(stat.st_mode):  # a pipe would be waited for, and all voices with it
        raise ValueError("it is no file")
    if stat.st_size > _LONGEST_CONFIG_BYTES:
        raise ValueError(f"it has {stat.st_size:,} bytes")
    return _parsed(path, stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=1_024)
def _parsed(path: Path, _mtime_ns: int, _size: int) -> PiperConfig:
    return PiperConfig.model_validate_json(path.read_bytes())


def _why(pair: _Pair, error: OSError | ValueError) -> str:
    name = pair.config.name
    if isinstance(error, FileNotFoundError):
        return f"{name} is missing"
    if isinstance(error, OSError):
        return f"{name} cannot be read: {error.strerror}"
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        return f"{name} is no description of a model: {f'{place}: ' if place else ''}{first['msg']}"
    return f"{name} is no description of a model: {error}"


def _licence(pair: _Pair) -> str:
    """Read the licence from the model's card: `name.MODEL_CARD`, or the one of a folder with one model only."""
    cards = [pair.model.with_name(f"{pair.stem}.{CARD}")]
    if len(list(pair.model.parent.glob(f"*{MODEL}"))) <= 1:
        cards.append(pair.model.with_name(CARD))
    for card in filter(Path.is_file, cards):
        try:
            with card.open("rb") as file:
                told = file.read(_LONGEST_CARD_BYTES).decode("utf-8", "replace")
        except OSError:
            continue
        if found := _LICENCE.search(told):
            return found[1][:_LONGEST_NAME]
    return _UNKNOWN_LICENCE
