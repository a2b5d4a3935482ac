"""An archive as most servers send one: zipstream-ng behind FastAPI, and the same files as FastAPI sends them.

`python -m bench.downloads.peer_server PORT FOLDER`: `GET /archive`, `GET /files/NAME`. zipstream-ng is the peers'.
"""

import sys
from importlib import import_module
from pathlib import Path

import uvicorn
from bench.speech.peers import ask
from fastapi import FastAPI
from fastapi.responses import FileResponse, StreamingResponse


def make_app(folder: Path) -> FastAPI:
    """Return the application."""
    sys.path.append(ask("import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    zipped_from = import_module("zipstream").ZipStream.from_path
    app = FastAPI()

    @app.get("/archive")
    def archive() -> StreamingResponse:
        zipped = zipped_from(folder, sized=True)
        headers = {"Content-Length": str(len(zipped))}
        return StreamingResponse(zipped, media_type="application/zip", headers=headers)

    @app.get("/files/{name}")
    def file(name: str) -> FileResponse:
        return FileResponse(folder / name)

    return app


if __name__ == "__main__":
    uvicorn.run(
        make_app(Path(sys.argv[2])),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
    )
