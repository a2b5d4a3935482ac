"""Cards of real documents, judged by reading: which terms are worth a card, which definitions are wrong."""

from tests.quality.defining import MOST_WRONG, tables
from tests.quality.judging import MOST, USUAL, table


def main() -> str:
    """Return the tables."""
    told = "\n\n".join(table(*asked) for asked in (USUAL, MOST))
    defined = tables(USUAL, MOST)
    return (
        f"### Terms worth a card, by labels made by reading (target: 85 %; see tests/quality)\n\n{told}\n\n"
        f"### Definitions wrong in sense, of those that cards have (target: {MOST_WRONG:.0%})\n\n{defined}\n"
    )


if __name__ == "__main__":
    print(main())
