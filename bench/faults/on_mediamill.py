"""mediamill with a service that writes the journal. `python -m bench.faults.on_mediamill PORT`: a client of its API."""

import http.client
import json
import sys

from bench.faults import desk, journal
from bench.stack import KEY
from pydantic import BaseModel

from mediamill import Context, Queue, Result, Service

_TIMEOUT_S = 30


class Params(BaseModel):
    """What to write down, and how long to work."""

    job: str
    seconds: float


def _work(params: Params, ctx: Context) -> Result:
    del ctx
    journal.work(params.job, params.seconds)
    return Result(data={"job": params.job})


JOURNAL = Service("journal", Params, _work, queue=Queue.CPU)


def main() -> None:
    """Be the client: one request per job, once; whatever is not 202 was refused."""
    port = int(sys.argv[1])

    def submit(job: str, seconds: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
        headers = {"X-API-Key": KEY, "Content-Type": "application/json", "Idempotency-Key": job}
        connection.request("POST", "/journal", json.dumps({"job": job, "seconds": seconds}), headers)
        response = connection.getresponse()
        response.read()
        if response.status != http.HTTPStatus.ACCEPTED:
            raise ConnectionError(response.status)

    desk.serve(submit)


if __name__ == "__main__":
    main()
