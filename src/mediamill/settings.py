"""The environment, read once. Small frozen groups, one per room, passed to constructors."""

import base64
import errno
import hashlib
import os
import secrets
import socket
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from mediamill import variables
from mediamill.core.queues import Queue
from mediamill.variables import Allowed, Fsync, Reader, SettingsError, Variable

__all__ = [
    "AdapterSettings",
    "Allowed",
    "ApiKey",
    "ApiSettings",
    "ClientSettings",
    "EgressSettings",
    "FileSettings",
    "Fsync",
    "KeepSettings",
    "LexiconSettings",
    "LibrarySettings",
    "LimitSettings",
    "LiveSettings",
    "ModelSettings",
    "ProviderSettings",
    "RedisSettings",
    "RemoteSettings",
    "RoomSettings",
    "SecretSettings",
    "Settings",
    "SettingsError",
    "SpoolSettings",
    "VoiceSettings",
    "WorkerSettings",
    "exported",
    "load",
    "prepare",
    "without_settings",
]

MIB = 1024 * 1024
#: In the data folder: what a restore lays out.
RESTORING = ".restoring"
#: In the data folder: recordings, unless they have another folder.
RECORDINGS = "recordings"
GIB = 1024 * MIB
#: Leaves room for a folder's and a socket's name within 107 bytes.
_XDG_LONGEST = 60
_REDIS_PARTS: tuple[Variable[object], ...] = (
    variables.REDIS_HOST,
    variables.REDIS_PORT,
    variables.REDIS_DB,
    variables.REDIS_PASSWORD,
)


def _default_slots() -> Mapping[Queue, int]:
    cores = len(os.sched_getaffinity(0))
    return MappingProxyType(
        {Queue.INTERACTIVE: 1, Queue.CPU: cores, Queue.DEFAULT: 8, Queue.DOWNLOADS: 4, Queue.RECORDING: 50}
    )


@dataclass(frozen=True)
class RedisSettings:
    """Where the store is. `timeout_s` bounds one call. Every key begins with `prefix`.

    url: may hold a password, so it is not shown.
    private: nobody named a server: `url` is the socket of the Valkey that `up` starts.
    fsync: when that Valkey writes through to the disk.
    """

    url: str = field(repr=False)
    prefix: str = "mediamill:"
    timeout_s: float = 5.0
    private: bool = False
    fsync: Fsync = "everysec"


@dataclass(frozen=True)
class FileSettings:
    """Where files are: `root` holds scratch, uploads on their way in and, without S3, everything.

    location: "s3://bucket/prefix", or None for the folder `root`/files.
    cache_bytes: what finished steps may take together; None: what `files.room.cache_bytes` says.
    """

    root: Path
    location: str | None = None
    s3_endpoint_url: str | None = None
    s3_region: str | None = None
    s3_access_key_id: str | None = field(default=None, repr=False)
    s3_secret_access_key: str | None = field(default=None, repr=False)
    cache_bytes: int | None = None


@dataclass(frozen=True)
class KeepSettings:
    """How long things are kept after a job's end, seconds.

    job_s, dead_s: records of SUCCESS and REVOKED, and of FAILURE. files_s: artifacts, uploads and `job.json`.
    cache_s: how long a SUCCESS answers a repeat of its request, and how long a finished step is kept that nobody uses
    (a day at least, see engine.cleaner).
    """

    job_s: float = 7 * 86_400
    dead_s: float = 30 * 86_400
    files_s: float = 30 * 86_400
    cache_s: float = 7 * 86_400


@dataclass(frozen=True)
class LibrarySettings:
    """The folder of recordings, and how much stays in it; 0: any.

    ttl_s: how long one is kept, seconds. max_bytes: of all; room_bytes: of each channel.
    min_free: below so many bytes free on its disk the oldest go.
    """

    folder: Path
    ttl_s: float = 0.0
    max_bytes: int = 0
    room_bytes: int = 0
    min_free: int = 0


@dataclass(frozen=True)
class ApiKey:
    """One entry of API_KEYS. scope: user, operator or admin; each includes the ones before it."""

    owner: str
    key: str = field(repr=False)
    scope: str = "user"


