"""Languages of documents. Each is a module of its own; the only one is English."""

from mediamill.services.documents.languages.detection import language_of
from mediamill.services.documents.languages.language import Language, Token, TokenPart

__all__ = ["Language", "Token", "TokenPart", "language_of"]
