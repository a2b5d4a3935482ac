"""Definitions of real documents, by labels made by reading; `python -m tests.quality.defining` shows which is wrong."""

import pytest
from tests.quality.defining import FEWEST_DEFINED, MOST_WRONG, judged, share_defined, share_wrong
from tests.quality.judging import HELD_OUT, TUNED, USUAL

from mediamill.media.lexicon.wordnet import wordnet

#: Labels that no longer meet what is made prove nothing.
MOST_NEW = 0.2


@pytest.mark.skipif(wordnet() is None, reason="WordNet was not built here: mediamill doctor --fix")
def test_hardly_any_definition_is_wrong_in_sense() -> None:
    every = [judged(document, *USUAL) for document in (*TUNED, *HELD_OUT)]
    assert share_wrong(every) <= MOST_WRONG
    assert share_defined(every) >= FEWEST_DEFINED
    assert sum(len(each.new) for each in every) <= MOST_NEW * sum(each.defined for each in every)
