"""The voices that there are here, and which one reads a language. Cheap to import.

A process says once what it was set up with (`use`); until then there are the voices of the packages.
Why the catalogue belongs to the process: docs/decisions/0016-one-catalogue-of-voices-per-process.md.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from mediamill.core.errors import InvalidInput
from mediamill.media.voices.engines import built_in, edge_voices, piper_models
from mediamill.media.voices.engines.built_in import LANGUAGES
from mediamill.media.voices.voice import MULTILINGUAL, Voice

if TYPE_CHECKING:
    from mediamill.settings import ProviderSettings, VoiceSettings

__all__ = [
    "LANGUAGES",
    "Catalog",
    "Voice",
    "current",
    "languages",
    "stand_in",
    "use",
    "voice_for",
    "voice_named",
    "voices",
]

#: Other names of the same languages.
_ALIASES: Final = MappingProxyType({"nb": "no", "nn": "no", "cmn": "zh", "iw": "he", "in": "id"})
#: Who reads a language that several can read, when nobody chose: the better ones first, other people's servers last.
_RANKS: Final = MappingProxyType({"hibari": 0, "piper": 1, "espeak-ng": 2, "service": 3, "edge": 4})
#: So many voices are named to somebody who asked for one that there is not.
_SHOWN: Final = 6
#: Tags whose reader is remembered.
_TAGS_KEPT: Final = 1_000
#: How often the folder of models is looked at.
_LOOK_S: Final = 1.0
_PROVIDER_RATE_HZ: Final = 24_000
#: Answers nobody who shows no key. Of others we cannot know.
_WANTS_KEY: Final = "api.openai.com"


@dataclass(frozen=True)
class Catalog:
    """The voices at one moment. defaults: languages, and the voice that an operator chose for each."""

    voices: tuple[Voice, ...]
    defaults: tuple[tuple[str, str], ...] = ()

    def __iter__(self) -> Iterator[Voice]:
        """Yield all, those that are not ready too."""
        return iter(self.voices)

    def find(self, name: str) -> Voice | None:
        """Return the voice, ready or not, in any case of its letters; None when there is none of that name."""
        return self._by_name.get(name.lower())

    def named(self, name: str) -> Voice:
        """Return the voice, in any case of its letters.

        Raises InvalidInput when there is none of that name, naming some, or when it is not ready, saying why.
        """
        voice = self.find(name)
        if voice is None:
            able = [each.name for each in self.voices if each.ready]
            more = f" and {len(able) - _SHOWN} more" if len(able) > _SHOWN else ""
            raise InvalidInput(f"there is no voice {name!r}; there are {', '.join(able[:_SHOWN])}{more}", field="voice")
        if not voice.ready:
            raise InvalidInput(f"the voice {voice.name} is not ready here: {voice.needs}", field="voice")
        return voice

    def reading(self, language: str) -> Voice:
        """Return the voice that reads a language by default: `vi`, `en-GB`, `pt_BR`.

        An operator's choice comes first. An unknown region falls back to its language. A voice whose words
        are sent elsewhere is taken only when it was chosen, or when no other reads the language.
        Raises InvalidInput, naming the languages there are, when no voice reads it.
        """
        tag = canonical(language)
        found = self._readers.get(tag)
        if found is None:
            able = [voice for voice in self.voices if voice.reads(_base(tag)) and voice.ready]
            if not able:
                raise InvalidInput(
                    f"no voice reads the language {language!r}; there are voices for {', '.join(self.languages)}",
                    field="language",
                )
            found = self._first(able, tag)
            if len(self._readers) < _TAGS_KEPT:  # clients may send any number of regions
                self._readers[tag] = found
        return found

    def stand_in(self, voice: Voice, language: str) -> Voice | None:
        """Return a voice of this machine and of another engine for a base language; None when there is none."""
        others = [
            other
            for other in self.voices
            if other.reads(language) and other.engine != voice.engine and other.ready and not other.remote
        ]
        return self._first(others, language) if others else None

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages that some voice reads, without regions, in the order of the alphabet."""
        return tuple(sorted({voice.base_language for voice in self.voices if voice.ready} - {MULTILINGUAL}))

    @cached_property
    def absent_defaults(self) -> tuple[tuple[str, str], ...]:
        """The choices of the operator that cannot be followed: no such voice, not ready, or of another language."""
        return tuple(
            (language, name)
            for language, name in self.defaults
            if (voice := self._by_name.get(name.lower())) is None
            or not voice.ready
            or not voice.reads(_base(canonical(language)))
        )

    @cached_property
    def _by_name(self) -> Mapping[str, Voice]:
        return {voice.name.lower(): voice for voice in reversed(self.voices)}

    @cached_property
    def _chosen(self) -> Mapping[str, str]:
        return {canonical(language): name.lower() for language, name in self.defaults}

    @cached_property
    def _readers(self) -> dict[str, Voice]:
        return {}

    def _first(self, able: Sequence[Voice], tag: str) -> Voice:
        """Return the best of some voices of a language: chosen for the region, of it, chosen for the language, any."""
        near = [voice for voice in able if not voice.remote] or able
        regional = [voice for voice in near if "-" in tag and tag in (voice.language, *voice.regions)]
        chosen = self._choice(able, _base(tag))
        if chosen is not None and tag in (chosen.language, *chosen.regions):
            regional = [chosen]
        return self._choice(able, tag) or min(regional, key=_rank, default=chosen) or min(near, key=_rank)

    def _choice(self, able: Sequence[Voice], tag: str) -> Voice | None:
        name = self._chosen.get(tag)
        return next((voice for voice in able if voice.name.lower() == name), None)


