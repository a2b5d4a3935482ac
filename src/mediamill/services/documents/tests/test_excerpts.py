import pytest

from mediamill.services.documents.examples import standing
from mediamill.services.documents.excerpts import LONGEST_WORDS, excerpt

FAR = "and so it goes on and on for many more words than anybody would read at once"
WALL = standing(("sea wall",))


def test_a_sentence_that_is_not_long_stays_as_it_is() -> None:
    text = "The sea wall, which is old, keeps the water out."
    assert excerpt(text, WALL) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            f"The sea wall keeps the water out of the town, {FAR}, {FAR}.",
            "The sea wall keeps the water out of the town, {} …",
        ),
        (
            f"{FAR}; {FAR}; the sea wall keeps the water out of the old town.",
            "… {}; the sea wall keeps the water out of the old town.",
        ),
        (f"{FAR}, {FAR}: the sea wall -- {FAR}, {FAR}.", "… {}: the sea wall …"),
    ],
)
def test_of_a_long_one_the_clauses_around_the_term_are_shown(text: str, shown: str) -> None:
    found = excerpt(text, WALL)
    assert found == shown.format(FAR)
    assert len(found.split()) <= LONGEST_WORDS + 2


def test_a_heading_that_was_run_in_is_left_out() -> None:
    assert excerpt("II. OUR OLD TOWN The sea wall keeps it dry.", WALL) == "The sea wall keeps it dry."
    assert excerpt("THE SEA WALL It keeps the town dry.", WALL) == "THE SEA WALL It keeps the town dry."
    assert excerpt("NASA built the sea wall.", WALL) == "NASA built the sea wall."


def test_what_cannot_be_cut_stays() -> None:
    text = f"The sea wall {'very ' * 60}old."
    assert excerpt(text, WALL) == text
    assert excerpt(f"{FAR}, {FAR}, {FAR}.", WALL) == f"{FAR}, {FAR}, {FAR}."
