"""Cards of real documents, as labels made by reading judge them: which terms are worth a card."""

from tests.quality.judging import MOST, USUAL, table


def main() -> str:
    """Return the tables."""
    told = "\n\n".join(table(*asked) for asked in (USUAL, MOST))
    return f"### Terms worth a card, by labels made by reading (target: 85 %; see tests/quality)\n\n{told}\n"


if __name__ == "__main__":
    print(main())
