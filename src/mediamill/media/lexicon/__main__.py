"""`python -m mediamill.media.lexicon`: what scripts/setup runs. Builds WordNet's database, and says so."""

import sys

from mediamill.core.errors import MediamillError
from mediamill.media.lexicon import wordnet
from mediamill.media.lexicon.installing import install


def main() -> int:
    """Return 0 when WordNet is there afterwards, else 1."""
    if wordnet.place().is_file():
        return 0
    try:
        place = install()
    except MediamillError as error:
        print(f"WordNet was not built: {error}", file=sys.stderr)  # noqa: T201 - a script's answer
        return 1
    print(f"WordNet is in {place}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