@dataclass(frozen=True)
class ApiSettings:
    """The HTTP side.

    speech_waiting: jobs that may wait before a request for speech that somebody listens to; None: any number.
    watchers: what an owner may have of them; None: any number.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    keys: tuple[ApiKey, ...] = ()
    cors_origins: tuple[str, ...] = ()
    body_limit_bytes: int = 50 * MIB
    store_timeout_s: float = 1.0
    speech_waiting: int | None = 256
    watchers: int | None = 1_000


@dataclass(frozen=True)
class ClientSettings:
    """The command line as a client. What is None, `cli.access` finds on this machine."""

    url: str | None = None
    api_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class SecretSettings:
    """Keys for values that must not lie about in clear; the first one encrypts, all of them decrypt.

    folder: of cookie files that requests may name; None: they may not.
    """

    keys: tuple[str, ...] = field(default=(), repr=False)
    folder: Path | None = None


@dataclass(frozen=True)
class SpoolSettings:
    """Where requests wait on this machine while the store is away, and how many.

    requests, size_bytes: what may wait there. age_s: of the oldest one, before no more are accepted.
    """

    folder: Path
    enabled: bool = True
    requests: int = 100_000
    size_bytes: int = 1024 * MIB
    age_s: float = 86_400


@dataclass(frozen=True)
class WorkerSettings:
    """One machine's work. runtime: a folder of this machine where attempts and keeper meet."""

    runtime: Path
    machine: str
    slots: Mapping[Queue, int] = field(default_factory=_default_slots)
    drain_s: float = 20.0


@dataclass(frozen=True)
class LimitSettings:
    """What jobs may use, bytes. None: as much as there is.

    program_memory, program_file: of each process of a job's programs, and of each file that it writes.
    worker_memory: above it a worker process is replaced between two jobs.
    attempt_memory: above it the attempt that a process runs is ended.
    """

    program_memory: int | None = 4 * GIB
    program_file: int | None = 32 * GIB
    worker_memory: int | None = 2 * GIB
    attempt_memory: int | None = None


@dataclass(frozen=True)
class RoomSettings:
    """The room on the data folder's disk, bytes.

    min_free: below it jobs that write wait. ballast: the size of the file that is given up for room; 0: none.
    log_folder: where the private Valkey keeps its append-only file; None: it is elsewhere, if there is one.
    """

    min_free: int = GIB
    ballast: int = 64 * MIB
    log_folder: Path | None = None


@dataclass(frozen=True)
class ProviderSettings:
    """A speech server with OpenAI's API. voices: what it calls each, and the language that it reads."""

    url: str
    api_key: str | None = field(default=None, repr=False)
    model: str = "tts-1"
    voices: tuple[tuple[str, str], ...] = (("alloy", "en"),)


@dataclass(frozen=True)
class VoiceSettings:
    """Voices beside those that come with the packages.

    folder: models that an operator laid there; it need not exist. defaults: languages, and the voice that reads each
    when a request names none. edge: whether text may go to Microsoft.
    """

    folder: Path | None = None
    defaults: tuple[tuple[str, str], ...] = ()
    provider: ProviderSettings | None = None
    edge: bool = False


@dataclass(frozen=True)
class ModelSettings:
    """A model behind OpenAI's API, on somebody's server. answer_s: how long it may take for one answer, seconds."""

    url: str
    model: str
    api_key: str | None = field(default=None, repr=False)
    answer_s: float = 300.0


@dataclass(frozen=True)
class RemoteSettings:
    """Models that are asked over HTTP. image_hosts: where pictures may be fetched from, beside the server itself."""

    llm: ModelSettings | None = None
    images: ModelSettings | None = None
    image_hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class LexiconSettings:
    """What is known of words; see media.lexicon.

    dictionaries: base languages, and the CSV from English to each. folder: where WordNet's database is; None: beside
    the packages of this Python.
    """

    dictionaries: tuple[tuple[str, Path], ...] = ()
    folder: Path | None = None


@dataclass(frozen=True)
class AdapterSettings:
    """Programs that fetch; see media.adapters.

    folder: descriptions of the operator's; it need not exist. flags: what the environment says of each ENABLE_... name
    that is set, or ours; None: neither yes nor no.
    """

    folder: Path | None = None
    flags: Mapping[str, bool | None] = field(default_factory=dict)


