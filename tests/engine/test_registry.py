import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from pydantic import BaseModel

from mediamill import Context, Result, Service
from mediamill.core.errors import NotFound
from mediamill.engine.registry import declared, discover, gather


class Params(BaseModel):
    text: str


def run(_params: Params, _ctx: Context) -> Result:
    return Result()


def named(name: str, **options: object) -> Callable[[], object]:
    return lambda: Service(name, Params, run, **options)  # type: ignore[arg-type]


def broken(error: BaseException) -> Callable[[], object]:
    def load() -> object:
        raise error

    return load


def test_the_services_of_the_house_are_found_and_none_is_broken() -> None:
    registry = discover()
    assert "speech" in {entry.service.name for entry in registry.found}
    assert registry.broken == ()


def test_a_service_that_lacks_a_module_is_known_but_off() -> None:
    registry = gather([("a", named("on")), ("b", named("off", needs=("json", "no_such.module", "nor_this")))])
    assert [service.name for service in registry] == ["on"]
    assert [entry.missing for entry in registry.found] == [(), ("no_such.module", "nor_this")]
    assert registry.get("on").name == "on"
    for name in ("off", "unknown"):
        with pytest.raises(NotFound) as missing:
            registry.get(name)
        assert missing.value.code == "SERVICE_OFF"


@pytest.mark.parametrize(
    ("load", "reason"),
    [
        (broken(ImportError("no module named torch")), "torch"),
        (broken(SystemExit(3)), "SystemExit"),
        (lambda: run, "not a mediamill.Service"),
        (named("good"), "same name or path"),
        (named("other", path="good"), "same name or path"),
    ],
)
def test_a_broken_plug_in_is_named_and_takes_nobody_down(load: Callable[[], object], reason: str) -> None:
    registry = gather([("good.package", named("good")), ("bad.package", load), ("last.package", named("last"))])
    assert [service.name for service in registry] == ["good", "last"]
    (fault,) = registry.broken
    assert fault.package == "bad.package"
    assert reason in fault.reason


def test_a_package_may_have_several_services(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "two_of_them.py").write_text(
        "from pydantic import BaseModel\nfrom mediamill import Result, Service\n"
        "class P(BaseModel):\n    text: str\n"
        "services = tuple(Service(name, P, lambda params, ctx: Result()) for name in ('first', 'second'))\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        registry = gather([("two_of_them", partial(declared, "two_of_them")), ("other", named("other"))])
    finally:
        sys.modules.pop("two_of_them", None)
    assert [service.name for service in registry] == ["first", "second", "other"]
    assert [(entry.package, entry.service.name) for entry in registry.packages] == [
        ("two_of_them", "first"),
        ("other", "other"),
    ]


def test_of_a_package_all_services_are_taken_in_or_none() -> None:
    both = (named("new")(), named("good")())
    registry = gather([("good.package", named("good")), ("bad.package", lambda: both), ("last.package", named("last"))])
    assert [service.name for service in registry] == ["good", "last"]
    assert [fault.package for fault in registry.broken] == ["bad.package"]


def test_one_service_of_a_package_may_be_off_and_another_on() -> None:
    both = (named("off", needs=("no_such_module",))(), named("on")())
    registry = gather([("pair", lambda: both)])
    assert [(entry.package, entry.service.name) for entry in registry.packages] == [("pair", "on")]


def test_the_name_of_the_service_that_polls_is_taken() -> None:
    (fault,) = gather([("a", named("polls"))]).broken
    assert "ours" in fault.reason


def test_what_is_not_public_is_known_but_nobody_asks_for_it_by_name() -> None:
    registry = gather([("a", named("inner", public=False)), ("b", named("outer"))])
    assert registry.get("inner").name == "inner"
    assert registry.public("outer").name == "outer"
    with pytest.raises(NotFound):
        registry.public("inner")


def test_plug_ins_are_found_where_they_are_installed(tmp_path: Path) -> None:
    (tmp_path / "shouting.py").write_text(
        "from pydantic import BaseModel\nfrom mediamill import Result, Service\n"
        "class P(BaseModel):\n    text: str\n"
        "service = Service('shouting', P, lambda params, ctx: Result())\n"
    )
    info = tmp_path / "shouting-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shouting\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[mediamill.services]\nshouting = shouting:service\ngone = no_such_module:service\n"
    )
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from mediamill.engine.registry import discover\n"
        "found = discover()\n"
        "print(found.get('shouting').path, [fault.package for fault in found.broken])"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert said.stdout.splitlines()[-1] == "shouting ['no_such_module']"
