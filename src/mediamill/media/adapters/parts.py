"""The parts of a description: what may stand in each table of the TOML file."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from mediamill.core.policy import TURNS_AT_ONCE
from mediamill.media.adapters import template
from mediamill.media.adapters.errors import KINDS
from mediamill.media.adapters.wanted import Wanted

#: What a rule of progress may name: docs/adapters.md says what each means.
MEASURES: Final = ("percent", "done_bytes", "total_bytes", "speed", "eta_s", "track", "tracks", "stage")
#: What a program may say of a file: the fields of `Item`.
Said = Literal["path", "title", "id", "source", "url", "duration_s", "artist", "album", "track", "released"]
_SOUNDS: Final = ("mp3", "m4a", "aac", "opus", "ogg", "oga", "flac", "wav", "mka", "mp4", "mkv", "webm", "aif", "aiff")
#: Of a path: no `..`, no `.`.
_PART: Final = r"\.?[A-Za-z0-9_][A-Za-z0-9._-]{0,98}"
_PLAIN_FILE: Final = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}"


def wrong(message: str, at: str = "") -> PydanticCustomError:
    """Return the error of a value that is not what is wanted. at: the words of it that are not."""
    # The message may have braces of its own, which the class would read as fields.
    return PydanticCustomError("adapter", "{message}", {"message": message, "at": at})


def _compiled(value: Any) -> Any:  # noqa: ANN401 - of a TOML file
    if not isinstance(value, str):
        return value
    try:
        return re.compile(value, re.MULTILINE)
    except re.error as error:
        raise wrong(f"the pattern {value!r} is none: {error}") from None


def _listed(value: Any) -> Any:  # noqa: ANN401 - of a TOML file
    return [value] if isinstance(value, str | int) else value


def _known(*allowed: str) -> AfterValidator:
    def check(word: str) -> str:
        for name in template.names(word):
            kind, dot, _ = name.partition(".")
            if (kind if dot else name) not in allowed or bool(dot) != (kind in template.SECRET):
                raise wrong(_unknown(name, kind, allowed), f"{{{name}}}")
        return word

    return AfterValidator(check)


def _unknown(name: str, kind: str, allowed: tuple[str, ...]) -> str:
    if kind in template.SECRET and kind not in allowed:
        return f"{{{name}}}: a secret may stand in a file or in the environment only"
    names = ", ".join(f"{{{each}.NAME}}" if each in template.SECRET else f"{{{each}}}" for each in allowed)
    return f"{{{name}}} is no placeholder; these are: {names}; {{{{{name}}}}} leaves it to the program"


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise wrong(f"{str(path)!r} is no absolute path")
    return path


Pattern = Annotated[re.Pattern[str], BeforeValidator(_compiled)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=40)]
Host = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$")]
#: A word of a command.
Word = Annotated[str, Field(max_length=4_000), _known(*template.IN_WORDS)]
#: The same, or the mark of where the options stand.
WordOrOptions = Annotated[str, Field(max_length=4_000), _known(*template.IN_WORDS, "options")]
#: A text that the program reads and nobody sees.
Hidden = Annotated[str, Field(max_length=64_000), _known(*template.IN_WORDS, *template.SECRET)]
#: The names that requests use, and the program's words for them.
Choices = Annotated[Mapping[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")], str], Field(max_length=50)]
#: Given or not, or one of these names; None: whatever it is.
Condition = tuple[str, ...] | bool | None
Seconds = Annotated[float, Field(gt=0, le=86_400)]
#: A file or a folder of this machine.
Here = Annotated[Path, AfterValidator(_absolute)]


class Part(BaseModel):
    """A table of the file. What is not a field of its class is refused when the file is read."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Enable(Part):
    """The setting that turns the adapter on and off."""

    flag: str = Field(pattern=r"^ENABLE_[A-Z0-9_]{1,50}$")
    default: bool = True


class When(Part):
    """What must hold of a request: given or not, or one of several. Nothing named: always."""

    format: tuple[str, ...] = ()
    quality: Condition = None
    variant: Condition = None
    cookies: bool | None = None
    playlist: bool | None = None
    url: Pattern | None = None

    def holds(self, wanted: Wanted) -> bool:
        """Whether it holds of this request, whose empty names have been filled in."""
        asked = (
            (wanted.quality, self.quality),
            (wanted.variant, self.variant),
            (wanted.cookies, self.cookies),
            (wanted.playlist, self.playlist),
        )
        return (
            (not self.format or wanted.format in self.format)
            and all(_meets(value, condition) for value, condition in asked)
            and (self.url is None or self.url.search(wanted.url) is not None)
        )


def _meets(value: str | None, condition: Condition) -> bool:
    if condition is None:
        return True
    return bool(value) is condition if isinstance(condition, bool) else value in condition


