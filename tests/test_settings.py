import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from mediamill import variables
from mediamill.cli import valkey
from mediamill.core.queues import Queue
from mediamill.settings import (
    Allowed,
    ApiKey,
    LexiconSettings,
    LibrarySettings,
    LimitSettings,
    ModelSettings,
    ProviderSettings,
    RemoteSettings,
    RoomSettings,
    Settings,
    SettingsError,
    VoiceSettings,
    exported,
    load,
    prepare,
    without_settings,
)

ROOT = Path(__file__).parent.parent


def loaded(tmp_path: Path, dotenv: str = "", **environ: str) -> Settings:
    """Settings of a small environment and, where given, a .env file."""
    file = tmp_path / ".env"
    file.write_text(dotenv, encoding="utf-8")
    return load({"MEDIAMILL_DATA_DIR": str(tmp_path / "data"), **environ}, file)


def refusal(tmp_path: Path, dotenv: str = "", **environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, dotenv, **environ)
    return caught.value.message


# ---- what is read


def test_an_empty_environment_gives_the_defaults(tmp_path: Path) -> None:
    settings = loaded(tmp_path)
    assert settings.data_dir == tmp_path / "data"
    assert settings.api.port == 8000
    assert settings.keep.job_s == 7 * 86_400
    assert settings.api.body_limit_bytes == 50 * 2**20
    assert (settings.api.speech_waiting, settings.api.watchers) == (256, 1_000)
    assert settings.api.keys == ()
    assert settings.redis.prefix == "mediamill:"


def test_without_a_redis_url_the_store_is_a_socket_named_after_the_data_folder(tmp_path: Path) -> None:
    one = loaded(tmp_path)
    other = loaded(tmp_path, MEDIAMILL_DATA_DIR=str(tmp_path / "other"))
    assert one.redis.private
    assert one.redis.url == f"unix://{one.worker.runtime}/valkey.sock"
    assert len(one.redis.url) - len("unix://") <= 107
    assert one.worker.runtime != other.worker.runtime
    assert one.worker.machine != other.worker.machine


def test_the_runtime_folder_is_below_xdg_runtime_dir_where_that_is_ours_and_short(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    assert loaded(tmp_path, XDG_RUNTIME_DIR=str(long)).worker.runtime.is_relative_to("/tmp")  # noqa: S108 - what is tested
    assert loaded(tmp_path, XDG_RUNTIME_DIR="/no/such").worker.runtime.is_relative_to("/tmp")  # noqa: S108


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "MEDIAMILL_PORT=1111\nLOG_LEVEL=debug\n", MEDIAMILL_PORT="2222")
    assert settings.api.port == 2222
    assert settings.log_level == "DEBUG"


def test_an_empty_value_counts_as_not_set(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "MEDIAMILL_PORT=1111\n", MEDIAMILL_PORT="", REDIS_URL="", API_KEYS=" ")
    assert settings.api.port == 1111
    assert settings.redis.private


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"REDIS_URL": "redis://cache:6379/1"}, "redis://cache:6379/1"),
        ({"CELERY_BROKER_URL": "redis://cache:6379/2"}, "redis://cache:6379/2"),
        ({"CELERY_BROKER_URL": "redis+socket:///run/v.sock?virtual_host=3"}, "unix:///run/v.sock?db=3"),
        ({"REDIS_HOST": "cache"}, "redis://cache:6379/0"),
        ({"REDIS_HOST": "cache", "REDIS_PORT": "1", "REDIS_DB": "2"}, "redis://cache:1/2"),
        ({"REDIS_PASSWORD": "p@ss/word"}, "redis://:p%40ss%2Fword@localhost:6379/0"),
        ({"REDIS_URL": "redis://new/0", "CELERY_BROKER_URL": "redis://old/0", "REDIS_HOST": "older"}, "redis://new/0"),
    ],
)
def test_the_names_of_older_systems_say_where_redis_is(tmp_path: Path, environ: dict[str, str], url: str) -> None:
    settings = loaded(tmp_path, **environ)
    assert settings.redis.url == url
    assert not settings.redis.private


def test_cache_ttl_is_understood_as_cache_ttl_seconds(tmp_path: Path) -> None:
    assert loaded(tmp_path, CACHE_TTL="60").keep.cache_s == 60


