"""From pictures and voices to one film."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from mediamill import Context, Stages, Tell
from mediamill.media.film.cut import Chapter, Cut
from mediamill.media.film.shot import Caption, Shot
from mediamill.media.film.soundtrack import Music, Part
from mediamill.media.film.studio import OnProgress, Studio
from mediamill.media.pictures.slide import Painted
from mediamill.media.voices.files import captions
from mediamill.media.voices.sounds.sound import RATE_HZ
from mediamill.services.videos.narration import Narration, cues
from mediamill.services.videos.params import Params
from mediamill.services.videos.script import Scene, Script
from mediamill.services.videos.stages import Stage

#: A subtitle stays so long when its words were said, or until the next one comes: one that goes and comes flickers.
_STAY_S: Final = 0.5


class Take(NamedTuple):
    """A scene, what is heard in it and what is seen."""

    scene: Scene
    narration: Narration
    picture: Painted


@dataclass(frozen=True)
class Film:
    """What was made."""

    video: Path
    thumbnail: Path
    srt: Path
    vtt: Path

    @property
    def files(self) -> dict[str, Path]:
        """The files of the job, by their names."""
        return {
            self.video.name: self.video,
            "captions.srt": self.srt,
            "captions.vtt": self.vtt,
            "thumbnail.png": self.thumbnail,
        }


def film(script: Script, takes: Sequence[Take], params: Params, ctx: Context, stages: Stages) -> Film:
    """Lay the sound, shoot each scene, cut it all together."""
    narrations = [take.narration for take in takes]
    srt, vtt = _captions(narrations, params, ctx.scratch)
    video = ctx.scratch / f"video.{params.format}"
    with Studio(ctx, params.look) as studio:
        # The sound first: music that cannot be read is told before anything is encoded.
        parts = [Part(each.sound, each.frames) for each in narrations]
        sound = studio.mix(parts, _music(params, ctx), _part(stages.teller(Stage.SOUND)))
        segments = _segments(studio, list(_shots(takes, params.fps)), stages.teller(Stage.SHOTS))
        cut = Cut(
            segments=segments,
            sound=sound,
            title=script.title,
            language=params.language or script.language,
            chapters=tuple(_chapters(takes)),
            subtitles=srt if params.subtitles.soft else None,
        )
        studio.cut(cut, video, _part(stages.teller(Stage.CUT)))
    return Film(video, takes[0].picture.path, srt, vtt)


def _captions(narrations: Sequence[Narration], params: Params, folder: Path) -> tuple[Path, Path]:
    srt, vtt = folder / "captions.srt", folder / "captions.vtt"
    captions.write_srt(cues(narrations, params.fps), srt)
    captions.write_vtt(cues(narrations, params.fps), vtt)
    return srt, vtt


def _segments(studio: Studio, shots: Sequence[Shot], tell: Tell) -> tuple[Path, ...]:
    """Shoot the scenes one after the other."""
    total = sum(shot.frames for shot in shots)
    segments, done = list[Path](), 0
    for number, shot in enumerate(shots, 1):
        begin, done = done, done + shot.frames
        on_progress = _part(tell, begin / total, done / total, f"scene {number} of {len(shots)}")
        segments.append(studio.shoot(shot, on_progress))
    return tuple(segments)


def _part(tell: Tell, begin: float = 0.0, end: float = 1.0, note: str = "") -> OnProgress:
    """Return who tells of a part of a stage, and tell that it begins."""
    tell(begin, note)
    return lambda fraction: tell(begin + (end - begin) * fraction, note)


def _shots(takes: Sequence[Take], fps: int) -> Iterator[Shot]:
    before: Path | None = None
    for take in takes:
        yield Shot(take.picture.path, take.narration.frames, tuple(_shown(take.narration, fps)), before)
        before = take.picture.path


def _shown(narration: Narration, fps: int) -> Iterator[Caption]:
    """Yield the subtitles of a shot, in its own frames."""
    found = [
        Caption(cue.text, round(cue.start_frame * fps / RATE_HZ), round(cue.end_frame * fps / RATE_HZ))
        for cue in captions.shown(narration.spoken.cues)
    ]
    ends = [*(following.begin for following in found[1:]), narration.frames]
    for caption, latest in zip(found, ends, strict=True):
        yield replace(caption, end=min(caption.end + round(_STAY_S * fps), latest))


def _chapters(takes: Sequence[Take]) -> Iterator[Chapter]:
    starts = itertools.accumulate((take.narration.frames for take in takes), initial=0)
    for take, start in zip(takes, starts, strict=False):
        yield Chapter(take.scene.title, start)


def _music(params: Params, ctx: Context) -> Music | None:
    path = ctx.input("music")
    return Music(path, params.music.volume, params.music.ducking) if path else None
