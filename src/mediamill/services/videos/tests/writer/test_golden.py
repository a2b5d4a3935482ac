"""What is written of whole documents, for people to read: the scripts stand in `scripts/`, see golden.py."""

import json

import pytest

from mediamill.media.pictures import contents
from mediamill.media.pictures.slide import Kind
from mediamill.services.videos.tests.writer import golden
from mediamill.services.videos.writer import write

DOCUMENTS = golden.documents()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_becomes_the_script_that_people_have_read(name: str) -> None:
    expected = json.loads((golden.SCRIPTS / f"{name}.json").read_text(encoding="utf-8"))
    assert golden.dumped(write(DOCUMENTS[name])) == expected


@pytest.mark.parametrize("name", DOCUMENTS)
def test_all_that_is_shown_of_a_document_can_be_drawn(name: str) -> None:
    for scene in write(DOCUMENTS[name]).scenes:
        contents.check(Kind(scene.visual.value), scene.content)


def test_each_example_has_one_of_each_picture() -> None:
    for name in ("compound-interest", "hang-doi"):
        visuals = {scene.visual.value for scene in write(DOCUMENTS[name]).scenes}
        assert visuals == {"slide", "diagram", "chart", "formula", "code"}


def test_no_script_is_left_of_a_document_that_is_gone() -> None:
    assert {path.stem for path in golden.SCRIPTS.iterdir()} == set(DOCUMENTS)
