"""What is left of a document that is too long for a model."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediamill.services.videos.excerpt import GAP, excerpt

SENTENCE = "Ong nhảy múa để chỉ đường đến nơi có hoa. "


def section(title: str, sentences: int) -> str:
    return f"## {title}\n\n{SENTENCE * sentences}".strip()


def test_a_short_document_is_whole() -> None:
    text = "# Bees\n\nThey dance.\n"
    assert excerpt(text, len(text)) == text


def test_all_headings_stay_and_long_sections_keep_their_beginning() -> None:
    text = "\n\n".join(["# Bees", section("Dance", 200), section("Honey", 2), section("Winter", 200)])
    found = excerpt(text, 4_000)
    assert 3_600 < len(found) <= 4_000
    for title in ("# Bees", "## Dance", "## Honey", "## Winter"):
        assert title in found
    assert section("Honey", 2) in found, "what is short is whole"
    dance, winter = (found.split(f"## {name}\n\n")[1].split(GAP)[0].strip() for name in ("Dance", "Winter"))
    assert abs(len(dance) - len(winter)) < 2 * len(SENTENCE), "long ones share alike"
    assert dance.endswith("có hoa."), "a sentence is not cut where one ends near"


def test_a_sign_for_headings_in_code_is_none() -> None:
    code = "```sh\n# not a heading\n" + "make\n" * 400 + "```\n"
    text = f"# One\n\n{code}\n# Two\n\n{SENTENCE * 3}"
    found = excerpt(text, 1_000)
    assert "# Two" in found
    assert "```sh\n# not a heading\nmake" in found
    assert found.count(GAP) == 1


def test_a_longer_fence_holds_shorter_ones() -> None:
    code = "````md\n```sh\n# not a heading\n```\n# neither\n" + "make\n" * 400 + "````\n"
    assert excerpt(f"# One\n\n{code}\n# Two\n\n{SENTENCE * 3}", 1_000).count(GAP) == 1


def test_of_more_sections_than_there_is_room_for_some_stay_from_end_to_end() -> None:
    text = "\n\n".join(section(f"Part {number}", 3) for number in range(1_000))
    found = excerpt(text, 6_000)
    parts = [int(word.split()[0]) for word in found.split("## Part ")[1:]]
    assert len(found) <= 6_000
    assert len(parts) > 20
    assert parts[0] == 0
    assert parts[-1] > 900


def test_a_document_without_headings_keeps_its_beginning() -> None:
    found = excerpt(SENTENCE * 1_000, 1_000)
    assert found.startswith(SENTENCE)
    assert found.endswith(f"có hoa.\n\n{GAP}")


@settings(deadline=None)  # a busy machine is no fault
@given(
    st.lists(
        st.sampled_from(["# A\n", "## B\n", "```\n", "~~~\n", "word " * 40, "\n", "x" * 300, "- b\n"]), max_size=60
    ),
    st.integers(1_000, 3_000),
)
def test_it_is_never_longer_than_there_is_room(pieces: list[str], most: int) -> None:
    text = "".join(pieces)
    found = excerpt(text, most)
    assert len(found) <= most
    assert bool(found.strip()) == bool(text.strip())


@pytest.mark.parametrize("text", ["#" * 500_000, "```" * 200_000, "\n# " * 200_000, "~~~\n" * 200_000])
def test_odd_documents_take_no_longer_than_others(text: str) -> None:
    assert len(excerpt(text, 48_000)) <= 48_000