class _Shelf:
    """The catalogue of a process: made of its settings, and anew when the folder of models changed. For threads."""

    def __init__(self, settings: "VoiceSettings | None", now: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self._now = now
        self._lock = Lock()
        self._catalog: Catalog | None = None
        self._seen: object = None
        self._looked = 0.0

    def catalog(self) -> Catalog:
        """Return it as it is now, or was a second ago."""
        with self._lock:
            now = self._now()
            if self._catalog is None or (self._folder is not None and now - self._looked >= _LOOK_S):
                self._looked = now
                self._look()
            return self._catalog or Catalog(())

    def _look(self) -> None:
        files = _files(self._folder)
        seen = [(path, _mark(path)) for path in files]
        if self._catalog is None or seen != self._seen:
            self._catalog, self._seen = _made(self.settings, files), seen

    @property
    def _folder(self) -> Path | None:
        return self.settings.folder if self.settings else None


_shelf = _Shelf(None)


def use(settings: "VoiceSettings | None", now: Callable[[], float] = time.monotonic) -> None:
    """Say what this process was set up with; None: nothing. now: a monotonic clock, seconds."""
    global _shelf  # noqa: PLW0603 - there is one in a process, and the module's docstring says why
    _shelf = _Shelf(settings, now)


def used() -> "VoiceSettings | None":
    """Return what this process was set up with."""
    return _shelf.settings


def current() -> Catalog:
    """Return the catalogue of this process. It does not change; the next call may return another one."""
    return _shelf.catalog()


def voices() -> tuple[Voice, ...]:
    """Return all voices, those that are not ready too."""
    return current().voices


def voice_named(name: str) -> Voice:
    """As `Catalog.named`, of this process."""
    return current().named(name)


def voice_for(language: str) -> Voice:
    """As `Catalog.reading`, of this process."""
    return current().reading(language)


def stand_in(voice: Voice, language: str) -> Voice | None:
    """Return a voice of another engine for a base language, for what the engine of `voice` cannot say.

    One of this machine: what it says is sent nowhere. None when there is none.
    """
    return current().stand_in(voice, language)


def languages() -> tuple[str, ...]:
    """Return the languages that some voice reads, without regions, in the order of the alphabet."""
    return current().languages


def canonical(language: str) -> str:
    """Return a language tag in the form that voices have theirs in: `no-no` for `nb_NO`."""
    base, *region = language.strip().lower().replace("_", "-").split("-")
    return "-".join([_ALIASES.get(base, base), *region])


def _base(tag: str) -> str:
    return tag.split("-", maxsplit=1)[0]


def _rank(voice: Voice) -> int:
    return _RANKS.get(voice.engine, len(_RANKS))


def _made(settings: "VoiceSettings | None", files: list[Path]) -> Catalog:
    found = list(built_in.packaged())
    if settings is None:
        return Catalog(tuple(found))
    if settings.folder is not None:
        found += built_in.fetched(settings.folder)
        found += piper_models.voices_of(files)
    if settings.provider is not None:
        found += _provided(settings.provider)
    if settings.edge:
        found += edge_voices.voices()
    return Catalog(tuple({voice.name.lower(): voice for voice in reversed(found)}.values())[::-1], settings.defaults)


def _provided(provider: "ProviderSettings") -> Iterator[Voice]:
    keyless = provider.api_key is None and _WANTS_KEY in provider.url.split("/")
    for name, language in provider.voices:
        yield Voice(
            f"service-{name}",
            canonical(language),
            f"{name}, of the speech server of this installation",
            "service",
            name,
            _PROVIDER_RATE_HZ,
            None,
            licence="see its server",
            remote=True,
            needs="it wants a key: TTS_SERVICE_API_KEY" if keyless else "",
        )


def _files(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    try:
        return list(piper_models.files_of(folder))
    except OSError:  # there is none yet, or it was taken away; `doctor` tells of one that cannot be read
        return []


def _mark(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