@dataclass(frozen=True)
class EgressSettings:
    """Where programs that fetch from users' URLs may go besides the public web; see media.egress.

    proxies: the operator's, which may be anywhere; see media.live.proxies. They may hold passwords.
    """

    allow: tuple[Allowed, ...] = ()
    proxies: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class LiveSettings:
    """How live sites are asked; see media.live. plugins: a folder of the operator's; tiktok_url: "": TikTok itself.

    tlr_root: tiktok-live-recorder's folder; see media.live.tlr.

    floor_bytes: of the disk; a recording that runs ends where less is free.
    pace: how often sites are asked what is live, 1: as usual.
    rate, rate_all: what one recording may receive, and all of this process together, bytes a second; None: any.
    """

    plugins: Path | None = None
    tiktok_url: str = ""
    pace: float = 1.0
    tlr_root: Path | None = None
    floor_bytes: int = 0
    rate: int | None = None
    rate_all: int | None = None


@dataclass(frozen=True)
class Settings:
    """Everything, as `load` found it."""

    data_dir: Path
    redis: RedisSettings
    files: FileSettings
    keep: KeepSettings
    library: LibrarySettings
    api: ApiSettings
    secrets: SecretSettings
    worker: WorkerSettings
    spool: SpoolSettings
    limits: LimitSettings = field(default_factory=LimitSettings)
    room: RoomSettings = field(default_factory=RoomSettings)
    voices: VoiceSettings = field(default_factory=VoiceSettings)
    remote: RemoteSettings = field(default_factory=RemoteSettings)
    lexicon: LexiconSettings = field(default_factory=LexiconSettings)
    adapters: AdapterSettings = field(default_factory=AdapterSettings)
    egress: EgressSettings = field(default_factory=EgressSettings)
    live: LiveSettings = field(default_factory=LiveSettings)
    client: ClientSettings = field(default_factory=ClientSettings)
    log_level: str = "INFO"

    @property
    def api_key_file(self) -> Path:
        """Where the generated admin key is kept."""
        return self.data_dir / "api-key"

    @property
    def url_file(self) -> Path:
        """Where `up` notes its URL for the command line, while it runs."""
        return self.data_dir / "url"

    @property
    def restoring(self) -> Path:
        """Where a backup is laid out before it takes the folder's place. It is there only until that is done."""
        return self.data_dir / RESTORING

    @property
    def secret_key_file(self) -> Path:
        """Where the generated key for secrets at rest is kept."""
        return self.data_dir / "secret-key"


def load(environ: Mapping[str, str] = os.environ, dotenv_path: Path | None = Path(".env")) -> Settings:
    """Return the settings of the environment and of a `.env` file.

    The environment wins over the file; a file that is missing is no error. Keys that `prepare`
    made before are read from the data folder. Creates nothing.

    Raises SettingsError that lists every value that is wrong, unknown MEDIAMILL_* names and names
    of older systems that would do nothing.
    """
    read = Reader(environ, *_dotenv(dotenv_path))
    settings = _settings(read, environ.get("XDG_RUNTIME_DIR", ""))
    read.finish()
    return replace(settings, api=_with_kept_key(settings), secrets=_with_kept_secret(settings))


