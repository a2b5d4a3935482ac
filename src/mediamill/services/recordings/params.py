"""What a request for a recording may say."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from mediamill.media.naming import TEMPLATE_CHARS
from mediamill.media.visit import Cookies, Proxy, Url
from mediamill.services.recordings import naming

#: Of one recording, seconds; what goes on behind it is another one.
LONGEST_S: Final = 86_400.0
#: What sites call their streams is their business.
_QUALITY: Final = r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,39}$"
_ROOM: Final = r"^@?[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*$"

#: The number of a room, or who streams there; beside a `url` whatever a recording is to be filed under.
Room = Annotated[str, Field(pattern=_ROOM, max_length=64)]
Container = Literal["mp4", "mkv", "ts"]


def room_in_one_form(room_id: str, url: str | None) -> str:
    """Return a room as it is written always; beside an address it is whatever it is."""
    return room_id if url is not None or room_id.isdecimal() else f"@{room_id.removeprefix('@').lower()}"


class Options(BaseModel):
    """How to record."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    upload_s3: bool = Field(
        default=False,
        description="Put a copy into the operator's bucket, too. Where that fails three times, the recording is kept "
        "here and `s3` is empty.",
        examples=[False],
    )
    proxy: Proxy = None
    cookies: Cookies = None
    quality: Annotated[str, Field(pattern=_QUALITY)] | None = Field(
        default=None,
        description="`best`, `worst`, or what the site calls a stream, such as `720p`. Left out: `best`.",
        examples=[None, "720p"],
    )
    container: Container = Field(
        default="mp4", description="What the finished file is. Nothing is encoded anew.", examples=["mp4"]
    )


class Params(BaseModel):
    """What to record. Send `room_id`, a room of TikTok, or `url`, anything live; with both, `url` is recorded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Url | None = Field(
        default=None,
        description="A page on which something is live, a playlist (.m3u8), or a stream; http or https.",
        examples=["https://example.com/live/stream.m3u8"],
    )
    room_id: Room | None = Field(
        default=None,
        description="At TikTok: the number of a room, or the name of who streams, such as `@name`. Beside `url` it is "
        "only what the recording is filed under.",
        examples=[None, "@vtv24news", "7300000000000000001"],
    )
    duration: float | None = Field(
        default=None,
        ge=1,
        le=LONGEST_S,
        allow_inf_nan=False,
        description="Seconds, from the first byte. Left out: until the live ends, or for 24 hours.",
        examples=[None, 3_600],
    )
    output_template: str | None = Field(
        default=None,
        max_length=TEMPLATE_CHARS,
        description="How the file is called, of {room_id}, {title}, {timestamp}, {YYYY}, {MM}, {DD}, {site} and "
        "{quality}, with `/` between folders; times are UTC's. Left out: "
        "`{room_id}/{YYYY}/{MM}/{DD}/{timestamp}_{title}.mp4`.",
        examples=[None, "{room_id}/{timestamp}.mp4"],
    )
    options: Options = Field(
        default_factory=Options, description="What else there is to choose.", examples=[{"quality": "best"}]
    )

    @field_validator("room_id")
    @classmethod
    def _one_form(cls, room_id: str | None, seen: ValidationInfo) -> str | None:
        return None if room_id is None else room_in_one_form(room_id, seen.data.get("url"))

    @field_validator("output_template")
    @classmethod
    def _is_template(cls, text: str | None) -> str | None:
        naming.template(text)
        return text
