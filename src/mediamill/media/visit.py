"""What a request says of a visit to a site: where it goes, with which cookies, and through which proxy.

For the fields of a service's Params. Cheap to import.
"""

from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from mediamill.media.address import canonical
from mediamill.media.cookies import LARGEST_BYTES

_LONGEST_PROXY: Final = 500


def _short_cookies(value: SecretStr | None) -> SecretStr | None:
    if value is not None and len(value) > LARGEST_BYTES:
        raise ValueError(f"cookies have {LARGEST_BYTES} characters at most")
    return value


def _short_proxy(value: SecretStr | None) -> SecretStr | None:
    if value is not None and len(value) > _LONGEST_PROXY:
        raise ValueError(f"a proxy has {_LONGEST_PROXY} characters at most")
    return value


#: In its one form, so that what means the same is one request.
Url = Annotated[str, BeforeValidator(lambda url: canonical(url) if isinstance(url, str) else url)]
#: What `cookies.check` and `cookies.opened` take; None: without.
Cookies = Annotated[
    SecretStr | None,
    AfterValidator(_short_cookies),
    Field(
        description="For what only those see who are signed in: the text of a cookie file in Netscape's format, "
        "`name=value; other=value`, or the name of a file that the operator keeps. A file may be sent as the form's "
        "part `cookies`. Kept encrypted, shown to nobody.",
        examples=[None],
    ),
]
#: What `egress.check_proxy` takes; None: without one of the user's own.
Proxy = Annotated[
    SecretStr | None,
    AfterValidator(_short_proxy),
    Field(
        description="A proxy of yours to go through, `http://user:password@host:port`. Kept encrypted.",
        examples=[None],
    ),
]
