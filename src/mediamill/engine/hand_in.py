"""A file that its job ended without becomes the input of a new job."""

from pydantic import BaseModel, ValidationError

from mediamill.core.errors import KeyReused, PermanentError
from mediamill.core.service import RESCUED, AnyService
from mediamill.engine.failures import failure_of_params
from mediamill.engine.registry import Registry
from mediamill.engine.submit import Ask, Submitter
from mediamill.engine.vault import Vault
from mediamill.files.lasting import Note, Taken
from mediamill.files.uploads import Uploads


class HandIn:
    """Implements HandsIn (engine/rescue.py). It runs what services say, so never in the keeper's own process."""

    def __init__(self, registry: Registry, submitter: Submitter, uploads: Uploads, vault: Vault) -> None:
        self._registry = registry
        self._submitter = submitter
        self._uploads = uploads
        self._vault = vault

    def __call__(self, taken: Taken, name: str) -> str | None:
        """Submit a job for one file, and unlink it. A repeat finds the job that is there.

        Raises NotFound where the service is off here or gone, PermanentError where nobody can tell whose the file is or
        its request is no request any more, InvalidInput where the service refuses it, Unavailable.
        """
        if taken.note is None:
            raise PermanentError("nobody can tell whose files they are", code="PARAMS_INVALID")
        service = self._registry.get(taken.note.service)
        job_id = self._submit(service, taken.note, taken, name) if service.rescue is not None else None
        (taken.files / name).unlink(missing_ok=True)
        return job_id

    def _submit(self, service: AnyService, note: Note, taken: Taken, name: str) -> str | None:
        params = self._request(service, note)
        ask = Ask(
            service=service,
            params=params,
            owner=note.owner,
            received={RESCUED: self._uploads.take(taken.files / name, fixed=True)},
            priority=note.priority,
            force=True,
            idempotency_key=f"rescue {taken.name} {name}",
            correlation_id=note.correlation_id,
        )
        try:
            submitted = self._submitter.submit(ask)
        except KeyReused:  # by an earlier version of the service, which made another request of it
            return None
        if submitted.outcome not in {"new", "replay"}:
            raise PermanentError(f"the job {submitted.id} stands for it, and does not have the file", code="CONFLICT")
        return submitted.id

    def _request(self, service: AnyService, note: Note) -> BaseModel:
        assert service.rescue is not None  # noqa: S101 - the caller has looked
        try:
            params = self._vault.load(service.params, note.params)
        except ValidationError as error:
            failure = failure_of_params(error)
            raise PermanentError(failure.message, code=failure.code) from None
        request: BaseModel = service.rescue(params)
        return request
