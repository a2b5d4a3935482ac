"""Documents as Markdown: text, Markdown and PDF files, for everything that reads them.

Importing is cheap: a PDF is read by a process of its own, which alone loads what reads it.
"""

from mediamill.media.documents.document import Document, Kind
from mediamill.media.documents.files import is_pdf, read
from mediamill.media.documents.plain import from_text

__all__ = ["Document", "Kind", "from_text", "is_pdf", "read"]
