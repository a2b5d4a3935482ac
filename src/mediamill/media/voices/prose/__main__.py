"""`python -m mediamill.media.voices.prose`: what scripts/setup runs. Makes the copy of the model of languages."""

import sys

from mediamill.core.errors import MediamillError
from mediamill.media.voices.prose import identifier


def main() -> int:
    """Return 0 when the copy is there afterwards, else 1."""
    if identifier.has_copy():
        return 0
    try:
        place = identifier.install()
    except MediamillError as error:
        print(f"the model of languages was not copied: {error}", file=sys.stderr)  # noqa: T201 - a script's answer
        return 1
    print(f"the model of languages is in {place}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
