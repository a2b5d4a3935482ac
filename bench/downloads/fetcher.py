"""A program that fetches a URL and tells what it took: `python -m bench.downloads.fetcher URL PROXY plain|tunnel`."""

import base64
import http.client
import json
import sys
import time
from urllib.parse import urlsplit

_READ = 256 * 1024


def fetch(url: str, proxy: str, *, tunnel: bool) -> dict[str, float]:
    """Return how many bytes came, and the CPU and wall seconds from the connection to the last."""
    began, cpu = time.perf_counter(), time.process_time()
    target = urlsplit(url)
    way = urlsplit(proxy or url)
    assert way.hostname is not None
    connection = http.client.HTTPConnection(way.hostname, way.port)
    login = base64.b64encode(f"{way.username}:{way.password}".encode()).decode()
    headers = {"Proxy-Authorization": f"Basic {login}"} if proxy else {}
    if tunnel:
        assert target.hostname is not None
        connection.set_tunnel(target.hostname, target.port, headers)
    connection.request("GET", url if proxy and not tunnel else target.path, headers={} if tunnel else headers)
    buffer, size = memoryview(bytearray(_READ)), 0
    with connection.getresponse() as response:
        while some := response.readinto(buffer):
            size += some
    return {"size": size, "cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - began}


if __name__ == "__main__":
    print(json.dumps(fetch(sys.argv[1], sys.argv[2], tunnel=sys.argv[3] == "tunnel")))
