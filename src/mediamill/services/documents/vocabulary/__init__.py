"""Which words and phrases of a document are worth learning, and how they belong together."""

from mediamill.services.documents.vocabulary.finding import find
from mediamill.services.documents.vocabulary.wanted import Wanted

__all__ = ["Wanted", "find"]
