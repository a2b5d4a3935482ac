"""Routes that a plug-in brings, beside those of the server and of other services."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.web.parts import SHOUT, WATCH, signed

from mediamill import Service
from mediamill.core.service import AnyService
from mediamill.engine.registry import Found, Registry
from mediamill.settings import SettingsError
from mediamill.web.app import create_app
from mediamill.web.rooms import Rooms
from mediamill.web.shadows import Place

LayRoutes = Callable[[str, str, str], str]


@pytest.fixture
def lay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LayRoutes]:
    """Write a plug-in with one route; return its package."""
    monkeypatch.syspath_prepend(str(tmp_path))
    laid: list[str] = []

    def lay(package: str, method: str, path: str) -> str:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
        (tmp_path / package / "routes.py").write_text(
            "from fastapi import APIRouter\n"
            "def router(rooms):\n"
            "    own = APIRouter()\n"
            f"    @own.{method}({path!r})\n"
            "    def mine() -> dict[str, str]:\n"
            "        return {'who': 'plug-in'}\n"
            "    return own\n"
        )
        laid.append(package)
        return package

    yield lay
    for name in [name for name in sys.modules if name.partition(".")[0] in laid]:
        del sys.modules[name]


def having(rooms: Rooms, **packages: str) -> Rooms:
    services: dict[str, AnyService] = {"shout": SHOUT, "watch": WATCH}
    return replace(rooms, registry=Registry({name: Found(services[name], packages[name], ()) for name in packages}))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/jobs"),
        ("get", "/jobs/{mine}"),
        ("get", "/{anything:path}"),
        ("delete", "/jobs/{task_id}"),
        ("get", "/{a}/{b}/files"),
        ("post", "/shout"),
    ],
)
def test_a_plug_in_that_would_answer_for_others_is_refused(
    rooms: Rooms, lay: LayRoutes, method: str, path: str
) -> None:
    package = lay("greedy_plugin", method, path)
    with pytest.raises(SettingsError, match=r"the service shout \(greedy_plugin\) cannot be served: its route"):
        create_app(having(rooms, shout=package))


def test_two_services_cannot_have_the_same_route(rooms: Rooms, lay: LayRoutes) -> None:
    one, other = lay("one_plugin", "get", "/stats/{day}"), lay("other_plugin", "get", "/stats/today")
    with pytest.raises(SettingsError, match=r"GET /stats/today meets /stats/\{day\} of the service shout"):
        create_app(having(rooms, shout=one, watch=other))


def test_a_path_that_a_service_takes_work_at_is_not_one_of_the_servers(rooms: Rooms) -> None:
    purge = Service("purge", SHOUT.params, SHOUT.run, path="jobs/purge", queue="cpu")
    registry = Registry({"purge": Found(purge, "web_plugin", ())})
    with pytest.raises(SettingsError, match=r"POST /jobs/purge meets /jobs/purge of mediamill itself"):
        create_app(replace(rooms, registry=registry))


def test_another_method_or_path_is_nobody_elses(rooms: Rooms, lay: LayRoutes) -> None:
    one, other = lay("gentle_plugin", "get", "/shout"), lay("kind_plugin", "get", "/stats/{day}/jobs")
    with TestClient(create_app(having(rooms, shout=one, watch=other)), headers=signed("ann")) as api:
        assert api.get("/shout").json() == {"who": "plug-in"}
        assert api.get("/stats/today/jobs").json() == {"who": "plug-in"}
        assert api.get("/jobs").json()["jobs"] == []


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("/a/{x:path}", "/a/b/c", True),
        ("/a/{x:path}/c", "/a/b/c", True),
        ("/a/{x:path}/c", "/a/c", False),
        ("/a/{x:path}/c", "/{y:path}/d", False),
        ("/a/{x}", "/{y}/b", True),
        ("/a/{x}", "/a/b/c", False),
        ("/a", "/a/", False),
    ],
)
def test_patterns_meet_where_a_path_fits_both(one: str, other: str, *, meet: bool) -> None:
    get = frozenset({"GET"})
    assert Place("one", get, one).meets(Place("other", get, other)) is meet
    assert Place("other", get, other).meets(Place("one", get, one)) is meet