def prepare(settings: Settings) -> Settings:
    """Make the folders and keys that a server process needs; return the settings with them.

    Repeatable, and safe where several processes do it at once. Raises SettingsError when the data
    folder cannot be used.
    """
    _check_apart(settings)
    try:
        for made in (settings.data_dir, settings.worker.runtime):
            _private_folder(made)
        if not settings.secrets.keys:
            _create_once(settings.secret_key_file, base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
        if not settings.api.keys:
            _create_once(settings.api_key_file, "mm_" + secrets.token_urlsafe(32))
    except OSError as error:
        raise SettingsError(
            f"{error.filename}: {error.strerror}; a folder that this user may write to is wanted "
            f"({variables.DATA_DIR.name}, {variables.RUNTIME_DIR.name})"
        ) from error
    prepared = replace(settings, api=_with_kept_key(settings), secrets=_with_kept_secret(settings))
    for found, path in ((prepared.api.keys, settings.api_key_file), (prepared.secrets.keys, settings.secret_key_file)):
        if not found:
            raise SettingsError(f"{path}: no key can be read from it; a file that this user may read is wanted")
    return prepared


def _check_apart(settings: Settings) -> None:
    """Raise SettingsError where names for people could meet ours: recordings have a folder of their own."""
    folder, data_dir = (Path(os.path.realpath(each)) for each in (settings.library.folder, settings.data_dir))
    ours = folder.is_relative_to(data_dir) and folder.parts[len(data_dir.parts) :][:1] != (RECORDINGS,)
    if ours or data_dir.is_relative_to(folder):
        raise SettingsError(
            f"{variables.RECORDINGS_DIR.name}={settings.library.folder}: a folder of its own is wanted, outside of the "
            f"data folder or `{RECORDINGS}` in it"
        )


def exported(settings: Settings) -> dict[str, str]:
    """Return the variables with which a child process on this machine loads the same places and slots.

    The rest it finds as we did: in the environment and in `.env`. No secret is among them.
    """
    slots = ",".join(f"{queue}={number}" for queue, number in settings.worker.slots.items())
    return {
        variables.DATA_DIR.name: str(settings.data_dir),
        variables.RUNTIME_DIR.name: str(settings.worker.runtime),
        variables.MACHINE.name: settings.worker.machine,
        variables.SLOTS.name: slots,
    }


def without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment that sets nothing of ours: for a server that shall not be the user's own."""
    names = {name for variable in variables.TABLE for name in (variable.name, *variable.aliases)}
    ours = names | set(variables.REFUSED)
    return {
        name: value for name, value in environ.items() if name not in ours and not name.startswith(variables.PREFIX)
    }


def _settings(read: Reader, xdg_runtime: str) -> Settings:
    data_dir = read(variables.DATA_DIR) or Path.cwd()
    mark = hashlib.sha256(os.fsencode(os.path.realpath(data_dir))).hexdigest()[:8]
    runtime = read(variables.RUNTIME_DIR) or _runtime(mark, xdg_runtime)
    bucket = read(variables.S3_BUCKET)
    keep, redis = KeepSettings(), _redis(read, runtime)
    return Settings(
        data_dir=data_dir,
        redis=redis,
        files=FileSettings(
            root=data_dir,
            location=f"s3://{bucket}" if bucket else None,
            s3_endpoint_url=read(variables.S3_ENDPOINT_URL),
            s3_region=read(variables.AWS_REGION),
            s3_access_key_id=read(variables.AWS_ACCESS_KEY_ID),
            s3_secret_access_key=read(variables.AWS_SECRET_ACCESS_KEY),
            cache_bytes=read(variables.CACHE_BYTES),
        ),
        keep=KeepSettings(
            job_s=_or(read(variables.JOB_TTL), keep.job_s),
            dead_s=_or(read(variables.DEAD_TTL), keep.dead_s),
            files_s=_or(read(variables.ARTIFACT_TTL), keep.files_s),
            cache_s=_or(read(variables.CACHE_TTL), keep.cache_s),
        ),
        library=_library(read, data_dir),
        api=_api(read),
        secrets=SecretSettings(keys=read(variables.SECRET_KEYS) or (), folder=read(variables.SECRETS_DIR)),
        spool=_spool(read, data_dir),
        worker=WorkerSettings(
            runtime=runtime,
            machine=read(variables.MACHINE) or f"{socket.gethostname()}-{mark}",
            slots=_slots(read),
            drain_s=_or(read(variables.DRAIN), 20.0),
        ),
        limits=_limits(read),
        room=_room(read, data_dir / "valkey" if redis.private else None),
        voices=_voices(read, data_dir),
        remote=_remote(read),
        lexicon=_lexicon(read),
        adapters=_adapters(read, data_dir),
        egress=EgressSettings(read(variables.EGRESS_ALLOW) or (), read(variables.PROXIES) or ()),
        live=_live(read),
        client=ClientSettings(url=read(variables.URL), api_key=read(variables.API_KEY)),
        log_level=read(variables.LOG_LEVEL) or "INFO",
    )


def _live(read: Reader) -> LiveSettings:
    return LiveSettings(
        plugins=read(variables.STREAMLINK_PLUGINS),
        tiktok_url=read(variables.TIKTOK_URL) or "",
        pace=(read(variables.LOOK_PACE) or 100) / 100,
        tlr_root=read(variables.TLR_ROOT),
        # Jobs that would begin wait at the whole of it, so that those that record may finish, and be made files of.
        floor_bytes=(read(variables.MIN_FREE) or 0) // 2,
        rate=read(variables.RECORDING_MAX_RATE) or None,
        rate_all=read(variables.RECORDING_MAX_RATE_ALL) or None,
    )


def _library(read: Reader, data_dir: Path) -> LibrarySettings:
    return LibrarySettings(
        folder=read(variables.RECORDINGS_DIR) or data_dir / RECORDINGS,
        ttl_s=read(variables.RECORDINGS_TTL) or 0.0,
        max_bytes=read(variables.RECORDINGS_BYTES) or 0,
        room_bytes=read(variables.RECORDINGS_ROOM_BYTES) or 0,
        min_free=read(variables.RECORDINGS_MIN_FREE) or 0,
    )


def _spool(read: Reader, data_dir: Path) -> SpoolSettings:
    enabled = read(variables.ENABLE_SPOOL)
    return SpoolSettings(
        folder=read(variables.SPOOL_DIR) or data_dir / "spool",
        enabled=SpoolSettings.enabled if enabled is None else enabled,
        requests=read(variables.SPOOL_REQUESTS) or SpoolSettings.requests,
        size_bytes=read(variables.SPOOL_BYTES) or SpoolSettings.size_bytes,
        age_s=_or(read(variables.SPOOL_AGE), SpoolSettings.age_s),
    )


def _slots(read: Reader) -> Mapping[Queue, int]:
    named = read(variables.SLOTS)
    return MappingProxyType({**_default_slots(), **named}) if named else _default_slots()


def _limits(read: Reader) -> LimitSettings:
    attempt = read(variables.ATTEMPT_MEMORY)
    return LimitSettings(
        program_memory=read(variables.PROGRAM_MEMORY) or None,
        program_file=read(variables.PROGRAM_FILE_SIZE) or None,
        worker_memory=read(variables.WORKER_MEMORY) or None,
        attempt_memory=_machine_memory() * 3 // 4 if attempt is None else attempt or None,
    )


def _machine_memory() -> int:
    """Return the memory of this machine or of our container, bytes.

    Source: cgroups(7); memory.max of version 2, memory.limit_in_bytes of version 1.
    """
    found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for place in ("memory.max", "memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):  # there is none, or it says "max"
            found = min(found, int(Path("/sys/fs/cgroup", place).read_text()))
    return found


def _room(read: Reader, log_folder: Path | None) -> RoomSettings:
    return RoomSettings(
        min_free=read(variables.MIN_FREE) or 0, ballast=read(variables.BALLAST) or 0, log_folder=log_folder
    )


def _voices(read: Reader, data_dir: Path) -> VoiceSettings:
    url, model, voices = (
        read(variables.TTS_SERVICE_URL),
        read(variables.TTS_SERVICE_MODEL),
        read(variables.TTS_SERVICE_VOICES),
    )
    api_key = read(variables.TTS_SERVICE_API_KEY)
    return VoiceSettings(
        folder=read(variables.VOICES_DIR) or data_dir / "voices",
        defaults=read(variables.VOICE_DEFAULTS) or (),
        provider=ProviderSettings(url, api_key, model or ProviderSettings.model, voices or ()) if url else None,
        edge=read(variables.ENABLE_EDGE_TTS) or False,
    )


def _remote(read: Reader) -> RemoteSettings:
    llm, llm_key, llm_model = read(variables.LLM_BASE_URL), read(variables.LLM_API_KEY), read(variables.LLM_MODEL)
    llm_s = _or(read(variables.LLM_SECONDS), ModelSettings.answer_s)
    images, images_key = read(variables.IMAGE_BASE_URL), read(variables.IMAGE_API_KEY)
    images_model = read(variables.IMAGE_MODEL)
    return RemoteSettings(
        llm=ModelSettings(llm, llm_model or "", llm_key, llm_s) if llm else None,
        images=ModelSettings(images, images_model or "", images_key) if images else None,
        image_hosts=read(variables.IMAGE_HOSTS) or (),
    )


def _lexicon(read: Reader) -> LexiconSettings:
    vietnamese = read(variables.DICTIONARY_VI)
    return LexiconSettings((("vi", vietnamese),) if vietnamese else (), read(variables.LEXICON_DIR))


def _adapters(read: Reader, data_dir: Path) -> AdapterSettings:
    ours = (variables.ENABLE_YT_DLP, variables.ENABLE_APPLE_MUSIC, variables.ENABLE_SPOTIFY)
    return AdapterSettings(
        folder=read(variables.ADAPTERS_DIR) or data_dir / "adapters",
        flags=MappingProxyType({**read.flags("ENABLE_"), **{each.name: read(each) for each in ours}}),
    )


def _or(value: float | None, otherwise: float) -> float:
    """Return the value, or `otherwise` where it could not be read (`Reader.finish` will tell)."""
    return otherwise if value is None else value


def _redis(read: Reader, runtime: Path) -> RedisSettings:
    url = read(variables.REDIS_URL)
    if url is None and any(read.has(part) for part in _REDIS_PARTS):
        password = read(variables.REDIS_PASSWORD)
        secret = f":{quote(password, safe='')}@" if password else ""
        host = read(variables.REDIS_HOST) or "localhost"
        url = f"redis://{secret}{host}:{read(variables.REDIS_PORT)}/{read(variables.REDIS_DB)}"
    return RedisSettings(
        url=url or f"unix://{runtime / 'valkey.sock'}",
        prefix=read(variables.KEY_PREFIX) or RedisSettings.prefix,
        private=url is None,
        fsync=read(variables.DURABLE) or "everysec",
    )


def _api(read: Reader) -> ApiSettings:
    port = read(variables.PORT)
    keys = tuple(
        ApiKey(entry.owner or "key-" + hashlib.sha256(entry.key.encode()).hexdigest()[:8], entry.key, entry.scope)
        for entry in read(variables.API_KEYS) or ()
    )
    return ApiSettings(
        host=read(variables.HOST) or ApiSettings.host,
        port=ApiSettings.port if port is None else port,
        keys=keys,
        cors_origins=read(variables.CORS_ORIGINS) or (),
        body_limit_bytes=read(variables.BODY_LIMIT) or ApiSettings.body_limit_bytes,
        speech_waiting=read(variables.SPEECH_WAITING) or None,
        watchers=read(variables.WATCHERS) or None,
    )


def _dotenv(path: Path | None) -> tuple[Mapping[str, str], str]:
    if path is None or not path.is_file():
        return {}, ""
    from dotenv import dotenv_values  # noqa: PLC0415 - only where there is a file

    return {name: value or "" for name, value in dotenv_values(path, encoding="utf-8").items()}, path.name


def _runtime(mark: str, xdg: str) -> Path:
    """Return a short path: a Unix socket's may have 107 bytes at most."""
    given = Path(xdg)
    if xdg and len(xdg) <= _XDG_LONGEST and given.is_dir() and given.stat().st_uid == os.getuid():
        return given / f"mediamill-{mark}"
    return _shared_runtime() / mark


def _shared_runtime() -> Path:
    return Path(f"/tmp/mediamill-{os.getuid()}")  # noqa: S108 - `_private_folder` checks whose it is


def _private_folder(path: Path) -> None:
    """Make a folder (0700 where it is new). Raises OSError where this user may not write, or others may in /tmp."""
    if path.parent == _shared_runtime():
        path.parent.mkdir(exist_ok=True, mode=0o700)
        found = path.parent.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise PermissionError(errno.EACCES, "it is another user's", str(path.parent))
        path.parent.chmod(0o700)
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not os.access(path, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "this user may not write there", str(path))


def _create_once(path: Path, content: str) -> None:
    """Write a small private file unless there is one; it appears whole."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _kept(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return ""


def _with_kept_key(settings: Settings) -> ApiSettings:
    key = "" if settings.api.keys else _kept(settings.api_key_file)
    return replace(settings.api, keys=(ApiKey("admin", key, "admin"),)) if key else settings.api


def _with_kept_secret(settings: Settings) -> SecretSettings:
    kept = "" if settings.secrets.keys else _kept(settings.secret_key_file)
    try:
        return replace(settings.secrets, keys=variables.fernet_keys(kept)) if kept else settings.secrets
    except ValueError:  # not by the environment, so not told as a setting: `prepare` names the file
        return settings.secrets
