"""Keys of secrets are changed while jobs wait: what was encrypted with the old one is read with the new list."""

from cryptography.fernet import Fernet
from pydantic import SecretStr
from tests.engine.mill import Mill, Params

from mediamill import Context, Result, Service
from mediamill.core.job import Job
from mediamill.core.states import State
from mediamill.engine.submit import Submitter
from mediamill.engine.vault import Vault
from mediamill.settings import KeepSettings, SecretSettings

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
COOKIE = "session=open-sesame-4711"


def use(mill: Mill, *keys: str) -> None:
    """Restart the server and its workers with these MEDIAMILL_SECRET_KEYS."""
    mill.vault = Vault(SecretSettings(keys))
    mill.submitter = Submitter(mill.jobs, mill.artifacts, mill.uploads, mill.vault, KeepSettings())


def opening(mill: Mill, seen: list[str]) -> Service[Params]:
    def run(params: Params, _ctx: Context) -> Result:
        assert params.cookie is not None
        seen.append(params.cookie.get_secret_value())
        return Result()

    return mill.service(run)


def asked(mill: Mill, service: Service[Params], cookie: str = COOKIE) -> Job:
    return mill.job(mill.submit(service, Params(cookie=SecretStr(cookie))).id)


def key_of(job: Job) -> str:
    """Return which key the record names."""
    return str(job.params["cookie"]["$secret"]).partition(":")[0]


def test_a_job_that_waited_while_keys_were_changed_has_its_secret(mill: Mill) -> None:
    seen: list[str] = []
    use(mill, OLD)
    service = opening(mill, seen)
    waiting = asked(mill, service)
    use(mill, NEW, OLD)
    mill.take(service)
    assert seen == [COOKIE]
    assert mill.job(waiting.id).state is State.SUCCESS
    assert key_of(asked(mill, service, "another=open-sesame-4712")) != key_of(waiting)


def test_the_same_request_is_the_same_job_under_either_key(mill: Mill) -> None:
    use(mill, OLD)
    service = opening(mill, [])
    waiting = asked(mill, service)
    use(mill, NEW, OLD)
    assert asked(mill, service).id == waiting.id


def test_a_key_that_was_taken_away_too_early_is_told(mill: Mill) -> None:
    use(mill, OLD)
    service = opening(mill, [])
    waiting = asked(mill, service)
    use(mill, NEW)
    mill.take(service)
    job = mill.job(waiting.id)
    assert (job.state, job.error_code) == (State.FAILURE, "SECRET_KEY_MISSING")
    assert "sesame" not in job.model_dump_json()
