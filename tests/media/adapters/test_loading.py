"""Descriptions are read: what is wrong is told with its line, and one that is wrong takes nobody else down."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from tests.media.adapters.described import BUILT_IN, TEXT, built_in

from mediamill import variables
from mediamill.media import adapters
from mediamill.media.adapters import loading, template
from mediamill.media.adapters import parts as fields
from mediamill.media.adapters.adapter import Adapter
from mediamill.media.adapters.loading import Broken, choose, read, shelf
from mediamill.settings import AdapterSettings, load
from mediamill.testing import eventually


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "theirs"
    place.mkdir()
    adapters.use(AdapterSettings(folder=place))
    yield place
    adapters.use(None)


def wrong(tmp_path: Path, text: str) -> str:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    found = read(path)
    assert isinstance(found, Broken)
    return found.reason


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


WRONG = [
    # What stood there, what stands there now, what is said of it, and in which line.
    ('name = "amdl"', 'name = "Two Words"', "name: String should match", "Two Words"),
    ('"{url}"]', '"{url}",\n "--as", "{fromat}"]', "{fromat} is no placeholder", "{fromat}"),
    ('words = ["--aac"]', 'words = ["{cookie.token}"]', "a secret may stand in a file", "{cookie.token}"),
    ("total_s = 60", "totals = 60", "there is no such field", "totals"),
    ("urls = [", "urls = ['(', ", "the pattern '(' is none", "urls"),
    ("total_s = 60", "total_s = -1", "greater than 0", "total_s"),
    ("at_once = 1", "at_once = 501", "less than or equal to 500", "at_once"),
    ('code = "RATE_LIMITED"', 'code = "SLOWLY"', "'SLOWLY' is no code", "SLOWLY"),
    ("(?P<track>", "(?P<trakc>", "'trakc' is no measure", "[[progress]]"),
    ('covers = ["cover.jpg"]', 'covers = ["../cover.jpg"]', "String should match", "../cover.jpg"),
    ('name = "config.yaml"', 'name = "../config.yaml"', "String should match", "../config.yaml"),
    ('name = "config.yaml"', 'name = "cookies.txt"', "is there already", "cookies.txt"),
    ('readable = ["', 'readable = ["relative', "is no absolute path", "readable"),
    ("save-folder: {out}", "save-folder: {uot}", "{uot}", "save-folder"),
    ("{cookie.media-user-token}", "{secret.key}", "[secrets] has no key", ""),
    ('"{options}", ', "", "argv has {options} once", ""),
    (', "{url}"]', "]", "{url} stands nowhere", ""),
]


@pytest.mark.parametrize(("old", "new", "said", "at"), WRONG)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, said: str, at: str) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new)
    reason = wrong(tmp_path, text)
    assert said in reason
    assert f"line {line_of(text, at) if at else 1}: " in reason


def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    assert "line 2" in wrong(tmp_path, 'name = "a"\nargv = ]\n')


def test_a_fault_in_a_list_of_tables_names_the_right_one(tmp_path: Path) -> None:
    text = TEXT + '\n[[errors]]\nmatch = "("\ncode = "NOT_FOUND"\n'
    assert f"line {line_of(text, chr(34) + '(' + chr(34))}: " in wrong(tmp_path, text)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "large.toml").write_bytes(b"#" * 300_000)
    for name in ("bytes", "folder", "large", "missing"):
        assert isinstance(read(tmp_path / f"{name}.toml"), Broken)


def test_a_pipe_is_no_description_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.toml")
    assert read(tmp_path / "a.toml") == Broken(tmp_path / "a.toml", "it is no file")


def test_the_operators_descriptions_are_there_a_second_later(folder: Path) -> None:
    assert "amdl" not in shelf(BUILT_IN).on
    (folder / "amdl.toml").write_text(TEXT)
    assert eventually(lambda: shelf(BUILT_IN).on.get("amdl")).title == "the album program"  # type: ignore[union-attr]
    (folder / "amdl.toml").write_text(TEXT.replace("the album program", "another"))
    assert eventually(lambda: shelf(BUILT_IN).on["amdl"].title == "another")
    (folder / "amdl.toml").unlink()
    assert eventually(lambda: "amdl" not in shelf(BUILT_IN).on)


def test_of_two_of_one_name_the_operators_counts(folder: Path) -> None:
    (folder / "mine.toml").write_text(TEXT.replace('name = "amdl"', 'name = "yt-dlp"'))
    assert shelf(BUILT_IN).on["yt-dlp"].title == "the album program"


def test_a_description_for_another_service_is_not_ours(folder: Path) -> None:
    (folder / "recorder.toml").write_text('service = "recordings"\n' + TEXT)
    assert "amdl" not in shelf(BUILT_IN).on
    assert "amdl" in shelf(BUILT_IN, "recordings").on


def test_a_broken_description_switches_only_itself_off(folder: Path) -> None:
    (folder / "a.toml").write_text(TEXT)
    (folder / "b.toml").write_text("name =")
    (folder / "c.toml").write_text(TEXT)
    found = shelf(BUILT_IN)
    assert set(found.on) == {"amdl", "yt-dlp"}
    assert [each.path.name for each in found.broken] == ["b.toml", "c.toml"]


def test_a_folder_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    adapters.use(AdapterSettings(folder=tmp_path / "nowhere"))
    assert shelf(BUILT_IN).broken == ()
    adapters.use(None)


@pytest.mark.parametrize(("value", "on"), [("yes", True), ("no", False), ("", False), ("banana", False)], ids=str)
def test_a_flag_of_an_operators_description_is_read_from_the_environment(
    tmp_path: Path, *, value: str, on: bool
) -> None:
    (tmp_path / "adapters").mkdir()
    flag = 'enable = { flag = "ENABLE_MY_TOOL", default = false }\n'
    (tmp_path / "adapters" / "mine.toml").write_text(flag + TEXT)
    settings = load({"MEDIAMILL_DATA_DIR": str(tmp_path), "ENABLE_MY_TOOL": value}, None)
    adapters.use(settings.adapters)
    found = shelf(BUILT_IN)
    adapters.use(None)
    assert ("amdl" in found.on) is on
    assert any("ENABLE_MY_TOOL" in each.reason for each in found.broken) is (value == "banana")


def test_the_flags_of_ours_are_settings_with_the_same_default() -> None:
    settings = load({}, None).adapters
    for path in sorted(BUILT_IN.glob("*.toml")):
        enable = built_in(path.stem).enable
        assert enable is not None
        assert settings.flags[enable.flag] is enable.default
        assert enable.flag in {variable.name for variable in variables.TABLE}


def test_ours_are_read_and_take_their_addresses() -> None:
    found = {path.stem: built_in(path.stem) for path in BUILT_IN.glob("*.toml")}
    assert set(found) == {"yt-dlp", "apple-music", "spotdl"}
    for url, name in {
        "https://music.apple.com/us/album/an-album/1440783617?i=1440783625": "apple-music",
        "https://open.spotify.com/track/3n3Ppam7vgaNa1iaRUc9Lp?si=1": "spotdl",
        "https://open.spotify.com/track/3n3Ppam7vgaNa1iaRUc9Lp|https://x": "yt-dlp",
        "https://example.org/a.mp3": "yt-dlp",
        "HTTPS://EXAMPLE.ORG/": "yt-dlp",
    }.items():
        chosen = choose(found, url)
        assert chosen is not None
        assert chosen.name == name
    assert choose(found, "ftp://example.org/") is None


@pytest.mark.parametrize("name", ["yt-dlp", "apple-music", "spotdl"])
def test_what_an_adapter_is_can_be_written_as_json(name: str) -> None:
    """The cache's key is made of it."""
    assert json.loads(built_in(name).model_dump_json())["name"] == name


