import subprocess
import sys
from datetime import date
from enum import Enum
from typing import Annotated

import pytest
from cryptography.fernet import Fernet
from pydantic import BaseModel, ConfigDict, Field, Secret, SecretBytes, SecretStr, ValidationError, computed_field

from mediamill.core.errors import InvalidInput, PermanentError
from mediamill.engine.vault import Vault, secrets_of
from mediamill.settings import SecretSettings

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


def vault(*keys: str) -> Vault:
    return Vault(SecretSettings(keys=keys))


class Login(BaseModel):
    password: SecretStr
    user: str = "ann"


class Colour(Enum):
    RED = "red"


class Params(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = "hi"
    cookie: SecretStr | None = None
    raw: SecretBytes | None = None
    logins: list[Login] = []
    by_site: dict[str, SecretStr] = {}
    day: Annotated[date, Field(strict=True)] | None = None
    colour: Annotated[Colour, Field(strict=True)] = Colour.RED
    tags: set[str] = set()
    speed: float = Field(default=1.0, alias="pace")

    @computed_field
    def length(self) -> int:
        return len(self.text)


FULL = Params(
    cookie=SecretStr("cook1e"),
    raw=SecretBytes(b"r4w"),
    logins=[Login(password=SecretStr("pa55"))],
    by_site={"a.b": SecretStr("s1te")},
    day=date(2026, 1, 2),
    tags={"x", "y"},
    pace=2.0,
)


def test_parameters_come_back_as_they_were() -> None:
    both = vault(NEW)
    assert both.load(Params, both.dump(FULL)) == FULL


def test_no_secret_lies_in_clear_however_deep() -> None:
    stored = str(vault(NEW).dump(FULL))
    assert not [word for word in ("cook1e", "r4w", "pa55", "s1te") if word in stored]
    assert sorted(secrets_of(FULL)) == ["cook1e", "pa55", "r4w", "s1te"]


def test_a_value_of_an_older_key_is_read_and_new_ones_use_the_first() -> None:
    stored = vault(OLD).dump(FULL)
    assert vault(NEW, OLD).load(Params, stored) == FULL
    with pytest.raises(PermanentError):
        vault(OLD).load(Params, vault(NEW, OLD).dump(FULL))


def test_a_key_that_is_missing_is_named_but_not_told() -> None:
    with pytest.raises(PermanentError, match="MEDIAMILL_SECRET_KEYS") as missing:
        vault(NEW).load(Params, vault(OLD).dump(FULL))
    assert missing.value.code == "SECRET_KEY_MISSING"
    assert OLD not in missing.value.message


def test_a_spoilt_ciphertext_is_refused() -> None:
    stored = vault(NEW).dump(Params(cookie=SecretStr("cook1e")))
    stored["cookie"]["$secret"] = stored["cookie"]["$secret"][:-4] + "AAAA"
    with pytest.raises(PermanentError):
        vault(NEW).load(Params, stored)


def test_a_secret_without_any_key_is_not_accepted() -> None:
    with pytest.raises(PermanentError, match="MEDIAMILL_SECRET_KEYS"):
        vault().dump(FULL)


def test_parameters_that_look_like_our_own_ciphertext_are_refused() -> None:
    class Free(BaseModel):
        values: dict[str, str]

    with pytest.raises(InvalidInput):
        vault(NEW).dump(Free(values={"$secret": "x"}))


def test_a_kind_of_secret_that_cannot_be_kept_is_told_to_its_author() -> None:
    class Dated(BaseModel):
        born: Secret[date]

    with pytest.raises(TypeError, match="SecretStr"):
        vault(NEW).dump(Dated(born=Secret(date(2026, 1, 2))))


def test_stored_parameters_that_are_not_valid_any_more_are_refused() -> None:
    with pytest.raises(ValidationError):
        vault(NEW).load(Params, {"gone": 1})


def test_the_same_request_is_the_same_in_every_process() -> None:
    code = (
        "from pydantic import BaseModel\n"
        "from mediamill.engine.vault import Vault\n"
        "from mediamill.settings import SecretSettings\n"
        "class P(BaseModel):\n    tags: set[str]\n"
        "print(Vault(SecretSettings()).plain(P(tags=set('abcdefgh'))))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": str(seed)}, check=True, capture_output=True
        ).stdout
        for seed in (1, 2, 3)
    }
    assert len(said) == 1


def test_what_is_sealed_names_its_key_and_comes_back_whole() -> None:
    sealed = vault(OLD).seal(b"\x00a whole request")
    assert b"request" not in sealed
    assert vault(NEW, OLD).unseal(sealed) == b"\x00a whole request"
    for spoilt in (sealed[:-4] + b"AAAA", b"", b"\xff:x"):
        with pytest.raises(PermanentError, match="MEDIAMILL_SECRET_KEYS") as missing:
            vault(NEW, OLD).unseal(spoilt)
        assert missing.value.code == "SECRET_KEY_MISSING"
