"""The names that settings have in the environment: one table, and how their values are read.

`docs/settings.md` and `.env.example` list this table; a test compares.
"""

import base64
import difflib
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Final, Generic, Literal, TypeVar
from urllib.parse import urlsplit

from mediamill.core.errors import MediamillError
from mediamill.core.queues import Queue

#: When the private Valkey tells the disk to keep what it wrote: before each answer, or once a second.
Fsync = Literal["always", "everysec"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

PREFIX: Final = "MEDIAMILL_"
_UNITS: Final = MappingProxyType({"": 1, "B": 1, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40})
_SCOPES: Final = ("user", "operator", "admin")
_SHORTEST_KEY: Final = 8
_LONGEST_SHOWN: Final = 60
_LEAST_CEILING: Final = 256 * 2**20
#: Under this hardly a program starts: a number whose unit was forgotten.
_LEAST_PROGRAM: Final = 16 * 2**20
_FERNET_BYTES: Final = 32
#: BCP 47, with either mark between its parts.
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,252})(?::\d{1,5})?")
#: An address of IPv6 with a port is in brackets, as in a URL.
_DESTINATION: Final = re.compile(r"(\[[^\]]+\]|[^:]+|[^\[]*:.*:[^\]]*)(?::(\d{1,5}))?")
#: A host's name; one that ends in digits would be taken for an address.
_NAME: Final = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*(?!\d+$)[a-z0-9_-]{1,63}")
_LAST_PORT: Final = 65_535
_PROXY: Final = re.compile(r"(?i:http|socks5h?)://(?:[^@/?#\s]+@)?(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?/?")
#: Of a voice; `speech` takes names of 64 characters, and our own prefix belongs to them.
_VOICE: Final = re.compile(r"[^\s,=]{1,56}")


class SettingsError(MediamillError):
    """One or more settings are wrong; the message has a line for each, and shows no secret."""

    code = "SETTINGS"


@dataclass(frozen=True)
class Variable(Generic[T_co]):
    """One setting.

    default: as an operator would write it; "" where there is none.
    parse: turns the text into a value; its ValueError says what is wanted.
    aliases: older names for the same, looked at when `name` is not set.
    secret: the value is never shown.
    """

    name: str
    default: str
    parse: Callable[[str], T_co]
    doc: str
    aliases: tuple[str, ...] = ()
    secret: bool = False


# ---- parsers: text -> value; ValueError says what is wanted


def text(value: str) -> str:
    """Return the text as it is."""
    return value


def folder(value: str) -> Path:
    """Return an absolute path; `~` is the user's home."""
    return Path(os.path.abspath(os.path.expanduser(value)))  # noqa: PTH100, PTH111 - Path has no lexical absolute


def words(value: str) -> tuple[str, ...]:
    """Return the comma-separated words."""
    return tuple(word.strip() for word in value.split(",") if word.strip())


