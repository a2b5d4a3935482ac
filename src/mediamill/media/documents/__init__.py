"""Documents: text, Markdown, PDF and Word files, for everything that reads them.

As Markdown, with their looks (`read`), or as paragraphs of words, quickly and of any size (`survey`, `passages`).
Importing loads nothing: PDFs and Word documents are read by processes of their own, whose modules are in here, and
which need little of the rest. Each name loads its module when it is first asked for: 25 ms of each such process.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mediamill.media.documents.document import Document, Kind
    from mediamill.media.documents.files import read
    from mediamill.media.documents.passage import Passage
    from mediamill.media.documents.plain import from_text
    from mediamill.media.documents.scanning import cutting, scan
    from mediamill.media.documents.surveying import Survey, passages, survey, survey_text
    from mediamill.media.documents.types import is_docx, is_pdf, kind_of

__all__ = [
    "Document",
    "Kind",
    "Passage",
    "Survey",
    "cutting",
    "from_text",
    "is_docx",
    "is_pdf",
    "kind_of",
    "passages",
    "read",
    "scan",
    "survey",
    "survey_text",
]

_MODULES: Final = {
    "document": ("Document", "Kind"),
    "files": ("read",),
    "passage": ("Passage",),
    "plain": ("from_text",),
    "scanning": ("cutting", "scan"),
    "surveying": ("Survey", "passages", "survey", "survey_text"),
    "types": ("is_docx", "is_pdf", "kind_of"),
}
_MODULE_OF: Final = {name: module for module, names in _MODULES.items() for name in names}


if not TYPE_CHECKING:  # a checker should know which names there are

    def __getattr__(name: str) -> object:
        """Return what the package exports (PEP 562)."""
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
        return found
