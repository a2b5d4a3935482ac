"""How a page becomes scenes: what is a scene of its own, also of very little."""

import pytest

from mediamill import PermanentError
from mediamill.services.videos.script import Scene, Visual
from mediamill.services.videos.tests.writer.pages import TAIL, scenes, shown, titles, told
from mediamill.services.videos.writer import write

# ---- the story


def test_a_beginning_without_a_list_is_the_title_alone() -> None:
    opening = scenes(f"# How bees talk\n\nBees dance to tell where flowers are.{TAIL}")[0]
    assert opening == Scene(title="How bees talk", narration="Bees dance to tell where flowers are.")


def test_a_beginning_with_a_list_shows_it() -> None:
    opening = scenes(f"# How bees talk\n\nBees dance in two ways.\n\n- round\n- waggling{TAIL}")[0]
    assert opening.content == "- round\n- waggling"


def test_a_page_that_begins_with_a_section_tells_what_comes() -> None:
    assert scenes(f"# The title{TAIL}")[0].narration == "The title. This video covers Second and Third."
    assert scenes(f"# Tiêu đề{TAIL}", "vi")[0].narration == "Tiêu đề. Video này nói về Second và Third."


def test_an_abstract_is_told_under_the_title() -> None:
    opening = scenes(f"# The title\n\n## Abstract\n\nThis is what we found in a year of work.{TAIL}")[0]
    assert (opening.title, opening.narration) == ("The title", "This is what we found in a year of work.")


def test_the_title_before_the_page_is_its_title() -> None:
    assert write(f"---\ntitle: 'The real one'\ntags: [a]\n---\n\nSome words.{TAIL}").title == "The real one"


def test_a_first_line_without_a_full_stop_is_the_title() -> None:
    page = "Bees and their language\nBees dance to tell where flowers are. They do it in the dark. Others follow them."
    assert write(page, language="en").title == "Bees and their language"


def test_a_wrapped_first_line_is_no_title() -> None:
    page = "This folder contains examples of the use of bees and other\nanimals and their work. They dance. They fly."
    assert scenes(page)[0].narration.startswith("This folder contains examples of the use of bees and other animals")


def test_bold_lines_and_chapters_of_plain_text_are_headings() -> None:
    page = "**What**\n\nIt is a queue of jobs.\n\n**Why**\n\nJobs have to wait.\n\n**How**\n\nWorkers take them."
    assert titles(page) == ["What", "Why", "How"]
    page = "Chương 1\n\nTrời mưa to lắm.\n\nChương 2\n\nTrời lại nắng đẹp.\n\nChương 3\n\nTrời có nhiều mây."
    assert titles(page, "vi") == ["Chương 1", "Chương 2", "Chương 3"]


def test_small_neighbours_are_told_together_and_the_end_by_itself() -> None:
    sections = "".join(f"## Part {name}\n\nThis is what part {name} has to say.\n\n" for name in "abcdefghijkl")
    found = titles(f"# All\n\nIt begins here.\n\n{sections}")
    assert len(found) == 7
    assert found[1] == "Part a and Part b"
    assert found[-1] == "Part l"


def test_many_sections_under_one_title_are_listed() -> None:
    sections = "".join(f"## A longer title of section {n}\n\nThis is what it says.\n\n" for n in range(40))
    second = scenes(f"# All\n\nIt begins here.\n\n{sections}")[1]
    assert second.title == "A longer title of section 0"
    assert second.content.split("\n")[0] == "- A longer title of section 1"


def test_few_sections_are_cut_in_two_and_named_by_their_sentences() -> None:
    page = (
        "# All\n\n" + "The first thing is long. It has many words. Bees dance in the dark. Others follow at once. " * 4
    )
    found = scenes(page)
    assert len(found) >= 3
    assert len({scene.title for scene in found}) == len(found)


def test_a_section_with_code_and_a_table_is_two_scenes() -> None:
    page = (
        "The function is as short as it can be.\n\n```python\nprint(1)\n```\n\n"
        "Measured on a laptop, it is fast enough.\n\n| Run | ms |\n|---|---|\n| first | 12 |\n| second | 3 |"
    )
    found = scenes(f"# A title\n\nIt begins here.\n\n## First\n\n{page}{TAIL}")
    assert [scene.visual for scene in found[1:3]] == [Visual.CODE, Visual.CHART]
    assert found[2].narration.startswith("Measured on a laptop")


@pytest.mark.parametrize("title", ["License", "References", "Table of Contents", "Tài liệu tham khảo", "Mục lục"])
def test_what_nobody_wants_to_be_told_is_left_out(title: str) -> None:
    assert title not in titles(f"# All\n\nIt begins here.{TAIL}\n## {title}\n\nSome words of no use to a listener.\n")


def test_a_list_of_its_own_headings_and_links_to_elsewhere_are_left_out() -> None:
    contents = "- [First](#first)\n- [Second](#second)\n- [Third](#third)"
    page = (
        f"# All\n\n*[Tiếng Việt](README.vi.md)*\n\nIt begins here.\n\n{contents}\n\n## First\n\nThe first of all.{TAIL}"
    )
    assert scenes(page)[0] == Scene(title="All", narration="It begins here.")


