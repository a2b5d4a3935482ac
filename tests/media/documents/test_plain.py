"""Text and Markdown come through as they are, but for what would be taken for a mark and is none."""

import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import pytest

from mediamill.core.errors import PermanentError
from mediamill.media.documents import Document, Kind, from_text, plain, read
from mediamill.testing import FakeContext


def test_markdown_is_kept_as_it_is() -> None:
    text = "# Bees\n\n- one\n  - two\n\n```python\nx  =  1\n\n\ty\n```\n\n| a | b |\n| --- | --- |\n| $x^2$ | 2 |\n"
    assert from_text(text) == Document(text, "Bees", Kind.MARKDOWN)


def test_plain_text_keeps_its_lines_and_loses_the_indents_of_its_paragraphs() -> None:
    text = "    Ngày xưa có một con ong.\nNó bay.\n\n\tRồi nó về.\n\n- một\n    - hai\n"
    document = from_text(text)
    assert document == Document("Ngày xưa có một con ong.\nNó bay.\n\nRồi nó về.\n\n- một\n    - hai\n", "", Kind.TEXT)


def test_a_text_is_composed_and_freed_of_what_nobody_sees() -> None:
    text = "\ufeffTie\u0302\u0301ng Vie\u0323\u0302t\x00\u200b\r\nhai\rba\u2028bốn\ftrang"
    assert from_text(text).markdown == "Tiếng Việt\nhai\nba\nbốn\n\ntrang\n"


@pytest.mark.parametrize("text", ["", " \n\t", "\ufeff", "***\n---\n…"])
def test_a_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(PermanentError, match="no letter and no digit") as refused:
        from_text(text)
    assert refused.value.code == "NO_TEXT"


@pytest.mark.parametrize(
    ("markdown", "title"),
    [
        ("# One **bold** [link](http://a.b)\n\n# Two", "One bold link"),
        ("## Second\n\n# First\n", "First"),
        ("## Only a second\n\ntext", "Only a second"),
        ("Underlined\n==========\n\ntext [a](b) [c](d)", "Underlined"),
        ('---\ntitle: "From the front"\n---\n# Other', "From the front"),
        ("```\n# no heading\n```\n\n# Yes #\n", "Yes"),
        ("~~~\n```\n# no\n~~~\n## Yes", "Yes"),
        ("````\n```\n# no\n`````\n## Yes", "Yes"),
        ("```\n``` py\n# no\n```\n## Yes", "Yes"),
        ("Not ```` ``` ````\n``` a`b\n# Yes", "Yes"),
        ("```\nx\n```\n===\n\n# Yes", "Yes"),
        ("```\n# no", ""),
        ("No heading, <b>bold</b>.", ""),
    ],
)
def test_the_title_is_the_first_heading(markdown: str, title: str) -> None:
    assert from_text(markdown).title == title


def test_a_file_is_text_of_any_usual_encoding(tmp_path: Path) -> None:
    for name, encoding in (("a.txt", "utf-8-sig"), ("b.md", "utf-16"), ("c", "utf-8")):
        (tmp_path / name).write_bytes("Ong mật\r\nbay về tổ.".encode(encoding))
        assert read(tmp_path / name, FakeContext(tmp_path)) == Document("Ong mật\nbay về tổ.\n", "", Kind.TEXT)


def test_a_text_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(plain.LARGEST_BYTES + 1)
    with pytest.raises(PermanentError, match="the limit is 50 MiB") as refused:
        read(tmp_path / "a.txt", FakeContext(tmp_path))
    assert refused.value.code == "TOO_LARGE"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Thiê\u0301t bi\u0323 vê\u0323 tinh do\u0300ng ho\u0323 bay quanh Tra\u0301i Đâ\u0301t", "cp1258"),
        ("A naïve café, “quoted” and priced at 5 €.", "cp1252"),
        ("A naïve café, “quoted” and priced at 5 €.", "utf-16"),
    ],
)
def test_text_of_windows_is_read(text: str, encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    assert read(tmp_path / "a.txt", FakeContext(tmp_path)).markdown.strip() == unicodedata.normalize("NFC", text)


def test_a_text_with_a_few_broken_bytes_is_read_without_them(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(("Bầy ong " * 200).encode() + b"\xff\xe1")
    assert read(tmp_path / "a.txt", FakeContext(tmp_path)).markdown.strip() == ("Bầy ong " * 200).strip()


def test_an_encoding_that_nobody_knows_here_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("蜜蜂在花上飞来飞去。".encode("gb18030"))
    with pytest.raises(PermanentError, match="save it as UTF-8") as refused:
        read(tmp_path / "a.txt", FakeContext(tmp_path))
    assert refused.value.code == "UNSUPPORTED_TYPE"


@pytest.mark.parametrize(
    "text",
    [
        "a" + "\n" * 1_000_000 + "b",
        "# a" + " " * 1_000_000 + "b",
        "[" * 500_000 + "a",
        "#" * 500_000 + "a" + "$" * 500_000,
        "\t" * 500_000 + "a" + "`~" * 200_000,
    ],
)
def test_a_text_of_marks_takes_no_time(text: str) -> None:
    begin = time.process_time()
    assert from_text(text).markdown
    assert time.process_time() - begin < 2


def test_importing_loads_nothing_that_reads_a_pdf() -> None:
    words = "import sys, mediamill.media.documents; print('pypdfium2' in sys.modules, 'numpy' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "False"]


def test_its_names_are_loaded_when_they_are_asked_for() -> None:
    words = """
import sys, mediamill.media.documents as documents
package = f"{documents.__name__}."
print([name for name in sys.modules if name.startswith(package)], hasattr(documents, "nothing"))
print([name for name in documents.__all__ if not getattr(documents, name).__module__.startswith(package)])
"""
    told = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == ["[] False", "[]"]
