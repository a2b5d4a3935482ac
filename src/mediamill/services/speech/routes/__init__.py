"""Routes that only speech has: OpenAI's, and the voices."""

from fastapi import APIRouter

from mediamill.services.speech.routes import openai, voices
from mediamill.web.rooms import Rooms


def router(_rooms: Rooms) -> APIRouter:
    """Return the routes."""
    own = APIRouter()
    own.include_router(openai.router)
    own.include_router(voices.router)
    return own
