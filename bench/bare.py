"""The peers over HTTP: a FastAPI route with one Redis call, and sse-starlette fed from within the process.

`python -m bench.bare URL PORT WORKERS`, served by uvicorn with the settings of `mediamill api`.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import uvicorn
from fastapi import FastAPI, Response
from pydantic import BaseModel
from redis import Redis
from sse_starlette import EventSourceResponse

URL = "BENCH_REDIS_URL"


class Params(BaseModel):
    """The same request as `bench.services` takes."""

    number: int = 0


def make_app() -> FastAPI:
    """Return the peer (uvicorn's factory)."""
    app = FastAPI()
    redis = Redis.from_url(os.environ[URL], decode_responses=True)
    viewers: set[asyncio.Queue[dict[str, Any]]] = set()
    emitting: set[asyncio.Task[None]] = set()

    @app.post("/submit", status_code=202)
    def submit(params: Params) -> dict[str, str]:
        job_id = str(uuid4())
        redis.lpush("bare:jobs", json.dumps({"id": job_id, "number": params.number}))
        return {"task_id": job_id, "status": "PENDING"}

    @app.get("/events")
    async def events() -> EventSourceResponse:
        return EventSourceResponse(watch())

    @app.post("/emit", status_code=204)
    async def emit(count: int, gap_s: float) -> Response:
        task = asyncio.create_task(tell(count, gap_s))
        emitting.add(task)
        task.add_done_callback(emitting.discard)
        return Response(status_code=204)

    async def watch() -> AsyncIterator[dict[str, Any]]:
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        viewers.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            viewers.discard(queue)

    async def tell(count: int, gap_s: float) -> None:
        for number in range(count):
            facts = {"progress": float(number % 100), "stage": f"t={time.monotonic_ns()};"}
            event = {"id": f"{time.time_ns() // 10**6}-0", "event": "progress", "data": json.dumps(facts)}
            for queue in viewers:
                queue.put_nowait(event)
            await asyncio.sleep(gap_s)

    return app


if __name__ == "__main__":
    url, port, workers = sys.argv[1:]
    os.environ[URL] = url
    uvicorn.run(
        "bench.bare:make_app",
        factory=True,
        host="127.0.0.1",
        port=int(port),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        workers=int(workers),
    )