def test_api_keys_name_an_owner_and_a_scope(tmp_path: Path) -> None:
    keys = loaded(tmp_path, API_KEYS="ann:key-of-ann, bob:key-of-bob:admin,bare-key-1").api.keys
    assert keys[:2] == (ApiKey("ann", "key-of-ann", "user"), ApiKey("bob", "key-of-bob", "admin"))
    assert keys[2].scope == "user"
    assert keys[2].owner.startswith("key-")
    assert "bare-key-1" not in keys[2].owner


def test_two_bare_keys_are_two_owners(tmp_path: Path) -> None:
    one, other = loaded(tmp_path, API_KEYS="bare-key-1,bare-key-2").api.keys
    assert one.owner != other.owner


def test_slots_that_are_not_named_keep_their_defaults(tmp_path: Path) -> None:
    slots = loaded(tmp_path, MEDIAMILL_SLOTS="cpu=7, recording=0").worker.slots
    assert slots[Queue.CPU] == 7
    assert slots[Queue.RECORDING] == 0
    assert slots[Queue.INTERACTIVE] == 1


def test_a_bucket_is_where_files_are(tmp_path: Path) -> None:
    files = loaded(tmp_path, S3_BUCKET="media/here", S3_ENDPOINT_URL="http://127.0.0.1:1/").files
    assert files.location == "s3://media/here"
    assert files.s3_endpoint_url == "http://127.0.0.1:1"
    assert files.root == tmp_path / "data"


@pytest.mark.parametrize(("written", "read"), [("1000", 1000), ("50MiB", 50 * 2**20), ("2 gib", 2**31), ("7B", 7)])
def test_sizes_may_have_a_unit(tmp_path: Path, written: str, read: int) -> None:
    assert loaded(tmp_path, MEDIAMILL_BODY_LIMIT=written).api.body_limit_bytes == read


def test_an_owner_may_have_any_number_of_watchers(tmp_path: Path) -> None:
    assert loaded(tmp_path, MEDIAMILL_WATCHERS="0").api.watchers is None
    assert loaded(tmp_path, MEDIAMILL_WATCHERS="20").api.watchers == 20


def test_sites_are_asked_more_seldom_where_that_is_said(tmp_path: Path) -> None:
    assert loaded(tmp_path).live.pace == 1.0
    assert loaded(tmp_path, MEDIAMILL_LOOK_PACE="25").live.pace == 0.25


def test_a_queue_of_speech_may_have_any_length(tmp_path: Path) -> None:
    assert loaded(tmp_path, MEDIAMILL_SPEECH_WAITING="0").api.speech_waiting is None
    assert loaded(tmp_path, MEDIAMILL_SPEECH_WAITING="32").api.speech_waiting == 32


def test_a_limit_of_zero_is_none_and_a_job_has_most_of_the_machine(tmp_path: Path) -> None:
    assert 0 < (loaded(tmp_path).limits.attempt_memory or 0) < os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    names = ("PROGRAM_MEMORY", "PROGRAM_FILE_SIZE", "WORKER_MEMORY", "ATTEMPT_MEMORY")
    assert loaded(tmp_path, **{f"MEDIAMILL_{name}": "0" for name in names}).limits == LimitSettings(*[None] * 4)


def test_the_ballast_lies_beside_a_log_of_ours_only(tmp_path: Path) -> None:
    room = loaded(tmp_path, MEDIAMILL_BALLAST="0", MEDIAMILL_MIN_FREE="5MiB").room
    assert room == RoomSettings(min_free=5 << 20, ballast=0, log_folder=tmp_path / "data/valkey")
    assert loaded(tmp_path, REDIS_URL="redis://there").room.log_folder is None


# ---- what is refused


def test_voices_are_those_of_the_packages_and_of_a_folder_unless_more_is_asked_for(tmp_path: Path) -> None:
    assert loaded(tmp_path).voices == VoiceSettings(tmp_path / "data/voices")
    assert loaded(tmp_path, TTS_SERVICE_VOICES="linh=vi").voices.provider is None
    asked = loaded(
        tmp_path,
        MEDIAMILL_VOICES_DIR=str(tmp_path / "models"),
        MEDIAMILL_VOICE_DEFAULTS="vi=piper-vi_VN-vais1000-medium, en=heart",
        TTS_SERVICE_URL="https://speech.example.org/v1/",
        TTS_SERVICE_API_KEY="sk-1",
        TTS_SERVICE_VOICES="alloy=en,linh=vi-VN",
        ENABLE_EDGE_TTS="yes",
    ).voices
    assert asked == VoiceSettings(
        tmp_path / "models",
        (("vi", "piper-vi_VN-vais1000-medium"), ("en", "heart")),
        ProviderSettings("https://speech.example.org/v1", "sk-1", "tts-1", (("alloy", "en"), ("linh", "vi-VN"))),
        edge=True,
    )
    assert loaded(tmp_path, TTS_SERVICE_URL="http://localhost:8880").voices.provider == ProviderSettings(
        "http://localhost:8880"
    )


