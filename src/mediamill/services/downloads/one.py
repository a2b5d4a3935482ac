"""One address: from the cache, or by the adapter that takes it, then into the cache for whoever asks next."""

import hashlib
import json
import shutil
import tempfile
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from mediamill import Context, PermanentError, Result, RetryableError, Stages, Tell
from mediamill.media import cookies
from mediamill.media.adapters import probing
from mediamill.media.adapters.adapter import Adapter
from mediamill.media.adapters.outputs import TooManyFiles
from mediamill.media.adapters.running import Fetched, Wanted, fetch
from mediamill.media.naming import Template, distinct
from mediamill.services.downloads import facts, naming
from mediamill.services.downloads.checks import chosen
from mediamill.services.downloads.params import Params
from mediamill.services.downloads.tagging import completed

#: What is downloaded and what is made of it lie side by side for a while.
_COPIES: Final = 2
_ROOM_AGAIN_S: Final = 120.0
#: Changed with what is made of the files here, so that those of an older version are not taken for it.
_EDITION: Final = 1


class Stage(StrEnum):
    """What an attempt does, in this order."""

    DOWNLOAD = "download"
    TAGS = "tags"


class _Incomplete(Exception):  # noqa: N818 - no error: it carries what nobody else should get from the cache
    def __init__(self, folder: Path, missing: str, said: str) -> None:
        super().__init__(said)
        self.folder = folder
        self.missing = missing
        self.said = said


def download(params: Params, url: str, ctx: Context) -> Result:
    """Return the files of an address, named by the request's template.

    A playlist of which a part is missing is the result of this job alone. Where files are wanted that are not too old,
    the cache decides each time, not an earlier job. Raises InvalidInput where no adapter takes it any more.
    """
    adapter, wanted = chosen(params, url)
    if wanted.cookies:
        wanted = replace(wanted, cookies=cookies.opened(wanted.cookies))
    version = probing.version(adapter, ctx.check)
    making = _Download(adapter, wanted, ctx, tagged=params.tags)
    key = _key(adapter, version, wanted, tags=params.tags)
    partly: dict[str, str] = {}
    try:
        folder = ctx.cached_folder(key, making.make, max_age_s=params.max_age_s)
    except _Incomplete as part:
        folder, partly = part.folder, {"missing": part.missing, "fault": part.said}
    files, told = _named(folder, naming.template(params.template))
    known = {"url": url, "adapter": adapter.name, "adapter_version": version, "from_cache": not making.made}
    data = {**known, "number": len(files), "files": facts.fitting(told), **partly}
    return Result(files, data, reusable=not partly and params.max_age_s is None)


class _Download:
    """Fetches an address into a folder, where it is not there already. made: whether it did."""

    def __init__(self, adapter: Adapter, wanted: Wanted, ctx: Context, *, tagged: bool) -> None:
        self.made = False
        self._adapter = adapter
        self._wanted = wanted
        self._ctx = ctx
        self._tagged = tagged

    def make(self, folder: Path) -> None:
        """Fill a folder that the cache keeps. Raises _Incomplete with one that it should not."""
        self.made = True
        stages = Stages(self._ctx, {Stage.DOWNLOAD: 95, Stage.TAGS: 5})
        into = Path(tempfile.mkdtemp(prefix="download-", dir=self._ctx.scratch))
        fetched = self._fetched(into, stages.teller(Stage.DOWNLOAD))
        known, fault = tuple(map(facts.FileFacts.of, fetched.items)), ""
        if self._tagged:
            stages.teller(Stage.TAGS)(0.0, "")
            known, fault = completed(fetched.items, into, self._ctx)
        for item in fetched.items:
            if item.thumbnail is not None:
                item.thumbnail.unlink()
        facts.write(known, into)
        if fetched.missing or fault:
            raise _Incomplete(into, fetched.missing or "TAGS", fetched.said or fault)
        for path in into.iterdir():
            shutil.move(path, folder / path.name)

    def _fetched(self, into: Path, tell: Tell) -> Fetched:
        """Fetch what this machine's disk has room for. A program that knows the size asks before it begins."""
        room_bytes = shutil.disk_usage(into).free // _COPIES
        adapter = self._adapter
        if room_bytes >= adapter.most_bytes:
            return fetch(adapter, self._wanted, self._ctx, into, tell)
        if not room_bytes:  # which as a limit would mean: none
            raise _no_room(room_bytes)
        try:
            return fetch(adapter.model_copy(update={"most_bytes": room_bytes}), self._wanted, self._ctx, into, tell)
        except TooManyFiles:
            raise
        except PermanentError as error:
            if error.code not in {"TOO_LARGE", "QUOTA"}:
                raise
            raise _no_room(room_bytes) from error


def _no_room(room_bytes: int) -> RetryableError:
    return RetryableError(
        f"the disk has no room for it: {room_bytes} bytes could be downloaded now",
        code="DISK_FULL",
        after_s=_ROOM_AGAIN_S,
    )


def _key(adapter: Adapter, version: str, wanted: Wanted, *, tags: bool) -> str:
    """Return what decides the files.

    Cookies open what others may not see; a proxy of a user's may show what the site never had, and others are not to
    get that.
    """
    described = hashlib.sha256(adapter.model_dump_json().encode()).hexdigest()
    own = [hashlib.sha256(text.encode()).hexdigest() if text else "" for text in (wanted.cookies, wanted.proxy)]
    choice = [wanted.url, wanted.format, wanted.quality, wanted.variant, wanted.playlist]
    return "download:" + json.dumps([_EDITION, adapter.name, version, described, *choice, tags, *own])


def _named(folder: Path, template: Template) -> tuple[dict[str, Path], list[dict[str, Any]]]:
    """Return the files of a folder by the names that they get, and what is told of each."""
    known = facts.read(folder)
    paths = [folder / each.file for each in known]
    names = distinct(template.name(each.values(number), each.suffix) for number, each in enumerate(known, 1))
    told = [each.told(name, path.stat().st_size) for each, name, path in zip(known, names, paths, strict=True)]
    return dict(zip(names, paths, strict=True)), told
