"""The same film by MoviePy, as services that make such films use it; run by the peers' interpreter.

`python -m bench.video.by_moviepy FOOTAGE OUT [zoom=1]`. One composition, no clip inside another: the quickest that we
found. Preset, quality and threads of x264 are ours.
"""

import json
import sys
from pathlib import Path
from typing import Any

from moviepy import (  # type: ignore[import-not-found]
    AudioFileClip,
    CompositeVideoClip,
    ImageClip,
    TextClip,
    concatenate_audioclips,
    vfx,
)

CROSSFADE_S = 0.5
ZOOM = 0.08


def main() -> None:
    """Make the film."""
    source, out, *options = sys.argv[1:]
    with Path(source).open() as file:
        film = json.load(file)
    size = film["width"], film["height"]
    clips, start_s = list[Any](), 0.0
    for scene in film["scenes"]:
        clips.append(_picture(scene, start_s, first=not clips, zoom="zoom=1" in options))
        start_s += scene["seconds"]
    words, start_s = list[Any](), 0.0
    for scene in film["scenes"]:
        words += [_words(cue, start_s, size, film["font"]) for cue in scene["cues"]]
        start_s += scene["seconds"]
    sound = concatenate_audioclips([AudioFileClip(scene["sound"]) for scene in film["scenes"]])
    whole = CompositeVideoClip([*clips, *words], size=size).with_duration(start_s).with_audio(sound)
    whole.write_videofile(
        out,
        fps=film["fps"],
        codec="libx264",
        preset="veryfast",
        threads=2,
        audio_codec="aac",
        audio_bitrate="128k",
        temp_audiofile=f"{out}.m4a",
        ffmpeg_params=["-crf", "20", "-pix_fmt", "yuv420p", "-movflags", "+faststart"],
        logger=None,
    )


def _picture(scene: dict[str, Any], start_s: float, *, first: bool, zoom: bool) -> Any:  # noqa: ANN401 - a clip
    # Each picture stays until the next one has faded in above it.
    seconds = scene["seconds"] + CROSSFADE_S
    clip = ImageClip(scene["picture"]).with_duration(seconds)
    if zoom:
        clip = clip.with_effects([vfx.Resize(lambda t: 1 + ZOOM * t / seconds)]).with_position("center")
    if not first:
        clip = clip.with_effects([vfx.CrossFadeIn(CROSSFADE_S)])
    return clip.with_start(start_s)


def _words(cue: dict[str, Any], start_s: float, size: tuple[int, int], font: str) -> Any:  # noqa: ANN401 - a clip
    text = TextClip(
        font=font,
        text=cue["text"],
        font_size=round(size[1] * 0.037),
        color="white",
        bg_color=(12, 16, 28, 200),
        method="caption",
        size=(round(size[0] * 0.6), None),
        text_align="center",
    )
    seconds = cue["end_s"] - cue["start_s"]
    place = ("center", round(size[1] * 0.97) - text.h)
    return text.with_start(start_s + cue["start_s"]).with_duration(seconds).with_position(place)


if __name__ == "__main__":
    main()
