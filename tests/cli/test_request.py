"""What the words of `mediamill submit` mean."""

from pathlib import Path

import click
import pytest

from mediamill.cli.request import parameters, request


def test_a_value_is_json_or_else_a_text() -> None:
    words = ("speed=1.5", "captions=false", 'pauses={"sentence_s": 1}', "format=wav", "aspect=9:16", "text=a=b", "x=")
    assert parameters(words) == {
        "speed": 1.5,
        "captions": False,
        "pauses": {"sentence_s": 1},
        "format": "wav",
        "aspect": "9:16",
        "text": "a=b",
        "x": "",
    }


def test_dots_lead_into_a_parameter() -> None:
    words = ("theme.name=dark", "theme.accent=#0f766e", 'music={"volume": -18}', "music.ducking=-6", "a.b.c=1")
    assert parameters(words) == {
        "theme": {"name": "dark", "accent": "#0f766e"},
        "music": {"volume": -18, "ducking": -6},
        "a": {"b": {"c": 1}},
    }


def test_the_last_word_counts() -> None:
    assert parameters(("speed=1", "theme.name=dark", "speed=2", "theme=null")) == {"speed": 2, "theme": None}


def test_an_at_sign_takes_what_is_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "script.json").write_text('{"title": "Ong"}\n', encoding="utf-8")
    (tmp_path / "page.md").write_text("# Con ong\n", encoding="utf-8")
    words = (f"script=@{tmp_path}/script.json", f"text=@{tmp_path}/page.md", 'title="@home"')
    assert parameters(words) == {"script": {"title": "Ong"}, "text": "# Con ong\n", "title": "@home"}


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("speed", "NAME=VALUE"),
        ("=1", "NAME=VALUE"),
        ("theme.=1", "NAME=VALUE"),
        (".name=1", "NAME=VALUE"),
        ("text=@no/such.md", "no file 'no/such.md'; for a text that begins with @"),
    ],
)
def test_a_word_that_means_nothing_is_told(word: str, message: str) -> None:
    with pytest.raises(click.UsageError, match=message):
        parameters((word,))


def test_a_part_of_what_is_no_object_is_told() -> None:
    with pytest.raises(click.UsageError, match=r"-p theme\.name: 'theme' has another value already"):
        parameters(("theme=dark", "theme.name=dark"))


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "script.json").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(click.UsageError, match="is not UTF-8"):
        parameters((f"script=@{tmp_path}/script.json",))


def test_input_is_a_file_an_address_or_the_text_itself(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Bees\n")
    assert request(str(page), (), (f"logo={page}",), is_text=False) == ({}, {"file": page, "logo": page})
    assert request("https://a.test/b", (), (), is_text=False) == ({"url": "https://a.test/b"}, {})
    assert request("Bees.", ("speed=2",), (), is_text=True) == ({"speed": 2, "text": "Bees."}, {})
