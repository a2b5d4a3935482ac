"""The line between the servers and Valkey, for a row that wants to hurt it."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.proxy import Proxy


@dataclass
class Line:
    """A Shape's `before_store`: a proxy that stands as long as the stack does."""

    _proxy: Proxy | None = None

    def __call__(self, port: int) -> Iterator[int]:
        """Put a proxy before Valkey."""
        with Proxy(port) as self._proxy:
            yield self._proxy.port

    @property
    def proxy(self) -> Proxy:
        """The proxy of the stack that runs."""
        assert self._proxy is not None, "no stack stands behind this line"
        return self._proxy
