"""Several addresses: each is a job of its own, and their files become this one's."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from mediamill import Child, Context, PermanentError, Result
from mediamill.media.naming import distinct
from mediamill.services.downloads import facts, service
from mediamill.services.downloads.params import Params

#: Of the job's progress, what lies with its children.
_SHARE: Final = 0.98
_SHOWN: Final = 3
#: Commas and brackets that are not counted one by one.
_SLACK_CHARS: Final = 5_000


@dataclass(frozen=True)
class _Ended:
    """How one address ended. told: for the result's data."""

    url: str
    told: Mapping[str, Any]
    files: Mapping[str, Path] = field(default_factory=dict)
    error: PermanentError | None = None
    whole: bool = True


def download_all(params: Params, ctx: Context) -> Result:
    """Ask for each address as a job and gather what they made. Raises Later meanwhile, so that it takes no slot.

    It succeeds when one of them did; for each of the others the data say why not. A stop keeps what there is.
    """
    urls = params.urls or ()
    share = _SHARE / len(urls)
    children = [ctx.submit(service, params.model_copy(update={"url": url, "urls": None}), share=share) for url in urls]
    waiting = next((child for child in children if not child.finished), None)
    if waiting is not None and not ctx.stopping:
        waiting.outcome()
    result = _gathered([_ended(url, child) for url, child in zip(urls, children, strict=True)])
    return replace(result, reusable=result.reusable and params.max_age_s is None)


def _ended(url: str, child: Child) -> _Ended:
    if not child.finished:
        error = PermanentError("the job was asked to finish before this was there", code="CANCELLED")
        return _Ended(url, _failure(url, child, error), error=error, whole=False)
    outcome = child.outcome()
    if isinstance(outcome, PermanentError):
        cause = outcome.__cause__ if isinstance(outcome.__cause__, PermanentError) else outcome
        return _Ended(url, _failure(url, child, cause), error=cause, whole=False)
    told = {"url": url, "job": child.id, **{name: value for name, value in outcome.data.items() if name != "url"}}
    return _Ended(url, told, outcome.files, whole="missing" not in outcome.data)


def _failure(url: str, child: Child, error: PermanentError) -> dict[str, Any]:
    return {"url": url, "job": child.id, "error_code": error.code, "error_message": error.message}


def _gathered(ended: list[_Ended]) -> Result:
    failed = [each for each in ended if each.error is not None]
    if len(failed) == len(ended):
        raise _nothing(failed)
    files = [(name, path) for each in ended for name, path in each.files.items()]
    names = distinct(name for name, _ in files)
    renamed = iter(names)
    told = [_renamed(each, [next(renamed) for _ in each.files]) for each in ended]
    fault = f"{len(failed)} of {len(ended)} addresses could not be downloaded: {_words(failed)}" if failed else ""
    data = {"urls": _fitting(told), "number": len(files), "failed": len(failed)}
    paths = {name: path for name, (_, path) in zip(names, files, strict=True)}
    return Result(paths, data | ({"fault": fault} if fault else {}), reusable=all(each.whole for each in ended))


def _renamed(ended: _Ended, names: list[str]) -> Mapping[str, Any]:
    """Return what is told of an address with the names that its files have here."""
    there = dict(zip(ended.files, names, strict=True))
    listed = [{**each, "name": there.get(each["name"], each["name"])} for each in ended.told.get("files", ())]
    return {**ended.told, "files": listed} if ended.files else ended.told


def _fitting(told: list[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return what a result's data have room for: how each address ended, and of the files as many as there is room."""
    lean = [{name: [] if name == "files" else value for name, value in each.items()} for each in told]
    room = facts.TOLD_CHARS - len(json.dumps(lean))
    for each, whole in zip(lean, told, strict=True):
        if "files" in whole:
            each["files"] = facts.fitting(whole["files"], room)
            room -= len(json.dumps(each["files"]))
    return facts.fitting(lean, facts.TOLD_CHARS + _SLACK_CHARS)


def _nothing(failed: list[_Ended]) -> PermanentError:
    codes = {each.error.code for each in failed if each.error is not None}
    code = codes.pop() if len(codes) == 1 else "CHILD_FAILED"
    return PermanentError(f"none of {len(failed)} addresses could be downloaded: {_words(failed)}", code=code)


def _words(failed: list[_Ended]) -> str:
    shown = "; ".join(f"{each.url}: {each.error.message}" for each in failed[:_SHOWN] if each.error is not None)
    more = len(failed) - _SHOWN
    return f"{shown}; and {more} more" if more > 0 else shown