def test_a_list_of_links_to_elsewhere_is_one_of_their_words() -> None:
    assert shown("Some links.\n\n- [One page](a.md)\n- [Another page](b.md)").content == "- One page\n- Another page"


def test_headings_without_text_are_the_text() -> None:
    found = scenes("# All\n\n## First the one\n\n## Then the other\n\n## At last the third one")
    assert "First the one" in " ".join(scene.narration for scene in found)


# ---- little


def test_one_sentence_is_announced_told_and_ended() -> None:
    found = scenes("Water boils at a lower temperature on a mountain.")
    assert [scene.narration for scene in found] == [
        "Here is a very short video.",
        "Water boils at a lower temperature on a mountain.",
        "Thank you for watching.",
    ]


def test_two_words_are_enough() -> None:
    script = write("Xin chào")
    assert (script.title, script.language) == ("Xin chào", "vi")
    assert [scene.narration for scene in script.scenes] == [
        "Sau đây là một video rất ngắn.",
        "Nội dung là: Xin chào.",
        "Cảm ơn bạn đã theo dõi.",
    ]


def test_our_own_words_in_another_language_are_said_to_be_english() -> None:
    script = write("L'eau bout plus vite à la montagne parce que la pression est plus basse.", language="fr")
    assert [scene.language for scene in script.scenes] == ["en", None, "en"]


@pytest.mark.parametrize("page", ["", "   \n\n", "---", "!!! ... ???", "![](x.png)", "<!-- words -->", "~~out~~"])
def test_nothing_to_tell_is_refused(page: str) -> None:
    with pytest.raises(PermanentError) as refused:
        write(page)
    assert refused.value.code == "NO_TEXT"


@pytest.mark.parametrize(
    ("page", "title", "said"),
    [
        ("[Our handbook](https://example.org/h)", "Our handbook", "Our handbook."),
        ("<https://example.org/handbook>", "example.org", "example.org."),
        ("![A bee on a sunflower](bee.png)", "A bee on a sunflower", "A bee on a sunflower."),
        ("[![A bee on a sunflower](bee.png)](a.html)", "A bee on a sunflower", "A bee on a sunflower."),
        ("# Bees\n\n![A bee on a sunflower](bee.png)", "Bees", "A bee on a sunflower."),
        ("# ![The bees](logo.png)", "The bees", "It says: The bees."),
        ("[^1]: Not more than this.", "Not more than this", "Not more than this."),
        ("To do:", "To do", "It says: To do."),
        ("Hello", "Hello", "It says: Hello."),
        ("# Bees", "Bees", "It says: Bees."),
        ("Why do bees dance?", "Why do bees dance?", "Why do bees dance?"),
        ("1. one\n2. two", "One and two", "One and two."),
        ("- milk\n- bread", "Milk and bread", "Milk and bread."),
        ("# Shop\n\n- milk\n- bread\n- eggs", "Shop", "Milk, bread, and eggs."),
        ("## Bees\n\n## Honey", "Bees and Honey", "Bees and Honey."),
        ("| Fruit |\n|---|\n| Apple |\n| Pear |", "Fruit", "Apple and Pear."),
        ("| Year | Rice |\n|---|---|\n| 2023 | 410 |", "Year, Rice", "Year 2023: Rice 410."),
        ("| Command | Meaning |\n|---|---|", "Command: Meaning", "Command: Meaning."),
        ("# Words\n\n| Name | Meaning |\n|---|---|\n| up | start it |", "Words", "Up: start it."),
    ],
)
def test_any_word_is_enough_for_a_video(page: str, title: str, said: str) -> None:
    script = write(page, language="en")
    assert script.title == title
    assert [scene.narration for scene in script.scenes] == [
        "Here is a very short video.",
        said,
        "Thank you for watching.",
    ]


def test_a_word_of_a_language_without_words_of_ours_is_said_until_it_is_heard() -> None:
    assert write("你好").scenes[1].narration == "你好。 你好。 你好。 你好。"


def test_a_short_list_is_seen_at_one_glance() -> None:
    _, only, _ = scenes("- Wash the rice\n- Add water\n- Cook it for twenty minutes")
    assert only.narration == "Wash the rice. Add water. Cook it for twenty minutes."
    assert only.content == "- Wash the rice\n- Add water\n- Cook it for twenty minutes"


def test_a_table_of_words_without_others_becomes_slides_of_its_rows() -> None:
    rows = "\n".join(f"| Bee {number} | lives in the hive of number {number} | since May |" for number in range(12))
    found = scenes(f"| Name | Place | Time |\n|---|---|---|\n{rows}")
    assert found[0].title == "Name, Place, Time"
    told = " ".join(scene.narration for scene in found)
    assert all(f"Bee {number}: lives in the hive of number {number}, since May." in told for number in range(12))
    shown = "\n".join(scene.content for scene in found)
    assert all(f"- **Bee {number}**: lives in the hive" in shown for number in range(12))


def test_links_and_pictures_beside_words_are_not_told() -> None:
    said = told("The only words.\n\n![A badge](a.svg)\n\n[Another page](b.md)")
    assert said == "The only words."


def test_code_alone_is_shown() -> None:
    assert [scene.visual for scene in scenes("```python\nprint(1)\n```")] == [Visual.SLIDE, Visual.CODE, Visual.SLIDE]
