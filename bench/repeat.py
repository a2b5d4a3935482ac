"""The repeat of a finished request, answered by the submit move itself, beside a bare route with one Redis call."""

import time
from contextlib import ExitStack
from itertools import count
from statistics import median

from bench.machine import folder, private_valkey, ratio, table
from bench.stack import Server, api, bare, default_worker, environment
from bench.wire import Clients

PAIRS = 7
REQUESTS = 1_000  # of one batch
CLIENTS = 16
WORKERS = (1, 2)

_numbers = count()


def main() -> str:
    """Return the table."""
    rows = []
    with folder() as path, private_valkey(path) as url:
        environ = environment(url, path)
        for workers in WORKERS:
            with api(environ, workers=workers) as ours, bare(url, workers=workers) as peer:
                if workers == WORKERS[0]:
                    with default_worker(environ):
                        done = ours.ask("POST", "/kept", b"{}", Prefer="wait=60")
                    assert done["status"] == "SUCCESS", done
                pairs = _measure(ours, peer)
            rows.append([f"{workers} process{'es' * (workers > 1)}", *_row(pairs)])
    return table(
        f"Repeats of a finished request over HTTP, {CLIENTS} clients ({PAIRS} interleaved batches of {REQUESTS})",
        [["API", "mediamill answers/s", "peer answers/s", "ratio of time per answer", "target"], *rows],
    )


def _measure(ours: Server, peer: Server) -> list[tuple[float, float]]:
    """Return the seconds per answer of both, in pairs."""
    with ExitStack() as stack:
        repeats = Clients(ours.port, CLIENTS, lambda: ours.request("POST", "/kept", b"{}"), (202, b"SUCCESS"))
        stack.callback(repeats.close)
        plain = Clients(peer.port, CLIENTS, lambda: peer.request("POST", "/submit", _new()), (202, b"PENDING"))
        stack.callback(plain.close)
        pairs = [(_per_answer_s(repeats), _per_answer_s(plain)) for _ in range(PAIRS + 1)]
    return pairs[1:]  # the first one warms up


def _per_answer_s(clients: Clients) -> float:
    began = time.perf_counter()
    clients.run(REQUESTS)
    return (time.perf_counter() - began) / REQUESTS


def _new() -> bytes:
    return b'{"number": %d}' % next(_numbers)


def _row(pairs: list[tuple[float, float]]) -> list[str]:
    ours, theirs = (1 / median(pair[side] for pair in pairs) for side in (0, 1))
    return [f"{ours:.0f}", f"{theirs:.0f}", f"{ratio(pairs):.2f}", ">= 500 answers/s"]


if __name__ == "__main__":
    print(main())
