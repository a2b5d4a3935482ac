"""What is wrong with a whole request, before it is accepted."""

from pathlib import Path
from typing import Final

from pydantic import ValidationError

from mediamill import Files, InvalidInput
from mediamill.services.documents.card import Cards
from mediamill.services.documents.meanings import check_translate
from mediamill.services.documents.params import Params

#: 500 cards with all that they may say, in letters of four bytes; what people write is a hundredth of that.
LARGEST_CARDS_BYTES: Final = 32 * 1024 * 1024


def check(params: Params, files: Files) -> None:
    """Raise InvalidInput unless there is exactly one thing to make flashcards of, and all that it takes is there.

    What is in a document is told by the job: it is read in a process of its own, which takes its time.
    """
    _check_one_source(params, files)
    if (path := files.get("cards")) is not None:
        read_cards(path)
    if params.scan is not None and "file" not in files:
        raise InvalidInput("`scan` reads pages of a file: send one", field="scan")
    if params.translate is not None:
        check_translate(params.translate)


def read_cards(path: Path) -> Cards:
    """Return the cards of an uploaded file. Raises InvalidInput."""
    if path.stat().st_size > LARGEST_CARDS_BYTES:
        raise InvalidInput(f"the cards have more than {LARGEST_CARDS_BYTES // 2**20} MiB", field="cards")
    try:
        cards = Cards.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "it"
        raise InvalidInput(f"the file is no `cards.json`: {place}: {first['msg']}", field="cards") from None
    check_cards(cards)
    return cards


def check_cards(cards: Cards) -> None:
    """Raise InvalidInput for cards of which no deck can be made."""
    if not cards.cards:
        raise InvalidInput("there are no cards", field="cards")
    ids = [card.id for card in cards.cards]
    if twice := next((each for each in ids if ids.count(each) > 1), None):
        raise InvalidInput(f"two cards have the id {twice}", field="cards")


def _check_one_source(params: Params, files: Files) -> None:
    given = {
        "text": params.text is not None,
        "cards": params.cards is not None,
        "the file `file`": "file" in files,
        "the file `cards`": "cards" in files,
    }
    there = [name for name, is_there in given.items() if is_there]
    if len(there) != 1:
        field = "cards" if any("cards" in name for name in there) else "text"
        raise InvalidInput(
            f"send one of `text`, a document as `file`, and `cards`, not {' and '.join(there) or 'none of them'}",
            field=field,
        )
    if params.cards is not None:
        check_cards(params.cards)
    if params.text is not None and not any(sign.isalnum() for sign in params.text):
        raise InvalidInput("there is nothing to read in the text: no letter and no digit", field="text")
