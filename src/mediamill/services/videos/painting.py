"""The picture of each scene."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from mediamill import Context, PermanentError, RetryableError, Tell
from mediamill.media.pictures.painter import Painter
from mediamill.media.pictures.provider import picture_of
from mediamill.media.pictures.slide import Kind, Painted, Slide
from mediamill.services.videos.params import Params
from mediamill.services.videos.script import Scene, Script, Visual


class _Image(NamedTuple):
    """A picture that a scene brings along. fault: why there is none although there should be one."""

    path: Path | None = None
    fault: str = ""


def paint(script: Script, count: int, params: Params, ctx: Context, tell: Tell) -> Sequence[Painted]:
    """Draw the pictures of the first `count` scenes."""
    painted = list[Painted]()
    with Painter(ctx, params.frame, params.theme_with(ctx.input("logo"))) as painter:
        for number, scene in enumerate(script.scenes[:count], 1):
            tell((number - 1) / count, f"{number} of {count}")
            image = _image(scene, params, ctx)
            picture = painter.paint(_slide(scene, number, script, params, image.path))
            painted.append(replace(picture, fault=image.fault or picture.fault))
            ctx.publish(f"preview/scene-{number}.png", picture.path)
            if painted[-1].fault:
                event = "picture.plain" if image.fault or picture.plain else "picture.boxes"
                ctx.log(event, scene=number, visual=scene.visual)
    return painted


def _slide(scene: Scene, number: int, script: Script, params: Params, image: Path | None) -> Slide:
    return Slide(
        kind=_kind(scene, number, image),
        title=scene.title,
        content=scene.content,
        language=scene.language or params.language or script.language,
        number=number,
        of=len(script.scenes),
        image=image,
        above=params.kept_above,
        below=params.kept_below,
    )


def _kind(scene: Scene, number: int, image: Path | None) -> Kind:
    """Return how a scene is drawn. The first one is the video's title when it has nothing else to show."""
    if image is not None:
        return Kind.IMAGE
    if number == 1 and scene.visual is Visual.SLIDE and not scene.content.strip():
        return Kind.TITLE
    return scene.visual.kind


def _image(scene: Scene, params: Params, ctx: Context) -> _Image:
    """Return the picture that a scene names or describes. One that cannot be had is no reason to fail."""
    if scene.image is not None:
        path = ctx.input(scene.image)
        return _Image(path, "" if path else f"the picture {scene.image} is not there")
    if scene.image_prompt is None:
        return _Image()
    try:
        return _Image(picture_of(scene.image_prompt, params.frame, ctx))
    except (PermanentError, RetryableError) as failed:
        return _Image(fault=failed.message)
