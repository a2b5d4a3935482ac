"""The process that skims what the first one did not survive."""

from mediamill.media.answering import answer
from mediamill.media.documents.pdf.fallback import Fallback
from mediamill.media.documents.skimming import Skimmer

if __name__ == "__main__":
    answer(Skimmer(Fallback))
