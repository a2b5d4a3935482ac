"""Cookies that open a site: as text, or by the name of a file that the operator keeps for that.

A process says once where those files lie (`use`), as it does with voices; why it belongs to the process:
docs/decisions/0016-one-catalogue-of-voices-per-process.md. Cheap to import.
"""

import re
from pathlib import Path
from typing import Final

from mediamill.core.errors import InvalidInput, PermanentError

LARGEST_BYTES: Final = 256 * 1024
#: Of Netscape's format: domain, whether its subdomains too, path, whether https only, end, name, value.
_COLUMNS: Final = 7
_DOMAIN: Final = re.compile(r"\.?(?:[a-z0-9_-]+\.)*[a-z0-9_-]+|\[?[0-9a-f:]+\]?", re.IGNORECASE)
_FLAG: Final = frozenset({"TRUE", "FALSE"})
_HTTP_ONLY: Final = "#HttpOnly_"
#: RFC 6265, section 4.2.1: tokens, and values without blanks, commas and semicolons (quotes are seen in the wild).
_PAIR: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}=[\x21-\x3a\x3c-\x7e]*")
#: Unix time, as programs write it; "": until the browser ends.
_UNTIL: Final = re.compile(r"(?:-?(?:[0-9]{1,18}(?:\.[0-9]{1,18})?|\.[0-9]{1,18}))?")
#: A file's name: no folder, no hidden file.
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_WANTED: Final = (
    "cookies are the text of a cookie file in Netscape's format, or `name=value; other=value`, or the name of a file "
    "that the operator keeps for that"
)

_folder: Path | None = None


def use(folder: Path | None) -> None:
    """Say where this process finds the files that requests name; None: nowhere."""
    global _folder  # noqa: PLW0603 - there is one in a process, and the module's docstring says why
    _folder = folder


def check(cookies: str, *, field: str = "cookies") -> None:
    """Raise InvalidInput for what is no cookies, and for a name of which there is no file here.

    No message repeats what was sent.
    """
    if is_name(cookies):
        try:
            _kept(cookies.strip())
        except PermanentError as missing:
            raise InvalidInput(missing.message, field=field) from None
    else:
        _check_text(cookies, field)


def opened(cookies: str) -> str:
    """Return the cookies themselves: the text as it is, or what the file has that it names, as of now.

    Such a file is in Netscape's format, which says whose the cookies are: the others go to whatever host a request
    names, and so to one who only wants to read them.

    Raises PermanentError with code COOKIES_MISSING where it is not there any more, or has no such cookies in it.
    """
    if not is_name(cookies):
        return cookies
    text = _kept(cookies.strip())
    try:
        _check_signs(text, "cookies")
        _check_lines(text, "cookies")
    except InvalidInput:
        raise PermanentError(
            "the cookie file that was named has no cookies in Netscape's format", code="COOKIES_MISSING"
        ) from None
    return text


def is_name(cookies: str) -> bool:
    """Whether these are an operator's, by the name of their file, and no cookies themselves."""
    return bool(_NAME.fullmatch(cookies.strip()))


def _kept(name: str) -> str:
    if _folder is None:
        raise PermanentError("cookies cannot be named here: MEDIAMILL_SECRETS_DIR is not set", code="COOKIES_MISSING")
    path = _folder / name
    try:
        if not path.resolve().is_relative_to(_folder.resolve()) or not path.is_file():
            raise FileNotFoundError
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            raise PermanentError(f"the cookie file is larger than {LARGEST_BYTES} bytes", code="COOKIES_MISSING")
        return content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise PermanentError("there is no cookie file of that name that can be read", code="COOKIES_MISSING") from None


def _check_signs(text: str, field: str) -> None:
    if len(text) > LARGEST_BYTES:
        raise InvalidInput(f"the cookies have more than {LARGEST_BYTES} characters", field=field)
    if "\0" in text:
        raise InvalidInput("the cookies have a NUL in them", field=field)


def _check_text(text: str, field: str) -> None:
    _check_signs(text, field)
    if "\t" in text:
        _check_lines(text, field)
    elif not all(_PAIR.fullmatch(pair.strip()) for pair in text.strip().rstrip(";").split(";")):
        raise InvalidInput(_WANTED, field=field)


def _check_lines(text: str, field: str) -> None:
    found = 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or (line.startswith("#") and not line.startswith(_HTTP_ONLY)):
            continue
        columns = line.removeprefix(_HTTP_ONLY).split("\t")
        if len(columns) != _COLUMNS:
            raise InvalidInput(
                f"line {number} of the cookies has {len(columns)} columns with tabs between; {_COLUMNS} are wanted",
                field=field,
            )
        domain, below, path, secure, until, name, _value = columns
        if not (_DOMAIN.fullmatch(domain) and path.startswith("/") and name and {below, secure} <= _FLAG):
            raise InvalidInput(f"line {number} of the cookies is no cookie in Netscape's format", field=field)
        if not _UNTIL.fullmatch(until):
            raise InvalidInput(f"line {number} of the cookies has an end that is no time", field=field)
        found += 1
    if not found:
        raise InvalidInput("there is no cookie in the cookies", field=field)
