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
        return f"{self.name}.{'mp3' if self.service == 'speech' else 'mp4'}"

    @property
    def results(self) -> Mapping[str, str]:
        """Which of the job's files are fetched, and what they are called then."""
        captions = {"captions.srt": f"{self.name}.srt", "captions.vtt": f"{self.name}.vtt"}
        if self.service == "speech":
            return {"speech.mp3": self.main, **captions}
        return {"video.mp4": self.main, **captions, "script.json": f"{self.name}.json"}


def examples() -> list[Example]:
    """Return an English and a Vietnamese text to be read, and a document of either language to be shown."""
    spoken = [_example(name, "speech", text, _FOLDER / "texts" / f"{name}.txt") for name, text in _SPOKEN.items()]
    shown = [_example(name, "videos", text, _FOLDER / "documents" / f"{name}.md") for name, text in _SHOWN.items()]
    return spoken + shown


def _example(name: str, service: str, text: str, file: Path) -> Example:
    return Example(name, service, text, file if file.is_file() else None)