def flag(value: str) -> bool:
    """Read yes or no."""
    try:
        return {
            "1": True,
            "true": True,
            "yes": True,
            "on": True,
            "0": False,
            "false": False,
            "no": False,
            "off": False,
        }[value.lower()]
    except KeyError:
        raise ValueError("yes or no is wanted") from None


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return a parser of whole numbers within `least`..`most`."""

    def parse(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise ValueError(f"a whole number from {least} to {most} is wanted")
        return number

    return parse


def seconds(least: float) -> Callable[[str], float]:
    """Return a parser of seconds, `least` or more."""

    def parse(value: str) -> float:
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not least <= number < float("inf"):
            raise ValueError(f"a number of seconds is wanted, {least:g} or more")
        return number

    return parse


def size(value: str) -> int:
    """Read bytes: 1048576, 50MiB, 2GiB."""
    digits = value.rstrip("BbIiKkMmGgTt ").strip()
    unit = value[len(digits) :].strip().upper()
    if not digits.isdecimal() or unit not in _UNITS or int(digits) == 0:
        raise ValueError("a size in bytes is wanted, such as 52428800, 50MiB or 2GiB")
    return int(digits) * _UNITS[unit]


def size_or_none(value: str) -> int:
    """Read bytes, as `size`; 0 stands for "not at all" and stays 0."""
    return 0 if value == "0" else size(value)


def limit(least: int) -> Callable[[str], int]:
    """Return a parser of bytes, `least` or more; 0 stands for "no limit" and stays 0."""

    def parse(value: str) -> int:
        found = size_or_none(value)
        if 0 < found < least:
            raise ValueError(f"{least // 2**20}MiB or more is wanted, or 0 for no limit")
        return found

    return parse


#: For a process of ours: below it, a process would be over its ceiling before its first job.
ceiling: Final = limit(_LEAST_CEILING)


def fernet_keys(value: str) -> tuple[str, ...]:
    """Read the comma-separated keys; each is 32 bytes in URL-safe base64."""
    keys = words(value)
    for number, key in enumerate(keys, 1):
        try:
            found = len(base64.urlsafe_b64decode(key))
        except ValueError:
            found = 0
        if found != _FERNET_BYTES:
            raise ValueError(f"Fernet keys are wanted, 44 characters of base64 each; entry {number} is none")
    return keys


def one_of(*choices: str) -> Callable[[str], str]:
    """Return a parser of one upper-case word among `choices`."""

    def parse(value: str) -> str:
        if value.upper() not in choices:
            raise ValueError(f"one of {', '.join(choices)} is wanted")
        return value.upper()

    return parse


def fsync(value: str) -> Fsync:
    """Read always or everysec; yes and no, which it once was, are refused with the words that they became."""
    match value.lower():
        case "always":
            return "always"
        case "everysec":
            return "everysec"
        case "yes" | "true" | "on" | "1":
            raise ValueError("always or everysec is wanted; what was yes is always now")
        case "no" | "false" | "off" | "0":
            raise ValueError("always or everysec is wanted; what was no is everysec now")
    raise ValueError("always or everysec is wanted")


def redis_url(value: str) -> str:
    """Check a Redis or Valkey URL. Celery's `redis+socket://` is understood."""
    scheme, colon, rest = value.partition("://")
    if scheme == "redis+socket":
        path, _, query = rest.partition("?")
        return f"unix://{path}" + (f"?{query.replace('virtual_host=', 'db=')}" if query else "")
    if not colon or scheme not in {"redis", "rediss", "unix"} or not rest:
        raise ValueError("redis://host:6379/0, rediss://... or unix:///path/to/socket is wanted")
    return value


def http_url(value: str) -> str:
    """Check an http(s) URL; return it without a slash at its end."""
    scheme, _, rest = value.partition("://")
    if scheme not in {"http", "https"} or not rest.strip("/"):
        raise ValueError("a URL such as http://127.0.0.1:8000 is wanted")
    return value.rstrip("/")


def provider_url(value: str) -> str:
    """Check the URL of a provider, as `http_url`. One with a name and a password in it would come into logs."""
    url = http_url(value)
    parts = urlsplit(url)
    if parts.username is not None or parts.fragment:
        raise ValueError("a URL without a name, a password and a # is wanted; the key has a variable of its own")
    return url


def hosts(value: str) -> tuple[str, ...]:
    """Read `img.example.org,cdn.example.org:8443`: hosts, with a port where it is not the usual one."""
    found = words(value.lower())
    if not all(_HOST.fullmatch(word) for word in found):
        raise ValueError("hosts are wanted, such as img.example.org,cdn.example.org:8443")
    return found


@dataclass(frozen=True)
class Allowed:
    """What programs may reach besides the public web. where: a host, or addresses. port: None: any."""

    where: str | IPv4Network | IPv6Network
    port: int | None = None


def destinations(value: str) -> tuple[Allowed, ...]:
    """Read `nas.lan:8080,10.1.0.0/16,[fd00::7]:443`: hosts, addresses and networks, with a port where only it is."""
    return tuple(_destination(word) for word in words(value.lower()))


def _destination(word: str) -> Allowed:
    parts = _DESTINATION.fullmatch(word)
    where, port = parts.groups() if parts else ("", None)
    if port is None or 0 < int(port) <= _LAST_PORT:
        with suppress(ValueError):
            return Allowed(ip_network(where.strip("[]")), int(port) if port else None)
        if _NAME.fullmatch(where):
            return Allowed(where, int(port) if port else None)
    raise ValueError("hosts, addresses and networks are wanted, such as nas.lan:8080,10.1.0.0/16,[fd00::7]:443")


