"""What the demo makes: of the repository's examples, or of short ones where there is no repository."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import mediamill

_FOLDER: Final = Path(mediamill.__file__).parents[2] / "examples"

_SPOKEN: Final = MappingProxyType(
    {
        "english": "Good morning. This text went through a job server, sentence by sentence, and came out as speech. "
        "While it was read, you could watch its progress; had the machine failed, another attempt would have gone on.",
        "vietnamese": "Xin chào các bạn. Đoạn văn này đã đi qua một máy chủ công việc, từng câu một, và trở thành "
        "tiếng nói. Trong lúc đọc, bạn có thể theo dõi tiến độ của nó.",
    }
)
_SHOWN: Final = MappingProxyType(
    {
        "compound-interest": "# Compound interest\n\nInterest is paid on the interest, too.\n\n"
        "## The formula\n\nAfter t years a sum P at the yearly rate r has become A.\n\n$$A = P (1 + r)^t$$\n\n"
        "## Thirty years\n\nA thousand dollars at seven percent become more than seven thousand.\n\n"
        "| Years | Dollars |\n|---|---|\n| 0 | 1000 |\n| 10 | 1967 |\n| 20 | 3870 |\n| 30 | 7612 |\n",
        "hang-doi": "# Hàng đợi công việc\n\nHàng đợi nhận mọi việc ngay lập tức và giao cho ai đang rảnh.\n\n"
        "## Đường đi\n\nMỗi công việc đi qua ba bước.\n\n1. Nhận yêu cầu\n2. Xếp hàng\n3. Làm việc\n\n"
        "## Thời gian chờ\n\nThêm công nhân thì khách hàng chờ ít hơn.\n\n"
        "| Số công nhân | Giây |\n|---|---|\n| 1 | 42 |\n| 2 | 11 |\n| 3 | 4 |\n",
    }
)
_LEARNT: Final = MappingProxyType(
    {
        "honey-bees": "# How honey bees share what they know\n\nA forager that has found nectar flies home and tells "
        "the others by a waggle dance. The waggle dance is a figure-of-eight movement on the wax comb. Its angle to "
        "the vertical shows the way to the flowers, and the duration of the waggle run tells the distance.\n\n"
        "## How a swarm decides\n\nBefore a swarm moves, hundreds of scouts search for a nest site. A scout that has "
        "found a hollow tree advertises it by a waggle dance. When enough scouts meet at one nest site, they have "
        "reached a quorum: the smallest number that must be present before a decision counts.\n",
    }
)
#: Which of a job's files are fetched, by service, and what is behind the example's name then; the main one first.
_CAPTIONS: Final = {"captions.srt": ".srt", "captions.vtt": ".vtt"}
_FETCHED: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "speech": {"speech.mp3": ".mp3", **_CAPTIONS},
        "videos": {"video.mp4": ".mp4", **_CAPTIONS, "script.json": ".json"},
        "documents": {"deck.apkg": ".apkg", "cards.csv": ".csv", "mindmap.md": "-map.md"},
    }
)


class Example(NamedTuple):
    """Something to make. file: what it is made of, or None where `text` is all there is."""

    name: str
    service: str
    text: str
    file: Path | None

    @property
    def files(self) -> Mapping[str, Path]:
        """What is uploaded."""
        return {"file": self.file} if self.file else {}

    @property
    def params(self) -> Mapping[str, Any]:
        """What is asked for."""
        return {} if self.file else {"text": self.text}

    @property
    def main(self) -> str:
        """What the file is called that all this is about."""
        return next(iter(self.results.values()))

    @property
    def results(self) -> Mapping[str, str]:
        """Which of the job's files are fetched, and what they are called then."""
        return {name: self.name + ending for name, ending in _FETCHED[self.service].items()}


def examples() -> list[Example]:
    """Return a text of either language to be read, a document of either to be shown, and one to be learnt from."""
    spoken = [_example(name, "speech", text, _FOLDER / "texts" / f"{name}.txt") for name, text in _SPOKEN.items()]
    shown = [_example(name, "videos", text, _FOLDER / "documents" / f"{name}.md") for name, text in _SHOWN.items()]
    learnt = [_example(name, "documents", text, _FOLDER / "documents" / f"{name}.md") for name, text in _LEARNT.items()]
    return spoken + shown + learnt


def _example(name: str, service: str, text: str, file: Path) -> Example:
    return Example(name, service, text, file if file.is_file() else None)
