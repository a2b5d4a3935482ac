"""The forward proxy of this process: an event loop in a thread of its own, and a gate for each program."""

from mediamill.core.context import Network
from mediamill.media.egress.chain import proxy
from mediamill.media.egress.gate import Gate, Patience
from mediamill.media.egress.places import host_of
from mediamill.media.egress.relay import CHUNK
from mediamill.media.egress.route import Route
from mediamill.media.egress.rules import Rules
from mediamill.media.remote.wire import Wire


class Guard:
    """Opens gates, from any thread. Its own thread begins with the first. Not for another side of a fork.

    rules, proxies: for gates that are opened from now on. proxies: the operator's, which may be anywhere.
    """

    def __init__(self, rules: Rules, patience: Patience | None = None, proxies: frozenset[str] = frozenset()) -> None:
        self.rules = rules
        self.proxies = proxies
        self.buffer = memoryview(bytearray(CHUNK))
        self._patience = patience or Patience()
        self._wire = Wire()

    def open(self, network: Network) -> Gate:
        """Return a gate to what `network` names; `with` it.

        Raises InvalidInput where its proxy cannot be read, ValueError where a host of it cannot, OSError where this
        process has no descriptor left.
        """
        chain = proxy(network.proxy) if network.proxy else None
        hosts = tuple(map(host_of, network.hosts))
        entrance = self.rules.and_to(chain.place) if chain and network.proxy in self.proxies else None
        route = Route(self.rules, hosts, chain, self._patience.connect_s, entrance=entrance)
        return self._wire.run(self._opened(route, network), None)

    async def _opened(self, route: Route, network: Network) -> Gate:
        gate = Gate(self, route, network, self._patience)
        await gate.begin()
        return gate

    def close_gate(self, gate: Gate) -> None:
        """End a gate."""
        self._wire.run(gate.end(), None)

    def close(self) -> None:
        """End it: for tests; the thread of a process that ends goes with it."""
        self._wire.close()