def test_wordnet_is_beside_the_packages_or_where_the_operator_says(tmp_path: Path) -> None:
    assert loaded(tmp_path).lexicon.folder is None
    assert loaded(tmp_path, MEDIAMILL_LEXICON_DIR=str(tmp_path / "words")).lexicon.folder == tmp_path / "words"


def test_a_dictionary_is_a_file_of_the_operators(tmp_path: Path) -> None:
    assert loaded(tmp_path).lexicon == LexiconSettings()
    known = loaded(tmp_path, MEDIAMILL_DICTIONARY_VI=str(tmp_path / "vi.csv")).lexicon
    assert known.dictionaries == (("vi", tmp_path / "vi.csv"),)


def test_no_model_is_asked_unless_its_server_is_named(tmp_path: Path) -> None:
    assert loaded(tmp_path, LLM_API_KEY="sk-1", LLM_MODEL="m", IMAGE_MODEL="m").remote == RemoteSettings()
    assert loaded(tmp_path, LLM_BASE_URL="https://api.openai.com/v1/").remote == RemoteSettings(
        ModelSettings("https://api.openai.com/v1", "gpt-5-mini")
    )
    asked = loaded(
        tmp_path,
        LLM_BASE_URL="http://localhost:11434/v1",
        LLM_API_KEY="sk-1",
        LLM_MODEL="qwen3",
        MEDIAMILL_LLM_SECONDS="900",
        IMAGE_BASE_URL="https://api.openai.com/v1",
        IMAGE_API_KEY="sk-2",
        IMAGE_MODEL="dall-e-3",
        MEDIAMILL_IMAGE_HOSTS="img.example.org, CDN.example.org:8443",
    ).remote
    assert asked == RemoteSettings(
        ModelSettings("http://localhost:11434/v1", "qwen3", "sk-1", 900),
        ModelSettings("https://api.openai.com/v1", "dall-e-3", "sk-2"),
        ("img.example.org", "cdn.example.org:8443"),
    )
    assert "sk-" not in repr(asked)


def test_every_error_is_told_at_once_with_what_was_seen_and_wanted(tmp_path: Path) -> None:
    message = refusal(tmp_path, "LOG_LEVEL=loud\n", MEDIAMILL_PORT="http", MEDIAMILL_SLOTS="gpu=1")
    assert "LOG_LEVEL='loud' (.env): one of DEBUG, INFO, WARNING, ERROR is wanted" in message
    assert "MEDIAMILL_PORT='http': a whole number from 0 to 65535 is wanted" in message
    assert "MEDIAMILL_SLOTS='gpu=1': queue=number,... is wanted" in message


def test_a_secret_key_that_is_none_is_told_by_its_place_and_not_shown(tmp_path: Path) -> None:
    keys = f"{Fernet.generate_key().decode()}, a-word-of-mine"
    message = refusal(tmp_path, MEDIAMILL_SECRET_KEYS=keys)
    assert "Fernet keys are wanted, 44 characters of base64 each; entry 2 is none" in message
    assert "a-word" not in message
    assert "entry 1 is none" in refusal(tmp_path, MEDIAMILL_SECRET_KEYS="ä" * 44)


def test_a_limit_of_programs_whose_unit_was_forgotten_is_refused(tmp_path: Path) -> None:
    assert "16MiB or more is wanted, or 0 for no limit" in refusal(tmp_path, MEDIAMILL_PROGRAM_MEMORY="4")
    assert "256MiB or more is wanted, or 0 for no limit" in refusal(tmp_path, MEDIAMILL_WORKER_MEMORY="2")


def test_an_unknown_name_of_ours_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    assert "MEDIAMILL_SLOT is no setting; did you mean MEDIAMILL_SLOTS?" in refusal(tmp_path, MEDIAMILL_SLOT="cpu=1")


def test_names_that_are_not_ours_are_left_alone(tmp_path: Path) -> None:
    loaded(tmp_path, "PYTHONPATH=x\n", EDITOR="vi", REDISCOVER="yes")


