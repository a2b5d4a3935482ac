from pathlib import Path
from typing import Any

import pytest
from tests.site import Site

from mediamill import PermanentError, Result
from mediamill.services.downloads import facts, service
from mediamill.services.downloads.batch import download_all
from mediamill.services.downloads.tests.parts import asked, run
from mediamill.testing import FakeContext


def test_each_address_is_a_job_and_its_files_are_the_batchs(site: Site, tmp_path: Path) -> None:
    urls = [site("/audio/tone.mp3"), site("/audio/tone.mp3#again"), site("/many/1/tone.mp3"), site("/status/404/x.mp3")]
    result, ctx = run(tmp_path, urls=urls, format="original", template="{title}", cookies="a=b-c-d-e-f-g")
    assert [child.params.url for child in ctx.children] == [urls[0], urls[2], urls[3]]  # type: ignore[attr-defined]
    assert all(child.params.cookies.get_secret_value() == "a=b-c-d-e-f-g" for child in ctx.children)  # type: ignore[attr-defined]
    assert list(result.files) == ["Tiếng gió.mp3", "Tiếng gió (2).mp3"]
    first, second, third = result.data["urls"]
    assert (first["url"], first["files"][0]["name"], first["from_cache"]) == (urls[0], "Tiếng gió.mp3", False)
    assert second["files"][0]["name"] == "Tiếng gió (2).mp3"
    assert (third["url"], third["error_code"]) == (urls[3], "NOT_FOUND")
    assert third["job"] == ctx.children[2].id
    assert (result.data["number"], result.data["failed"]) == (2, 1)
    assert "1 of 3 addresses" in result.data["fault"]
    assert not result.reusable


def test_a_batch_fails_when_nothing_came(site: Site, tmp_path: Path) -> None:
    urls = [site(f"/status/404/{number}.mp3") for number in range(2)]
    with pytest.raises(PermanentError, match="none of 2 addresses") as failed:
        run(tmp_path, urls=urls)
    assert failed.value.code == "NOT_FOUND"


def test_a_batch_that_is_asked_to_finish_keeps_what_there_is(tmp_path: Path) -> None:
    ctx = _Half(tmp_path)
    ctx.stopping = True
    result = download_all(asked(urls=["https://example.com/1", "https://example.com/2"]), ctx)
    assert list(result.files) == ["a.mp3"]
    assert [each.get("error_code") for each in result.data["urls"]] == [None, "CANCELLED"]
    assert not result.reusable


def test_a_batch_with_more_files_than_its_data_have_room_for_tells_how_each_ended(tmp_path: Path) -> None:
    ctx = _Half(tmp_path, files=[{"name": "a.mp3", "title": "x" * 500}] * 1_000)
    ctx.stopping = True
    result = download_all(asked(urls=["https://example.com/1", "https://example.com/2"]), ctx)
    assert [each["url"][-1] for each in result.data["urls"]] == ["1", "2"]
    assert 100 < len(result.data["urls"][0]["files"]) < 1_000
    assert facts.fitting([{"a": "b" * 90}] * 10, 500) == [{"a": "b" * 90}] * 4


class _Child:
    """A child that has ended, or has not."""

    def __init__(self, number: int, result: Result) -> None:
        self.id = f"child-{number}"
        self.finished = number == 1
        self._result = result

    def outcome(self) -> Result:
        assert self.finished
        return self._result


class _Half(FakeContext):
    """The first of its children has ended, the others have not."""

    def __init__(self, tmp_path: Path, files: list[dict[str, str]] | None = None) -> None:
        super().__init__(tmp_path)
        self._files = files or [{"name": "a.mp3"}]
        self._asked = 0

    def submit(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as the real one
        assert args[0] is service
        assert 0 < options["share"] < 1
        self._asked += 1
        return _Child(self._asked, Result({"a.mp3": self.tmp_path / "a.mp3"}, {"files": self._files}))
