"""What mediamill's own records say: how often each job's result was committed. Peers keep no such thing."""

import http.client
import json
from collections import Counter

from bench.stack import KEY, Server


def commits(server: Server) -> Counter[str]:
    """Return how often each job ended in SUCCESS, by its events; a job that is not SUCCESS has 0."""
    counted: Counter[str] = Counter()
    path = "/jobs?limit=100&service=journal"
    while path:
        page = server.ask("GET", path)
        for job in _list(page["jobs"]):
            view = server.ask("GET", f"/jobs/{job['task_id']}")
            done = view["status"] == "SUCCESS"
            name = str(_dict(view["data"])["job"]) if done else str(job["task_id"])
            counted[name] += _successes(server, str(job["task_id"])) if done else 0
        path = f"/jobs?limit=100&service=journal&cursor={page['next']}" if page.get("next") else ""
    return counted


def _successes(server: Server, task_id: str) -> int:
    """Count the moves to SUCCESS in a finished job's story; its stream closes at its end."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", f"/jobs/{task_id}/events", headers={"X-API-Key": KEY})
    story = connection.getresponse().read().decode()
    connection.close()
    told = [json.loads(line.removeprefix("data: ")) for line in story.splitlines() if line.startswith("data: ")]
    return sum(data.get("event") == "succeed" for data in told)


def _list(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value


def _dict(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value
