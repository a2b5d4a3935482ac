# ruff: noqa: RUF001 - typographic marks are meant
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill.media.voices.prose.normalise import speakable
from mediamill.media.voices.prose.sentences import Ending
from mediamill.media.voices.script import Cast, plan
from mediamill.services.speech.chapters import MOST_CHAPTERS, MOST_SECTIONS, Chapter
from mediamill.services.speech.chapters import chapters as chapters_of

SECTION_CHARS = 6_000
SENTENCE = "The miller walked to the river and came back with water. "
PARAGRAPH = SENTENCE * 9


def book(*chapter_paragraphs: int, title: str = "Chapter {}") -> str:
    return "\n\n".join(
        f"{title.format(number)}\n\n" + "\n\n".join([PARAGRAPH.strip()] * count)
        for number, count in enumerate(chapter_paragraphs, 1)
    )


def chapters(text: str, section_chars: int = SECTION_CHARS) -> list[Chapter]:
    return chapters_of(text, section_chars)


def words(text: str) -> list[str]:
    return text.split()


def test_a_book_comes_in_its_chapters_and_they_in_sections() -> None:
    found = chapters(book(2, 30, 12))
    assert [chapter.title for chapter in found] == ["Chapter 1", "Chapter 2", "Chapter 3"]
    assert [len(chapter.sections) for chapter in found] == [1, 3, 1]
    assert all(section.ending is Ending.PARAGRAPH for chapter in found for section in chapter.sections)
    assert found[1].sections[0].text.startswith("Chapter 2\n\nThe miller")


def test_nothing_is_lost_and_nothing_is_said_twice() -> None:
    text = book(2, 30, 12)
    sections = [section.text for chapter in chapters(text) for section in chapter.sections]
    assert words(" ".join(sections)) == words(text)


@pytest.mark.parametrize("mark", ["[pause 3s]", "[alice]", "[pause 2s]\n\n[Alice]:\n\n[pause]"])
def test_what_only_pauses_or_gives_the_word_is_no_chapter(mark: str) -> None:
    cast = Cast.of({"alice": "espeak-en-us"})
    found = chapters_of(f"{mark}\n\n# One\n\n{SENTENCE}\n\n# Two\n\n{SENTENCE}", SECTION_CHARS, cast)
    assert [chapter.title for chapter in found] == ["One", "Two"]
    assert found[0].sections[0].text.startswith(f"{mark}\n\nOne")
    (untitled,) = chapters_of(f"{mark}\n\n{SENTENCE}\n\n{mark}", SECTION_CHARS, cast)
    assert untitled.title == SENTENCE.strip()
    assert chapters_of(mark, SECTION_CHARS, cast) == []


def test_no_section_is_of_pauses_only() -> None:
    (found,) = chapters(f"{SENTENCE * 300}\n\n{'[pause 9s] ' * 4_000}\n\n{SENTENCE * 300}\n\n{'[pause 9s] ' * 4_000}")
    assert all("miller" in section.text for section in found.sections)
    assert sum(section.text.count("[pause 9s]") for section in found.sections) == 8_000


@pytest.mark.parametrize("pause", ["[pause 1.5s]", "\n\n[pause 1.5s]\n\n", "[pause 500ms] [Pause 1s]\n\n"])
def test_a_pause_at_a_joint_stands_for_the_usual_one_there(pause: str) -> None:
    (found,) = chapters(f"{SENTENCE}{pause} " * 300, section_chars=1_000)
    assert len(found.sections) > 10
    for section in found.sections:
        script = plan(section.text)
        assert script.lead_s == 0
        assert [line.pause_s for line in script.lines] == [1.5] * len(script.lines)


def test_a_pause_between_chapters_belongs_to_the_first() -> None:
    found = chapters(f"# One\n\n{SENTENCE}\n\n[pause 3s]\n\n# [pause 1s]\n\n[pause 1s]\n\n# Two\n\n{SENTENCE}")
    assert [chapter.title for chapter in found] == ["One", "Two"]
    assert found[1].sections[0].text.startswith("Two")
    assert plan(found[0].sections[-1].text).lines[-1].pause_s == 5


def test_no_joint_behind_a_pause_gives_somebody_the_word() -> None:
    cast = Cast.of({"alice": "espeak-en-us"})
    (found,) = chapters_of("Somebody came. [pause 1s] [alice] went away. " * 200, 1_000, cast)
    assert len(found.sections) > 2
    assert not any(section.text.startswith("[alice]") for section in found.sections)


def test_a_name_in_the_middle_of_a_line_gives_nobody_the_word_at_a_joint() -> None:
    (found,) = chapters("Somebody came. [alice] went away. " * 200, section_chars=1_000)
    assert len(found.sections) > 2
    assert not any(section.text.startswith("[") for section in found.sections)
    (turns,) = chapters("[alice] Hello.\n[bob] Hi.\n" * 2_000)
    assert all(section.text.startswith("[") for section in turns.sections)


def test_no_joint_goes_through_a_name() -> None:
    (found,) = chapters("word [John von Smith] " * 500, section_chars=1_000)
    assert len(found.sections) > 2
    assert sum(section.text.count("[John von Smith]") for section in found.sections) == 500