def proxies(value: str) -> tuple[str, ...]:
    """Read `http://one.example.org:3128,socks5://user:password@10.0.0.7:1080`: each as egress takes a user's."""
    found = tuple(dict.fromkeys(words(value)))
    if not all(_PROXY.fullmatch(each) for each in found):
        raise ValueError("proxies are wanted, such as http://one.example.org:3128,socks5://user:password@10.0.0.7:1080")
    return found


def header_word(value: str) -> str:
    """Check what is sent in a header: printable ASCII without blanks."""
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("printable ASCII characters without blanks are wanted")
    return value


def voice_languages(value: str) -> tuple[tuple[str, str], ...]:
    """Read `alloy=en,linh=vi`: a voice's name and the language that it reads."""
    return _pairs(value, _VOICE, _LANGUAGE, "voice=language,... is wanted, such as alloy=en,linh=vi")


def language_voices(value: str) -> tuple[tuple[str, str], ...]:
    """Read `vi=piper-vi_VN-vais1000-medium,en=heart`: a language and the voice that reads it."""
    return _pairs(value, _LANGUAGE, _VOICE, "language=voice,... is wanted, such as vi=espeak-vi,en=heart")


def _pairs(value: str, left: re.Pattern[str], right: re.Pattern[str], wanted: str) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for word in words(value):
        name, _, meant = (part.strip() for part in word.partition("="))
        if not left.fullmatch(name) or not right.fullmatch(meant):
            raise ValueError(wanted)
        if name.lower() in map(str.lower, found):
            raise ValueError(f"{wanted}; {name} is there twice")
        found[name] = meant
    return tuple(found.items())


def slots(value: str) -> Mapping[Queue, int]:
    """Read `cpu=2,recording=100`; queues that are not named keep their defaults."""
    found: dict[Queue, int] = {}
    for word in words(value):
        name, _, number = (part.strip() for part in word.partition("="))
        if name not in set(Queue) or not number.isdecimal():
            raise ValueError(f"queue=number,... is wanted, with the queues {', '.join(Queue)}")
        found[Queue(name)] = int(number)
    return MappingProxyType(found)


@dataclass(frozen=True)
class KeyEntry:
    """One entry of API_KEYS, still text. owner: None for a bare key."""

    owner: str | None
    key: str
    scope: str


def api_keys(value: str) -> tuple[KeyEntry, ...]:
    """Read `owner:key[:scope],...`; a bare key is a user of its own."""
    entries = []
    for number, entry in enumerate(words(value), start=1):
        parts = entry.split(":")
        owner, key, scope = (None, parts[0], "user") if len(parts) == 1 else (parts[0], parts[1], "user")
        if len(parts) == 3:  # noqa: PLR2004 - owner, key, scope
            scope = parts[2]
        if len(parts) > 3 or scope not in _SCOPES or owner == "" or not key.isascii():  # noqa: PLR2004
            raise ValueError(f"owner:key[:{'|'.join(_SCOPES)}],... is wanted; entry {number} is not")
        if len(key) < _SHORTEST_KEY:
            raise ValueError(f"keys of {_SHORTEST_KEY} characters or more are wanted; entry {number} is shorter")
        entries.append(KeyEntry(owner, key, scope))
    if len({entry.key for entry in entries}) < len(entries):
        raise ValueError("a key may stand for one owner only; one is there twice")
    return tuple(entries)


# ---- the table

