"""The work of `videos`, apart from its declaration, so that importing that one stays cheap."""

from pathlib import Path

from mediamill import Context, InvalidInput, PermanentError, Result, Stages
from mediamill.services.videos import facts
from mediamill.services.videos.filming import Take, film
from mediamill.services.videos.narration import narrate
from mediamill.services.videos.painting import paint
from mediamill.services.videos.params import Params, Until
from mediamill.services.videos.script import Script
from mediamill.services.videos.stages import Stage, stages_of
from mediamill.services.videos.writing import Written, written


def make(params: Params, ctx: Context) -> Result:
    """Make the video, or its script only. What is wrong with a request stays wrong, so that it is not tried again."""
    try:
        stages = stages_of(params, ctx)
        story = written(params, ctx, stages.teller(Stage.SCRIPT))
        ctx.log("script.written", by=story.by, scenes=len(story.script.scenes), degraded=bool(story.fault))
        script = _written_down(story.script, ctx.scratch / "script.json")
        if params.stage is Until.SCRIPT:
            return Result({script.name: script}, facts.of_script(story), reusable=not story.fault)
        return _filmed(story, script, params, ctx, stages)
    except InvalidInput as refused:
        raise PermanentError(refused.message, code=refused.code) from refused


def _filmed(story: Written, script: Path, params: Params, ctx: Context, stages: Stages) -> Result:
    ctx.publish(f"preview/{script.name}", script)
    narrations = narrate(story.script, params, ctx, stages.teller(Stage.VOICE))
    painted = paint(story.script, len(narrations), params, ctx, stages.teller(Stage.PICTURES))
    takes = [Take(*parts) for parts in zip(story.script.scenes, narrations, painted, strict=False)]
    made = film(story.script, takes, params, ctx, stages)
    known = facts.of_film(story, takes, params, made.video)
    whole = known["complete"] and not known["degraded"]
    return Result({**made.files, script.name: script}, known, keep_parts=False, reusable=whole)


def _written_down(script: Script, path: Path) -> Path:
    path.write_text(script.model_dump_json(indent=1, exclude_none=True) + "\n", encoding="utf-8")
    return path
