"""What this machine's voices lack: a part of `mediamill doctor`."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mediamill.cli.finding import Finding
from mediamill.client.connect import is_here
from mediamill.settings import ProviderSettings, Settings

if TYPE_CHECKING:
    from mediamill.media.voices.catalog import Voice

_ASK_S: Final = 3.0
#: Names of voices that lack the same.
_NAMED: Final = 3
_DENIED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


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
        yield _provider(settings.voices.provider)
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


def _provider(settings: ProviderSettings) -> Finding:
    """Ask the server for its models, which says whether it is there and takes our key. No text is sent."""
    import httpx2  # noqa: PLC0415 - only where there is one

    from mediamill.media.voices.engines.provider import endpoint  # noqa: PLC0415

    url = endpoint(settings.url).partition("?")[0].removesuffix("/audio/speech") + "/models"
    headers = {"Authorization": f"Bearer {settings.api_key}"} if settings.api_key else {}
    try:
        answer = httpx2.get(url, headers=headers, timeout=_ASK_S, trust_env=not is_here(url))
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return Finding("voices", "bad", f"TTS_SERVICE_URL: {url} cannot be reached ({type(error).__name__})")
    if answer.status_code in _DENIED:
        why = "does not take TTS_SERVICE_API_KEY" if settings.api_key else "wants a key: TTS_SERVICE_API_KEY"
        return Finding("voices", "bad", f"the server of TTS_SERVICE_URL {why} ({answer.status_code})")
    if not answer.is_success:
        words = f"the server of TTS_SERVICE_URL is there; it lists no models ({answer.status_code})"
        return Finding("voices", "note", words)
    return Finding("voices", "ok", "the server of TTS_SERVICE_URL answers")
