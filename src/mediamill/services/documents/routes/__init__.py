"""Routes that only documents have: the cards of a job."""

from fastapi import APIRouter

from mediamill.services.documents.routes import cards
from mediamill.web.rooms import Rooms


def router(_rooms: Rooms) -> APIRouter:
    """Return the routes."""
    return cards.router
