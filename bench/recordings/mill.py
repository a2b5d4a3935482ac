"""The whole of mediamill, as `up` runs it, allowed to ask the live sites of the benchmarks."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.machine import ROOT, process, python, until
from bench.stack import Server, environment, free_port

from mediamill.cli.ports import ready


@contextmanager
def mill(valkey: str, path: Path, slots: str, tiktok: str) -> Iterator[Server]:
    """`mediamill up`, ready. valkey: its store, which it has not started itself. tiktok: is asked instead of TikTok."""
    port = free_port()
    argv = python("mediamill.cli", "up", "--port", str(port), "--slots", slots)
    with process(*argv, environ={**environment(valkey, path), **_settings(tiktok)}) as child:
        until(lambda: child.poll() is not None or not ready(f"http://127.0.0.1:{port}"))
        assert child.poll() is None, "mediamill up did not start"
        yield Server(port, child.pid)


def _settings(tiktok: str) -> Mapping[str, str]:
    return {
        "MEDIAMILL_EGRESS_ALLOW": "127.0.0.1",
        "MEDIAMILL_TIKTOK_URL": tiktok,
        "MEDIAMILL_STREAMLINK_PLUGINS": str(ROOT / "tests/live/plugins"),
        "MEDIAMILL_MIN_FREE": "0",
        "MEDIAMILL_WATCHERS": "0",
    }
