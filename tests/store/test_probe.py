from collections.abc import Iterator

import pytest
from tests.store.kit import World

from mediamill.core.errors import Unavailable
from mediamill.store.probe import Probe

USUAL = (
    ("maxmemory", "0"),
    ("maxmemory-policy", "noeviction"),
    ("appendonly", "yes"),
    ("min-replicas-to-write", "0"),
)


@pytest.fixture
def configured(private_world: World) -> Iterator[World]:
    """A server whose settings a test may change."""
    yield private_world
    for name, value in USUAL:
        private_world.client.run("CONFIG", "SET", name, value)


def test_a_server_that_keeps_everything_is_not_warned_of(configured: World) -> None:
    assert Probe(configured.scripts).check() == []


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [("maxmemory-policy", "allkeys-lru", "noeviction"), ("appendonly", "no", "appendonly yes")],
)
def test_a_setting_that_may_lose_jobs_is_named_with_its_cure(
    configured: World, name: str, value: str, says: str
) -> None:
    configured.client.run("CONFIG", "SET", name, value)
    [warning] = Probe(configured.scripts).check()
    assert says in warning


def test_a_server_that_is_full_is_not_ready_though_it_answers(configured: World) -> None:
    configured.client.run("CONFIG", "SET", "maxmemory", "1mb")
    assert configured.client.run("PING")
    with pytest.raises(Unavailable):
        Probe(configured.scripts).check()


def test_a_server_that_refuses_to_write_is_not_ready_though_it_answers(configured: World) -> None:
    """Its disk is full, or, which is easier to have here, it has nobody to copy to."""
    configured.client.run("CONFIG", "SET", "min-replicas-to-write", "1")
    with pytest.raises(Unavailable, match="NOREPLICAS"):
        Probe(configured.scripts).check()
