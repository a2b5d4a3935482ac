"""What this machine's voices lack: a part of `mediamill doctor`."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mediamill.cli.finding import Finding
from mediamill.cli.providers import Asked, answering
from mediamill.settings import Settings

if TYPE_CHECKING:
    from mediamill.media.voices.catalog import Voice

#: Names of voices that lack the same.
_NAMED: Final = 3


def voices_here(settings: Settings) -> Iterator[Finding]:
    """Say which voices there are, which are not ready, and whether the server of some answers."""
    from mediamill.media.voices import catalog  # noqa: PLC0415 - only here

    catalog.use(settings.voices)
    found = catalog.current()
    ready = Counter(voice.engine for voice in found if voice.ready)
    if not ready:  # the service speech is off, and its finding says why
        return
    yield Finding("voices", "ok", ", ".join(f"{number} of {engine}" for engine, number in ready.items()))
    yield from _folder(settings.voices.folder)
    for needs, names in _lacking(found):
        yield Finding("voices", "bad", f"{names}: {needs}")
    for language, name in found.absent_defaults:
        yield Finding("voices", "bad", f"MEDIAMILL_VOICE_DEFAULTS: {name} cannot read {language} here")
    if settings.voices.provider is not None:
        provider = settings.voices.provider
        yield answering(Asked("voices", provider.url, provider.api_key, "TTS_SERVICE_URL", "TTS_SERVICE_API_KEY"))
    if settings.voices.edge:
        yield Finding("voices", "note", "what the voices edge-... say is sent to Microsoft (ENABLE_EDGE_TTS)")


def _folder(folder: Path | None) -> Iterator[Finding]:
    if folder is None or not folder.exists():
        return
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        yield Finding("voices", "bad", f"{folder} cannot be read: {error.strerror} (MEDIAMILL_VOICES_DIR)")


def _lacking(voices: "Iterable[Voice]") -> Iterator[tuple[str, str]]:
    """Yield what is lacking, and which voices lack it. A voice that may be fetched, and was not, lacks nothing."""
    lacking: defaultdict[str, list[str]] = defaultdict(list)
    for voice in voices:
        fetched = voice.engine != "hibari" or voice.model is None or voice.model.exists()
        if not voice.ready and fetched:
            lacking[voice.needs].append(voice.name)
    for needs, names in lacking.items():
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield needs, ", ".join(names[:_NAMED]) + more
