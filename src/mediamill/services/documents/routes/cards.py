"""A job's cards: look, change, leave out, and make the deck anew."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path as LocalPath
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from mediamill.services.documents import service
from mediamill.services.documents.card import Card, Cards
from mediamill.services.documents.editing import CardChange, CardFilter, changed, found, without
from mediamill.services.documents.files import CARDS, written
from mediamill.services.documents.params import Params
from mediamill.web import cursors, results
from mediamill.web.auth import JobId, Signed
from mediamill.web.conditions import not_modified
from mediamill.web.errors import Refused
from mediamill.web.listeners import hand_in
from mediamill.web.results import Place, Seen
from mediamill.web.rooms import RoomsOf
from mediamill.web.views import Accepted

PAGE: Final = 50
LARGEST_PAGE: Final = 200
#: A cursor's place: how many cards of the list were shown.
_PLACE: Final = re.compile(r"\d{1,4}")

router = APIRouter(prefix="/jobs/{job_id}", tags=["cards"])

CardId = Annotated[str, Path(description="The card's `id`.", max_length=64, examples=["5f2b0c9a1e7d4433"])]
IfMatch = Annotated[
    str | None,
    Header(description="The ETag of the cards that you have seen: refused (412) when they have changed since."),
]
T = TypeVar("T")


class CardQuery(CardFilter):
    """Which cards, and how many of them."""

    cursor: str | None = Field(default=None, max_length=200, description="`next` of the page before.")
    limit: int = Field(default=PAGE, ge=1, le=LARGEST_PAGE, description="Cards of a page, at most.")


class CardPage(BaseModel):
    """Cards in the order of learning. total: how many the filter lets pass. next: continues the list."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "Of bees", "total": 0, "cards": []}]})

    title: str
    total: int
    cards: Sequence[Card]
    next: str | None = None


@router.get("/cards", responses={200: {"model": CardPage}, 304: {"description": "Not changed."}}, response_model=None)
def list_cards(
    request: Request, rooms: RoomsOf, caller: Signed, job_id: JobId, wanted: Annotated[CardQuery, Query()]
) -> Response:
    """List the cards of a finished job, in the order of learning. The ETag is that of all its cards."""
    seen = results.read(rooms, caller, Place(job_id, service, CARDS))
    if not_modified(request, seen.etag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=_known(seen))
    start = int(cursors.read(wanted.cursor, _PLACE) or 0)
    cards = _cards(seen)
    fitting = [card for card in cards.cards if wanted.lets_pass(card)]
    end = start + wanted.limit
    following = cursors.write(str(end)) if end < len(fitting) else None
    page = CardPage(title=cards.title, total=len(fitting), cards=fitting[start:end], next=following)
    return JSONResponse(
        page.model_dump(mode="json", exclude_none=True), headers={**_known(seen), **cursors.link(request, following)}
    )


@router.get("/cards/{card_id}", responses={200: {"model": Card}}, response_model=None)
def get_card(rooms: RoomsOf, caller: Signed, job_id: JobId, card_id: CardId) -> Response:
    """Look at a card."""
    seen = results.read(rooms, caller, Place(job_id, service, CARDS))
    return _shown(_there(found(_cards(seen), card_id)), seen)


@router.patch("/cards/{card_id}", responses={200: {"model": Card}}, response_model=None)
def change_card(  # noqa: PLR0913, PLR0917 - FastAPI gives each by its name
    rooms: RoomsOf, caller: Signed, job_id: JobId, card_id: CardId, wanted: CardChange, if_match: IfMatch = None
) -> Response:
    """Change a card. `cards.csv` and the mind maps change with it; `POST /jobs/{job_id}/deck` makes the deck anew."""

    def change(seen: Seen, folder: LocalPath) -> Mapping[str, LocalPath]:
        before = _cards(seen)
        after = _there(changed(before, card_id, wanted))
        return written(after, folder) if after != before else {}

    seen = results.revise(rooms, caller, Place(job_id, service, CARDS), change, if_match)
    return _shown(_there(found(_cards(seen), card_id)), seen)


@router.delete("/cards/{card_id}", status_code=204, response_model=None)
def delete_card(rooms: RoomsOf, caller: Signed, job_id: JobId, card_id: CardId, if_match: IfMatch = None) -> Response:
    """Leave a card out; as with a change, the deck is made anew by `POST /jobs/{job_id}/deck`."""

    def change(seen: Seen, folder: LocalPath) -> Mapping[str, LocalPath]:
        return written(_there(without(_cards(seen), card_id)), folder)

    seen = results.revise(rooms, caller, Place(job_id, service, CARDS), change, if_match)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=_known(seen))


@router.post("/deck", status_code=202, responses={202: {"model": Accepted}}, response_model=None)
def make_deck(request: Request, rooms: RoomsOf, caller: Signed, job_id: JobId) -> Response:
    """Make the deck, with its audio, from the cards as they are now: a job of its own, whose id is the answer.

    Whoever has imported the deck before gets no card twice: those that were changed are brought up to date.
    """
    seen = results.read(rooms, caller, Place(job_id, service, CARDS))
    cards = _cards(seen)
    if not cards.cards:
        raise Refused(HTTPStatus.CONFLICT, "there are no cards left to make a deck of", code="CONFLICT")
    first = Params.model_validate(seen.job.params)
    params = Params(cards=cards, audio=first.audio, voice=first.voice)
    submitted = hand_in(rooms, request, caller, service, params)
    body = Accepted.of(submitted.id, submitted.state, spooled=submitted.spooled)
    return JSONResponse(body.dump(), HTTPStatus.ACCEPTED, headers={"Location": body.links.self})


def _cards(seen: Seen) -> Cards:
    return Cards.model_validate_json(seen.content)


def _there(found: T | None) -> T:
    if found is None:
        raise Refused(HTTPStatus.NOT_FOUND, "the job has no card of this id", code="CARD_NOT_FOUND")
    return found


def _shown(card: Card, seen: Seen) -> Response:
    return JSONResponse(card.model_dump(mode="json", exclude_none=True), headers=_known(seen))


def _known(seen: Seen) -> dict[str, str]:
    return {"ETag": seen.etag, "Cache-Control": "private, no-cache"}