def test_an_old_name_is_refused_with_the_new_one(tmp_path: Path) -> None:
    assert "JOB_TTL (.env) is not used here: use MEDIAMILL_JOB_TTL_SECONDS" in refusal(tmp_path, "JOB_TTL=5\n")
    assert "use REDIS_URL" in refusal(tmp_path, BROKER_URL="redis://x")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "amqp://me:tiger-pass@host"),
        ("API_KEYS", "ann:tiger-pass:root"),
        ("API_KEYS", "ann:tiger-pass:user:more"),
        ("API_KEYS", ":tiger-pass"),
        ("API_KEYS", "ann:tiger-pass,bob:tiger-pass"),
        ("API_KEYS", "ann:tiger"),
        ("TTS_SERVICE_URL", "https://me:tiger@speech.example.org"),
        ("TTS_SERVICE_API_KEY", "tiger pass"),
        ("LLM_BASE_URL", "https://me:tiger@llm.example.org"),
        ("LLM_API_KEY", "tiger pass"),
        ("IMAGE_API_KEY", "tiger\u200b"),
    ],
)
def test_an_error_never_shows_a_secret(tmp_path: Path, name: str, value: str) -> None:
    message = refusal(tmp_path, **{name: value})
    assert f"{name}=(not shown): " in message
    assert "tiger" not in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MEDIAMILL_DRAIN_SECONDS", "nan"),
        ("MEDIAMILL_DRAIN_SECONDS", "-1"),
        ("MEDIAMILL_JOB_TTL_SECONDS", "inf"),
        ("MEDIAMILL_PORT", "65536"),
        ("MEDIAMILL_BODY_LIMIT", "0"),
        ("MEDIAMILL_BODY_LIMIT", "5 apples"),
        ("MEDIAMILL_WORKER_MEMORY", "100MiB"),
        ("MEDIAMILL_BALLAST", "none"),
        ("MEDIAMILL_DURABLE", "maybe"),
        ("MEDIAMILL_DURABLE", "no"),
        ("MEDIAMILL_SLOTS", "cpu=-1"),
        ("MEDIAMILL_URL", "localhost:8000"),
        ("S3_ENDPOINT_URL", "ftp://x"),
        ("REDIS_PORT", "0"),
        ("TTS_SERVICE_URL", "speech.example.org"),
        ("TTS_SERVICE_VOICES", "alloy"),
        ("TTS_SERVICE_VOICES", "alloy=en,Alloy=vi"),
        ("TTS_SERVICE_VOICES", f"{'a' * 57}=en"),
        ("MEDIAMILL_VOICE_DEFAULTS", "heart"),
        ("MEDIAMILL_VOICE_DEFAULTS", "English=heart,english=espeak-en-gb"),
        ("ENABLE_EDGE_TTS", "sometimes"),
        ("LLM_BASE_URL", "localhost:11434"),
        ("MEDIAMILL_LLM_SECONDS", "0"),
        ("MEDIAMILL_IMAGE_HOSTS", "https://img.example.org"),
        ("MEDIAMILL_IMAGE_HOSTS", "*.example.org"),
        ("MEDIAMILL_PROXIES", "one.example.org:3128"),
        ("MEDIAMILL_PROXIES", "http://one.example.org:3128,https://two.example.org"),
        ("MEDIAMILL_TIKTOK_URL", "rooms.lan"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(tmp_path: Path, name: str, value: str) -> None:
    # REDIS_PORT is read only where it has a say, so it gets a host.
    assert f"{name}=" in refusal(tmp_path, **{"REDIS_HOST": "h", name: value})


@pytest.mark.parametrize(
    ("written", "word"), [("yes", "always"), ("1", "always"), ("no", "everysec"), ("off", "everysec")]
)
def test_a_durable_of_yes_or_no_is_refused_with_the_word_that_it_became(
    tmp_path: Path, written: str, word: str
) -> None:
    assert f"is {word} now" in refusal(tmp_path, MEDIAMILL_DURABLE=written)


def test_the_private_valkey_writes_through_as_often_as_it_is_told(tmp_path: Path) -> None:
    assert loaded(tmp_path).redis.fsync == "everysec"
    for written in ("always", "everysec"):
        told = loaded(tmp_path, MEDIAMILL_DURABLE=written).redis.fsync
        argv = valkey.command(tmp_path, Path("s"), fsync=told)
        assert argv[argv.index("--appendfsync") + 1] == written


def test_settings_can_be_printed_without_showing_a_secret(tmp_path: Path) -> None:
    secret = [variable.name for variable in variables.TABLE if variable.secret and not variable.name.endswith("_URL")]
    # which is also a Fernet key
    given = dict.fromkeys(secret, "tiger" * 8 + "tig=") | {"MEDIAMILL_PROXIES": "http://me:tiger@h:3128"}
    settings = loaded(tmp_path, REDIS_URL="redis://:tiger-1@h", **given)
    assert "tiger" not in repr(settings)


# ---- what is made


def made(tmp_path: Path, **environ: str) -> Settings:
    """Settings with their folders and keys made, all below `tmp_path`."""
    return prepare(loaded(tmp_path, MEDIAMILL_RUNTIME_DIR=str(tmp_path / "run"), **environ))


def test_loading_makes_nothing(tmp_path: Path) -> None:
    loaded(tmp_path)
    assert not (tmp_path / "data").exists()


def test_keys_are_made_once_private_and_found_again(tmp_path: Path) -> None:
    first = made(tmp_path)
    again = made(tmp_path)
    assert first.api.keys == again.api.keys
    assert first.secrets.keys == again.secrets.keys == loaded(tmp_path).secrets.keys
    assert first.api.keys[0].scope == "admin"
    Fernet(first.secrets.keys[0])
    for name in ("api-key", "secret-key"):
        assert stat.S_IMODE((tmp_path / "data" / name).stat().st_mode) == 0o600
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["api-key", "secret-key"]


def test_processes_that_start_together_agree_on_the_keys(tmp_path: Path) -> None:
    settings = loaded(tmp_path, MEDIAMILL_RUNTIME_DIR=str(tmp_path / "run"))
    with ThreadPoolExecutor(8) as pool:
        prepared = list(pool.map(prepare, [settings] * 16))
    assert len({one.api.keys[0].key for one in prepared}) == 1
    assert len({one.secrets.keys for one in prepared}) == 1


def test_a_kept_secret_key_leaves_the_folder_of_cookies_as_it_is(tmp_path: Path) -> None:
    folder = str(tmp_path / "cookies")
    for settings in (made(tmp_path, MEDIAMILL_SECRETS_DIR=folder), made(tmp_path, MEDIAMILL_SECRETS_DIR=folder)):
        assert settings.secrets.folder == tmp_path / "cookies"
        assert len(settings.secrets.keys) == 1


def test_given_keys_are_used_and_none_is_made(tmp_path: Path) -> None:
    secret = Fernet.generate_key().decode()
    settings = made(tmp_path, API_KEYS="ann:key-of-ann", MEDIAMILL_SECRET_KEYS=secret)
    assert settings.api.keys == (ApiKey("ann", "key-of-ann"),)
    assert settings.secrets.keys == (secret,)
    assert list((tmp_path / "data").iterdir()) == []


def test_a_data_folder_that_cannot_be_made_is_told_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(SettingsError, match=r"data.*MEDIAMILL_DATA_DIR"):
        made(tmp_path)


def test_an_empty_key_file_is_told_instead_of_serving_without_a_key(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / "data" / "api-key").write_text("")
    with pytest.raises(SettingsError, match=r"api-key: no key can be read"):
        made(tmp_path)


def test_a_secret_key_file_that_was_cut_off_is_told_with_its_name(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / "data" / "secret-key").write_text("c3BvaWx0")
    with pytest.raises(SettingsError, match=r"secret-key: no key can be read"):
        made(tmp_path)


def test_a_runtime_folder_in_tmp_that_is_another_user_s_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000 - os.getpid())
    settings = loaded(tmp_path)
    shared = settings.worker.runtime.parent
    shared.mkdir()  # by us, who are not the user that we claim to be
    try:
        with pytest.raises(SettingsError, match="another user's"):
            prepare(settings)
    finally:
        shared.rmdir()


