"""`python -m mediamill.media.voices.prose`: what scripts/setup runs. Makes the copy of the model of languages."""

import sys

from mediamill.media import installed
from mediamill.media.voices.prose import identifier

if __name__ == "__main__":
    sys.exit(installed.set_up("the model of languages", identifier.install, there=identifier.has_copy()))
