"""A submit over HTTP beside a bare FastAPI route that makes one Redis call, alone and while 200 clients wait."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from statistics import median

from bench.crowd import crowd
from bench.machine import folder, private_valkey, ratio, table
from bench.stack import Server, api, bare, environment
from bench.wire import Clients, percentile

PAIRS = 7
SEQUENTIAL = 300  # requests of one batch
CONCURRENT = 800
CLIENTS = 8
WAITING = 200

_numbers = count()


def main() -> str:
    """Return the tables."""
    with folder() as path, private_valkey(path) as url:
        environ = environment(url, path)
        with api(environ) as quiet, api(environ) as crowded, bare(url) as peer, _waiting(crowded):
            alone, together = (
                _measure([quiet, peer, crowded], clients, requests)
                for clients, requests in ((1, SEQUENTIAL), (CLIENTS, CONCURRENT))
            )
    head = ["", "mediamill p50 ms", "p99 ms", "peer p50 ms", "p99 ms", "ratio of p50", "target"]
    named = (("one client after another", alone), (f"{CLIENTS} clients at once", together))
    return table(
        f"Submit over HTTP beside a bare FastAPI route with one Redis call ({PAIRS} interleaved batches)",
        [head, *([name, *_row(batches[0], batches[1]), "<= 3"] for name, batches in named)],
    ) + table(
        f"The same submit while {WAITING} clients wait, half on `Prefer: wait`, half on live events",
        [
            ["", "with them p50 ms", "p99 ms", "without p50 ms", "p99 ms", "ratio of p50", "target"],
            *([name, *_row(batches[2], batches[0]), "<= 1.5"] for name, batches in named),
        ],
    )


def _measure(servers: list[Server], clients: int, requests: int) -> list[list[list[float]]]:
    """Return the sorted times of each batch of each server; the first batch of each warms up."""
    batches: list[list[list[float]]] = [[] for _ in servers]
    with ExitStack() as stack:
        crowds = []
        for server in servers:
            crowds.append(Clients(server.port, clients, lambda server=server: _submit(server), (202, b"PENDING")))  # type: ignore[misc]
            stack.callback(crowds[-1].close)
        for _ in range(PAIRS + 1):
            for line, times in zip(crowds, batches, strict=True):
                times.append(line.run(requests))
    return [times[1:] for times in batches]


def _submit(server: Server) -> bytes:
    path = "/submit" if server.bare else "/noop"
    return server.request("POST", path, b'{"number": %d}' % next(_numbers))


def _row(ours: list[list[float]], theirs: list[list[float]]) -> list[str]:
    pairs = [(median(one), median(other)) for one, other in zip(ours, theirs, strict=True)]
    cells = []
    for batches in (ours, theirs):
        times = sorted(time for batch in batches for time in batch)
        cells += [f"{percentile(times, share) * 1000:.2f}" for share in (0.5, 0.99)]
    return [*cells, f"{ratio(pairs):.2f}"]


@contextmanager
def _waiting(server: Server) -> Iterator[None]:
    """Clients that wait for jobs which nobody runs."""
    jobs = [server.ask("POST", "/noop", b'{"number": %d}' % next(_numbers))["task_id"] for _ in range(WAITING)]
    half = WAITING // 2
    requests = [server.request("GET", f"/jobs/{job}", Prefer="wait=60") for job in jobs[:half]]
    requests += [server.request("GET", f"/jobs/{job}/events", Accept="text/event-stream") for job in jobs[half:]]
    with crowd(server.port, requests):
        yield


if __name__ == "__main__":
    print(main())