def test_what_a_child_gets_makes_it_load_the_same_places(tmp_path: Path) -> None:
    settings = loaded(tmp_path, MEDIAMILL_SLOTS="cpu=7,recording=0", MEDIAMILL_MACHINE="m")
    child = load(exported(settings), None)
    assert (child.data_dir, child.redis, child.files) == (settings.data_dir, settings.redis, settings.files)
    assert child.worker == settings.worker


def test_an_environment_without_settings_has_none_of_ours() -> None:
    environ = {"PATH": "/bin", "REDIS_URL": "x", "CACHE_TTL": "1", "MEDIAMILL_ANYTHING": "1", "JOB_TTL": "1"}
    assert without_settings(environ) == {"PATH": "/bin"}


def test_what_programs_may_reach_is_hosts_addresses_and_networks(tmp_path: Path) -> None:
    written = "NAS.lan:8080, 10.1.0.0/16,127.0.0.1:80,fd00::/8,[fd00::7]:443,[fd00:1::/32]:8080,::1,localhost,10.tv"
    assert loaded(tmp_path, MEDIAMILL_EGRESS_ALLOW=written).egress.allow == (
        Allowed("nas.lan", 8080),
        Allowed(ip_network("10.1.0.0/16")),
        Allowed(ip_network("127.0.0.1/32"), 80),
        Allowed(ip_network("fd00::/8")),
        Allowed(ip_network("fd00::7/128"), 443),
        Allowed(ip_network("fd00:1::/32"), 8080),
        Allowed(ip_network("::1/128")),
        Allowed("localhost"),
        Allowed("10.tv"),
    )
    assert loaded(tmp_path).egress.allow == ()