def test_braces_that_are_no_placeholders_are_the_programs() -> None:
    word = "%(progress.{status,eta})j {{title}} {out} {AlbumName} {output-ext}"
    assert list(template.names(word)) == ["out"]
    filled = template.fill(word, lambda name: f"<{name} {{url}}>")
    assert filled == "%(progress.{status,eta})j {title} <out {url}> {AlbumName} {output-ext}"


def test_ours_is_the_only_one_that_is_on_without_a_word_of_the_operators() -> None:
    adapters.use(load({}, None).adapters)
    assert set(loading.adapters(BUILT_IN)) == {"yt-dlp"}
    adapters.use(None)


# ---- the page

PAGE = Path(__file__).parents[3] / "docs/adapters.md"


def test_the_pages_example_is_a_description(tmp_path: Path) -> None:
    blocks = PAGE.read_text().split("```toml\n")[1:]
    whole, addition = (block.split("```")[0] for block in blocks)
    path = tmp_path / "page.toml"
    for text in (whole, (BUILT_IN / "spotdl.toml").read_text() + addition):
        path.write_text(text)
        found = read(path)
        assert isinstance(found, Adapter), found.reason


def test_the_page_tells_of_every_field_placeholder_and_measure() -> None:
    page = PAGE.read_text()
    found = [each for each in vars(fields).values() if isinstance(each, type) and issubclass(each, fields.Part)]
    parts: list[type[fields.Part]] = [Adapter, *found]
    for part in parts:
        for name in part.model_fields:
            assert f"`{name}`" in page or f"{name} = " in page, f"{part.__name__}.{name}"
    for name in template.IN_WORDS:
        assert f"`{{{name}}}`" in page, name
    for name in (*fields.MEASURES, *get_args(fields.Said)):
        assert f"`{name}`" in page, name
