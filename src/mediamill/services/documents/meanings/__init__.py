"""What terms mean: by the language model, by WordNet, or by the document itself. Cheap to import."""

from mediamill.services.documents.meanings.meaning import Meaning
from mediamill.services.documents.meanings.sources import Meanings, meanings
from mediamill.services.documents.meanings.translating import check_translate

__all__ = ["Meaning", "Meanings", "check_translate", "meanings"]
