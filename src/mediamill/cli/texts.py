"""What the demo reads: the examples of the repository, or two short texts where there is no repository."""

from pathlib import Path
from typing import Final, NamedTuple

import mediamill

_EXAMPLES: Final = Path(mediamill.__file__).parents[2] / "examples" / "texts"


class Text(NamedTuple):
    """A text to read aloud. file: where it is, or None when `text` is all there is."""

    name: str
    text: str
    file: Path | None


_SHORT: Final = {
    "english": "Good morning. This text went through a job server, sentence by sentence, and came out as speech. "
    "While it was read, you could watch its progress; had the machine failed, another attempt would have gone on.",
    "vietnamese": "Xin chào các bạn. Đoạn văn này đã đi qua một máy chủ công việc, từng câu một, và trở thành "
    "tiếng nói. Trong lúc đọc, bạn có thể theo dõi tiến độ của nó.",
}


def texts() -> list[Text]:
    """Return an English and a Vietnamese text."""
    found = []
    for name, short in _SHORT.items():
        path = _EXAMPLES / f"{name}.txt"
        found.append(Text(name, short, path if path.is_file() else None))
    return found
