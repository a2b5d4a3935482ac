"""Secret parameters at rest: encrypted in the record, in clear only inside an attempt."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from cryptography.fernet import Fernet, InvalidToken
from pydantic import BaseModel, Secret, SecretBytes, SecretStr
from pydantic_core import to_jsonable_python

from mediamill.core.errors import InvalidInput, PermanentError
from mediamill.settings import SecretSettings

M = TypeVar("M", bound=BaseModel)

_MARK = "$secret"
_KEY_ID_CHARS: Final = 8


def _key_id(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:_KEY_ID_CHARS]


class Vault:
    """Encrypts SecretStr and SecretBytes fields with the first key; decrypts with the key a ciphertext names.

    Source: Fernet (AES-128-CBC and HMAC-SHA256), cryptography.io.
    """

    def __init__(self, settings: SecretSettings) -> None:
        self._fernets = {_key_id(key): Fernet(key) for key in settings.keys}
        self._first = next(iter(self._fernets), None)

    def dump(self, params: BaseModel) -> dict[str, Any]:
        """Return the parameters as JSON values, secrets encrypted."""
        dumped: dict[str, Any] = to_jsonable_python(_mapped(_values(params), self._encrypt))
        return dumped

    def plain(self, params: BaseModel) -> dict[str, Any]:
        """Return the parameters as JSON values, secrets in clear: to be hashed, never kept or shown."""
        dumped: dict[str, Any] = to_jsonable_python(_mapped(_values(params), _reveal))
        return dumped

    def load(self, model: type[M], stored: Mapping[str, Any]) -> M:
        """Return the parameters that `dump` wrote.

        Raises PermanentError with code SECRET_KEY_MISSING when a key is not known here.
        """
        # As JSON, so that a strict field takes what it took from the request.
        text = json.dumps(self._decrypted(dict(stored)))
        return model.model_validate_json(text, by_alias=True, by_name=True)

    def seal(self, content: bytes) -> bytes:
        """Return bytes encrypted with the first key, which they name.

        Raises PermanentError with code SECRET_KEY_MISSING when there is none.
        """
        if self._first is None:
            raise PermanentError(
                "something is to be encrypted, but no MEDIAMILL_SECRET_KEYS are set", code="SECRET_KEY_MISSING"
            )
        return self._first.encode() + b":" + self._fernets[self._first].encrypt(content)

    def unseal(self, sealed: bytes) -> bytes:
        """Return what was sealed. Raises PermanentError with code SECRET_KEY_MISSING when its key is not known here."""
        key_id, _, token = sealed.partition(b":")
        fernet = self._fernets.get(key_id.decode(errors="replace"))
        try:
            if fernet is not None:
                return fernet.decrypt(token)
        except InvalidToken:
            pass
        named = key_id[:_KEY_ID_CHARS].decode(errors="replace")
        raise PermanentError(
            f"this was encrypted with key {named!r}, which MEDIAMILL_SECRET_KEYS does not hold",
            code="SECRET_KEY_MISSING",
        )

    def _encrypt(self, secret: SecretStr | SecretBytes) -> dict[str, str]:
        return {_MARK: self.seal(_reveal(secret).encode()).decode()}

    def _decrypted(self, value: Any) -> Any:  # noqa: ANN401 - any JSON
        if isinstance(value, dict):
            if set(value) == {_MARK}:
                return self.unseal(str(value[_MARK]).encode()).decode()
            return {name: self._decrypted(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._decrypted(inner) for inner in value]
        return value


def secrets_of(params: BaseModel) -> list[str]:
    """Return the secret values in `params`, to be masked wherever text leaves an attempt."""
    found: list[str] = []
    _mapped(_values(params), lambda secret: found.append(_reveal(secret)))
    return found


def _values(params: BaseModel) -> dict[str, Any]:
    """Return what the model would take again; secrets as pydantic's own types."""
    return params.model_dump(round_trip=True)


def _reveal(secret: SecretStr | SecretBytes) -> str:
    value = secret.get_secret_value()
    return value.decode() if isinstance(value, bytes) else value


def _mapped(value: Any, change: Callable[[SecretStr | SecretBytes], object]) -> Any:  # noqa: ANN401 - any dumped model
    """Return dumped values with every secret changed."""
    if isinstance(value, SecretStr | SecretBytes):
        return change(value)
    if isinstance(value, Secret):
        raise TypeError("a parameter is a pydantic.Secret: only SecretStr and SecretBytes can be kept encrypted")
    if isinstance(value, Mapping):
        if _MARK in value:
            raise InvalidInput(f"no parameter can be named {_MARK!r}", field=_MARK)
        return {name: _mapped(inner, change) for name, inner in value.items()}
    if isinstance(value, set | frozenset):  # a set's order differs between processes; the same request is the same
        return sorted(
            (_mapped(inner, change) for inner in value), key=lambda inner: json.dumps(to_jsonable_python(inner))
        )
    if isinstance(value, list | tuple):
        return [_mapped(inner, change) for inner in value]
    return value
