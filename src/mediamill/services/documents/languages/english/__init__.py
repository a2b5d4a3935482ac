"""English."""

from mediamill.services.documents.languages.english.english import English

__all__ = ["English"]
