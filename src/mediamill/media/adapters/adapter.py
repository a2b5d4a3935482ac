"""A program that fetches, as a TOML file describes it: `docs/adapters.md` has every field with an example."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Final

from pydantic import ByteSize, Field, model_validator

from mediamill.core.errors import InvalidInput
from mediamill.media.adapters import template
from mediamill.media.adapters.parts import (
    Choices,
    Enable,
    ErrorRule,
    File,
    Here,
    Hidden,
    Host,
    Name,
    Option,
    Outputs,
    Part,
    Pattern,
    Progress,
    Seconds,
    Success,
    Turn,
    Version,
    WordOrOptions,
    wrong,
)
from mediamill.media.adapters.wanted import Entries, Wanted

#: The word of a command in whose place the options stand.
OPTIONS: Final = "{options}"


class Adapter(Part):
    """A program that fetches."""

    name: Name
    service: Name = "downloads"
    title: str = Field(min_length=1, max_length=100)
    enable: Enable | None = None
    rank: int = Field(default=0, ge=-100, le=100)
    urls: tuple[Pattern, ...] = Field(min_length=1, max_length=100)
    needs: tuple[str, ...] = Field(default=(), max_length=20)
    argv: tuple[WordOrOptions, ...] = Field(min_length=1, max_length=200)
    warm: str = Field(default="", pattern=r"^(mediamill\.media\.[a-z_.]+)?$")
    env: Mapping[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")], Hidden] = Field(default_factory=dict)
    secrets: Mapping[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")], Here] = Field(default_factory=dict)
    readable: tuple[Here, ...] = ()
    hosts: tuple[Host, ...] = Field(default=(), max_length=200)
    formats: Choices = Field(default_factory=lambda: {"original": ""})
    qualities: Choices = Field(default_factory=dict)
    variants: Choices = Field(default_factory=dict)
    playlist_most: int = Field(default=100, ge=1, le=10_000)
    most_files: int = Field(default=200, ge=1, le=10_000)
    most_bytes: ByteSize = Field(default=ByteSize(8 * 2**30), gt=0)
    total_s: Seconds = 7_200
    idle_s: Seconds | None = 60
    grace_s: float = Field(default=5.0, ge=0, le=60)
    options: tuple[Option, ...] = Field(default=(), max_length=100)
    files: tuple[File, ...] = Field(default=(), max_length=20)
    progress: tuple[Progress, ...] = Field(default=(), max_length=20)
    outputs: Outputs = Outputs()
    success: Success = Success()
    errors: tuple[ErrorRule, ...] = Field(default=(), max_length=200)
    turn: Turn = Turn()
    version: Version

    @model_validator(mode="after")
    def _joined(self) -> "Adapter":
        if not self.formats:
            raise wrong("`formats` has no format")
        marks = [word for word in self.argv if "options" in template.names(word)]
        if marks != [OPTIONS] * bool(self.options) or self.argv[0] == OPTIONS:
            raise wrong(f"where there are [[options]], argv has {OPTIONS} once, not in front; else it has none")
        if not any("url" in template.names(word) for word in self._texts()):
            raise wrong("{url} stands nowhere: the program would not know what to fetch")
        for name in self._secret_names():
            if name not in self.secrets:
                raise wrong(f"{{secret.{name}}} stands somewhere, and [secrets] has no {name}")
        return self

    @property
    def takes_cookies(self) -> bool:
        """Whether it has a use for cookies."""
        found = {name.partition(".")[0] for text in self._texts() for name in template.names(text)}
        return bool(found & {"cookies", "cookie"})

    @property
    def takes_playlist(self) -> bool:
        """Whether it can fetch a part of a playlist."""
        return any("playlist" in template.names(text) for text in self._texts())

    def takes(self, url: str) -> bool:
        """Whether it knows addresses like this one."""
        return any(pattern.fullmatch(url) for pattern in self.urls)

    def completed(self, wanted: Wanted) -> Wanted:
        """Return the request with the first format, quality and variant where it names none.

        Raises InvalidInput, with the field, for what the program does not have or cannot do.
        """
        playlist = wanted.playlist
        if playlist:
            if not self.takes_playlist:
                raise InvalidInput(f"{self.title} cannot fetch a part of a playlist", field="playlist")
            playlist = str(Entries.parse(playlist, self.playlist_most))
        if wanted.cookies and not self.takes_cookies:
            raise InvalidInput(f"{self.title} has no use for cookies", field="cookies")
        if not self.takes(wanted.url):
            raise InvalidInput(f"{self.title} does not take addresses like this one", field="url")
        return replace(
            wanted,
            format=self._chosen("format", wanted.format, self.formats),
            quality=self._chosen("quality", wanted.quality, self.qualities),
            variant=self._chosen("variant", wanted.variant, self.variants),
            playlist=playlist,
            cookies=wanted.cookies or None,
        )

    def _chosen(self, field: str, name: str, choices: Mapping[str, str]) -> str:
        if name and name not in choices:
            known = ", ".join(choices) or "none"
            raise InvalidInput(f"{self.title} has no {field} {name!r}; it has: {known}", field=field)
        return name or next(iter(choices), "")

    def _texts(self) -> Iterator[str]:
        yield from (word for word in self.argv if word != OPTIONS)
        for option in self.options:
            yield from option.words
        yield from (file.text for file in self.files)
        yield from self.env.values()

    def _secret_names(self) -> Iterator[str]:
        for text in self._texts():
            for name in template.names(text):
                if name.startswith("secret."):
                    yield name.removeprefix("secret.")
