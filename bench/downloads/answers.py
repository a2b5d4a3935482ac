"""A request for what was downloaded before: how many one machine answers, each with a job that has succeeded."""

import time
from statistics import median

from bench.downloads.house import house
from bench.downloads.scale import Scale
from bench.machine import cpu_s, table
from bench.wire import Clients, percentile
from tests.sounds import sounds

_CLIENTS = 16
_API_WORKERS = 2


def measure(scale: Scale) -> str:
    """Return the table."""
    with house({"tone.mp3": sounds()["tone.mp3"]}, api_workers=_API_WORKERS) as here:
        url = f"{here.site}/tone.mp3"
        here.download(url)
        body = b'{"url": "%s?utm_source=a-friend", "format": "original"}' % url.encode()
        request = here.api.request("POST", "/downloads", body)
        clients = Clients(here.api.port, _CLIENTS, lambda: request, (202, b"SUCCESS"))
        try:
            clients.run(scale.answers // 4)  # what is loaded at the first request is loaded
            rates, times, spent = [], [], []
            for _ in range(scale.rounds):
                began, cpu = time.perf_counter(), cpu_s(here.api.pid)
                times += clients.run(scale.answers)
                rates.append(scale.answers / (time.perf_counter() - began))
                spent.append((cpu_s(here.api.pid) - cpu) / scale.answers)
        finally:
            clients.close()
    times.sort()
    p50, p99 = (f"{percentile(times, share) * 1e3:.1f}" for share in (0.5, 0.99))
    return table(
        f"A download that is in the cache, {_CLIENTS} clients at once, {_API_WORKERS} API processes "
        f"({scale.rounds} rounds of {scale.answers})",
        [
            ["requests/s, submit to SUCCESS", "target", "p50 ms", "p99 ms", "API's CPU ms per request"],
            [f"{median(rates):,.0f}", ">= 500", p50, p99, f"{median(spent) * 1e3:.2f}"],
        ],
    )