REDIS_URL = Variable(
    "REDIS_URL",
    "",
    redis_url,
    "The Redis or Valkey to use. Unset: `mediamill up` starts a private Valkey in the data folder.",
    aliases=("CELERY_BROKER_URL",),
    secret=True,
)
REDIS_HOST = Variable("REDIS_HOST", "", text, "With the next three another way to say REDIS_URL.")
REDIS_PORT = Variable("REDIS_PORT", "6379", whole(1, 65_535), "See REDIS_HOST.")
REDIS_DB = Variable("REDIS_DB", "0", whole(0, 65_535), "See REDIS_HOST.")
REDIS_PASSWORD = Variable("REDIS_PASSWORD", "", text, "See REDIS_HOST.", secret=True)
KEY_PREFIX = Variable(
    "MEDIAMILL_KEY_PREFIX", "mediamill:", text, "What every key in Redis begins with; two systems may share one server."
)
DURABLE = Variable(
    "MEDIAMILL_DURABLE",
    "everysec",
    fsync,
    "How often the private Valkey writes through to the disk: `everysec`, or `always`, before each answer. What a "
    "power cut takes then, and what it costs: docs/reliability.md.",
)
API_KEYS = Variable(
    "API_KEYS",
    "",
    api_keys,
    "Who may call the API: `owner:key[:scope]`, comma-separated; scopes are user, operator, admin; a bare key is a "
    "user of its own. Unset: an admin key is made and kept in the data folder's `api-key`.",
    secret=True,
)
CORS_ORIGINS = Variable("CORS_ORIGINS", "", words, "Origins whose pages may call the API, comma-separated.")
LOG_LEVEL = Variable("LOG_LEVEL", "INFO", one_of("DEBUG", "INFO", "WARNING", "ERROR"), "How much is logged.")
HOST = Variable("MEDIAMILL_HOST", "127.0.0.1", text, "The address the API listens on; 0.0.0.0 for all.")
PORT = Variable("MEDIAMILL_PORT", "8000", whole(0, 65_535), "The port the API listens on; 0 takes a free one.")
BODY_LIMIT = Variable("MEDIAMILL_BODY_LIMIT", "50MiB", size, "The largest request, and the largest upload.")
SPEECH_WAITING = Variable(
    "MEDIAMILL_SPEECH_WAITING",
    "256",
    whole(0, 1_000_000),
    "How many jobs may wait before a request to POST /v1/audio/speech, whose client waits for the sound; it is refused "
    "(429) where there are more. 0: any number.",
)
WATCHERS = Variable(
    "MEDIAMILL_WATCHERS",
    "1000",
    whole(0, 1_000_000),
    "How many watchers an owner may have; another one is refused (409). 0: any number.",
)
DATA_DIR = Variable(
    "MEDIAMILL_DATA_DIR",
    "~/.local/share/mediamill",
    folder,
    "The data folder: files, scratch, the private Valkey, generated keys.",
)
RUNTIME_DIR = Variable(
    "MEDIAMILL_RUNTIME_DIR",
    "",
    folder,
    "A short path on this machine for sockets. Unset: below XDG_RUNTIME_DIR or /tmp, named after the data folder.",
)
S3_BUCKET = Variable(
    "S3_BUCKET", "", text, "Keep files in this bucket (`bucket` or `bucket/prefix`) instead of in the data folder."
)
S3_ENDPOINT_URL = Variable("S3_ENDPOINT_URL", "", http_url, "An S3 server other than AWS.")
AWS_REGION = Variable("AWS_REGION", "", text, "The bucket's region.", aliases=("AWS_DEFAULT_REGION",))
AWS_ACCESS_KEY_ID = Variable("AWS_ACCESS_KEY_ID", "", text, "The access key of S3.", secret=True)
AWS_SECRET_ACCESS_KEY = Variable("AWS_SECRET_ACCESS_KEY", "", text, "The secret access key of S3.", secret=True)
JOB_TTL = Variable(
    "MEDIAMILL_JOB_TTL_SECONDS",
    "604800",
    seconds(1),
    "How long the records of finished and cancelled jobs are kept (7 days); then `job.json` answers.",
)
DEAD_TTL = Variable("MEDIAMILL_DEAD_TTL_SECONDS", "2592000", seconds(1), "How long failed jobs are kept (30 days).")
ARTIFACT_TTL = Variable(
    "MEDIAMILL_ARTIFACT_TTL_SECONDS",
    "2592000",
    seconds(1),
    "How long the files of ended jobs are kept, uploads and `job.json` too (30 days).",
)
RECORDINGS_DIR = Variable(
    "RECORDINGS_DIR",
    "",
    folder,
    "Where recordings are kept beyond their jobs, under names for people; best on the data folder's file system, for "
    "on another one they are copied. Unset: `recordings` in the data folder.",
)
RECORDINGS_TTL = Variable(
    "MEDIAMILL_RECORDINGS_TTL_SECONDS", "0", seconds(0), "How long they are kept there. 0: for ever."
)
RECORDINGS_BYTES = Variable(
    "MEDIAMILL_RECORDINGS_MAX_BYTES",
    "0",
    size_or_none,
    "How much room they may take there, those kept longest go first. 0: any.",
)
RECORDINGS_ROOM_BYTES = Variable(
    "MEDIAMILL_RECORDINGS_ROOM_MAX_BYTES",
    "0",
    size_or_none,
    "The same for each channel of an owner: a room, or a URL where there is no room. 0: any.",
)
RECORDINGS_MIN_FREE = Variable(
    "MEDIAMILL_RECORDINGS_MIN_FREE",
    "0",
    size_or_none,
    "While that disk has less room than this, those kept longest go. Above MEDIAMILL_MIN_FREE, at which jobs wait. 0: "
    "none goes for room.",
)
CACHE_TTL = Variable(
    "CACHE_TTL_SECONDS",
    "604800",
    seconds(0),
    "How long a finished job answers a repeat of its request, and how long a finished step is kept that no job uses, a "
    "day at least (7 days).",
    aliases=("CACHE_TTL",),
)
CACHE_BYTES = Variable(
    "CACHE_MAX_BYTES",
    "",
    size,
    "How much room finished steps may take, those used longest ago go first; the same on every machine. Unset: 10 GiB, "
    "or a tenth of the data folder's disk if that is less.",
)
ENABLE_SPOOL = Variable(
    "ENABLE_SPOOL",
    "yes",
    flag,
    "While Redis is away, requests are accepted into an encrypted file of this machine and handed on afterwards. "
    "no: they are refused with 503.",
)
SPOOL_DIR = Variable(
    "MEDIAMILL_SPOOL_DIR",
    "",
    folder,
    "Where that file lies: a folder of this machine's own, on a local disk that outlives a restart. Unset: `spool` in "
    "the data folder; set it where machines share a data folder.",
)
SPOOL_REQUESTS = Variable(
    "MEDIAMILL_SPOOL_REQUESTS", "100000", whole(1, 100_000_000), "How many requests may wait there; then 503."
)
SPOOL_BYTES = Variable("MEDIAMILL_SPOOL_BYTES", "1GiB", size, "How large they may be together; then 503.")
SPOOL_AGE = Variable(
    "MEDIAMILL_SPOOL_SECONDS",
    "86400",
    whole(1, 86_400),
    "How long the oldest of them may wait before no more are accepted (24 hours, which is the most); then 503. What "
    "was accepted stays.",
)
SECRET_KEYS = Variable(
    "MEDIAMILL_SECRET_KEYS",
    "",
    fernet_keys,
    "Fernet keys for secret parameters at rest, comma-separated: the first encrypts, all decrypt. The same on every "
    "machine. Unset: one is made and kept in the data folder's `secret-key`.",
    secret=True,
)
SECRETS_DIR = Variable(
    "MEDIAMILL_SECRETS_DIR",
    "",
    folder,
    "A folder of cookie files that requests may name: `cookies=radio.txt` is the file `radio.txt` of it. Every user "
    "who knows a name may use what it opens. The same on every machine. Unset: no names are taken.",
)
SLOTS = Variable(
    "MEDIAMILL_SLOTS",
    "",
    slots,
    "How many jobs of a queue run at once on this machine, as `cpu=2,recording=100`. Queues not named keep their "
    "defaults: interactive=1, cpu=number of cores, default=8, downloads=4, recording=50. 0 turns a queue off.",
)
DRAIN = Variable(
    "MEDIAMILL_DRAIN_SECONDS",
    "20",
    seconds(0),
    "How long running jobs may go on when a worker is told to stop; then they are handed back, uncharged.",
)
PROGRAM_MEMORY = Variable(
    "MEDIAMILL_PROGRAM_MEMORY",
    "4GiB",
    limit(_LEAST_PROGRAM),
    "What each process of a job's programs may have of memory that it writes to, unless its service says otherwise. "
    "0: no limit.",
)
PROGRAM_FILE_SIZE = Variable(
    "MEDIAMILL_PROGRAM_FILE_SIZE",
    "32GiB",
    size_or_none,
    "The largest file that a job's program may write, unless its service says otherwise. 0: no limit.",
)
WORKER_MEMORY = Variable(
    "MEDIAMILL_WORKER_MEMORY",
    "2GiB",
    ceiling,
    "A worker process that has grown above this is replaced by a new one, between two jobs. 0: never.",
)
ATTEMPT_MEMORY = Variable(
    "MEDIAMILL_ATTEMPT_MEMORY",
    "",
    ceiling,
    "A job whose process (not its programs) grows above this fails with MEMORY_LIMIT. Unset: three quarters of the "
    "machine's memory, or of the container's. 0: no limit.",
)
MIN_FREE = Variable(
    "MEDIAMILL_MIN_FREE",
    "1GiB",
    size_or_none,
    "While the data folder's disk has less room than this (or than twice the private Valkey's append-only file, if "
    "that is more), jobs that write wait. 0: only that file counts.",
)
BALLAST = Variable(
    "MEDIAMILL_BALLAST",
    "64MiB",
    size_or_none,
    "A file of this size beside the private Valkey's append-only file, which is given up when the disk is nearly full. "
    "0: none.",
)
MACHINE = Variable(
    "MEDIAMILL_MACHINE", "", text, "This machine's name in the fleet. Unset: host name and a mark of the data folder."
)
VOICES_DIR = Variable(
    "MEDIAMILL_VOICES_DIR",
    "",
    folder,
    "Voices of your own: models of piper, each `name.onnx` with its `name.onnx.json`. What is put there is in "
    "`GET /voices` a second later. The same on every machine. Unset: `voices` in the data folder.",
)
VOICE_DEFAULTS = Variable(
    "MEDIAMILL_VOICE_DEFAULTS",
    "",
    language_voices,
    "Which voice reads a language when a request names none, as `vi=piper-vi_VN-vais1000-medium,en=heart`. Languages "
    "not named: hibari's voice, then one of piper's, then espeak-ng's. Text goes to another server only where one of "
    "its voices is named, or where no other reads the language.",
)
TTS_SERVICE_URL = Variable(
    "TTS_SERVICE_URL",
    "",
    provider_url,
    "A speech server with OpenAI's API, such as `https://speech.example.org/v1`: its voices are added to ours. The "
    "text that they say is sent there.",
    secret=True,
)
TTS_SERVICE_API_KEY = Variable(
    "TTS_SERVICE_API_KEY", "", header_word, "The key that it is shown. Unset: none is sent.", secret=True
)
TTS_SERVICE_MODEL = Variable("TTS_SERVICE_MODEL", "tts-1", text, "The model that it is asked for.")
TTS_SERVICE_VOICES = Variable(
    "TTS_SERVICE_VOICES",
    "alloy=en",
    voice_languages,
    "Its voices and the language that each reads, as `alloy=en,linh=vi`: they are `service-alloy` and `service-linh` "
    "here. `mul`: it reads every language.",
)
ENABLE_EDGE_TTS = Variable(
    "ENABLE_EDGE_TTS",
    "no",
    flag,
    "Add voices of Microsoft Edge's read-aloud service (`edge-vi-VN-HoaiMyNeural` and others). The text that they say "
    "is sent to Microsoft, over an interface that is nowhere promised.",
)
LLM_BASE_URL = Variable(
    "LLM_BASE_URL",
    "",
    provider_url,
    "A server with OpenAI's chat API, such as `http://localhost:11434/v1`: its language model writes the scripts of "
    "videos and the meanings of flashcards. The document is sent there. Unset: they are made of the document itself, "
    "and of WordNet.",
    secret=True,
)
LLM_API_KEY = Variable("LLM_API_KEY", "", header_word, "The key that it is shown. Unset: none is sent.", secret=True)
LLM_MODEL = Variable("LLM_MODEL", "gpt-5-mini", text, "The model that it is asked for.")
LLM_SECONDS = Variable(
    "MEDIAMILL_LLM_SECONDS", "300", seconds(1), "How long it may take for one answer; then it is given up."
)
LEXICON_DIR = Variable(
    "MEDIAMILL_LEXICON_DIR",
    "",
    folder,
    "Where WordNet's database and a copy of the model of languages are, or are built by `mediamill doctor --fix`: 20 "
    "MB of meanings for flashcards; 61 MB that processes share. The same on every machine. Unset: `share/mediamill` "
    "beside the packages of this Python, where `make setup` builds them.",
)
DICTIONARY_VI = Variable(
    "MEDIAMILL_DICTIONARY_VI",
    "",
    folder,
    "A dictionary from English to Vietnamese, for flashcards with `translate=vi`: a CSV in UTF-8 with `word,meaning` "
    "in each row, a million at most. The same on every machine. Unset: only a language model translates.",
)
IMAGE_BASE_URL = Variable(
    "IMAGE_BASE_URL",
    "",
    provider_url,
    "A server with OpenAI's images API, such as `https://api.openai.com/v1`: it makes the pictures of scenes that have "
    "an `image_prompt`, which is sent there.",
    secret=True,
)
IMAGE_API_KEY = Variable(
    "IMAGE_API_KEY", "", header_word, "The key that it is shown. Unset: none is sent.", secret=True
)
IMAGE_MODEL = Variable("IMAGE_MODEL", "gpt-image-1", text, "The model that it is asked for.")
IMAGE_HOSTS = Variable(
    "MEDIAMILL_IMAGE_HOSTS",
    "",
    hosts,
    "Where pictures may be fetched from, comma-separated, when it answers with the URL of one. Its own host always may "
    "be, others only where they are named here; they are not shown the key.",
)
ENABLE_YT_DLP = Variable(
    "ENABLE_YT_DLP", "yes", flag, "Fetch sound with yt-dlp, from sites of all kinds. See docs/adapters.md."
)
ENABLE_APPLE_MUSIC = Variable(
    "ENABLE_APPLE_MUSIC",
    "no",
    flag,
    "Fetch from Apple Music with the program apple-music-downloader, where you have it and the right to use it: it "
    "does not come with us.",
)
ENABLE_SPOTIFY = Variable(
    "ENABLE_SPOTIFY",
    "no",
    flag,
    "Fetch what Spotify's links name with the program spotdl, where you have it and the right to use it: it does not "
    "come with us.",
)
ADAPTERS_DIR = Variable(
    "MEDIAMILL_ADAPTERS_DIR",
    "",
    folder,
    "Programs of your own that fetch, each described by a TOML file: docs/adapters.md. What is put there counts a "
    "second later. The same on every machine. Unset: `adapters` in the data folder.",
)
EGRESS_ALLOW = Variable(
    "MEDIAMILL_EGRESS_ALLOW",
    "",
    destinations,
    "What programs that fetch from users' URLs may reach besides the public web, comma-separated: hosts, addresses and "
    "networks, each with `:port` where only that is meant, as `nas.lan:8080,10.1.0.0/16`.",
)
PROXIES = Variable(
    "MEDIAMILL_PROXIES",
    "",
    proxies,
    "Proxies through which live sites are asked and recorded where a request names none, comma-separated, in turn: "
    "`http://` or `socks5://`, with `user:password@` where they want that. One that a site refuses rests there for a "
    "while. They may be in your own network. Unset: from this machine's own address.",
    secret=True,
)
STREAMLINK_PLUGINS = Variable(
    "MEDIAMILL_STREAMLINK_PLUGINS",
    "",
    folder,
    "Plugins of your own for streamlink, which finds the stream behind the page of a live site: Python files that run "
    "within the worker. Of two of one name, the one there counts. The same on every machine.",
)
TIKTOK_URL = Variable(
    "MEDIAMILL_TIKTOK_URL",
    "",
    http_url,
    "Where TikTok's rooms are asked for instead of TikTok itself: for tests, and for a server of yours that asks on "
    "our behalf. `MEDIAMILL_EGRESS_ALLOW` has to name it where it is in your own network.",
)
LOOK_PACE = Variable(
    "MEDIAMILL_LOOK_PACE",
    "100",
    whole(1, 1_000),
    "How often sites are asked what is live, in percent of the usual: TikTok 5 times a second, another site 2 times, a "
    "playlist's or a stream's own server 200 times. Less where you are refused, more for sites of yours.",
)
TLR_ROOT = Variable(
    "TLR_ROOT",
    "",
    folder,
    "The folder of tiktok-live-recorder, where you keep it: then it records what is on TikTok, instead of us. It does "
    "not come with us; docs/adapters.md says which version, and what to know. The same on every machine.",
)
RECORDING_MAX_RATE = Variable(
    "MEDIAMILL_RECORDING_MAX_RATE",
    "0",
    size_or_none,
    "What one recording may receive, bytes a second, as 2MiB; 0: as it comes. A stream of more falls behind until its "
    "server has dropped what was missed: choose a `quality` instead where you can. Not of what ffmpeg or "
    "tiktok-live-recorder records.",
)
RECORDING_MAX_RATE_ALL = Variable(
    "MEDIAMILL_RECORDING_MAX_RATE_ALL",
    "0",
    size_or_none,
    "The same for all recordings of a machine together.",
)
URL = Variable(
    "MEDIAMILL_URL",
    "",
    http_url,
    "The server that the command line talks to. Unset: the one that runs on the data folder, else "
    "http://127.0.0.1:8000.",
)
API_KEY = Variable(
    "MEDIAMILL_API_KEY",
    "",
    text,
    "The key that the command line shows. Unset, and the server is on this machine: the server's own.",
    secret=True,
)

