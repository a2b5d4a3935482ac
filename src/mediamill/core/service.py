"""A kind of work, as its author declares it."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeVar

from mediamill.core.context import Context, Result
from mediamill.core.errors import InvalidInput
from mediamill.core.polls import Polls
from mediamill.core.queues import Queue

if TYPE_CHECKING:  # pydantic costs 0.13 s and 20 MB, which `mediamill --help` and `up` need not pay
    from pydantic import BaseModel

P = TypeVar("P", bound="BaseModel")

_NAME = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")

#: The input of a job that was handed in for a file of `ctx.lasting`. Ours: no client and no parent sends one.
RESCUED: Final = "rescued"

#: The uploads of a request while it is accepted: field name -> local path, with the suffix of the file's name.
Files = Mapping[str, Path]


@dataclass(frozen=True)
class Service(Generic[P]):
    """A kind of work: what it asks for, what it does, and where it waits.

    name: lower case; part of every record.
    params: the request; its JSON schema makes OpenAPI, the dashboard's form and the client.
    run: does the work. Loads models inside, so that importing stays cheap.
    path: POST /{path}; the name when empty.
    queue: a queue, or a function of the request that picks one.
    attempts: charged runs before the job is a dead letter.
    time_limit_s: seconds that one attempt may take.
    dedupe: "cached" lets a repeat of a finished request have its result; "alive" only joins a
        job that is not finished yet.
    inputs: names of multipart file fields, each optional unless `check` says otherwise.
    secrets: names of multipart file fields that are no files to us: the text of each is read at the door, 256 KiB at
        most, into the SecretStr parameter of its name, so that it is encrypted with the record and lies nowhere else.
        "options.cookies" is the field `cookies`, for the parameter of that name within `options`.
    check: looks at a whole request before it is accepted; raises InvalidInput.
    aside: takes what is long out of a request that was accepted: returns it without, and the texts, which the
        job then gets as files, by input name. Parameters lie in the store, in memory, as long as the record does.
    warm: loads what the first request would wait for (models), in a thread of each process that serves the
        queue `interactive`, once, as soon as that runs. An error in it is logged and changes nothing.
    rescue: what becomes of the files in `ctx.lasting` of a job that ended without them: it failed, its record is gone,
        or it ended on another machine. Each is handed in as a new job of this service and of the same owner: its
        request is `rescue(params)`, its input `rescued` is the file. Files whose name begins with a dot, empty ones and
        links are not. Exactly one job for each file; what lies in the `lasting` of such a job is not rescued again. It
        is cheap, and asks nobody. None: they are deleted, as those of a cancelled job are.
    poll: looks at jobs of this service that wait for something outside, many at once; see `Polls`, `ctx.poll_in`.
    identity: what a request is about; of one owner there is at most one unfinished job about the same, whatever else
        the request says: a second one joins it, though it says `force`. For services that say `dedupe="alive"`. The
        store finds that job by it, or else the latest. One whose end is still under way (cancelled) is not joined; one
        that ended is not run again while another is unfinished.
    endless: an attempt goes on for hours, or for ever, and another one goes on where it was broken off. A worker that
        drains gives such attempts back at once, for in the time that it has they would not end.
    public: anybody may ask for it by POST. False: it has no such route, no form, and no place in the lists of what
        there is; it comes with routes of its own, or only other jobs ask for it.
    needs: modules that must be importable; a service that lacks one is off, and `doctor` says so.
    extra: the optional dependency group that brings them.
    """

    name: str
    params: type[P]
    run: Callable[[P, Context], Result]
    path: str = ""
    queue: Queue | str | Callable[[P, Files], Queue] = Queue.DEFAULT
    attempts: int = 5
    time_limit_s: float = 3600.0
    dedupe: Literal["cached", "alive"] = "cached"
    inputs: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    check: Callable[[P, Files], None] | None = None
    aside: Callable[[P], tuple[P, Mapping[str, str]]] | None = None
    warm: Callable[[], None] | None = None
    rescue: Callable[[P], P] | None = None
    poll: Callable[[Polls[P]], None] | None = None
    identity: Callable[[P], str] | None = None
    endless: bool = False
    public: bool = True
    needs: tuple[str, ...] = ()
    extra: str = ""

    def __post_init__(self) -> None:
        """Refuse names that would not survive a URL, and unknown queues."""
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"the service name {self.name!r} is not a-z and 0-9, with - and _ between them")
        if isinstance(self.queue, str):
            object.__setattr__(self, "queue", Queue(self.queue))
        if both := set(self.inputs) & set(self.secret_places):
            raise ValueError(f"{min(both)!r} of the service {self.name!r} is an input and a secret")
        for secret, place in zip(self.secrets, self.secret_places.values(), strict=True):
            if not _has(self.params, place):
                raise ValueError(f"the secret {secret!r} is no parameter of the service {self.name!r}")
        if RESCUED in (*self.inputs, *self.secrets):
            raise ValueError(f"{RESCUED!r} of the service {self.name!r} comes from us, and from nobody else")
        if self.rescue is not None and self.identity is not None:
            # What is handed in would join an unfinished job about the same, and its file would be nobody's.
            raise ValueError(f"the service {self.name!r} has an identity, so that it can rescue nothing")
        if self.identity is not None and self.dedupe != "alive":
            # The result of one request is not what another one about the same would make.
            raise ValueError(f'the service {self.name!r} has an identity and so must say dedupe="alive"')
        if not self.path:
            object.__setattr__(self, "path", self.name)

    @property
    def secret_places(self) -> Mapping[str, tuple[str, ...]]:
        """Multipart fields that are secrets, and where each belongs: `cookies` to ("options", "cookies")."""
        return {name.rpartition(".")[2]: tuple(name.split(".")) for name in self.secrets}

    def queue_of(self, params: P, files: Files) -> Queue:
        """Return the queue in which this request waits."""
        return self.queue(params, files) if callable(self.queue) else Queue(self.queue)

    def identity_of(self, params: P) -> str | None:
        """Return the digest of what a request is about; None where the service has no identity."""
        return None if self.identity is None else identity_hash(self.name, self.identity(params))

    def put_aside(self, params: P) -> tuple[P, Mapping[str, str]]:
        """Return a request without what is long in it, and that, by input name."""
        return self.aside(params) if self.aside is not None else (params, {})

    def check_input(self, name: str) -> None:
        """Raise InvalidInput unless the service takes a file of that name."""
        if name not in self.inputs:
            known = ", ".join(map(repr, self.inputs)) or "none"
            raise InvalidInput(f"the service {self.name!r} takes no file {name!r}, only: {known}", field=name)


def identity_hash(service: str, identity: str) -> str:
    """Return the digest by which the store knows what requests of a service are about."""
    return hashlib.sha256(json.dumps([service, "identity", identity]).encode()).hexdigest()


def _has(params: "type[BaseModel]", place: tuple[str, ...]) -> bool:
    """Whether there is a parameter at a place, through the models that are fields of others."""
    found: Any = params
    for name in place:
        field = getattr(found, "model_fields", {}).get(name)
        if field is None:
            return False
        found = field.annotation
    return True


AnyService = Service[Any]
