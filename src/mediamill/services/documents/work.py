"""The work of `documents`, apart from its declaration, so that importing that one stays cheap."""

import time
from collections.abc import Callable
from pathlib import Path

from mediamill import Context, InvalidInput, PermanentError, Result, Stages, Tell
from mediamill.media.lexicon import vectors
from mediamill.services.documents import facts
from mediamill.services.documents.audio import Sounds, spoken, unspoken
from mediamill.services.documents.card import Cards
from mediamill.services.documents.cards import made
from mediamill.services.documents.checks import read_cards
from mediamill.services.documents.exports.deck import deck
from mediamill.services.documents.exports.graph import graph
from mediamill.services.documents.exports.outline import of_vocabulary
from mediamill.services.documents.files import mapped, written
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
    if not params.generate_flashcards:
        _begun(stages.teller(Stage.FILES))
        return Result(_maps(vocabulary, source, ctx.scratch), known)
    survey, language = source.survey, source.language
    meant = made(vocabulary, survey, language, params, ctx, _begun(stages.teller(Stage.MEANINGS)))
    result = _of_cards(meant.cards, params, ctx, stages)
    files = {**result.files, **_graph(vocabulary, meant.cards, ctx.scratch)}
    if meant.fault:
        known |= {"fault": meant.fault}
    return Result(
        files,
        {**known, **result.data, "degraded": bool(meant.fault)},
        reusable=result.reusable and not meant.fault,
    )


def _vocabulary(source: Source, params: Params, ctx: Context, stages: Stages) -> Vocabulary:
    levels = frozenset(level.value for level in params.levels) if params.levels is not None else None
    wanted = Wanted(params.max_phrases, params.max_words, levels)
    tell = _begun(stages.teller(Stage.VOCABULARY))
    found = find(source.passages, source.language, wanted, ctx, tell, chars=source.survey.chars)
    if not found.entries:
        raise PermanentError(
            "there is nothing to learn in the document: no phrase and no word of it is "
            + ("of the wanted levels" if levels else "worth a card"),
            code="NO_VOCABULARY",
        )
    return found


def _of_cards(cards: Cards, params: Params, ctx: Context, stages: Stages) -> Result:
    """Make what follows from cards: their sounds, the deck, the lists."""
    sounds = _spoken(cards, params, ctx, stages) if params.audio else None
    heard = _dated(sounds.cards if sounds else unspoken(cards))
    files = sounds.files if sounds else {}
    _begun(stages.teller(Stage.FILES))
    to = ctx.scratch / "deck.apkg"
    deck(heard, files, to)
    known = facts.of_cards(heard) | (facts.of_sounds(sounds) if sounds else {})
    whole = sounds is None or not (sounds.silent or sounds.left_out)
    return Result({**written(heard, ctx.scratch), to.name: to, **files}, known, reusable=whole)


def _spoken(cards: Cards, params: Params, ctx: Context, stages: Stages) -> Sounds:
    vectors.forget()  # nobody asks for them any more, and a voice takes as much memory as all before it
    return spoken(cards, params.voice, ctx, _begun(stages.teller(Stage.AUDIO)))


def _dated(cards: Cards) -> Cards:
    """Return cards of which each tells when it was made; what has no time is made now."""
    now_s = int(time.time())
    dated = (card if card.changed_s is not None else card.changed(now_s) for card in cards.cards)
    return cards.model_copy(update={"cards": tuple(dated)})


def _maps(vocabulary: Vocabulary, source: Source, folder: Path) -> dict[str, Path]:
    """Write what there is to see without cards."""
    survey = source.survey
    none = Cards(title=survey.title, document=survey.digest, language=source.language.code, cards=())
    return {**mapped(of_vocabulary(vocabulary, survey.title), folder), **_graph(vocabulary, none, folder)}


def _graph(vocabulary: Vocabulary, cards: Cards, folder: Path) -> dict[str, Path]:
    to = folder / "graph.json"
    graph(vocabulary, cards, to)
    return {to.name: to}


def _begun(tell: Tell) -> Callable[[float], None]:
    """Tell that a stage begins; return what tells how far it is."""
    tell(0.0, "")
    return lambda fraction: tell(fraction, "")
