"""The services of the benchmarks, installed as a plug-in: one that does nothing, one that makes files."""

from pydantic import BaseModel

from mediamill import Context, Queue, Result, Service


class Params(BaseModel):
    """Told apart by a number."""

    number: int = 0


def _nothing(params: Params, ctx: Context) -> Result:
    del ctx
    return Result(data={"number": params.number})


def _files(params: Params, ctx: Context) -> Result:
    """Make as many files as a speech has: a repeat of the request looks whether each still exists."""
    files = {}
    for name in ("speech.mp3", "captions.srt", "captions.vtt", "cues.json"):
        files[name] = ctx.scratch / name
        files[name].write_text(f"{name} {params.number}\n" * 100)
    return Result(files=files)


NOOP = Service("noop", Params, _nothing, queue=Queue.DEFAULT)
KEPT = Service("kept", Params, _files, queue=Queue.DEFAULT)
