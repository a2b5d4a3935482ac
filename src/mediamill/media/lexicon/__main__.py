"""`python -m mediamill.media.lexicon`: what scripts/setup runs. Builds WordNet's database, and says so."""

import sys

from mediamill.media import installed
from mediamill.media.lexicon import wordnet
from mediamill.media.lexicon.installing import install

if __name__ == "__main__":
    sys.exit(installed.set_up("WordNet", install, there=wordnet.place().is_file()))
