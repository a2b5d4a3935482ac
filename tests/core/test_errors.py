import inspect

import pytest

import mediamill
from mediamill.core import errors
from mediamill.core.errors import (
    Cancelled,
    InvalidInput,
    Later,
    MediamillError,
    PermanentError,
    RetryableError,
)

CLASSES = [
    found
    for _, found in inspect.getmembers(errors, inspect.isclass)
    if issubclass(found, MediamillError) and found is not MediamillError
]


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [found.code for found in CLASSES]
    assert len(set(codes)) == len(codes)
    assert all(code == code.upper() and code != MediamillError.code for code in codes)


def test_a_message_is_what_it_says() -> None:
    error = PermanentError("the PDF has 900 pages; the limit is 500")
    assert (str(error), error.message, error.code) == (error.message, error.message, "PERMANENT")


def test_a_code_may_be_closer_than_its_class() -> None:
    assert PermanentError("gone", code="VIDEO_GONE").code == "VIDEO_GONE"
    assert PermanentError("next").code == "PERMANENT"


def test_a_retryable_error_may_name_its_wait() -> None:
    assert RetryableError("slow down", after_s=60).after_s == 60
    assert RetryableError("no idea").after_s is None
    assert RetryableError("slow", code="RATE_LIMITED").code == "RATE_LIMITED"


def test_later_says_when_and_why() -> None:
    assert (str(Later(90)), Later(90).note, Later(90).seconds) == ("again in 90 s", "", 90)
    assert (str(Later(90, "not live")), Later(90, "not live").note) == ("not live", "not live")


def test_invalid_input_names_its_field() -> None:
    error = InvalidInput("too fast", field="speed", code="SPEED")
    assert (error.field, error.code) == ("speed", "SPEED")


@pytest.mark.parametrize("word", [Cancelled(), Later(5)])
def test_a_word_of_the_engine_passes_a_service_that_catches_everything(word: BaseException) -> None:
    def check() -> None:
        raise word

    def service() -> None:
        try:
            check()
        except Exception:  # noqa: BLE001 - that is what careless services write
            pytest.fail("caught")

    with pytest.raises(type(word)):
        service()


def test_all_that_a_service_imports_is_there() -> None:
    assert all(hasattr(mediamill, name) for name in mediamill.__all__)
