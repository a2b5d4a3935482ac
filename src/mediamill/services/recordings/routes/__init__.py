"""Routes that only recordings have: the watchers."""

from fastapi import APIRouter

from mediamill.services.recordings.routes import watchers
from mediamill.web.rooms import Rooms


def router(_rooms: Rooms) -> APIRouter:
    """Return the routes."""
    return watchers.router
