import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel

from mediamill import Context, Result, Service
from mediamill.core.errors import NotFound
from mediamill.engine.registry import discover, gather


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