class Option(Part):
    """Words of a command that stand there only `when` something holds."""

    when: Annotated[When, BeforeValidator(lambda value: {value: True} if isinstance(value, str) else value)]
    words: tuple[Word, ...] = Field(min_length=1, max_length=50)


class File(Part):
    """A file that the program finds in its working folder, for nobody else's eyes.

    quote: "json": each value is put there as a JSON string, which is one of YAML and of TOML, too; "plain": as it is,
    and a value of several lines is refused.
    """

    name: str = Field(pattern=rf"^(?:{_PART}/){{0,4}}{_PART}$")
    text: Hidden
    quote: Literal["json", "plain"] = "json"

    @field_validator("name")
    @classmethod
    def _free(cls, name: str) -> str:
        if name.partition("/")[0] in {"out", "cookies.txt"}:
            raise wrong(f"{name!r} is there already")
        return name


class Progress(Part):
    """A line of output that says how far it is: JSON behind a prefix, or a pattern with named groups."""

    prefix: str = Field(default="", max_length=40)
    fields: Mapping[str, str] = Field(default_factory=dict)
    match: Pattern | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "Progress":
        if bool(self.prefix) == (self.match is not None):
            raise wrong("a rule of progress has either `prefix`, for lines of JSON, or `match`, a pattern")
        named = self.fields if self.match is None else self.match.groupindex
        for name in named:
            if name not in MEASURES:
                raise wrong(f"{name!r} is no measure of progress; these are: {', '.join(MEASURES)}")
        if not named:
            raise wrong("a rule of progress names nothing: `fields` of the JSON, or groups of the pattern")
        return self


class Outputs(Part):
    """How what was fetched is found: always below `{out}`, regular files, of these suffixes.

    found: "json": lines of JSON behind `prefix`; "printed": the group `path` of `match`, in lines; "new": all files
    that are there afterwards. covers: names of pictures that belong to all files of their folder.
    """

    found: Literal["json", "printed", "new"] = "new"
    prefix: str = Field(default="", max_length=40)
    match: Pattern | None = None
    fields: Mapping[Said, Annotated[tuple[str, ...], BeforeValidator(_listed)]] = Field(default_factory=dict)
    suffixes: tuple[Annotated[str, Field(pattern=r"^[a-z0-9]{1,8}$")], ...] = _SOUNDS
    covers: tuple[Annotated[str, Field(pattern=f"^{_PLAIN_FILE}$")], ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> "Outputs":
        if self.found == "json" and not (self.prefix and "path" in self.fields):
            raise wrong('found = "json" needs `prefix`, and `fields` with at least `path`')
        if self.found == "printed" and (self.match is None or "path" not in self.match.groupindex):
            raise wrong('found = "printed" needs `match` with the group (?P<path>...)')
        return self


class Success(Part):
    """When it has done what was asked. A file there must be in any case.

    partial: return codes of a program that could not fetch everything. incomplete: searched in each line, found where
    something is missing; where it is named and not found, nothing is, also with one of `partial`.
    """

    returncodes: tuple[int, ...] = (0,)
    partial: tuple[int, ...] = ()
    incomplete: Pattern | None = None


class ErrorRule(Part):
    """Return codes, what is printed, or both, and the code that they mean.

    match: searched in all that is kept of the output; the group `after_s` says how long to wait. say: better words.
    """

    returncode: Annotated[tuple[int, ...], BeforeValidator(_listed)] = ()
    match: Pattern | None = None
    code: str
    say: str = Field(default="", max_length=200)

    @field_validator("code")
    @classmethod
    def _is_known(cls, code: str) -> str:
        if code not in KINDS:
            raise wrong(f"{code!r} is no code of an adapter's; these are: {', '.join(KINDS)}")
        return code

    @model_validator(mode="after")
    def _meant(self) -> "ErrorRule":
        if not self.returncode and self.match is None:
            raise wrong("a rule of errors has `returncode`, `match`, or both")
        return self


class Turn(Part):
    """How much of it is done at once, in all jobs: of what the name says. See `Context.turn`."""

    name: Annotated[str, Field(min_length=1, max_length=100), _known("host")] = "{host}"
    at_once: int | None = Field(default=2, ge=1, le=TURNS_AT_ONCE)
    per_minute: float | None = Field(default=None, gt=0, le=10_000)
    burst: int = Field(default=1, ge=1, le=1_000)


class Version(Part):
    """How its version is found: of a Python package beside us, as the program says, or by what is in its file."""

    package: str = ""
    argv: tuple[Word, ...] = ()
    match: Pattern = re.compile(r"\d+(?:\.\d+)+")
    file: str = ""

    @model_validator(mode="after")
    def _one_of_three(self) -> "Version":
        if [bool(self.package), bool(self.argv), bool(self.file)].count(True) != 1:
            raise wrong("a version has one of `package`, `argv` and `file`")
        return self
