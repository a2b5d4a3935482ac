"""Processes that compute ask for large pages."""

from collections.abc import Mapping

import pytest

from mediamill.cli.huge_pages import with_huge_pages
from mediamill.cli.up import workers_command
from mediamill.settings import load


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, "glibc.malloc.hugetlb=1"),
        ({"GLIBC_TUNABLES": "glibc.malloc.check=3"}, "glibc.malloc.check=3:glibc.malloc.hugetlb=1"),
        ({"GLIBC_TUNABLES": "glibc.malloc.hugetlb=0"}, "glibc.malloc.hugetlb=0"),
    ],
    ids=["nothing said", "something else said", "said otherwise"],
)
def test_what_an_operator_said_stays(before: Mapping[str, str], after: str) -> None:
    assert with_huge_pages({"HOME": "/", **before}) == {"HOME": "/", "GLIBC_TUNABLES": after}


def test_workers_ask_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    assert workers_command(load({}, None)).environ["GLIBC_TUNABLES"] == "glibc.malloc.hugetlb=1"
