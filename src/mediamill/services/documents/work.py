"""The work of `documents`, apart from its declaration, so that importing that one stays cheap."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mediamill import Context, InvalidInput, PermanentError, Result, Stages
from mediamill.services.documents import facts
from mediamill.services.documents.audio import spoken
from mediamill.services.documents.card import Cards
from mediamill.services.documents.cards import made
from mediamill.services.documents.checks import read_cards
from mediamill.services.documents.exports.deck import deck
from mediamill.services.documents.exports.graph import graph
from mediamill.services.documents.files import map_of, written
from mediamill.services.documents.ingest import Source, ingest, scanned_pages
from mediamill.services.documents.params import Params
from mediamill.services.documents.stages import Stage, stages_of
from mediamill.services.documents.term import Vocabulary
from mediamill.services.documents.vocabulary import Wanted, find


def make(params: Params, ctx: Context) -> Result:
    """Make the cards and all that follows. What is wrong with a request stays wrong, so that it is not tried again."""
    try:
        if params.scan is not None:
            return scanned_pages(params.scan, ctx)
        if (path := ctx.input("cards")) is not None:
            return _of_cards(read_cards(path), params, ctx, stages_of(params, ctx, from_cards=True))
        return _of_document(params, ctx, stages_of(params, ctx, from_cards=False))
    except InvalidInput as refused:
        raise PermanentError(refused.message, code=refused.code) from refused


def _of_document(params: Params, ctx: Context, stages: Stages) -> Result:
    source = ingest(params, ctx, stages)
    vocabulary = _vocabulary(source, params, ctx, stages)
    known = facts.of_source(source) | facts.of_vocabulary(vocabulary)
    to = ctx.scratch / "graph.json"
    if not params.generate_flashcards:
        graph(vocabulary, None, to)
        return Result({to.name: to, **map_of(vocabulary, source.title, ctx.scratch)}, known)
    cards = made(vocabulary, source.survey, source.language, params, ctx, stages.teller(Stage.MEANINGS))
    graph(vocabulary, cards.cards, to)
    result = _of_cards(cards.cards, params, ctx, stages)
    return Result({**result.files, to.name: to}, {**known, **result.data, "degraded": bool(cards.fault)})