def test_sections_of_a_chapter_are_of_even_length() -> None:
    (found,) = chapters("\n\n".join([PARAGRAPH] * 100))
    lengths = [len(section.text) for section in found.sections]
    assert len(lengths) == round(100 * len(PARAGRAPH) / SECTION_CHARS)
    assert max(lengths) - min(lengths) <= 2 * len(PARAGRAPH)


def test_a_text_without_chapters_is_one_and_is_called_by_its_first_line() -> None:
    (found,) = chapters("Once upon a time\nthere was a mill.\n\nIt stood still.")
    assert found.title == "Once upon a time"


def test_what_comes_before_the_first_chapter_is_one() -> None:
    found = chapters("The Mill\n\nby Somebody\n\n" + book(1, 1))
    assert [chapter.title for chapter in found] == ["The Mill", "Chapter 1", "Chapter 2"]


def test_the_title_of_a_part_belongs_to_the_chapter_below_it() -> None:
    found = chapters(f"PART ONE\n\nChapter 1\n\n{PARAGRAPH}\n\nPART TWO\n\nChapter 2\n\n{PARAGRAPH}")
    assert [chapter.title for chapter in found] == ["PART ONE. Chapter 1", "PART TWO. Chapter 2"]
    assert found[0].sections[0].text.startswith("PART ONE\n\nChapter 1\n\nThe")


def test_markdown_is_read_as_prose() -> None:
    found = chapters(f"# One\n\n**{SENTENCE.strip()}**\n\n## Two\n\n{SENTENCE}")
    assert [(chapter.title, chapter.sections[0].text) for chapter in found] == [
        ("One", f"One\n\n{SENTENCE.strip()}"),
        ("Two", f"Two\n\n{SENTENCE.strip()}"),
    ]


def test_a_long_title_is_cut() -> None:
    (found,) = chapters("word " * 60)
    assert len(found.title) == 100
    assert found.title.endswith("…")


@pytest.mark.parametrize("text", ["", "   \n\n ", "...\n\n***", "–"])
def test_a_text_with_nothing_to_say_has_no_chapter(text: str) -> None:
    assert chapters(text) == []


def test_many_chapters_of_many_parts_are_those_of_the_parts() -> None:
    parts = "\n\n".join(f"Part {number}\n\n{SENTENCE}\n\n{book(*[1] * 60)}" for number in range(1, 6))
    assert [chapter.title for chapter in chapters(parts)] == [f"Part {number}" for number in range(1, 6)]


def test_more_titles_than_a_book_has_are_no_chapters() -> None:
    found = chapters(book(*[1] * (MOST_CHAPTERS + 1)))
    assert len(found) == 1
    assert len(chapters(book(*[1] * MOST_CHAPTERS))) == MOST_CHAPTERS


def test_a_very_long_text_has_longer_sections_and_not_more() -> None:
    (found,) = chapters("\n\n".join([PARAGRAPH] * 10_000))
    assert MOST_SECTIONS - 5 <= len(found.sections) <= MOST_SECTIONS
    found_many = chapters(book(*[40] * 190))
    assert len(found_many) == 190
    assert sum(len(chapter.sections) for chapter in found_many) <= MOST_SECTIONS


def test_a_paragraph_without_an_end_is_cut_at_sentences() -> None:
    (found,) = chapters(SENTENCE * 200, section_chars=3_000)
    *some, last = found.sections
    assert len(some) > 2
    assert all(section.text.endswith("water.") and section.ending is Ending.SENTENCE for section in some)
    assert last.ending is Ending.PARAGRAPH


def test_words_without_a_full_stop_are_cut_at_blanks_and_a_word_without_a_blank_anywhere() -> None:
    (found,) = chapters("word " * 2_000, section_chars=3_000)
    assert {section.ending for section in found.sections[:-1]} == {Ending.CLAUSE}
    assert words(" ".join(section.text for section in found.sections)) == ["word"] * 2_000
    (found,) = chapters("a\u0323" * 10_000)
    assert "".join(section.text for section in found.sections) == "ạ" * 10_000


def test_a_stretch_without_words_is_no_section_of_its_own() -> None:
    (found,) = chapters(f"{SENTENCE * 300}\n\n{'* * * ' * 4_000}\n\n{SENTENCE * 300}")
    assert all(speakable(section.text) for section in found.sections)


def test_a_corrected_word_changes_no_other_chapter_and_few_sections() -> None:
    before = book(30, 30, 30)
    after = before.replace("Chapter 2\n\nThe miller", "Chapter 2\n\nThe old miller")
    old, new = (
        [section.text for chapter in chapters(text) for section in chapter.sections] for text in (before, after)
    )
    assert len(old) == len(new)
    assert sum(a != b for a, b in zip(old, new, strict=True)) == 1


@given(st.text(alphabet="ab. \n*#\u0301", max_size=300), st.integers(1, 40))
def test_whatever_the_text_its_sections_have_something_to_say_and_all_of_it(text: str, chars: int) -> None:
    found = chapters(text, section_chars=chars)
    sections = [section.text for chapter in found for section in chapter.sections]
    assert all(map(speakable, sections))
    whole = [section.text for chapter in chapters(text, section_chars=10_000) for section in chapter.sections]
    letters = "".join(c for c in "".join(sections) if c.isalnum())
    assert letters == "".join(c for c in "".join(whole) if c.isalnum())
    assert bool(found) == speakable(letters)
    assert all(a is not b for a, b in pairwise(found))
