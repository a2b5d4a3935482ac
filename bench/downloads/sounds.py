"""A service that makes files as large as songs are, for archives of them."""

from pydantic import BaseModel

from mediamill import Context, Queue, Result, Service

#: How mediamill finds it.
ENTRY_POINTS = "[mediamill.services]\nsounds = bench.downloads.sounds:SOUNDS\n"
_BLOCK_BYTES = 1_000_000


class Params(BaseModel):
    """How many, and how large."""

    files: int
    file_bytes: int


def _make(params: Params, ctx: Context) -> Result:
    files = {}
    for number in range(params.files):
        name = f"{number + 1:02d} - song.mp3"
        files[name] = ctx.scratch / name
        # Bytes that differ from place to place and from file to file; nobody compresses them.
        block = bytes((number + at * 7) % 251 for at in range(251)) * (_BLOCK_BYTES // 251 + 1)
        with files[name].open("wb") as file:
            for start in range(0, params.file_bytes, _BLOCK_BYTES):
                file.write(block[: min(_BLOCK_BYTES, params.file_bytes - start)])
    return Result(files=files)


SOUNDS = Service("sounds", Params, _make, queue=Queue.DEFAULT)
