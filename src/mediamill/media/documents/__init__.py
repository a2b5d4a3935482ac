"""Documents: text, Markdown and PDF files, for everything that reads them.

As Markdown, with their looks (`read`), or as paragraphs of words, quickly and of any size (`survey`, `passages`).
Importing is cheap: a PDF is read by a process of its own, which alone loads what reads it.
"""

from mediamill.media.documents.document import Document, Kind
from mediamill.media.documents.files import is_pdf, read
from mediamill.media.documents.passage import Passage
from mediamill.media.documents.plain import from_text
from mediamill.media.documents.surveying import Survey, passages, survey, survey_text

__all__ = [
    "Document",
    "Kind",
    "Passage",
    "Survey",
    "from_text",
    "is_pdf",
    "passages",
    "read",
    "survey",
    "survey_text",
]
