"""What the tests of the service share: a live site on loopback that this process may reach, and jobs in threads."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.live.film import frames
from tests.live.site import LiveSite, live_site

from mediamill import Result
from mediamill.media import egress, live
from mediamill.services.recordings import service
from mediamill.services.recordings.params import Params
from mediamill.settings import EgressSettings, LiveSettings
from mediamill.testing import FakeContext, eventually
from mediamill.variables import destinations

_LIVE = Path(__file__).parents[5] / "tests/live"
PLUGINS = _LIVE / "plugins"
#: For tiktok-live-recorder.
STAND_IN = _LIVE / "tlr/main.py"


@contextmanager
def reachable() -> Iterator[LiveSite]:
    """Serve a live site that this process may reach, and nothing else of this machine."""
    with live_site() as site:
        egress.use(EgressSettings(destinations(site.address)))
        live.use(LiveSettings(plugins=PLUGINS, tiktok_url=site.url))
        try:
            yield site
        finally:
            egress.use(None)
            live.use(None)


@dataclass
class Job:
    """A recording in a thread of its own."""

    ctx: FakeContext
    params: Params
    done: Future[Result] = field(default_factory=Future)

    def start(self) -> "Job":
        """Begin the attempt."""
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def _run(self) -> None:
        try:
            self.done.set_result(service.run(self.params, self.ctx))
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.done.set_exception(error)

    @property
    def written(self) -> int:
        """Bytes that lie in parts which are not finished."""
        return sum(path.stat().st_size for path in self.left())

    def _is_noted(self) -> bool:
        ledger = self.ctx.tmp_path / "lasting" / self.ctx.job_id / ".ledger"
        _name, _began_at, size_bytes, _last = json.loads(ledger.read_text().partition(" ")[2])
        return bool(size_bytes != 0)  # None: nobody counts

    def left(self) -> list[Path]:
        """Return the parts that are not published, of whatever attempt."""
        return sorted((self.ctx.tmp_path / "lasting" / self.ctx.job_id).glob("part-*"))

    def records(self) -> None:
        """Wait until something is recorded that is whole, a segment or some of a stream without any."""
        eventually(lambda: (self.written > 0 and self._is_noted()) or self.done.done(), within_s=10)
        assert not self.done.done(), self.done.result()

    def where(self) -> Path:
        """Return where its stream's address is noted."""
        return self.ctx.tmp_path / "lasting" / self.ctx.job_id / ".feed"

    def killed(self) -> "Job":
        """Record until something is whole, and lose the attempt there; what it wrote stays where it is."""
        self.start().records()
        self.lose()
        return self

    def result(self) -> Result:
        """Wait for the end."""
        return self.done.result(20)

    def lose(self) -> None:
        """Let every call of the context raise Cancelled, as for an attempt that is no longer ours; wait for its end."""
        self.ctx._patience.left = 1
        assert self.done.exception(10) is not None


def job(tmp_path: Path, attempt: int = 1, inputs: dict[str, Path] | None = None, **params: Any) -> Job:  # noqa: ANN401
    """Return a job, or another attempt of it, whose request went through the door."""
    found = Params.model_validate(params)
    assert service.check is not None
    service.check(found, {})
    return Job(FakeContext(tmp_path, attempt=attempt, inputs=inputs), found)


def pictures(result: Result) -> list[list[int]]:
    """Return the numbers of the pictures of each video of a result."""
    return [frames(path) for name, path in result.files.items() if name != "thumbnail.jpg"]
