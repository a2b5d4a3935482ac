"""Asks an API how a job is, and now and then for another one: `python -m bench.documents.asking PORT JOB LIMIT`.

Until standard input ends, or LIMIT answers came. Prints how long each took, seconds, in JSON. One after another, in a
process of its own, so that what other clients compute is not what is measured.
"""

import http.client
import json
import sys
import time
from itertools import count
from threading import Event, Thread

from bench.stack import KEY

#: One of so many requests is a new job.
POST_EVERY = 10
#: Between two requests.
_PAUSE_S = 0.01


def main() -> None:
    """Ask."""
    port, job, limit = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    over = Event()

    def watch() -> None:
        sys.stdin.read()
        over.set()

    Thread(target=watch, daemon=True).start()
    took: dict[str, list[float]] = {"get": [], "post": []}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for number in count():
        if over.wait(_PAUSE_S) or len(took["get"]) >= limit:
            break
        took["get"].append(_took_s(connection, "GET", f"/jobs/{job}", b""))
        if number % POST_EVERY == 0:
            text = f"Question {time.time_ns()}: how do the bees of a hive find their way home?"
            body = json.dumps({"text": text, "audio": False, "generate_flashcards": False}).encode()
            took["post"].append(_took_s(connection, "POST", "/documents", body))
    print(json.dumps(took))


def _took_s(connection: http.client.HTTPConnection, method: str, path: str, body: bytes) -> float:
    began = time.perf_counter()
    connection.request(method, path, body, {"X-API-Key": KEY, "Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status < 300, content
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
