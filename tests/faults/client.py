"""A client as it should be: a key on every submit, the same key again after an error, another door if one is shut."""

import http.client
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from tests.faults.book import Book
from tests.faults.stack import KEYS

#: How long a client tries, and how long it waits for one answer.
PATIENCE_S: Final = 120.0
ANSWER_S: Final = 15.0
_AGAIN: Final = frozenset({429, 500, 502, 503, 504})


class NoAnswer(Exception):  # noqa: N818 - the client gave up
    """No door gave an answer in time."""


@dataclass(frozen=True)
class Answer:
    """What a server said. tries: how often it was asked."""

    status: int
    body: Any
    tries: int


class Client:
    """Talks to the APIs of a stack and writes down what it was promised. For one thread."""

    def __init__(self, doors: Sequence[str], book: Book, rng: Random) -> None:
        self._doors = list(doors)
        self._book = book
        self._rng = rng
        self._connections: dict[str, http.client.HTTPConnection] = {}
        #: Errors and refusals that another try healed.
        self.retried = 0

    def submit(
        self,
        service: str,
        params: Mapping[str, object],
        *,
        owner: str = "ann",
        priority: int = 0,
        key: str | None = None,
        patience_s: float = PATIENCE_S,
    ) -> str:
        """Ask for a job until it is accepted; return its id. Raises NoAnswer, AssertionError when it is refused."""
        key = key or str(UUID(int=self._rng.getrandbits(128)))
        path = f"/{service}" + (f"?priority={priority}" if priority else "")
        answer = self.ask("POST", path, owner=owner, body=params, patience_s=patience_s, idempotency_key=key)
        assert answer.status == 202, f"{service} was refused: {answer.status} {answer.body}"
        job_id = str(answer.body["task_id"])
        self._book.accept(job_id, service, owner, time.time(), spooled=answer.body.get("accepted_via") == "spool")
        return job_id

    def cancel(self, job_id: str, *, owner: str = "ann") -> int:
        """Cancel a job and note how that went; return the status."""
        self._book.cancel(job_id, "maybe")
        answer = self.ask("DELETE", f"/jobs/{job_id}", owner=owner)
        # A repeat whose first try was heard, but not answered, may meet the job when somebody ran it again.
        self._book.cancel(job_id, "yes" if answer.status in {200, 202} else "maybe")
        return answer.status

    def prioritise(self, job_id: str, priority: int, *, owner: str = "ann") -> int:
        """Move a job in its line; return the status: 409 when it does not wait."""
        return self.ask("PATCH", f"/jobs/{job_id}", owner=owner, body={"priority": priority}).status

    def job(self, job_id: str, *, owner: str = "admin") -> dict[str, Any]:
        """Return a job as its owner sees it."""
        answer = self.ask("GET", f"/jobs/{job_id}", owner=owner)
        assert answer.status == 200, f"{job_id}: {answer.status} {answer.body}"
        found: dict[str, Any] = answer.body
        return found

    def ask(
        self,
        method: str,
        path: str,
        *,
        owner: str = "admin",
        body: Mapping[str, object] | None = None,
        patience_s: float = PATIENCE_S,
        **headers: str,
    ) -> Answer:
        """Ask until somebody answers with other than "not now". Raises NoAnswer after `patience_s`.

        headers: names with `_` for `-`.
        """
        sent = None if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named |= {"X-API-Key": KEYS[owner]} | ({"Content-Type": "application/json"} if sent else {})
        gives_up_at, tries, last = time.monotonic() + patience_s, 0, "nothing"
        while True:
            door = self._doors[tries % len(self._doors)]
            tries += 1
            try:
                status, told = self._once(door, method, path, sent, named)
            except (OSError, http.client.HTTPException) as error:
                last = repr(error)
                self._connections.pop(door).close()
            else:
                if status not in _AGAIN:
                    return Answer(status, told, tries)
                last = f"{status} {told}"
            if time.monotonic() >= gives_up_at:
                raise NoAnswer(f"{method} {path}: {last}")
            self.retried += 1
            time.sleep(self._rng.uniform(0.05, 0.5))

    def _once(
        self, door: str, method: str, path: str, sent: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, Any]:
        if door not in self._connections:
            self._connections[door] = http.client.HTTPConnection(urlsplit(door).netloc, timeout=ANSWER_S)
        connection = self._connections[door]
        connection.request(method, path, sent, dict(headers))
        response = connection.getresponse()
        told = response.read()
        return response.status, json.loads(told) if told else None

    def close(self) -> None:
        """Close the connections."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()
