"""The process that skims PDFs for their lines; the hostile ones as well as the others."""

from mediamill.media.answering import answer
from mediamill.media.documents.pdf.skimming import Skim
from mediamill.media.documents.skimming import Skimmer

if __name__ == "__main__":
    answer(Skimmer(Skim))
