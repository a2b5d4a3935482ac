import pytest
from pydantic import ValidationError

from mediamill.core.job import Artifact, Attempt, Job
from mediamill.core.states import State
from mediamill.store.record import load_job, pairs

#: As the store holds a record: all values text.
RECORD = {
    "service": "speech",
    "owner": "ann",
    "queue": "cpu",
    "priority": "-3",
    "state": "CANCELLING",
    "version": "7",
    "params": '{"text":"Xin chào","speed":1.5}',
    "files": '{"a.mp3":{"name":"a.mp3","key":"k","sha256":"s","size_bytes":5}}',
    "progress": "12.5",
    "stop": "1",
    "is_child": "0",
    "created_ms": "1790000000000",
    "time_limit_s": "0.5",
    "token": "1" * 32,
    "history": (
        '{"attempt":1,"worker":"w","started_ms":1,"ended_ms":2,"outcome":"retry","error_code":"X","error_message":"a\\nb"}\n'
        '{"attempt":2,"worker":"w","started_ms":3,"ended_ms":4,"outcome":"lose"}'
    ),
    "polls": "4",
    "a_field_of_tomorrow": "x",
}


def test_a_record_is_read_from_its_texts() -> None:
    job = load_job("job-1", RECORD)
    assert (job.id, job.state, job.status) == ("job-1", State.CANCELLING, "STARTED")
    assert (job.priority, job.version, job.progress, job.time_limit_s) == (-3, 7, 12.5, 0.5)
    assert (job.stop, job.is_child, job.token) == (True, False, "1" * 32)
    assert job.params == {"text": "Xin chào", "speed": 1.5}
    assert job.files == {"a.mp3": Artifact(name="a.mp3", key="k", sha256="s", size_bytes=5)}
    assert job.history[0] == Attempt(
        attempt=1, worker="w", started_ms=1, ended_ms=2, outcome="retry", error_code="X", error_message="a\nb"
    )
    assert job.history[1].error_code is None


def test_what_a_record_does_not_say_has_its_default() -> None:
    job = load_job("job-1", {"service": "s", "owner": "o", "queue": "cpu"})
    assert (job.state, job.history, job.token, job.stop, job.data) == (State.PENDING, (), None, False, None)


def test_a_record_survives_json() -> None:
    job = load_job("job-1", RECORD)
    assert Job.model_validate_json(job.model_dump_json()) == job


@pytest.mark.parametrize("wrong", [{"state": "RUNNING"}, {"queue": "gpu"}, {"priority": "high"}, {"created_ms": "1.5"}])
def test_a_record_that_makes_no_sense_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        load_job("job-1", {**RECORD, **wrong})


def test_records_and_their_parts_cannot_be_changed() -> None:
    job = load_job("job-1", RECORD)
    with pytest.raises(ValidationError):
        job.state = State.SUCCESS  # type: ignore[misc]
    with pytest.raises(ValidationError):
        job.files["a.mp3"].key = "x"  # type: ignore[misc]


def test_names_and_values_in_turn_are_paired() -> None:
    assert pairs(["a", "1", "b", "2"]) == {"a": "1", "b": "2"}
    with pytest.raises(ValueError, match="zip"):
        pairs(["a"])
