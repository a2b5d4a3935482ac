"""What a job has recorded so far: by this attempt, and by those before it that something ended."""

import filecmp
import json
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from mediamill import Context, MediamillError, PermanentError
from mediamill.media.live.healing import Broken, heal
from mediamill.media.live.remains import Part, name_of, number_of, remains

#: What clients see of a recording while it is made, and attempts on other machines: as it was when a part was finished.
TOLD: Final = "recording.json"
#: In `lasting`, as it is now.
_KEPT: Final = ".recording.json"


@dataclass(frozen=True)
class Memo:
    """What is known of a recording besides its parts.

    began_at, ended_at: Unix time of the first and the last byte, seconds; 0: none came. size_bytes: of all parts.
    room, title, quality: as the site says. reconnects, lost: as of `Ended`. why: it is over; "": it goes on.
    missing, fault: the code of what kept the rest away, and words for it; "": nothing did. after: the last piece of the
    stream in what is published, for `Wishes`.
    """

    began_at: float = 0.0
    ended_at: float = 0.0
    size_bytes: int = 0
    room: str = ""
    title: str = ""
    quality: str = ""
    reconnects: int = 0
    lost: int = 0
    why: str = ""
    missing: str = ""
    fault: str = ""
    after: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote. Raises ValueError."""
        try:
            return cls(**json.loads(text))
        except TypeError as error:
            raise ValueError("this is no memo of a recording") from error

    def __str__(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


class Tape:
    """The parts of a job's recording, published as they are finished, and what is known of them.

    first: the number of the part that comes next. after: the last piece of the stream that is there, for `Wishes`.
    """

    def __init__(self, ctx: Context) -> None:
        """Find what earlier attempts left. What they did not finish is healed and published."""
        self._ctx = ctx
        self._scratch = ctx.scratch  # while there is room: what is recorded may fill the disk
        published = ctx.parts()
        self.names = [name for name in published if number_of(name) is not None]
        self.memo = _read(ctx, told=TOLD in published)
        self._is_told = TOLD in published
        left = remains(ctx.lasting, self.names)
        self.first, self.after = left.first, left.after or self.memo.after
        for part in left.parts:
            self._mend(part)

    def take(self, part: Part) -> None:
        """Publish a part, after which it is safe, and note it."""
        self.note(began_at=self.memo.began_at or part.began_at, ended_at=part.path.stat().st_mtime)
        if not self._is_told:
            self._tell()
        name = part.name if part.name not in self.names else self._next_name(part.path.suffix)
        self._ctx.publish(name, part.path)
        self.names.append(name)
        part.path.unlink()
        self.note(size_bytes=self.memo.size_bytes + part.size_bytes, after=part.last)
        with suppress(OSError):  # the next part's end tells it, too
            self._tell()

    def note(self, **changes: Any) -> None:  # noqa: ANN401 - fields of Memo
        """Change what is known, so that the next attempt knows it, too."""
        self.memo = replace(self.memo, **changes)
        draft = self._ctx.lasting / f"{_KEPT}.new"
        draft.write_text(str(self.memo), encoding="utf-8")
        draft.replace(self._ctx.lasting / _KEPT)

    def end(self, why: str, error: MediamillError | None = None) -> None:
        """Note that the recording is over: no later attempt goes on with it."""
        self.note(why=why, missing=error.code if error else "", fault=error.message if error else "")

    def paths(self) -> tuple[Path, ...]:
        """Return the parts, in order."""
        return tuple(self._ctx.part(name) for name in sorted(self.names))

    def _mend(self, part: Part) -> None:
        if part.name in self.names and filecmp.cmp(part.path, self._ctx.part(part.name), shallow=False):
            part.path.unlink()  # what ended the attempt came between the two
            return
        try:
            cut_bytes = heal(part.path)
        except Broken:
            self._ctx.log("recording.part_broken", part=part.name, size_bytes=part.size_bytes)
            part.path.unlink()
            return
        self._ctx.log("recording.part_found", part=part.name, size_bytes=part.size_bytes, cut_bytes=cut_bytes)
        self.take(replace(part, size_bytes=part.path.stat().st_size))

    def _tell(self) -> None:
        draft = self._scratch / f"{TOLD}.new"  # what was published may be the file of before
        draft.write_text(str(self.memo), encoding="utf-8")
        self._ctx.publish(TOLD, draft.replace(self._scratch / TOLD))
        self._is_told = True

    def _next_name(self, suffix: str) -> str:
        name, self.first = name_of(self.first, suffix), self.first + 1
        return name


def _read(ctx: Context, *, told: bool) -> Memo:
    """Return what earlier attempts knew: the last one of this machine, or of another that has gone on since."""
    kept = published = Memo()
    with suppress(OSError, ValueError):
        kept = Memo.parse((ctx.lasting / _KEPT).read_text("utf-8"))
    with suppress(OSError, ValueError, PermanentError):
        published = Memo.parse(ctx.part(TOLD).read_text("utf-8")) if told else Memo()
    return max(kept, published, key=lambda memo: (memo.size_bytes, memo.began_at > 0))  # of two alike the first
