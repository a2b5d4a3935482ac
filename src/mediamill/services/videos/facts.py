"""What the `data` of a job says of its video."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mediamill.services.videos.filming import Take
from mediamill.services.videos.params import Params
from mediamill.services.videos.writing import Written


def of_script(story: Written) -> dict[str, Any]:
    """Return what is known of a script."""
    return {
        "title": story.script.title,
        "language": story.script.language,
        "written_by": story.by,
        "degraded": bool(story.fault),
        **({"script_fault": story.fault} if story.fault else {}),
    }


def of_film(story: Written, takes: Sequence[Take], params: Params, video: Path) -> dict[str, Any]:
    """Return what is known of a finished film; of its scenes, those that are in it."""
    spoken = [take.narration.spoken for take in takes]
    stand_ins = {away: other for each in spoken for away, other in each.stand_ins.items()}
    return {
        **of_script(story),
        "duration_s": round(sum(take.narration.frames for take in takes) / params.fps, 3),
        "size_bytes": video.stat().st_size,
        "width": params.frame.width,
        "height": params.frame.height,
        "fps": params.fps,
        "scenes": list(_scenes(takes, params.fps)),
        "sentences": sum(len(each.cues) for each in spoken),
        "voices": sorted({cue.voice for each in spoken for cue in each.cues}),
        "stand_ins": stand_ins,
        "complete": len(takes) == len(story.script.scenes),
        "degraded": bool(story.fault or stand_ins or any(take.picture.fault for take in takes)),
    }


def _scenes(takes: Sequence[Take], fps: int) -> Iterator[dict[str, Any]]:
    frame = 0
    for take in takes:
        begin, frame = frame, frame + take.narration.frames
        fault = {"fault": take.picture.fault} if take.picture.fault else {}
        yield {"title": take.scene.title, "start_s": round(begin / fps, 3), "end_s": round(frame / fps, 3), **fault}
