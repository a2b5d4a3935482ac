"""What a request for a watcher may say."""

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from mediamill.media.visit import Url
from mediamill.services.recordings import params
from mediamill.services.recordings.params import LONGEST_S, Options
from mediamill.services.recordings.watching.schedule import Schedule

#: Between two looks, seconds: sites refuse those who ask more often.
SHORTEST_POLL_S: Final = 10.0
LONGEST_POLL_S: Final = 86_400.0
USUAL_POLL_S: Final = 60.0


class Params(BaseModel):
    """What to wait for. Send `room_id`, a room of TikTok, or `url`; each time it goes live it is recorded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Url | None = Field(
        default=None,
        description="As of a recording.",
        examples=["https://example.com/live/stream.m3u8"],
    )
    room_id: params.Room | None = Field(default=None, description="As of a recording.", examples=[None, "@vtv24news"])
    poll_interval: float = Field(
        default=USUAL_POLL_S,
        ge=SHORTEST_POLL_S,
        le=LONGEST_POLL_S,
        allow_inf_nan=False,
        description="Seconds between two looks, about; 10 at least.",
        examples=[60],
    )
    max_duration: float | None = Field(
        default=None,
        ge=1,
        le=LONGEST_S,
        allow_inf_nan=False,
        description="Seconds of each live that are recorded at most. What has been cut so is not recorded again before "
        "it has been off air.",
        examples=[None, 7_200],
    )
    schedule: Schedule | None = Field(
        default=None, description="The hours in which it looks. Left out: always.", examples=[None]
    )
    options: Options = Field(default_factory=Options, description="How to record.", examples=[{"quality": "best"}])

    @field_validator("room_id")
    @classmethod
    def _one_form(cls, room_id: str | None, seen: ValidationInfo) -> str | None:
        return None if room_id is None else params.room_in_one_form(room_id, seen.data.get("url"))

    @property
    def key(self) -> str:
        """What an owner has one watcher of: the room, or the address where no room is named."""
        return self.room_id or self.url or ""

    def recording(self) -> params.Params:
        """Return the request for what is on air."""
        return params.Params(room_id=self.room_id, url=self.url, duration=self.max_duration, options=self.options)


def interval_s(asked_s: float, wishes: Mapping[str, object]) -> float:
    """Return the seconds between two looks, as the request has it or a client has changed it since."""
    changed = wishes.get("poll_interval")
    if not isinstance(changed, int | float):
        return asked_s
    return min(max(float(changed), SHORTEST_POLL_S), LONGEST_POLL_S)