TABLE: Final[tuple[Variable[object], ...]] = tuple(
    variable for variable in list(vars().values()) if isinstance(variable, Variable)
)

#: Names of older systems that would do nothing here, and what to say about them.
REFUSED: Final = MappingProxyType(
    {
        "BROKER_URL": "use REDIS_URL",
        "CELERY_RESULT_BACKEND": "remove it: results are in the job's record, there is no result backend",
        "REDIS_URI": "use REDIS_URL",
        "CORS_ALLOW_ORIGINS": "use CORS_ORIGINS",
        "S3_BUCKET_NAME": "use S3_BUCKET",
        "AWS_S3_BUCKET": "use S3_BUCKET",
        "S3_ENDPOINT": "use S3_ENDPOINT_URL",
        "JOB_TTL_SECONDS": f"use {JOB_TTL.name}",
        "JOB_TTL": f"use {JOB_TTL.name}",
        "CELERY_WORKER_CONCURRENCY": f"use {SLOTS.name}, such as {SLOTS.name}=cpu=4",
    }
)


class Reader:
    """Reads variables and gathers what is wrong, so that an operator sees all of it at once."""

    def __init__(self, environ: Mapping[str, str], file: Mapping[str, str], file_name: str) -> None:
        """Take the environment, which wins, and the lines of a file. An empty value counts as not set."""
        self._values = {name: (value.strip(), f" ({file_name})") for name, value in file.items()}
        self._values |= {name: (value.strip(), "") for name, value in environ.items() if value.strip()}
        self._errors: list[str] = []

    def __call__(self, variable: Variable[T]) -> T | None:
        """Return the value, that of the default when it is not set, or None when there is no default."""
        for name in (variable.name, *variable.aliases):
            value, origin = self._values.get(name, ("", ""))
            if value:
                return self._parsed(variable, name, value, origin)
        return variable.parse(variable.default) if variable.default else None

    def flags(self, prefix: str) -> Mapping[str, bool | None]:
        """Return yes or no by name, of all names that begin so and are no settings; None: it says neither.

        For flags that others name, such as a description of a program: who does not name one may have it set anyhow.
        """
        known = {name for variable in TABLE for name in (variable.name, *variable.aliases)}
        found: dict[str, bool | None] = {}
        for name, (value, _) in self._values.items():
            if name.startswith(prefix) and name not in known and value:
                try:
                    found[name] = flag(value)
                except ValueError:
                    found[name] = None
        return found

    def has(self, variable: Variable[object]) -> bool:
        """Whether it was set."""
        return any(self._values.get(name, ("",))[0] for name in (variable.name, *variable.aliases))

    def finish(self) -> None:
        """Raise SettingsError with everything that was wrong, unknown and refused names too."""
        known = {name for variable in TABLE for name in (variable.name, *variable.aliases)}
        for name, (_, origin) in sorted(self._values.items()):
            if name in REFUSED:
                self._errors.append(f"{name}{origin} is not used here: {REFUSED[name]}")
            elif name.startswith(PREFIX) and name not in known:
                near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
                self._errors.append(f"{name}{origin} is no setting" + (f"; did you mean {near[0]}?" if near else ""))
        if self._errors:
            raise SettingsError("\n".join(self._errors))

    def _parsed(self, variable: Variable[T], name: str, value: str, origin: str) -> T | None:
        try:
            return variable.parse(value)
        except ValueError as wanted:
            shown = "(not shown)" if variable.secret else repr(value[:_LONGEST_SHOWN])
            self._errors.append(f"{name}={shown}{origin}: {wanted}")
            return None