@pytest.mark.parametrize(
    "value",
    [
        "*.lan",
        "10.0.0.1/8",
        "10.0.0",
        "nas.lan:",
        "nas.lan:0",
        "nas.lan:65536",
        "[::1",
        "a:b:c",
        "http://nas.lan",
        "[nas]",
    ],
)
def test_what_programs_may_reach_is_refused_when_it_is_none_of_these(tmp_path: Path, value: str) -> None:
    assert "10.1.0.0/16" in refusal(tmp_path, MEDIAMILL_EGRESS_ALLOW=value)


# ---- what the pages say


def rows() -> list[str]:
    def names(variable: variables.Variable[object]) -> str:
        also = f" (also {', '.join(f'`{alias}`' for alias in variable.aliases)})" if variable.aliases else ""
        return f"`{variable.name}`{also}"

    return [f"| {names(v)} | {f'`{v.default}`' if v.default else ''} | {v.doc} |" for v in variables.TABLE]


def test_recordings_have_a_folder_and_no_limit_unless_one_is_set(tmp_path: Path) -> None:
    assert loaded(tmp_path).library == LibrarySettings(tmp_path / "data" / "recordings")
    limits = {"TTL_SECONDS": "60", "MAX_BYTES": "2GiB", "ROOM_MAX_BYTES": "1MiB", "MIN_FREE": "5MiB"}
    named = {f"MEDIAMILL_RECORDINGS_{name}": value for name, value in limits.items()}
    set_ = loaded(tmp_path, RECORDINGS_DIR=str(tmp_path / "r"), **named).library
    assert set_ == LibrarySettings(tmp_path / "r", 60.0, 2**31, 2**20, 5 * 2**20)
    zero = dict.fromkeys(named, "0")
    assert loaded(tmp_path, **zero).library == loaded(tmp_path).library


@pytest.mark.parametrize("place", ["data", "data/files", "data/scratch/r", ".", "linked", "data/../data"])
def test_recordings_may_not_lie_among_our_own_files(tmp_path: Path, place: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "data")
    with pytest.raises(SettingsError, match="RECORDINGS_DIR"):
        prepare(loaded(tmp_path, RECORDINGS_DIR=str(tmp_path / place)))


@pytest.mark.parametrize("place", ["elsewhere", "data/recordings", "data/recordings/live"])
def test_recordings_have_a_folder_of_their_own(tmp_path: Path, place: str) -> None:
    prepare(loaded(tmp_path, RECORDINGS_DIR=str(tmp_path / place)))


def test_the_page_of_settings_lists_the_table() -> None:
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8").splitlines()
    assert sorted(line for line in page if line.startswith("| `")) == sorted(rows())


def test_the_page_of_settings_names_every_refused_name() -> None:
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    assert [name for name in variables.REFUSED if f"`{name}`" not in page] == []


def test_the_example_file_has_every_setting_with_its_default() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    found = dict(re.findall(r"^#?([A-Z0-9_]+)=(.*)$", example, re.MULTILINE))
    assert found == {variable.name: variable.default for variable in variables.TABLE}


def test_the_example_file_can_be_used_as_it_is(tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert loaded(tmp_path, example) == loaded(tmp_path)
    assert loaded(tmp_path, re.sub(r"^#(?=[A-Z0-9_]+=)", "", example, flags=re.MULTILINE)).api == loaded(tmp_path).api
