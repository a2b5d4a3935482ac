"""What a request for downloads may say."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mediamill.media.naming import TEMPLATE_CHARS
from mediamill.media.visit import Cookies, Proxy, Url
from mediamill.services.downloads import naming

MOST_URLS: Final = 100
#: Of a format and the like: which ones there are is the adapter's business.
_CHOICE: Final = r"^[a-z0-9][a-z0-9._-]{0,39}$"

Choice = Annotated[str, Field(pattern=_CHOICE)]


class Params(BaseModel):
    """What to download, and as what. Send `url`, or up to 100 of them as `urls`: each is a job of its own then."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Url | None = Field(
        default=None,
        description="A page with sound on it, a sound file, a feed or a playlist; http or https.",
        examples=["https://example.com/episode-1"],
    )
    urls: tuple[Url, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=MOST_URLS,
        description="Several, instead of `url`. What cannot be had of them is told for each; the others come.",
        examples=[None],
    )
    format: Choice | None = Field(
        default=None,
        description="`original` is the best that the site has, as it is; `mp3`, `m4a`, `opus` and `flac` are converted "
        "where they have to be. An adapter may have others. Left out: the adapter's first one.",
        examples=["mp3"],
    )
    quality: Choice | None = Field(
        default=None,
        description="What the adapter calls so, such as `high` or `low`. Left out: its first one.",
        examples=[None],
    )
    variant: Choice | None = Field(
        default=None,
        description="What else an adapter tells apart. Left out: its first one.",
        examples=[None],
    )
    playlist: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Which entries of a playlist or a feed, counted from 1: `3`, `1:10`, `5:`, or some of these with "
        "commas between. Left out: what the address itself stands for.",
        examples=[None, "1:10"],
    )
    cookies: Cookies = None
    proxy: Proxy = None
    tags: bool = Field(
        default=True,
        strict=True,
        description="Complete title, artist, album, track, date, source and cover in the files, where their kind has a "
        "place for it. What a file says of itself stays.",
        examples=[True],
    )
    template: str | None = Field(
        default=None,
        max_length=TEMPLATE_CHARS,
        description="How files are called, of {title}, {artist}, {album}, {track}, {date}, {year}, {id}, {source} and "
        "{number}, with `/` between folders. Left out: `{artist} - {title}`.",
        examples=[None, "{album}/{track:02} {title}"],
    )
    adapter: Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=40)] | None = Field(
        default=None,
        description="Which program fetches it. Left out: the first one that takes the address.",
        examples=[None, "yt-dlp"],
    )
    max_age_s: float | None = Field(
        default=None,
        ge=0,
        allow_inf_nan=False,
        description="Seconds: what was downloaded longer ago is downloaded again, such as a feed that has grown. Left "
        "out: what is in the cache will do.",
        examples=[None, 3_600],
    )

    @field_validator("urls")
    @classmethod
    def _each_once(cls, urls: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return tuple(dict.fromkeys(urls)) if urls else urls

    @field_validator("template")
    @classmethod
    def _is_template(cls, template: str | None) -> str | None:
        naming.template(template)
        return template
