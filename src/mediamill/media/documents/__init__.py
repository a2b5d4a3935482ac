"""Documents: text, Markdown, PDF and Word files, for everything that reads them.

As Markdown, with their looks (`read`), or as paragraphs of words, quickly and of any size (`survey`, `passages`).
Importing is cheap: PDFs and Word documents are read by processes of their own, which alone load what reads them.
"""

from mediamill.media.documents.document import Document, Kind
from mediamill.media.documents.files import read
from mediamill.media.documents.passage import Passage
from mediamill.media.documents.plain import from_text
from mediamill.media.documents.scanning import cut, scan
from mediamill.media.documents.surveying import Survey, passages, survey, survey_text
from mediamill.media.documents.types import is_docx, is_pdf, kind_of

__all__ = [
    "Document",
    "Kind",
    "Passage",
    "Survey",
    "cut",
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
